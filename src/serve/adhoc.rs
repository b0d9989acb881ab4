//! Feeds that are not configured: the same way as for those that are, with stores of their own.

use std::sync::Arc;

use hyper::Method;
use hyper::header::HeaderMap;

use super::{Configured, Failure, kind};
use crate::accept;
use crate::adhoc::{PATH, Refused, Terms, Wish};
use crate::cache::gather::{Gathered, gather};
use crate::cache::rendered::RenderedCache;
use crate::cache::source::{Sources, key};
use crate::clock::Clock;
use crate::config::{Config, FeedConfig, Origin, Part};
use crate::convert::Target;
use crate::fetch::Fetcher;
use crate::metrics::{Kind, Metrics};
use crate::pipeline::{Address, Form};
use crate::respond::{self, Answer};

/// Of the memory for feeds as they are served, one part in so many is for these: what strangers ask for does not
/// crowd out what is configured.
const SHARE: u64 = 4;

/// What it takes to serve them.
#[derive(Debug)]
pub(super) struct AdHoc {
    terms: Arc<Terms>,
    /// What anyone may ask for. Redirects do not lead further than that.
    open: Sources,
    /// What takes a signature: strangers take no place of these.
    signed: Sources,
    rendered: RenderedCache,
}

impl AdHoc {
    /// What the configuration says; `None` where it wants no such feeds.
    pub(super) fn of(
        config: &Config,
        fetcher: &Fetcher,
        (clock, metrics): (&Arc<dyn Clock>, &Arc<Metrics>),
    ) -> Option<Self> {
        let terms = Arc::new(Terms::of(config)?);
        let most = terms.section().max_feeds;
        let within = fetcher.within(terms.section().hosts.clone());
        let sources = |fetcher| Sources::new(fetcher, clock.clone(), config.cache).bounded(most);
        Some(AdHoc {
            open: sources(within).counted(metrics),
            signed: sources(fetcher.clone()).counted(metrics),
            rendered: RenderedCache::unnoted(config.cache.memory / SHARE),
            terms,
        })
    }

    /// The same after another configuration. What is cached stays where it would have been cached as well.
    pub(super) fn after(
        before: Option<&Self>,
        config: &Config,
        fetcher: &Fetcher,
        counted: (&Arc<dyn Clock>, &Arc<Metrics>),
    ) -> Option<Self> {
        let new = AdHoc::of(config, fetcher, counted)?;
        let has_same_bounds =
            |before: &&Self| format!("{:?}", before.terms.section()) == format!("{:?}", new.terms.section());
        let Some(before) = before.filter(has_same_bounds) else { return Some(new) };
        let within = fetcher.within(new.terms.section().hosts.clone());
        Some(AdHoc {
            open: before.open.asking(within, config.cache),
            signed: before.signed.asking(fetcher.clone(), config.cache),
            rendered: before.rendered.sized(config.cache.memory / SHARE),
            terms: new.terms,
        })
    }

    /// How much memory they leave to configured feeds.
    pub(super) fn rest(memory: u64, ad_hoc: Option<&Self>) -> u64 {
        if ad_hoc.is_some() { memory - memory / SHARE } else { memory }
    }

    /// What a query asks for. Patterns are compiled away from what answers readers.
    async fn wish(&self, query: &str) -> Result<Wish, Failure> {
        let (terms, query) = (self.terms.clone(), query.to_owned());
        let read: Result<Wish, Refused> =
            tokio::task::spawn_blocking(move || terms.read(&query)).await.map_err(Failure::Internal)?;
        read.map_err(Failure::Refused)
    }

    /// The copy of its source. Where anyone may ask for it, all share one; with a signature there is another way
    /// for what redirects elsewhere, and where strangers have taken every place.
    async fn copies(&self, wish: &Wish) -> Gathered {
        let is_known = wish.is_signed && self.signed.peek(&wish.origin).await.is_some();
        if !wish.is_open || is_known {
            return gather(&self.signed, &wish.feed).await;
        }
        let copies = gather(&self.open, &wish.feed).await;
        if wish.is_signed && copies.is_turned_away() {
            gather(&self.signed, &wish.feed).await
        } else {
            copies
        }
    }

    pub(super) async fn settled(&self) {
        self.open.settled().await;
        self.signed.settled().await;
        self.rendered.settled().await;
    }
}

impl Configured {
    /// The way of the data for a feed that is not configured.
    pub(super) async fn clean(
        &self,
        method: &Method,
        headers: &HeaderMap,
        query: &str,
    ) -> Result<(Answer, Option<Kind>), Failure> {
        let ad_hoc = self.ad_hoc.as_ref().ok_or(Failure::NoSuchFeed)?;
        let wish = ad_hoc.wish(query).await?;
        let entry = self.ad_hoc_entry(wish.is_signed, headers)?;
        let start = self.clock.now();
        let copies = match self.shared(&wish.origin, &wish.feed) {
            Some(feed) => gather(&self.sources, &feed).await,
            None => ad_hoc.copies(&wish).await,
        };
        let format = copies.format(None).ok_or_else(|| self.nothing_good(&copies))?;
        let base = format!("{}{PATH}?{}", self.own_url, wish.query).into();
        let address = Address { base, extension: String::new() };
        let target = wish.target.or_else(|| accept::asked(headers, format));
        let form = Form { target, address: Some(address) };
        let (freshness, now) = (self.freshness(&copies), self.clock.now());
        let is_asked = copies.is_asked_since(start);
        let articles = self.articles(&wish.feed, &copies).await;
        let page = if accept::is_browser(headers) {
            let style = self.feed_style();
            ad_hoc.rendered.styled(&wish.feed, copies, articles, (None, &style), form, now).await
        } else {
            ad_hoc.rendered.current(&wish.feed, copies, articles, None, form, now).await
        };
        let page = page?;
        let answer = respond::feed(method, headers, &page, freshness, wish.target != Some(Target::Json));
        let answer = entry.kept(answer);
        let kind = kind(&answer, freshness, is_asked);
        Ok((answer, Some(kind)))
    }

    /// Where a configured feed has the same source, read in the same way and as public: a feed with that for a source, so
    /// that the publisher is asked once for both, and no more often than any of them may.
    pub(super) fn shared(&self, wanted: &Origin, own: &FeedConfig) -> Option<FeedConfig> {
        let all = self.feeds.iter().flat_map(|feed| feed.origins());
        let same = all.filter(|(_, origin)| key(origin) == key(wanted));
        let (feed, origin) = same.max_by_key(|(feed, _)| feed.min_interval)?;
        let parts = vec![Part::Origin(origin.clone())];
        Some(FeedConfig { parts, min_interval: feed.min_interval, ..own.clone() })
    }
}
