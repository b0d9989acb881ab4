//! The front page: every feed, how it is doing, what was removed from it, and what to copy into a reader.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use maud::{Markup, html};
use url::form_urlencoded;

pub use super::state::Asked;
use super::state::State;
use super::{Nav, card, chart, frame, words};
use crate::cache::history::{History, Refresh, Removed};
use crate::config::FeedConfig;

/// The longest search, in bytes; what is beyond it is not looked at.
const MAX_SEARCH: usize = 200;

/// A feed as the page shows it.
#[derive(Debug)]
pub struct Card<'a> {
    /// The feed.
    pub feed: &'a FeedConfig,
    /// Whether it is also read at an address with a secret in it.
    pub has_secret: bool,
    /// Whether it is not for who looks: then nothing else is known of it here.
    pub is_closed: bool,
    /// What it is made of.
    pub sources: Vec<Asked>,
    /// What became of it.
    pub history: Option<Arc<History>>,
}

/// What is looked for: feeds in whose name, title, topics or sources each of these words is.
#[derive(Debug, Default)]
pub struct Search {
    text: String,
    words: Vec<String>,
}

impl Search {
    /// The search of a query: `q=…`.
    pub fn of(query: &str) -> Self {
        let asked = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "q");
        let mut text = asked.map(|(_, text)| text.trim().to_owned()).unwrap_or_default();
        text.truncate(text.floor_char_boundary(MAX_SEARCH));
        let words = text.to_lowercase().split_whitespace().map(str::to_owned).collect();
        Search { text, words }
    }

    fn finds(&self, card: &Card<'_>) -> bool {
        let text = card.searched();
        self.words.iter().all(|word| text.contains(word.as_str()))
    }
}

impl Card<'_> {
    /// What the feed is called: what it calls itself, or else its name.
    pub(super) fn title(&self) -> String {
        let good = || self.sources.iter().find_map(|(_, known)| known.as_ref()?.good.as_ref());
        let known = || Some(good()?.held.summary.title.clone());
        let title = self.history.as_ref().map(|history| history.title.clone()).or_else(known);
        title.filter(|title| !title.is_empty()).unwrap_or_else(|| self.feed.name.clone())
    }

    pub(super) fn state(&self, now: Timestamp) -> State {
        if self.is_closed { State::Closed } else { State::of(&self.sources, now) }
    }

    /// What a search looks at, in lower case. The script of the page looks at the same.
    pub(super) fn searched(&self) -> String {
        let mut all = vec![self.feed.name.clone(), self.title()];
        if !self.is_closed {
            all.extend(self.feed.pipeline.topics().into_iter().map(str::to_owned));
            all.extend(self.sources.iter().map(|(origin, _)| origin.clone()));
        }
        all.join(" ").to_lowercase()
    }

    fn last(&self) -> Option<Refresh> {
        self.history.as_ref()?.last()
    }
}

/// The front page. `own_url` is how readers reach limpid.
pub fn page(own_url: &str, cards: &[Card<'_>], search: &Search, now: Timestamp) -> String {
    let found: Vec<&Card<'_>> = cards.iter().filter(|card| search.finds(card)).collect();
    let main = html! {
        h1 { "Feeds" }
        @if cards.is_empty() {
            p { "No feeds are configured yet: add a " code { "[feeds.name]" } " to the configuration." }
        } @else {
            (overview(cards, now))
            p { "To read them all, " a href="/opml" { "import this list" } " (OPML) into your reader." }
            (search_box(cards.len(), found.len(), search))
            ul.feeds { @for card in found { (card::card(own_url, card, now)) } }
        }
    };
    frame("Feeds", Nav::Feeds, &main)
}

/// All feeds at a glance: how many are in which state, and what was removed from them.
fn overview(cards: &[Card<'_>], now: Timestamp) -> Markup {
    let mut states: BTreeMap<u8, (State, usize)> = BTreeMap::new();
    for state in cards.iter().map(|card| card.state(now)) {
        let rank = match state {
            State::Failing(_) => 0,
            State::Stale(_) => 1,
            State::Fresh => 2,
            State::Unasked => 3,
            State::Closed => 4,
        };
        states.entry(rank).or_insert((state, 0)).1 += 1;
    }
    let last: Vec<Refresh> = cards.iter().filter_map(Card::last).collect();
    let removed = Removed::of(&last);
    let bytes_in: usize = last.iter().map(|refresh| refresh.bytes_in).sum();
    let bytes_out: usize = last.iter().map(|refresh| refresh.bytes_out).sum();
    html! {
        div.overview {
            p.states {
                (words::counted(cards.len(), "feed")) ": "
                @for (state, count) in states.values() {
                    span class=(state.class()) { (count) " " (state.badge(1)) } " "
                }
            }
            @if bytes_in > 0 {
                p {
                    "Of " (words::size(bytes_in)) " that publishers sent for the last refresh of each feed, readers get "
                    (words::size(bytes_out)) ". Removed: " strong { (words::removed(removed)) } "."
                }
                (chart::bars(bytes_in, bytes_out))
            }
        }
    }
}

fn search_box(all: usize, found: usize, search: &Search) -> Markup {
    html! {
        form.search role="search" action="/" method="get" {
            label for="q" { "Search feeds" }
            input #q type="search" name="q" value=(search.text) maxlength=(MAX_SEARCH) autocomplete="off";
            button { "Search" }
            p #found role="status" {
                @if !search.words.is_empty() {
                    (found) " of " (words::counted(all, "feed")) ". " a href="/" { "Show all" }
                }
            }
        }
    }
}
