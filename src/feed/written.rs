//! What rules write to the fields of an item that hold no HTML: what short texts say now, and what has been added
//! at the item's end. Nothing that identifies an item is ever written.

use std::collections::BTreeMap;

use super::draft::ItemDraft;
use super::place::{Key, Place, space_before};
use super::{Feed, Format, Item, Meaning};
use crate::html::entity::escape_attribute;
use crate::html::page::{Taken, shorten};
use crate::json;
use crate::span::{Span, offset};
use crate::text::{Style, encode};
use crate::xml::splice::Edit;
use crate::xml::tag;

/// What has been written to an item.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    /// What places say now, and the edits by which they do.
    said: BTreeMap<Key, (String, Vec<Edit>)>,
    /// The one author, where all others have been taken out.
    author: Option<(String, Vec<Edit>)>,
    /// The address, where the item has no element for it.
    link: Option<String>,
    /// Categories that it did not have.
    terms: Vec<String>,
    /// What was taken from each of the fields.
    taken: Vec<(&'static str, Taken)>,
}

impl Written {
    /// What a place says now.
    pub fn at(&self, place: &Place<'_>) -> String {
        self.said.get(&place.key()).map_or_else(|| place.value(), |(words, _)| words.clone())
    }

    fn write(&mut self, name: &'static str, place: &Place<'_>, words: &str) {
        let before = self.at(place);
        if before != words {
            self.note(name, &before, words);
            self.said.insert(place.key(), (words.to_owned(), place.written(words)));
        }
    }

    fn note(&mut self, name: &'static str, before: &str, now: &str) {
        let size = |text: &str| i64::try_from(text.len()).unwrap_or(i64::MAX);
        let bytes = size(before) - size(now);
        match self.taken.iter_mut().find(|(field, taken)| *field == name && taken.count > 0) {
            Some((_, taken)) => (taken.count, taken.bytes) = (taken.count + 1, taken.bytes + bytes),
            None => {
                let snippet = shorten(if before.is_empty() { now } else { before });
                self.taken.push((name, Taken { count: 1, bytes, snippet, ..Taken::default() }));
            }
        }
    }

    /// Notes that a field was left alone, and why.
    pub fn spare(&mut self, name: &'static str, why: String) {
        self.taken.push((name, Taken { spared: vec![why], ..Taken::default() }));
    }

    pub fn drain_taken(&mut self) -> Vec<(&'static str, Taken)> {
        std::mem::take(&mut self.taken)
    }

    /// Everything written, as edits of the source.
    pub fn edits(&self, feed: &Feed, item: &Item, html: Option<&str>) -> Vec<Edit> {
        let mut edits: Vec<Edit> = self.said.values().flat_map(|(_, edits)| edits.clone()).collect();
        edits.extend(self.author.iter().flat_map(|(_, edits)| edits.clone()));
        edits.extend(self.added(feed, item, html));
        edits
    }

    /// What stands at the item's end now.
    fn added(&self, feed: &Feed, item: &Item, html: Option<&str>) -> Vec<Edit> {
        let (mut edits, mut added) = (Vec::new(), Vec::new());
        added.extend(self.link.iter().map(|link| element(feed, item, Meaning::Link, link)));
        let is_new = self.author.as_ref().filter(|(_, edits)| edits.is_empty());
        added.extend(is_new.map(|(name, _)| element(feed, item, Meaning::Author, name)));
        if feed.format == Format::Json {
            let (edit, member) = json_tags(feed, item, &self.terms);
            edits.extend(edit);
            added.extend(member);
        } else {
            added.extend(self.terms.iter().map(|term| element(feed, item, Meaning::Category, term)));
        }
        added.extend(html.map(|html| element(feed, item, Meaning::Content, html)));
        edits.extend(at_the_end(feed, item, &added));
        edits
    }
}

