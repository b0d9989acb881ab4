//! From XML to spans: one pass over quick-xml's events that notes where items and their fields stand.
//!
//! It does no I/O, expands no entity and fetches no DTD.

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{NamespaceResolver, ResolveResult};
use quick_xml::{Error as XmlError, Reader};

use super::ns::Ns;
use super::parse::{MAX_DEPTH, ParseError, short};
use super::{Field, Format, Item, Listed, Meaning, atom, rss};
use crate::span::{Span, offset};
use crate::xml::{self, tag};

/// What a feed consists of.
#[derive(Debug)]
pub struct Parts {
    /// What it is.
    pub format: Format,
    /// The start tags around the items.
    pub roots: Vec<Span>,
    /// The fields of the feed itself.
    pub fields: Vec<Field>,
    /// Its items.
    pub items: Vec<Item>,
    /// RSS 1.0: its table of contents.
    pub listed: Vec<Listed>,
    /// Where another item would stand.
    pub more: Option<u32>,
}

/// Where in the document an element stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The root: `rss`, `rdf:RDF` or `feed`.
    Root,
    /// RSS `channel`.
    Channel,
    /// `item` or `entry`.
    Item,
    /// A child of the feed or of an item.
    Field,
    /// The description inside `media:group`, where `YouTube` keeps an item's text.
    Nested,
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
    /// The namespace of the root, which is that of the feed's own elements.
    own: Ns,
    roots: Vec<Span>,
    fields: Vec<Field>,
    items: Vec<Item>,
    listed: Vec<Listed>,
    more: Option<u32>,
    /// Which field is open, and which one is nested in it.
    open: (usize, usize),
    /// Where the white space before the next tag starts.
    gap: u32,
    /// Where the event at hand starts.
    at: u32,
}

