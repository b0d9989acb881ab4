//! The outline: every element, text and comment of an HTML text, in document order, in one flat vector.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::entity;
use super::known::Known;
use super::tag::{self, Name};
use crate::span::Span;
use crate::text::{CDATA_CLOSE, CDATA_OPEN};

/// The most nodes an outline holds. A text with more (real posts stay under 10,000) is left as it is:
/// a bound on memory, and on selectors that compare siblings with each other.
pub const MAX_NODES: usize = 100_000;

/// A node's place in the outline.
pub type NodeId = u32;

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An element.
    Element,
    /// Text between tags.
    Text,
    /// A comment, or something that browsers take for one.
    Comment,
}

/// What the rules have decided on a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fate {
    /// It stays.
    #[default]
    Kept,
    /// It goes, with everything in it.
    Removed,
    /// Its tags go, what is in it stays.
    Unwrapped,
    /// It goes, and the replacement at this index stands in its place.
    Replaced(u32),
}

/// One node. Descendants follow it directly: they are `id + 1 .. next`.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// An element's name.
    pub name: Name,
    /// The element around it in the text.
    pub(super) parent: Option<NodeId>,
    /// The sibling before it in the text.
    pub(super) prev: Option<NodeId>,
    /// The first node after it that is not inside it.
    pub next: NodeId,
    /// The start tag; the whole of a text or comment.
    pub open: Span,
    /// The end tag; empty where there is none, at the place where the element ends.
    pub close: Span,
    /// Its attributes: where they start, and how many.
    pub(super) attrs: (u32, u32),
    /// What becomes of it.
    pub fate: Fate,
}

impl Node {
    /// From the start of its start tag to the end of its end tag.
    pub fn span(&self) -> Span {
        Span { start: self.open.start, end: self.close.end }
    }
}

/// An attribute of a start tag.
#[derive(Clone, Debug)]
pub struct Attr {
    /// Its name.
    pub name: Name,
    /// Where its name stands.
    pub key: Span,
    /// Where its value stands, without quotes; empty where it has none.
    pub value: Span,
    /// From the start of its name to the end of its value, quotes included.
    pub whole: Span,
    /// What becomes of it.
    pub change: AttrChange,
}

/// What the rules have decided on an attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum AttrChange {
    /// It stays.
    #[default]
    Kept,
    /// It goes.
    Removed,
    /// It has this value now (not escaped).
    Set(String),
}

/// The structure of an HTML text. It holds no text itself, only positions.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    pub(super) nodes: Vec<Node>,
    pub(super) attrs: Vec<Attr>,
    /// Attributes that were added to elements: names and values, in the order they were.
    pub(super) added: BTreeMap<NodeId, Vec<(&'static str, String)>>,
    /// HTML that was put after nodes.
    pub(super) put: BTreeMap<NodeId, String>,
    /// Whether the text had more than [`MAX_NODES`] nodes, or was XHTML that is not well-formed; the outline is
    /// empty then.
    pub(super) unread: bool,
    /// Which names it has, once a selector has asked.
    pub(super) known: OnceLock<Known>,
}

