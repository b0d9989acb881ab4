//! From text to spans: one pass over quick-xml's events that notes where items and their fields stand.
//!
//! It does no I/O, expands no entity and fetches no DTD.

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{NamespaceResolver, ResolveResult};
use quick_xml::{Error as XmlError, Reader};
use thiserror::Error;

use super::ns::Ns;
use super::sniff::{Looks, sniff};
use super::{Feed, Field, Format, Item, Meaning, atom, rss};
use crate::span::{MAX_TEXT, Span, offset};
use crate::xml;

/// How deep elements may nest. Real feeds stay under 30 (XHTML content included).
pub const MAX_DEPTH: usize = 512;

/// Why a text is not a feed that can be edited.
#[derive(Debug, Error)]
pub enum ParseError {
    /// Nothing there.
    #[error("the publisher sent an empty page instead of a feed")]
    Empty,
    /// A web page.
    #[error("the publisher sent a web page (HTML), not a feed; check the address")]
    Html,
    /// JSON.
    #[error("the publisher sent JSON; limpid reads RSS 2.0 and Atom 1.0")]
    Json,
    /// Something else.
    #[error("what the publisher sent is no feed: it starts with neither XML nor HTML")]
    Unknown,
    /// XML, but another kind.
    #[error("the publisher sent XML of another kind (its root is <{0}>); limpid reads RSS 2.0 and Atom 1.0")]
    OtherXml(String),
    /// The end is missing.
    #[error("the feed is cut off: <{0}> is never closed")]
    Truncated(String),
    /// Not well-formed.
    #[error("the feed is not well-formed XML at line {line}: {cause}")]
    IllFormed {
        /// The line of the source, from 1.
        line: usize,
        /// What the XML parser said.
        cause: String,
    },
    /// Nested beyond [`MAX_DEPTH`].
    #[error("the feed nests elements more than {MAX_DEPTH} deep")]
    TooDeep,
    /// Longer than spans can index.
    #[error("the feed is longer than {} MiB", MAX_TEXT >> 20)]
    TooLong,
}

/// Reads a feed. The text is kept inside, and every position is a span into it.
///
/// ```
/// let text = "<rss version='2.0'><channel><title>T</title><item><title>A</title></item></channel></rss>";
/// let feed = limpid::feed::parse(text.to_owned())?;
/// assert_eq!(feed.items.len(), 1);
/// # Ok::<(), limpid::feed::ParseError>(())
/// ```
///
/// # Errors
/// Where the text is no RSS 2.0 or Atom 1.0, or not well-formed; the error is one sentence for a person.
pub fn parse(source: String) -> Result<Feed, ParseError> {
    if source.len() > MAX_TEXT {
        return Err(ParseError::TooLong);
    }
    match sniff(&source) {
        Looks::Xml => {}
        Looks::Html => return Err(ParseError::Html),
        Looks::Json => return Err(ParseError::Json),
        Looks::Empty => return Err(ParseError::Empty),
        Looks::Unknown => return Err(ParseError::Unknown),
    }
    let mut scan = Scan::new(&source);
    scan.run()?;
    let Scan { format, fields, items, .. } = scan;
    let format = format.ok_or(ParseError::Unknown)?;
    Ok(Feed { source, format, fields, items })
}

/// Where in the document an element stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The root, `rss` or `feed`.
    Root,
    /// RSS `channel`.
    Channel,
    /// `item` or `entry`.
    Item,
    /// A child of the feed or of an item.
    Field,
    /// Anything deeper, or beside these.
    Deeper,
}

struct Scan<'a> {
    source: &'a str,
    /// What to add to the reader's positions.
    mark: usize,
    reader: Reader<&'a [u8]>,
    names: NamespaceResolver,
    stack: Vec<Place>,
    format: Option<Format>,
    fields: Vec<Field>,
    items: Vec<Item>,
    /// Where the white space before the next tag starts.
    gap: u32,
    /// Where the event at hand starts.
    at: u32,
}

impl<'a> Scan<'a> {
    fn new(source: &'a str) -> Self {
        let (reader, mark) = xml::reader(source);
        Scan {
            source,
            mark,
            reader,
            names: NamespaceResolver::default(),
            stack: Vec::new(),
            format: None,
            fields: Vec::new(),
            items: Vec::new(),
            gap: 0,
            at: 0,
        }
    }

