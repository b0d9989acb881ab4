//! Conversions, by cases that are data: one file a case, in `tests/convert/`.
//!
//! ```toml
//! about = "What this shows, in one sentence."
//! target = "atom"                          # or "rss", "json"
//! address = "https://limpid.example/f"     # optional: where readers reach the result
//! input = "<rss>…</rss>"
//! expected = "<feed>…</feed>"
//! lost = ["<cloud>", "0: <comments>", "1: <slash:comments> (2)"] # of the feed, of items, how often if not once
//! ```
//!
//! Every input is also converted to every format, and held to what must be so whatever it says.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use base64::Engine;
use limpid::cli::input::read_file;
use limpid::convert::{Converted, Lost, Target, convert};
use limpid::feed::{self, Feed, Field, Format, Item, Meaning, date};
use limpid::html::entity;
use proptest::prelude::*;
use quick_xml::events::Event;
use quick_xml::name::ResolveResult;
use quick_xml::{NsReader, Reader};
use serde::Deserialize;

const TARGETS: [Target; 3] = [Target::Rss, Target::Atom, Target::Json];

/// The most bytes of a case file.
const MAX_CASE: usize = 1 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    about: String,
    target: String,
    address: Option<String>,
    input: String,
    expected: String,
    lost: Vec<String>,
    #[serde(skip)]
    name: String,
}

fn cases() -> Vec<Case> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/convert");
    let entries = std::fs::read_dir(directory).expect("there are cases");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable directory").path()).collect();
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        let bytes = read_file(&path, MAX_CASE).unwrap_or_else(|error| panic!("{name}: {error}"));
        let text = String::from_utf8(bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let case: Case = toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        Case { name, ..case }
    };
    paths.into_iter().map(read).collect()
}

