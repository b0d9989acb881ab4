//! Several feeds as one. Feeds of one format are put together as they are written: each item keeps its bytes,
//! and brings along what it took from its own feed. Feeds of several formats are converted to one first.

use crate::convert::{self, Converted, Lost, Target};
use crate::feed::{self, Feed, Format, Item, Ns, scope};
use crate::html::entity::escape_attribute;
use crate::json;
use crate::span::Span;
use crate::xml::splice::{Edit, splice};
use crate::xml::tag;

/// Feeds put together.
#[derive(Debug)]
pub struct Merged {
    /// The feed: the first one, with the items of the others after its own.
    pub text: String,
    /// What could not be carried over into the common format.
    pub lost: Vec<Lost>,
}

/// Puts feeds together, in the format of the first one or in the one that is asked for. `None` where there
/// are none.
pub fn merge(feeds: &[&Feed], target: Option<Target>) -> Option<Merged> {
    let first = feeds.first()?;
    let same = feeds.iter().all(|feed| feed.format == first.format);
    if same && target.is_none_or(|target| target.is(first.format)) && first.more.is_some() {
        return Some(Merged { text: put_together(first, &feeds[1..]), lost: Vec::new() });
    }
    let target = target.unwrap_or_else(|| Target::nearest(first.format));
    let mut lost = Vec::new();
    let mut converted = Vec::new();
    for feed in feeds {
        if target.is(feed.format) && feed.more.is_some() {
            converted.push(None);
            continue;
        }
        let Converted { text, lost: more } = convert::convert(feed, target, None);
        // Counted over all feeds, as the items of one: which item it was is no longer of use.
        lost.extend(more.into_iter().map(|lost| Lost { item: None, ..lost }));
        converted.push(feed::parse(text).ok());
    }
    let all: Vec<&Feed> =
        feeds.iter().zip(&converted).map(|(feed, converted)| converted.as_ref().unwrap_or(feed)).collect();
    let (first, others) = all.split_first()?;
    Some(Merged { text: put_together(first, others), lost })
}

/// The first feed, with the items of the others after its own. All are of one format.
fn put_together(first: &Feed, others: &[&Feed]) -> String {
    let Some(at) = first.more else { return first.source.clone() };
    let all = others.iter().flat_map(|other| other.items.iter().map(move |item| (*other, item)));
    let lonely = first.items.is_empty();
    let items: String =
        all.enumerate().map(|(nth, (other, item))| brought(first, other, item, lonely && nth == 0)).collect();
    let mut edits = vec![Edit::replace(Span::empty(at), items)];
    edits.extend(listed(first, others));
    edits.sort_by_key(|edit| edit.span);
    splice(&first.source, &edits)
}

/// An item of another feed as it stands in the first one.
fn brought(first: &Feed, other: &Feed, item: &Item, is_first: bool) -> String {
    let lead = Span { start: item.span.start, end: item.tag.start }.of(&other.source);
    if first.format == Format::Json {
        let comma = if is_first { "" } else { "," };
        let space = lead.trim_start().trim_start_matches(',');
        return format!("{comma}{space}{}", with_members(other, item));
    }
    let element = item.element();
    let source = source_element(other, item);
    let markup = source.iter().fold(element.of(&other.source).to_owned(), |all, edit| all + &edit.text);
    let mut edits = vec![Edit::replace(end_of_name(other, item), attributes(first, other, item, &markup))];
    edits.extend(source);
    let inside = edits.into_iter().map(|edit| Edit {
        span: Span { start: edit.span.start - element.start, end: edit.span.end - element.start },
        text: edit.text,
    });
    format!("{lead}{}", splice(element.of(&other.source), &inside.collect::<Vec<_>>()))
}

/// The place in an item's start tag where another attribute goes.
fn end_of_name(feed: &Feed, item: &Item) -> Span {
    Span::empty(tag::name(&feed.source, item.tag).end)
}

/// What an item's start tag must say elsewhere: namespaces that mean another thing there, the base of its
/// addresses, its language. `markup` is all that will stand there.
fn attributes(first: &Feed, other: &Feed, item: &Item, markup: &str) -> String {
    let inherited = ["xml:base", "xml:lang"].into_iter().filter_map(|name| {
        let of =
            |feed: &Feed| feed.roots.iter().rev().find_map(|root| tag::attribute(&feed.source, *root, name));
        let own = tag::attribute(&other.source, item.tag, name);
        let value = of(other).filter(|value| own.is_none() && of(first).as_ref() != Some(value))?;
        Some((name.to_owned(), value))
    });
    let all = namespaces(first, other, item, markup).into_iter().chain(inherited);
    all.fold(String::new(), |all, (name, value)| format!("{all} {name}=\"{}\"", escape_attribute(&value)))
}

