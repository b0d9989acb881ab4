//! XHTML inside a feed, written as HTML.
//!
//! Source: RFC 4287 §3.1.1.3 (what stands in a `div` is meant, the `div` is not), WHATWG HTML §13.1.2.

use quick_xml::events::{BytesStart, Event};

use super::base::{Resolver, join};
use super::element::attribute_value;
use crate::html::entity;
use crate::html::tag::{self, Name};
use crate::xml;
use crate::xml::entities::Entities;

/// XHTML as HTML: without prefixes and namespaces, without the element around all of it where that says
/// nothing by itself, and with end tags where HTML asks for them. Addresses in an element that says itself
/// what they are relative to, which may in turn be relative to `base`, are written out, and so is what the
/// document's own entities stand for.
pub(super) fn to_html(
    markup: &str,
    base: Option<&str>,
    resolver: &mut Resolver,
    entities: &Entities,
) -> String {
    let out = String::with_capacity(markup.len());
    let mut writing = Writing { base, resolver, entities, out, open: Vec::new(), has_begun: false };
    let (mut reader, _) = xml::reader(markup);
    // The feed has been read before with the same reader; if it stopped here, what is written would be kept.
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(tag) => writing.start(&tag, false),
            Event::Empty(tag) => writing.start(&tag, true),
            Event::End(_) => writing.end(),
            Event::Text(text) => writing.text(&text.xml10_content()),
            Event::GeneralRef(reference) => writing.reference(&reference),
            Event::CData(section) => writing.section(&section.xml10_content()),
            Event::Eof => break,
            _ => {}
        }
    }
    writing.out.trim().to_owned()
}

struct Writing<'r> {
    base: Option<&'r str>,
    resolver: &'r mut Resolver,
    entities: &'r Entities,
    out: String,
    open: Vec<Open>,
    /// Whether something stands outside the first element.
    has_begun: bool,
}

struct Open {
    name: String,
    is_silent: bool,
    /// What relative addresses in it are relative to, where it says so itself.
    base: Option<String>,
    /// Whether text in it is not read as markup (`script`, `style`).
    is_raw: bool,
    /// Whether it is SVG or `MathML`, where `<path/>` is an element with nothing in it.
    is_foreign: bool,
}

impl Writing<'_> {
    fn start(&mut self, tag: &BytesStart<'_>, is_empty: bool) {
        let name = tag.local_name().into_inner().to_owned();
        let id = Name::of(&name);
        let attributes = attributes(tag, self.entities);
        let wraps = matches!(id, tag::DIV | tag::BODY) || name == "span";
        let is_silent = wraps && !self.has_begun && attributes.is_empty();
        self.has_begun = true;
        let outer = self.open.last();
        let is_foreign = matches!(id, tag::SVG | tag::MATH)
            || outer.is_some_and(|o| o.is_foreign && Name::of(&o.name) != tag::FOREIGN_OBJECT);
        let base = self.base_of(tag);
        let open = Open { is_silent, base, is_raw: matches!(id, tag::SCRIPT | tag::STYLE), is_foreign, name };
        if !is_silent {
            self.open_tag(&open, &attributes, is_empty);
        }
        if !is_empty {
            self.open.push(open);
        }
    }

    /// What addresses in an element are relative to, where it or one around it says so itself.
    fn base_of(&self, tag: &BytesStart<'_>) -> Option<String> {
        let outer = self.open.last().and_then(|open| open.base.as_deref());
        let own = tag.try_get_attribute("xml:base").ok().flatten();
        match own {
            Some(own) => join(outer.or(self.base), Some(&attribute_value(&own.value, self.entities))),
            None => outer.map(str::to_owned),
        }
    }

    fn open_tag(&mut self, open: &Open, attributes: &[(String, String)], is_empty: bool) {
        self.out.push('<');
        self.out.push_str(&open.name);
        for (name, value) in attributes {
            let value = self.address(open, name, value);
            self.out.extend([" ", name, "=\"", &entity::escape_attribute(&value), "\""]);
        }
        match is_empty {
            true if open.is_foreign => self.out.push_str("/>"),
            true if tag::is_void(Name::of(&open.name)) => self.out.push('>'),
            true => self.out.extend(["></", &open.name, ">"]),
            false => self.out.push('>'),
        }
    }

    /// An address, where an element around it says what it is relative to.
    fn address(&mut self, open: &Open, name: &str, value: &str) -> String {
        let base = open.base.as_deref().filter(|_| matches!(name, "href" | "src" | "cite" | "poster"));
        base.map_or_else(|| value.to_owned(), |base| self.resolver.address(Some(base), value))
    }

    fn end(&mut self) {
        let Some(open) = self.open.pop().filter(|open| !open.is_silent) else { return };
        if !tag::is_void(Name::of(&open.name)) || open.is_foreign {
            self.out.extend(["</", &open.name, ">"]);
        }
    }

    fn text(&mut self, text: &str) {
        self.has_begun |= !text.trim().is_empty();
        self.out.push_str(text);
    }

    fn reference(&mut self, name: &str) {
        self.has_begun = true;
        let written = format!("&{name};");
        if let Some(text) = self.entities.text(name) {
            self.characters(text);
        } else if self.is_raw() {
            self.out.push_str(&entity::decode(&written));
        } else {
            self.out.push_str(&written);
        }
    }

    fn section(&mut self, text: &str) {
        self.has_begun = true;
        self.characters(text);
    }

    fn characters(&mut self, text: &str) {
        if self.is_raw() {
            self.out.push_str(text);
        } else {
            self.out.push_str(&entity::escape(text));
        }
    }

    fn is_raw(&self) -> bool {
        self.open.last().is_some_and(|open| open.is_raw)
    }
}

