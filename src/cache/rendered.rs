//! The rendered cache: feeds as final bytes, with their validators and their compressed forms.

use std::num::NonZero;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::available_parallelism;

use bytes::Bytes;
use hyper::header::HeaderValue;
use jiff::Timestamp;
use moka::future::Cache;
use moka::ops::compute::Op;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use xxhash_rust::xxh3::xxh3_128;

use super::browsers::{XML, styled};
use super::compress::{brotli, exact, gzip, zstd};
use super::gather::{Gathered, Lost};
use super::health::Health;
use super::memories::Memories;
use crate::config::FeedConfig;
use crate::feed::articles::Articles;
use crate::feed::{self, Format};
use crate::html::taken::shorten;
use crate::pipeline::{Cleaned, Editions, Form};
use crate::receipt::Receipt;
use crate::store::Store;

/// What a page takes beside its bytes, about.
const OVERHEAD: usize = 1024;

/// One byte in so many is for what the rules made of single items.
const SHARE: u64 = 8;

/// A content coding that answers are kept in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// As it is.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 7932.
    Brotli,
    /// RFC 8878.
    Zstd,
}

impl Coding {
    /// Every coding, the preferred one first.
    pub const ALL: [Coding; 4] = [Coding::Brotli, Coding::Zstd, Coding::Gzip, Coding::Identity];

    /// Its name in `Content-Encoding`.
    pub fn token(self) -> &'static str {
        match self {
            Coding::Identity => "identity",
            Coding::Gzip => "gzip",
            Coding::Brotli => "br",
            Coding::Zstd => "zstd",
        }
    }
}

/// A feed ready to be sent.
#[derive(Debug)]
pub struct Rendered {
    identity: Bytes,
    gzip: OnceLock<Bytes>,
    brotli: OnceLock<Bytes>,
    zstd: OnceLock<Bytes>,
    /// Its entity tag in each coding, in the order of [`Coding::ALL`].
    tags: [HeaderValue; 4],
    /// Its media type.
    pub media_type: &'static str,
    /// When these bytes were first made.
    pub since: Timestamp,
    /// The same, as a header.
    last_modified: HeaderValue,
    /// What was done to make it.
    pub receipt: Receipt,
    valid_until: Option<Timestamp>,
    /// Whether somebody has asked for it, so that it is worth compressing.
    is_wanted: AtomicBool,
    /// The same for browsers, once one has asked for it.
    styled: OnceLock<Arc<Rendered>>,
}

/// A feed and its topics, out of one run of the rules.
#[derive(Debug)]
struct Pages {
    /// What the feed calls itself, for those who note it.
    title: String,
    whole: Arc<Rendered>,
    topics: Vec<(String, Arc<Rendered>)>,
}

impl Pages {
    /// `since` says when bytes of this tag were first made.
    fn new(title: String, editions: Editions, since: impl Fn(&str) -> Timestamp) -> Self {
        let page = |cleaned| Arc::new(Rendered::new(cleaned, &since));
        let topics = editions.topics.into_iter().map(|(name, cleaned)| (name, page(cleaned)));
        Pages { title, topics: topics.collect(), whole: page(editions.whole) }
    }

    fn page(&self, topic: Option<&str>) -> &Arc<Rendered> {
        let Some(topic) = topic else { return &self.whole };
        self.topics.iter().find(|(name, _)| name == topic).map_or(&self.whole, |(_, page)| page)
    }

    fn weight(&self) -> u32 {
        let pages = self.topics.iter().map(|(_, page)| page).chain([&self.whole]);
        u32::try_from(pages.map(|page| page.weight()).sum::<usize>()).unwrap_or(u32::MAX)
    }
}

impl Rendered {
    fn new(cleaned: Cleaned, since: impl Fn(&str) -> Timestamp) -> Self {
        let Cleaned { text, format, receipt, valid_until, .. } = cleaned;
        Rendered { receipt, valid_until, ..Rendered::of(text, format.media_type(), since) }
    }

    fn of(text: String, media_type: &'static str, since: impl Fn(&str) -> Timestamp) -> Self {
        let tag = format!("{:032x}", xxh3_128(text.as_bytes()));
        let since = since(&tag);
        let identity = exact(text.into_bytes());
        let (gzip, brotli, zstd) = (OnceLock::new(), OnceLock::new(), OnceLock::new());
        Rendered {
            identity,
            gzip,
            brotli,
            zstd,
            tags: Coding::ALL.map(|coding| entity_tag(&tag, coding)),
            media_type,
            since,
            last_modified: header(&httpdate::fmt_http_date(since.into())),
            receipt: Receipt::default(),
            valid_until: None,
            is_wanted: AtomicBool::new(false),
            styled: OnceLock::new(),
        }
    }