fn parsed(text: &str) -> Feed {
    feed::parse(text.to_owned()).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Every input in every format there is, so that whatever holds for all is tried in all directions.
fn each_conversion(mut judge: impl FnMut(&str, &Feed, Target, &Converted)) {
    for case in cases() {
        let feed = parsed(&case.input);
        for target in TARGETS {
            let name = format!("{} to {target:?}", case.name);
            judge(&name, &feed, target, &convert(&feed, target, case.address.as_deref()));
        }
    }
}

#[test]
fn every_case_holds() {
    let mut wrong = Vec::new();
    for case in cases() {
        let feed = parsed(&case.input);
        let target = Target::named(&case.target).expect("the target has a name");
        let got = convert(&feed, target, case.address.as_deref());
        let lost: Vec<String> = got.lost.iter().map(shown).collect();
        if !case.about.ends_with('.') {
            wrong.push(format!("{}: `about` is no sentence", case.name));
        }
        if got.text != case.expected {
            wrong.push(format!("{}\n--- expected\n{}\n+++ got\n{}", case.name, case.expected, got.text));
        }
        if lost != case.lost {
            wrong.push(format!("{}: lost\n--- expected\n{:#?}\n+++ got\n{lost:#?}", case.name, case.lost));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// As cases write it.
fn shown(lost: &Lost) -> String {
    let item = lost.item.map(|item| format!("{item}: ")).unwrap_or_default();
    let count = if lost.count > 1 { format!(" ({})", lost.count) } else { String::new() };
    format!("{item}{}{count}", lost.what)
}

#[test]
fn there_are_cases_of_every_direction() {
    let cases = cases();
    assert!(cases.len() >= 30, "there are only {}", cases.len());
    for format in [Format::Rss, Format::Rdf, Format::Atom, Format::Atom03, Format::Json] {
        for target in TARGETS.into_iter().filter(|target| !target.is(format)) {
            let is_it = |case: &&Case| {
                Target::named(&case.target) == Some(target) && parsed(&case.input).format == format
            };
            assert!(cases.iter().any(|case| is_it(&case)), "no case is of {format:?} to {target:?}");
        }
    }
}

#[test]
fn what_is_written_is_well_formed() {
    each_conversion(|name, _, target, converted| {
        if target == Target::Json {
            serde_json::from_str::<serde_json::Value>(&converted.text)
                .unwrap_or_else(|error| panic!("{name}: {error}"));
        } else {
            check_xml(&converted.text).unwrap_or_else(|error| panic!("{name}: {error}\n{}", converted.text));
        }
    });
}

/// Strictly: end tags match, attributes are well-formed and unique, references known, prefixes declared.
fn check_xml(text: &str) -> Result<(), String> {
    let mut reader = NsReader::from_str(text);
    loop {
        let (ns, event) = reader.read_resolved_event().map_err(|error| error.to_string())?;
        match event {
            Event::Start(tag) | Event::Empty(tag) => {
                if let ResolveResult::Unknown(prefix) = ns {
                    return Err(format!("{prefix} is not declared"));
                }
                for attribute in tag.attributes() {
                    let attribute = attribute.map_err(|error| error.to_string())?;
                    quick_xml::escape::unescape(&attribute.value).map_err(|error| error.to_string())?;
                    let (ns, _) = reader.resolver().resolve_attribute(attribute.key);
                    if let ResolveResult::Unknown(prefix) = ns {
                        return Err(format!("{prefix} of an attribute is not declared"));
                    }
                }
            }
            Event::GeneralRef(reference)
                if !reference.is_char_ref()
                    && !matches!(&*reference, "amp" | "lt" | "gt" | "quot" | "apos") =>
            {
                return Err(format!("&{}; is not declared", &*reference));
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// What identifies an item, where it leads, and when it was published: what a reader keeps.
#[test]
fn items_stay_what_they_are() {
    each_conversion(|name, feed, target, converted| {
        let again = parsed(&converted.text);
        assert!(target.is(again.format), "{name} is {:?}", again.format);
        assert_eq!(feed.items.len(), again.items.len(), "{name}");
        for (before, after) in feed.items.iter().zip(&again.items) {
            let id = feed.id(before);
            assert!(id.is_none() || id == again.id(after), "{name}: {id:?} is now {:?}", again.id(after));
            assert!(again.id(after).is_some(), "{name}: an item has no id");
            let has_base = feed.source.contains("xml:base");
            assert!(has_base || feed.link(before) == again.link(after), "{name}: {:?}", again.link(after));
            let date = feed.date(before).map(jiff::Timestamp::as_second);
            let date_after = again.date(after).map(jiff::Timestamp::as_second);
            assert!(date.is_none() || date == date_after, "{name}: {date:?} is now {date_after:?}");
        }
    });
}

#[test]
fn a_second_time_says_the_same() {
    each_conversion(|name, feed, target, converted| {
        assert_eq!(convert(feed, target, None).lost, converted.lost, "{name}");
    });
}

/// There and back: what both formats can say is what it was.
#[test]
fn there_and_back_nothing_is_lost_that_both_can_say() {
    each_conversion(|name, _, there, converted| {
        let first = parsed(&converted.text);
        // Where there is a base, addresses are written out on the way.
        if first.source.contains("xml:base") {
            return;
        }
        for back in TARGETS {
            let middle = parsed(&convert(&first, back, None).text);
            let last = parsed(&convert(&middle, there, None).text);
            let name = format!("{name}, by {back:?}");
            for (before, after) in first.items.iter().zip(&last.items) {
                let (seen, still) = (what_readers_see(&first, before), what_readers_see(&last, after));
                assert!(seen.iter().all(|what| still.contains(what)), "{name}: {seen:?} is now {still:?}");
                let date = |feed: &Feed, item| feed.date(item).map(jiff::Timestamp::as_second);
                let (before, after) = (date(&first, before), date(&last, after));
                assert_eq!(before, after, "{name}");
            }
            assert_eq!(first.site(), last.site(), "{name}");
        }
    });
}

fn what_readers_see(feed: &Feed, item: &Item) -> Vec<String> {
    let title = item.first(Meaning::Title).map(|field| words(&feed.value_of(field))).unwrap_or_default();
    let mut seen = vec![title.join(" "), format!("{:?} {:?}", feed.id(item), feed.link(item))];
    seen.extend(feed.authors(item).into_iter().map(|person| person.name));
    let terms = item.all(Meaning::Category).flat_map(|field| feed.terms(field));
    seen.extend(terms.map(|term| term.term));
    let files = item.all(Meaning::Enclosure).flat_map(|field| feed.enclosures(field));
    for file in files {
        seen.push(format!("{} {}", file.url, file.length.replace('0', "")));
        // Where there is no type, there may be one that the name tells.
        seen.extend(Some(file.media_type).filter(|kind| !kind.is_empty()));
    }
    seen
}

/// Every field of the source is carried over, or listed as lost.
#[test]
fn nothing_is_lost_in_silence() {
    each_conversion(|name, feed, _, converted| {
        let said: HashSet<String> =
            split(&decoded(&all_text(&converted.text, |_| true)).replace(DURATION.0, DURATION.1))
                .into_iter()
                .collect();
        let mut gone = Vec::new();
        let mut check = |fields: &[Field], item: Option<usize>| {
            for field in fields.iter().filter(|field| !is_left_out(feed, field)) {
                let by = by(feed, field);
                let is_listed = |lost: &Lost| {
                    lost.item == item
                        && (lost.what.starts_with(&by) || lost.what.ends_with(&format!(": {by}")))
                };
                if converted.lost.iter().any(is_listed) || is_dated(feed, field, &converted.text) {
                    continue;
                }
                let mut missing = words(&text_of(feed, field));
                missing.retain(|word| !said.contains(word));
                if !missing.is_empty() {
                    gone.push(format!("{by} of {item:?}: {missing:?}"));
                }
            }
        };
        check(&feed.fields, None);
        for (index, item) in feed.items.iter().enumerate() {
            check(&item.fields, Some(index));
        }
        assert!(gone.is_empty(), "{name}: {}\n{}", gone.join("\n"), converted.text);
    });
}

/// What a field says, that of its attributes included which say something by themselves.
fn text_of(feed: &Feed, field: &Field) -> String {
    if feed.attribute(field, "mode").as_deref() == Some("base64") {
        return from_base64(&feed.value_of(field));
    }
    if feed.format != Format::Json {
        let text = all_text(feed.whole(field).of(&feed.source), |name| SAYING.contains(&name));
        let reference = regex::Regex::new("&([a-z]+);").expect("a constant");
        let resolved =
            |found: &regex::Captures<'_>| feed.entities.text(&found[1]).unwrap_or(&found[0]).to_owned();
        return reference.replace_all(&text, resolved).into_owned();
    }
    let value = feed.value_of(field);
    // What is `null` says nothing.
    if value.is_empty() || !field.has_children {
        return value.into();
    }
    values(&serde_json::from_str(&value).expect("it is JSON"))
}

fn from_base64(text: &str) -> String {
    let text: String = text.split_whitespace().collect();
    let bytes = base64::engine::general_purpose::STANDARD_NO_PAD.decode(text.trim_end_matches('='));
    let bytes = bytes.expect("the cases have no other");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Every string and number in a value.
fn values(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Array(all) => all.iter().map(values).collect::<Vec<_>>().join(" "),
        serde_json::Value::Object(all) => all.values().map(values).collect::<Vec<_>>().join(" "),
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Null => String::new(),
        // A whole number may be written as `1.5e3`.
        serde_json::Value::Number(number) if number.is_f64() => {
            number.to_string().trim_end_matches(".0").to_owned()
        }
        other => other.to_string(),
    }
}

/// Attributes that say something by themselves.
const SAYING: [&str; 6] = ["href", "url", "src", "term", "text", "resource"];

/// What readers are to forget: where the publisher's own feed is; and what is not said by being written.
fn is_left_out(feed: &Feed, field: &Field) -> bool {
    let name = feed.name(field);
    if feed.format == Format::Json {
        return matches!(name, "version" | "feed_url" | "next_url" | "hubs");
    }
    let rel = feed.attribute(field, "rel").unwrap_or_default();
    matches!(name, "new-feed-url" | "items") || ["self", "hub", "next", "last"].contains(&rel.as_str())
}

fn by(feed: &Feed, field: &Field) -> String {
    if feed.format == Format::Json {
        return feed.name(field).to_owned();
    }
    let tag = field.tag.of(&feed.source);
    let end = tag.find(|c: char| c.is_ascii_whitespace() || c == '/' || c == '>').expect("a tag ends");
    format!("{}>", &tag[..end])
}

/// Whether a field is a date that is written, however that is.
fn is_dated(feed: &Feed, field: &Field, text: &str) -> bool {
    let Some(date) = date::parse(&feed.value_of(field)) else { return false };
    let http = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&date);
    text.contains(&date.to_string()) || http.is_ok_and(|written| text.contains(&written))
}

/// Every text of a document or of an element, and the attributes that are wanted; of JSON everything.
fn all_text(source: &str, is_wanted: impl Fn(&str) -> bool) -> String {
    if !source.trim_start().starts_with('<') {
        return source.replace("\\n", " ").replace("\\\"", "\"");
    }
    let mut reader = Reader::from_str(source);
    reader.config_mut().allow_dangling_amp = true;
    let mut all = String::new();
    loop {
        match reader.read_event().expect("it was parsed before") {
            Event::Start(tag) | Event::Empty(tag) => {
                let attributes = tag.attributes().flatten();
                for a in attributes.filter(|a| is_wanted(a.key.local_name().into_inner())) {
                    all.extend([" ", &*a.value, " "]);
                }
                all.push(' ');
            }
            Event::Text(text) => all.push_str(&text),
            Event::GeneralRef(reference) => all.extend(["&", &*reference, ";"]),
            Event::CData(section) => all.push_str(&section),
            Event::End(_) => all.push(' '),
            Event::Eof => return all,
            _ => {}
        }
    }
}

/// The duration in the cases, as Apple and as JSON Feed have it.
const DURATION: (&str, &str) = ("1:02:03", "3723");

/// The words of a text, whatever it is escaped in.
fn words(text: &str) -> Vec<String> {
    let text = decoded(text);
    let markup = regex::Regex::new("<!--.*?-->|<[a-z/][^<>]*>|]]>|<!\\[CDATA\\[").expect("a constant");
    split(&markup.replace_all(&text, " ").replace(DURATION.0, DURATION.1))
}

fn decoded(text: &str) -> String {
    let text = entity::decode(text).into_owned();
    let text = entity::decode(&text).into_owned();
    entity::decode(&text).into_owned()
}

fn split(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// What is said once and holds for every item, or every address, is not written without an end.
#[test]
fn what_is_said_once_does_not_fill_the_memory() {
    let author = |number| format!("<author><name>Desk {number}</name></author>");
    let many: Vec<String> = (0..2_000).map(author).collect();
    let many = many.concat();
    let start = format!(
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://a.example/{}/'>",
        "x".repeat(900)
    );
    let lent = parsed(&format!("{start}{many}{}</feed>", "<entry/>".repeat(20_000)));
    let links = "&lt;a href=x>".repeat(60_000);
    let based = parsed(&format!("{start}<entry><content type='html'>{links}</content></entry></feed>"));
    for (feed, sentence) in [(lent, "the authors of the feed"), (based, "relative addresses")] {
        let converted = convert(&feed, Target::Rss, None);
        assert!(converted.text.len() < 40 << 20, "{} bytes", converted.text.len());
        assert!(converted.lost.iter().any(|lost| lost.what.starts_with(sentence)), "{:?}", converted.lost);
    }
}

/// Bits of feeds, as they are and as they should not be.
fn fields() -> impl Strategy<Value = String> {
    let bit = prop_oneof![
        Just("<title>Ebb &amp;amp; &lt;b>flow</title>".to_owned()),
        Just("<title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>a<br/></div></title>".to_owned()),
        Just("<link>https://a.example/1</link>".to_owned()),
        Just("<link href='/1?a&b' rel='alternate'/>".to_owned()),
        Just("<link href='x' rel='enclosure' length='no'/><link/>".to_owned()),
        Just("<guid>1</guid><guid isPermaLink='false'>2</guid>".to_owned()),
        Just("<id>urn:1</id>".to_owned()),
        Just("<author>desk@a.example (Desk (night))</author>".to_owned()),
        Just("<author><name>]]&gt;</name><uri>x</uri></author><author/>".to_owned()),
        Just("<pubDate>Tue, 05 May 2026 16:46:00 GMT</pubDate><pubDate>soon</pubDate>".to_owned()),
        Just("<updated>-000044-03-15T00:00:00Z</updated>".to_owned()),
        Just("<description><![CDATA[<p>]]]]><![CDATA[>]]>\u{b}</description>".to_owned()),
        Just("<content type='html' xml:base='http://b.example/'>&lt;img src=a&gt;</content>".to_owned()),
        Just("<content src='a.mp3' type='audio/mpeg'/><summary>x\n y</summary>".to_owned()),
        Just(
            "<x:group xmlns:x='http://search.yahoo.com/mrss/'><x:description>d</x:description><y/></x:group>"
                .to_owned()
        ),
        Just(
            "<content type='multipart/alternative'><content>a</content><b/><content type='text/html' \
             mode='base64'>PGI+eA</content><content/></content><summary mode='base64'>!</summary>"
                .to_owned()
        ),
        Just("<language>en_GB</language><itunes:duration>-1:NaN</itunes:duration><itunes:author>d</itunes:author>".to_owned()),
        Just("<un:known><b/>t</un:known><media:thumbnail url='&quot;'/>".to_owned()),
        Just(
            "<itunes:duration xmlns:itunes='urn:other' b:c='1' xmlns:b='urn:b'>1:02:03</itunes:duration>"
                .to_owned()
        ),
        Just(
            "<source url='u'>s</source><source><title>s</title><link rel='self' href='u'/></source>"
                .to_owned()
        ),
        Just(
            "<enclosure url='e' length='0'/><category domain='d'>c</category><category term='t'/>".to_owned()
        ),
        Just("<image><url>i</url></image><textInput/><cloud a='1'/><rights>&nbsp;&who;</rights>".to_owned()),
        "[a-z&;<>/ ]{0,12}".prop_map(|text| format!("<t>{}</t>", text.replace(['<', '&'], ""))),
    ];
    prop::collection::vec(bit, 0..8).prop_map(|bits| bits.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever a feed holds, what is made of it is a feed with as many items, each with the same id.
    #[test]
    fn any_feed_becomes_a_feed(head in fields(), items in prop::collection::vec(fields(), 0..4), kind in 0_usize..4) {
        let (start, item, end) = [
            ("<rss version='2.0'><channel>", "item", "</channel></rss>"),
            ("<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'>",
             "item", "</rdf:RDF>"),
            ("<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://a.example/'>", "entry", "</feed>"),
            ("<a:feed xmlns='http://purl.org/atom/ns#' xmlns:a='http://purl.org/atom/ns#'>", "entry", "</a:feed>"),
        ][kind];
        let items: Vec<String> = items.iter().map(|fields| format!("<{item}>{fields}</{item}>")).collect();
        let feed = feed::parse(format!("{start}{head}{}{end}", items.concat())).expect("the bits are well-formed enough");
        for target in TARGETS {
            let text = convert(&feed, target, None).text;
            let again = feed::parse(text.clone()).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
            if target != Target::Json {
                check_xml(&text).map_err(|error| TestCaseError::fail(format!("{error}\n{text}")))?;
            }
            prop_assert_eq!(feed.items.len(), again.items.len());
            for (before, after) in feed.items.iter().zip(&again.items) {
                prop_assert!(feed.id(before).is_none() || feed.id(before) == again.id(after), "{}", text);
            }
        }
    }
}