impl ItemDraft<'_> {
    /// What a field says now, where it says one thing.
    pub fn says(&self, field: &super::Field) -> Option<String> {
        self.feed().place(field).map(|place| self.written().at(&place))
    }

    /// Has a field say something else. `name` is what the receipt calls it. Identities stay as they are.
    pub fn set_field(&mut self, name: &'static str, field: &super::Field, words: &str) {
        let place = self.feed().place(field).filter(|_| field.meaning != Meaning::Id);
        if let Some(place) = place {
            self.written_mut().write(name, &place, words);
        }
    }

    /// Has it stand for another page. What identifies it stays.
    pub fn set_link(&mut self, link: &str) {
        let (feed, item) = (self.feed(), self.item());
        if self.link().as_deref() == Some(link) {
            return;
        }
        match feed.link_place(item) {
            Some(place) => self.written_mut().write("link", &place, link),
            None if can_grow(feed, item) => {
                self.written_mut().note("link", "", link);
                self.written_mut().link = Some(link.to_owned());
            }
            None => {}
        }
    }

    /// Gives each of its authors another name.
    pub fn rename_authors(&mut self, rename: impl Fn(&str) -> String) {
        if let Some((name, _)) = self.written().author.clone() {
            self.set_author(&rename(&name));
            return;
        }
        for place in self.feed().author_places(self.item()) {
            let words = rename(&self.written().at(&place));
            self.written_mut().write("author", &place, &words);
        }
    }

    /// Has it be by one author, whoever it was by.
    pub fn set_author(&mut self, name: &str) {
        let (feed, item) = (self.feed(), self.item());
        let before = self.authors();
        if before == [name] || !can_grow(feed, item) {
            return;
        }
        let fields: Vec<_> = item.all(Meaning::Author).collect();
        let mut edits = Vec::new();
        for (nth, field) in fields.iter().enumerate() {
            let whole = feed.whole(field);
            match (nth, feed.format) {
                (0, Format::Json) => {
                    edits.push(Edit::replace(value_of(field), json_author(feed, field, name)))
                }
                (_, Format::Json) => {}
                (0, _) => edits.push(Edit::replace(whole, element(feed, item, Meaning::Author, name))),
                _ => {
                    let space = offset(space_before(&feed.source, whole.start).len());
                    edits.push(Edit::delete(Span { start: whole.start - space, end: whole.end }));
                }
            }
        }
        let written = self.written_mut();
        written.note("author", &before.join(", "), name);
        let is_in = |at: u32| fields.iter().any(|field| feed.whole(field).range().contains(&(at as usize)));
        written.said.retain(|(at, _), _| !is_in(*at));
        written.author = Some((name.to_owned(), edits));
    }

    /// Gives it a category. One that it has, in any case, is not given twice.
    pub fn add_category(&mut self, term: &str) {
        let folded = term.to_lowercase();
        let has_it = self.categories().iter().any(|known| known.to_lowercase() == folded);
        if !has_it && can_grow(self.feed(), self.item()) {
            self.written_mut().note("category", "", term);
            self.written_mut().terms.push(term.to_owned());
        }
    }

    /// Renames its categories.
    pub fn rename_categories(&mut self, rename: impl Fn(&str) -> String) {
        for place in self.feed().category_places(self.item()) {
            let words = rename(&self.written().at(&place));
            self.written_mut().write("category", &place, &words);
        }
    }

    /// The names of its authors as they are now.
    pub fn authors(&self) -> Vec<String> {
        if let Some((name, _)) = &self.written().author {
            return vec![name.clone()];
        }
        let places = self.feed().author_places(self.item());
        if self.written().said.is_empty() || places.is_empty() {
            return self.feed().authors(self.item()).into_iter().map(|person| person.name).collect();
        }
        places.iter().map(|place| self.written().at(place)).collect()
    }

    /// Its categories as they are now: the `term` of Atom's, the text of RSS's.
    pub fn categories(&self) -> Vec<String> {
        let places = self.feed().category_places(self.item());
        let own = places.iter().map(|place| self.written().at(place)).filter(|term| !term.is_empty());
        own.chain(self.written().terms.iter().cloned()).collect()
    }

    /// The address it has been given, where it has been given one.
    pub(super) fn written_link(&self) -> Option<String> {
        let written = self.written();
        let place = || self.feed().link_place(self.item());
        let said = (!written.said.is_empty()).then(place).flatten();
        let said = said.and_then(|place| written.said.get(&place.key()).map(|(words, _)| words.clone()));
        said.or_else(|| written.link.clone())
    }
}

