//! A feed as its source text and spans into it.
//!
//! Nothing here models a feed to write it out again: what is not touched is copied from the source, so
//! there is nothing that could be lost.

pub mod articles;
pub mod about;
mod added;
pub mod atom;
pub mod body;
pub mod date;
pub mod draft;
pub mod json;
pub mod language;
pub mod links_back;
pub mod lower;
pub mod named;
pub mod ns;
pub mod parse;
pub mod part;
pub mod place;
pub mod platform;
pub mod read;
pub mod rss;
pub mod scan;
pub mod schedule;
pub mod scope;
pub mod sniff;
pub mod summary;
pub mod title;
pub mod written;

use std::borrow::Cow;
use std::mem::size_of;

use serde::{Deserialize, Serialize};

use crate::span::Span;
use crate::text::Text;
use crate::xml::entities::Entities;
use crate::xml::tag;

pub use draft::Draft;
pub use ns::Ns;
pub use parse::{ParseError, parse};

/// The formats limpid reads and edits in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// RSS 0.91, 0.92, 0.93 and 2.0 (<https://www.rssboard.org/rss-specification>).
    Rss,
    /// RSS 0.90 and 1.0, which are RDF (<https://web.resource.org/rss/1.0/spec>).
    Rdf,
    /// Atom 1.0 (RFC 4287).
    Atom,
    /// Atom 0.3, and feeds of Atom's elements without a namespace.
    Atom03,
    /// JSON Feed 1.0 and 1.1 (<https://www.jsonfeed.org/version/1.1/>).
    Json,
}

impl Format {
    /// The media type it is served as.
    pub fn media_type(self) -> &'static str {
        match self {
            Format::Rss => "application/rss+xml; charset=utf-8",
            Format::Rdf => "application/rdf+xml; charset=utf-8",
            Format::Atom | Format::Atom03 => "application/atom+xml; charset=utf-8",
            Format::Json => "application/feed+json; charset=utf-8",
        }
    }
}

/// A parsed feed: the source text, and where in it everything stands.
#[derive(Debug)]
pub struct Feed {
    /// The source, decoded to UTF-8 and well-formed.
    pub source: String,
    /// What it is.
    pub format: Format,
    /// The start tags around the items: `rss` and `channel`, `rdf:RDF` and `channel`, or `feed`. JSON: the
    /// whole object.
    pub roots: Vec<Span>,
    /// The fields of the feed itself.
    pub fields: Vec<Field>,
    /// The items (RSS, JSON) or entries (Atom), in the order of the source.
    pub items: Vec<Item>,
    /// RSS 1.0: the channel's table of contents.
    pub listed: Vec<Listed>,
    /// The entities it declares itself.
    pub entities: Entities,
    /// Where another item would stand; `None` where there is no room for one.
    pub more: Option<u32>,
    /// What had to be mended before it could be read.
    pub mended: Vec<Mended>,
    /// Whether its end is missing, and with it an item perhaps.
    pub is_cut_off: bool,
}

/// Something ill-formed that was mended by an edit of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mended {
    /// What it was, in words.
    pub what: String,
    /// Where it was first: the line, from 1; `None` where it is of the whole.
    pub line: Option<usize>,
    /// How often.
    pub count: usize,
}

impl Mended {
    /// Something that was mended.
    pub fn new(what: impl Into<String>, line: Option<usize>, count: usize) -> Self {
        Mended { what: what.into(), line, count }
    }
}

/// One item (RSS, JSON) or entry (Atom).
#[derive(Debug)]
pub struct Item {
    /// The whole element, with the white space before it (JSON: and the comma), so that taking it out leaves
    /// no hole.
    pub span: Span,
    /// Its start tag. JSON: the empty span where the object starts.
    pub tag: Span,
    /// Its child elements, or members.
    pub fields: Vec<Field>,
}

