//! The `limpid` command: arguments, log, exit code.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use limpid::cli::{self, Args, LogFormat};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

fn main() -> ExitCode {
    let args = Args::parse();
    // The other commands say what they have to say themselves; only serving is worth a log.
    let serves = matches!(args.command, None | Some(cli::Command::Serve));
    log(args.log, if serves { LevelFilter::INFO } else { LevelFilter::OFF });
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
