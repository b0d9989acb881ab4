//! A feed whose items come to stand in another one, and what they bring along.

use std::collections::BTreeMap;

use quick_xml::escape::partial_escape;
use quick_xml::events::Event;
use url::Url;

use crate::feed::{Feed, Format, Item, Meaning, Ns, scope};
use crate::html::entity::escape_attribute;
use crate::json;
use crate::span::{Span, offset};
use crate::xml::splice::{Edit, splice_within};
use crate::xml::{self, tag};

/// The most bytes that the items of one feed say again of what their feed says once. A long subtitle and many
/// items must not make gigabytes.
const MAX_LENT: usize = 16 << 20;

/// A feed that brings its items.
pub(super) struct Guest<'f> {
    host: &'f Feed,
    feed: &'f Feed,
    /// Prefixes that mean another thing, or nothing, in the host; `""` for the default namespace.
    namespaces: BTreeMap<String, String>,
    /// Those of them that the host's root is to declare, as there would be too much of them otherwise.
    pub hoisted: BTreeMap<String, String>,
    base: Option<String>,
    language: Option<String>,
    /// The `source` of each entry (RFC 4287 §4.2.11).
    source: String,
    /// The authors of entries that name none and can have no `source`.
    authors: String,
    /// The members that items of JSON inherit.
    members: Vec<json::Member>,
    /// Whether something had to be left out, as there was too much of it.
    pub is_short: bool,
    /// How many items had to be left out for that.
    pub left_out: u32,
    /// How many bytes of attributes items may still bring.
    room: usize,
}

impl<'f> Guest<'f> {
    /// `here` is what the root of the host declares.
    pub fn new(host: &'f Feed, here: &scope::Scope, feed: &'f Feed) -> Self {
        let mut guest = Guest {
            host,
            feed,
            namespaces: BTreeMap::new(),
            hoisted: BTreeMap::new(),
            base: None,
            language: None,
            source: String::new(),
            authors: String::new(),
            members: Vec::new(),
            is_short: false,
            left_out: 0,
            room: MAX_LENT,
        };
        match feed.format {
            Format::Json => guest.members = inherited_members(feed),
            _ => guest.read_xml(here),
        }
        guest.keep_within_bounds(here);
        guest
    }

    fn read_xml(&mut self, here: &scope::Scope) {
        let (host, feed) = (self.host, self.feed);
        self.namespaces = differing(here, feed);
        self.base = base(feed).filter(|own| base(host).as_ref() != Some(own));
        let language = |feed: &Feed| root_attribute(feed, "xml:lang");
        self.language = match (language(feed), language(host)) {
            (None, Some(_)) => Some(String::new()),
            (own, others) => own.filter(|own| others.as_ref() != Some(own)),
        };
        let is_atom = matches!(feed.format, Format::Atom | Format::Atom03);
        if is_atom {
            let authors = feed.fields.iter().filter(|field| field.meaning == Meaning::Author);
            self.authors = authors.map(|field| written_out(feed, feed.whole(field))).collect();
        }
        if feed.format == Format::Atom {
            self.source = of_source(feed);
        }
    }

    fn keep_within_bounds(&mut self, here: &scope::Scope) {
        let count = self.feed.items.len();
        let members: usize = self.members.iter().map(|m| m.value.len() + m.key.len()).sum();
        let base = self.base.as_ref().map_or(0, String::len);
        if count.saturating_mul(self.source.len() + self.authors.len() + members + base) > MAX_LENT {
            self.is_short = true;
            (self.source, self.authors) = (String::new(), String::new());
            (self.base, self.members) = (None, Vec::new());
        }
        let declared: usize = self.namespaces.iter().map(|(prefix, uri)| prefix.len() + uri.len()).sum();
        if count.saturating_mul(declared) > MAX_LENT {
            let free = |prefix: &String| !prefix.is_empty() && !here.contains_key(prefix);
            let all = std::mem::take(&mut self.namespaces);
            (self.hoisted, self.namespaces) = all.into_iter().partition(|(prefix, _)| free(prefix));
        }
    }

