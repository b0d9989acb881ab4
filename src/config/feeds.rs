//! The `[feeds.NAME]` tables: sources, rules, and feeds made of other feeds.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeValue, ValueDeserializer};
use url::Url;
use xxhash_rust::xxh3::xxh3_128;

use super::problem::Problem;
use super::read::duration;
use super::table::{Value, read_as};
use super::{
    Expectation, FeedAccess, FeedConfig, Fetch, Listing, Origin, Packs, Part, Refresh, Server, Source,
    access, expectations, listing, loops, raw, request, steps, topics, word_lists,
};
use crate::convert::Target;
use crate::convert::page::PageSelectors;
use crate::decode::charset::{Charset, charset_named};
use crate::feed::articles::{Login, Reach};
use crate::guard::Guard;
use crate::pipeline::{Pipeline, Step};
use crate::rules;

/// How long a feed's name may be.
pub const MAX_NAME: usize = 64;

/// How many feeds may be made of each other in a chain.
const MAX_CHAIN: usize = 8;

/// A feed whose sources have not been looked up yet.
struct Draft {
    name: String,
    sources: Vec<Written>,
    charset: Option<Charset>,
    page: Option<PageSelectors>,
    format: Option<Target>,
    pipeline: Pipeline,
    written: String,
    digest: u128,
    min_interval: std::time::Duration,
    refresh: Refresh,
    request: request::Written,
    is_crowded: bool,
    access: FeedAccess,
    listing: Listing,
    tests: Vec<Expectation>,
}

/// A source as it is written.
enum Written {
    Source(Source, Range<usize>),
    /// Another feed, and the topic of it.
    Feed(String, Option<String>, Range<usize>),
}

/// Reads the feeds, in the order of the file. Files that they name stand in `folder`.
pub(super) fn read(
    text: &str,
    feeds: Value<'_>,
    (server, fetch): (&Server, &Fetch),
    packs: &Packs,
    folder: &Path,
    problems: &mut Vec<Problem>,
) -> Vec<Arc<FeedConfig>> {
    let span = feeds.span();
    let DeValue::Table(feeds) = feeds.into_inner() else {
        problems.push(Problem::new("expected tables such as [feeds.example]", span));
        return Vec::new();
    };
    let mut feeds: Vec<_> = feeds.into_iter().collect();
    feeds.sort_by_key(|(name, _)| name.span().start);
    let names: Vec<String> = feeds.iter().map(|(name, _)| name.get_ref().to_string()).collect();
    let each = feeds.into_iter().filter_map(|(name, mut value)| {
        if !is_name(name.get_ref()) {
            let message = format!("`{}` can not be a feed's name", name.get_ref());
            problems.push(
                Problem::new(message, name.span())
                    .help("it becomes part of an address: letters, digits, `-` and `_`, at most 64 of them"),
            );
        }
        let table = value.get_mut();
        let (request, access) = if let DeValue::Table(feed) = table {
            (request::read(feed, folder, problems), feed.remove("access"))
        } else {
            (request::Written::default(), None)
        };
        let words = word_lists::read_in(table, folder, problems);
        let draft = read_feed((text, &words), name.get_ref(), name.span(), value, fetch, packs, problems);
        let access = access.map(|access| access::read_feed(access, folder, problems)).unwrap_or_default();
        draft.map(|draft| Draft { request, access, ..draft })
    });
    let mut drafts: Vec<Draft> = each.collect();
    note_crowds(&mut drafts);
    for source in drafts.iter().flat_map(|draft| &draft.sources) {
        if let Written::Source(source, span) = source {
            problems.extend(loops::problem(source, span, server));
        }
    }
    put_together(drafts, &names, problems)
}

