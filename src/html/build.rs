//! From HTML text to its outline: html5gum's tokenizer, an emitter that keeps positions and no text, and
//! the small part of tree construction that decides where elements end.
//!
//! Source: WHATWG HTML §13.2.5 *Tokenization* (html5gum), §13.1.2.4 *Optional tags*.

use html5gum::{State, Tokenizer};
use memchr::memmem;
use quick_xml::events::Event;

use super::outline::{Fate, Kind, MAX_NODES, Node, NodeId, Outline};
use super::tag::{self, Content, Name};
use super::tokens::{Positions, Token};
use crate::span::{Span, offset};
use crate::xml;

/// How deep elements may nest; deeper ones count as children of the last that fits.
const MAX_DEPTH: usize = 256;

/// The borders of a CDATA section.
const CDATA: (&[u8], &[u8]) = (b"<![CDATA[", b"]]>");

/// Whose rules an HTML text follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// HTML: end tags may be missing, names fold case.
    Html,
    /// Well-formed XML (XHTML inside a feed): elements end at their own end tags.
    Xhtml,
}

impl Outline {
    /// Reads an outline. It never fails: every text is HTML of some kind.
    ///
    /// ```
    /// use limpid::html::{build::Syntax, Outline};
    /// let outline = Outline::build("<p>One<p>Two", Syntax::Html);
    /// let paragraphs = outline.children(None).count();
    /// assert_eq!(paragraphs, 2);
    /// ```
    pub fn build(text: &str, syntax: Syntax) -> Outline {
        let mut builder = Builder::new(text, syntax);
        match Tokenizer::new_with_emitter(text, Positions(&mut builder)).finish() {
            Ok(()) => {}
            Err(never) => match never {},
        }
        let outline = builder.finish();
        if syntax == Syntax::Xhtml && !agrees(&outline, text) {
            return Outline { unread: true, ..Outline::default() };
        }
        outline
    }
}

/// Whether an XML reader finds the elements of XHTML where the outline has them. Where markup is broken (a quote
/// inside a tag, say) the two may read on differently, and an edit would break more.
fn agrees(outline: &Outline, text: &str) -> bool {
    let (mut reader, mark) = xml::reader(text);
    let mut tags = outline.nodes.iter().filter(|node| node.kind == Kind::Element).map(|node| node.open);
    let mut at = mark;
    loop {
        let Ok(event) = reader.read_event() else { return false };
        let end = mark + usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        match event {
            Event::Start(_) | Event::Empty(_) if tags.next() != Some(Span::new(at, end)) => return false,
            Event::Eof => return tags.next().is_none(),
            _ => at = end,
        }
    }
}

pub(super) struct Builder<'a> {
    text: &'a [u8],
    pub(super) syntax: Syntax,
    outline: Outline,
    /// Open elements, outermost first.
    open: Vec<NodeId>,
    /// Start tags beyond [`MAX_DEPTH`] whose end tags may still come.
    overflow: Vec<Name>,
    /// The last node at each depth: `last[0]` at the top, `last[n]` inside `open[n - 1]`.
    last: Vec<Option<NodeId>>,
    /// How many elements of SVG or `MathML` are open around here.
    pub(super) foreign: u32,
    pub(super) token: Token,
}

impl<'a> Builder<'a> {
    fn new(text: &'a str, syntax: Syntax) -> Self {
        let mut outline = Outline::default();
        // Measured on real posts: a node every 50 bytes, an attribute every 160.
        outline.nodes.reserve(text.len() / 50);
        outline.attrs.reserve(text.len() / 160);
        Builder {
            text: text.as_bytes(),
            syntax,
            outline,
            open: Vec::with_capacity(32),
            overflow: Vec::new(),
            last: vec![None],
            foreign: 0,
            token: Token::default(),
        }
    }

    fn finish(mut self) -> Outline {
        let end = offset(self.text.len());
        let torn = self.torn_from();
        self.end_down_to(0, torn.unwrap_or(end));
        if let Some(start) = torn {
            self.comment(Span { start, end });
        }
        if self.outline.unread {
            return Outline { unread: true, ..Outline::default() };
        }
        self.outline
    }

