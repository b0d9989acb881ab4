//! What limpid reads in every format, and that it changes nothing else: each feed of `tests/formats` is read
//! and compared with what stands beside it in `NAME.expect.toml`, then edited in small ways.

#[path = "formats/fixtures.rs"]
mod fixtures;

use fixtures::Fixture;
use jiff::Timestamp;
use limpid::config::rule_step;
use limpid::feed::draft::ItemDraft;
use limpid::feed::{self, Draft, Feed, Format, Meaning};
use limpid::pipeline::Pipeline;
use serde::Deserialize;

/// What limpid is to read in a feed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    /// How many items there are.
    #[serde(default)]
    items: usize,
    /// What each of them says.
    #[serde(default)]
    item: Vec<Expectation>,
    /// That it can not be read, and a part of the sentence that says so.
    refused: Option<String>,
}

/// What limpid is to read in an item. What is not named is not there.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Expectation {
    title: String,
    link: Option<String>,
    id: Option<String>,
    authors: Vec<String>,
    categories: Vec<String>,
    date: Option<String>,
    enclosures: Vec<Media>,
    /// What may be read in more than one way.
    open: Vec<String>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Media {
    r#type: String,
    url: String,
}

fn expected(fixture: &Fixture) -> Expected {
    let path = fixture.path.with_extension("expect.toml");
    #[allow(clippy::disallowed_methods, reason = "a file of this repository")]
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn reading(feed: &Feed, item: &ItemDraft<'_>) -> Expectation {
    let media = item.item().all(Meaning::Enclosure).flat_map(|field| feed.enclosures(field));
    let media = media.map(|enclosure| Media { r#type: enclosure.media_type, url: enclosure.url });
    Expectation {
        title: item.title().into_owned(),
        link: item.link(),
        id: item.guid(),
        authors: item.authors(),
        categories: item.categories(),
        date: item.date().map(|date| date.to_string()),
        enclosures: media.collect(),
        open: Vec::new(),
    }
}

/// What differs between what an item says and what it is to say.
fn differences(expected: &Expectation, read: &Expectation) -> Vec<String> {
    let pairs = [
        ("title", format!("{:?}", expected.title), format!("{:?}", read.title)),
        ("link", format!("{:?}", expected.link), format!("{:?}", read.link)),
        ("id", format!("{:?}", expected.id), format!("{:?}", read.id)),
        ("authors", format!("{:?}", expected.authors), format!("{:?}", read.authors)),
        ("categories", format!("{:?}", expected.categories), format!("{:?}", read.categories)),
        ("date", format!("{:?}", expected.date), format!("{:?}", read.date)),
        ("enclosures", format!("{:?}", expected.enclosures), format!("{:?}", read.enclosures)),
    ];
    let differ = pairs.into_iter().filter(|(key, a, b)| a != b && !expected.open.iter().any(|o| o == key));
    differ.map(|(key, expected, read)| format!("{key}: {expected} expected, {read} read")).collect()
}

/// Compares the items of a feed with what they are to say.
fn compare(about: &str, feed: &Feed, expected: &Expected, wrong: &mut Vec<String>) {
    if feed.items.len() != expected.items {
        wrong.push(format!("{about}: {} items expected, {} read", expected.items, feed.items.len()));
    }
    let draft = Draft::new(feed, Timestamp::UNIX_EPOCH);
    for (place, (item, expected)) in draft.items().iter().zip(&expected.item).enumerate() {
        let differ = differences(expected, &reading(feed, item));
        wrong.extend(differ.into_iter().map(|d| format!("{about}, item {place}: {d}")));
    }
}

/// Every feed that can be read, with what is to be read in it. Those that are to be read and can not fail
/// `every_item_is_read_as_expected`.
fn readable() -> impl Iterator<Item = (Fixture, Expected, Feed)> {
    fixtures::all().into_iter().filter_map(|fixture| {
        let (expected, feed) = (expected(&fixture), fixture.read().ok()?);
        Some((fixture, expected, feed)).filter(|(_, expected, _)| expected.refused.is_none())
    })
}

fn rule(text: &str) -> Pipeline {
    Pipeline::new(rule_step("test", text).expect("the rules below compile"))
}

fn report(wrong: &[String]) {
    assert!(wrong.is_empty(), "{} things are wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_format_has_its_feeds() {
    let all = fixtures::all();
    let of = |folder: &str| all.iter().filter(|f| f.name.starts_with(folder)).count();
    let few = ["rss-0.90/", "rss-0.91/", "rss-0.92/", "rss-0.93/", "atom-0.3/"];
    assert!(few.iter().all(|folder| of(folder) >= 3));
    assert!(of("rss-1.0/") >= 5 && of("json-feed-1.0/") >= 4 && of("json-feed-1.1/") >= 5);
    assert!(of("rss-2.0/") >= 25 && of("atom-1.0/") >= 20 && of("ill-formed/") >= 20);
    assert!(all.iter().all(|f| f.path.with_extension("expect.toml").is_file()));
}

#[test]
fn every_item_is_read_as_expected() {
    let mut wrong = Vec::new();
    for fixture in fixtures::all() {
        let expected = expected(&fixture);
        assert_eq!(
            expected.items,
            expected.item.len(),
            "{}: the expectation contradicts itself",
            fixture.name
        );
        match (fixture.read(), &expected.refused) {
            (Ok(feed), None) => compare(&fixture.name, &feed, &expected, &mut wrong),
            (Err(error), Some(because)) if error.contains(because) => {}
            (Err(error), _) => wrong.push(format!("{}: {error}", fixture.name)),
            (Ok(_), Some(because)) => wrong.push(format!("{}: read, although {because}", fixture.name)),
        }
    }
    report(&wrong);
}

/// JSON may not start with a byte order mark, and readers refuse one (RFC 8259 §8.1).
fn without_json_mark(fixture: &Fixture) -> &[u8] {
    let mark = "\u{feff}".as_bytes();
    fixture.bytes.strip_prefix(mark).filter(|_| fixture.is_json()).unwrap_or(&fixture.bytes)
}

#[test]
fn without_rules_every_byte_stays() {
    let well_formed = readable().filter(|(f, ..)| !f.is_ill_formed() && f.is_utf8());
    let mut count = 0;
    for (fixture, _, feed) in well_formed {
        let out = Pipeline::default().run(&feed, Timestamp::UNIX_EPOCH).text;
        assert!(out.as_bytes() == without_json_mark(&fixture), "{}: the bytes differ", fixture.name);
        count += 1;
    }
    assert!(count >= 60, "{count} feeds");
}

/// What was repaired needs no second repair.
#[test]
fn a_repaired_feed_is_well_formed() {
    for (fixture, expected, feed) in readable().filter(|(f, ..)| f.is_ill_formed()) {
        let out = Pipeline::default().run(&feed, Timestamp::UNIX_EPOCH).text;
        let again = feed::parse(out.clone()).unwrap_or_else(|e| panic!("{}: {e}", fixture.name));
        assert_eq!(again.source, out, "{}", fixture.name);
        assert!(again.mended.is_empty(), "{}: {:?}", fixture.name, again.mended);
        assert_eq!(again.items.len(), expected.items, "{}", fixture.name);
    }
}

/// An item that is dropped takes nothing with it: the others stay byte for byte, and so does what is around
/// them.
#[test]
fn items_dropped_one_by_one_leave_the_others() {
    let mut wrong = Vec::new();
    for (fixture, _, feed) in readable() {
        for gone in 0..feed.items.len() {
            let mut draft = Draft::new(&feed, Timestamp::UNIX_EPOCH);
            draft.items_mut()[gone].drop_it();
            let about = format!("{} without item {gone}", fixture.name);
            left_alone(&about, &feed, draft.render(), |place| place != gone, &mut wrong);
        }
    }
    report(&wrong);
}

#[test]
fn a_limit_leaves_the_first() {
    let mut wrong = Vec::new();
    for (fixture, _, feed) in readable() {
        let out = rule("{ limit = 1 }").run(&feed, Timestamp::UNIX_EPOCH).text;
        left_alone(&format!("{}, one item", fixture.name), &feed, out, |place| place == 0, &mut wrong);
    }
    report(&wrong);
}

/// Compares a feed without some of its items with the feed that it was.
fn left_alone(
    about: &str,
    before: &Feed,
    out: String,
    is_kept: impl Fn(usize) -> bool,
    wrong: &mut Vec<String>,
) {
    let rest = match before.format {
        Format::Json => out == json_without(before, &is_kept),
        _ => without_list(&out) == without_list(&xml_without(before, &is_kept)),
    };
    if !rest {
        wrong.push(format!("{about}: more is gone than the item"));
    }
    let after = match feed::parse(out) {
        Ok(feed) => feed,
        Err(error) => return wrong.push(format!("{about}: {error}")),
    };
    let (old, new) = (Draft::new(before, Timestamp::UNIX_EPOCH), Draft::new(&after, Timestamp::UNIX_EPOCH));
    let old = old.items().iter().enumerate().filter(|(place, _)| is_kept(*place));
    let old = old.map(|(_, item)| reading(before, item));
    if !old.eq(new.items().iter().map(|item| reading(&after, item))) {
        wrong.push(format!("{about}: the items that are left read otherwise"));
    }
}

/// The source without the elements of some items.
fn xml_without(feed: &Feed, is_kept: impl Fn(usize) -> bool) -> String {
    let mut text = feed.source.clone();
    for (place, item) in feed.items.iter().enumerate().rev() {
        if !is_kept(place) {
            text.replace_range(item.span.range(), "");
        }
    }
    text
}

/// The table of contents of an RSS 1.0 channel lists what is there, so it changes with the items.
fn without_list(text: &str) -> String {
    match (text.find("Seq>"), text.rfind("Seq>")) {
        (Some(start), Some(end)) => format!("{}{}", &text[..start], &text[end..]),
        _ => text.to_owned(),
    }
}

/// The source without some items and their commas: one comma fewer than there are items.
fn json_without(feed: &Feed, is_kept: impl Fn(usize) -> bool) -> String {
    let (Some(first), Some(last)) = (feed.items.first(), feed.items.last()) else {
        return feed.source.clone();
    };
    let places = feed.items.iter().enumerate().filter(|(place, _)| is_kept(*place));
    let kept = places.enumerate().map(|(nth, (_, item))| {
        // The first one that is left stands where the first one stood.
        let start = if nth == 0 { item.tag.start } else { item.span.start };
        &feed.source[start as usize..item.span.end as usize]
    });
    let kept: String = kept.collect();
    let lead = if kept.is_empty() { first.span.start } else { first.tag.start };
    format!("{}{kept}{}", &feed.source[..lead as usize], &feed.source[last.span.end as usize..])
}

/// RSS 1.0: the channel lists the items that are there, in their order.
#[test]
fn a_table_of_contents_lists_what_is_left() {
    for (fixture, _, feed) in readable().filter(|(_, _, feed)| feed.format == Format::Rdf) {
        let out = rule("{ limit = 1 }").run(&feed, Timestamp::UNIX_EPOCH).text;
        let list = out.split("Seq>").nth(1).map_or(0, |list| list.matches("resource=").count());
        let was = feed.source.split("Seq>").nth(1).map_or(0, |list| list.matches("resource=").count());
        assert_eq!(list, was.min(1), "{}: {out}", fixture.name);
    }
}

/// A rule that edits HTML edits it in every format, and nothing else.
#[test]
fn an_element_is_removed_in_place() {
    let mut wrong = Vec::new();
    let mut changed = 0;
    for (fixture, _, feed) in readable() {
        let cleaned = rule("{ remove = 'em' }").run(&feed, Timestamp::UNIX_EPOCH);
        changed += usize::from(!cleaned.edits.is_empty());
        let after = feed::parse(cleaned.text).unwrap_or_else(|e| panic!("{}: {e}", fixture.name));
        if around_the_bodies(&after) != around_the_bodies(&feed) {
            wrong.push(format!("{}: something around the texts changed", fixture.name));
        }
        if !emphasis(&after).is_empty() {
            wrong.push(format!("{}: {} is left", fixture.name, emphasis(&after).join(", ")));
        }
        if emphasis(&feed).is_empty() != cleaned.edits.is_empty() {
            wrong.push(format!("{}: {} edits", fixture.name, cleaned.edits.len()));
        }
    }
    report(&wrong);
    assert!(changed >= 50, "{changed} feeds were changed");
}

/// The source without the texts that rules edit.
fn around_the_bodies(feed: &Feed) -> String {
    let bodies = feed.items.iter().flat_map(|item| &item.fields);
    let bodies = bodies.filter(|field| matches!(field.meaning, Meaning::Content | Meaning::Summary));
    let mut at = 0;
    let mut text = String::new();
    for inner in bodies.filter_map(|field| field.inner) {
        text.push_str(&feed.source[at..inner.start as usize]);
        at = inner.end as usize;
    }
    text + &feed.source[at..]
}

/// Every `em` in the HTML of the items, with what stands behind it.
fn emphasis(feed: &Feed) -> Vec<String> {
    let mut draft = Draft::new(feed, Timestamp::UNIX_EPOCH);
    let mut found = Vec::new();
    draft.each_html(|html| {
        let tags = ["<em>", "<em ", "<h:em>"];
        let starts = tags.iter().flat_map(|tag| html.text().match_indices(tag));
        found.extend(starts.map(|(at, _)| html.text()[at..].chars().take(20).collect::<String>()));
    });
    found
}