    /// An item as it stands in the host. `is_first` is whether it is the first of all. `None` where there is no
    /// room for what it has to bring along.
    pub fn bring(&mut self, item: &Item, is_first: bool) -> Option<String> {
        let lead = Span { start: item.span.start, end: item.tag.start }.of(&self.feed.source);
        if self.host.format == Format::Json {
            let comma = if is_first { "" } else { "," };
            let space = lead.trim_start().trim_start_matches(',');
            return Some(format!("{comma}{space}{}", self.with_members(item)));
        }
        let element = item.element();
        let (mut edits, put) = self.insertions(item);
        let markup = format!("{}{put}", element.of(&self.feed.source));
        edits.extend(self.base_edit(item));
        let attributes = self.attributes(item, &markup);
        edits.push(Edit::replace(end_of_name(self.feed, item), attributes.as_str()));
        edits.extend(entities(self.feed, element));
        edits.sort_by_key(|edit| edit.span);
        let brought = format!("{lead}{}", splice_within(&self.feed.source, element, edits));
        let Some(room) = self.room.checked_sub(attributes.len()) else {
            self.left_out += 1;
            return None;
        };
        self.room = room;
        Some(brought)
    }

    /// What goes before an entry's end tag: where it is from, or who wrote it.
    fn insertions(&self, entry: &Item) -> (Vec<Edit>, &str) {
        let own_source = entry.fields.iter().any(|f| f.ns == Ns::Atom && self.feed.name(f) == "source");
        let names_author =
            entry.first(Meaning::Author).is_some() || !self.feed.source_authors(entry).is_empty();
        let put = match (own_source, names_author) {
            (false, _) if !self.source.is_empty() => self.source.as_str(),
            (_, false) => self.authors.as_str(),
            _ => "",
        };
        let close =
            entry.element().of(&self.feed.source).rfind("</").filter(|_| entry.element() != entry.tag);
        let edit = close
            .filter(|_| !put.is_empty())
            .map(|at| Edit::replace(Span::empty(entry.element().start + offset(at)), put));
        (edit.into_iter().collect(), put)
    }

    /// What an item's start tag must say elsewhere. `markup` is all that will stand there.
    fn attributes(&self, item: &Item, markup: &str) -> String {
        let source = &self.feed.source;
        let mut all: Vec<(String, &str)> = Vec::new();
        if !self.namespaces.is_empty() {
            let own = scope::declared(source, &[item.tag]);
            for prefix in scope::used(markup).into_iter().filter(|prefix| !own.contains_key(prefix)) {
                if let Some(uri) = self.namespaces.get(&prefix) {
                    let name = if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") };
                    all.push((name, uri));
                }
            }
        }
        let lacks = |name: &str| tag::attribute_value(source, item.tag, name).is_none();
        all.extend(
            self.base.as_deref().filter(|_| lacks("xml:base")).map(|base| ("xml:base".to_owned(), base)),
        );
        let language = self.language.as_deref().filter(|_| lacks("xml:lang"));
        all.extend(language.map(|language| ("xml:lang".to_owned(), language)));
        all.into_iter()
            .fold(String::new(), |all, (name, value)| format!("{all} {name}=\"{}\"", escape_attribute(value)))
    }

    /// A base of an item's own that is relative to its feed's.
    fn base_edit(&self, item: &Item) -> Option<Edit> {
        let value = tag::attribute_value(&self.feed.source, item.tag, "xml:base")?;
        let own = tag::attribute(&self.feed.source, item.tag, "xml:base")?;
        let joined = Url::parse(self.base.as_ref()?).ok()?.join(&own).ok()?;
        (joined.as_str() != own).then(|| Edit::replace(value, escape_attribute(joined.as_str())))
    }

    /// An item of JSON Feed with what it inherits from its feed.
    fn with_members(&self, item: &Item) -> String {
        let (source, element) = (&self.feed.source, item.element());
        let own = json::members(source, element);
        let has = |name: &str| own.iter().any(|member| member.key.of(source) == name);
        let inherits = |name: &str| match name {
            "\"language\"" => !has(name),
            _ => !has("\"authors\"") && !has("\"author\""),
        };
        let inherited = self.members.iter().filter(|member| inherits(member.key.of(source)));
        let text = inherited
            .fold(String::new(), |all, m| format!("{all}{}: {}, ", m.key.of(source), m.value.of(source)));
        let Some(inside) = element.of(source).strip_prefix('{') else { return element.of(source).to_owned() };
        let text = if own.is_empty() { text.trim_end_matches(", ") } else { &text };
        format!("{{{text}{inside}")
    }
}

