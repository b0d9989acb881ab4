//! Several feeds as one, by cases that are data: one file a case, in `tests/merge/`.
//!
//! ```toml
//! about = "What this shows, in one sentence."
//! feeds = ['<rss>…</rss>', '<rss>…</rss>']      # in their order
//! format = "atom"                               # optional: `rss`, `atom` or `json`
//! expected = '<rss>…</rss>'
//! lost = ["category of “One”"]                  # optional: what is not carried over, in order
//! ```
//!
//! And by what must be so whatever the feeds are, of any of those in `tests/formats`.

#[path = "formats/fixtures.rs"]
mod fixtures;

use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use jiff::Timestamp;
use limpid::cli::input::read_file;
use limpid::convert::Target;
use limpid::feed::draft::ItemDraft;
use limpid::feed::{self, Draft, Feed, Format};
use limpid::json;
use limpid::merge::{Merged, merge};
use limpid::xml::check::check;
use proptest::prelude::*;
use serde::Deserialize;

/// The most bytes of a case file.
const MAX_CASE: usize = 1 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    about: String,
    feeds: Vec<String>,
    format: Option<String>,
    expected: String,
    lost: Option<Vec<String>>,
}

/// The files of the cases, in order.
fn case_files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/merge");
    let entries = fs::read_dir(root).expect("a readable directory");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable file").path()).collect();
    paths.sort();
    paths
}

fn read(path: &Path) -> Result<Case, String> {
    let bytes = read_file(path, MAX_CASE).map_err(|error| error.to_string())?;
    let text = String::from_utf8(bytes).map_err(|error| error.to_string())?;
    let case: Case = toml::from_str(&text).map_err(|error| error.to_string())?;
    if case.about.ends_with('.') { Ok(case) } else { Err("`about` is no sentence".to_owned()) }
}

#[test]
fn every_case_holds() {
    let paths = case_files();
    let failures: Vec<String> = paths.iter().filter_map(|path| judge(path)).collect();
    assert!(failures.is_empty(), "{} of {} cases:\n\n{}", failures.len(), paths.len(), failures.join("\n\n"));
    assert!(paths.len() >= 20, "{} cases", paths.len());
}

/// Everything that is wrong with one case, as one text.
fn judge(path: &Path) -> Option<String> {
    let mut wrong = Vec::new();
    match read(path) {
        Ok(case) => run(&case, &mut wrong),
        Err(mistake) => wrong.push(mistake),
    }
    let name = path.file_name().unwrap_or_default().display();
    (!wrong.is_empty()).then(|| format!("tests/merge/{name}\n{}", wrong.join("\n")))
}

fn run(case: &Case, wrong: &mut Vec<String>) {
    let feeds: Vec<Feed> =
        case.feeds.iter().map(|text| feed::parse(text.clone()).expect("the cases are feeds")).collect();
    if let Some(ill) = feeds.iter().find(|feed| !feed.mended.is_empty()) {
        wrong.push(format!("a feed of the case is ill-formed: {:?}", ill.mended));
    }
    let target = case.format.as_ref().map(|name| Target::named(name).expect("a format of the three"));
    let all: Vec<&Feed> = feeds.iter().collect();
    let Merged { text, lost } = merge(&all, target).expect("there is a feed");
    if text != case.expected {
        wrong.push(format!("--- expected\n{}\n+++ got\n{text}", case.expected));
    }
    let lost: Vec<String> = lost.into_iter().map(|lost| lost.what).collect();
    if let Some(expected) = case.lost.as_ref().filter(|expected| **expected != lost) {
        wrong.push(format!("not carried over: {expected:?} expected, {lost:?} got"));
    }
    holds(&feeds, &text, wrong);
}

/// What must be so of any merged feed.
fn holds(feeds: &[Feed], text: &str, wrong: &mut Vec<String>) {
    let out = match feed::parse(text.to_owned()) {
        Ok(out) => out,
        Err(error) => return wrong.push(format!("it can not be read: {error}\n{text}")),
    };
    if !out.mended.is_empty() {
        wrong.push(format!("it needs repair: {:?}\n{text}", out.mended));
    }
    if let Some(fault) = check(text).err().filter(|_| out.format != Format::Json) {
        wrong.push(format!("it is not well-formed: {fault}\n{text}"));
    }
    if json::value(text).is_err() && out.format == Format::Json {
        wrong.push(format!("it is no JSON\n{text}"));
    }
    let count: usize = feeds.iter().map(|feed| feed.items.len()).sum();
    if out.items.len() != count {
        wrong.push(format!("{} items, of {count}\n{text}", out.items.len()));
    }
}

