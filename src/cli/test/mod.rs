//! `limpid test`: what comes of saved feeds, compared with what the configuration expects.

mod judge;
mod lines;
mod words;

use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use super::output::{complain, say};
use super::{Exit, input};
use crate::clock::{Clock, SystemClock};
use crate::config::{Config, FeedConfig};

/// The arguments of `limpid test`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only the tests of this feed.
    #[arg(long, value_name = "NAME")]
    feed: Option<String>,
}

/// Runs the tests of the configuration, and says of each how it went.
pub fn run(args: &Args, path: Option<&Path>) -> Exit {
    let chosen = input::configuration(path).and_then(|config| {
        let feeds = match &args.feed {
            Some(name) => vec![input::configured(&config, name)?],
            None => config.feeds.clone(),
        };
        Ok((config, feeds))
    });
    match chosen {
        Ok((config, feeds)) if feeds.iter().all(|feed| feed.tests.is_empty()) => {
            say(&none(&config, args.feed.as_deref()));
            Exit::Success
        }
        Ok((config, feeds)) => all(&config, &feeds),
        Err(message) => {
            complain(&format!("{}\n", message.trim_end()));
            Exit::Usage
        }
    }
}

/// That there is nothing to do, and how that is changed.
fn none(config: &Config, feed: Option<&str>) -> String {
    let name = config.path.as_deref().map_or("the built-in configuration".into(), Path::to_string_lossy);
    let of = feed.map(|feed| format!(" for the feed `{feed}`")).unwrap_or_default();
    format!("{name} has no tests{of}; they are written as [[feeds.{}.tests]]\n", feed.unwrap_or("NAME"))
}

fn all(config: &Config, feeds: &[Arc<FeedConfig>]) -> Exit {
    let now = SystemClock.now();
    let (mut count, mut failed) = (0, 0);
    for (feed, test) in feeds.iter().flat_map(|feed| feed.tests.iter().map(move |test| (feed, test))) {
        let failures = judge::judge(config, feed, test, now).unwrap_or_else(|problem| vec![problem]);
        count += 1;
        failed += usize::from(!failures.is_empty());
        say(&report(&format!("{}: {}", feed.name, test.name), &failures));
    }
    let noun = if count == 1 { "test" } else { "tests" };
    if failed == 0 {
        say(&format!("{count} {noun}, all as expected\n"));
        return Exit::Success;
    }
    say(&format!("{count} {noun}, {failed} failed\n"));
    Exit::Source
}

/// One line for a test, and what is wrong under it.
fn report(name: &str, failures: &[String]) -> String {
    let mut out = format!("{} {name}\n", if failures.is_empty() { "ok    " } else { "FAILED" });
    for line in failures.iter().flat_map(|failure| failure.lines()) {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "       {line}");
    }
    out
}
