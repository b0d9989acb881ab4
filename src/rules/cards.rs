//! `cards`: previews of other pages as a plain link with what they say.

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::Deserialize;

use super::markup::{image, link, takes_paragraphs, web_address};
use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::html::outline::NodeId;
use crate::html::{Html, Selectors, entity, tag};

pub(super) const INFO: Info = Info {
    name: "cards",
    summary: "Turns cards that preview another page (Ghost bookmarks, WordPress embeds, Substack posts and tweets) into \
              a paragraph with a link, its title and its description.",
    why: "Without the publisher's stylesheet a card is loose words, an icon and a large picture; Substack's digest \
          cards and tweets are empty boxes, with all they say in an attribute.",
    example: "{ cards = { of = ['ghost', 'substack'], description = true, picture = false } }",
    shorthand: Some("of"),
    compile: compile::<Cards>,
    schema: schema::<Cards>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Cards {
    /// Whose cards: `ghost`, `wordpress`, `substack`; all of them unless said otherwise.
    #[serde(default = "everybody")]
    of: Vec<Platform>,
    /// Whether the description of the page stands under the link. `true` unless said otherwise.
    #[serde(default = "yes")]
    description: bool,
    /// Whether the picture of the page stands above the link. `false` unless said otherwise.
    #[serde(default)]
    picture: bool,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Platform {
    Ghost,
    Wordpress,
    Substack,
}

fn everybody() -> Vec<Platform> {
    vec![Platform::Ghost, Platform::Wordpress, Platform::Substack]
}

fn yes() -> bool {
    true
}

/// What a card says.
#[derive(Debug, Default)]
struct Card {
    address: String,
    title: String,
    description: String,
    picture: String,
    /// Whether the description is somebody's own words, and the title their name.
    is_quote: bool,
}

/// A kind of cards: where they are found, and how they are read.
struct Kind {
    platform: Platform,
    selector: &'static str,
    read: fn(&Html<'_>, NodeId) -> Option<Card>,
}

const KINDS: [Kind; 4] = [
    Kind { platform: Platform::Ghost, selector: ".kg-bookmark-card", read: ghost },
    Kind { platform: Platform::Wordpress, selector: "blockquote.wp-embedded-content", read: wordpress },
    Kind {
        platform: Platform::Substack,
        selector: "div.embedded-post-wrap, div.digest-post-embed, a.embedded-post",
        read: substack,
    },
    Kind {
        platform: Platform::Substack,
        selector: "div.twitter-embed[data-attrs], div.tweet[data-attrs]",
        read: tweet,
    },
];

static SELECTORS: LazyLock<[Selectors; 4]> =
    LazyLock::new(|| KINDS.each_ref().map(|kind| selector(kind.selector)));

fn selector(css: &str) -> Selectors {
    Selectors::parse(css).expect("a constant, compiled in the tests")
}

impl Rule for Cards {
    fn apply(&self, draft: &mut Draft<'_>) {
        draft.each_html(|html| {
            for (kind, selector) in KINDS.iter().zip(SELECTORS.iter()) {
                if self.of.contains(&kind.platform) {
                    for id in html.find(selector) {
                        self.settle(html, id, kind);
                    }
                }
            }
        });
    }
}

impl Cards {
    fn settle(&self, html: &mut Html<'_>, id: NodeId, kind: &Kind) {
        // A card in a card goes with it.
        let card = html.outline().is_live(id).then(|| (kind.read)(html, id)).flatten();
        let Some(card) = card.filter(|card| web_address(&card.address, None).is_some()) else { return };
        if kind.platform == Platform::Wordpress {
            remove_preview(html, id);
        }
        let is_block = takes_paragraphs(html, id);
        let mut written = self.written(&card, is_block);
        if is_block {
            written.push_str(&caption(html, id));
        }
        html.replace(id, written);
    }

    fn written(&self, card: &Card, is_block: bool) -> String {
        let title = if card.title.is_empty() { &card.address } else { &card.title };
        let link = link(card.address.trim(), &entity::escape(title));
        if card.is_quote && is_block {
            let said = lines(&card.description);
            return format!("<blockquote><p>{said}</p><p>{link}</p></blockquote>");
        }
        let mut parts = Vec::new();
        if let Some(picture) = web_address(&card.picture, None).filter(|_| self.picture) {
            parts.push(image(picture.as_str(), ""));
        }
        parts.push(link);
        if (self.description || card.is_quote) && !card.description.is_empty() {
            parts.push(lines(&card.description));
        }
        let said = parts.join("<br/>");
        if is_block { format!("<p>{said}</p>") } else { said }
    }
}

/// Words with their line breaks.
fn lines(words: &str) -> String {
    let lines = words.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(entity::escape).collect::<Vec<_>>().join("<br/>")
}

/// The words of the first element inside that has this class.
fn words_of(html: &Html<'_>, inside: &[NodeId], class: &str) -> String {
    with_class(html, inside, class).map(|id| html.words(id)).unwrap_or_default()
}

fn with_class(html: &Html<'_>, inside: &[NodeId], class: &str) -> Option<NodeId> {
    let has = |id: &NodeId| {
        html.attr(*id, "class").is_some_and(|all| all.split_whitespace().any(|one| one == class))
    };
    inside.iter().copied().find(has)
}

fn attr(html: &Html<'_>, id: NodeId, name: &str) -> String {
    html.attr(id, name).map(|value| value.trim().to_owned()).unwrap_or_default()
}

/// How many nodes of a card are looked at.
const MAX_CARD: usize = 256;

fn inside(html: &Html<'_>, id: NodeId) -> Vec<NodeId> {
    html.outline().inside(id).take(MAX_CARD).collect()
}

/// `figure.kg-bookmark-card > a.kg-bookmark-container`, with all it says in elements.
fn ghost(html: &Html<'_>, id: NodeId) -> Option<Card> {
    let inside = inside(html, id);
    let container = with_class(html, &inside, "kg-bookmark-container")?;
    let thumbnail = with_class(html, &inside, "kg-bookmark-thumbnail");
    let picture = thumbnail.and_then(|of| {
        html.outline().inside(of).take(MAX_CARD).chain([of]).find(|id| html.outline().is(*id, tag::IMG))
    });
    Some(Card {
        address: attr(html, container, "href"),
        title: words_of(html, &inside, "kg-bookmark-title"),
        description: words_of(html, &inside, "kg-bookmark-description"),
        picture: picture.map(|img| attr(html, img, "src")).unwrap_or_default(),
        is_quote: false,
    })
}

/// A caption that an author has given a card.
fn caption(html: &Html<'_>, id: NodeId) -> String {
    let mut inside = html.outline().inside(id).take(MAX_CARD);
    let caption =
        inside.find(|id| html.outline().is(*id, tag::FIGCAPTION)).filter(|id| !html.words(*id).is_empty());
    let said =
        caption.map(|caption| html.extract(&html.outline().children(Some(caption)).collect::<Vec<_>>()));
    said.map(|said| format!("<div>{said}</div>")).unwrap_or_default()
}

/// `blockquote.wp-embedded-content > a`, and a frame that shows more where scripts run.
fn wordpress(html: &Html<'_>, id: NodeId) -> Option<Card> {
    let linked = inside(html, id).into_iter().find(|inner| html.outline().is(*inner, tag::A))?;
    Some(Card { address: attr(html, linked, "href"), title: html.words(linked), ..Card::default() })
}

/// How many siblings of a quotation are looked through for its frame: white space, a break, a paragraph.
const NEAR: usize = 4;

fn remove_preview(html: &mut Html<'_>, quote: NodeId) {
    let near: Vec<NodeId> = html.outline().after(quote).take(NEAR).collect();
    let frames = near.iter().flat_map(|id| [*id].into_iter().chain(html.outline().inside(*id).take(NEAR)));
    let secret = html.attr(quote, "data-secret");
    let is_of_quote = |id: &NodeId| {
        html.outline().is(*id, tag::IFRAME)
            && attr(html, *id, "class").split_whitespace().any(|class| class == "wp-embedded-content")
            && html.attr(*id, "data-secret") == secret
    };
    let frame = frames.into_iter().find(is_of_quote);
    if let Some(frame) = frame {
        html.remove(frame);
    }
}

/// What Substack says of a post or a tweet, in `data-attrs`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    url: Option<String>,
    canonical_url: Option<String>,
    title: Option<String>,
    caption: Option<String>,
    truncated_body_text: Option<String>,
    cover_image: Option<String>,
    full_text: Option<String>,
    name: Option<String>,
    username: Option<String>,
}

fn said(html: &Html<'_>, id: NodeId) -> Said {
    html.attr(id, "data-attrs").and_then(|said| serde_json::from_str(&said).ok()).unwrap_or_default()
}

/// A post: in `data-attrs` and, where it is no digest, in elements too.
fn substack(html: &Html<'_>, id: NodeId) -> Option<Card> {
    let said = said(html, id);
    let inside: Vec<NodeId> = [id].into_iter().chain(inside(html, id)).collect();
    let linked = with_class(html, &inside, "embedded-post");
    let words = linked.map(|linked| html.words(linked)).unwrap_or_default();
    let or_words = |said: Option<String>, class| said.unwrap_or_else(|| words_of(html, &inside, class));
    let address =
        said.canonical_url.or(said.url).or_else(|| linked.map(|linked| attr(html, linked, "href")))?;
    let title = or_words(said.title, "embedded-post-title");
    Some(Card {
        address,
        // A card of one's own making may be nothing but its link.
        title: if title.is_empty() { words } else { title },
        description: or_words(said.caption.or(said.truncated_body_text), "embedded-post-body"),
        picture: said.cover_image.unwrap_or_default(),
        is_quote: false,
    })
}

/// A tweet: its words, and who said them.
fn tweet(html: &Html<'_>, id: NodeId) -> Option<Card> {
    let said = said(html, id);
    let name = said.name.unwrap_or_default();
    let title = said.username.map(|user| format!("{name} (@{user})").trim().to_owned()).unwrap_or(name);
    Some(Card {
        address: said.url?,
        title,
        description: said.full_text?,
        picture: String::new(),
        is_quote: true,
    })
}
