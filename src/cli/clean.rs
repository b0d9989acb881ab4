//! `limpid clean`: one feed, once, to standard output.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use clap::ValueEnum;

use super::output::{self, complain};
use super::{Exit, input};
use crate::cache::articles::ArticleStore;
use crate::cache::gather::gather;
use crate::cache::source::{SAMPLE, Sources};
use crate::clock::{Clock, SystemClock};
use crate::config::{self, Config, FeedConfig, FeedRequest, Packs, Source};
use crate::convert::Target;
use crate::feed::Feed;
use crate::feed::articles::{Articles, Reach};
use crate::fetch::guard::{Internet, Network};
use crate::fetch::politeness::Validators;
use crate::fetch::{Answer, Ask, FetchError, Fetcher, Headers};
use crate::guard::Guard;
use crate::pipeline::{Editions, Form, Pipeline, Step};
use crate::preview::diff;

/// The arguments of `limpid clean`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A URL, a file, - for standard input, or sample:newsletter. Without it: the sources of --feed.
    #[arg(required_unless_present = "feed")]
    source: Option<String>,
    /// Read and clean the source as this configured feed is.
    #[arg(long, value_name = "NAME")]
    feed: Option<String>,
    /// Only a topic of --feed, or `rest`.
    #[arg(long, value_name = "NAME", requires = "feed")]
    topic: Option<String>,
    /// Write the feed in this format, whatever it comes in.
    #[arg(long = "as", value_name = "FORMAT")]
    format: Option<Target>,
    /// Connect to this machine and its network as well; without it to public addresses only, unless --feed has
    /// allow-private = true.
    #[arg(long)]
    allow_private: bool,
    /// Apply a pack, or `auto` for those of the platform the feed is of; can be given more than once.
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
        if matches!(error, FetchError::Refused) {
            return Failed::Source(refused(&error));
        }
        Failed::Source(if chain.is_empty() { error.to_string() } else { format!("{error} ({chain})") })
    }
}

/// The error, with what to do about it here.
fn refused(error: &FetchError) -> String {
    format!("{error}, or --allow-private")
}

fn clean(args: &Args, path: Option<&Path>) -> Result<(), Failed> {
    // The rules first: a mistake in them is told before a publisher is bothered. A file of its own is only
    // read where it is needed, so that a broken one does not stand in the way of trying a rule.
    let has_own_pack = args.pack.iter().any(|name| !Packs::default().has(name));
    let config = if args.feed.is_some() || path.is_some() || has_own_pack {
        input::configuration(path).map_err(Failed::Usage)?
    } else {
        config::read("", None).map_err(|problems| Failed::Usage(problems.to_string()))?
    };
    let steps = option_steps(args, &config.packs)?;
    let form = Form { target: args.format, address: None };
    let named = args.feed.as_deref().map(|name| input::configured(&config, name)).transpose();
    let named = named.map_err(Failed::Usage)?;
    let guarded = || Pipeline::default().guarded(Guard::default());
    let pipeline = named.as_ref().map_or_else(guarded, |feed| feed.pipeline.clone()).then(steps);
    let form = Form { target: form.target.or(named.as_ref().and_then(|feed| feed.format)), ..form };
    let at_least = if args.allow_private { Reach::Anywhere } else { Reach::Public };
    let internet: Arc<dyn Network> = Arc::new(Internet);
    let fetcher = Fetcher::new(&config.fetch, &internet).reaching(at_least);
    let (editions, source) = match (&args.source, named) {
        (Some(source), named) => one(source, &config, &fetcher, named.as_deref(), &pipeline, &form)?,
        (None, Some(named)) => {
            all(&config, &fetcher, &FeedConfig { pipeline, ..named.as_ref().clone() }, &form)?
        }
        (None, None) => return Err(Failed::Usage("limpid: expected a source, or --feed NAME".to_owned())),
    };
    let topics: Vec<String> = editions.topics.iter().map(|(name, _)| name.clone()).collect();
    let cleaned = editions.take(args.topic.as_deref()).ok_or_else(|| no_topic(&topics))?;
    write(io::stdout(), cleaned.text.as_bytes())?;
    if args.diff {
        write(io::stderr(), diff::diff(&source, &cleaned.edits).as_bytes())?;
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

fn no_topic(known: &[String]) -> Failed {
    let known = if known.is_empty() { "no topics".to_owned() } else { known.join(", ") };
    Failed::Usage(format!("limpid: the feed has no such topic; it has: {known}"))
}

/// Cleans the source that was named.
fn one(
    source: &str,
    config: &Config,
    fetcher: &Fetcher,
    named: Option<&FeedConfig>,
    pipeline: &Pipeline,
    form: &Form,
) -> Result<(Editions, Arc<Feed>), Failed> {
    let request = named.and_then(|feed| Some(feed.origins().first()?.1.request.clone())).unwrap_or_default();
    let (body, headers) = body(source, config, fetcher, (pipeline.reach(), &request))?;
    let found = Source::parse(source).unwrap_or(Source::Sample);
    let feed = Arc::new(input::read_as(named, found, body, &headers)?);
    let now = SystemClock.now();
    let (of, rules, wanted) = (feed.clone(), pipeline.clone(), form.clone());
    let run = move |articles: &Articles| drop(rules.editions(&of, now, &wanted, articles));
    let articles = if pipeline.wants_articles() {
        runtime()?.block_on(store(config, fetcher).of("clean", (0, 0), run))
    } else {
        Arc::default()
    };
    Ok((pipeline.editions(&feed, now, form, &articles), feed))
}

/// Cleans a configured feed from its own sources.
fn all(
    config: &Config,
    fetcher: &Fetcher,
    feed: &FeedConfig,
    form: &Form,
) -> Result<(Editions, Arc<Feed>), Failed> {
    let now = SystemClock.now();
    let (copies, articles) = runtime()?.block_on(async {
        let copies = gather(&Sources::new(fetcher.clone(), Arc::new(SystemClock), config.cache), feed).await;
        let (config_of, of) = (Arc::new(feed.clone()), copies.clone());
        let run = move |articles: &Articles| of.run(&config_of, now, articles);
        let articles = if feed.wants_articles() {
            store(config, fetcher).of(&feed.name, (0, 0), run).await
        } else {
            Arc::default()
        };
        (copies, articles)
    });
    let Some(whole) = copies.whole(feed.format, now, &articles) else {
        let error = copies.problem().map(|error| match error.as_ref() {
            FetchError::Refused => refused(&error),
            other => other.to_string(),
        });
        let error = error.unwrap_or_default();
        return Err(Failed::Source(error));
    };
    let source = whole.feed.clone();
    Ok((whole.editions(feed, form, now, &articles), source))
}

/// For the pages of items, where a rule wants them.
fn store(config: &Config, fetcher: &Fetcher) -> ArticleStore {
    let patience = config.fetch.wait_for_pages;
    ArticleStore::new(fetcher, config.cache.memory, patience, Arc::new(SystemClock)).asking_as(&config.feeds)
}

fn runtime() -> Result<tokio::runtime::Runtime, Failed> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failed::Source(error.to_string()))
}

