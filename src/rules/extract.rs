//! `extract`: of a body, only some elements.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::html::outline::{Fate, NodeId};
use crate::html::{Html, Selectors};

pub(super) const INFO: Info = Info {
    name: "extract",
    summary: "Keeps only the elements that a selector names; a body in which there are none stays as it is.",
    why: "Where the post is one part of what the publisher sends, it is easier to say what to keep than what to remove.",
    example: "{ extract = 'article .post-body' }",
    shorthand: Some("selector"),
    compile: compile::<Extract>,
    schema: schema::<Extract>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Extract {
    /// The elements to keep, with all that is in them. They stand in the order of the body.
    selector: Selectors,
}

impl Rule for Extract {
    fn apply(&self, draft: &mut Draft<'_>) {
        draft.each_html(|html| {
            let wanted = html.find(&self.selector);
            if wanted.is_empty() {
                html.spare_whole("nothing in the text matches the selector");
            } else {
                keep_only(html, &wanted);
            }
        });
    }
}

/// Takes out what is not wanted, and unwraps what is around it. `wanted` is in document order.
fn keep_only(html: &mut Html<'_>, wanted: &[NodeId]) {
    let wrapper = html.is_xhtml().then(|| html.outline().children(None).next()).flatten();
    let mut wanted = wanted.iter().copied().peekable();
    let (mut others, mut around) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < html.outline().len() {
        let node = html.node(at);
        while wanted.next_if(|id| *id < at).is_some() {}
        let next = wanted.peek().copied();
        if next == Some(at) || matches!(node.fate, Fate::Removed | Fate::Replaced(_)) {
            at = node.next;
        } else if next.is_some_and(|id| id < node.next) {
            around.extend((Some(at) != wrapper && node.fate == Fate::Kept).then_some(at));
            at += 1;
        } else if node.fate == Fate::Unwrapped || Some(at) == wrapper {
            at += 1;
        } else {
            others.push(at);
            at = node.next;
        }
    }
    if !others.is_empty() {
        html.remove_all(&others);
    }
    for id in around {
        html.unwrap(id);
    }
}