impl Outline {
    /// A node.
    #[inline]
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id as usize]
    }

    #[inline]
    pub(super) fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[id as usize]
    }

    /// How many nodes there are.
    pub fn len(&self) -> NodeId {
        crate::span::offset(self.nodes.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Every node that is still there, in document order.
    pub fn live(&self) -> Live<'_> {
        Live { outline: self, at: 0, end: self.len(), shallow: false }
    }

    /// Every node still there inside `id`.
    pub fn inside(&self, id: NodeId) -> Live<'_> {
        Live { outline: self, at: id + 1, end: self.node(id).next, shallow: false }
    }

    /// The nodes still there directly inside `parent`, or at the top.
    pub fn children(&self, parent: Option<NodeId>) -> Live<'_> {
        let (at, end) = parent.map_or((0, self.len()), |id| (id + 1, self.node(id).next));
        Live { outline: self, at, end, shallow: true }
    }

    /// The element around a node, as it is now.
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        self.containers(id).find(|up| !self.is_unwrapped(*up))
    }

    /// The ancestors of a node as it is now, from the nearest.
    pub fn ancestors(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.containers(id).filter(|up| !self.is_unwrapped(*up))
    }

    /// Everything around a node in the text, unwrapped or not.
    fn containers(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(self.node(id).parent, |up| self.node(*up).parent)
    }

    /// The node before this one under the same parent, as it is now.
    pub fn prev(&self, id: NodeId) -> Option<NodeId> {
        let mut at = id;
        loop {
            let Some(prev) = self.node(at).prev else {
                // The first in what has been unwrapped follows what stands before that.
                at = self.node(at).parent.filter(|up| self.is_unwrapped(*up))?;
                continue;
            };
            at = prev;
            if self.is_unwrapped(prev) {
                if let Some(last) = self.children(Some(prev)).last() {
                    return Some(last);
                }
            } else if !self.is_gone(prev) {
                return Some(prev);
            }
        }
    }

    /// The nodes after this one under the same parent, as they are now.
    pub fn after(&self, id: NodeId) -> Live<'_> {
        let end = self.parent(id).map_or(self.len(), |up| self.node(up).next);
        Live { outline: self, at: self.node(id).next, end, shallow: true }
    }

    /// Whether a node is still there: neither it nor anything around it has been removed.
    pub fn is_live(&self, id: NodeId) -> bool {
        !self.is_gone(id) && !self.is_unwrapped(id) && !self.containers(id).any(|up| self.is_gone(up))
    }

    #[inline]
    fn is_unwrapped(&self, id: NodeId) -> bool {
        self.node(id).fate == Fate::Unwrapped
    }

    #[inline]
    pub(super) fn is_gone(&self, id: NodeId) -> bool {
        matches!(self.node(id).fate, Fate::Removed | Fate::Replaced(_))
    }

    /// Whether a node is an element of this name.
    #[inline]
    pub fn is(&self, id: NodeId, name: Name) -> bool {
        let node = self.node(id);
        node.kind == Kind::Element && node.name == name
    }

    /// An element's attributes that are in the source, removed or not.
    #[inline]
    pub(super) fn attrs(&self, id: NodeId) -> &[Attr] {
        let (start, len) = self.node(id).attrs;
        &self.attrs[start as usize..(start + len) as usize]
    }

    pub(super) fn attr_entry(&self, id: NodeId, name: &str) -> Option<usize> {
        let (start, len) = self.node(id).attrs;
        let range = start as usize..(start + len) as usize;
        let wanted = Name::of(name);
        range.into_iter().find(|i| self.attrs[*i].name == wanted)
    }

    /// The value of an attribute as it is now, references resolved. `text` is what the outline is of.
    pub fn attr<'a>(&'a self, text: &'a str, id: NodeId, name: &str) -> Option<Cow<'a, str>> {
        if let Some(entry) = self.attr_entry(id, name) {
            let attr = &self.attrs[entry];
            match &attr.change {
                AttrChange::Kept => return Some(entity::decode_attribute(attr.value.of(text))),
                AttrChange::Set(value) => return Some(Cow::Borrowed(value)),
                AttrChange::Removed => {}
            }
        }
        let added = self.added.get(&id)?.iter().find(|(key, _)| *key == name);
        added.map(|(_, value)| Cow::Borrowed(value.as_str()))
    }

    /// The characters of a text node: references resolved, or as a CDATA section has them.
    pub fn text_of<'t>(&self, text: &'t str, id: NodeId) -> Cow<'t, str> {
        let raw = self.node(id).open.of(text);
        let section = raw.strip_prefix(CDATA_OPEN).and_then(|raw| raw.strip_suffix(CDATA_CLOSE));
        section.map_or_else(|| entity::decode(raw), Cow::Borrowed)
    }

    /// The words in a node as they are now: references resolved, white space folded, blocks apart.
    /// What scripts and styles hold is not words.
    pub fn words(&self, text: &str, id: NodeId) -> String {
        // Of most elements the words are most of the bytes; those of large ones are not worth the room.
        let mut out = String::with_capacity(self.node(id).span().len().min(1024));
        if self.node(id).kind == Kind::Text {
            push_words(&mut out, &self.text_of(text, id));
        }
        self.push_all(text, self.inside(id), &mut out);
        trim_in_place(out)
    }

    /// The words of the whole text.
    pub fn all_words(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() / 2);
        self.push_all(text, self.live(), &mut out);
        trim_in_place(out)
    }

    fn push_all(&self, text: &str, nodes: Live<'_>, out: &mut String) {
        let mut silent_until = 0;
        for id in nodes {
            if id < silent_until {
                continue;
            }
            let node = self.node(id);
            if self.follows_block(id) {
                push_words(out, " ");
            }
            match node.kind {
                Kind::Element
                    if matches!(node.name, tag::SCRIPT | tag::STYLE | tag::TEMPLATE | tag::IFRAME) =>
                {
                    silent_until = node.next;
                }
                Kind::Element if tag::is_block(node.name) || node.name == tag::BR => push_words(out, " "),
                Kind::Text => push_words(out, &self.text_of(text, id)),
                _ => {}
            }
        }
    }

    /// Whether a block has ended just before this node.
    fn follows_block(&self, id: NodeId) -> bool {
        self.node(id).prev.is_some_and(|prev| {
            let node = self.node(prev);
            node.kind == Kind::Element && tag::is_block(node.name)
        })
    }
}