fn option_steps(args: &Args, packs: &Packs) -> Result<Vec<Step>, Failed> {
    let mut steps = Vec::new();
    for name in &args.pack {
        let of_pack = packs.steps(name).ok_or_else(|| {
            let known = packs.names().join(", ");
            Failed::Usage(format!("limpid: there is no pack `{name}`; there is: {known}"))
        })?;
        steps.extend(of_pack);
    }
    for rule in &args.rule {
        let step = packs.entry("--rule", rule).map_err(|problems| Failed::Usage(problems.to_string()))?;
        steps.extend(step);
    }
    Ok(steps)
}

/// The bytes of a source, and what HTTP says of them.
fn body(
    source: &str,
    config: &Config,
    fetcher: &Fetcher,
    how: (Reach, &FeedRequest),
) -> Result<(Vec<u8>, Headers), Failed> {
    let max = config.fetch.max_body;
    let not_read = |error: io::Error| Failed::Source(format!("can not read {source}: {error}"));
    Ok(match source {
        "-" => (input::read_bounded(io::stdin().lock(), max).map_err(not_read)?, Headers::default()),
        _ if source.starts_with("http://") || source.starts_with("https://") => {
            fetched(source, fetcher, how)?
        }
        _ if Source::parse(source) == Ok(Source::Sample) => (SAMPLE.as_bytes().to_vec(), Headers::default()),
        file => (input::read_file(Path::new(file), max).map_err(not_read)?, Headers::default()),
    })
}

fn fetched(
    address: &str,
    fetcher: &Fetcher,
    (reach, request): (Reach, &FeedRequest),
) -> Result<(Vec<u8>, Headers), Failed> {
    let source = Source::parse(address).map_err(|message| Failed::Usage(format!("limpid: {message}")))?;
    let Source::Url(url) = source else { return Err(FetchError::BadAddress.into()) };
    let (validators, now) = (&Validators::default(), SystemClock.now());
    let ask = Ask { feed: "clean", url: &url, reach, request, validators, now };
    match runtime()?.block_on(fetcher.fetch(ask))? {
        Answer::Body(body, headers) => Ok((body, headers)),
        Answer::NotModified(_) => Err(FetchError::Status { status: 304, retry_after: None }.into()),
    }
}

fn write(to: impl Write, bytes: &[u8]) -> Result<(), Failed> {
    output::write(to, bytes).map_err(|error| Failed::Source(format!("can not write: {error}")))
}
