//! Tags: names, attributes, what stands between them.

use std::borrow::Cow;

use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

use super::reader;
use crate::span::{Span, offset};

/// The value of the attribute `name` (as written, prefix and all) of the start tag at `tag`, references
/// resolved. `None` where the tag has no such attribute, or one without a value.
pub fn attribute(source: &str, tag: Span, name: &str) -> Option<String> {
    find(source, tag, |key| key == name)
}

/// The value of the first attribute with this local name, whatever its prefix.
pub fn attribute_of_any_prefix(source: &str, tag: Span, local: &str) -> Option<String> {
    find(source, tag, |key| key.rsplit(':').next() == Some(local))
}

/// Where the value of an attribute stands, without its quotes. Only of a well-formed tag.
pub fn attribute_value(source: &str, tag: Span, name: &str) -> Option<Span> {
    value_where(source, tag, |key| key == name)
}

/// The same of the first attribute with this local name, whatever its prefix.
pub fn attribute_value_of_any_prefix(source: &str, tag: Span, local: &str) -> Option<Span> {
    value_where(source, tag, |key| key.rsplit(':').next() == Some(local))
}

fn value_where(source: &str, tag: Span, is_it: impl Fn(&str) -> bool) -> Option<Span> {
    let start = start_tag(source, tag)?;
    let mut attributes = start.html_attributes();
    attributes.with_checks(false);
    let attribute = attributes.flatten().find(|a| is_it(a.key.as_ref()))?;
    let Cow::Borrowed(value) = attribute.value else { return None };
    let at = value.as_ptr().addr() - source.as_ptr().addr();
    Some(Span::new(at, at + value.len()))
}

fn find(source: &str, tag: Span, is_it: impl Fn(&str) -> bool) -> Option<String> {
    let start = start_tag(source, tag)?;
    let mut attributes = start.html_attributes();
    attributes.with_checks(false);
    let value = attributes.flatten().find(|a| is_it(a.key.as_ref()) && !a.value.is_empty())?.value;
    Some(unescaped(&value))
}

/// An attribute's value with its references resolved, where they can be.
pub fn unescaped(value: &str) -> String {
    unescape(value).map_or_else(|_| value.to_owned(), Cow::into_owned)
}

/// The start tag at `tag`, to look at its attributes.
pub fn start_tag(source: &str, tag: Span) -> Option<BytesStart<'_>> {
    let inside = tag.of(source).strip_prefix('<')?.trim_end_matches('>');
    let inside = inside.strip_suffix('/').unwrap_or(inside);
    let name_len = inside.find(|c: char| c.is_ascii_whitespace()).unwrap_or(inside.len());
    Some(BytesStart::from_content(inside, name_len))
}

/// What stands inside the first element of this local name directly in `inner`.
pub fn child(source: &str, inner: Span, local: &str) -> Option<Span> {
    children(source, inner, local).first().copied()
}

/// What stands inside each element of this local name directly in `inner`.
pub fn children(source: &str, inner: Span, local: &str) -> Vec<Span> {
    let (mut reader, mark) = reader(inner.of(source));
    let place = |at: u64| offset(mark + usize::try_from(at).unwrap_or_default());
    let (mut depth, mut open, mut found) = (0_usize, None, Vec::new());
    loop {
        let at = place(reader.buffer_position());
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                if depth == 0 && tag.local_name().as_ref() == local {
                    open = Some(place(reader.buffer_position()));
                }
                depth += 1;
            }
            Ok(Event::End(_)) => {
                depth = depth.saturating_sub(1);
                if depth == 0
                    && let Some(start) = open.take()
                {
                    found.push(Span { start, end: at }.shifted(inner.start));
                }
            }
            Ok(Event::Eof) | Err(_) => return found,
            Ok(_) => {}
        }
    }
}

/// Where the name of the start or end tag at `tag` stands.
pub fn name(source: &str, tag: Span) -> Span {
    let raw = tag.of(source);
    let from = if raw.starts_with("</") { 2 } else { 1 };
    let rest = raw.get(from..).unwrap_or_default();
    let from = from.min(raw.len());
    let len = rest.find(|c: char| c.is_ascii_whitespace() || c == '/' || c == '>').unwrap_or(rest.len());
    Span { start: tag.start + offset(from), end: tag.start + offset(from + len) }
}

/// The name of the tag at `tag` without its prefix.
pub fn local_name(source: &str, tag: Span) -> &str {
    let name = name(source, tag).of(source);
    name.split_once(':').map_or(name, |(_, local)| local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_an_attribute() {
        let source = r#"x<link rel='self' href="a?b&amp;c" title=plain/>"#;
        let tag = Span::new(1, source.len());
        assert_eq!(attribute(source, tag, "href").unwrap(), "a?b&c");
        assert_eq!(attribute(source, tag, "title").unwrap(), "plain");
        assert!(attribute(source, tag, "re").is_none());
        let broken = "<a rel rel=x>";
        assert_eq!(attribute(broken, Span::new(0, broken.len()), "rel").unwrap(), "x");
        assert_eq!(name(source, tag).of(source), "link");
    }
}
