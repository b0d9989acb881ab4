//! A feed as its source text and spans into it.
//!
//! Nothing here models a feed to write it out again: what is not touched is copied from the source, so
//! there is nothing that could be lost.

pub mod atom;
pub mod date;
pub mod draft;
pub mod body;
pub mod lower;
pub mod ns;
pub mod parse;
pub mod rss;
pub mod sniff;
pub mod title;

use crate::span::Span;
use crate::xml::tag;
use crate::xml::text::Text;

pub use draft::Draft;
pub use parse::{ParseError, parse};

/// The formats limpid reads and edits in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// RSS 2.0 (<https://www.rssboard.org/rss-specification>).
    Rss,
    /// Atom 1.0 (RFC 4287).
    Atom,
}

impl Format {
    /// The media type it is served as.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Rss => "application/rss+xml; charset=utf-8",
            Format::Atom => "application/atom+xml; charset=utf-8",
        }
    }
}

/// A parsed feed: the source text, and where in it everything stands.
#[derive(Debug)]
pub struct Feed {
    /// The source, decoded to UTF-8.
    pub source: String,
    /// What it is.
    pub format: Format,
    /// The fields of the feed itself.
    pub fields: Vec<Field>,
    /// The items (RSS) or entries (Atom), in the order of the source.
    pub items: Vec<Item>,
}

/// One item (RSS) or entry (Atom).
#[derive(Debug)]
pub struct Item {
    /// The whole element, with the white space before it, so that taking it out leaves no hole.
    pub span: Span,
    /// Its child elements.
    pub fields: Vec<Field>,
}

/// What an element means, whatever its format calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// The title.
    Title,
    /// The address of the page it stands for.
    Link,
    /// What identifies the item: RSS `guid`, Atom `id`.
    Id,
    /// Who wrote it.
    Author,
    /// A category or tag.
    Category,
    /// When it was published.
    Published,
    /// When it was last changed.
    Updated,
    /// The full text: `content:encoded`, Atom `content`.
    Content,
    /// The short text, or the only one: `description`, Atom `summary`.
    Summary,
    /// A media file.
    Enclosure,
    /// The software that wrote the feed.
    Generator,
    /// Anything else; kept as it is.
    Other,
}

/// One child element of a feed or an item.
#[derive(Clone, Debug)]
pub struct Field {
    /// What it means.
    pub meaning: Meaning,
    /// The start tag, or the whole of an empty-element tag.
    pub tag: Span,
    /// What stands between its tags; `None` for an empty-element tag.
    pub inner: Option<Span>,
    /// Whether there are child elements in it.
    pub has_children: bool,
}

/// What kind of text a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextKind {
    /// Words, to be shown as they are.
    Plain,
    /// HTML, escaped or in a CDATA section.
    Html,
    /// XHTML, as elements.
    Xhtml,
}

impl Feed {
    /// The text of a field.
    pub fn text<'f>(&'f self, field: &Field) -> Text<'f> {
        let inner = field.inner.unwrap_or(Span::empty(field.tag.end));
        if field.has_children { Text::markup(&self.source, inner) } else { Text::parse(&self.source, inner) }
    }

    /// What kind of text a field holds.
    pub fn text_kind(&self, field: &Field) -> TextKind {
        match self.format {
            Format::Rss if field.has_children => TextKind::Xhtml,
            Format::Rss => TextKind::Html,
            Format::Atom => atom::text_kind(self, field),
        }
    }

    /// An attribute of a field's own element.
    pub fn attribute(&self, field: &Field, name: &str) -> Option<String> {
        tag::attribute(&self.source, field.tag, name)
    }

    /// The address of the page that the feed is of.
    pub fn site(&self) -> Option<String> {
        let link = self.fields.iter().find(|f| f.meaning == Meaning::Link)?;
        let address = self.attribute(link, "href").unwrap_or_else(|| self.text(link).value().to_owned());
        Some(address.trim().to_owned())
    }

    /// The text of the first field of the feed itself with this meaning, trimmed.
    pub fn value(&self, meaning: Meaning) -> Option<String> {
        let field = self.fields.iter().find(|f| f.meaning == meaning)?;
        Some(self.text(field).value().trim().to_owned())
    }
}

impl Item {
    /// Its fields with this meaning, in the order of the source.
    pub fn all(&self, meaning: Meaning) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(move |f| f.meaning == meaning)
    }

    /// Its first field with this meaning.
    pub fn first(&self, meaning: Meaning) -> Option<&Field> {
        self.all(meaning).next()
    }
}
