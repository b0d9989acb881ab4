//! `remove`: elements, by selector, by the words in them, or by both.

use schemars::JsonSchema;
use serde::Deserialize;

use super::values::Pattern;
use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::html::outline::{Kind, NodeId};
use crate::html::{Html, Selectors, tag};

pub(super) const INFO: Info = Info {
    name: "remove",
    summary: "Takes elements out: those a CSS selector names, those whose words match, or those for which both hold.",
    why: "Subscribe forms, share buttons, cross-promotion, the paragraph that begs for a subscription.",
    example: "{ remove = { selector = ['.share', 'form[action*=\"/subscribe\"]'] } }",
    shorthand: Some("selector"),
    compile: compile::<Remove>,
    schema: schema::<Remove>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "Options")]
struct Remove {
    selector: Option<Selectors>,
    text: Option<Pattern>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Options {
    /// The elements to take out. Without `text`, all of them.
    selector: Option<Selectors>,
    /// What their words match. Without `selector`, the smallest blocks (paragraphs, list entries, …) whose words
    /// match go.
    text: Option<Pattern>,
}

impl TryFrom<Options> for Remove {
    type Error = &'static str;

    fn try_from(Options { selector, text }: Options) -> Result<Self, Self::Error> {
        if selector.is_none() && text.is_none() {
            return Err("expected a `selector`, a `text`, or both");
        }
        Ok(Remove { selector, text })
    }
}

impl Rule for Remove {
    fn apply(&self, draft: &mut Draft<'_>) {
        draft.each_html(|html| {
            for id in self.candidates(html) {
                if self.text.as_ref().is_none_or(|text| text.is_in(&html.words(id))) {
                    html.remove(id);
                }
            }
        });
    }
}

impl Remove {
    fn candidates(&self, html: &Html<'_>) -> Vec<NodeId> {
        match &self.selector {
            Some(selector) => html.find(selector),
            None => html.outline().live().filter(|id| is_innermost_block(html, *id)).collect(),
        }
    }
}

/// Whether an element is a block with no block inside it: a paragraph, a list item, a heading.
fn is_innermost_block(html: &Html<'_>, id: NodeId) -> bool {
    let is_block = |id: NodeId| {
        let node = html.node(id);
        node.kind == Kind::Element && tag::is_block(node.name)
    };
    is_block(id) && !html.outline().inside(id).any(is_block)
}