    /// The same for browsers: with an instruction to use this stylesheet, and as XML, for they would not show what names
    /// itself a feed. `None` where it is no XML.
    fn styled(&self, stylesheet: &str) -> Option<Arc<Rendered>> {
        if self.media_type == Format::Json.media_type() {
            return None;
        }
        let make = || {
            let text = styled(&String::from_utf8_lossy(&self.identity), stylesheet);
            Arc::new(Rendered::of(text, XML, |_| self.since))
        };
        Some(self.styled.get_or_init(make).clone())
    }

    /// Its bytes in a coding; `None` where they have not been made yet.
    pub fn bytes(&self, coding: Coding) -> Option<&Bytes> {
        match coding {
            Coding::Identity => Some(&self.identity),
            Coding::Gzip => self.gzip.get(),
            Coding::Brotli => self.brotli.get(),
            Coding::Zstd => self.zstd.get(),
        }
    }

    /// Its strong entity tag in a coding (RFC 9110 §8.8.3: each coding has its own).
    pub fn etag(&self, coding: Coding) -> &HeaderValue {
        let [brotli, zstd, gzip, identity] = &self.tags;
        match coding {
            Coding::Brotli => brotli,
            Coding::Zstd => zstd,
            Coding::Gzip => gzip,
            Coding::Identity => identity,
        }
    }

    /// Since when it has been what it is, as a header.
    pub fn last_modified(&self) -> &HeaderValue {
        &self.last_modified
    }

    /// Whether its rules would make the same of it now.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.valid_until.is_none_or(|until| now < until)
    }

    /// How many bytes it takes. Compressed forms that are yet to be made weigh as much as the bytes they are of.
    fn weight(&self) -> usize {
        let compressed = [&self.gzip, &self.brotli, &self.zstd].into_iter();
        let compressed = compressed.map(|form| form.get().map_or(self.identity.len() / 3, Bytes::len));
        let styled = self.styled.get().map_or(0, |page| page.weight());
        self.identity.len() + compressed.sum::<usize>() + styled + self.receipt.weight() + OVERHEAD
    }

    fn compress(&self) {
        self.gzip.get_or_init(|| gzip(&self.identity).unwrap_or_else(|_| self.identity.clone()));
        self.zstd.get_or_init(|| zstd(&self.identity).unwrap_or_else(|_| self.identity.clone()));
        self.brotli.get_or_init(|| brotli(&self.identity).unwrap_or_else(|_| self.identity.clone()));
    }
}

/// The strong entity tag of bytes with this digest in a coding.
fn entity_tag(digest: &str, coding: Coding) -> HeaderValue {
    match coding {
        Coding::Identity => header(&format!("\"{digest}\"")),
        other => header(&format!("\"{digest}-{}\"", other.token())),
    }
}

fn header(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).expect("digests, dates and names of codings are visible ASCII")
}

/// What a feed calls itself after its rules, which was `given` to it before them.
fn title(given: String, cleaned: &Cleaned) -> String {
    // It is only read again where something was done to it.
    let is_same = !cleaned.receipt.entries.iter().any(|entry| entry.item.is_none() && entry.field == "title");
    let title =
        if is_same { given } else { feed::parse(cleaned.text.clone()).map_or(given, |feed| feed.title()) };
    shorten(&title)
}

/// Why a feed could not be made.
#[derive(Debug)]
pub enum Unmade {
    /// The store has lost a text; gathered anew, it is asked for.
    Lost,
    /// A rule fails on this feed, which is a defect of limpid.
    Broken(tokio::task::JoinError),
}

impl From<Lost> for Unmade {
    fn from(_: Lost) -> Self {
        Unmade::Lost
    }
}

/// What a rendered feed depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    source: u128,
    rules: u128,
    articles: u128,
    form: Form,
}

/// Rendered feeds, bounded by bytes. Concurrent requests for one share one run of the rules.
#[derive(Clone, Debug)]
pub struct RenderedCache {
    pages: Cache<Key, Arc<Pages>>,
    memories: Memories,
    background: TaskTracker,
    /// Whoever compresses: a compressor takes megabytes, however little it is given.
    compressors: Arc<Semaphore>,
    health: Arc<Health>,
    is_noted: bool,
}