/// An entry of the table of contents that an RSS 1.0 channel has (`rdf:li`, RSS 1.0 §5.3.5).
#[derive(Debug)]
pub struct Listed {
    /// Its tag, with the white space before it.
    pub span: Span,
    /// The `rdf:about` of the item it stands for.
    pub resource: String,
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

/// One child element, or member, of a feed or an item.
#[derive(Clone, Debug)]
pub struct Field {
    /// What it means.
    pub meaning: Meaning,
    /// Where its name is from.
    pub ns: Ns,
    /// The start tag, or the whole of an empty-element tag. JSON: the name, quotes included.
    pub tag: Span,
    /// What stands between its tags; `None` for an empty-element tag. JSON: what stands between the quotes of
    /// a string, or any other value as it is.
    pub inner: Option<Span>,
    /// Whether there are child elements in it. JSON: whether it is anything but a string.
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
    /// How many bytes it takes in memory, about.
    pub fn weight(&self) -> usize {
        let fields = |fields: &Vec<Field>| fields.capacity() * size_of::<Field>();
        let items: usize = self.items.iter().map(|item| fields(&item.fields)).sum();
        let listed: usize = self.listed.iter().map(|one| size_of::<Listed>() + one.resource.capacity()).sum();
        let own = size_of::<Feed>() + fields(&self.fields) + self.items.capacity() * size_of::<Item>();
        own + self.source.capacity() + items + listed
    }

    /// The text of a field.
    pub fn text<'f>(&'f self, field: &Field) -> Text<'f> {
        let inner = field.inner.unwrap_or(Span::empty(field.tag.end));
        match self.format {
            _ if field.has_children => Text::markup(&self.source, inner),
            Format::Json => Text::json(&self.source, inner),
            _ => Text::parse_with(&self.source, inner, &self.entities),
        }
    }

    /// What a field says, trimmed.
    pub fn value_of(&self, field: &Field) -> Cow<'_, str> {
        if self.format == Format::Json && field.has_children && self.text(field).value() == "null" {
            return Cow::Borrowed("");
        }
        match self.text(field).to_value() {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
        }
    }

    /// What kind of text a field holds.
    pub fn text_kind(&self, field: &Field) -> TextKind {
        match self.format {
            Format::Rss | Format::Rdf => rss::text_kind(self, field),
            Format::Atom | Format::Atom03 => atom::text_kind(self, field),
            Format::Json => json::text_kind(self, field),
        }
    }

    /// An attribute of a field's own element.
    pub fn attribute(&self, field: &Field, name: &str) -> Option<String> {
        tag::attribute(&self.source, field.tag, name)
    }

    /// The name of a field: without its prefix, or the name of a member.
    pub fn name(&self, field: &Field) -> &str {
        if self.format == Format::Json {
            return field.tag.of(&self.source).trim_matches('"');
        }
        tag::local_name(&self.source, field.tag)
    }

    /// The whole of a field, from its start tag or name to its end.
    pub fn whole(&self, field: &Field) -> Span {
        let Some(inner) = field.inner else { return field.tag };
        let rest = &self.source[inner.end as usize..];
        let close = match self.format {
            Format::Json => usize::from(!field.has_children),
            _ => rest.find('>').map_or(0, |at| at + 1),
        };
        Span { start: field.tag.start, end: inner.end + crate::span::offset(close) }
    }

    /// The name of its root element.
    pub fn root_name(&self) -> &str {
        self.roots.first().map_or("", |root| tag::name(&self.source, *root).of(&self.source))
    }

    /// The text of the first field of the feed itself with this meaning, trimmed.
    pub fn value(&self, meaning: Meaning) -> Option<String> {
        let field = self.fields.iter().find(|f| f.meaning == meaning)?;
        Some(self.value_of(field).into_owned())
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

    /// Its element, without the white space before it.
    pub fn element(&self) -> Span {
        Span { start: self.tag.start, end: self.span.end }
    }
}
