//! The `limpid` command: arguments, log, exit code.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use limpid::cli::{self, Args, LogFormat};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

fn main() -> ExitCode {
    let args = Args::parse();
    // A command that cleans or checks says what it has to say itself; only serving is worth a log.
    let quiet = matches!(args.command, Some(cli::Command::Clean(_) | cli::Command::Check));
    log(args.log, if quiet { LevelFilter::OFF } else { LevelFilter::INFO });
    cli::run(args).into()
}

fn log(format: LogFormat, level: LevelFilter) {
    let filter = EnvFilter::builder().with_default_directive(level.into()).from_env_lossy();
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colour)
        .with_target(false);
    match format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
}