/// Finds the items and fields of an XML feed.
///
/// # Errors
/// Where it is no feed, or not well-formed.
pub fn scan(source: &str) -> Result<Parts, ParseError> {
    let mut scan = Scan::new(source);
    scan.run()?;
    let Scan { format, roots, fields, items, listed, more, .. } = scan;
    let format = format.ok_or(ParseError::Unknown)?;
    Ok(Parts { format, roots, fields, items, listed, more })
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
            own: Ns::Other,
            roots: Vec::new(),
            fields: Vec::new(),
            items: Vec::new(),
            listed: Vec::new(),
            more: None,
            open: (0, 0),
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
        // The check before has seen to it that they are allowed.
        self.names.push(tag).map_err(|_| self.ill_formed_because("a tag declares too many namespaces"))?;
        let (ns, name) = self.resolve(tag);
        let place = self.place(tag, ns, name)?;
        let span = Span { start: self.at, end: self.position() };
        match place {
            Place::Root | Place::Channel => self.roots.push(span),
            Place::Item => {
                let whole = Span { start: self.gap, end: span.end };
                self.items.push(Item { span: whole, tag: span, fields: Vec::with_capacity(12) });
            }
            Place::Field => {
                let meaning = self.meaning(tag, ns, name);
                self.open.0 = self.push_field(meaning, ns, span);
            }
            Place::Nested => self.open.1 = self.push_field(Meaning::Summary, ns, span),
            Place::Deeper => self.note_deeper(ns, name, span),
        }
        self.stack.push(place);
        Ok(())
    }

    fn push_field(&mut self, meaning: Meaning, ns: Ns, tag: Span) -> usize {
        if self.stack.last() == Some(&Place::Field) {
            self.note_child();
        }
        let fields = self.fields_mut();
        fields.push(Field { meaning, ns, tag, inner: None, has_children: false });
        fields.len() - 1
    }

    fn note_child(&mut self) {
        let open = self.open.0;
        self.fields_mut()[open].has_children = true;
    }

    fn note_deeper(&mut self, ns: Ns, name: &str, span: Span) {
        match self.stack.last() {
            Some(Place::Field) => self.note_child(),
            Some(Place::Nested) => {
                let open = self.open.1;
                self.fields_mut()[open].has_children = true;
            }
            _ if self.is_in_contents() && ns == Ns::Rdf && name == "li" => {
                let resource = tag::attribute_of_any_prefix(self.source, span, "resource");
                let span = Span { start: self.gap, end: span.end };
                self.listed.extend(resource.map(|resource| Listed { span, resource }));
            }
            _ => {}
        }
    }

    /// Whether the element at hand stands in the `items` of an RSS 1.0 channel.
    fn is_in_contents(&self) -> bool {
        let is_of_channel = matches!(self.stack.as_slice(), [Place::Root, Place::Channel, Place::Field, ..]);
        let field = self.fields.get(self.open.0).filter(|field| field.ns == Ns::Rss);
        is_of_channel && field.is_some_and(|field| tag::local_name(self.source, field.tag) == "items")
    }

    fn place(&mut self, tag: &BytesStart<'_>, ns: Ns, name: &str) -> Result<Place, ParseError> {
        let Some(parent) = self.stack.last().copied() else {
            return self.root(tag, ns, name);
        };
        let is = |wanted: &str| ns == Ns::Rss && name.eq_ignore_ascii_case(wanted);
        let is_rss = matches!(self.format, Some(Format::Rss | Format::Rdf));
        Ok(match parent {
            Place::Root if is_rss && is("channel") => Place::Channel,
            // RSS 1.0 has its items beside the channel, and so have some that call themselves 0.9x.
            Place::Root | Place::Channel if is_rss && is("item") => Place::Item,
            Place::Root if !is_rss && ns == self.own && name == "entry" => Place::Item,
            Place::Root if self.format == Some(Format::Rss) => Place::Deeper,
            Place::Root | Place::Channel | Place::Item => Place::Field,
            Place::Field if ns == Ns::Media && name == "description" && self.is_in_item() => Place::Nested,
            _ => Place::Deeper,
        })
    }

    fn is_in_item(&self) -> bool {
        self.stack.contains(&Place::Item)
    }

    fn root(&mut self, tag: &BytesStart<'_>, ns: Ns, name: &str) -> Result<Place, ParseError> {
        self.format = match (self.format, ns, name) {
            (Some(_), ..) => return Err(self.ill_formed_because("a second document follows the first")),
            (None, Ns::Rss, name) if name.eq_ignore_ascii_case("rss") => Some(Format::Rss),
            (None, Ns::Rdf, "RDF") => Some(Format::Rdf),
            (None, Ns::Atom, "feed") => Some(Format::Atom),
            // Without a namespace it is what its elements make it; with the names of both there is no harm.
            (None, Ns::Atom03 | Ns::Rss, "feed") => Some(Format::Atom03),
            (None, _, name) if name.eq_ignore_ascii_case("html") => return Err(ParseError::Html),
            (None, ..) => return Err(ParseError::OtherXml(short(tag.name().as_ref()))),
        };
        self.own = ns;
        Ok(Place::Root)
    }

    fn meaning(&self, tag: &BytesStart<'_>, ns: Ns, name: &str) -> Meaning {
        match self.format {
            Some(Format::Atom | Format::Atom03) if ns == self.own && name == "link" => {
                let rel = tag.try_get_attribute("rel").ok().flatten();
                atom::link_meaning(rel.as_ref().map(|a| a.value.as_ref()))
            }
            Some(Format::Atom | Format::Atom03) if ns == self.own => atom::meaning(name),
            Some(Format::Atom | Format::Atom03) => atom::extended(ns, name),
            _ => rss::meaning(ns, name),
        }
    }

    fn resolve<'t>(&self, tag: &'t BytesStart<'_>) -> (Ns, &'t str) {
        let (ns, local) = self.names.resolve_element(tag.name());
        let ns = match ns {
            ResolveResult::Bound(ns) => Ns::of(ns.as_ref()),
            ResolveResult::Unbound => Ns::Rss,
            ResolveResult::Unknown(_) => Ns::Other,
        };
        (ns, local.into_inner())
    }

    fn close(&mut self, empty: bool) {
        self.names.pop();
        let end = self.position();
        let content_end = self.at;
        let open = self.open;
        match self.stack.pop() {
            Some(Place::Item) => {
                if let Some(item) = self.items.last_mut() {
                    item.span.end = end;
                }
                self.more = Some(end);
            }
            Some(Place::Field) if !empty => self.close_field(open.0, content_end),
            Some(Place::Nested) if !empty => self.close_field(open.1, content_end),
            // Without an item, one would stand before the end tag of what holds them.
            Some(Place::Channel) if !empty && self.format == Some(Format::Rss) && self.more.is_none() => {
                self.more = Some(self.gap);
            }
            Some(Place::Root) if !empty && self.more.is_none() => self.more = Some(self.gap),
            _ => {}
        }
    }

    fn close_field(&mut self, index: usize, end: u32) {
        if let Some(field) = self.fields_mut().get_mut(index) {
            field.inner = Some(Span { start: field.tag.end, end });
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
            Some(Place::Item) if self.own == Ns::Rss => "item".into(),
            Some(Place::Item) => "entry".into(),
            Some(Place::Channel) => "channel".into(),
            Some(Place::Field | Place::Nested) => {
                let in_item = self.items.last().filter(|_| self.is_in_item());
                let field = in_item.map_or(&self.fields, |item| &item.fields).last();
                field.map_or_else(String::new, |f| short(tag::name(self.source, f.tag).of(self.source)))
            }
            _ => self
                .roots
                .first()
                .map_or_else(|| "rss".into(), |root| short(tag::name(self.source, *root).of(self.source))),
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
        let cause = cause.strip_prefix("ill-formed document: ").unwrap_or(cause);
        ParseError::ill_formed(self.source, at, cause)
    }
}