impl RenderedCache {
    /// A cache for at most `memory` bytes.
    pub fn new(memory: u64) -> Self {
        let weigh = |key: &Key, pages: &Arc<Pages>| {
            let address = key.form.address.as_ref().map_or(0, |address| address.base.len());
            pages.weight().saturating_add(u32::try_from(address).unwrap_or(u32::MAX))
        };
        let memories = Memories::new(memory / SHARE);
        let pages = Cache::builder().max_capacity(memory - memory / SHARE).weigher(weigh).build();
        let (background, health) = (TaskTracker::new(), Arc::default());
        let compressors = Arc::new(Semaphore::new(available_parallelism().map_or(1, NonZero::get)));
        RenderedCache { pages, memories, background, compressors, health, is_noted: true }
    }

    /// The same, where what is noted of these feeds outlives a restart.
    #[must_use]
    pub fn lasting(self, store: Option<Arc<Store>>, feeds: &[Arc<FeedConfig>]) -> Self {
        RenderedCache { health: Arc::new(Health::lasting(store, feeds)), ..self }
    }

    /// The same cache for at most so many bytes: with what is in it, where that is as many as before.
    #[must_use]
    pub fn sized(&self, memory: u64) -> Self {
        if self.pages.policy().max_capacity() == Some(memory - memory / SHARE) {
            return self.clone();
        }
        let RenderedCache { pages, memories, .. } = RenderedCache::new(memory);
        RenderedCache { pages, memories, ..self.clone() }
    }

    /// The same for feeds that come and go as readers like: how their rules do is not noted, so that nothing but
    /// this cache grows with them.
    pub fn unnoted(memory: u64) -> Self {
        RenderedCache { is_noted: false, ..RenderedCache::new(memory) }
    }

    /// A feed made of these copies of its sources, as its rules make it now, in the form that is wanted.
    ///
    /// # Errors
    /// Where a text is lost, or a rule fails on this feed.
    pub async fn current(
        &self,
        feed: &Arc<FeedConfig>,
        gathered: Gathered,
        articles: Arc<Articles>,
        topic: Option<&str>,
        form: Form,
        now: Timestamp,
    ) -> Result<Arc<Rendered>, Unmade> {
        let (key, pages) = self.pages(feed, gathered, articles, form, now).await?;
        Ok(self.wanted(&key, &pages, pages.page(topic).clone()))
    }

    /// The same for browsers, with the address of a stylesheet.
    ///
    /// # Errors
    /// As for readers.
    pub async fn styled(
        &self,
        feed: &Arc<FeedConfig>,
        gathered: Gathered,
        articles: Arc<Articles>,
        (topic, stylesheet): (Option<&str>, &str),
        form: Form,
        now: Timestamp,
    ) -> Result<Arc<Rendered>, Unmade> {
        let (key, pages) = self.pages(feed, gathered, articles, form, now).await?;
        let page = pages.page(topic);
        let page = page.styled(stylesheet).unwrap_or_else(|| page.clone());
        Ok(self.wanted(&key, &pages, page))
    }

    /// A feed and its topics.
    async fn pages(
        &self,
        feed: &Arc<FeedConfig>,
        gathered: Gathered,
        articles: Arc<Articles>,
        form: Form,
        now: Timestamp,
    ) -> Result<(Key, Arc<Pages>), Unmade> {
        let articles_digest = articles.digest();
        let key =
            Key { source: gathered.digest(), rules: feed.rules_digest, articles: articles_digest, form };
        let is_over = move |pages: &Arc<Pages>| !pages.whole.is_valid(now);
        if let Some(pages) = self.pages.get(&key).await
            && !is_over(&pages)
        {
            return Ok((key, pages));
        }
        let (this, feed, wanted) = (self.clone(), feed.clone(), key.clone());
        let task = tokio::spawn(async move {
            let make = this.make(&feed, gathered.loaded().await?, articles, wanted.form.clone(), now);
            Ok(this.pages.entry(wanted).or_insert_with_if(make, is_over).await.into_value())
        });
        let pages: Result<Arc<Pages>, Lost> = task.await.map_err(Unmade::Broken)?;
        Ok((key, pages?))
    }

