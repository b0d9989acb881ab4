//! What has just been answered, answered again.
//!
//! Most requests are for what others have asked for a moment ago, and get the same. Where nothing can have changed since, the
//! answer is made without looking for it anew.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use hyper::header::{ACCEPT, HeaderMap};
use hyper::{Method, Uri};
use jiff::{SignedDuration, Timestamp};

use super::{About, Configured, address, kind};
use crate::accept;
use crate::cache::known::Known;
use crate::cache::rendered::Rendered;
use crate::config::FeedConfig;
use crate::feed::Format;
use crate::respond::{self, Answer, Freshness};

/// For how long. Then it is looked for again, so that the caches know what is in use.
const A_MOMENT: SignedDuration = SignedDuration::from_secs(1);

/// Where a feed is served.
#[derive(Debug)]
pub(super) struct Door {
    feed: Arc<FeedConfig>,
    /// Its address, for readers to whom it is open.
    pub address: Arc<str>,
    last: Mutex<Option<Last>>,
}

/// What was answered last: a feed of one source that is fresh, and open to everybody. It keeps nothing in memory that the
/// caches have let go of.
#[derive(Clone, Debug)]
struct Last {
    at: Timestamp,
    known: Weak<Known>,
    page: Weak<Rendered>,
    /// The format that the feed has itself; readers who would not take that get another page.
    format: Format,
}

impl Door {
    /// The doors of these feeds, by name.
    pub fn all(own_url: &str, feeds: &[Arc<FeedConfig>]) -> HashMap<String, Door> {
        let door = |feed: &Arc<FeedConfig>| {
            let address = address(own_url, "", &feed.name);
            (feed.name.clone(), Door { feed: feed.clone(), address, last: Mutex::default() })
        };
        feeds.iter().map(door).collect()
    }

    /// What was answered a moment ago, where that still stands.
    fn last(&self, now: Timestamp) -> Option<(Arc<Known>, Arc<Rendered>, Format)> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let last = last.as_ref().filter(|last| now >= last.at && now.duration_since(last.at) < A_MOMENT)?;
        let (known, page) = (last.known.upgrade()?, last.page.upgrade()?);
        // What is fresh is not replaced; what is due is to be asked for.
        (!known.is_due(now) && page.is_valid(now)).then_some((known, page, last.format))
    }
}

impl Configured {
    /// The answer to a request for a feed that has just been asked for by others.
    pub(super) fn again(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Option<(Answer, About)> {
        let is_for_feeds = matches!(*method, Method::GET | Method::HEAD) && !self.fetcher.is_own(headers);
        if !is_for_feeds || uri.query().is_some() {
            return None;
        }
        let door = self.doors.get(uri.path().strip_prefix("/feeds/")?)?;
        let now = self.clock.now();
        let (known, page, format) = door.last(now)?;
        if headers.contains_key(ACCEPT)
            && (accept::is_browser(headers) || accept::asked(headers, format).is_some())
        {
            return None;
        }
        let freshness = Freshness::of(&known, now);
        let answer = respond::feed(method, headers, &page, freshness, true);
        let kind = Some(kind(&answer, freshness, known.asked >= now));
        Some((answer, About { route: "feed", feed: Some(door.feed.clone()), kind }))
    }

    /// Notes what a feed was answered with by its plain address, where others may get the same. `only` is what is known of
    /// its source, where it is one, and `format` the one it has itself.
    pub(super) fn note_last(
        &self,
        name: &str,
        only: Option<&Arc<Known>>,
        format: Format,
        page: &Arc<Rendered>,
    ) {
        let door = self.doors.get(name).filter(|door| !door.feed.wants_articles());
        let known = only.filter(|known| known.problem.is_none());
        if let (Some(door), Some(known)) = (door, known) {
            let (known, page) = (Arc::downgrade(known), Arc::downgrade(page));
            let last = Last { at: self.clock.now(), known, page, format };
            *door.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(last);
        }
    }
}
