//! The command line.

pub mod add;
pub mod brief;
pub mod check;
pub mod clean;
pub mod completions;
pub mod discover;
pub mod import;
pub mod input;
pub mod notify;
pub mod opml;
pub mod output;
pub mod plan;
pub mod rules;
pub mod save;
pub mod serve;
pub mod sign;
pub mod survey;
pub mod test;
#[cfg(feature = "otlp")]
pub mod traces;
pub mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

/// Point your feed reader at limpid and get the publisher's feed without the bloat.
#[derive(Debug, Parser)]
#[command(version = env!("LIMPID_VERSION"), about, max_term_width = 100)]
pub struct Args {
    /// The configuration file. Without it: limpid.toml, or config/limpid.toml, or the built-in one.
    #[arg(long, short, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// How to log; the variable `RUST_LOG` sets how much.
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text")]
    pub log: LogFormat,

    /// What to do; without one, serve.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// A JSON object a line.
    Json,
}

/// What limpid can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serves the configured feeds (also without a command).
    Serve,
    /// Cleans one feed: a URL, a file, or - for standard input. The feed goes to standard output.
    Clean(clean::Args),
    /// Finds the feed of a page, and puts it at the end of the configuration.
    Add(add::Args),
    /// Moves in from a reader, or back: lists of subscriptions.
    #[command(subcommand)]
    Opml(opml::Command),
    /// Makes the address of a feed that is not configured, with a signature ([ad-hoc]).
    Sign(sign::Args),
    /// Names every mistake in the configuration.
    Check,
    /// Compares what comes of saved feeds with what the configuration expects ([[feeds.NAME.tests]]).
    Test(test::Args),
    /// Says what there is to do to a feed: every rule and pack, or all of one of them.
    Rules(rules::Args),
    /// Prints what makes a shell complete the commands of limpid.
    Completions(completions::Args),
    /// Prints the manual page of limpid, or of one of its commands.
    Man(completions::ManArgs),
}

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// As it should.
    Success = 0,
    /// The source failed, or a test.
    Source = 1,
    /// The configuration or the arguments are wrong.
    Usage = 2,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// Does what the arguments say.
pub fn run(args: Args) -> Exit {
    match args.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(args.config.as_deref()),
        Command::Clean(clean) => clean::run(&clean, args.config.as_deref()),
        Command::Add(add) => add::run(&add, args.config.as_deref()),
        Command::Opml(command) => opml::run(&command, args.config.as_deref()),
        Command::Sign(sign) => sign::run(&sign, args.config.as_deref()),
        Command::Check => check::run(args.config.as_deref()),
        Command::Test(test) => test::run(&test, args.config.as_deref()),
        Command::Rules(rules) => rules::run(&rules),
        Command::Completions(of) => completions::run(&of),
        Command::Man(of) => completions::man(&of),
    }
}
