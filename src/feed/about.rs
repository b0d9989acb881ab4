//! What a feed says of itself: its title, its description, the page it is of. They can be given other words.

use super::added::value_of;
use super::place::in_quotes;
use super::{Draft, Feed, Field, Format, Meaning, Ns, TextKind};
use crate::html::entity;
use crate::span::Span;
use crate::text::{CDATA_CLOSE, CDATA_OPEN, Style, encode};
use crate::xml::splice::Edit;
use crate::xml::tag;

/// A field of the feed itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// The title.
    Title,
    /// RSS `description`, Atom `subtitle`, JSON `description`.
    Description,
    /// The page it is of: RSS `link`, Atom's alternate link, JSON `home_page_url`.
    Link,
}

impl About {
    /// What receipts call it.
    fn name(self) -> &'static str {
        match self {
            About::Title => "title",
            About::Description => "description",
            About::Link => "link",
        }
    }
}

impl Draft<'_> {
    /// Has the feed itself say something else. What it does not have it gets.
    pub fn set_about(&mut self, about: About, words: &str) {
        let feed = self.feed();
        let field = feed.fields.iter().find(|field| feed.is_about(field, about));
        let was = field.map(|field| feed.said_by(field)).unwrap_or_default();
        let name = about.name();
        if self.put_into(name).is_none() && was == words {
            return;
        }
        let edit = match field {
            Some(field) => Some(feed.rewritten(field, about, words)),
            None => feed.put_first(about, words),
        };
        if let Some(edit) = edit.filter(|edit| self.put_into(name) != Some(edit)) {
            self.edit(name, edit, was);
        }
    }
}

impl Feed {
    fn is_about(&self, field: &Field, about: About) -> bool {
        match about {
            About::Title => field.meaning == Meaning::Title,
            About::Link => field.meaning == Meaning::Link,
            About::Description => match self.format {
                Format::Atom | Format::Atom03 => {
                    matches!(field.ns, Ns::Atom | Ns::Atom03 | Ns::Rss)
                        && matches!(self.name(field), "subtitle" | "tagline")
                }
                _ => field.meaning == Meaning::Summary,
            },
        }
    }

    fn said_by(&self, field: &Field) -> String {
        let place = self.place(field).map(|place| place.value());
        place.unwrap_or_else(|| self.value_of(field).into_owned())
    }

    /// A field with other words in it, written as it is written.
    fn rewritten(&self, field: &Field, about: About, words: &str) -> Edit {
        let is_json = self.format == Format::Json;
        let href = (about == About::Link && !is_json)
            .then(|| tag::attribute_value(&self.source, field.tag, "href"))
            .flatten();
        if let Some(href) = href {
            return Edit::replace(href, in_quotes(words));
        }
        if is_json {
            return Edit::replace(value_of(field), format!("\"{}\"", encode(words, Style::Json)));
        }
        let Some(inner) = field.inner else {
            // An empty-element tag; its attributes say how the text in it is to be read, so they stay.
            let open = field.tag.of(&self.source).trim_end_matches('>').trim_end_matches('/').trim_end();
            let name = tag::name(&self.source, field.tag).of(&self.source);
            return Edit::replace(field.tag, format!("{open}>{}</{name}>", self.written_as(field, words)));
        };
        Edit::replace(inner, self.written_as(field, words))
    }

    /// Words as the content of an element of this kind.
    fn written_as(&self, field: &Field, words: &str) -> String {
        let is_atom = matches!(self.format, Format::Atom | Format::Atom03);
        let text = self.text(field);
        match self.text_kind(field) {
            TextKind::Xhtml if is_atom => {
                let escaped = encode(words, Style::Escaped);
                format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{escaped}</div>")
            }
            TextKind::Xhtml => encode(words, Style::Escaped),
            kind => {
                // RSS does not say whether a text is HTML; readers take it for HTML where it has references.
                let is_encoded = kind == TextKind::Html
                    && (is_atom || entity::decode(text.value()) != text.value())
                    && field.meaning != Meaning::Link;
                let html = if is_encoded { entity::escape(words) } else { words.into() };
                match text.style() {
                    Style::CData => format!("{CDATA_OPEN}{}{CDATA_CLOSE}", encode(&html, Style::CData)),
                    _ => encode(&html, Style::Escaped),
                }
            }
        }
    }

    /// A field that the feed does not have, put before all others.
    fn put_first(&self, about: About, words: &str) -> Option<Edit> {
        let is_json = self.format == Format::Json;
        let root = match self.format {
            Format::Rss | Format::Rdf => self.roots.get(1).copied()?,
            _ => self.roots.first().copied()?,
        };
        let at = if is_json { root.start + 1 } else { root.end };
        if !is_json && root.of(&self.source).ends_with("/>") {
            return None;
        }
        let rest = &self.source[at as usize..];
        let space = &rest[..rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_whitespace()).len()];
        let element = if is_json { member(about, words) } else { self.element_of(root, about, words) };
        Some(Edit { span: Span::empty(at), text: format!("{space}{element}") })
    }

    fn element_of(&self, root: Span, about: About, words: &str) -> String {
        let name = tag::name(&self.source, root).of(&self.source);
        let own = name.rsplit_once(':').map_or(String::new(), |(prefix, _)| format!("{prefix}:"));
        let local = match (self.format, about) {
            (Format::Atom | Format::Atom03, About::Link) => {
                return format!("<{own}link rel=\"alternate\" href=\"{}\"/>", in_quotes(words));
            }
            (Format::Atom, About::Description) => "subtitle",
            (Format::Atom03, About::Description) => "tagline",
            (_, about) => about.name(),
        };
        format!("<{own}{local}>{}</{own}{local}>", encode(words, Style::Escaped))
    }
}

/// A member to stand before others; a feed of JSON has at least its version and its items.
fn member(about: About, words: &str) -> String {
    let name = if about == About::Link { "home_page_url" } else { about.name() };
    format!("\"{name}\": \"{}\",", encode(words, Style::Json))
}
