//! `limpid opml import`: a reader's subscriptions, as feeds at the end of the configuration.

use std::io;
use std::path::Path;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use url::Url;

use super::output::{complain, ended, say};
use super::plan::{Candidate, Plan, shown};
use super::save::Kept;
use super::survey::{AT_MOST, Found, Survey};
use super::{Exit, input};
use crate::config::append::{NewFeed, written};
use crate::config::{AUTO, Config};
use crate::fetch::Fetcher;
use crate::fetch::guard::{Internet, Network};
use crate::opml;

/// The arguments of `limpid opml import`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The list, as a reader exports it (OPML), or - for standard input.
    file: String,
    /// Print what would be written, and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Ask no feed which platform it is of. `auto` finds that out in any case.
    #[arg(long)]
    offline: bool,
    /// Ask those on this machine and its network as well, and give them leave (allow-private).
    #[arg(long, conflicts_with = "offline")]
    allow_private: bool,
}

/// Imports a list.
pub fn run(args: &Args, config: Option<&Path>) -> Exit {
    ended(import(args, config))
}

fn import(args: &Args, path: Option<&Path>) -> Result<(), (Exit, String)> {
    let usage = |message| (Exit::Usage, message);
    let kept = Kept::open(path).map_err(usage)?;
    let plan = Plan::of(list(&args.file)?, &kept.config);
    let found = if args.offline { Vec::new() } else { ask(&plan.new, &kept.config, args.allow_private)? };
    let feeds: Vec<NewFeed> =
        plan.new.iter().enumerate().map(|(index, one)| one.feed(found.get(index))).collect();
    let (text, config) = kept.with(&feeds).map_err(usage)?;
    for line in plan.left_out.iter().chain(&failures(&plan.new, &found)) {
        complain(&format!("{line}\n"));
    }
    let (count, left_out) = (feeds.len(), plan.left_out.len());
    let (count, left_out) = (counted(count, "feed"), left_out);
    let file = kept.path.display();
    if args.dry_run {
        say(&written(&feeds));
        complain(&format!("{count} for {file}, {left_out} left out; nothing is written\n"));
    } else {
        if !feeds.is_empty() {
            kept.save(&text).map_err(usage)?;
        }
        complain(&format!("{count} added to {file}, {left_out} left out\n"));
    }
    if !found.is_empty() {
        complain(&platforms(&found));
    }
    if !args.dry_run && !feeds.is_empty() {
        let url = config.server.own_url();
        complain(&format!("limpid serves the list for your reader at {url}/opml\n"));
    }
    Ok(())
}

fn list(file: &str) -> Result<opml::Read, (Exit, String)> {
    let bytes = if file == "-" {
        input::read_bounded(io::stdin().lock(), opml::MAX_BYTES)
    } else {
        input::read_file(Path::new(file), opml::MAX_BYTES)
    };
    let bytes = bytes.map_err(|error| (Exit::Source, format!("limpid: can not read {file}: {error}")))?;
    opml::read(bytes).map_err(|error| (Exit::Source, format!("limpid: can not read {file}: {error}")))
}

/// Asks every feed what it is. Whoever stops that has changed nothing.
fn ask(
    new: &[Candidate],
    config: &Config,
    allow_private: bool,
) -> Result<Vec<(Found, bool)>, (Exit, String)> {
    let network: Arc<dyn Network> = Arc::new(Internet);
    let fetcher = Fetcher::new(&config.fetch, &network);
    let survey = Survey { fetcher, network, packs: config.packs.clone(), allow_private, at_most: AT_MOST };
    let addresses: Vec<Url> = new.iter().map(|one| one.address.clone()).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| (Exit::Source, format!("limpid: {error}")))?;
    let bar = bar(addresses.len());
    bar.tick();
    let found = runtime.block_on(survey.run(&addresses, || bar.inc(1)));
    bar.finish_and_clear();
    Ok(found)
}

/// How far it is; drawn on a terminal only.
fn bar(count: usize) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(u64::try_from(count).ok(), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("asking {bar:30} {pos} of {len} feeds, {eta} left");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

impl Candidate {
    /// The feed as it is written, with what asking it has told.
    fn feed(&self, found: Option<&(Found, bool)>) -> NewFeed {
        let packs = found.and_then(|(found, _)| match found {
            Found::Packs(packs) if !packs.is_empty() => Some(packs.join(", ")),
            _ => None,
        });
        NewFeed {
            name: self.name.clone(),
            title: self.title.clone(),
            source: self.address.to_string(),
            folder: self.folder.clone(),
            allow_private: found.is_some_and(|(_, is_private)| *is_private),
            packs: vec![AUTO.to_owned()],
            note: packs,
        }
    }
}

/// A line for each feed that could not be read.
fn failures(new: &[Candidate], found: &[(Found, bool)]) -> Vec<String> {
    let lines = new.iter().zip(found).filter_map(|(one, (found, _))| {
        let why = match found {
            Found::Packs(_) => return None,
            Found::Failed(why) => why,
            Found::NotAsked => "there was no time left to ask it",
        };
        Some(format!("not read: {} ({}): {why}", one.name, shown(one.address.as_str())))
    });
    lines.collect()
}

/// How many of those that were asked are of which platform.
fn platforms(found: &[(Found, bool)]) -> String {
    let mut counts: Vec<(String, usize)> = Vec::new();
    let mut answered = 0;
    for (found, _) in found {
        let Found::Packs(packs) = found else { continue };
        answered += 1;
        let name = if packs.is_empty() { "no known platform".to_owned() } else { packs.join(" and ") };
        match counts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, count)) => *count += 1,
            None => counts.push((name, 1)),
        }
    }
    counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let each: Vec<String> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
    let rest = found.len() - answered;
    let rest =
        if rest == 0 { String::new() } else { format!("; {rest} did not, and are there all the same") };
    let each = if each.is_empty() { String::new() } else { format!(" ({})", each.join(", ")) };
    format!("{answered} answered{each}{rest}\n")
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
