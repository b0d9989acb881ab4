//! What a rule takes out of a text: how many things, how many bytes, and what a person would call them.

use super::lower::lower_range;
use super::outline::{Kind, NodeId};
use super::page::Html;
use super::tag;

/// How many characters of what was taken a receipt shows.
const SNIPPET: usize = 80;

/// What a rule took out of a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// How many things.
    pub count: u32,
    /// How many bytes fewer the text has.
    pub bytes: i64,
    /// How many of those were words between tags.
    pub words: i64,
    /// The first of them, as a person would read it.
    pub snippet: String,
    /// What a rule would have taken and did not, and why.
    pub spared: Vec<String>,
}

impl Taken {
    /// Whether nothing happened.
    pub fn is_nothing(&self) -> bool {
        self.count == 0 && self.spared.is_empty()
    }
}

impl Html<'_> {
    /// The bytes that a node has now.
    pub(super) fn live_bytes(&self, id: NodeId) -> usize {
        let range = id..self.node(id).next;
        let edits = lower_range(&self.outline, self.text(), &self.replacements, range);
        let put: usize = edits.iter().map(|edit| edit.text.len()).sum();
        let taken: usize = edits.iter().map(|edit| edit.span.len()).sum();
        (self.node(id).span().len() + put).saturating_sub(taken)
    }

    /// How many bytes of a node are words, about: what stands between its tags and is no script.
    pub(super) fn words_in(&self, id: NodeId) -> usize {
        self.sum_of_words(std::iter::once(id).chain(self.outline.inside(id)))
    }

    /// How many bytes of the whole text are words, about.
    pub fn words_len(&self) -> usize {
        self.sum_of_words(self.outline.live())
    }

    fn sum_of_words(&self, nodes: impl Iterator<Item = NodeId>) -> usize {
        let is_code = |up: NodeId| matches!(self.node(up).name, tag::SCRIPT | tag::STYLE);
        let texts = nodes.filter(|id| {
            let node = self.node(*id);
            node.kind == Kind::Text && !node.parent.is_some_and(is_code)
        });
        texts.map(|id| self.node(id).open.len()).sum()
    }

    /// A node as a person would name it: its words, or its tag where it has none.
    pub(super) fn describe(&self, id: NodeId) -> String {
        let words = self.words(id);
        let node = self.node(id);
        if words.is_empty() || node.kind == Kind::Comment {
            node.open.of(self.text()).to_owned()
        } else {
            words
        }
    }
}

/// How many bytes of an HTML text stand outside its tags.
pub(super) fn words_of(html: &str) -> usize {
    let outside = html.split('<').enumerate().map(|(nth, piece)| match piece.split_once('>') {
        Some((_, words)) if nth > 0 => words.len(),
        _ if nth > 0 => 0,
        _ => piece.len(),
    });
    outside.sum()
}

/// The beginning of a text, for a receipt.
pub fn shorten(text: &str) -> String {
    match text.char_indices().nth(SNIPPET) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

/// A count of bytes that can be taken from another.
pub(super) fn signed(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
