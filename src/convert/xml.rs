//! Writing XML: indented elements, and namespaces that are declared once, at the root.

use std::collections::HashMap;
use std::rc::Rc;

use quick_xml::Writer;
use quick_xml::events::{BytesCData, BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::element::{Element, Name, Node, XML};
use crate::feed::ns::PREFIXES;
use crate::text::{Style, encode};

/// The longest prefix that is written as the publisher wrote it, in bytes.
const MAX_PREFIX: usize = 32;

/// How deep elements of other namespaces are indented.
const MAX_INDENTED: usize = 8;

/// A document that is being written.
pub(super) struct Xml {
    writer: Writer<Vec<u8>>,
    prefixes: Prefixes,
    /// Where in the root's tag the declarations are to stand.
    declarations_at: usize,
}

/// Which prefix stands for which namespace in the document.
#[derive(Default)]
struct Prefixes {
    of: HashMap<Rc<str>, String>,
    /// Prefixes in use, and the number last put behind each.
    taken: HashMap<String, u32>,
    declarations: String,
    /// The namespace of elements without a prefix.
    default: Rc<str>,
}

impl Xml {
    /// A document with this root, whose elements have this namespace; `xml_attributes` are those of the root.
    pub fn new(root: &str, namespace: &str, attributes: &[(&str, &str)]) -> Self {
        let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
        let declaration = Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None));
        writer.write_event(declaration).expect(IN_MEMORY);
        let mut start = BytesStart::new(root);
        if !namespace.is_empty() {
            start.push_attribute(("xmlns", namespace));
        }
        for (name, value) in attributes {
            start.push_attribute((*name, clean(value).as_str()));
        }
        writer.write_event(Event::Start(start)).expect(IN_MEMORY);
        let declarations_at = writer.get_mut().len() - 1;
        let prefixes = Prefixes { default: Rc::from(namespace), ..Prefixes::default() };
        Xml { writer, prefixes, declarations_at }
    }

    /// The finished document, with the root closed.
    pub fn finish(mut self, root: &str) -> String {
        self.close(root);
        let text = String::from_utf8(self.writer.into_inner()).expect("it was written from strings");
        let (before, after) = text.split_at(self.declarations_at);
        format!("{before}{}{after}\n", self.prefixes.declarations)
    }

    /// Opens an element.
    pub fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        let tag = start(name, attributes);
        self.put(Event::Start(tag));
    }

    /// Closes an element.
    pub fn close(&mut self, name: &str) {
        self.put(Event::End(BytesEnd::new(name)));
    }

    /// An element with nothing in it.
    pub fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        let tag = start(name, attributes);
        self.put(Event::Empty(tag));
    }

    /// An element with text in it.
    pub fn text(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        if text.is_empty() {
            return self.empty(name, attributes);
        }
        self.open(name, attributes);
        self.characters(text);
        self.close(name);
    }

    /// An element with HTML in it, in a CDATA section where there is something to escape.
    pub fn html(&mut self, name: &str, attributes: &[(&str, &str)], html: &str) {
        if !html.contains(['<', '&']) {
            return self.text(name, attributes, html);
        }
        self.open(name, attributes);
        self.section(html);
        self.close(name);
    }

    /// The name of an element of a namespace that feeds use, with the prefix it has here.
    pub fn known(&mut self, prefix: &str, local: &str) -> String {
        self.prefixes.name(&Name::known(prefix, local))
    }

    /// An element of another namespace.
    pub fn element(&mut self, element: &Element) {
        self.element_at(element, 0);
    }

    fn element_at(&mut self, element: &Element, depth: usize) {
        let tag = self.tag(&element.name, &element.attributes);
        let name = tag.name().into_inner().to_owned();
        if element.children.is_empty() {
            return self.put(Event::Empty(tag));
        }
        self.put(Event::Start(tag));
        let is_text = |node: &Node| match node {
            Node::Element(_) => false,
            Node::Text(text) => !text.trim().is_empty(),
            Node::Section(_) => true,
        };
        // Beside text there is no indentation, which would be text too; far in, it would be most of the feed.
        let is_inline = element.children.iter().any(is_text) || depth > MAX_INDENTED;
        let has_elements = element.elements().next().is_some();
        for child in &element.children {
            match child {
                Node::Element(child) if is_inline => {
                    self.characters("");
                    self.element_at(child, depth + 1);
                    self.characters("");
                }
                Node::Element(child) => self.element_at(child, depth + 1),
                // White space between elements is written anew.
                Node::Text(text) if has_elements && !is_inline && text.trim().is_empty() => {}
                Node::Text(text) => self.characters(text),
                Node::Section(text) => self.section(text),
            }
        }
        self.close(&name);
    }

    /// Attributes of other namespaces, as they are written here.
    pub fn attributes(&mut self, attributes: &[(Name, String)]) -> Vec<(String, String)> {
        attributes.iter().map(|(name, value)| (self.prefixes.name(name), value.clone())).collect()
    }

    fn tag(&mut self, name: &Name, attributes: &[(Name, String)]) -> BytesStart<'static> {
        let mut tag = BytesStart::new(self.prefixes.name(name));
        if name.ns.is_empty() && !self.prefixes.default.is_empty() {
            tag.push_attribute(("xmlns", ""));
        }
        for (name, value) in attributes {
            tag.push_attribute((self.prefixes.name(name).as_str(), clean(value).as_str()));
        }
        tag
    }

    fn characters(&mut self, text: &str) {
        let written = encode(text, Style::Escaped).replace('\r', "&#13;");
        self.put(Event::Text(BytesText::from_escaped(written)));
    }

    fn section(&mut self, text: &str) {
        self.put(Event::CData(BytesCData::new(encode(text, Style::CData))));
    }

    fn put(&mut self, event: Event<'_>) {
        self.writer.write_event(event).expect(IN_MEMORY);
    }
}

