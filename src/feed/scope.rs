//! What an element takes from those around it: namespaces (Namespaces in XML 1.0 §6.1), `xml:base`,
//! `xml:lang`. Moved to another feed, it has to bring them along.

use std::collections::{BTreeMap, BTreeSet};

use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

use crate::span::Span;
use crate::xml::{self, tag};

/// Prefixes (`""` for the default namespace) and what they are bound to, as it is written.
pub type Scope = BTreeMap<String, String>;

/// The namespaces declared by some start tags, the innermost one last.
pub fn declared(source: &str, tags: &[Span]) -> Scope {
    let mut scope = Scope::new();
    for start in tags.iter().filter_map(|span| tag::start_tag(source, *span)) {
        for attribute in start.html_attributes().with_checks(false).flatten() {
            let key = attribute.key.as_ref();
            let prefix = key.strip_prefix("xmlns:").or_else(|| (key == "xmlns").then_some(""));
            if let Some(prefix) = prefix {
                let value = unescape(&attribute.value).unwrap_or_default().into_owned();
                scope.insert(prefix.to_owned(), value);
            }
        }
    }
    scope
}

/// The prefixes that names in a stretch of XML have, `""` among them where an element has none. Those of
/// which every use stands inside a declaration of its own count too: it does no harm to declare them.
pub fn used(markup: &str) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    let (mut reader, _) = xml::reader(markup);
    reader.config_mut().check_end_names = false;
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(tag) | Event::Empty(tag) => note(&tag, &mut used),
            Event::Eof => break,
            _ => {}
        }
    }
    used
}

fn note(tag: &BytesStart<'_>, used: &mut BTreeSet<String>) {
    let name = tag.name();
    let element = name.as_ref();
    used.insert(element.split_once(':').map_or("", |(prefix, _)| prefix).to_owned());
    for attribute in tag.html_attributes().with_checks(false).flatten() {
        if let Some((prefix, _)) = attribute.key.as_ref().split_once(':')
            && !matches!(prefix, "xml" | "xmlns")
        {
            used.insert(prefix.to_owned());
        }
    }
}
