//! Whether an item is a teaser: the beginning of a post that goes on behind a paywall.
//!
//! Three things tell: the structure of its end (the last block is one link, alone, to the item's own page, and its
//! words invite to read on), words that say so in a short block at its end, and marks that platforms leave.

mod ending;
mod marks;
mod phrases;

use std::sync::LazyLock;

use regex::Regex;
use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use super::{condition::count_words, tracking};
use crate::feed::draft::ItemDraft;
use crate::html::outline::NodeId;
use crate::html::{Html, tag};
use ending::{MAX_LEVELS, last_child, says_something};

/// By what a teaser is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum By {
    /// Its last block is a link to its own page, and nothing else.
    Structure,
    /// A short block at its end says that the post is for subscribers.
    Words,
    /// Markup that Medium, Ghost, `WordPress` or Substack puts where a post is cut off.
    Marks,
}

/// All there is to know it by.
pub const ALL: &[By] = &[By::Structure, By::Words, By::Marks];

/// The words that such a link has, in the languages that newsletters are written in.
static READ_ON: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix) ^ \W* (
            (continue|keep|finish) \s+ reading \b .* | read \s+ (more|on|the|full|it|this|now|in|at) \b .* | read \W* $
            | (see|view|show|get|the|full|more) \b .* \b (more|full|rest|entire|whole|post|story|article|online) \b .*
            | more | weiterlesen .* | mehr (\s+ lesen)? .* | lire \s+ (la\s+suite|plus) .* | leer \s+ m[áa]s .* | seguir \s+ leyendo .*
            | leggi \s+ (tutto|di\s+pi[uù]) .* | continua \s+ a \s+ leggere .* | (ler|leia) \s+ mais .* | lees \s+ (verder|meer) .* | läs \s+ mer .*
            | les \s+ mer .* | læs \s+ mere .* | lue \s+ lisää .* | czytaj \s+ (dalej|więcej) .* | читать \s+ (далее|дальше|полностью) .* | 続きを読む | 阅读(更多|全文)
        )? \W* $ ",
    )
    .expect("a constant, compiled in the tests")
});

/// A teaser.
#[derive(Clone, Debug)]
pub struct Teaser {
    /// What stands at its end and is no part of the post: a dead link, a call to subscribe.
    pub tail: Vec<NodeId>,
    /// How many words that has.
    tail_words: usize,
}

impl Teaser {
    fn new(html: &Html<'_>, tail: Vec<NodeId>) -> Self {
        let tail_words = tail.iter().map(|id| count_words(&html.words(*id))).sum();
        Teaser { tail, tail_words }
    }

    /// How many words of the post are there.
    pub fn words(&self, item: &mut ItemDraft<'_>) -> usize {
        count_words(&item.words()).saturating_sub(self.tail_words)
    }
}

/// The verdict on an item's full text, by some of what can tell.
pub fn teaser(item: &mut ItemDraft<'_>, by: &[By]) -> Option<Teaser> {
    let page = item.link();
    let html = item.main_html()?;
    let verdict = |by: &By| match by {
        By::Structure => lone_link_to(html, page.as_deref()?),
        By::Words => phrases::gate(html),
        By::Marks => marks::mark(html, page.as_deref()),
    };
    let tail = by.iter().find_map(verdict)?;
    Some(Teaser::new(html, tail))
}

/// The last block, where it is a link to this page and invites to read on.
fn lone_link_to(html: &Html<'_>, page: &str) -> Option<Vec<NodeId>> {
    let (block, link) = last_lone_link(html)?;
    let label = html.words(link);
    let leads_there = html.attr(link, "href").is_some_and(|href| same_page(&href, page));
    (leads_there && !label.is_empty() && READ_ON.is_match(&label)).then(|| vec![block])
}

/// The last block, where a link is all it says, and that link: inside the last container, if that is what the
/// text ends in.
fn last_lone_link(html: &Html<'_>) -> Option<(NodeId, NodeId)> {
    let mut block = last_child(html, None)?;
    for _ in 0..MAX_LEVELS {
        if let Some(link) = lone_link(html, block) {
            return Some((block, link));
        }
        let is_container = matches!(html.node(block).name, tag::DIV | tag::SECTION | tag::ARTICLE);
        block = last_child(html, is_container.then_some(Some(block))?)?;
    }
    None
}

/// The link that is all a block says.
fn lone_link(html: &Html<'_>, block: NodeId) -> Option<NodeId> {
    let mut node = block;
    for _ in 0..MAX_LEVELS {
        if html.outline().is(node, tag::A) {
            return Some(node);
        }
        let mut children = html.outline().children(Some(node)).filter(|id| says_something(html, *id));
        node = children.next()?;
        if children.next().is_some() {
            return None;
        }
    }
    None
}

/// Whether two addresses are of the same page: host (with or without `www.`), path, and a query without
/// what only tracks.
fn same_page(a: &str, b: &str) -> bool {
    let (Ok(a), Ok(b)) = (Url::parse(a.trim()), Url::parse(b.trim())) else { return false };
    let host = |url: &Url| url.host_str().map(|h| h.trim_start_matches("www.").to_owned());
    let query = |url: &Url| url.query().and_then(|q| tracking::without(q, None)).filter(|q| !q.is_empty());
    host(&a) == host(&b)
        && a.path().trim_end_matches('/') == b.path().trim_end_matches('/')
        && query(&a) == query(&b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_read_on() {
        for label in [
            "Read more",
            "Continue reading →",
            "Read the full article",
            "…",
            "[…]",
            "Weiterlesen",
            "See the full post",
        ] {
            assert!(READ_ON.is_match(label), "{label}");
        }
        for label in ["Reader survey", "Moreover, this", "Leave a comment", "Tidewater"] {
            assert!(!READ_ON.is_match(label), "{label}");
        }
    }

    #[test]
    fn the_same_page_however_it_is_written() {
        assert!(same_page("https://www.a.example/p/x/?utm_source=rss", "http://a.example/p/x#top"));
        assert!(!same_page("https://a.example/?p=1", "https://a.example/?p=2"));
        assert!(!same_page("/p/x", "https://a.example/p/x"));
    }
}
