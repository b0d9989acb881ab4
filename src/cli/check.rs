//! `limpid check`: every mistake in the configuration at once.

use std::path::Path;

use super::output::{complain, say};
use super::{Exit, input};

/// Reads the configuration and says what is wrong with it, or what it holds.
pub fn run(config: Option<&Path>) -> Exit {
    match input::configuration(config) {
        Ok(config) => {
            let name =
                config.path.as_deref().map_or("the built-in configuration".into(), Path::to_string_lossy);
            let count = config.feeds.len();
            say(&format!("{name}: no mistakes, {count} {}\n", if count == 1 { "feed" } else { "feeds" }));
            Exit::Success
        }
        Err(message) => {
            complain(&message);
            Exit::Usage
        }
    }
}
