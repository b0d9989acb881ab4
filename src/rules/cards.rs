//! `cards`: boxes that stand for another page, as plain links.

use schemars::JsonSchema;
use serde::Deserialize;

use super::markup::{leads_to_web, link};
use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::html::outline::NodeId;
use crate::html::{Html, Selectors, entity};

pub(super) const INFO: Info = Info {
    name: "cards",
    summary: "Turns cards that stand for another page (Ghost's bookmarks, WordPress's and Substack's embedded posts) into a \
              link with the title, and the description.",
    why: "Without the publisher's stylesheet a card is a heap of words, icons and a picture.",
    example: "{ cards = { selector = '.story-card', title = '.story-title' } }",
    shorthand: Some("selector"),
    compile: compile::<Cards>,
    schema: schema::<Cards>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Cards {
    /// Cards beside the known ones.
    selector: Option<Selectors>,
    /// Where their title is; the words of the link unless said otherwise.
    title: Option<Selectors>,
    /// Where their description is; there is none unless said otherwise.
    description: Option<Selectors>,
}

/// The cards that are known, with the elements of their title and their description.
const KNOWN: [(&str, &str, &str); 4] = [
    (".kg-bookmark-card", ".kg-bookmark-title", ".kg-bookmark-description"),
    (".embedded-post-wrap", ".embedded-post-title", ".embedded-post-body"),
    (".digest-post-embed", "h2, h3, h4", ""),
    ("blockquote.wp-embedded-content", "a", ""),
];

impl Rule for Cards {
    fn apply(&self, draft: &mut Draft<'_>) {
        let parse = |css: &str| Selectors::parse(css).ok();
        let known: Vec<_> =
            KNOWN.iter().map(|(card, title, text)| (parse(card), parse(title), parse(text))).collect();
        let own = (self.selector.clone(), self.title.clone(), self.description.clone());
        draft.each_html(|html| {
            for (card, title, description) in known.iter().chain([&own]) {
                let Some(card) = card else { continue };
                let found = |selector: &Option<Selectors>| {
                    selector.as_ref().map(|s| html.find(s)).unwrap_or_default()
                };
                let (titles, descriptions) = (found(title), found(description));
                for id in html.find(card) {
                    if let Some(written) = written(html, id, &titles, &descriptions) {
                        html.replace(id, written);
                    }
                }
            }
        });
    }
}

/// A card as a paragraph. One without a link, or without a title, is left alone.
fn written(html: &Html<'_>, card: NodeId, titles: &[NodeId], descriptions: &[NodeId]) -> Option<String> {
    let within = |found: &[NodeId]| {
        let first = found.get(found.partition_point(|id| *id < card)).copied();
        first.filter(|id| *id < html.node(card).next).map(|id| html.words(id)).unwrap_or_default()
    };
    let leads = |id: &NodeId| html.attr(*id, "href").is_some_and(|address| leads_to_web(&address));
    let anchor = std::iter::once(card).chain(html.outline().inside(card)).find(leads)?;
    let address = html.attr(anchor, "href")?.trim().to_owned();
    let title = Some(within(titles)).filter(|words| !words.is_empty()).unwrap_or_else(|| html.words(anchor));
    if title.is_empty() {
        return None;
    }
    let description = within(descriptions);
    let description =
        if description.is_empty() { description } else { format!("<br/>{}", entity::escape(&description)) };
    Some(format!("<p>{}{description}</p>", link(&address, &entity::escape(&title))))
}