    fn run(&mut self) -> Result<(), ParseError> {
        loop {
            self.at = self.position();
            let event = self.reader.read_event().map_err(|e| self.ill_formed(&e))?;
            match event {
                Event::Start(tag) => self.open(&tag)?,
                Event::Empty(tag) => {
                    self.open(&tag)?;
                    self.close(true);
                }
                Event::End(_) => self.close(false),
                Event::Text(text) if text.bytes().all(|b| b.is_ascii_whitespace()) => continue,
                Event::Eof => return self.end(),
                _ => {}
            }
            self.gap = self.position();
        }
    }

    fn position(&self) -> u32 {
        let at = usize::try_from(self.reader.buffer_position()).expect("a text's length is a usize");
        offset(self.mark + at)
    }

    fn open(&mut self, tag: &BytesStart<'_>) -> Result<(), ParseError> {
        if self.stack.len() >= MAX_DEPTH {
            return Err(ParseError::TooDeep);
        }
        self.names.push(tag).map_err(|e| self.ill_formed(&XmlError::Namespace(e)))?;
        let place = self.place(tag)?;
        let span = Span { start: self.at, end: self.position() };
        match place {
            Place::Item => {
                let fields = Vec::with_capacity(12);
                self.items.push(Item { span: Span { start: self.gap, end: span.end }, fields });
            }
            Place::Field => {
                let field = Field { meaning: self.meaning(tag), tag: span, inner: None, has_children: false };
                self.fields_mut().push(field);
            }
            Place::Deeper if self.stack.last() == Some(&Place::Field) => {
                if let Some(field) = self.fields_mut().last_mut() {
                    field.has_children = true;
                }
            }
            _ => {}
        }
        self.stack.push(place);
        Ok(())
    }

    fn place(&mut self, tag: &BytesStart<'_>) -> Result<Place, ParseError> {
        let Some(parent) = self.stack.last().copied() else {
            return self.root(tag);
        };
        let (ns, name) = self.resolve(tag);
        Ok(match (parent, self.format) {
            (Place::Root, Some(Format::Rss)) if is_plain(ns) && name == "channel" => Place::Channel,
            (Place::Channel, _) if is_plain(ns) && name == "item" => Place::Item,
            (Place::Root, Some(Format::Atom)) if ns == Ns::Atom && name == "entry" => Place::Item,
            (Place::Root, Some(Format::Atom)) | (Place::Channel | Place::Item, _) => Place::Field,
            _ => Place::Deeper,
        })
    }

    fn root(&mut self, tag: &BytesStart<'_>) -> Result<Place, ParseError> {
        let (ns, name) = self.resolve(tag);
        self.format = match (self.format, ns, name) {
            (None, Ns::None, "rss") => Some(Format::Rss),
            (None, Ns::Atom, "feed") => Some(Format::Atom),
            (None, _, name) if name.eq_ignore_ascii_case("html") => return Err(ParseError::Html),
            (None, ..) => return Err(ParseError::OtherXml(short(tag.name().as_ref()))),
            (Some(_), ..) => return Err(self.ill_formed_because("a second document follows the first")),
        };
        Ok(Place::Root)
    }

    fn meaning(&self, tag: &BytesStart<'_>) -> Meaning {
        let (ns, name) = self.resolve(tag);
        match self.format {
            Some(Format::Atom) if ns == Ns::Atom && name == "link" => {
                let rel = tag.try_get_attribute("rel").ok().flatten();
                atom::link_meaning(rel.as_ref().map(|a| a.value.as_ref()))
            }
            Some(Format::Atom) => atom::meaning(ns, name),
            _ => rss::meaning(ns, name),
        }
    }