/// The prefixes that a feed's root binds otherwise than the host's does.
fn differing(here: &scope::Scope, feed: &Feed) -> BTreeMap<String, String> {
    let there = scope::declared(&feed.source, &feed.roots);
    // RSS is without a namespace in most feeds, and in one of its old ones in some: that is the same.
    let is_rss = |uri: Option<&String>| uri.is_none_or(|uri| Ns::of(uri) == Ns::Rss);
    let is_same = |prefix: &str| {
        let (wanted, found) = (there.get(prefix), here.get(prefix));
        wanted == found
            || (prefix.is_empty() && feed.format == Format::Rss && is_rss(wanted) && is_rss(found))
    };
    let names = there.keys().map(String::as_str).chain([""]).filter(|prefix| !is_same(prefix));
    names.map(|prefix| (prefix.to_owned(), there.get(prefix).cloned().unwrap_or_default())).collect()
}

/// The fields of an Atom feed that its entries speak for it by, once they stand in another one.
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

fn of_source(feed: &Feed) -> String {
    let root = feed.root_name();
    let prefix = root.strip_suffix("feed").unwrap_or_default();
    let of_feed = feed.fields.iter().filter(|field| {
        let is_page =
            feed.name(field) == "link" && feed.attribute(field, "rel").is_none_or(|rel| rel == "alternate");
        field.ns == Ns::Atom && (is_page || OF_SOURCE.contains(&feed.name(field)))
    });
    let inside: String = of_feed.map(|field| written_out(feed, feed.whole(field))).collect();
    format!("<{prefix}source>{inside}</{prefix}source>")
}

/// A stretch of a feed in which the entities that only it declares are written out.
fn written_out(feed: &Feed, span: Span) -> String {
    splice_within(&feed.source, span, entities(feed, span))
}

/// The entities that only a feed itself declares, written out.
fn entities(feed: &Feed, element: Span) -> Vec<Edit> {
    if feed.entities.is_empty() {
        return Vec::new();
    }
    let (mut reader, mark) = xml::reader(element.of(&feed.source));
    reader.config_mut().check_end_names = false;
    let mut edits = Vec::new();
    let mut start = mark;
    while let Ok(event) = reader.read_event() {
        let end = mark + usize::try_from(reader.buffer_position()).unwrap_or(start);
        let span = Span::new(start, end).shifted(element.start);
        match event {
            Event::GeneralRef(name) => {
                edits.extend(feed.entities.text(&name).map(|text| Edit::replace(span, partial_escape(text))));
            }
            Event::Start(_) | Event::Empty(_) => edits.extend(entities_in_tag(feed, span)),
            Event::Eof => break,
            _ => {}
        }
        start = end;
    }
    edits
}

fn entities_in_tag(feed: &Feed, span: Span) -> Vec<Edit> {
    let raw = span.of(&feed.source);
    let each = memchr::memchr_iter(b'&', raw.as_bytes()).filter_map(|at| {
        let (name, _) = raw[at + 1..].split_once(';')?;
        let text = feed.entities.text(name)?;
        let whole = Span::new(at, at + name.len() + 2).shifted(span.start);
        Some(Edit::replace(whole, escape_attribute(text)))
    });
    each.collect()
}

/// What items of JSON Feed inherit from their feed: authors, language (JSON Feed 1.1).
fn inherited_members(feed: &Feed) -> Vec<json::Member> {
    let all = feed.roots.first().map(|whole| json::members(&feed.source, *whole)).unwrap_or_default();
    let is_inherited = |member: &json::Member| {
        matches!(member.key.of(&feed.source), "\"authors\"" | "\"author\"" | "\"language\"")
    };
    all.into_iter().filter(is_inherited).collect()
}

/// The `xml:base` of a feed, absolute where it can be.
fn base(feed: &Feed) -> Option<String> {
    let all = feed.roots.iter().filter_map(|root| tag::attribute(&feed.source, *root, "xml:base"));
    all.reduce(|outer, inner| {
        let joined = Url::parse(&outer).and_then(|outer| outer.join(&inner));
        joined.map_or(inner, Into::into)
    })
}

fn root_attribute(feed: &Feed, name: &str) -> Option<String> {
    feed.roots.iter().rev().find_map(|root| tag::attribute(&feed.source, *root, name))
}

/// The place in an item's start tag where another attribute goes.
fn end_of_name(feed: &Feed, item: &Item) -> Span {
    Span::empty(tag::name(&feed.source, item.tag).end)
}