/// Whether a feed can be called that: it becomes part of an address.
pub fn is_name(name: &str) -> bool {
    (1..=MAX_NAME).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// Notes which feeds have a source at a host that other sources are of as well.
fn note_crowds(drafts: &mut [Draft]) {
    let mut hosts: HashMap<String, HashSet<Url>> = HashMap::new();
    for url in drafts.iter().flat_map(|draft| own(&draft.sources)) {
        hosts.entry(url.authority().to_owned()).or_default().insert(url.clone());
    }
    let is_crowded = |url: &&Url| hosts.get(url.authority()).is_some_and(|sources| sources.len() > 1);
    for draft in drafts {
        draft.is_crowded = own(&draft.sources).iter().any(is_crowded);
    }
}

/// How late a source is: up to a tenth of its interval, by its address alone.
fn late(source: &Source, is_crowded: bool) -> u32 {
    let spread = u128::from(is_crowded) * xxh3_128(format!("{source:?}").as_bytes()) % 101;
    u32::try_from(spread).unwrap_or_default()
}

fn read_feed(
    (text, words): (&str, &str),
    name: &str,
    name_span: Range<usize>,
    value: Value<'_>,
    fetch: &Fetch,
    packs: &Packs,
    problems: &mut Vec<Problem>,
) -> Option<Draft> {
    let DeValue::Table(mut table) = value.into_inner() else {
        problems.push(Problem::new("expected a table with a `source` and `rules`", name_span));
        return None;
    };
    let rules = table.remove("rules");
    let topics = table.remove("topics");
    let names_a_source = ["source", "sources", "source-html"].into_iter().any(|key| table.contains_key(key));
    let written = rules.as_ref().map(|rules| &text[rules.span()]).unwrap_or_default();
    let shared = topics.as_ref().map(written_topics).unwrap_or_default();
    let chosen = rules.map(|rules| steps::steps(rules, packs, problems)).unwrap_or_default();
    let (steps, of_packs) = (chosen.steps, chosen.digests);
    let topics = topics.map(|topics| topics::read(topics, problems)).unwrap_or_default();
    topics::check_routes(&topics, &steps, &name_span, problems);
    let mut raw: raw::Feed = read_as(Spanned::new(name_span.clone(), DeValue::Table(table)), problems)?;
    let guard = raw.guard.unwrap_or_default();
    let reach = if raw.allow_private { Reach::Anywhere } else { Reach::Public };
    let version = env!("CARGO_PKG_VERSION");
    let all = format!("{version}\n{written}\n{words}\n{of_packs:?}\n{shared}\n{guard:?}\n{reach:?}");
    let digest = xxh3_128(all.as_bytes());
    let written = all_written(written, raw.guard, &shared);
    let charset = raw.charset.as_ref().and_then(|label| read_charset(label, problems));
    let format = raw.format.as_ref().and_then(|format| read_format(format, problems));
    let min_interval = raw.min_interval.map_or(fetch.min_interval, duration);
    let refresh = raw.refresh.unwrap_or_default();
    let listing = listing::read(&raw, problems);
    let tests = expectations::read(std::mem::take(&mut raw.tests), &topics.names(), problems);
    check_count(&raw, names_a_source, &name_span, problems);
    let (sources, page) = read_sources(raw, name_span, problems)?;
    let pipeline = Pipeline::new(steps).guarded(guard).with_topics(topics).reaching(reach);
    Some(Draft {
        name: name.to_owned(),
        sources,
        charset,
        page,
        format,
        pipeline,
        written,
        digest,
        min_interval,
        refresh,
        request: request::Written::default(),
        is_crowded: false,
        access: FeedAccess::default(),
        listing,
        tests,
    })
}

/// Names a feed that says in no way, or in several, what it is made of. What one says wrongly is named elsewhere.
fn check_count(raw: &raw::Feed, names_a_source: bool, span: &Range<usize>, problems: &mut Vec<Problem>) {
    let said = [raw.source.is_some(), raw.sources.is_some(), raw.source_html.is_some()];
    let count = said.into_iter().filter(|is_said| *is_said).count();
    if count != 1 && (count > 1 || !names_a_source) {
        let message = "a feed has one `source`, or several `sources`, or a `source-html`";
        problems.push(Problem::new(message, span.clone()).help(SOURCES));
    }
}

/// What a feed says of its rules, as a text of its own.
fn all_written(rules: &str, guard: Option<Guard>, topics: &str) -> String {
    let guard = guard.map(|guard| format!("guard = {}\n", guard.written())).unwrap_or_default();
    let rules = if rules.is_empty() { String::new() } else { format!("rules = {rules}\n") };
    format!("{rules}{guard}{topics}")
}

/// Topics as a text of their own, in their order. Those under a header of their own stand elsewhere than that.
fn written_topics(topics: &Value<'_>) -> String {
    let DeValue::Table(table) = topics.get_ref() else { return String::new() };
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    let each = entries.into_iter().filter_map(|(name, value)| {
        let value = toml::Value::deserialize(ValueDeserializer::from(value.clone())).ok()?;
        Some(format!("{} = {value}\n", name.get_ref()))
    });
    format!("\n[topics]\n{}", each.collect::<String>())
}

fn read_charset(label: &Spanned<String>, problems: &mut Vec<Problem>) -> Option<Charset> {
    let found = charset_named(label.get_ref());
    if found.is_none() {
        let message = format!("`{}` is no charset that limpid knows", label.get_ref());
        problems.push(Problem::new(message, label.span()).help("charset = \"windows-1251\""));
    }
    found
}

fn read_format(format: &Spanned<String>, problems: &mut Vec<Problem>) -> Option<Target> {
    let found = Target::named(format.get_ref());
    if found.is_none() {
        let problem = Problem::new(format!("unknown format `{}`", format.get_ref()), format.span());
        problems.push(problem.nearest_and_all(format.get_ref(), "known", &["rss", "atom", "json"]));
    }
    found
}

/// How sources are written, for advice.
const SOURCES: &str = "source = \"https://…\", sources = [\"https://…\", \"feed:NAME\"], \
                       or source-html = { url = \"https://…\", item = \"article\" }";

/// The sources of a feed: exactly one of `source`, `sources` and `source-html`.
fn read_sources(
    raw: raw::Feed,
    name_span: Range<usize>,
    problems: &mut Vec<Problem>,
) -> Option<(Vec<Written>, Option<PageSelectors>)> {
    let (one, many, html) = (raw.source, raw.sources, raw.source_html);
    if let Some(html) = html {
        let html = html.into_inner();
        let source = read_source(&html.url, problems)?;
        let raw::SourceHtml { item, title, link, date, content, .. } = html;
        return Some((vec![source], Some(PageSelectors { item, title, link, date, content })));
    }
    let (written, span) = match (one, many) {
        (Some(one), _) => (vec![one], name_span),
        (None, many) => many.map(|many| (many.get_ref().clone(), many.span()))?,
    };
    if written.is_empty() {
        problems.push(Problem::new("a list of sources must not be empty", span));
        return None;
    }
    let sources: Vec<Written> = written.iter().filter_map(|source| read_source(source, problems)).collect();
    Some((sources, None))
}

fn read_source(text: &Spanned<String>, problems: &mut Vec<Problem>) -> Option<Written> {
    if let Some(name) = text.get_ref().strip_prefix("feed:") {
        let (name, topic) = name.split_once('/').map_or((name, None), |(name, topic)| (name, Some(topic)));
        return Some(Written::Feed(name.to_owned(), topic.map(str::to_owned), text.span()));
    }
    let source = Source::parse(text.get_ref());
    let source = source.map(|source| Written::Source(source, text.span()));
    source.map_err(|message| problems.push(Problem::new(message, text.span()))).ok()
}

/// Gives each feed its parts; a feed that others are made of comes before them.
fn put_together(mut left: Vec<Draft>, names: &[String], problems: &mut Vec<Problem>) -> Vec<Arc<FeedConfig>> {
    let mut done: BTreeMap<String, Arc<FeedConfig>> = BTreeMap::new();
    for _ in 0..MAX_CHAIN {
        let waiting: Vec<String> = left.iter().map(|draft| draft.name.clone()).collect();
        let is_ready = |draft: &Draft| {
            draft.sources.iter().all(|source| match source {
                Written::Source(..) => true,
                Written::Feed(name, ..) => !waiting.contains(name),
            })
        };
        let (ready, waiting): (Vec<Draft>, Vec<Draft>) = left.into_iter().partition(is_ready);
        left = waiting;
        for draft in ready {
            let feed = finished(draft, &done, names, problems);
            done.insert(feed.name.clone(), Arc::new(feed));
        }
    }
    for (name, span) in left.iter().flat_map(|draft| &draft.sources).filter_map(|source| match source {
        Written::Feed(name, _, span) if !done.contains_key(name) => Some((name, span)),
        _ => None,
    }) {
        let message = format!("`feed:{name}` leads back to itself, or through more than {MAX_CHAIN} feeds");
        problems.push(Problem::new(message, span.clone()));
    }
    names.iter().filter_map(|name| done.get(name).cloned()).collect()
}

/// A feed as a part of another one; a topic only where it has that.
fn part_of(
    feed: &Arc<FeedConfig>,
    topic: Option<String>,
    span: &Range<usize>,
    problems: &mut Vec<Problem>,
) -> Option<Part> {
    let known = feed.pipeline.topics();
    if let Some(topic) = topic.as_deref().filter(|topic| !known.contains(topic)) {
        let problem = Problem::new(format!("`{}` has no topic `{topic}`", feed.name), span.clone());
        problems.push(if known.is_empty() { problem } else { problem.nearest_or_all(topic, &known) });
        return None;
    }
    Some(Part::Feed(feed.clone(), topic))
}

/// The addresses that a feed itself asks.
fn own(sources: &[Written]) -> Vec<&Url> {
    let each = sources.iter().filter_map(|source| match source {
        Written::Source(Source::Url(url), _) => Some(url),
        _ => None,
    });
    each.collect()
}

fn finished(
    draft: Draft,
    done: &BTreeMap<String, Arc<FeedConfig>>,
    known: &[String],
    problems: &mut Vec<Problem>,
) -> FeedConfig {
    let request = Arc::new(draft.request.finished(&own(&draft.sources), problems));
    let login = request.login();
    let (mut pipeline, digest) = (draft.pipeline.asking_as(login), draft.digest);
    let reading = match (&draft.charset, &draft.page, login) {
        (None, None, Login::NOBODY) => 0,
        all => xxh3_128(format!("{all:?}").as_bytes()),
    };
    let rules_digest =
        if login == Login::NOBODY { digest } else { xxh3_128(format!("{digest} {login:?}").as_bytes()) };
    let (mut page, charset, reach) = (draft.page, draft.charset, pipeline.reach());
    let mut parts = Vec::with_capacity(draft.sources.len());
    for source in draft.sources {
        match source {
            Written::Source(source, _) => {
                let late = late(&source, draft.is_crowded);
                let (page, request) = (page.take(), request.clone());
                let origin = Origin { source, charset, page, reading, reach, request, late };
                parts.push(Part::Origin(Arc::new(origin)));
            }
            Written::Feed(name, topic, span) => {
                parts.extend(linked((&name, topic, span), done, known, problems));
            }
        }
    }
    if parts.len() > 1 {
        pipeline = pipeline.after(Step::new("merge", rules::newest_first()));
    }
    FeedConfig {
        name: draft.name,
        parts,
        format: draft.format,
        pipeline,
        written: draft.written,
        rules_digest,
        min_interval: draft.min_interval,
        refresh: draft.refresh,
        access: draft.access,
        listing: draft.listing,
        tests: draft.tests,
    }
}

/// A part that is another feed, where there is one of that name.
fn linked(
    (name, topic, span): (&str, Option<String>, Range<usize>),
    done: &BTreeMap<String, Arc<FeedConfig>>,
    known: &[String],
    problems: &mut Vec<Problem>,
) -> Option<Part> {
    if let Some(feed) = done.get(name) {
        return part_of(feed, topic, &span, problems);
    }
    // Where there is such a feed, what is wrong with it has been said.
    if !known.iter().any(|known| known == name) {
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let problem = Problem::new(format!("there is no feed `{name}`"), span);
        problems.push(problem.nearest_or_all(name, &known));
    }
    None
}
