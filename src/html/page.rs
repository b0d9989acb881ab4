//! An HTML text that rules look at and mark: its outline, and what has become of it so far.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::build::Syntax;
use super::known::Known;
use super::lower::{lower, lower_range};
use super::outline::{AttrChange, Fate, Kind, Node, NodeId, Outline};
use super::select::Selectors;
use super::taken::{Taken, shorten, signed, words_of};
use super::xhtml::as_xhtml;
use super::{entity, tag};
use crate::span::Span;
use crate::text::{CDATA_CLOSE, CDATA_OPEN, Style, encode};
use crate::xml::splice::{Edit, compose, splice, splice_within};

/// An HTML text under edit. What one rule has done, the next one sees.
#[derive(Debug)]
pub struct Html<'a> {
    syntax: Syntax,
    source: Cow<'a, str>,
    /// The text that the outline is of, where it is no longer the source.
    text: Option<String>,
    /// What has been done to the source to arrive at `text`.
    settled: Vec<Edit>,
    pub(super) outline: Outline,
    pub(super) replacements: Vec<String>,
    marked: bool,
    /// Whether a mark has put HTML in, so that the outline must be read anew before it is looked at again.
    stale: bool,
    taken: Taken,
    /// The words of the whole text, once they have been asked for.
    words: OnceLock<String>,
}

impl<'a> Html<'a> {
    /// Reads the outline of `source`.
    pub fn new(source: Cow<'a, str>, syntax: Syntax) -> Self {
        Html::edited(source, syntax, Vec::new())
    }

    /// Reads the outline of what these edits make of `source`, as though they had been made here.
    pub fn edited(source: Cow<'a, str>, syntax: Syntax, edits: Vec<Edit>) -> Self {
        let text = (!edits.is_empty()).then(|| splice(&source, &edits));
        let outline = Outline::build(text.as_deref().unwrap_or(&source), syntax);
        Html {
            syntax,
            source,
            text,
            settled: edits,
            outline,
            replacements: Vec::new(),
            marked: false,
            stale: false,
            taken: Taken::default(),
            words: OnceLock::new(),
        }
    }

    /// Whether it is XHTML, which must stay well-formed.
    pub fn is_xhtml(&self) -> bool {
        self.syntax == Syntax::Xhtml
    }

    /// The text the outline is of.
    pub fn text(&self) -> &str {
        self.text.as_deref().unwrap_or(&self.source)
    }