    /// Where the tag begins that the text ends inside of. No reader shows it, so it stands there as a comment does,
    /// behind everything. What looks like the end tag of a script that goes on is part of that.
    fn torn_from(&self) -> Option<u32> {
        let is_text = |id: &NodeId| tag::content(self.outline.node(*id).name) != Content::Markup;
        let is_in_text =
            self.syntax == Syntax::Html && self.foreign == 0 && self.open.last().is_some_and(is_text);
        (self.token.is_in_tag && !is_in_text).then_some(self.token.start)
    }

    fn push(&mut self, kind: Kind, name: Name, open: Span, attrs: (u32, u32)) -> NodeId {
        let id = self.outline.len();
        let depth = self.open.len();
        let node = Node {
            kind,
            name,
            parent: self.open.last().copied(),
            prev: self.last[depth],
            next: id + 1,
            open,
            close: Span::empty(open.end),
            attrs,
            fate: Fate::Kept,
        };
        self.outline.nodes.push(node);
        self.last[depth] = Some(id);
        id
    }

    fn full(&mut self) -> bool {
        self.outline.unread |= self.outline.nodes.len().max(self.outline.attrs.len()) >= MAX_NODES;
        self.outline.unread
    }

    pub(super) fn flush_text(&mut self) {
        if let Some(span) = self.token.text.take()
            && !span.is_empty()
        {
            let sections =
                self.syntax == Syntax::Xhtml && memmem::find(&self.text[span.range()], CDATA.0).is_some();
            if sections { self.push_sections(span) } else { self.push_text(span) }
        }
    }

    fn push_text(&mut self, span: Span) {
        if !span.is_empty() && !self.full() {
            self.push(Kind::Text, Name::default(), span, (0, 0));
        }
    }

    /// Text of XHTML with CDATA sections in it: each is a text of its own, with its borders.
    fn push_sections(&mut self, mut span: Span) {
        // The tokenizer gives no characters for the end of a section, and so no place.
        if self.text[span.range().end..].starts_with(CDATA.1) {
            span.end += offset(CDATA.1.len());
        }
        let mut at = span.start;
        while at < span.end {
            let rest = &self.text[at as usize..span.range().end];
            let next = if rest.starts_with(CDATA.0) {
                memmem::find(rest, CDATA.1).map_or(rest.len(), |i| i + CDATA.1.len())
            } else {
                memmem::find(rest, CDATA.0).unwrap_or(rest.len())
            };
            let end = at + offset(next);
            self.push_text(Span { start: at, end });
            at = end;
        }
    }

    pub(super) fn flush_attr(&mut self) {
        if let Some(mut attr) = self.token.attr.take()
            && !self.token.is_end
            && !self.full()
        {
            if attr.value.start > attr.key.start {
                attr.whole.end += u32::from(self.is_quoted(attr.value));
            } else {
                attr.whole.end = self.after_equals(attr.whole.end);
            }
            self.outline.attrs.push(attr);
        }
    }

    pub(super) fn comment(&mut self, span: Span) {
        if !self.full() {
            self.push(Kind::Comment, Name::default(), span, (0, 0));
        }
    }

    pub(super) fn attr_count(&self) -> u32 {
        offset(self.outline.attrs.len())
    }

    fn is_quoted(&self, value: Span) -> bool {
        let before = self.text[value.range().start - 1];
        matches!(before, b'"' | b'\'') && self.text.get(value.range().end) == Some(&before)
    }

    /// The end of an attribute without a value, which may have its `=` all the same.
    fn after_equals(&self, end: u32) -> u32 {
        let rest = &self.text[end as usize..];
        let space = rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
        if rest.get(space) == Some(&b'=') { end + offset(space + 1) } else { end }
    }

    pub(super) fn start_tag(&mut self, span: Span) -> Option<State> {
        if self.full() {
            return None;
        }
        let name = self.token.name;
        if self.syntax == Syntax::Html && self.foreign == 0 {
            self.end_what_it_ends(name, span.start);
        }
        let from = self.token.attrs_from;
        let count = offset(self.outline.attrs.len()) - from;
        let id = self.push(Kind::Element, name, span, (from, count));
        let closes_itself =
            self.token.self_closing && (self.syntax == Syntax::Xhtml || self.is_foreign(name));
        // In XHTML `<br></br>` is as good as `<br/>`.
        if closes_itself || (self.syntax == Syntax::Html && tag::is_void(name)) {
            return None;
        }
        if self.open.len() >= MAX_DEPTH {
            self.overflow.push(name);
            return None;
        }
        self.open.push(id);
        self.last.push(None);
        self.foreign += u32::from(self.is_foreign(name));
        if self.syntax == Syntax::Xhtml || self.foreign > 0 { None } else { state(tag::content(name)) }
    }

