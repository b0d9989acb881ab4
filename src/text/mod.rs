//! What one field says, where each part of it stands, and how to write a change back in the style it was
//! written in: XML's character data or a string of JSON.

mod json;
mod xml;

use std::borrow::Cow;

use quick_xml::escape::partial_escape;

use crate::span::{Span, offset};
use crate::xml::entities::Entities;
use crate::xml::splice::{Edit, splice, splice_within};

/// What a CDATA section begins with.
pub const CDATA_OPEN: &str = "<![CDATA[";
/// What it ends with.
pub const CDATA_CLOSE: &str = "]]>";

/// How a stretch of character data is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// As text, with `&lt;` for `<`.
    Escaped,
    /// Inside `<![CDATA[ … ]]>`.
    CData,
    /// As elements: the value is the markup itself (Atom's `type="xhtml"`, RFC 4287 §3.1.1.3).
    Markup,
    /// Between the quotes of a string of JSON (RFC 8259 §7).
    Json,
}

/// A stretch of the value, and the bytes of the source that say it.
#[derive(Clone, Copy, Debug)]
struct Piece {
    /// Where its value starts.
    value: u32,
    /// Where its source stands, counted from the start of the document.
    source: Span,
    style: Style,
    /// A reference such as `&amp;`: value and source differ in length.
    reference: bool,
}

/// The value of an element's content, tied to the bytes it came from.
///
/// ```
/// use limpid::{span::Span, text::Text, xml::splice::{splice, Edit}};
/// let source = "<title>R&amp;D news</title>";
/// let title = Text::parse(source, Span::new(7, 19));
/// assert_eq!(title.value(), "R&D news");
/// let edits = title.lower(source, &[Edit::replace(Span::new(4, 8), "<3")]);
/// assert_eq!(splice(source, &edits), "<title>R&amp;D &lt;3</title>");
/// ```
#[derive(Clone, Debug)]
pub struct Text<'a> {
    value: Cow<'a, str>,
    pieces: Vec<Piece>,
    /// The whole content, from after the start tag to before the end tag.
    inner: Span,
}

impl<'a> Text<'a> {
    /// Reads the content `inner` of an element of `source` that holds no child elements.
    ///
    /// Entities other than the five predefined ones stay as they are written (`&nbsp;`): there is no
    /// declaration to expand them by, and the HTML inside most fields knows them.
    pub fn parse(source: &'a str, inner: Span) -> Self {
        Self::parse_with(source, inner, &Entities::default())
    }

    /// The same, in a document that declares entities of its own.
    pub fn parse_with(source: &'a str, inner: Span, entities: &Entities) -> Self {
        let raw = inner.of(source);
        if let Some(section) = xml::only_cdata(raw) {
            return Self::single(section.of(raw), section.shifted(inner.start), Style::CData, inner);
        }
        if memchr::memchr2(b'&', b'<', raw.as_bytes()).is_none() {
            return Self::single(raw, inner, Style::Escaped, inner);
        }
        let mut reading = Reading::of(raw, inner.start);
        xml::read(&mut reading, entities);
        Text { value: Cow::Owned(reading.value), pieces: reading.pieces, inner }
    }

    /// Reads what stands between the quotes of a string of JSON.
    pub fn json(source: &'a str, inner: Span) -> Self {
        let raw = inner.of(source);
        if memchr::memchr(b'\\', raw.as_bytes()).is_none() {
            return Self::single(raw, inner, Style::Json, inner);
        }
        let mut reading = Reading::of(raw, inner.start);
        json::read(&mut reading);
        Text { value: Cow::Owned(reading.value), pieces: reading.pieces, inner }
    }

    /// Takes the content `inner` as markup: its value is its source.
    pub fn markup(source: &'a str, inner: Span) -> Self {
        Self::single(inner.of(source), inner, Style::Markup, inner)
    }

    fn single(value: &'a str, source: Span, style: Style, inner: Span) -> Self {
        let piece = Piece { value: 0, source, style, reference: false };
        Text { value: Cow::Borrowed(value), pieces: vec![piece], inner }
    }

