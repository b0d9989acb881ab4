//! What the front page shows, out of what is known: nobody is asked for it.

use hyper::header::HeaderMap;

use super::Configured;
use crate::config::{FeedAccess, FeedConfig};
use crate::pages::home::{self, Card};
use crate::route::{Route, Wanted};

impl Configured {
    /// The front page, with the feeds that a search has found (`?q=…`), or all of them. Of a feed that is not for who
    /// asks it says no more than that it is there.
    pub(super) async fn home(&self, query: &str, headers: &HeaderMap) -> String {
        let search = home::Search::of(query);
        let mut cards = Vec::with_capacity(self.feeds.len());
        for feed in &self.feeds {
            cards.push(self.card(feed, headers).await);
        }
        home::page(&self.own_url, &cards, &search, self.clock.now())
    }

    /// Whether what is known of a feed is for who asks: with what opens its receipt, or because pages are open to
    /// everybody and the feed has no other credentials than everything has.
    fn is_told(&self, feed: &FeedConfig, headers: &HeaderMap) -> bool {
        let receipt = Route::Receipt(Wanted { name: feed.name.clone(), topic: None });
        let is_own = matches!(feed.access, FeedAccess::Own(_));
        (self.access.open_pages && !is_own) || self.entry(&receipt, None, headers).is_ok()
    }

    async fn card<'a>(&self, feed: &'a FeedConfig, headers: &HeaderMap) -> Card<'a> {
        let has_secret = self.has_secret(feed);
        if !self.is_told(feed, headers) {
            return Card { feed, has_secret, is_closed: true, sources: Vec::new(), history: None };
        }
        let origins = feed.origins();
        let mut sources = Vec::with_capacity(origins.len());
        for (_, origin) in origins {
            sources.push((origin.source.origin(), self.sources.as_served(origin).await));
        }
        let history = self.rendered.health().history(&feed.name);
        Card { feed, has_secret, is_closed: false, sources, history }
    }

    /// Whether a feed has an address with a secret in it beside its own.
    fn has_secret(&self, feed: &FeedConfig) -> bool {
        let gate = match &feed.access {
            FeedAccess::Open => None,
            FeedAccess::Own(gate) => Some(gate),
            FeedAccess::AsAll => self.access.gate.as_ref(),
        };
        gate.is_some_and(|gate| gate.secret.is_some())
    }
}
