//! What a text ends with.

use crate::html::outline::{Kind, NodeId};
use crate::html::{Html, tag};

/// How many containers around the end of a text are looked into. Real ones have a handful.
pub const MAX_LEVELS: usize = 16;

/// The last node in an element, or at the top, that says something.
pub fn last_child(html: &Html<'_>, parent: Option<NodeId>) -> Option<NodeId> {
    from_the_end(html, parent).find(|id| says_something(html, *id))
}

/// The last few nodes there that say something, in order.
pub fn last_children(html: &Html<'_>, parent: Option<NodeId>, most: usize) -> Vec<NodeId> {
    let last = from_the_end(html, parent).filter(|id| says_something(html, *id)).take(most);
    let mut last: Vec<NodeId> = last.collect();
    last.reverse();
    last
}

fn from_the_end(html: &Html<'_>, parent: Option<NodeId>) -> impl Iterator<Item = NodeId> + use<> {
    html.outline().children(parent).collect::<Vec<NodeId>>().into_iter().rev()
}

/// Whether a node is more than white space, a comment or an empty paragraph.
pub fn says_something(html: &Html<'_>, id: NodeId) -> bool {
    let node = html.node(id);
    match node.kind {
        Kind::Text | Kind::Comment => !html.is_blank(id),
        Kind::Element => {
            matches!(
                node.name,
                tag::IMG | tag::IFRAME | tag::VIDEO | tag::AUDIO | tag::HR | tag::SVG | tag::A
            ) || html.outline().children(Some(id)).any(|child| says_something(html, child))
        }
    }
}

/// The words from a place to the end, as far as `most` of them; `None` where there are more.
pub fn words_after(html: &Html<'_>, id: NodeId, most: usize) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let rest = html.outline().live().filter(|after| *after >= html.node(id).next);
    for text in rest.filter(|after| html.node(*after).kind == Kind::Text) {
        words.extend(html.text_of(text).split_whitespace().map(str::to_owned));
        if words.len() > most {
            return None;
        }
    }
    Some(words)
}
