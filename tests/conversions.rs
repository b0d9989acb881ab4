//! A feed that limpid converts says the same as its source: feedparser reads both, or Python's own reader of
//! JSON (`tests/agree.py`, which says what may differ), and feed-rs reads the result too.

#[path = "formats/fixtures.rs"]
mod fixtures;
#[path = "formats/python.rs"]
mod python;

use fixtures::Fixture;
use limpid::convert::{Target, convert};
use limpid::feed::{self, Feed, Format};
use python::{Comparison, agree};

const TARGETS: [Target; 3] = [Target::Rss, Target::Atom, Target::Json];

/// What feed-rs refuses: a media description without words, as it stands in the source.
const NOT_FOR_FEED_RS: &str = "atom-1.0/youtube.xml";

/// Every fixture that is well-formed and of another format, converted.
fn all_converted(target: Target) -> Vec<(Fixture, String)> {
    let all = fixtures::all().into_iter().filter(|fixture| !fixture.is_ill_formed());
    let readable = all.filter_map(|fixture| fixture.read().ok().map(|feed| (fixture, feed)));
    let others = readable.filter(|(_, feed)| !target.is(feed.format));
    others.map(|(fixture, feed)| (fixture, convert(&feed, target, None).text)).collect()
}

fn says_the_same(target: Target) {
    let all = all_converted(target);
    let each = all.iter().map(|(fixture, output)| {
        let name = format!("{} as {target:?}", fixture.name);
        Comparison { name, source: &fixture.bytes, output }
    });
    let each: Vec<_> = each.collect();
    assert!(each.len() >= 40, "{} feeds", each.len());
    agree("converted", &each);
}

#[test]
fn rss_says_what_its_source_says() {
    says_the_same(Target::Rss);
}

#[test]
fn atom_says_what_its_source_says() {
    says_the_same(Target::Atom);
}

#[test]
fn json_says_what_its_source_says() {
    says_the_same(Target::Json);
}

/// Calls for each feed in each other format: its name, the source and the result.
fn each_conversion(mut check: impl FnMut(&str, &Fixture, Target, String)) {
    for target in TARGETS {
        for (fixture, out) in all_converted(target) {
            check(&format!("{} as {target:?}", fixture.name), &fixture, target, out);
        }
    }
}

/// The format that a feed would be converted to if it had to stay what it is.
fn family(format: Format) -> Target {
    match format {
        Format::Rss | Format::Rdf => Target::Rss,
        Format::Atom | Format::Atom03 => Target::Atom,
        Format::Json => Target::Json,
    }
}

fn ids(feed: &Feed) -> Vec<Option<String>> {
    feed.items.iter().map(|item| feed.id(item)).collect()
}

/// feed-rs finds every item in the result, by its id.
#[test]
fn feed_rs_reads_every_conversion() {
    let mut wrong = Vec::new();
    each_conversion(|name, fixture, _, out| match feed_rs::parser::parse(out.as_bytes()) {
        Ok(read) => {
            let feed = feed::parse(out).unwrap_or_else(|error| panic!("{name}: {error}"));
            let found = read.entries.iter().map(|entry| Some(entry.id.clone()));
            if found.ne(ids(&feed)) {
                wrong.push(format!("{name}: {:?} by limpid, {:?} by feed-rs", ids(&feed), read.entries));
            }
        }
        Err(_) if fixture.name == NOT_FOR_FEED_RS => {}
        Err(error) => wrong.push(format!("{name}: {error}")),
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A converted feed needs no repair and no second conversion, and its items are the same ones again in the
/// format that it came from.
#[test]
fn there_and_back_the_items_are_the_same() {
    each_conversion(|name, fixture, target, out| {
        let there = feed::parse(out).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(target.is(there.format) && there.mended.is_empty(), "{name}");
        let source = fixture.read().unwrap_or_else(|error| panic!("{name}: {error}"));
        let back = convert(&there, family(source.format), None).text;
        let back = feed::parse(back).unwrap_or_else(|error| panic!("{name} and back: {error}"));
        assert_eq!(ids(&back), ids(&there), "{name} and back");
        let differ = |(own, id): (Option<String>, Option<String>)| own.is_some() && own != id;
        assert!(!ids(&source).into_iter().zip(ids(&back)).any(differ), "{name} and back");
    });
}