/// The declarations of namespaces that an item uses and the first feed does not have, or has otherwise.
fn namespaces(first: &Feed, other: &Feed, item: &Item, markup: &str) -> Vec<(String, String)> {
    let here = scope::declared(&first.source, &first.roots);
    let there = scope::declared(&other.source, &other.roots);
    let own = scope::declared(&other.source, &[item.tag]);
    // RSS is without a namespace in most feeds, and in one of its old ones in some: that is the same.
    let is_rss = |uri: Option<&String>| uri.is_none_or(|uri| Ns::of(uri) == Ns::Rss);
    let missing = scope::used(markup).into_iter().filter_map(|prefix| {
        let (wanted, found) = (there.get(&prefix), here.get(&prefix));
        let is_same = wanted == found || (prefix.is_empty() && is_rss(wanted) && is_rss(found));
        if own.contains_key(&prefix) || is_same {
            return None;
        }
        let uri = wanted.cloned().unwrap_or_default();
        match prefix.as_str() {
            "" => Some(("xmlns".to_owned(), uri)),
            _ => (!uri.is_empty()).then(|| (format!("xmlns:{prefix}"), uri)),
        }
    });
    missing.collect()
}

/// The fields of an Atom feed that its entries speak for it by, once they stand in another one (RFC 4287
/// §4.2.11).
const OF_SOURCE: &[&str] = &[
    "id",
    "title",
    "subtitle",
    "updated",
    "author",
    "contributor",
    "category",
    "generator",
    "icon",
    "logo",
    "rights",
];

/// An Atom entry that is copied into another feed says which one it is from.
fn source_element(feed: &Feed, entry: &Item) -> Option<Edit> {
    let is_atom = feed.format == Format::Atom;
    let has_one = entry.fields.iter().any(|field| field.ns == Ns::Atom && feed.name(field) == "source");
    let element = entry.element();
    if !is_atom || has_one || element == entry.tag {
        return None;
    }
    let name = tag::name(&feed.source, entry.tag).of(&feed.source);
    let prefix = name.strip_suffix("entry").unwrap_or_default();
    let of_feed = feed.fields.iter().filter(|field| {
        let is_page =
            feed.name(field) == "link" && feed.attribute(field, "rel").is_none_or(|rel| rel == "alternate");
        field.ns == Ns::Atom && (is_page || OF_SOURCE.contains(&feed.name(field)))
    });
    let inside: String = of_feed.map(|field| feed.whole(field).of(&feed.source)).collect();
    let close = element.of(&feed.source).rfind("</")?;
    let at = Span::empty(element.start + crate::span::offset(close));
    Some(Edit::replace(at, format!("<{prefix}source>{inside}</{prefix}source>")))
}

/// An item of JSON Feed with what it inherits from its feed: authors, language (JSON Feed 1.1).
fn with_members(feed: &Feed, item: &Item) -> String {
    let (source, element) = (&feed.source, item.element());
    let own = json::members(source, element);
    let has = |name: &str| own.iter().any(|member| member.key.of(source) == name);
    let inherits = |name: &str| match name {
        "\"authors\"" | "\"author\"" => !has("\"authors\"") && !has("\"author\""),
        "\"language\"" => !has("\"language\""),
        _ => false,
    };
    let of_feed = feed.roots.first().map(|whole| json::members(source, *whole)).unwrap_or_default();
    let text = of_feed
        .iter()
        .filter(|member| inherits(member.key.of(source)))
        .fold(String::new(), |all, m| format!("{all}{}: {}, ", m.key.of(source), m.value.of(source)));
    let Some(inside) = element.of(source).strip_prefix('{') else { return element.of(source).to_owned() };
    let text = if own.is_empty() { text.trim_end_matches(", ") } else { &text };
    format!("{{{text}{inside}")
}

/// RSS 1.0: the items are listed in the channel too.
fn listed(first: &Feed, others: &[&Feed]) -> Option<Edit> {
    let last = first.listed.last()?;
    let entry = last.span.of(&first.source);
    let mut all = String::new();
    for (other, item) in others.iter().flat_map(|feed| feed.items.iter().map(move |item| (feed, item))) {
        let tag =
            Span { start: last.span.end - crate::span::offset(entry.trim_start().len()), end: last.span.end };
        let key = tag::attribute_key(&first.source, tag, "resource")?;
        let value = tag::attribute_value(&first.source, tag, &key)?;
        let at = Span { start: value.start - last.span.start, end: value.end - last.span.start };
        let id = escape_attribute(&other.id(item)?);
        all.push_str(&splice(entry, &[Edit::replace(at, id)]));
    }
    Some(Edit::replace(Span::empty(last.span.end), all))
}
