//! What is put into an item that it did not have: elements and members, each as its format writes it.

use super::place::{in_quotes, space_before};
use super::{Feed, Field, Format, Item, Meaning};
use crate::json;
use crate::span::{Span, offset};
use crate::text::{Style, encode};
use crate::xml::splice::Edit;
use crate::xml::tag;

/// Whether something can be put into an item: in JSON it may be anything but an object.
pub fn can_grow(feed: &Feed, item: &Item) -> bool {
    feed.format != Format::Json || feed.source[item.tag.start as usize..].starts_with('{')
}

/// The value of a member, quotes included.
pub fn value_of(field: &Field) -> Span {
    let inner = field.inner.unwrap_or(Span::empty(field.tag.end));
    let quote = u32::from(!field.has_children);
    Span { start: inner.start - quote, end: inner.end + quote }
}

/// JSON Feed has `author` since 1.0 and `authors` since 1.1. Where there are both only the second counts, but they
/// have to agree.
pub fn is_hidden_author(feed: &Feed, field: &Field) -> bool {
    feed.format == Format::Json
        && field.meaning == Meaning::Other
        && matches!(feed.name(field), "author" | "authors")
}

/// The edits by which an item's own authors become one; none where it has no own.
pub fn one_author(feed: &Feed, item: &Item, fields: &[&Field], name: &str) -> Vec<Edit> {
    let mut edits = Vec::new();
    for (nth, field) in fields.iter().enumerate() {
        let whole = feed.whole(field);
        if feed.format == Format::Json {
            edits.push(Edit::replace(value_of(field), json_author(feed, field, name)));
        } else if nth > 0 {
            let space = offset(space_before(&feed.source, whole.start).len());
            edits.push(Edit::delete(Span { start: whole.start - space, end: whole.end }));
        } else if feed.name(field) == "creator" && field.inner.is_some() && !field.has_children {
            let text = feed.text(field);
            let all = Span::new(0, text.value().len());
            edits.extend(text.lower(&feed.source, &[Edit::replace(all, name)]));
        } else {
            edits.push(Edit::replace(whole, element(feed, item, Meaning::Author, name)));
        }
    }
    edits
}

fn json_author(feed: &Feed, field: &Field, name: &str) -> String {
    let object = format!("{{\"name\": \"{}\"}}", encode(name, Style::Json));
    if feed.name(field) == "authors" { format!("[{object}]") } else { object }
}

/// What is put at the end of an item, in the order it is given.
pub fn at_the_end(feed: &Feed, item: &Item, added: &[String]) -> Option<Edit> {
    if added.is_empty() || !can_grow(feed, item) {
        return None;
    }
    let end_of = |field: &Field| match feed.format {
        Format::Json => value_of(field).end,
        _ => feed.whole(field).end,
    };
    // The last one may stand inside the one before.
    let last = item.fields.iter().max_by_key(|field| end_of(field));
    let at = last.map_or(item.tag.end + u32::from(feed.format == Format::Json), end_of);
    let space = last.map(|field| space_before(&feed.source, field.tag.start)).unwrap_or_default();
    let comma = if feed.format == Format::Json { "," } else { "" };
    let mut text = String::new();
    for each in added {
        // The first one of all has nothing before it.
        let comma = if last.is_none() && text.is_empty() { "" } else { comma };
        text.extend([comma, &space, each]);
    }
    Some(opened(feed, item, &text).unwrap_or(Edit { span: Span::empty(at), text }))
}

/// `<item/>` becomes `<item>…</item>`.
fn opened(feed: &Feed, item: &Item, text: &str) -> Option<Edit> {
    let tag = item.tag.of(&feed.source);
    let start = tag.strip_suffix("/>").filter(|_| feed.format != Format::Json)?.trim_end();
    let name = tag::name(&feed.source, item.tag).of(&feed.source);
    let span = Span { start: item.tag.start + offset(start.len()), end: item.tag.end };
    Some(Edit::replace(span, format!(">{text}</{name}>")))
}

/// An element, or member, that says something in the item's own format.
pub fn element(feed: &Feed, item: &Item, meaning: Meaning, words: &str) -> String {
    if feed.format == Format::Json {
        return json_member(meaning, words);
    }
    let name = tag::name(&feed.source, item.tag).of(&feed.source);
    // What is of the item's own namespace has the prefix that the item has.
    let own = name.rsplit_once(':').map_or(String::new(), |(prefix, _)| format!("{prefix}:"));
    let text = encode(words, Style::Escaped);
    match (feed.format, meaning) {
        (Format::Atom | Format::Atom03, Meaning::Link) => {
            format!("<{own}link rel=\"alternate\" href=\"{}\"/>", in_quotes(words))
        }
        (Format::Atom | Format::Atom03, Meaning::Author) => {
            format!("<{own}author><{own}name>{text}</{own}name></{own}author>")
        }
        (Format::Atom, Meaning::Category) => {
            format!("<{own}category term=\"{}\"/>", in_quotes(words))
        }
        (Format::Atom, _) => format!("<{own}content type=\"html\">{text}</{own}content>"),
        (Format::Atom03, Meaning::Content) => {
            format!("<{own}content type=\"text/html\" mode=\"escaped\">{text}</{own}content>")
        }
        (Format::Rss | Format::Rdf, Meaning::Link) => format!("<{own}link>{text}</{own}link>"),
        (Format::Rss, Meaning::Category) => format!("<{own}category>{text}</{own}category>"),
        (_, Meaning::Author) => dublin_core("creator", &text),
        (_, Meaning::Category) => dublin_core("subject", &text),
        _ => {
            let space = "http://purl.org/rss/1.0/modules/content/";
            format!("<content:encoded xmlns:content=\"{space}\">{text}</content:encoded>")
        }
    }
}

fn dublin_core(name: &str, text: &str) -> String {
    format!("<dc:{name} xmlns:dc=\"http://purl.org/dc/elements/1.1/\">{text}</dc:{name}>")
}

fn json_member(meaning: Meaning, words: &str) -> String {
    let text = encode(words, Style::Json);
    match meaning {
        Meaning::Link => format!("\"url\": \"{text}\""),
        Meaning::Author => format!("\"authors\": [{{\"name\": \"{text}\"}}]"),
        _ => format!("\"content_html\": \"{text}\""),
    }
}

/// Tags go into the item's own list, or into one that it gets.
pub fn json_tags(feed: &Feed, item: &Item, terms: &[String]) -> (Option<Edit>, Option<String>) {
    let each: Vec<String> = terms.iter().map(|term| format!("\"{}\"", encode(term, Style::Json))).collect();
    let tags = each.join(", ");
    match item.first(Meaning::Category) {
        _ if each.is_empty() => (None, None),
        None => (None, Some(format!("\"tags\": [{tags}]"))),
        Some(field) => (Some(more_tags(feed, field, &tags)), None),
    }
}

/// An edit by which a member has more tags. One that is no list becomes one; a lone tag stays in it.
fn more_tags(feed: &Feed, field: &Field, tags: &str) -> Edit {
    let value = value_of(field);
    let written = value.of(&feed.source);
    if written.starts_with('[') {
        let last = json::elements(&feed.source, value).last().copied();
        let at = last.map_or(value.start + 1, |last| last.end);
        let comma = if last.is_some() { ", " } else { "" };
        return Edit { span: Span::empty(at), text: format!("{comma}{tags}") };
    }
    let own =
        if written.starts_with('"') && written.len() > 2 { format!("{written}, ") } else { String::new() };
    Edit::replace(value, format!("[{own}{tags}]"))
}
