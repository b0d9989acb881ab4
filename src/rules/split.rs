//! `split`: one item becomes many.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Info, Rule, Scope, compile, schema};
use crate::feed::Draft;
use crate::feed::draft::ItemDraft;
use crate::feed::part::Part;
use crate::html::outline::{Kind, NodeId};
use crate::html::{Html, Selectors, tag};

pub(super) const INFO: Info = Info {
    name: "split",
    summary: "Makes an item of each element a CSS selector names; of each section, where it names headings.",
    why: "A digest of ten stories in one item can not be filtered, saved or read story by story. What belongs to \
          no part stays behind in the item.",
    example: "{ split = { selector = 'h2', link = 'h2 a' } }",
    shorthand: Some("selector"),
    compile: compile::<Split>,
    schema: schema::<Split>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Split {
    /// The elements that become items; a heading stands for its section.
    selector: Selectors,
    /// The element with the part's title; without it, the first heading in it, or else its first link.
    title: Option<Selectors>,
    /// The link that the part stands for; without it, its place in the item's own page.
    link: Option<Selectors>,
}

/// How many items one item may become.
const MAX_PARTS: usize = 500;

/// How many bytes they may take together: each is a copy of all that the item is made of beside its text.
const MAX_COPIED: usize = 16 << 20;

impl Rule for Split {
    fn scope(&self) -> Scope {
        Scope::Feed
    }

    fn apply(&self, draft: &mut Draft<'_>) {
        draft.split_each(|item| self.split(item));
    }
}

impl Split {
    fn split(&self, item: &mut ItemDraft<'_>) -> Vec<Part> {
        let size = item.item().span.len().max(1);
        let Some(html) = item.main_html().filter(|html| !html.is_unread()) else { return Vec::new() };
        let starts = html.find(&self.selector);
        let most = (MAX_COPIED / size).clamp(1, MAX_PARTS);
        let mut groups: Vec<Vec<NodeId>> = Vec::new();
        let mut end = 0;
        for id in starts.iter().copied() {
            // What stands inside a part is of that part.
            if id >= end && groups.len() < most {
                groups.push(nodes(html, id, &starts));
                end = groups.last().and_then(|group| group.last()).map_or(end, |last| html.node(*last).next);
            }
        }
        let all = |selector: &Option<Selectors>| selector.as_ref().map(|selector| html.find(selector));
        let found = Found { titles: all(&self.title), links: all(&self.link) };
        let parts = groups.iter().map(|group| part(html, group, &found)).collect();
        for group in &groups {
            html.remove_all(group);
        }
        // A picture says something too.
        if !groups.is_empty() && html.all_words().is_empty() && html.named(tag::IMG).is_empty() {
            item.drop_it();
        }
        parts
    }
}

/// What the selectors of titles and links match in the whole text, in its order.
struct Found {
    titles: Option<Vec<NodeId>>,
    links: Option<Vec<NodeId>>,
}

fn part(html: &Html<'_>, nodes: &[NodeId], found: &Found) -> Part {
    let within = |found: &Vec<NodeId>| {
        let in_node =
            |n: &NodeId| found.get(found.partition_point(|id| id < n)).filter(|id| **id < html.node(*n).next);
        nodes.iter().find_map(in_node).copied()
    };
    let first = |is_it: &dyn Fn(NodeId) -> bool| {
        let all = nodes.iter().flat_map(|n| std::iter::once(*n).chain(html.outline().inside(*n)));
        all.into_iter().find(|id| html.node(*id).kind == Kind::Element && is_it(*id))
    };
    let heading = || first(&|id| tag::heading_rank(html.node(id).name).is_some());
    let link = || first(&|id| html.attr(id, "href").is_some());
    let title = match &found.titles {
        Some(titles) => within(titles),
        None => heading().or_else(link),
    };
    let link = found.links.as_ref().and_then(within);
    let attribute = |id: Option<NodeId>, name| id.and_then(|id| html.attr(id, name)).unwrap_or_default();
    Part {
        title: title.map(|id| html.words(id)).unwrap_or_default(),
        link: attribute(link, "href").trim().to_owned(),
        anchor: attribute(title.or(nodes.first().copied()), "id").trim().to_owned(),
        html: html.extract_whole(nodes),
    }
}

/// The nodes of a part: the element, and after a heading all up to the next part beside it.
fn nodes(html: &Html<'_>, start: NodeId, starts: &[NodeId]) -> Vec<NodeId> {
    let is_heading = tag::heading_rank(html.node(start).name).is_some();
    let after = html.outline().after(start).take_while(|id| {
        let holds = starts.partition_point(|s| s < id);
        is_heading && starts.get(holds).is_none_or(|s| *s >= html.node(*id).next)
    });
    std::iter::once(start).chain(after).collect()
}