    /// The text with the marks applied.
    pub fn marked_text(&self) -> Cow<'_, str> {
        if !self.marked {
            return Cow::Borrowed(self.text());
        }
        Cow::Owned(splice(self.text(), &lower(&self.outline, self.text(), &self.replacements)))
    }

    /// Whether a node says nothing: a comment, or text that is white space (`&nbsp;` too).
    pub fn is_blank(&self, id: NodeId) -> bool {
        match self.node(id).kind {
            Kind::Element => false,
            Kind::Comment => true,
            Kind::Text => match self.node(id).open.of(self.text()).trim_start().chars().next() {
                None => true,
                // A reference or a section may turn out to be white space.
                Some('&' | '<') => self.outline.text_of(self.text(), id).trim().is_empty(),
                Some(_) => false,
            },
        }
    }

    /// Whether a node is the tag that the text ends inside of: what is put after it would become part of it.
    pub fn is_torn(&self, id: NodeId) -> bool {
        let node = self.node(id);
        let inside = node.open.of(self.text()).strip_prefix('<').unwrap_or_default();
        let name = inside.strip_prefix('/').unwrap_or(inside);
        node.kind == Kind::Comment && name.starts_with(|c: char| c.is_ascii_alphabetic())
    }

    /// The outline, with the marks on it.
    pub fn outline(&self) -> &Outline {
        &self.outline
    }

    /// A node.
    pub fn node(&self, id: NodeId) -> &Node {
        self.outline.node(id)
    }

    /// Whether the text is too large or too broken for an outline; rules do nothing to it then.
    pub fn is_unread(&self) -> bool {
        self.outline.unread
    }

    /// The elements that match, in document order.
    pub fn find(&self, selectors: &Selectors) -> Vec<NodeId> {
        selectors.find(&self.outline, self.text())
    }

    /// The live elements of this name, in document order.
    pub fn named(&self, name: tag::Name) -> Vec<NodeId> {
        self.outline.live().filter(|id| self.outline.is(*id, name)).collect()
    }

    /// An attribute's value as it is now.
    pub fn attr(&self, id: NodeId, name: &str) -> Option<Cow<'_, str>> {
        self.outline.attr(self.text(), id, name)
    }

    /// The attributes of an element that are still there: their index in the outline, and their names as
    /// they are written.
    pub fn attr_keys(&self, id: NodeId) -> Vec<(usize, String)> {
        self.written_keys(id).map(|(index, key)| (index, key.to_ascii_lowercase())).collect()
    }

    /// The attributes of an element that are still there, and whose names as they are written are asked for.
    pub fn attrs_named(&self, id: NodeId, is_named: impl Fn(&str) -> bool) -> Vec<usize> {
        self.written_keys(id).filter(|(_, key)| is_named(key)).map(|(index, _)| index).collect()
    }

    fn written_keys(&self, id: NodeId) -> impl Iterator<Item = (usize, &str)> {
        let start = self.node(id).attrs.0 as usize;
        let live = self.outline.attrs(id).iter().enumerate().filter(|(_, a)| a.change != AttrChange::Removed);
        live.map(move |(i, a)| (start + i, a.key.of(self.text())))
    }

    /// The same with their values, references resolved.
    pub fn attr_values(&self, id: NodeId) -> Vec<(usize, String, String)> {
        let start = self.node(id).attrs.0 as usize;
        let live = self.outline.attrs(id).iter().enumerate();
        let values = live.filter_map(|(i, attr)| {
            let value = match &attr.change {
                AttrChange::Removed => return None,
                AttrChange::Set(value) => value.clone(),
                AttrChange::Kept => entity::decode_attribute(attr.value.of(self.text())).into_owned(),
            };
            Some((start + i, attr.key.of(self.text()).to_ascii_lowercase(), value))
        });
        values.collect()
    }

    /// The words in a node.
    pub fn words(&self, id: NodeId) -> String {
        self.outline.words(self.text(), id)
    }

    /// The characters of a text node.
    pub fn text_of(&self, id: NodeId) -> Cow<'_, str> {
        self.outline.text_of(self.text(), id)
    }

    /// The words of the whole text.
    pub fn all_words(&self) -> &str {
        self.words.get_or_init(|| self.outline.all_words(self.text()))
    }

    /// Takes a node out, with everything in it.
    pub fn remove(&mut self, id: NodeId) {
        if self.outline.is_live(id) {
            self.take(self.live_bytes(id), |html| html.describe(id));
            self.taken.words += signed(self.words_in(id));
            self.mark(id, Fate::Removed);
        }
    }

    /// Takes nodes out that belong together: they count as one thing.
    pub fn remove_all(&mut self, ids: &[NodeId]) {
        let bytes = ids.iter().map(|id| self.live_bytes(*id)).sum();
        self.take(bytes, |html| {
            let words: Vec<String> = ids.iter().map(|id| html.words(*id)).filter(|w| !w.is_empty()).collect();
            words.join(" ")
        });
        for id in ids {
            self.taken.words += signed(self.words_in(*id));
            self.mark(*id, Fate::Removed);
        }
    }

    /// Notes that a rule has left a node alone that it was to take, and why.
    pub fn spare(&mut self, id: NodeId, why: &str) {
        let what = shorten(&self.describe(id));
        self.taken.spared.push(format!("\u{201c}{what}\u{201d}: {why}"));
    }

    /// Notes that a rule has left the whole text alone, and why.
    pub fn spare_whole(&mut self, why: &str) {
        if let Some(first) = self.outline.live().next() {
            self.spare(first, why);
        }
    }

    /// Takes an element's tags out and leaves what is in it.
    pub fn unwrap(&mut self, id: NodeId) {
        if self.outline.is_live(id) {
            let bytes = self.node(id).open.len() + self.node(id).close.len();
            self.take(bytes, |html| html.node(id).open.of(html.text()).to_owned());
            self.mark(id, Fate::Unwrapped);
        }
    }

    /// Puts HTML in the place of a node.
    pub fn replace(&mut self, id: NodeId, html: String) {
        if self.outline.is_live(id) {
            self.take(self.live_bytes(id), |html| html.describe(id));
            self.taken.bytes -= signed(html.len());
            self.taken.words += signed(self.words_in(id)) - signed(words_of(&html));
            let index = crate::span::offset(self.replacements.len());
            self.replacements.push(html);
            self.mark(id, Fate::Replaced(index));
            self.stale = true;
        }
    }

    /// Puts HTML after a node, and after what has been put there before. It is not seen before the next rule.
    pub fn put_after(&mut self, id: NodeId, html: &str) {
        if self.outline.is_live(id) {
            self.take(0, |page| page.describe(id));
            self.taken.bytes -= signed(html.len());
            self.outline.put.entry(id).or_default().push_str(html);
            self.marked = true;
            self.stale = true;
        }
    }

    /// Puts words before a node.
    pub fn put_before(&mut self, id: NodeId, words: &str) {
        let written = format!("{}{}", entity::escape(words), self.node(id).span().of(self.text()));
        self.replace(id, written);
    }

    /// Puts words after a node.
    pub fn put_words_after(&mut self, id: NodeId, words: &str) {
        let written = format!("{}{}", self.node(id).span().of(self.text()), entity::escape(words));
        self.replace(id, written);
    }

    /// Puts other words in the place of a text node, written as it is written.
    pub fn set_words(&mut self, id: NodeId, words: &str) {
        let is_section =
            self.syntax == Syntax::Xhtml && self.node(id).open.of(self.text()).starts_with(CDATA_OPEN);
        let written = if is_section {
            format!("{CDATA_OPEN}{}{CDATA_CLOSE}", encode(words, Style::CData))
        } else {
            entity::escape(words).into_owned()
        };
        self.replace(id, written);
    }

    /// Takes an attribute out, by its index in the outline.
    pub fn remove_attr(&mut self, index: usize) {
        let whole = self.outline.attrs[index].whole;
        self.take(whole.len() + 1, |html| whole.of(html.text()).to_owned());
        self.outline.attrs[index].change = AttrChange::Removed;
        self.marked = true;
    }

    /// Gives an element an attribute, or another value for it.
    pub fn set_attr(&mut self, id: NodeId, name: &'static str, value: &str) {
        self.marked = true;
        if matches!(name, "class" | "id") {
            self.outline.known = Known::everything().into();
        }
        let Some(entry) = self.outline.attr_entry(id, name) else {
            self.take(0, |html| html.node(id).open.of(html.text()).to_owned());
            self.taken.bytes -= signed(name.len() + value.len() + 4);
            let added = self.outline.added.entry(id).or_default();
            added.retain(|(key, _)| *key != name);
            added.push((name, value.to_owned()));
            return;
        };
        let whole = self.outline.attrs[entry].whole;
        self.take(whole.len(), |html| whole.of(html.text()).to_owned());
        self.taken.bytes -= signed(name.len() + value.len() + 3);
        self.outline.attrs[entry].change = AttrChange::Set(value.to_owned());
    }

    /// Some nodes as they are now, one after the other.
    pub fn extract(&self, ids: &[NodeId]) -> String {
        let each = ids.iter().map(|id| {
            let node = self.node(*id);
            let edits = lower_range(&self.outline, self.text(), &self.replacements, *id..node.next);
            splice_within(self.text(), node.span(), edits)
        });
        each.collect()
    }

    /// Some nodes as they are now, as a text of its own: in XHTML, inside the element that is around all of it.
    pub fn extract_whole(&self, ids: &[NodeId]) -> String {
        let inside = self.extract(ids);
        let around = ids.first().and_then(|id| self.outline.ancestors(*id).last());
        match around.filter(|_| self.syntax == Syntax::Xhtml) {
            Some(around) => {
                let Node { open, close, .. } = self.node(around);
                format!("{}{inside}{}", open.of(self.text()), close.of(self.text()))
            }
            None => inside,
        }
    }

    /// Puts another text in the place of the whole.
    pub fn put_whole(&mut self, text: String) {
        self.settled = vec![Edit::replace(Span::new(0, self.source.len()), text.as_str())];
        self.outline = Outline::build(&text, self.syntax);
        self.text = Some(text);
        self.replacements.clear();
        (self.stale, self.marked) = (false, false);
        self.words.take();
    }

    /// The same, as something that a rule has done. In XHTML it stands inside the element that is around all of
    /// it.
    pub fn replace_whole(&mut self, text: String) {
        let around = self.outline.children(None).find(|id| self.node(*id).kind == Kind::Element);
        let text = match around.filter(|_| self.syntax == Syntax::Xhtml) {
            Some(around) => {
                let Node { open, close, .. } = self.node(around);
                format!("{}{}{}", open.of(self.text()), as_xhtml(&text), close.of(self.text()))
            }
            None => text,
        };
        self.take(self.text().len(), |html| html.all_words().to_owned());
        self.taken.bytes -= signed(text.len());
        self.taken.words += signed(self.words_len()) - signed(words_of(&text));
        self.put_whole(text);
    }

    /// What [`Html::replace_whole`] replaces: the whole; in XHTML, what is in the element around all of it.
    pub fn inside(&self) -> String {
        let around = self.outline.children(None).find(|id| self.node(*id).kind == Kind::Element);
        match around.filter(|_| self.syntax == Syntax::Xhtml) {
            Some(around) => self.extract(&self.outline.children(Some(around)).collect::<Vec<_>>()),
            None => self.marked_text().into_owned(),
        }
    }

    /// Reads the outline anew where a mark has put HTML in.
    pub fn settle(&mut self) {
        if self.stale {
            let edits = lower(&self.outline, self.text(), &self.replacements);
            self.apply(&edits);
        }
    }

    /// Applies every mark, so that the text is what has been made of it.
    pub fn settle_all(&mut self) {
        self.stale |= self.marked;
        self.settle();
    }

    fn apply(&mut self, edits: &[Edit]) {
        let text = splice(self.text(), edits);
        self.settled = compose(self.source.len(), &self.settled, edits);
        self.outline = Outline::build(&text, self.syntax);
        self.text = Some(text);
        self.replacements.clear();
        (self.stale, self.marked) = (false, false);
        self.words.take();
    }

    /// Edits the text itself, where no node stands for what changes. `edits` is asked once every mark has been
    /// applied, and speaks of the text as it is then; whether it says to change anything.
    pub fn rewrite(&mut self, edits: impl FnOnce(&Self) -> Vec<Edit>) -> bool {
        self.settle_all();
        let edits = edits(self);
        for edit in &edits {
            let is_put = edit.span.is_empty();
            self.take(edit.span.len(), |html| {
                if is_put { edit.text.clone() } else { edit.span.of(html.text()).to_owned() }
            });
            self.taken.bytes -= signed(edit.text.len());
        }
        if !edits.is_empty() {
            self.apply(&edits);
        }
        !edits.is_empty()
    }

    /// Where the text itself stands: all of it up to a tag that it ends inside of, or in XHTML what is inside the
    /// element around all of it (RFC 4287 §3.1.1.3). `None` where that is one tag without an inside.
    pub fn inner(&self) -> Option<Span> {
        let mut top = self.outline.children(None).filter(|id| self.node(*id).kind == Kind::Element);
        if let Some(around) = top.next().filter(|_| self.is_xhtml() && top.next().is_none()) {
            let Node { open, close, .. } = self.node(around);
            return (!close.is_empty()).then_some(Span { start: open.end, end: close.start });
        }
        let torn = self.outline.len().checked_sub(1).filter(|last| self.is_torn(*last));
        let end = torn.map_or(self.text().len(), |last| self.node(last).open.range().start);
        Some(Span::new(0, end))
    }

    /// Puts HTML at the start of the text.
    pub fn prepend(&mut self, html: &str) {
        let put = |at: Span| Edit { span: Span::empty(at.start), text: html.to_owned() };
        self.rewrite(|text| text.inner().map(put).into_iter().collect());
    }

    /// Puts HTML at the end of the text.
    pub fn append(&mut self, html: &str) {
        let put = |at: Span| Edit { span: Span::empty(at.end), text: html.to_owned() };
        self.rewrite(|text| text.inner().map(put).into_iter().collect());
    }

    /// Everything that has been done, as edits of the source.
    pub fn edits(&self) -> Vec<Edit> {
        if !self.marked {
            return self.settled.clone();
        }
        let edits = lower(&self.outline, self.text(), &self.replacements);
        if self.settled.is_empty() { edits } else { compose(self.source.len(), &self.settled, &edits) }
    }

    /// What has been taken since this was last asked.
    pub fn drain_taken(&mut self) -> Taken {
        std::mem::take(&mut self.taken)
    }

    fn mark(&mut self, id: NodeId, fate: Fate) {
        self.outline.node_mut(id).fate = fate;
        self.marked = true;
        self.words.take();
    }

    fn take(&mut self, bytes: usize, snippet: impl FnOnce(&Self) -> String) {
        if self.taken.count == 0 {
            let text = snippet(self);
            self.taken.snippet = shorten(&text);
        }
        self.taken.count += 1;
        self.taken.bytes += signed(bytes);
    }
}
