//! HTML written as XHTML, to stand in a text that is XHTML.

use super::build::Syntax;
use super::outline::{Kind, NodeId, Outline};
use super::{entity, tag};

/// HTML as XHTML (WHATWG HTML §14): every element closed, every value quoted, every reference resolved. Comments,
/// scripts and styles are left out, and so are names that XML can not have.
///
/// ```
/// use limpid::html::xhtml::as_xhtml;
/// assert_eq!(as_xhtml("<p>A&nbsp;B<br><img src=x alt><p>C"), "<p>A\u{a0}B<br/><img src=\"x\" alt=\"\"/></p><p>C</p>");
/// ```
pub fn as_xhtml(html: &str) -> String {
    let outline = Outline::build(html, Syntax::Html);
    let mut out = String::with_capacity(html.len());
    let mut open: Vec<(NodeId, &str)> = Vec::new();
    let mut silent_until = 0;
    for id in outline.live() {
        while let Some((_, name)) = open.pop_if(|(end, _)| *end <= id) {
            close(&mut out, name);
        }
        let node = outline.node(id);
        match node.kind {
            _ if id < silent_until => {}
            Kind::Text => out.push_str(&entity::escape(&xml_only(&outline.text_of(html, id)))),
            Kind::Comment => {}
            Kind::Element if matches!(node.name, tag::SCRIPT | tag::STYLE) => silent_until = node.next,
            Kind::Element => {
                let Some(name) = name(node.open.of(html)) else { continue };
                start(&mut out, &outline, html, id, name);
                if tag::is_void(node.name) {
                    out.push_str("/>");
                } else {
                    out.push('>');
                    open.push((node.next, name));
                }
            }
        }
    }
    while let Some((_, name)) = open.pop() {
        close(&mut out, name);
    }
    out
}

fn close(out: &mut String, name: &str) {
    out.push_str("</");
    out.push_str(&name.to_ascii_lowercase());
    out.push('>');
}

fn start(out: &mut String, outline: &Outline, html: &str, id: NodeId, name: &str) {
    out.push('<');
    out.push_str(&name.to_ascii_lowercase());
    let mut seen: Vec<String> = Vec::new();
    for attr in outline.attrs(id) {
        let key = attr.key.of(html).to_ascii_lowercase();
        if is_name(&key) && !key.starts_with("xmlns") && !seen.contains(&key) {
            let value = entity::decode_attribute(attr.value.of(html));
            let value = entity::escape_attribute(&xml_only(&value));
            out.extend([" ", key.as_str(), "=\"", value.as_str(), "\""]);
            seen.push(key);
        }
    }
}

/// The characters that XML can have (XML 1.0 §2.2).
fn xml_only(text: &str) -> String {
    let is_xml = |c: &char| !c.is_control() || matches!(c, '\t' | '\n' | '\r');
    text.chars().filter(is_xml).filter(|c| !matches!(c, '\u{fffe}' | '\u{ffff}')).collect()
}

/// The name in a start tag, where XML can have it.
fn name(open: &str) -> Option<&str> {
    let inside = open.strip_prefix('<')?;
    let end =
        inside.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>')).unwrap_or(inside.len());
    Some(&inside[..end]).filter(|name| is_name(name))
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}
