//! The articles that items stand for: each page asked for once, a few at a time, and what came of it kept.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use moka::future::Cache;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use url::Url;

use super::saved_article;
use crate::clock::{Clock, later};
use crate::config::{FeedConfig, FeedRequest};
use crate::feed::articles::{Articles, Login, Wanted};
use crate::fetch::article::{MAX_PAGE, extract};
use crate::fetch::politeness::{Validators, back_off};
use crate::fetch::{Answer, Ask, FetchError, Fetcher};
use crate::store::Store;
use crate::store::shared::{Begun, Shared};

/// How many pages are asked for at a time, of all publishers together.
const AT_ONCE: usize = 4;

/// How often the rules are run to learn what they want: an article may bring a feed of feeds to want another.
const ROUNDS: usize = 3;

/// For how long it is taken for granted that a feed that has not changed wants the same articles: rules may ask
/// for items of an age.
const SAME: SignedDuration = SignedDuration::from_mins(10);

/// How many feeds' wants are remembered.
const REMEMBERED: u64 = 10_000;

/// The shortest time after which a page that failed is asked for again.
const RETRY: Duration = Duration::from_mins(15);

/// What came of asking for a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Page {
    /// The article, or why there is none.
    pub(super) article: Result<String, String>,
    /// When to ask again; `None` for never.
    pub(super) retry: Option<Timestamp>,
    /// How many times in a row it has failed.
    pub(super) failures: u32,
    /// When it was asked for.
    pub(super) asked: Timestamp,
}

impl Page {
    fn is_due(&self, now: Timestamp) -> bool {
        self.retry.is_some_and(|retry| retry <= now)
    }
}

/// The articles of a feed, and until when they stand.
#[derive(Clone, Debug)]
struct Remembered {
    articles: Arc<Articles>,
    until: Timestamp,
}

/// Pages that were asked for, bounded by bytes.
#[derive(Clone, Debug)]
pub struct ArticleStore {
    pages: Cache<Wanted, Arc<Page>>,
    remembered: Cache<(u128, u128), Remembered>,
    all: Arc<Semaphore>,
    fetcher: Fetcher,
    /// What the requests of feeds carry, by what stands for it where pages are wanted.
    requests: Arc<HashMap<Login, Arc<FeedRequest>>>,
    patience: Duration,
    store: Option<Arc<Store>>,
    /// What is being written down.
    background: TaskTracker,
    clock: Arc<dyn Clock>,
}

impl ArticleStore {
    /// A store of at most `memory` bytes. A reader waits for articles no longer than `patience`; what comes later
    /// is there for the next one.
    pub fn new(fetcher: &Fetcher, memory: u64, patience: Duration, clock: Arc<dyn Clock>) -> Self {
        let weigh = |wanted: &Wanted, page: &Arc<Page>| {
            let text = page.article.as_ref().map_or_else(String::len, String::len);
            u32::try_from(wanted.address.len() + text + 256).unwrap_or(u32::MAX)
        };
        ArticleStore {
            pages: Cache::builder().max_capacity(memory).weigher(weigh).build(),
            remembered: Cache::new(REMEMBERED),
            all: Arc::new(Semaphore::new(AT_ONCE)),
            fetcher: fetcher.for_pages(MAX_PAGE),
            requests: Arc::default(),
            patience,
            store: None,
            background: TaskTracker::new(),
            clock,
        }
    }

    /// The same, where what is known outlives a restart.
    #[must_use]
    pub fn lasting(self, store: Option<Arc<Store>>) -> Self {
        ArticleStore { store, ..self }
    }

    /// The same, where the pages of these feeds are asked for as their sources are: a page of the same scheme, host
    /// and port gets what the source gets.
    #[must_use]
    pub fn asking_as(self, feeds: &[Arc<FeedConfig>]) -> Self {
        let origins = feeds.iter().flat_map(|feed| feed.origins());
        let requests = origins.map(|(_, origin)| (origin.request.login(), origin.request.clone()));
        ArticleStore { requests: Arc::new(requests.collect()), ..self }
    }

