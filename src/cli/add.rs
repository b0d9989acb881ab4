//! `limpid add`: a feed from its address, or from that of a page, at the end of the configuration.

use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget};
use url::Url;

use super::Exit;
use super::brief::brief;
use super::discover::{Discovery, Link, discover};
use super::output::{ended, say};
use super::plan::{Known, address, shown};
use super::save::Kept;
use super::survey::packs_for;
use crate::cache::source::SAMPLE;
use crate::clock::{Clock, SystemClock};
use crate::config::append::{NewFeed, written};
use crate::config::naming::Names;
use crate::config::{self, AUTO, Source, as_title, is_name, is_own};
use crate::feed::articles::Reach;
use crate::feed::{Feed, Meaning};
use crate::fetch::Fetcher;
use crate::fetch::guard::{Internet, Network};
use crate::html::entity;

/// The arguments of `limpid add`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The address of a feed, or of a page that has one.
    url: String,
    /// What to call it, in its address; made of its title otherwise.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Which of the feeds of the page, from 1; the first that is not of comments otherwise.
    #[arg(long, value_name = "NUMBER")]
    feed: Option<usize>,
    /// Apply this pack; that of the platform the feed is of otherwise. Can be given more than once.
    #[arg(long, value_name = "NAME")]
    pack: Vec<String>,
    /// Connect to this machine and its network as well, and give the feed leave to (allow-private).
    #[arg(long)]
    allow_private: bool,
    /// Show what would be added, and add nothing.
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Add it without asking.
    #[arg(long, short)]
    yes: bool,
}

/// Why nothing is added.
type Failed = (Exit, String);

/// Adds a feed.
pub fn run(args: &Args, config: Option<&Path>) -> Exit {
    ended(add(args, config))
}

fn add(args: &Args, path: Option<&Path>) -> Result<(), Failed> {
    let kept = Kept::open(path).map_err(usage)?;
    let name = args.name.as_deref().map(|name| free(name, &kept.config)).transpose()?;
    let found = find(args, &kept.config)?;
    let new = proposed(args, name, &found, &kept.config);
    let (text, after) = kept.with(std::slice::from_ref(&new)).map_err(usage)?;
    let listed = say_links(&found);
    let pipeline = after.feed(&new.name).map(|feed| feed.pipeline.clone()).unwrap_or_default();
    let receipt = pipeline.run(&found.feed, SystemClock.now()).receipt;
    let (title, packs) = (new.title.as_deref().unwrap_or(&new.name), new.packs.join(", "));
    say(&format!("{listed}{}, with {packs}: {}", shown(title), brief(&receipt)));
    say(&format!("\n{}\n", written(std::slice::from_ref(&new))));
    let file = kept.path.display();
    if args.dry_run {
        return Ok(());
    }
    if !args.yes && !agreed(&format!("Put this at the end of {file}? [y/N] "))? {
        say("nothing is added\n");
        return Ok(());
    }
    kept.save(&text).map_err(usage)?;
    say(&format!("added to {file}; read it at {}/feeds/{}\n", after.server.own_url(), new.name));
    Ok(())
}

fn usage(message: String) -> Failed {
    (Exit::Usage, message)
}

/// A name that a person has given.
fn free(name: &str, config: &config::Config) -> Result<String, Failed> {
    if !is_name(name) {
        let message =
            format!("limpid: `{}` can not be a feed's name: letters, digits, `-` and `_`", shown(name));
        return Err(usage(message));
    }
    if Names::of(config).take(name) {
        Ok(name.to_owned())
    } else {
        Err(usage(format!("limpid: there is a feed `{name}` in the configuration")))
    }
}

/// What was found, and where it is from.
struct Found {
    source: Source,
    feed: Feed,
    links: Vec<Link>,
}