    /// What the content says, references resolved and CDATA sections opened.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The same, for as long as the source lives where nothing had to be resolved.
    pub fn to_value(&self) -> Cow<'a, str> {
        self.value.clone()
    }

    /// How it is mostly written: the style of its longest piece.
    pub fn style(&self) -> Style {
        self.pieces.iter().max_by_key(|p| p.source.len()).map_or(Style::Escaped, |p| p.style)
    }

    /// Turns edits of the value into edits of the source, each in the style that stands there, so that
    /// every byte outside them stays.
    pub fn lower(&self, source: &str, edits: &[Edit]) -> Vec<Edit> {
        if edits.iter().any(|edit| self.cuts_an_entity(edit.span)) {
            return vec![self.rewrite(edits)];
        }
        let mut lowered = Vec::with_capacity(edits.len());
        for edit in edits {
            self.lower_one(edit, &mut lowered);
        }
        if self.may_close_cdata(source, &lowered) && !self.says(source, &lowered, edits) {
            return vec![self.rewrite(edits)];
        }
        lowered
    }

    /// Whether an edit takes a part of what one entity stands for.
    fn cuts_an_entity(&self, edit: Span) -> bool {
        let cuts = |at: u32| {
            let next = self.pieces.partition_point(|p| p.value <= at);
            let end = self.pieces.get(next).map_or(offset(self.value.len()), |piece| piece.value);
            let piece = next.checked_sub(1).map(|index| &self.pieces[index]);
            piece.is_some_and(|p| p.reference && p.value < at && at < end)
        };
        cuts(edit.start) || cuts(edit.end)
    }

    fn lower_one(&self, edit: &Edit, out: &mut Vec<Edit>) {
        let mut text = Some(edit.text.as_str());
        let first = self.pieces.partition_point(|p| p.value <= edit.span.start).saturating_sub(1);
        for (index, piece) in self.pieces.iter().enumerate().skip(first) {
            let end = self.pieces.get(index + 1).map_or(offset(self.value.len()), |next| next.value);
            let from = edit.span.start.clamp(piece.value, end);
            let to = edit.span.end.clamp(piece.value, end);
            if from == to && !(edit.span.is_empty() && index == first) {
                continue;
            }
            let put = text.take().map(|t| encode(t, piece.style)).unwrap_or_default();
            out.push(Edit { span: piece.locate(from, to), text: put });
            if edit.span.end <= end {
                return;
            }
        }
        if let Some(text) = text.filter(|t| !t.is_empty()) {
            // No piece to stand in: the content was empty.
            out.push(Edit { span: Span::empty(self.inner.start), text: encode(text, self.style()) });
        }
    }

    /// Whether an edit stands next to a `]`, so that a `]]>` may have come about.
    fn may_close_cdata(&self, source: &str, lowered: &[Edit]) -> bool {
        matches!(self.style(), Style::Escaped | Style::CData)
            && lowered.iter().any(|edit| {
                let before = source.as_bytes()[..edit.span.range().start].last();
                before == Some(&b']') || edit.text.ends_with(']')
            })
    }

    /// Whether the source with `lowered` applied says what the value with `edits` applied says.
    fn says(&self, source: &str, lowered: &[Edit], edits: &[Edit]) -> bool {
        let written = splice_within(source, self.inner, lowered.iter().cloned());
        let read = Text::parse(&written, Span::new(0, written.len()));
        let stray = read.pieces.iter().any(|p| {
            p.style == Style::Escaped && !p.reference && p.source.of(&written).contains(CDATA_CLOSE)
        });
        !stray && read.value() == splice(&self.value, edits)
    }

    /// The whole content written anew, where a small edit would not have been well-formed.
    fn rewrite(&self, edits: &[Edit]) -> Edit {
        let value = splice(&self.value, edits);
        let style = self.style();
        let text = match style {
            Style::CData => format!("{CDATA_OPEN}{}{CDATA_CLOSE}", encode(&value, style)),
            Style::Escaped | Style::Markup | Style::Json => encode(&value, style),
        };
        Edit { span: self.inner, text }
    }
}

impl Piece {
    /// The source bytes of the value bytes `from..to`. A reference is one thing: all of it, or nothing.
    fn locate(&self, from: u32, to: u32) -> Span {
        if !self.reference {
            let by = self.source.start;
            return Span { start: by + (from - self.value), end: by + (to - self.value) };
        }
        let start = if from == self.value { self.source.start } else { self.source.end };
        let end = if to == self.value { self.source.start } else { self.source.end };
        Span { start: start.min(end), end }
    }
}

/// A value as it is read, piece by piece.
struct Reading<'a> {
    raw: &'a str,
    /// Where `raw` stands in the document.
    at: u32,
    value: String,
    pieces: Vec<Piece>,
}

impl<'a> Reading<'a> {
    fn of(raw: &'a str, at: u32) -> Self {
        Reading { raw, at, value: String::with_capacity(raw.len()), pieces: Vec::new() }
    }

    /// Characters that stand for themselves.
    fn verbatim(&mut self, span: Span, style: Style) {
        self.piece(span, style, false);
        self.value.push_str(span.of(self.raw));
    }

    /// A reference or an escape, which stands for other characters.
    fn reference(&mut self, span: Span, style: Style, text: &str) {
        self.piece(span, style, true);
        self.value.push_str(text);
    }

    fn piece(&mut self, span: Span, style: Style, reference: bool) {
        let value = offset(self.value.len());
        self.pieces.push(Piece { value, source: span.shifted(self.at), style, reference });
    }
}

/// Writes `value` in the given style. Characters that XML can not hold at all (XML 1.0 §2.2: most control
/// characters) are left out of XML.
pub fn encode(value: &str, style: Style) -> String {
    if style == Style::Json {
        return json::encode(value);
    }
    let value = if value.chars().all(is_xml) {
        Cow::Borrowed(value)
    } else {
        value.chars().filter(|c| is_xml(*c)).collect()
    };
    match style {
        Style::Escaped => partial_escape(&*value).into_owned(),
        // XML 1.0 §2.7: the one thing a CDATA section cannot hold is its own end, so it is split there.
        Style::CData => value.replace(CDATA_CLOSE, "]]]]><![CDATA[>"),
        Style::Markup | Style::Json => value.into_owned(),
    }
}

fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(raw: &str) -> String {
        Text::parse(raw, Span::new(0, raw.len())).value().to_owned()
    }

    fn edited(raw: &str, edits: &[Edit]) -> String {
        let text = Text::parse(raw, Span::new(0, raw.len()));
        splice(raw, &text.lower(raw, edits))
    }

    #[test]
    fn reads_text_references_and_sections() {
        assert_eq!(read("a &lt;b&gt; &#8217; &#x41;"), "a <b> \u{2019} A");
        assert_eq!(read(" x<![CDATA[<p>&amp;</p>]]>y&amp;"), " x<p>&amp;</p>y&");
        assert_eq!(read("<![CDATA[a]]]]><![CDATA[>b]]>"), "a]]>b");
        assert_eq!(read("a&nbsp;b & c"), "a&nbsp;b & c");
        assert_eq!(read("\u{feff}a&amp;b"), "\u{feff}a&b");
    }

    #[test]
    fn keeps_the_style_and_every_byte_around_an_edit() {
        assert_eq!(edited("\u{feff}a&amp;b", &[Edit::delete(Span::new(4, 5))]), "\u{feff}ab");
        assert_eq!(edited("a&#38;b &#x3E; c", &[Edit::delete(Span::new(1, 2))]), "ab &#x3E; c");
        assert_eq!(
            edited("<![CDATA[<b>x</b>]]>", &[Edit::replace(Span::new(3, 4), "&")]),
            "<![CDATA[<b>&</b>]]>"
        );
        // An edit across a section's border leaves the border standing.
        assert_eq!(edited("ab<![CDATA[cd]]>", &[Edit::replace(Span::new(1, 3), "-")]), "a-<![CDATA[d]]>");
    }

    #[test]
    fn a_declared_entity_is_edited_as_a_whole_or_written_out() {
        let source = "<!DOCTYPE a [<!ENTITY h 'Customs House'>]><a>The &h; &amp; we</a>";
        let entities = Entities::of(source);
        let start = source.find("The").unwrap();
        let text = Text::parse_with(source, Span::new(start, source.len() - 4), &entities);
        assert_eq!(text.value(), "The Customs House & we");
        let after = |edit: Edit| splice(source, &text.lower(source, &[edit]))[start - 3..].to_owned();
        assert_eq!(after(Edit::delete(Span::new(0, 4))), "<a>&h; &amp; we</a>");
        assert_eq!(after(Edit::replace(Span::new(4, 17), "A")), "<a>The A &amp; we</a>");
        assert_eq!(after(Edit::delete(Span::new(11, 17))), "<a>The Customs &amp; we</a>");
    }

    #[test]
    fn a_section_never_ends_early() {
        assert_eq!(
            edited("<![CDATA[a]]x>b]]>", &[Edit::delete(Span::new(3, 4))]),
            "<![CDATA[a]]]]><![CDATA[>b]]>"
        );
        assert_eq!(
            edited("<![CDATA[ab]]>", &[Edit::replace(Span::new(1, 1), "]]>")]),
            "<![CDATA[a]]]]><![CDATA[>b]]>"
        );
        assert_eq!(edited("]]x> y", &[Edit::delete(Span::new(2, 3))]), "]]&gt; y");
    }

    #[test]
    fn what_xml_can_not_hold_is_left_out() {
        assert_eq!(encode("a\0\u{8}b\u{ffff}\n<", Style::Escaped), "ab\n&lt;");
        assert_eq!(encode("\u{1f}é\u{1F600}", Style::CData), "é\u{1F600}");
    }

    #[test]
    fn empty_content_takes_text() {
        assert_eq!(edited("", &[Edit::replace(Span::new(0, 0), "a<b")]), "a&lt;b");
    }

    proptest! {
        /// Whatever is edited, what is written afterwards reads as what was meant.
        #[test]
        fn a_lowered_edit_reads_back(
            parts in prop::collection::vec(prop_oneof![
                "[a-c\\]> ]{0,6}".prop_map(|s| s.replace("]]>", "")),
                Just("&amp;".to_owned()), Just("&#62;".to_owned()), Just("&lt;".to_owned()),
                "[a-c\\]>&<]{0,6}".prop_map(|s| format!("<![CDATA[{}]]>", s.replace("]]>", ""))),
            ], 0..6),
            a in 0usize..24, b in 0usize..24, put in "[a-c\\]>&<]{0,4}",
        ) {
            let raw = parts.concat();
            let text = Text::parse(&raw, Span::new(0, raw.len()));
            let (a, b) = (a.min(b).min(text.value().len()), a.max(b).min(text.value().len()));
            let edit = [Edit::replace(Span::new(a, b), put)];
            let written = splice(&raw, &text.lower(&raw, &edit));
            prop_assert_eq!(read(&written), splice(text.value(), &edit));
        }
    }
}
