//! JSON Feed, 1.0 and 1.1 (<https://www.jsonfeed.org/version/1.1/>).

use std::borrow::Cow;

use super::super::element::{Element, Name};
use super::super::model::{About, Channel, Entry, Image, Link, Said};
use super::super::prose::{Kind, Prose};
use super::Reader;
use super::roles::Role;
use crate::feed::read::Person;
use crate::feed::{Feed, Field, Item, Meaning};

/// How many authors are looked through for the one of version 1.0. No real item has as many.
const MAX_AUTHORS: usize = 32;

impl Reader<'_> {
    pub(super) fn json(&mut self) -> Channel {
        let feed = self.feed;
        let mut channel = Channel { lends_authors: true, ..Channel::default() };
        let authors = self.authors_beside(&feed.fields);
        for field in feed.fields.iter().filter(|field| !is_void(feed, field)) {
            self.json_channel_field(field, &authors, &mut channel);
        }
        for (index, item) in feed.items.iter().enumerate() {
            self.losses.item = Some(index);
            let entry = self.json_entry(item);
            channel.entries.push(entry);
        }
        channel
    }

    fn json_channel_field(&mut self, field: &Field, authors: &[Person], channel: &mut Channel) {
        if self.json_about(field, &mut channel.about) {
            return;
        }
        match &*self.known_name(field) {
            "icon" => {
                let image = Image { url: self.feed.value_of(field).into_owned(), parts: Vec::new() };
                channel.image = Some(Said::new(self.by(field), image));
            }
            "favicon" => channel.icon = Some(self.said(field)),
            "version" | "feed_url" | "next_url" | "hubs" => {}
            "author" if self.is_repeated(field, authors) => {}
            _ => self.lose(field),
        }
    }

    fn json_entry(&mut self, item: &Item) -> Entry {
        let (feed, mut entry) = (self.feed, Entry::default());
        entry.about.id = feed.id(item).map(|id| Said::new("id", id));
        let authors = self.authors_beside(&item.fields);
        for field in item.fields.iter().filter(|field| !is_void(feed, field)) {
            self.json_entry_field(field, &authors, &mut entry);
        }
        entry
    }

    fn json_entry_field(&mut self, field: &Field, authors: &[Person], entry: &mut Entry) {
        if self.json_about(field, &mut entry.about) {
            return;
        }
        match &*self.known_name(field) {
            "content_html" => self.json_content(Kind::Html, field, entry),
            "content_text" => self.json_content(Kind::Lines, field, entry),
            "attachments" => self.enclosures(field, entry, None),
            "external_url" => {
                let link = Link::related("related", self.feed.value_of(field));
                entry.about.links.push(Said::new(self.by(field), link));
            }
            "image" => {
                let url = self.feed.value_of(field);
                let name = Name::known("media", "thumbnail");
                entry.about.extras.push(Element::empty(name, &[("url", &url)]));
            }
            "author" if self.is_repeated(field, authors) => {}
            _ => self.lose(field),
        }
    }

    /// HTML counts before words; no reader shows both.
    fn json_content(&mut self, kind: Kind, field: &Field, entry: &mut Entry) {
        let new = Said::new(self.by(field), Prose::new(kind, self.feed.value_of(field)));
        let lost = match &entry.content {
            Some(known) if kind == Kind::Lines || known.value.kind == Kind::Html => Some(new),
            _ => entry.content.replace(new),
        };
        if let Some(lost) = lost {
            self.losses.add(lost.by);
        }
    }

    fn json_about(&mut self, field: &Field, about: &mut About) -> bool {
        let words = |value: Cow<'_, str>| Prose::new(Kind::Plain, value);
        let is_text = matches!(field.meaning, Meaning::Title | Meaning::Summary | Meaning::Link);
        if is_text && field.has_children && self.feed.value_of(field).starts_with(['{', '[']) {
            return false;
        }
        match (field.meaning, &*self.known_name(field)) {
            (Meaning::Title, _) => {
                about.title = Some(Said::new(self.by(field), words(self.feed.value_of(field))));
            }
            (Meaning::Summary, _) => {
                about.summary = Some(Said::new(self.by(field), words(self.feed.value_of(field))));
            }
            (Meaning::Link, _) => about.link = Some(Link::to(self.feed.value_of(field))),
            (Meaning::Id, _) => {}
            (_, "language") => about.language = Some(self.said(field)),
            (Meaning::Author, _) => return self.about(Role::Author, field, about, None),
            (Meaning::Category, _) => return self.about(Role::Category, field, about, None),
            (Meaning::Published, _) => return self.about(Role::Published, field, about, None),
            (Meaning::Updated, _) => return self.about(Role::Updated, field, about, None),
            _ => return false,
        }
        true
    }

    fn said(&self, field: &Field) -> Said<String> {
        Said::new(self.by(field), self.feed.value_of(field).into_owned())
    }

    /// The name of a member; none where it is not a string that it should be, or where a later member of the
    /// same name counts.
    fn known_name(&self, field: &Field) -> Cow<'_, str> {
        let name = self.member(field);
        let is_list = matches!(&*name, "attachments" | "author" | "hubs" | "version");
        let is_hidden = field.meaning == Meaning::Other && is_known_meaning(&name);
        if is_hidden || field.has_children && !is_list { Cow::Borrowed("") } else { name }
    }

    /// The name of a member, which may be written with escapes.
    pub(super) fn member(&self, field: &Field) -> Cow<'_, str> {
        let written = field.tag.of(&self.feed.source);
        serde_json::from_str(written).unwrap_or_else(|_| self.feed.name(field).into())
    }

    /// The `authors` that count where there is an `author` of version 1.0 beside them.
    fn authors_beside(&self, fields: &[Field]) -> Vec<Person> {
        let is_hidden = |field: &Field| field.meaning == Meaning::Other && self.member(field) == "author";
        if !fields.iter().any(is_hidden) {
            return Vec::new();
        }
        let authors = fields.iter().filter(|field| field.meaning == Meaning::Author);
        authors.flat_map(|field| self.feed.persons(field)).take(MAX_AUTHORS).collect()
    }

    /// Whether an `author` of version 1.0 is one of the `authors` beside it: then nothing of it is lost.
    fn is_repeated(&self, author: &Field, authors: &[Person]) -> bool {
        let named = self.feed.persons(author);
        !named.is_empty() && named.iter().all(|one| authors.contains(one))
    }
}

/// Whether a member says nothing: an empty string, `null`, an empty list.
fn is_void(feed: &Feed, field: &Field) -> bool {
    let value = feed.value_of(field);
    value.is_empty() || field.has_children && matches!(&*value, "[]" | "{}")
}

/// Whether a member of this name has a meaning where it counts.
fn is_known_meaning(name: &str) -> bool {
    matches!(name, "attachments" | "content_html" | "content_text")
}