fn find(args: &Args, config: &config::Config) -> Result<Found, Failed> {
    let wrong = |error: String| (Exit::Source, format!("limpid: {error}"));
    if Source::parse(&args.url) == Ok(Source::Sample) {
        let feed = crate::feed::parse(SAMPLE.to_owned()).map_err(|error| wrong(error.to_string()))?;
        return Ok(Found { source: Source::Sample, feed, links: Vec::new() });
    }
    let url = typed(&args.url).map_err(|reason| usage(format!("limpid: {reason}")))?;
    is_new(&url, config)?;
    let reach = if args.allow_private { Reach::Anywhere } else { Reach::Public };
    let network: Arc<dyn Network> = Arc::new(Internet);
    let fetcher = Fetcher::new(&config.fetch, &network);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| wrong(error.to_string()))?;
    let asking = asking(&url);
    let found = runtime.block_on(discover(&fetcher, &url, reach, args.feed));
    asking.finish_and_clear();
    let found = found.map_err(wrong)?;
    let Discovery { address, feed, links } = found;
    is_new(&address, config)?;
    Ok(Found { source: Source::Url(address), feed, links })
}

/// That something is under way; drawn on a terminal only.
fn asking(url: &Url) -> ProgressBar {
    let spinner = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let spinner = spinner.with_message(format!("asking {}", url.host_str().unwrap_or_default()));
    spinner.enable_steady_tick(Duration::from_millis(100));
    spinner
}

/// An address as people type it: without its scheme, it is https.
fn typed(text: &str) -> Result<Url, String> {
    if text.contains("://") {
        address(text)
    } else {
        address(text).or_else(|_| address(&format!("https://{text}")))
    }
}

fn is_new(url: &Url, config: &config::Config) -> Result<(), Failed> {
    if is_own(url, &config.server) {
        return Err(usage("limpid: this address is limpid itself".to_owned()));
    }
    match Known::of(config).find(url) {
        Some(known) => Err(usage(format!("limpid: {known}"))),
        None => Ok(()),
    }
}

/// The feed as it is to be written.
fn proposed(args: &Args, name: Option<String>, found: &Found, config: &config::Config) -> NewFeed {
    let title = found.feed.value(Meaning::Title).and_then(|title| as_title(&entity::decode(&title)));
    let (source, address) = match &found.source {
        Source::Url(url) => (url.to_string(), Some(url)),
        Source::Sample => ("sample:newsletter".to_owned(), None),
    };
    let of_title = title.clone().unwrap_or_default();
    let name = name.unwrap_or_else(|| Names::of(config).make(&of_title, address));
    let packs = match (args.pack.as_slice(), packs_for(&found.feed, &config.packs)) {
        ([], of_platform) if of_platform.is_empty() => vec![AUTO.to_owned()],
        ([], of_platform) => of_platform,
        (given, _) => given.to_vec(),
    };
    NewFeed {
        title: title.filter(|title| *title != name),
        name,
        source,
        allow_private: args.allow_private,
        packs,
        ..NewFeed::default()
    }
}

/// The feeds of the page, where it has several.
fn say_links(found: &Found) -> String {
    if found.links.len() < 2 {
        return String::new();
    }
    let lines = found.links.iter().enumerate().map(|(index, link)| {
        let is_it = matches!(&found.source, Source::Url(url) if *url == link.address);
        let mark = if is_it { '*' } else { ' ' };
        format!("{mark} {}  {}  {}\n", index + 1, shown(link.address.as_str()), shown(&link.title))
    });
    let lines: String = lines.collect();
    format!("The page has {} feeds; --feed takes another one than *:\n{lines}\n", found.links.len())
}

/// What a person at the terminal says.
fn agreed(question: &str) -> Result<bool, Failed> {
    if !io::stdin().is_terminal() {
        return Err(usage("limpid: there is no terminal to ask at: --yes adds it".to_owned()));
    }
    let mut out = io::stdout();
    // Where that can not be shown, nobody answers yes.
    let _ = out.write_all(question.as_bytes()).and_then(|()| out.flush());
    let mut answer = String::new();
    let _ = io::stdin().lock().take(64).read_line(&mut answer);
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
