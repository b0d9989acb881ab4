//! The `encoding` of the XML declaration (XML 1.0 §4.3.3), read and corrected.

use std::ops::Range;

use encoding_rs::{Encoding, UTF_8};
use memchr::memmem;

use crate::span::Span;
use crate::xml::splice::Edit;

/// How far into a body the declaration may begin. It should be at its very beginning; white space, comments
/// and the warnings of the publisher's program get before it.
const FIRST: usize = 1024;

/// How long it may be.
const LENGTH: usize = 512;

/// The label that bytes declare, where ASCII is its own bytes in them.
pub(super) fn declared(body: &[u8]) -> Option<&str> {
    let label = std::str::from_utf8(&body[label(body)?]).ok()?.trim();
    Some(label).filter(|label| !label.is_empty())
}

/// The text with a declaration that says UTF-8; as it was, where that says so in a standard way already. What is
/// ASCII is so in every charset of one byte a character: then what is declared is true of it, and stays. (Of the
/// others too, but few readers know those.)
pub(super) fn corrected(mut text: String) -> String {
    let stays = |encoding: &'static Encoding| {
        encoding == UTF_8 || (text.is_ascii() && encoding.is_ascii_compatible() && encoding.is_single_byte())
    };
    if let Some(range) = label(text.as_bytes())
        && !text.get(range.clone()).and_then(|label| Encoding::for_label(label.as_bytes())).is_some_and(stays)
    {
        text.replace_range(range, "UTF-8");
    }
    text
}

/// The edit by which a text says that it is UTF-8, where it says anything else.
///
/// ```
/// use limpid::{decode::charset::redeclared, xml::splice::splice};
/// let latin = "<?xml version='1.0' encoding='latin1'?><rss/>";
/// let edit = redeclared(latin).unwrap();
/// assert_eq!(splice(latin, &[edit]), "<?xml version='1.0' encoding='UTF-8'?><rss/>");
/// ```
pub fn redeclared(text: &str) -> Option<Edit> {
    let range = label(text.as_bytes())?;
    let is_other = Encoding::for_label(text.get(range.clone())?.as_bytes()) != Some(UTF_8);
    is_other.then(|| Edit::replace(Span::new(range.start, range.end), "UTF-8"))
}

/// Where the label stands.
fn label(body: &[u8]) -> Option<Range<usize>> {
    let head = &body[..body.len().min(FIRST + LENGTH)];
    let start = memmem::find(head, b"<?xml").filter(|start| *start < FIRST)?;
    let declaration = &head[start..head.len().min(start + LENGTH)];
    let declaration = &declaration[..memmem::find(declaration, b"?>")?];
    if !is_before_the_feed(&head[..start]) {
        return None;
    }
    // The name of a pseudo-attribute stands after white space: `<?xml-stylesheet` is no declaration.
    let is_declaration = declaration.get(5).is_some_and(u8::is_ascii_whitespace);
    let mut names = memmem::find_iter(declaration, b"encoding");
    let name = names.find(|at| is_declaration && declaration[at - 1].is_ascii_whitespace())?;
    let value = name + b"encoding".len();
    let value = past_space(declaration, value);
    let value = past_space(declaration, value + usize::from(declaration.get(value) == Some(&b'=')));
    let quote = *declaration.get(value).filter(|byte| matches!(byte, b'"' | b'\''))?;
    let label = &declaration[value + 1..];
    let end = memchr::memchr(quote, label)?;
    Some(start + value + 1..start + value + 1 + end)
}

/// Whether the feed has not begun yet. A declaration behind that is something that an item quotes.
fn is_before_the_feed(before: &[u8]) -> bool {
    let first = before.trim_ascii_start().first();
    let has = |root: &[u8]| memmem::find(before, root).is_some();
    !matches!(first, Some(b'{' | b'['))
        && ![&b"<rss"[..], b"<feed", b"<rdf", b"<![CDATA["].into_iter().any(has)
}

fn past_space(bytes: &[u8], at: usize) -> usize {
    at + bytes[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}
