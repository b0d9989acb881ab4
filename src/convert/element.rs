//! Elements of other namespaces, read so that they can stand in another document.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use quick_xml::escape::{resolve_xml_entity, unescape_with};
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::{NamespaceResolver, QName, ResolveResult};

use crate::feed::Ns;
use crate::feed::ns::PREFIXES;
use crate::html::entity;
use crate::span::Span;
use crate::xml;
use crate::xml::entities::Entities;

/// The longest name of a namespace that is taken for one, in bytes.
const MAX_NS: usize = 512;

/// The namespace of `xml:lang` and `xml:space`, whose prefix needs no declaration.
pub(super) const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// The name of an element or an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The prefix that the publisher wrote; may be empty.
    pub prefix: String,
    /// The name without it.
    pub local: String,
    /// The namespace; empty for none.
    pub ns: Rc<str>,
}

/// An attribute, with its value as it is read.
pub type Attribute = (Name, String);

/// An element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// Its name.
    pub name: Name,
    /// Its attributes, without namespace declarations.
    pub attributes: Vec<Attribute>,
    /// What is in it.
    pub children: Vec<Node>,
}

/// What is in an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// An element.
    Element(Element),
    /// Text.
    Text(String),
    /// Text in a CDATA section.
    Section(String),
}

impl Name {
    /// A name of no namespace.
    pub fn bare(local: &str) -> Self {
        Name { prefix: String::new(), local: local.to_owned(), ns: Rc::from("") }
    }

    /// A name of one of the namespaces that feeds use, by the prefix they use for it.
    pub fn known(prefix: &str, local: &str) -> Self {
        let ns = known_namespace(prefix).unwrap_or_default();
        Name { prefix: prefix.to_owned(), local: local.to_owned(), ns: Rc::from(ns) }
    }
}

impl Element {
    /// An element with attributes and nothing in it.
    pub fn empty(name: Name, attributes: &[(&str, &str)]) -> Self {
        let attributes = attributes.iter().map(|(name, value)| (Name::bare(name), (*value).to_owned()));
        Element { name, attributes: attributes.collect(), children: Vec::new() }
    }

    /// An element with text in it.
    pub fn text(name: Name, text: &str) -> Self {
        Element { name, attributes: Vec::new(), children: vec![Node::Text(text.to_owned())] }
    }

    /// Its name as the publisher wrote it: `<itunes:author>`.
    pub fn tag(&self) -> String {
        let Name { prefix, local, .. } = &self.name;
        if prefix.is_empty() { format!("<{local}>") } else { format!("<{prefix}:{local}>") }
    }

    /// RSS's own elements as RSS 2.0 has them: without a namespace, `textinput` with a capital.
    #[must_use]
    pub fn in_rss(mut self) -> Element {
        if Ns::of(&self.name.ns) == Ns::Rss {
            let is_input = self.name.local == "textinput";
            self.name = Name::bare(if is_input { "textInput" } else { &self.name.local });
            self.attributes.retain(|(name, _)| name.ns.is_empty());
        }
        let children = self.children.into_iter().map(|child| match child {
            Node::Element(inner) => Node::Element(inner.in_rss()),
            text => text,
        });
        self.children = children.collect();
        self
    }

    /// Whether it is this element of this namespace.
    pub fn is(&self, ns: Ns, local: &str) -> bool {
        self.name.local == local && Ns::of(&self.name.ns) == ns
    }

    /// An attribute without a prefix, trimmed.
    pub fn attribute(&self, local: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(name, _)| name.ns.is_empty() && name.local == local);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }

    /// The text directly in it, trimmed.
    pub fn value(&self) -> String {
        let texts = self.children.iter().filter_map(|node| match node {
            Node::Text(text) | Node::Section(text) => Some(text.as_str()),
            Node::Element(_) => None,
        });
        texts.collect::<String>().trim().to_owned()
    }

    /// The elements directly in it.
    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            _ => None,
        })
    }
}

/// The namespaces in scope, while a document is read.
#[derive(Debug, Default)]
pub(super) struct Scope {
    names: NamespaceResolver,
    /// Every namespace once: documents repeat them on every element.
    interned: HashMap<String, Rc<str>>,
    /// The entities that the document declares.
    entities: Entities,
}

impl Scope {
    /// Outside of everything, in a document that declares these entities.
    pub fn new(entities: &Entities) -> Self {
        Scope { entities: entities.clone(), ..Scope::default() }
    }

