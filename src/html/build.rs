//! From HTML text to its outline: its tokens, and the small part of tree construction that decides where elements end.
//!
//! Source: WHATWG HTML §13.1.2.4 *Optional tags*, §13.2.6 *Tree construction*.

use quick_xml::events::Event;

use super::outline::{Fate, Kind, MAX_NODES, Node, NodeId, Outline};
use super::tag::{self, Content, Name};
use super::tokens::{Tag, Token, Tokens};
use crate::span::{Span, offset};
use crate::xml;

/// How deep elements may nest; deeper ones count as children of the last that fits.
const MAX_DEPTH: usize = 256;

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
        builder.read(Tokens::new(text, syntax));
        let outline = builder.finish(offset(text.len()));
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

struct Builder {
    syntax: Syntax,
    outline: Outline,
    /// Open elements, outermost first.
    open: Vec<NodeId>,
    /// Start tags beyond [`MAX_DEPTH`] whose end tags may still come.
    overflow: Vec<Name>,
    /// The last node at each depth: `last[0]` at the top, `last[n]` inside `open[n - 1]`.
    last: Vec<Option<NodeId>>,
    /// How many elements of SVG or `MathML` are open around here.
    foreign: u32,
    /// The tag that the text ends inside of.
    torn: Option<Span>,
}

impl Builder {
    fn new(text: &str, syntax: Syntax) -> Self {
        let mut outline = Outline::default();
        // Measured on real posts: a node every 50 bytes, an attribute every 160.
        outline.nodes.reserve(text.len() / 50);
        outline.attrs.reserve(text.len() / 160);
        Builder {
            syntax,
            outline,
            open: Vec::with_capacity(32),
            overflow: Vec::new(),
            last: vec![None],
            foreign: 0,
            torn: None,
        }
    }

    fn read(&mut self, mut tokens: Tokens<'_>) {
        loop {
            let is_foreign = self.foreign > 0 || self.syntax == Syntax::Xhtml;
            let from = offset(self.outline.attrs.len());
            let Some(token) = tokens.next(is_foreign, &mut self.outline.attrs) else { return };
            let is_node = !matches!(token, Token::End(_) | Token::Torn(_));
            if (is_node && self.outline.nodes.len() >= MAX_NODES) || self.outline.attrs.len() > MAX_NODES {
                self.outline.unread = true;
                return;
            }
            match token {
                Token::Text(span) => _ = self.push(Kind::Text, Name::default(), span, (0, 0)),
                Token::Comment(span) => _ = self.push(Kind::Comment, Name::default(), span, (0, 0)),
                Token::Start(tag) => {
                    let content = self.start_tag(tag, from);
                    tokens.enter(tag.name, content);
                }
                Token::End(tag) => self.end_tag(tag),
                Token::Torn(span) => self.torn = Some(span),
            }
        }
    }

    /// Ends what is open, where the text ends.
    fn finish(mut self, end: u32) -> Outline {
        let torn = self.torn.filter(|_| !self.is_in_text());
        self.end_down_to(0, torn.map_or(end, |torn| torn.start));
        if let Some(torn) = torn {
            self.push(Kind::Comment, Name::default(), torn, (0, 0));
        }
        if self.outline.unread {
            return Outline { unread: true, ..Outline::default() };
        }
        self.outline
    }

    /// Whether a tag that the text ends inside of is none. Else no reader shows it, so it stands there as a comment does,
    /// behind everything; but what looks like the end tag of a script that goes on is part of that.
    fn is_in_text(&self) -> bool {
        let is_text = |id: &NodeId| tag::content(self.outline.node(*id).name) != Content::Markup;
        self.syntax == Syntax::Html && self.foreign == 0 && self.open.last().is_some_and(is_text)
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

    /// Begins an element, whose attributes begin at `from`. Says how its text is read.
    fn start_tag(&mut self, Tag { name, span, closes_itself }: Tag, from: u32) -> Content {
        if self.syntax == Syntax::Html && self.foreign == 0 {
            self.end_what_it_ends(name, span.start);
        }
        let count = offset(self.outline.attrs.len()) - from;
        let id = self.push(Kind::Element, name, span, (from, count));
        let closes_itself = closes_itself && (self.syntax == Syntax::Xhtml || self.is_foreign(name));
        // In XHTML `<br></br>` is as good as `<br/>`.
        if closes_itself || (self.syntax == Syntax::Html && tag::is_void(name)) {
            return Content::Markup;
        }
        if self.open.len() >= MAX_DEPTH {
            self.overflow.push(name);
            return Content::Markup;
        }
        self.open.push(id);
        self.last.push(None);
        self.foreign += u32::from(self.is_foreign(name));
        let is_html = self.syntax == Syntax::Html && self.foreign == 0;
        if is_html { tag::content(name) } else { Content::Markup }
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

    fn end_tag(&mut self, Tag { name, span, .. }: Tag) {
        // As far back as open elements reach: end tags of nothing must not be looked for in all that overflowed.
        let near = self.overflow.iter().rev().take(MAX_DEPTH);
        if let Some(back) = near.into_iter().position(|one| *one == name) {
            self.overflow.truncate(self.overflow.len() - back - 1);
            return;
        }
        // An end tag without an element is nobody's: it stays where it is.
        let Some(depth) = self.find_open(name) else { return };
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
