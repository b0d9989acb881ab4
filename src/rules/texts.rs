//! The texts of a body that are prose, and the bytes that say each part of them.

use std::ops::Range;

use crate::html::outline::{Kind, NodeId};
use crate::html::tag::{self, Name};
use crate::html::{Html, entity};

/// Elements in which text is not prose, or can not have markup in it.
pub(super) const VERBATIM: &[Name] = &[
    tag::PRE,
    Name::of("code"),
    Name::of("kbd"),
    Name::of("samp"),
    Name::of("tt"),
    tag::SCRIPT,
    tag::STYLE,
    tag::TEMPLATE,
    tag::TEXTAREA,
    tag::TITLE,
    tag::SELECT,
    tag::IFRAME,
    tag::NOEMBED,
    tag::NOFRAMES,
    tag::XMP,
    tag::PLAINTEXT,
    tag::SVG,
    tag::MATH,
];

/// The texts that stand in none of these elements, nor in one of `others`, in document order.
pub(super) fn outside(html: &Html<'_>, others: &[Name]) -> Vec<NodeId> {
    let mut silent_until = 0;
    let texts = html.outline().live().filter(|id| {
        let node = html.node(*id);
        let is_silent = *id < silent_until;
        if node.kind == Kind::Element && (VERBATIM.contains(&node.name) || others.contains(&node.name)) {
            silent_until = silent_until.max(node.next);
        }
        node.kind == Kind::Text && !is_silent
    });
    texts.collect()
}

/// A text as it is read, and as it is written.
pub(super) struct Written<'t> {
    /// What a person reads: references resolved.
    pub words: String,
    pieces: Vec<Piece<'t>>,
}

/// A stretch of a text.
struct Piece<'t> {
    /// Where it starts in the words.
    at: usize,
    raw: &'t str,
    /// Whether `raw` is more than the words it stands for: a reference, or a section of XHTML.
    is_coded: bool,
}

impl<'t> Written<'t> {
    /// A text node.
    pub(super) fn of(html: &'t Html<'_>, id: NodeId) -> Self {
        let raw = html.node(id).open.of(html.text());
        // Only a CDATA section of XHTML is a text that begins so.
        if raw.starts_with("<!") {
            let words = html.text_of(id).into_owned();
            return Written { words, pieces: vec![Piece { at: 0, raw, is_coded: true }] };
        }
        let mut all = Written { words: String::with_capacity(raw.len()), pieces: Vec::new() };
        let mut rest = raw;
        while let Some(at) = rest.find('&') {
            let (plain, from) = rest.split_at(at);
            all.push(plain, plain, false);
            let (reference, after) = from.split_at(reference_len(from));
            all.push(reference, &entity::decode(reference), true);
            rest = after;
        }
        all.push(rest, rest, false);
        all
    }

    /// Whether it is a CDATA section of XHTML.
    pub(super) fn is_section(&self) -> bool {
        self.pieces.first().is_some_and(|piece| piece.raw.starts_with("<!"))
    }

    fn push(&mut self, raw: &'t str, words: &str, is_coded: bool) {
        if !raw.is_empty() {
            self.pieces.push(Piece { at: self.words.len(), raw, is_coded });
            self.words.push_str(words);
        }
    }

    /// The bytes that say these words. Whatever is put after them, they say the same.
    pub(super) fn bytes(&self, range: Range<usize>) -> String {
        let mut out = String::with_capacity(range.len());
        let first = self.pieces.partition_point(|piece| piece.at <= range.start).saturating_sub(1);
        for (index, piece) in self.pieces.iter().enumerate().skip(first) {
            let end = self.pieces.get(index + 1).map_or(self.words.len(), |next| next.at);
            let (from, to) = (range.start.max(piece.at), range.end.min(end));
            if from >= to {
                break;
            }
            let is_whole = from == piece.at && to == end;
            if !piece.is_coded {
                push_plain(&mut out, &piece.raw[from - piece.at..to - piece.at], to == range.end);
            } else if is_whole && (to < range.end || piece.raw.ends_with([';', '>'])) {
                out.push_str(piece.raw);
            } else {
                out.push_str(&entity::escape(&self.words[from..to]));
            }
        }
        out
    }
}

/// Text without references. A `<` at its end would make a tag of what comes next.
fn push_plain(out: &mut String, text: &str, is_last: bool) {
    match text.strip_suffix('<').filter(|_| is_last) {
        Some(before) => {
            out.push_str(before);
            out.push_str("&lt;");
        }
        None => out.push_str(text),
    }
}

/// How far a reference goes at most: `&`, letters and digits, `;`.
fn reference_len(text: &str) -> usize {
    let mark = if text[1..].starts_with('#') { 2 } else { 1 };
    let end = text[mark..].find(|c: char| !c.is_ascii_alphanumeric()).map_or(text.len(), |at| mark + at);
    if text[end..].starts_with(';') { end + 1 } else { end }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::html::build::Syntax;

    #[test]
    fn references_stay_as_they_are_written_unless_they_are_cut() {
        let html =
            Html::new(Cow::Borrowed("AT&T &lt;b&gt; &eacute;t&eacute &#x41; a < b &fjlig;x"), Syntax::Html);
        let text = Written::of(&html, 0);
        assert_eq!(text.words, "AT&T <b> \u{e9}t\u{e9} A a < b fjx");
        let bytes = |words: &str| {
            let at = text.words.find(words).unwrap();
            text.bytes(at..at + words.len())
        };
        assert_eq!(text.bytes(0..text.words.len()), html.text());
        assert_eq!(bytes("T&T <"), "T&T &lt;");
        assert_eq!(bytes("T&T"), "T&amp;T");
        assert_eq!(bytes("\u{e9}t\u{e9}"), "&eacute;t\u{e9}");
        assert_eq!(bytes("a <"), "a &lt;");
        assert_eq!(bytes("f"), "f");
    }
}