#[test]
fn nothing_makes_nothing_and_one_stays_as_it_is() {
    assert!(merge(&[], None).is_none());
    for Known { name, feed } in well_formed().values().flatten() {
        let Merged { text, lost } = merge(&[feed], None).expect("there is a feed");
        assert!(lost.is_empty() && text == feed.source, "{name}");
    }
}

/// What a feed says once for all its items is said by each of them in another feed. That must not make
/// gigabytes of a feed with a long subtitle and many entries.
#[test]
fn what_is_said_again_for_each_item_is_bounded() {
    let long = "x".repeat(16 << 10);
    let many = |item: &'static str| vec![item; 4000];
    let atom = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>urn:a</id>";
    let others = [
        (format!("{atom}<subtitle>{long}</subtitle>"), many("<entry><id>b</id></entry>").concat(), "</feed>"),
        (
            format!("<rss xmlns:x=\"urn:{long}\"><channel>"),
            many("<item><x:y/></item>").concat(),
            "</channel></rss>",
        ),
        (format!("<rss xml:base=\"urn:{long}\"><channel>"), many("<item/>").concat(), "</channel></rss>"),
        (
            format!("{{{JSON}, \"authors\": [{{\"name\": \"{long}\"}}], \"items\": ["),
            many("{}").join(","),
            "]}",
        ),
    ];
    let mut wrong = Vec::new();
    for (start, items, end) in others {
        let [first, other] = [format!("{start}{end}").replace(&long, ""), format!("{start}{items}{end}")]
            .map(|text| feed::parse(text).expect("it is a feed"));
        let Merged { text, lost } = merge(&[&first, &other], None).expect("there are feeds");
        if text.len() > other.source.len() + (32 << 20) {
            wrong.push(format!("{} bytes of {}, {start:.60}", text.len(), other.source.len()));
        }
        let items = feed::parse(text).map_or(0, |feed| feed.items.len());
        let left_out: usize =
            lost.iter().filter(|lost| lost.what.starts_with("items")).map(|l| l.count as usize).sum();
        assert_eq!(items + left_out, 4000);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The member by which JSON is a feed.
const JSON: &str = "\"version\": \"https://jsonfeed.org/version/1.1\"";

/// A fixture that needs no repair, read.
struct Known {
    name: String,
    feed: Feed,
}

impl Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// All of them, by their formats.
fn well_formed() -> &'static BTreeMap<String, Vec<Known>> {
    static ALL: LazyLock<BTreeMap<String, Vec<Known>>> = LazyLock::new(|| {
        let mut all: BTreeMap<String, Vec<Known>> = BTreeMap::new();
        for fixture in fixtures::all().into_iter().filter(|fixture| !fixture.is_ill_formed()) {
            let feed = fixture.read().unwrap_or_else(|error| panic!("{}: {error}", fixture.name));
            let format = format!("{:?}", feed.format);
            all.entry(format).or_default().push(Known { name: fixture.name, feed });
        }
        all
    });
    &ALL
}

/// What an item says that has to stay, wherever it stands.
fn said(item: &ItemDraft<'_>) -> [String; 6] {
    [
        format!("{:?}", item.title()),
        format!("{:?}", item.guid()),
        format!("{:?}", item.link()),
        format!("{:?}", item.date()),
        format!("{:?}", item.authors()),
        format!("{:?}", item.categories()),
    ]
}

fn all_said(feed: &Feed) -> Vec<[String; 6]> {
    Draft::new(feed, Timestamp::UNIX_EPOCH).items().iter().map(said).collect()
}

/// An item as it is written.
fn written<'f>(feed: &'f Feed, item: &feed::Item) -> &'f str {
    item.element().of(&feed.source)
}