    /// Enters the element of a start tag.
    pub fn enter(&mut self, source: &str, tag: Span) {
        let text = tag.of(source);
        let inside = text.strip_prefix('<').unwrap_or(text).trim_end_matches('>');
        let inside = inside.strip_suffix('/').unwrap_or(inside);
        let len = inside.find(|c: char| c.is_ascii_whitespace()).unwrap_or(inside.len());
        // The tags have been read before with the same reader, so there is nothing here that it refuses.
        let _ = self.names.push(&BytesStart::from_content(inside, len));
    }

    /// Leaves the element last entered.
    pub fn leave(&mut self) {
        self.names.pop();
    }

    /// Reads the element at `span`. `None` where it can not stand in another document: its name, or that of
    /// an element in it, has a prefix that nobody has declared.
    pub fn element(&mut self, source: &str, span: Span) -> Option<Element> {
        let level = self.names.level();
        let element = self.read(source, span);
        self.names.set_level(level);
        element
    }

    fn read(&mut self, source: &str, span: Span) -> Option<Element> {
        let mut open: Vec<Element> = Vec::new();
        let (mut reader, _) = xml::reader(span.of(source));
        loop {
            let done = match reader.read_event().ok()? {
                Event::Start(tag) => {
                    open.push(self.start(&tag)?);
                    continue;
                }
                Event::Empty(tag) => {
                    let element = self.start(&tag)?;
                    self.leave();
                    element
                }
                Event::End(_) => {
                    self.leave();
                    open.pop()?
                }
                Event::Eof => return None,
                other => {
                    push_text(open.last_mut(), &other, &self.entities);
                    continue;
                }
            };
            match open.last_mut() {
                Some(parent) => parent.children.push(Node::Element(done)),
                None => return Some(done),
            }
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>) -> Option<Element> {
        self.names.push(tag).ok()?;
        let name = self.name(tag.name(), true)?;
        Some(Element { name, attributes: self.attributes(tag, |_| true), children: Vec::new() })
    }

    /// The attributes of other namespaces in a start tag.
    pub fn foreign_attributes(&mut self, source: &str, tag: Span) -> Vec<Attribute> {
        let text = tag.of(source);
        let inside = text.strip_prefix('<').unwrap_or(text).trim_end_matches('>');
        let len = inside.find(|c: char| c.is_ascii_whitespace()).unwrap_or(inside.len());
        let is_foreign = |name: &Name| !name.ns.is_empty() && &*name.ns != XML && Ns::of(&name.ns) != Ns::Rdf;
        self.attributes(&BytesStart::from_content(inside.trim_end_matches('/'), len), is_foreign)
    }

    fn attributes(&mut self, tag: &BytesStart<'_>, is_wanted: impl Fn(&Name) -> bool) -> Vec<Attribute> {
        let (mut read, mut seen) = (Vec::new(), HashSet::new());
        let mut all = tag.html_attributes();
        all.with_checks(false);
        for attribute in all.flatten() {
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let Some(name) = self.name(attribute.key, false).filter(&is_wanted) else { continue };
            // An element can not have one attribute twice (XML 1.0 §3.1).
            if seen.insert((Rc::clone(&name.ns), name.local.clone())) {
                read.push((name, attribute_value(&attribute.value, &self.entities)));
            }
        }
        read
    }

    fn name(&mut self, name: QName<'_>, is_element: bool) -> Option<Name> {
        let prefix = name.prefix().map(|prefix| prefix.into_inner().to_owned()).unwrap_or_default();
        let local = name.local_name().into_inner().to_owned();
        let resolved = self.names.resolve_prefix(name.prefix(), is_element);
        let ns = match resolved {
            ResolveResult::Bound(ns) => ns.into_inner().trim(),
            ResolveResult::Unbound => "",
            ResolveResult::Unknown(_) => known_namespace(&prefix)?,
        };
        let is_usable = ns.len() <= MAX_NS && is_name(&local) && (prefix.is_empty() || is_name(&prefix));
        if !is_usable {
            return None;
        }
        if !self.interned.contains_key(ns) {
            self.interned.insert(ns.to_owned(), Rc::from(ns));
        }
        let ns = Rc::clone(self.interned.get(ns)?);
        Some(Name { prefix, local, ns })
    }
}

fn push_text(open: Option<&mut Element>, event: &Event<'_>, entities: &Entities) {
    let Some(parent) = open else { return };
    let text = match event {
        Event::CData(section) => {
            parent.children.push(Node::Section(section.xml10_content().into_owned()));
            return;
        }
        Event::Text(text) => text.xml10_content().into_owned(),
        Event::GeneralRef(reference) => {
            let c = reference.resolve_char_ref().ok().flatten();
            c.map_or_else(|| resolve(reference.as_ref(), entities), String::from)
        }
        _ => return, // comments and instructions say nothing
    };
    match parent.children.last_mut() {
        Some(Node::Text(before)) => before.push_str(&text),
        _ => parent.children.push(Node::Text(text)),
    }
}

/// The characters of an element without child elements, where HTML's entities stand for what they do in HTML.
pub(super) fn characters(raw: &str, entities: &Entities) -> String {
    let mut whole = Element::empty(Name::bare(""), &[]);
    let (mut reader, _) = xml::reader(raw);
    reader.config_mut().check_end_names = false;
    while let Ok(event) = reader.read_event() {
        if event == Event::Eof {
            break;
        }
        push_text(Some(&mut whole), &event, entities);
    }
    whole.value()
}

/// What an entity stands for: XML's own, one that the document declares, or HTML's, which are used without a
/// declaration.
fn resolve(entity: &str, entities: &Entities) -> String {
    let known = resolve_xml_entity(entity).or_else(|| entities.text(entity)).map(str::to_owned);
    known.unwrap_or_else(|| entity::decode(&format!("&{entity};")).into_owned())
}

/// White space in an attribute is spaces (XML 1.0 §3.3.3).
pub(super) fn attribute_value(raw: &str, entities: &Entities) -> String {
    let raw = raw.replace(['\n', '\r', '\t'], " ");
    let known = |entity: &str| resolve_xml_entity(entity).or_else(|| entities.text(entity));
    unescape_with(&raw, known).unwrap_or_else(|_| entity::decode_attribute(&raw)).into_owned()
}

fn known_namespace(prefix: &str) -> Option<&'static str> {
    match prefix {
        "xml" => Some(XML),
        _ => PREFIXES.iter().find(|(known, _)| *known == prefix).map(|(_, ns)| *ns),
    }
}

