//! Several feeds as one. Feeds of one format are put together as they are written: each item keeps its bytes,
//! and brings along what it took from its own feed. Feeds of several formats are converted to one first.

mod guest;

use quick_xml::escape::partial_escape;

use crate::convert::{self, Converted, Lost, Target};
use crate::decode::charset::redeclared;
use crate::feed::{self, Feed, Format, Meaning, date, scope};
use crate::html::entity::escape_attribute;
use crate::span::Span;
use crate::xml::splice::{Edit, splice};
use crate::xml::tag;
use guest::Guest;

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
        let mut lost = Vec::new();
        return Some(Merged { text: put_together(first, &feeds[1..], &mut lost), lost });
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
    Some(Merged { text: put_together(first, others, &mut lost), lost })
}

/// The first feed, with the items of the others after its own. All are of one format.
fn put_together(first: &Feed, others: &[&Feed], lost: &mut Vec<Lost>) -> String {
    let Some(at) = first.more else { return first.source.clone() };
    let mut here = scope::declared(&first.source, &first.roots);
    let (mut items, mut declared) = (String::new(), String::new());
    for other in others {
        let mut guest = Guest::new(first, &here, other);
        for item in &other.items {
            let is_first = first.items.is_empty() && items.is_empty();
            items.push_str(&guest.bring(item, is_first).unwrap_or_default());
        }
        if guest.left_out > 0 {
            let what = "items that bring too much along, among them namespaces".to_owned();
            lost.push(Lost { item: None, what, count: guest.left_out });
        }
        if guest.is_short {
            let what = "what one of the feeds says of all its items, which is too long for each of them";
            lost.push(Lost { item: None, what: what.to_owned(), count: 1 });
        }
        declared = guest.hoisted.iter().fold(declared, |all, (prefix, uri)| {
            format!("{all} xmlns:{prefix}=\"{}\"", escape_attribute(uri))
        });
        here.extend(guest.hoisted);
    }
    let mut edits = vec![Edit::replace(Span::empty(at), items)];
    if let Some(root) = first.roots.first().filter(|_| !declared.is_empty()) {
        edits.push(Edit::replace(Span::empty(tag::name(&first.source, *root).end), declared));
    }
    edits.extend(listed(first, others));
    edits.extend(latest(first, others));
    edits.sort_by_key(|edit| edit.span);
    let text = splice(&first.source, &edits);
    // What was ASCII under another name may have got other characters.
    match redeclared(&text).filter(|_| !text.is_ascii()) {
        Some(edit) => splice(&text, &[edit]),
        None => text,
    }
}

/// An Atom feed is changed when any of its entries is (RFC 4287 §4.2.15): it says so when the latest of the
/// feeds was.
fn latest(first: &Feed, others: &[&Feed]) -> Option<Edit> {
    let updated = |feed: &Feed| {
        let field = feed.fields.iter().find(|field| field.meaning == Meaning::Updated)?;
        let value = feed.value_of(field).into_owned();
        Some((date::parse(&value)?, value))
    };
    let field = first.fields.iter().find(|field| field.meaning == Meaning::Updated && !field.has_children)?;
    let own = updated(first)?;
    let latest = others.iter().filter_map(|feed| updated(feed)).max().filter(|latest| latest.0 > own.0)?;
    (first.format == Format::Atom)
        .then(|| Edit::replace(field.inner.unwrap_or_default(), partial_escape(&latest.1)))
}

/// RSS 1.0: the items are listed in the channel too.
fn listed(first: &Feed, others: &[&Feed]) -> Option<Edit> {
    let last = first.listed.last()?;
    let ids = others.iter().flat_map(|feed| feed.items.iter().filter_map(|item| feed.id(item)));
    let all: String = ids.filter_map(|id| last.of(&first.source, &id)).collect();
    Some(Edit::replace(Span::empty(last.span.end), all))
}
