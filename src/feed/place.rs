//! Where a short text of an item stands that is no HTML: its address, an author's name, a category. It is read
//! and written there, whatever the format.

use std::borrow::Cow;

use super::{Feed, Field, Format, Item, Meaning};
use crate::html::entity::escape_attribute;
use crate::json;
use crate::span::Span;
use crate::text::{Style, Text, encode};
use crate::xml::splice::Edit;
use crate::xml::tag;

/// A stretch of the source that says one thing.
#[derive(Clone, Debug)]
pub struct Place<'f> {
    source: &'f str,
    stands: Stands<'f>,
}

#[derive(Clone, Debug)]
enum Stands<'f> {
    /// In an attribute; between its quotes.
    Attribute(Span),
    /// In an element's text or a JSON string; the part of what it says. `start` is where that text begins.
    Text { text: Text<'f>, part: Span, start: u32 },
}

/// What tells two places from each other: where they begin in the source, and in the text there.
pub type Key = (u32, u32);

impl<'f> Place<'f> {
    fn attribute(feed: &'f Feed, tag: Span, name: &str) -> Option<Self> {
        let span = tag::attribute_value(&feed.source, tag, name).filter(|span| !span.is_empty())?;
        Some(Place { source: &feed.source, stands: Stands::Attribute(span) })
    }

    /// All that a text says, without the white space around it.
    fn whole(feed: &'f Feed, text: Text<'f>, start: u32) -> Self {
        let value = text.value();
        let from = value.len() - value.trim_start().len();
        let part = Span::new(from, from + value.trim().len());
        Place { source: &feed.source, stands: Stands::Text { text, part, start } }
    }

    /// What tells it from others.
    pub fn key(&self) -> Key {
        match &self.stands {
            Stands::Attribute(span) => (span.start, 0),
            Stands::Text { part, start, .. } => (*start, part.start),
        }
    }

    /// What the source says there.
    pub fn value(&self) -> String {
        match &self.stands {
            Stands::Attribute(span) => tag::unescaped(span.of(self.source)).trim().to_owned(),
            Stands::Text { text, part, .. } => part.of(text.value()).to_owned(),
        }
    }

    /// The edits by which it says something else.
    pub fn written(&self, words: &str) -> Vec<Edit> {
        match &self.stands {
            Stands::Attribute(span) => vec![Edit::replace(*span, in_quotes(words))],
            Stands::Text { text, part, .. } => text.lower(self.source, &[Edit::replace(*part, words)]),
        }
    }
}

impl Feed {
    /// Where a field says one thing: its text, or the attribute that the format keeps it in. Of an author it is
    /// the name.
    pub fn place<'f>(&'f self, field: &Field) -> Option<Place<'f>> {
        let held = self.held_in(field).iter().find_map(|name| Place::attribute(self, field.tag, name));
        held.or_else(|| {
            let inner = field.inner.filter(|_| !field.has_children)?;
            match field.meaning {
                Meaning::Author => Some(self.person_place(field, inner)),
                _ => Some(Place::whole(self, self.text(field), inner.start)),
            }
        })
    }

    /// The attributes that may hold what a field says.
    fn held_in(&self, field: &Field) -> &'static [&'static str] {
        let is_atom = matches!(self.format, Format::Atom | Format::Atom03);
        match field.meaning {
            _ if self.format == Format::Json => &[],
            Meaning::Link => &["href"],
            Meaning::Enclosure => &["href", "url"],
            Meaning::Category if is_atom => &["term"],
            _ => &[],
        }
    }

    /// Where the address of an item stands; `None` where only its identity says it.
    pub fn link_place(&self, item: &Item) -> Option<Place<'_>> {
        let field = item.all(Meaning::Link).find(|field| self.address(field).is_some())?;
        self.place(field)
    }

    /// Where the names of an item's own authors stand.
    pub fn author_places(&self, item: &Item) -> Vec<Place<'_>> {
        item.all(Meaning::Author).flat_map(|field| self.names(field)).collect()
    }

    /// Where the names of the persons in a field stand.
    pub fn names<'f>(&'f self, field: &Field) -> Vec<Place<'f>> {
        let Some(inner) = field.inner else { return Vec::new() };
        match self.format {
            Format::Json if field.has_children => self.json_names(inner),
            _ if field.has_children => {
                let name = tag::child(&self.source, inner, "name").into_iter();
                let text = |span| Text::parse_with(&self.source, span, &self.entities);
                name.map(|span| Place::whole(self, text(span), span.start)).collect()
            }
            _ => vec![self.person_place(field, inner)],
        }
    }

    fn json_names(&self, inner: Span) -> Vec<Place<'_>> {
        let objects = if inner.of(&self.source).starts_with('[') {
            json::elements(&self.source, inner)
        } else {
            vec![inner]
        };
        let members = objects.into_iter().flat_map(|object| json::members(&self.source, object));
        let names = members.filter(|member| member.key.of(&self.source) == "\"name\"");
        let strings = names.filter_map(|member| json::string(&self.source, member.value));
        strings.map(|span| Place::whole(self, Text::json(&self.source, span), span.start)).collect()
    }

    /// Where the name stands of a person who is a text: of RSS's `lawyer@boyer.net (Lawyer Boyer)` in the brackets.
    fn person_place<'f>(&'f self, field: &Field, inner: Span) -> Place<'f> {
        let mut place = Place::whole(self, self.text(field), inner.start);
        if let Stands::Text { text, part, .. } = &mut place.stands {
            let says = part.of(text.value());
            let named = says.split_once('(').filter(|(mail, rest)| mail.contains('@') && rest.ends_with(')'));
            if let Some((mail, rest)) = named {
                let name = rest.strip_suffix(')').unwrap_or(rest);
                let from = part.start as usize + mail.len() + 1 + (name.len() - name.trim_start().len());
                *part = Span::new(from, from + name.trim().len());
            }
        }
        place
    }

    /// Where the categories of an item stand.
    pub fn category_places(&self, item: &Item) -> Vec<Place<'_>> {
        let each = item.all(Meaning::Category).flat_map(|field| match field.inner {
            Some(inner) if self.format == Format::Json && field.has_children => {
                let strings = json::elements(&self.source, inner).into_iter();
                let strings = strings.filter_map(|element| json::string(&self.source, element));
                strings.map(|span| Place::whole(self, Text::json(&self.source, span), span.start)).collect()
            }
            // A word where a list should be is no list of tags.
            Some(_) if self.format == Format::Json => Vec::new(),
            _ => self.place(field).into_iter().collect::<Vec<_>>(),
        });
        each.collect()
    }
}

/// Words as the value of an attribute, whichever quotes it stands in. What XML can not hold is left out.
pub fn in_quotes(words: &str) -> String {
    escape_attribute(&encode(words, Style::Markup)).replace('\'', "&#39;")
}

/// White space before a stretch of the source, for what is put beside it to stand like it.
pub fn space_before(source: &str, at: u32) -> Cow<'_, str> {
    let before = &source[..at as usize];
    Cow::Borrowed(&before[before.trim_end_matches(|c: char| c.is_ascii_whitespace()).len()..])
}