const IN_MEMORY: &str = "writing to memory can not fail";

impl Prefixes {
    /// A name as it is written here; what it needs is declared at the root.
    fn name(&mut self, name: &Name) -> String {
        if name.ns.is_empty() {
            return name.local.clone();
        }
        if &*name.ns == XML {
            return format!("xml:{}", name.local);
        }
        if !self.of.contains_key(&name.ns) {
            self.declare(name);
        }
        format!("{}:{}", self.of[&name.ns], name.local)
    }

    /// Takes the publisher's prefix where that is still free, or else one like it.
    fn declare(&mut self, name: &Name) {
        let usual = PREFIXES.iter().find(|(_, ns)| **ns == *name.ns).map(|(prefix, _)| *prefix);
        let is_own = !name.prefix.is_empty() && name.prefix.len() <= MAX_PREFIX;
        let wanted = if is_own { name.prefix.as_str() } else { usual.unwrap_or("ns") };
        let mut prefix = wanted.to_owned();
        while self.taken.contains_key(&prefix) {
            let number = self.taken.entry(wanted.to_owned()).or_insert(1);
            *number += 1;
            prefix = format!("{wanted}{number}");
        }
        self.taken.insert(prefix.clone(), 1);
        let mut declaration = BytesStart::new("");
        declaration.push_attribute((format!("xmlns:{prefix}").as_str(), clean(&name.ns).as_str()));
        self.declarations.push_str(&declaration);
        self.of.insert(Rc::clone(&name.ns), prefix);
    }
}

fn start<'n>(name: &'n str, attributes: &[(&str, &str)]) -> BytesStart<'n> {
    let mut tag = BytesStart::new(name);
    for (name, value) in attributes {
        tag.push_attribute((*name, clean(value).as_str()));
    }
    tag
}

/// A value without the characters that XML can not hold.
fn clean(value: &str) -> String {
    encode(value, Style::Markup)
}
