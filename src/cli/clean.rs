//! `limpid clean`: one feed, once, to standard output.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use clap::ValueEnum;
use url::Url;

use super::output::{self, complain};
use super::{Exit, diff, input};
use crate::cache::source::SAMPLE;
use crate::clock::{Clock, SystemClock};
use crate::config::{self, Config, PACKS, Source};
use crate::decode::charset;
use crate::feed;
use crate::fetch::politeness::Validators;
use crate::fetch::{Answer, FetchError, Fetcher};
use crate::pipeline::{Pipeline, Step};

/// The arguments of `limpid clean`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A URL, a file, - for standard input, or sample:newsletter.
    source: String,
    /// Apply the rules of this configured feed.
    #[arg(long, value_name = "NAME")]
    feed: Option<String>,
    /// Apply a pack; can be given more than once.
    #[arg(long, value_name = "NAME")]
    pack: Vec<String>,
    /// Apply a rule, such as 'limit = 5'; can be given more than once.
    #[arg(long, value_name = "TOML")]
    rule: Vec<String>,
    /// Write to standard error what each rule took from each item.
    #[arg(long, value_name = "FORMAT", num_args = 0..=1, require_equals = true, default_missing_value = "text")]
    receipt: Option<ReceiptFormat>,
    /// Write to standard error every change, before and after.
    #[arg(long)]
    diff: bool,
}

/// The form of a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ReceiptFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Cleans one feed. The rules are those of `--feed`, then the packs, then the single rules.
pub fn run(args: &Args, config: Option<&Path>) -> Exit {
    match clean(args, config) {
        Ok(()) => Exit::Success,
        Err(Failed::Usage(message)) => {
            complain(&format!("{}\n", message.trim_end()));
            Exit::Usage
        }
        Err(Failed::Source(message)) => {
            complain(&format!("limpid: {message}\n"));
            Exit::Source
        }
    }
}

/// Why nothing came out.
enum Failed {
    Usage(String),
    Source(String),
}

impl From<FetchError> for Failed {
    fn from(error: FetchError) -> Self {
        let chain = error.chain();
        Failed::Source(if chain.is_empty() { error.to_string() } else { format!("{error} ({chain})") })
    }
}

fn clean(args: &Args, path: Option<&Path>) -> Result<(), Failed> {
    // The rules first: a mistake in them is told before a publisher is bothered. A file of its own is only
    // read where it is needed, so that a broken one does not stand in the way of trying a rule.
    let config = if args.feed.is_some() || path.is_some() {
        input::configuration(path).map_err(Failed::Usage)?
    } else {
        config::read("", None).map_err(|problems| Failed::Usage(problems.to_string()))?
    };
    let mut steps = option_steps(args)?;
    let text = text(&args.source, &config)?;
    let feed = feed::parse(text).map_err(FetchError::from)?;
    let pipeline = match &args.feed {
        Some(name) => configured(config, name, &mut steps)?,
        None => Pipeline::new(steps),
    };
    let cleaned = pipeline.run(&feed, SystemClock.now());
    write(io::stdout(), cleaned.text.as_bytes())?;
    if args.diff {
        write(io::stderr(), diff::diff(&feed, &cleaned.edits).as_bytes())?;
    }
    match args.receipt {
        Some(ReceiptFormat::Text) => write(io::stderr(), cleaned.receipt.to_string().as_bytes()),
        Some(ReceiptFormat::Json) => {
            let json =
                serde_json::to_string_pretty(&cleaned.receipt).map_err(|e| Failed::Usage(e.to_string()))?;
            write(io::stderr(), format!("{json}\n").as_bytes())
        }
        None => Ok(()),
    }
}

/// The rules of a configured feed, and after them those of the other options.
fn configured(config: Config, name: &str, steps: &mut Vec<Step>) -> Result<Pipeline, Failed> {
    let names: Vec<String> = config.feeds.iter().map(|feed| feed.name.clone()).collect();
    let found = config.feeds.into_iter().find(|feed| feed.name == name);
    let feed = found.ok_or_else(|| {
        Failed::Usage(format!(
            "limpid: there is no feed `{name}` in the configuration; it has: {}",
            names.join(", ")
        ))
    })?;
    Ok(feed.pipeline.then(std::mem::take(steps)))
}

fn option_steps(args: &Args) -> Result<Vec<Step>, Failed> {
    let mut steps = Vec::new();
    for name in &args.pack {
        let known = || PACKS.iter().map(|pack| pack.name).collect::<Vec<_>>().join(", ");
        let pack = PACKS.iter().find(|pack| pack.name == name);
        let pack = pack.ok_or_else(|| {
            Failed::Usage(format!("limpid: there is no pack `{name}`; there is: {}", known()))
        })?;
        steps.extend(config::pack_steps(pack).map_err(|problems| Failed::Usage(problems.to_string()))?);
    }
    for rule in &args.rule {
        steps.extend(
            config::rule_step("--rule", rule).map_err(|problems| Failed::Usage(problems.to_string()))?,
        );
    }
    Ok(steps)
}

fn text(source: &str, config: &Config) -> Result<String, Failed> {
    let max = config.fetch.max_body;
    let not_read = |error: io::Error| Failed::Source(format!("can not read {source}: {error}"));
    let (bytes, charset) = match source {
        "-" => (input::read_bounded(io::stdin().lock(), max).map_err(not_read)?, None),
        _ if source.starts_with("http://") || source.starts_with("https://") => fetched(source, config)?,
        _ if Source::parse(source) == Ok(Source::Sample) => (SAMPLE.as_bytes().to_vec(), None),
        file => (input::read_file(Path::new(file), max).map_err(not_read)?, None),
    };
    Ok(charset::decode(bytes, charset.as_deref()).map_err(FetchError::from)?)
}

fn fetched(address: &str, config: &Config) -> Result<(Vec<u8>, Option<String>), Failed> {
    let url =
        Url::parse(address).map_err(|_| Failed::Usage(format!("limpid: `{address}` is not an address")))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failed::Source(error.to_string()))?;
    let fetcher = Fetcher::new(config.fetch.timeout, config.fetch.max_body, config.fetch.contact.as_deref());
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    match runtime.block_on(fetcher.fetch("clean", &url, &Validators::default(), clock.now()))? {
        Answer::Body(body, headers) => Ok((body, headers.charset)),
        Answer::NotModified(_) => Err(FetchError::Status { status: 304, retry_after: None }.into()),
    }
}

fn write(to: impl Write, bytes: &[u8]) -> Result<(), Failed> {
    output::write(to, bytes).map_err(|error| Failed::Source(format!("can not write: {error}")))
}
