//! The `limpid` command: arguments, log, exit code.

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;
use limpid::cli::{self, Args, LogFormat};
use tracing::Subscriber;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

fn main() -> ExitCode {
    let args = Args::parse();
    // The other commands say what they have to say themselves; only serving is worth a log.
    let serves = matches!(args.command, None | Some(cli::Command::Serve));
    let level = if serves { LevelFilter::INFO } else { LevelFilter::OFF };
    let filter = EnvFilter::builder().with_default_directive(level.into()).from_env_lossy();
    let log = tracing_subscriber::registry().with(filter).with(lines(args.log));
    #[cfg(feature = "otlp")]
    let traces = cli::traces::Traces::begin();
    #[cfg(feature = "otlp")]
    let log = log.with(traces.as_ref().map(cli::traces::Traces::layer));
    log.init();
    cli::run(args).into()
}

/// The log, as lines on standard error.
fn lines<S: Subscriber + for<'span> LookupSpan<'span>>(format: LogFormat) -> Box<dyn Layer<S> + Send + Sync> {
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let lines =
        tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(colour).with_target(false);
    match format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().boxed(),
    }
}
