//! What JSON Feed calls things, 1.0 and 1.1 (<https://www.jsonfeed.org/version/1.1/>), and where they stand.

use std::borrow::Cow;

use super::ns::Ns;
use super::parse::ParseError;
use super::{Feed, Field, Format, Item, Meaning, Mended, TextKind};
use crate::json::{Member, elements, members, string, value};
use crate::span::Span;
use crate::xml::entities::Entities;
use crate::xml::splice::{Edit, splice};

/// Reads a JSON Feed.
///
/// # Errors
/// Where it is not well-formed, or JSON of another kind.
pub fn parse(source: String) -> Result<Feed, ParseError> {
    let (source, mended) = mend(source);
    let whole = value(&source).map_err(|error| bad(&error))?;
    let all = members(&source, whole);
    let list = all.iter().find(|m| m.key.of(&source) == "\"items\"" && m.value.of(&source).starts_with('['));
    let list = list.filter(|_| says_it_is_a_feed(&source, &all)).ok_or(ParseError::OtherJson)?.value;
    let fields = fields(&source, &all, |m| m.value != list);
    let items = items(&source, list);
    let more = items.last().map_or(list.start + 1, |item| item.span.end);
    let (roots, listed, format) = (vec![whole], Vec::new(), Format::Json);
    let (entities, more) = (Entities::default(), Some(more));
    Ok(Feed { source, format, roots, fields, items, listed, entities, more, mended, is_cut_off: false })
}

/// A feed says so in its `version`, which is the address of one.
fn says_it_is_a_feed(source: &str, members: &[Member]) -> bool {
    let version = members.iter().find(|m| m.key.of(source) == "\"version\"");
    version.is_some_and(|m| m.value.of(source).replace("\\/", "/").contains("jsonfeed.org/version/"))
}

fn items(source: &str, list: Span) -> Vec<Item> {
    let mut end = list.start + 1;
    let each = elements(source, list).into_iter().map(|element| {
        let span = Span { start: std::mem::replace(&mut end, element.end), end: element.end };
        let fields = fields(source, &members(source, element), |_| true);
        Item { span, tag: Span::empty(element.start), fields }
    });
    each.collect()
}

fn fields(source: &str, members: &[Member], is_field: impl Fn(&Member) -> bool) -> Vec<Field> {
    // `author` is of version 1.0; where there is both, `authors` counts (JSON Feed 1.1, top level and items).
    let has_authors = members.iter().any(|m| m.key.of(source) == "\"authors\"");
    let each = members.iter().enumerate().filter(|(_, m)| is_field(m)).map(|(index, member)| {
        let key = member.key.of(source);
        // Of two members with one name the last one counts (RFC 8259 §4 leaves it open; readers do so).
        let is_hidden = members[index + 1..].iter().take(MAX_TWINS).any(|m| m.key.of(source) == key)
            || (key == "\"author\"" && has_authors);
        // A name may be written with escapes.
        let name: Cow<'_, str> = serde_json::from_str(key).unwrap_or(Cow::Borrowed(""));
        let meaning = if is_hidden { Meaning::Other } else { meaning(&name) };
        let text = string(source, member.value);
        let inner = Some(text.unwrap_or(member.value));
        Field { meaning, ns: Ns::Rss, tag: member.key, inner, has_children: text.is_none() }
    });
    each.collect()
}

/// How many members are looked through for one of the same name. No real item has as many.
const MAX_TWINS: usize = 64;

fn meaning(key: &str) -> Meaning {
    match key {
        "title" => Meaning::Title,
        "url" | "home_page_url" => Meaning::Link,
        "id" => Meaning::Id,
        "author" | "authors" => Meaning::Author,
        "tags" => Meaning::Category,
        "date_published" => Meaning::Published,
        "date_modified" => Meaning::Updated,
        "content_html" | "content_text" => Meaning::Content,
        "summary" | "description" => Meaning::Summary,
        "attachments" => Meaning::Enclosure,
        _ => Meaning::Other,
    }
}

/// The kind of a text: its name says it.
pub fn text_kind(feed: &Feed, field: &Field) -> TextKind {
    if field.tag.of(&feed.source) == "\"content_html\"" { TextKind::Html } else { TextKind::Plain }
}

/// Takes out the byte order mark, and writes control characters inside strings as escapes: neither may stand
/// in JSON (RFC 8259 §7, §8.1), and both are sent.
fn mend(source: String) -> (String, Vec<Mended>) {
    let mut edits = Vec::new();
    let mut mended = Vec::new();
    if source.starts_with('\u{feff}') {
        edits.push(Edit::delete(Span::new(0, '\u{feff}'.len_utf8())));
        mended.push(Mended::new("a byte order mark, which JSON can not have", Some(1), 1));
    }
    let controls = controls_in_strings(&source);
    if let Some(first) = controls.first() {
        let line = source[..*first].matches('\n').count() + 1;
        mended.push(Mended::new("control characters inside strings", Some(line), controls.len()));
    }
    edits.extend(
        controls
            .into_iter()
            .map(|at| Edit::replace(Span::new(at, at + 1), format!("\\u{:04x}", source.as_bytes()[at]))),
    );
    if edits.is_empty() { (source, mended) } else { (splice(&source, &edits), mended) }
}

fn controls_in_strings(source: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let (mut in_string, mut is_escaped) = (false, false);
    for (at, byte) in source.bytes().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'"' => in_string = !in_string,
            b'\\' => is_escaped = in_string,
            0..=0x1f if in_string => found.push(at),
            _ => {}
        }
    }
    found
}

fn bad(error: &serde_json::Error) -> ParseError {
    if error.is_eof() {
        return ParseError::Truncated("{".into());
    }
    let cause = error.to_string();
    let cause = cause.split(" at line ").next().unwrap_or(&cause).to_owned();
    ParseError::BadJson { line: error.line(), cause }
}