    fn resolve<'t>(&self, tag: &'t BytesStart<'_>) -> (Ns, &'t str) {
        let (ns, local) = self.names.resolve_element(tag.name());
        let ns = match ns {
            ResolveResult::Bound(ns) => Ns::of(ns.as_ref()),
            ResolveResult::Unbound => Ns::None,
            ResolveResult::Unknown(_) => Ns::Other,
        };
        (ns, local.into_inner())
    }

    fn close(&mut self, empty: bool) {
        self.names.pop();
        let end = self.position();
        let content_end = self.at;
        match self.stack.pop() {
            Some(Place::Item) => {
                if let Some(item) = self.items.last_mut() {
                    item.span.end = end;
                }
            }
            Some(Place::Field) if !empty => {
                if let Some(field) = self.fields_mut().last_mut() {
                    field.inner = Some(Span { start: field.tag.end, end: content_end });
                }
            }
            _ => {}
        }
    }

    /// Where the fields of the element at hand go: to the open item, or to the feed.
    fn fields_mut(&mut self) -> &mut Vec<Field> {
        match self.items.last_mut() {
            Some(item) if self.stack.contains(&Place::Item) => &mut item.fields,
            _ => &mut self.fields,
        }
    }

    fn end(&self) -> Result<(), ParseError> {
        if self.stack.is_empty() { Ok(()) } else { Err(ParseError::Truncated(self.open_name())) }
    }

    /// The name of the innermost element still open, for the message.
    fn open_name(&self) -> String {
        match self.stack.iter().rev().find(|p| **p != Place::Deeper) {
            Some(Place::Item) if self.format == Some(Format::Atom) => "entry".into(),
            Some(Place::Item) => "item".into(),
            Some(Place::Channel) => "channel".into(),
            Some(Place::Field) => {
                let in_item = self.items.last().filter(|_| self.stack.contains(&Place::Item));
                let field = in_item.map_or(&self.fields, |item| &item.fields).last();
                field.map_or_else(String::new, |f| {
                    short(crate::xml::tag::name(self.source, f.tag).of(self.source))
                })
            }
            _ if self.format == Some(Format::Atom) => "feed".into(),
            _ => "rss".into(),
        }
    }

    fn ill_formed(&self, error: &XmlError) -> ParseError {
        if let XmlError::Syntax(_) = error {
            // Every syntax error of quick-xml is markup that the end of the text cut in two.
            return ParseError::Truncated(self.open_name());
        }
        self.ill_formed_because(&error.to_string())
    }

    fn ill_formed_because(&self, cause: &str) -> ParseError {
        let at = usize::try_from(self.reader.error_position()).unwrap_or(0).max(self.at as usize);
        let line = self.source[..at.min(self.source.len())].bytes().filter(|b| *b == b'\n').count() + 1;
        let cause = cause.strip_prefix("ill-formed document: ").unwrap_or(cause);
        let cause = cause.chars().take(160).collect();
        ParseError::IllFormed { line, cause }
    }
}

/// As much of what the publisher wrote as a sentence can hold.
fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

fn is_plain(ns: Ns) -> bool {
    ns == Ns::None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        parse(text.to_owned()).unwrap_err().to_string()
    }

    #[test]
    fn an_item_takes_the_white_space_before_it() {
        let text =
            "<rss><channel>\n <title>T</title>\n <item/>\n <item><guid>1</guid></item>\n</channel></rss>";
        let feed = parse(text.to_owned()).unwrap();
        let items: Vec<&str> = feed.items.iter().map(|i| i.span.of(text)).collect();
        assert_eq!(items, ["\n <item/>", "\n <item><guid>1</guid></item>"]);
        assert_eq!(feed.items[1].fields[0].inner.unwrap().of(text), "1");
    }

    #[test]
    fn namespaces_count_and_prefixes_do_not() {
        let text = "<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:entry><a:title>x</a:title>\
                    <title>y</title></a:entry></a:feed>";
        let feed = parse(text.to_owned()).unwrap();
        let meanings: Vec<Meaning> = feed.items[0].fields.iter().map(|f| f.meaning).collect();
        assert_eq!(meanings, [Meaning::Title, Meaning::Other]);
    }

    #[test]
    fn what_is_no_feed_gets_a_sentence() {
        assert!(error("").contains("empty"));
        assert!(error("<!doctype html><html>").contains("web page"));
        assert!(error("{}").contains("JSON"));
        assert!(error("<svg/>").contains("<svg>"));
        assert_eq!(error("<rss><channel><item><title>x"), "the feed is cut off: <title> is never closed");
        assert_eq!(
            error("<rss><channel><item><title><![CDATA[x"),
            "the feed is cut off: <title> is never closed"
        );
        assert!(error("<rss>\n</rdf>").contains("line 2"));
        assert!(error("<rss></rss><rss></rss>").contains("second document"));
        assert!(error(&"<rss>".repeat(1_000_000)).contains("512 deep"));
    }
}