/// An item's bytes without what a merge may add to them: attributes of the start tag, and at the end of an Atom
/// entry its `source`; at the start of an object, members of its feed.
fn core<'f>(feed: &'f Feed, item: &feed::Item) -> &'f str {
    let whole = written(feed, item);
    if feed.format == Format::Json {
        return whole.trim_start_matches('{');
    }
    let name = whole.find(|c: char| c.is_ascii_whitespace() || c == '/' || c == '>').unwrap_or(whole.len());
    let end = whole.rfind("</").unwrap_or(whole.len());
    &whole[name..end.max(name)]
}

type Feeds = Vec<&'static Known>;

/// Two feeds or more of the list, one of them twice perhaps.
fn some_of(feeds: &'static [Known]) -> impl Strategy<Value = Feeds> {
    let place = prop::sample::select((0..feeds.len()).collect::<Vec<_>>());
    prop::collection::vec(place.prop_map(|place| &feeds[place]), 2..5)
}

fn any_of_one_format() -> impl Strategy<Value = Feeds> {
    let formats: Vec<&'static Vec<Known>> = well_formed().values().collect();
    prop::sample::select(formats).prop_flat_map(|feeds| some_of(feeds))
}

fn any_of_all_formats() -> impl Strategy<Value = Feeds> {
    prop::collection::vec(any_of_one_format(), 2..4).prop_map(|all| all.concat())
}

fn merged(feeds: &[&'static Known], target: Option<Target>) -> (Vec<&'static Feed>, Merged) {
    let feeds: Vec<&Feed> = feeds.iter().map(|known| &known.feed).collect();
    let merged = merge(&feeds, target).expect("there are feeds");
    (feeds, merged)
}

/// The feed that was made, which needs no repair.
fn read_again(text: String) -> Result<Feed, TestCaseError> {
    let out = feed::parse(text).map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert!(out.mended.is_empty(), "{:?}", out.mended);
    prop_assert!(out.format == Format::Json || check(&out.source).is_ok());
    Ok(out)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Of one format, the items keep their bytes and what they say, and stand in the order of the feeds.
    #[test]
    fn feeds_of_one_format_are_put_together_as_they_are(feeds in any_of_one_format()) {
        let (feeds, Merged { text, lost }) = merged(&feeds, None);
        prop_assert!(lost.is_empty(), "{lost:?}");
        let out = read_again(text)?;
        let before = feeds.iter().flat_map(|feed| all_said(feed));
        for (before, mut after) in before.zip(all_said(&out)) {
            // Whom nobody has named, the feed's author may have written.
            if before[4] == "[]" {
                after[4].clone_from(&before[4]);
            }
            prop_assert_eq!(before, after);
        }
        prop_assert_eq!(out.items.len(), feeds.iter().map(|feed| feed.items.len()).sum::<usize>());
        let items = feeds.iter().flat_map(|feed| feed.items.iter().map(|item| (*feed, item)));
        for ((feed, item), now) in items.zip(&out.items) {
            // What only their own feed declares is written out, and their base is joined with its base.
            let base = "xml:base=\"";
            if !feed.entities.is_empty() || item.tag.of(&feed.source).contains(base) {
                continue;
            }
            let (core, now) = (core(feed, item), written(&out, now));
            prop_assert!(now.contains(core), "{core}\nis not in\n{now}");
        }
    }

    /// Of several formats, or where another is asked for, they become one format; none is lost, and ids stay.
    #[test]
    fn feeds_of_all_formats_become_one(
        feeds in any_of_all_formats(),
        target in prop::option::of(prop::sample::select(vec![Target::Rss, Target::Atom, Target::Json])),
    ) {
        let (feeds, Merged { text, .. }) = merged(&feeds, target);
        let out = read_again(text)?;
        prop_assert!(target.is_none_or(|target| target.is(out.format)));
        let before: Vec<_> = feeds.iter().flat_map(|feed| feed.items.iter().map(|item| feed.id(item))).collect();
        let after: Vec<_> = out.items.iter().map(|item| out.id(item)).collect();
        prop_assert_eq!(before.len(), after.len());
        let differ = before.iter().zip(&after).find(|(before, after)| before.is_some() && before != after);
        prop_assert!(differ.is_none(), "{differ:?}");
    }
}
