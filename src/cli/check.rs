//! `limpid check`: every mistake in the configuration at once.

use std::path::Path;

use super::{Exit, input};

/// Reads the configuration and says what is wrong with it, or what it holds.
#[allow(clippy::print_stdout, clippy::print_stderr, reason = "a command speaks to its terminal")]
pub fn run(config: Option<&Path>) -> Exit {
    match input::configuration(config) {
        Ok(config) => {
            let name =
                config.path.as_deref().map_or("the built-in configuration".into(), Path::to_string_lossy);
            let count = config.feeds.len();
            println!("{name}: no mistakes, {count} {}", if count == 1 { "feed" } else { "feeds" });
            Exit::Success
        }
        Err(message) => {
            eprint!("{message}");
            Exit::Usage
        }
    }
}
