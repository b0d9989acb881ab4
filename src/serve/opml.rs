//! `/opml`: every feed and topic as a list of subscriptions.

use hyper::Method;
use hyper::header::HeaderMap;

use super::Configured;
use super::access::{Entry, secret_path};
use crate::config::{FeedAccess, FeedConfig};
use crate::opml::{self, subscriptions};
use crate::respond::{self, Answer};

impl Configured {
    /// The list as whoever asks may have it: with the secret of `[access]` in the addresses that it opens, for those who
    /// have shown that they may know it.
    pub(super) fn opml(&self, method: &Method, headers: &HeaderMap, entry: &Entry) -> Answer {
        let secret = match entry {
            Entry::Open => String::new(),
            Entry::Secret(path) => path.clone(),
            Entry::Credentials => {
                self.access.gate.as_ref().and_then(|gate| secret_path(gate)).unwrap_or_default()
            }
        };
        let base = |feed: &FeedConfig| match feed.access {
            FeedAccess::AsAll => format!("{}{secret}", self.own_url),
            FeedAccess::Open | FeedAccess::Own(_) => self.own_url.clone(),
        };
        let list = subscriptions(self.feeds.iter().map(AsRef::as_ref), base);
        entry.kept(respond::opml(method, headers, opml::write("limpid", &list)))
    }
}