    /// The page of a topic, compressed off the request's path when it is first asked for: until the compressed
    /// forms are there, readers get the bytes as they are.
    fn wanted(&self, key: &Key, pages: &Arc<Pages>, page: Arc<Rendered>) -> Arc<Rendered> {
        if !page.is_wanted.swap(true, Ordering::Relaxed) {
            let (this, key, pages, page) = (self.clone(), key.clone(), pages.clone(), page.clone());
            self.background.spawn(async move {
                // As many at a time as there are processors: more would take memory, and no less time.
                let _turn = this.compressors.acquire().await;
                if tokio::task::spawn_blocking(move || page.compress()).await.is_ok() {
                    this.weigh(&key, &pages).await;
                }
            });
        }
        page
    }

    /// Weighs pages again, where they have not made way for others yet.
    async fn weigh(&self, key: &Key, pages: &Arc<Pages>) {
        let put_back = |entry: Option<moka::Entry<Key, Arc<Pages>>>| {
            let is_there = entry.is_some_and(|entry| Arc::ptr_eq(entry.value(), pages));
            std::future::ready(if is_there { Op::Put(pages.clone()) } else { Op::Nop })
        };
        self.pages.entry_by_ref(key).and_compute_with(put_back).await;
    }

    async fn make(
        &self,
        feed: &Arc<FeedConfig>,
        gathered: Gathered,
        articles: Arc<Articles>,
        form: Form,
        now: Timestamp,
    ) -> Arc<Pages> {
        let (config, source) = (feed.clone(), gathered.digest());
        let (health, memories) = (self.is_noted.then(|| self.health.clone()), self.memories.clone());
        let run = tokio::task::spawn_blocking(move || {
            let whole = gathered.whole(config.format, now, &articles);
            let whole = whole.expect("something of it is good, and its text is in memory");
            let given = whole.feed.title();
            let editions = whole.editions_after(&memories, &config, &form, now, &articles);
            let since =
                |tag: &str| health.as_ref().map_or(now, |health| health.since(&config.name, tag, now));
            Arc::new(Pages::new(title(given, &editions.whole), editions, since))
        });
        let pages = run.await.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        if self.is_noted {
            self.health.note(feed, source, (&pages.title, &pages.whole.receipt), now);
            let (health, name) = (self.health.clone(), feed.name.clone());
            if let Some(store) = self.health.store() {
                self.background.spawn(store.later(move |store| health.save(store, &name)));
            }
        }
        pages
    }

    /// How the rules have done so far.
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// The same, to be kept.
    pub fn shared_health(&self) -> &Arc<Health> {
        &self.health
    }

    /// Waits until nothing is being compressed or written down.
    pub async fn settled(&self) {
        self.background.close();
        self.background.wait().await;
        self.background.reopen();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::gather::gather;
    use crate::cache::source::Sources;
    use crate::clock::ManualClock;
    use crate::fetch::Fetcher;
    use crate::fetch::guard::{Internet, Network};
    use crate::pipeline::Address;

    #[tokio::test]
    async fn d21_memory_is_bounded_by_bytes_with_every_coding_counted() {
        let config = crate::config::read("[feeds.a]\nsource = \"sample:newsletter\"", None).unwrap();
        let (feed, now) = (&config.feeds[0], Timestamp::UNIX_EPOCH);
        let network = Arc::new(Internet) as Arc<dyn Network>;
        let fetcher = Fetcher::new(&config.fetch, &network);
        let sources = Sources::new(fetcher, Arc::new(ManualClock::at(now)), config.cache);
        let room = 400_000;
        let cache = RenderedCache::new(room);
        for n in 0..40 {
            let base = format!("https://{n}.example").into();
            let form = Form { target: None, address: Some(Address { base, extension: String::new() }) };
            let copies = gather(&sources, feed).await;
            cache.current(feed, copies, Arc::default(), None, form, now).await.unwrap();
            cache.settled().await;
            cache.pages.run_pending_tasks().await;
            let held: Vec<Arc<Pages>> = cache.pages.iter().map(|(_, pages)| pages).collect();
            let bytes = |page: &Rendered| Coding::ALL.map(|coding| page.bytes(coding).unwrap().len());
            let all: usize = held.iter().flat_map(|pages| bytes(&pages.whole)).sum();
            assert!(u64::try_from(all).unwrap() <= cache.pages.weighted_size());
            assert!(cache.pages.weighted_size() <= room, "{n}: {}", cache.pages.weighted_size());
        }
        assert!((2..40).contains(&cache.pages.entry_count()), "{}", cache.pages.entry_count());
    }
}