/// The value of a member, quotes included.
fn value_of(field: &super::Field) -> Span {
    let inner = field.inner.unwrap_or(Span::empty(field.tag.end));
    let quote = u32::from(!field.has_children);
    Span { start: inner.start - quote, end: inner.end + quote }
}

fn json_author(feed: &Feed, field: &super::Field, name: &str) -> String {
    let object = format!("{{\"name\": \"{}\"}}", encode(name, Style::Json));
    if feed.name(field) == "authors" { format!("[{object}]") } else { object }
}

/// Whether something can be put at an item's end: it is no empty element.
fn can_grow(feed: &Feed, item: &Item) -> bool {
    feed.format == Format::Json || !item.tag.of(&feed.source).ends_with("/>")
}

/// What is put at the end of an item, in the order it is given.
fn at_the_end(feed: &Feed, item: &Item, added: &[String]) -> Option<Edit> {
    if added.is_empty() {
        return None;
    }
    let last = item.fields.last();
    let at = match last {
        Some(field) if feed.format == Format::Json => value_of(field).end,
        Some(field) => feed.whole(field).end,
        None => item.tag.end + u32::from(feed.format == Format::Json),
    };
    let space = last.map(|field| space_before(&feed.source, field.tag.start)).unwrap_or_default();
    let comma = if feed.format == Format::Json { "," } else { "" };
    let mut text: String = added.iter().map(|each| format!("{comma}{space}{each}")).collect();
    if last.is_none() {
        text = text.trim_start_matches(',').to_owned();
    }
    Some(Edit { span: Span::empty(at), text })
}

/// An element, or member, that says something in the item's own format.
fn element(feed: &Feed, item: &Item, meaning: Meaning, words: &str) -> String {
    let name = tag::name(&feed.source, item.tag).of(&feed.source);
    // What is of the item's own namespace has the prefix that the item has.
    let own = name.rsplit_once(':').map_or(String::new(), |(prefix, _)| format!("{prefix}:"));
    let text = encode(words, Style::Escaped);
    match (feed.format, meaning) {
        (Format::Json, _) => json_member(meaning, words),
        (Format::Atom | Format::Atom03, Meaning::Link) => {
            format!("<{own}link rel=\"alternate\" href=\"{}\"/>", escape_attribute(words))
        }
        (Format::Atom | Format::Atom03, Meaning::Author) => {
            format!("<{own}author><{own}name>{text}</{own}name></{own}author>")
        }
        (Format::Atom, Meaning::Category) => {
            format!("<{own}category term=\"{}\"/>", escape_attribute(words))
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
fn json_tags(feed: &Feed, item: &Item, terms: &[String]) -> (Option<Edit>, Option<String>) {
    let each: Vec<String> = terms.iter().map(|term| format!("\"{}\"", encode(term, Style::Json))).collect();
    let tags = each.join(", ");
    let list = item.first(Meaning::Category).and_then(|field| field.inner);
    let list = list.filter(|list| list.of(&feed.source).starts_with('['));
    match (each.is_empty(), list) {
        (true, _) => (None, None),
        (false, None) => (None, Some(format!("\"tags\": [{tags}]"))),
        (false, Some(list)) => {
            let last = json::elements(&feed.source, list).last().copied();
            let at = last.map_or(list.start + 1, |last| last.end);
            let comma = if last.is_some() { ", " } else { "" };
            (Some(Edit { span: Span::empty(at), text: format!("{comma}{tags}") }), None)
        }
    }
}