/// Attributes as HTML has them.
fn attributes(tag: &BytesStart<'_>, entities: &Entities) -> Vec<(String, String)> {
    let mut all = tag.html_attributes();
    all.with_checks(false);
    let each = all.flatten().filter(|a| a.key.as_namespace_binding().is_none());
    let each = each.filter_map(|attribute| {
        let name = match attribute.key.as_ref() {
            "xml:lang" => "lang",
            "xml:base" | "xml:space" => return None,
            name => name,
        };
        Some((name.to_owned(), attribute_value(&attribute.value, entities)))
    });
    each.collect()
}

#[cfg(test)]
mod tests {
    use super::{Entities, Resolver};

    fn to_html(markup: &str) -> String {
        super::to_html(markup, None, &mut Resolver::new(), &Entities::default())
    }

    #[test]
    fn the_div_around_it_goes() {
        assert_eq!(to_html("\n <div xmlns='x'><p>Ebb</p> flow</div>\n"), "<p>Ebb</p> flow");
        assert_eq!(to_html("<div class='a'>Ebb</div>"), "<div class=\"a\">Ebb</div>");
        assert_eq!(to_html("Ebb <div>flow</div>"), "Ebb <div>flow</div>");
    }

    #[test]
    fn it_is_html_afterwards() {
        assert_eq!(
            to_html(
                "<h:div xmlns:h='x'><h:p h:x='1' xml:lang='en'/><h:br/><h:img src='a.png'></h:img></h:div>"
            ),
            "<p h:x=\"1\" lang=\"en\"></p><br><img src=\"a.png\">"
        );
        assert_eq!(
            to_html("<p>a &amp; b&#160;<![CDATA[<i>]]> &nbsp;</p>"),
            "<p>a &amp; b&#160;&lt;i&gt; &nbsp;</p>"
        );
        assert_eq!(to_html("<svg viewBox='0'><path/></svg>"), "<svg viewBox=\"0\"><path/></svg>");
        assert_eq!(to_html("<style>a &gt; b</style>"), "<style>a > b</style>");
    }

    #[test]
    fn an_element_may_say_what_addresses_are_relative_to() {
        assert_eq!(
            to_html("<div><p xml:base='https://a.example/'><a href='x'>1</a></p><a href='x'>2</a></div>"),
            "<p><a href=\"https://a.example/x\">1</a></p><a href=\"x\">2</a>"
        );
    }
}
