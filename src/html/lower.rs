//! From marks on an outline to edits of its text.

use std::ops::Range;

use super::entity;
use super::outline::{Attr, AttrChange, Fate, Kind, NodeId, Outline};
use crate::span::Span;
use crate::xml::splice::Edit;

/// The edits that the marks amount to: sorted and disjoint. `text` is what the outline is of, and
/// `replacements` what nodes have been replaced with.
pub fn lower(outline: &Outline, text: &str, replacements: &[String]) -> Vec<Edit> {
    lower_range(outline, text, replacements, 0..outline.len())
}

/// The edits that the marks on the nodes of a range amount to.
pub fn lower_range(
    outline: &Outline,
    text: &str,
    replacements: &[String],
    range: Range<NodeId>,
) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut put = Vec::new();
    let mut id = range.start;
    while id < range.end {
        let node = outline.node(id);
        let inside = id + 1;
        if let Some(html) = outline.put.get(&id).filter(|_| !outline.is_gone(id)) {
            put.push(Edit { span: Span::empty(node.close.end), text: html.clone() });
        }
        id = match node.fate {
            Fate::Removed => {
                edits.push(Edit::delete(node.span()));
                node.next
            }
            Fate::Replaced(with) => {
                edits.push(Edit::replace(node.span(), replacements[with as usize].as_str()));
                node.next
            }
            Fate::Unwrapped => {
                edits.push(Edit::delete(node.open));
                edits.push(Edit::delete(node.close));
                inside
            }
            Fate::Kept => {
                if node.kind == Kind::Element {
                    lower_attrs(outline, text, id, &mut edits);
                }
                inside
            }
        };
    }
    edits.retain(|edit| !edit.span.is_empty() || !edit.text.is_empty());
    // Where nodes end together, what was put after the inner one stands first.
    edits.extend(put.into_iter().rev());
    // End tags of unwrapped elements were noted with their start tags.
    edits.sort_by_key(|edit| edit.span);
    edits
}

fn lower_attrs(outline: &Outline, text: &str, id: NodeId, edits: &mut Vec<Edit>) {
    // Whether a `/` right after what stays would become part of it: `a=b /` is not `a=b/`.
    let mut is_open = false;
    for attr in outline.attrs(id) {
        match &attr.change {
            AttrChange::Kept => is_open = !attr.value.is_empty() && attr.value.end == attr.whole.end,
            AttrChange::Removed => edits.push(Edit::delete(with_space_before(text, attr, is_open))),
            AttrChange::Set(value) => {
                is_open = false;
                let key = attr.key.of(text);
                edits.push(Edit::replace(attr.whole, written(key, value)));
            }
        }
    }
    let mut added = String::new();
    for (key, value) in outline.added.get(&id).into_iter().flatten() {
        added.push(' ');
        added.push_str(&written(key, value));
    }
    if !added.is_empty() {
        let at = end_of_attributes(outline, text, id);
        edits.push(Edit { span: Span::empty(at), text: added });
    }
}

fn written(key: &str, value: &str) -> String {
    format!("{key}=\"{}\"", entity::escape_attribute(value))
}

/// An attribute and the white space before it, so that taking it out leaves no gap. `is_open` is whether what
/// stays before it must not touch a `/`.
fn with_space_before(text: &str, attr: &Attr, is_open: bool) -> Span {
    let before = text[..attr.whole.start as usize].trim_end_matches(|c: char| c.is_ascii_whitespace());
    let is_parted = match text[attr.whole.end as usize..].chars().next() {
        Some('/') => !is_open,
        // `<a b="c"d="e">`: nothing would part what stands around it.
        next => next.is_none_or(|c| c == '>' || c.is_ascii_whitespace()),
    };
    let start = if is_parted { crate::span::offset(before.len()) } else { attr.whole.start };
    Span { start, end: attr.whole.end }
}

/// Where in a start tag one more attribute goes.
fn end_of_attributes(outline: &Outline, text: &str, id: NodeId) -> u32 {
    let open = outline.node(id).open;
    let last = outline.attrs(id).iter().map(|a| a.whole.end).max();
    last.unwrap_or_else(|| {
        let tag = open.of(text);
        let name = tag.find(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/').unwrap_or(tag.len());
        open.start + crate::span::offset(name)
    })
}