    fn is_foreign(&self, name: Name) -> bool {
        self.foreign > 0 || matches!(name, tag::SVG | tag::MATH)
    }

    /// Ends the elements whose end tags may be left out before a start tag of this name.
    fn end_what_it_ends(&mut self, name: Name, at: u32) {
        if tag::closes_p(name)
            && let Some(depth) = self.find_open(tag::P)
        {
            self.end_down_to(depth, at);
        }
        if tag::heading_rank(name).is_some()
            && let Some(top) = self.open.last()
            && tag::heading_rank(self.outline.node(*top).name).is_some()
        {
            self.end_down_to(self.open.len() - 1, at);
        }
        while let Some(top) = self.open.last()
            && tag::ends_sibling(self.outline.node(*top).name, name)
        {
            self.end_down_to(self.open.len() - 1, at);
        }
        if matches!(name, tag::LI | tag::DT | tag::DD) {
            self.end_item(name, at);
        }
    }

    /// `<li>` also ends an `li` that an unclosed inline element stands between.
    fn end_item(&mut self, name: Name, at: u32) {
        for depth in (0..self.open.len()).rev() {
            let open = self.outline.node(self.open[depth]).name;
            if tag::ends_sibling(open, name) {
                self.end_down_to(depth, at);
                return;
            }
            if tag::is_block(open) {
                return;
            }
        }
    }

    /// The depth of the nearest open element of this name that an end tag here would reach.
    fn find_open(&self, name: Name) -> Option<usize> {
        for (depth, id) in self.open.iter().enumerate().rev() {
            let open = self.outline.node(*id).name;
            if open == name || self.syntax == Syntax::Html && tag::are_headings(open, name) {
                return Some(depth);
            }
            if self.syntax == Syntax::Html && tag::bounds_scope(open) && !tag_crosses(name, open) {
                return None;
            }
        }
        None
    }

    pub(super) fn end_tag(&mut self, span: Span) {
        // As far back as open elements reach: end tags of nothing must not be looked for in all that overflowed.
        let near = self.overflow.iter().rev().take(MAX_DEPTH);
        if let Some(back) = near.into_iter().position(|name| *name == self.token.name) {
            self.overflow.truncate(self.overflow.len() - back - 1);
            return;
        }
        // An end tag without an element is nobody's: it stays where it is.
        let Some(depth) = self.find_open(self.token.name) else { return };
        let id = self.open[depth];
        self.end_down_to(depth, span.start);
        self.outline.node_mut(id).close = span;
    }

    /// Ends every element from `depth` inwards, at the byte `at`.
    fn end_down_to(&mut self, depth: usize, at: u32) {
        let next = self.outline.len();
        if self.open.len() > depth {
            self.overflow.clear();
        }
        while self.open.len() > depth {
            let id = self.open.pop().expect("the loop's condition");
            self.last.pop();
            let node = self.outline.node_mut(id);
            node.next = next;
            node.close = Span::empty(at);
            let name = node.name;
            if self.foreign > 0 {
                self.foreign -= 1;
                debug_assert!(self.foreign > 0 || matches!(name, tag::SVG | tag::MATH));
            }
        }
    }
}

/// Whether an end tag of this name passes a boundary: table parts end inside their own table.
fn tag_crosses(name: Name, boundary: Name) -> bool {
    matches!(boundary, tag::TD | tag::TH | tag::CAPTION)
        && matches!(name, tag::TR | tag::TBODY | tag::THEAD | tag::TFOOT | tag::TABLE)
        || matches!(boundary, tag::SVG | tag::MATH)
}

fn state(content: Content) -> Option<State> {
    match content {
        Content::Markup => None,
        Content::RcData => Some(State::RcData),
        Content::RawText => Some(State::RawText),
        Content::Script => Some(State::ScriptData),
        Content::PlainText => Some(State::PlainText),
    }
}
