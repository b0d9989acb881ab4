//! `remove-section`: a heading and what stands under it.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};

use super::values::Pattern;
use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::html::outline::{Kind, NodeId};
use crate::html::{Html, tag};

pub(super) const INFO: Info = Info {
    name: "remove-section",
    summary: "Takes out a heading that matches, and all up to the next heading of the same or a higher level, or to a rule.",
    why: "Sponsor sections stand under a heading of their own. `at-most` (a share of the text's words, 0.5 unless \
          said otherwise) keeps a section that never ends from taking the post with it.",
    example: "{ remove-section = { heading = '^brought to you by', at-most = 0.4 } }",
    shorthand: Some("heading"),
    compile: compile::<RemoveSection>,
    schema: schema::<RemoveSection>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RemoveSection {
    /// What the words of the heading match. A paragraph of nothing but bold words is a heading too.
    heading: Pattern,
    #[serde(default = "half", deserialize_with = "share")]
    /// How large a part of the text's words a section may be, above 0 and up to 1; a larger one stays. 0.5 unless said
    /// otherwise.
    at_most: f64,
}

fn half() -> f64 {
    0.5
}

fn share<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let share = f64::deserialize(deserializer)?;
    if share > 0.0 && share <= 1.0 {
        Ok(share)
    } else {
        Err(de::Error::custom("expected a share between 0 and 1"))
    }
}

/// The rank of a paragraph that is nothing but bold words: below every real heading.
const BOLD_PARAGRAPH: u8 = 7;

impl Rule for RemoveSection {
    fn apply(&self, draft: &mut Draft<'_>) {
        draft.each_html(|html| {
            let headings: Vec<NodeId> =
                html.outline().live().filter(|id| rank(html, *id).is_some()).collect();
            let mut whole = None;
            for heading in headings {
                if html.outline().is_live(heading) && self.heading.is_in(&html.words(heading)) {
                    let whole = *whole.get_or_insert_with(|| html.all_words().len());
                    self.cut(html, heading, whole);
                }
            }
        });
    }
}

impl RemoveSection {
    /// Cuts the section of a heading out, where it is not too large a part of the `whole` words.
    fn cut(&self, html: &mut Html<'_>, heading: NodeId, whole: usize) {
        let section = section(html, heading);
        let words: usize = section.iter().map(|id| html.words(*id).len()).sum();
        #[allow(clippy::cast_precision_loss, reason = "texts are far below 2^52 bytes")]
        if words as f64 > self.at_most * whole as f64 {
            html.spare(heading, "the section is a larger part of the text than `at-most` allows");
            return;
        }
        html.remove_all(&section);
    }
}

/// The heading and the siblings that belong to it.
fn section(html: &Html<'_>, heading: NodeId) -> Vec<NodeId> {
    let rank = rank(html, heading).unwrap_or(BOLD_PARAGRAPH);
    let start = outermost(html, heading);
    let mut section = vec![start];
    section.extend(html.outline().after(start).take_while(|id| !ends(html, *id, rank)));
    section
}

/// The heading, or the wrapper in which it stands alone.
fn outermost(html: &Html<'_>, heading: NodeId) -> NodeId {
    let alone_in = |parent: &NodeId| {
        let outline = html.outline();
        let is_wrapper = matches!(html.node(*parent).name, tag::DIV | tag::HEADER | tag::HGROUP);
        is_wrapper && outline.children(Some(*parent)).filter(|id| !html.is_blank(*id)).count() == 1
    };
    html.outline().ancestors(heading).take_while(alone_in).last().unwrap_or(heading)
}

/// Whether a section of this rank ends before a node.
fn ends(html: &Html<'_>, id: NodeId, section: u8) -> bool {
    let ends_here =
        |id: NodeId| html.outline().is(id, tag::HR) || rank(html, id).is_some_and(|r| r <= section);
    ends_here(id) || html.outline().inside(id).any(ends_here)
}

fn rank(html: &Html<'_>, id: NodeId) -> Option<u8> {
    let node = html.node(id);
    if node.kind != Kind::Element {
        return None;
    }
    let is_bold = || {
        let mut inside = html.outline().children(Some(id)).filter(|child| !html.is_blank(*child));
        let only = inside.next().filter(|_| inside.next().is_none());
        only.is_some_and(|child| BOLD.iter().any(|name| html.outline().is(child, *name)))
    };
    tag::heading_rank(node.name).or_else(|| (node.name == tag::P && is_bold()).then_some(BOLD_PARAGRAPH))
}

const BOLD: [tag::Name; 2] = [tag::Name::of("strong"), tag::Name::of("b")];
