//! Readers that are not limpid read in limpid's output what they read in the source: feedparser and Python's
//! own parsers (`tests/agree.py`, in a Python environment that is made for it), and feed-rs.

#[path = "formats/fixtures.rs"]
mod fixtures;
#[path = "formats/python.rs"]
mod python;

use feed_rs::model;
use fixtures::Fixture;
use jiff::Timestamp;
use limpid::pipeline::Pipeline;
use python::{Comparison, agree};

/// What feed-rs refuses before and after.
const NOT_FOR_FEED_RS: &[&str] = &[
    // Content that is a drawing: it asks for base64.
    "atom-1.0/content-kinds.xml",
    // A media description without words.
    "atom-1.0/youtube.xml",
    // Ids that are numbers, which JSON Feed 1.1 asks readers to accept.
    "json-feed-1.1/numbers-for-ids.json",
    // It knows no RSS 0.93.
    "rss-0.93/every-element.xml",
    "rss-0.93/expiring-offers.xml",
    "rss-0.93/minified.xml",
];

/// What feed-rs refuses as the publisher sends it, and reads as limpid serves it.
const READ_ONLY_AS_SERVED: &[&str] = &[
    // It panics where UTF-16 is declared as such.
    "atom-1.0/utf-16be-with-mark.xml",
    // It knows no UTF-32.
    "atom-1.0/utf-32le-with-mark.xml",
    "rss-2.0/utf-32be-with-mark.xml",
    // A byte order mark before JSON.
    "json-feed-1.1/podcast-mark-and-line-ends.json",
];

/// What limpid serves where no rule is to change anything.
fn served(fixture: &Fixture) -> Option<String> {
    let feed = fixture.read().ok()?;
    Some(Pipeline::default().run(&feed, Timestamp::UNIX_EPOCH).text)
}

/// Every fixture of these that is served, with what is served. Those that are to be served and are not fail
/// `every_item_is_read_as_expected` in `tests/formats.rs`.
fn all_served(is_meant: impl Fn(&Fixture) -> bool) -> Vec<(Fixture, String)> {
    let all = fixtures::all().into_iter().filter(is_meant);
    all.filter_map(|fixture| served(&fixture).map(|out| (fixture, out))).collect()
}

fn compare(kind: &str, all: &[(Fixture, String)]) {
    let each = all.iter().map(|(fixture, output)| {
        let name = fixture.name.clone();
        Comparison { name, source: &fixture.bytes, output }
    });
    agree(kind, &each.collect::<Vec<_>>());
}

/// feedparser reads the same feed in what limpid serves as in the source, to the last field.
#[test]
fn feedparser_reads_the_same() {
    let all = all_served(|fixture| !fixture.is_ill_formed());
    assert!(all.len() >= 80, "{} feeds", all.len());
    compare("same", &all);
}

/// A repaired feed is well-formed for every parser, and feedparser reads in it what its lenient parser reads
/// in the source.
#[test]
fn feedparser_reads_the_same_in_what_is_repaired() {
    let all = all_served(Fixture::is_ill_formed);
    assert!(all.len() >= 20, "{} feeds", all.len());
    compare("repaired", &all);
}

/// feed-rs too: what it refuses of the source it refuses of the output.
#[test]
fn feed_rs_reads_the_same() {
    let mut wrong = Vec::new();
    let all = all_served(|fixture| !fixture.is_ill_formed());
    for (Fixture { name, bytes, .. }, out) in &all {
        let listed = |list: &[&str]| list.contains(&name.as_str());
        let (refused, mended) = (listed(NOT_FOR_FEED_RS), listed(READ_ONLY_AS_SERVED));
        match (feed_rs(bytes), feed_rs(out.as_bytes())) {
            (Ok(before), Ok(after)) if !refused && !mended && before == after => {}
            (Err(_), Err(_)) if refused => {}
            (Err(_), Ok(_)) if mended => {}
            (before, after) => wrong.push(format!("{name}:\n{before:?}\n{after:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(all.len() >= 80, "{} feeds", all.len());
}

/// What feed-rs reads. Ids that it makes up where there are none are the same each time.
fn feed_rs(bytes: &[u8]) -> Result<model::Feed, String> {
    let read = || {
        let parser = feed_rs::parser::Builder::new().id_generator(|_, _, _| "none".to_owned()).build();
        parser.parse(bytes).map_err(|error| error.to_string())
    };
    // It panics where its XML parser finds a charset declared too late for it.
    std::panic::catch_unwind(read).unwrap_or_else(|_| Err("it panics".to_owned()))
}