    /// The same store, with what is in it where that may still be as much, that asks in another way from now on.
    #[must_use]
    pub fn reconfigured(&self, fetcher: &Fetcher, memory: u64, patience: Duration) -> Self {
        let new = ArticleStore::new(fetcher, memory, patience, self.clock.clone());
        if self.pages.policy().max_capacity() != Some(memory) {
            let (all, store, background) = (self.all.clone(), self.store.clone(), self.background.clone());
            return ArticleStore { all, store, background, ..new };
        }
        ArticleStore { fetcher: new.fetcher, patience, ..self.clone() }
    }

    /// The articles that a feed wants, as far as they are there in time. `key` stands for the feed as it is, and
    /// for its rules; `run` runs them, so that they say what they want. `name` is the feed, for the log.
    pub async fn of(
        &self,
        name: &str,
        key: (u128, u128),
        run: impl Fn(&Articles) + Send + Sync + 'static,
    ) -> Arc<Articles> {
        let now = self.clock.now();
        if let Some(known) = self.remembered.get(&key).await.filter(|known| now < known.until) {
            return known.articles;
        }
        let run = Arc::new(run);
        let (mut articles, mut until, mut is_whole) = (Articles::default(), now + SAME, true);
        for _ in 0..ROUNDS {
            let missed = missed(run.clone(), &mut articles).await;
            if missed.is_empty() {
                break;
            }
            let pages = self.pages(name, &missed).await;
            is_whole &= pages.len() == missed.len();
            until = pages.values().filter_map(|page| page.retry).fold(until, Timestamp::min);
            let new = pages.into_iter().map(|(wanted, page)| (wanted, page.article.clone()));
            articles = Articles::new(articles.known().clone().into_iter().chain(new).collect());
        }
        let articles = Arc::new(articles);
        if is_whole {
            self.remembered.insert(key, Remembered { articles: articles.clone(), until }).await;
        }
        articles
    }

    /// The pages that there are when the reader has waited long enough. The others are still asked for.
    async fn pages(&self, name: &str, wanted: &[Wanted]) -> HashMap<Wanted, Arc<Page>> {
        let tasks = wanted.iter().map(|wanted| {
            let (this, name, wanted) = (self.clone(), name.to_owned(), wanted.clone());
            let task = tokio::spawn(async move { this.page(&name, wanted).await });
            tokio::time::timeout(self.patience, task)
        });
        let pages = join_all(tasks).await.into_iter().map(|page| page.ok()?.ok());
        wanted.iter().zip(pages).filter_map(|(wanted, page)| Some((wanted.clone(), page?))).collect()
    }

    /// What came of asking for a page: at some time before, or now. Whoever wants the same one shares it.
    async fn page(&self, name: &str, wanted: Wanted) -> Arc<Page> {
        let before = self.known(&wanted).await;
        let ask = self.ask_or_learn(name, &wanted, before);
        let clock = &self.clock;
        let entry = self.pages.entry_by_ref(&wanted).or_insert_with_if(ask, |page| page.is_due(clock.now()));
        entry.await.into_value()
    }

    /// What came of it before: since the start, or as it was written down.
    async fn known(&self, wanted: &Wanted) -> Option<Arc<Page>> {
        let known = self.pages.get(wanted).await;
        let (Some(store), None) = (&self.store, &known) else { return known };
        let (store, asked) = (store.clone(), wanted.clone());
        let load = async move {
            let load = move || saved_article::load(&store, &asked);
            tokio::task::spawn_blocking(load).await.ok()?.map(Arc::new)
        };
        self.pages.optionally_get_with(wanted.clone(), load).await
    }

    /// Writes down what came of it, off the way of requests.
    fn save(&self, wanted: &Wanted, page: &Arc<Page>) {
        let Some(store) = self.store.clone() else { return };
        let (name, page) = (saved_article::name(wanted), page.clone());
        self.background.spawn(store.later(move |store| {
            let (record, body) = saved_article::record(&page);
            // A page is asked for by one at a time, and seldom: what is written later is newer.
            _ = store.put(&name, &record, body.as_ref(), None);
        }));
    }

    /// What another limpid has learnt of a page in the meantime, or else what its publisher says.
    async fn ask_or_learn(&self, name: &str, wanted: &Wanted, before: Option<Arc<Page>>) -> Arc<Page> {
        match self.store.as_ref().and_then(|store| store.shared()) {
            Some(shared) => Box::pin(self.ask_or_learn_of(shared, name, wanted, before)).await,
            None => self.ask(name, wanted, before.as_deref()).await,
        }
    }