/// Whether a text is a name without a colon (Namespaces in XML 1.0, §3 `NCName`), short enough to be one.
pub(super) fn is_name(text: &str) -> bool {
    let start = |c: char| {
        matches!(c, 'A'..='Z' | '_' | 'a'..='z' | '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{f6}'
            | '\u{f8}'..='\u{2ff}' | '\u{370}'..='\u{37d}' | '\u{37f}'..='\u{1fff}' | '\u{200c}'..='\u{200d}'
            | '\u{2070}'..='\u{218f}' | '\u{2c00}'..='\u{2fef}' | '\u{3001}'..='\u{d7ff}'
            | '\u{f900}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fffd}' | '\u{10000}'..='\u{effff}')
    };
    let within = |c: char| {
        start(c)
            || matches!(c, '-' | '.' | '0'..='9' | '\u{b7}' | '\u{300}'..='\u{36f}' | '\u{203f}'..='\u{2040}')
    };
    text.chars().next().is_some_and(start) && text.chars().all(within)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(root: &str, element: &str) -> Option<Element> {
        let source = format!("{root}{element}");
        let mut scope = Scope::default();
        scope.enter(&source, Span::new(0, root.len()));
        scope.element(&source, Span::new(root.len(), source.len()))
    }

    #[test]
    fn names_are_resolved_where_they_stand() {
        let element =
            read("<r xmlns:m='m:'>", "<m:a m:b='1&amp;2'><c xmlns='n:'>x&nbsp;&lt;</c></m:a>").unwrap();
        assert_eq!((&*element.name.ns, &*element.tag()), ("m:", "<m:a>"));
        assert_eq!(element.attributes[0].1, "1&2");
        let inner = element.elements().next().unwrap();
        assert_eq!((&*inner.name.ns, inner.value().as_str()), ("n:", "x\u{a0}<"));
    }

    #[test]
    fn what_nobody_declared_is_read_where_everybody_knows_it() {
        assert!(read("<r>", "<x:a/>").is_none());
        assert_eq!(
            &*read("<r>", "<slash:comments>4</slash:comments>").unwrap().name.ns,
            known_namespace("slash").unwrap()
        );
    }

    #[test]
    fn names_are_names() {
        assert!(is_name("a-b.c1") && is_name("é") && !is_name("1a") && !is_name("") && !is_name("a\"b"));
    }
}