/// Adds text with its white space folded: as much at a time as has single spaces between its words.
fn push_words(out: &mut String, text: &str) {
    let bytes = text.as_bytes();
    let (mut from, mut at) = (0, 0);
    while at < bytes.len() {
        let follows_space = at == from || bytes[at - 1] == b' ';
        if bytes[at..].first_chunk().is_some_and(|eight| is_folded(*eight, follows_space)) {
            at += 8;
            continue;
        }
        let byte = bytes[at];
        if byte.is_ascii_graphic() || (byte == b' ' && !follows_space) {
            at += 1;
            continue;
        }
        let c = text[at..].chars().next().unwrap_or(' ');
        if c.is_whitespace() {
            out.push_str(&text[from..at]);
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
            from = at + c.len_utf8();
        }
        at += c.len_utf8();
    }
    out.push_str(&text[from..]);
}

/// Whether eight bytes are ASCII without white space but for single spaces: all of them in a few operations. Where it
/// says no, it may be that they are all the same.
fn is_folded(eight: [u8; 8], follows_space: bool) -> bool {
    const EACH: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = EACH << 7;
    let word = u64::from_le_bytes(eight);
    let controls = word.wrapping_sub(EACH * 0x20) & !word & HIGH;
    let differs = word ^ (EACH * 0x20);
    let spaces = differs.wrapping_sub(EACH) & !differs & HIGH;
    let after_space = spaces << 8 | u64::from(follows_space) << 7;
    (word & HIGH) | controls | (spaces & after_space) == 0
}

fn trim_in_place(mut out: String) -> String {
    out.truncate(out.trim_end().len());
    out
}

/// Nodes that are still there, in document order.
pub struct Live<'a> {
    outline: &'a Outline,
    at: NodeId,
    end: NodeId,
    /// Whether to step over what is inside the nodes.
    shallow: bool,
}

impl Iterator for Live<'_> {
    type Item = NodeId;

    #[inline]
    fn next(&mut self) -> Option<NodeId> {
        while self.at < self.end {
            let id = self.at;
            let node = self.outline.node(id);
            match node.fate {
                Fate::Removed | Fate::Replaced(_) => self.at = node.next,
                Fate::Unwrapped => self.at = id + 1,
                Fate::Kept => {
                    self.at = if self.shallow { node.next } else { id + 1 };
                    return Some(id);
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// However a text comes in pieces: its words, with one space between them.
        #[test]
        fn white_space_is_folded(pieces in prop::collection::vec("[ a-c\t\n\u{a0}\u{2003}\u{85}\u{1}é—]{0,12}", 0..6)) {
            let mut out = String::new();
            for piece in &pieces {
                push_words(&mut out, piece);
            }
            let whole = pieces.concat();
            prop_assert_eq!(trim_in_place(out), whole.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
}