    async fn ask_or_learn_of(
        &self,
        shared: &Arc<Shared>,
        name: &str,
        wanted: &Wanted,
        mut before: Option<Arc<Page>>,
    ) -> Arc<Page> {
        let called = saved_article::name(wanted);
        let mut asked = before.as_ref().map(|page| page.asked);
        let lease = loop {
            match shared.begin(&called, asked, "").await {
                Begun::Learnt(record, packed) => {
                    asked = Some(record.asked);
                    let learnt = saved_article::page(*record, packed.as_deref()).map(Arc::new);
                    if let Some(page) = learnt.as_ref().filter(|page| !page.is_due(self.clock.now())) {
                        shared.note_taken_over();
                        return page.clone();
                    }
                    before = learnt.or(before);
                }
                Begun::Ours(lease) => break lease,
                Begun::Alone => return self.ask(name, wanted, before.as_deref()).await,
            }
        };
        let page = Arc::new(self.asked(name, wanted, before.as_deref()).await);
        let (record, body) = saved_article::record(&page);
        // Two that asked for one page have the same.
        let _ = lease.finish(&record, body.as_ref()).await;
        page
    }

    /// After a Redis was away, or has lost everything: gives it what is known here and not there.
    pub async fn reconcile(&self) {
        let Some(shared) = self.store.as_ref().and_then(|store| store.shared()) else { return };
        for (wanted, page) in &self.pages {
            let (name, (record, body)) = (saved_article::name(&wanted), saved_article::record(&page));
            if shared.offer(&name, &record, body.as_ref()).await.is_none() {
                return;
            }
        }
    }

    /// Waits until nothing is being written down.
    pub async fn settled(&self) {
        self.background.close();
        self.background.wait().await;
        self.background.reopen();
    }

    async fn ask(&self, name: &str, wanted: &Wanted, before: Option<&Page>) -> Arc<Page> {
        let page = Arc::new(self.asked(name, wanted, before).await);
        self.save(wanted, &page);
        page
    }

    async fn asked(&self, name: &str, wanted: &Wanted, before: Option<&Page>) -> Page {
        let error = match self.fetched(name, wanted).await {
            Ok(article) => return Page { article, retry: None, failures: 0, asked: self.clock.now() },
            Err(error) => error,
        };
        let failures = before.map_or(0, |page| page.failures).saturating_add(1);
        let asked = self.clock.now();
        let retry = Some(later(asked, back_off(&error, failures, RETRY)));
        tracing::warn!(feed = name, cause = error.chain(), "an item's page: {error}");
        Page { article: Err(error.to_string()), retry, failures, asked }
    }

    /// The article, or why the page has none, which asking again would not change.
    async fn fetched(&self, name: &str, wanted: &Wanted) -> Result<Result<String, String>, FetchError> {
        let url = Url::parse(&wanted.address).map_err(|_| FetchError::BadAddress)?;
        // The host's queue first: who waits there does not stand in the way of others.
        let turn = self.fetcher.turn(&url).await;
        let _all = self.all.acquire().await;
        let (validators, now) = (&Validators::default(), self.clock.now());
        let request = self.requests.get(&wanted.login).cloned().unwrap_or_default();
        let ask = Ask { feed: name, url: &url, reach: wanted.reach, request: &request, validators, now };
        match self.fetcher.fetch_page(turn, ask).await? {
            Answer::NotModified(_) => Err(FetchError::Status { status: 304, retry_after: None }),
            Answer::Body(body, headers) => {
                let wanted = wanted.clone();
                let extracted = tokio::task::spawn_blocking(move || extract(body, &headers, &wanted)).await;
                let extracted = extracted.map_err(|error| FetchError::CutOff(error.into()))?;
                Ok(extracted.map_err(|why| why.to_string()))
            }
        }
    }
}

/// Runs the rules, away from what answers readers, and says which articles they missed.
async fn missed(
    run: Arc<impl Fn(&Articles) + Send + Sync + 'static>,
    articles: &mut Articles,
) -> Vec<Wanted> {
    let given = Articles::new(articles.known().clone());
    let ran = tokio::task::spawn_blocking(move || {
        run(&given);
        given.missed()
    });
    // Where a rule fails here it will fail again where that is told.
    ran.await.unwrap_or_default()
}
