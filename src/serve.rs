//! The way of a request, from the reader to the answer, one line a stage.

mod adhoc;
mod warm;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::HeaderMap;
use hyper::{Method, Request, StatusCode, Uri};
use jiff::Timestamp;
use tracing::{Instrument, info, info_span};

use crate::accept;
use crate::adhoc::Refused;
use crate::cache::articles::ArticleStore;
use crate::cache::gather::{Gathered, gather};
use crate::cache::rendered::RenderedCache;
use crate::cache::source::Sources;
use crate::clock::Clock;
use crate::config::{Config, FeedConfig};
use crate::convert::Target;
use crate::feed::articles::Articles;
use crate::fetch::guard::{Internet, Network};
use crate::fetch::{FetchError, Fetcher};
use crate::pages;
use crate::pipeline::{Address, Form};
use crate::respond::{self, Answer, Freshness};
use crate::route::{self, Route, Wanted};
use crate::store::Store;
use adhoc::AdHoc;

/// Everything that answering takes.
#[derive(Debug)]
pub struct App {
    own_url: String,
    /// In the order of the configuration.
    feeds: Vec<Arc<FeedConfig>>,
    by_name: HashMap<String, Arc<FeedConfig>>,
    sources: Sources,
    articles: ArticleStore,
    rendered: RenderedCache,
    ad_hoc: Option<AdHoc>,
    store: Option<Arc<Store>>,
    fetcher: Fetcher,
    started: Timestamp,
    clock: Arc<dyn Clock>,
}

/// Why there is no feed to answer with.
#[derive(Debug)]
enum Failure {
    NoSuchFeed,
    /// What is asked for makes no sense, or is not for everybody.
    Refused(Refused),
    /// Nothing good has ever come from the publisher.
    Source {
        error: Arc<FetchError>,
        retry_after: Duration,
    },
    /// A defect of limpid.
    Internal(tokio::task::JoinError),
}

impl App {
    /// An application for this configuration. `own_url` is how readers reach it, without a slash at its end.
    pub fn new(config: Config, own_url: String, clock: Arc<dyn Clock>) -> Self {
        App::on(&(Arc::new(Internet) as Arc<dyn Network>), config, own_url, clock)
    }

    /// The same on another network than the internet.
    pub fn on(network: &Arc<dyn Network>, config: Config, own_url: String, clock: Arc<dyn Clock>) -> Self {
        let fetcher = Fetcher::new(&config.fetch, network).timed_by(clock.clone());
        let (patience, memory) = (config.fetch.wait_for_pages, config.cache.memory);
        let store = config.store.as_ref().map(|store| Store::open(&store.path, store.max_size));
        let sources = Sources::new(fetcher.clone(), clock.clone(), config.cache).lasting(store.clone());
        let ad_hoc = AdHoc::of(&config, &fetcher, &clock);
        let feeds = config.feeds;
        let articles = ArticleStore::new(&fetcher, memory, patience, clock.clone()).asking_as(&feeds);
        App {
            own_url,
            by_name: feeds.iter().map(|feed| (feed.name.clone(), feed.clone())).collect(),
            feeds,
            articles,
            sources,
            store,
            fetcher,
            rendered: RenderedCache::new(AdHoc::rest(memory, ad_hoc.as_ref())),
            ad_hoc,
            started: clock.now(),
            clock,
        }
    }

    /// Answers a request.
    pub async fn answer(&self, request: Request<Incoming>) -> Answer {
        let span = info_span!("request", method = %request.method(), path = request.uri().path());
        async {
            let answer = self.routed(request.method(), request.uri(), request.headers()).await;
            info!(status = answer.status().as_u16(), "answered");
            answer
        }
        .instrument(span)
        .await
    }

    async fn routed(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Answer {
        if self.fetcher.is_own(headers) {
            let sentence = "A source of a feed leads back to limpid itself.";
            return respond::failure(method, StatusCode::LOOP_DETECTED, sentence, None);
        }
        match route::route(method, uri.path()) {
            Ok(Route::Feed(wanted, target)) => {
                let answer = self.feed(method, headers, &wanted, target).await;
                answer.unwrap_or_else(|failure| failure.answer(method))
            }
            Ok(Route::Receipt(wanted)) => {
                let answer = self.receipt(method, &wanted).await;
                answer.unwrap_or_else(|failure| failure.answer(method))
            }
            Ok(Route::Clean) => {
                let answer = self.clean(method, headers, uri.query().unwrap_or_default()).await;
                answer.unwrap_or_else(|failure| failure.answer(method))
            }
            Ok(Route::Metrics) => respond::metrics(method, self.rendered.health().metrics()),
            Ok(Route::Home) => respond::page(method, self.home().await),
            Ok(Route::Health) => respond::text(method, StatusCode::OK, "ok\n".to_owned()),
            Err(refusal) => respond::refusal(method, refusal),
        }
    }

    /// The way of the data.
    async fn feed(
        &self,
        method: &Method,
        headers: &HeaderMap,
        wanted: &Wanted,
        target: Option<Target>,
    ) -> Result<Answer, Failure> {
        let feed = self.configured(wanted)?;
        let copies = gather(&self.sources, feed).await;
        let format = copies.format(feed.format).ok_or_else(|| self.nothing_good(&copies))?;
        let form = self.form(&feed.name, target, accept::asked(headers, format).or(feed.format));
        let (freshness, now) = (self.freshness(&copies), self.clock.now());
        let articles = self.articles(feed, &copies).await;
        let topic = wanted.topic.as_deref();
        let page = self.rendered.current(feed, copies, articles, topic, form, now).await;
        let page = page.map_err(Failure::Internal)?;
        Ok(respond::feed(method, headers, &page, freshness, target.is_none()))
    }

    /// What was done to a feed as it is served now, and how its rules have done so far.
    async fn receipt(&self, method: &Method, wanted: &Wanted) -> Result<Answer, Failure> {
        let feed = self.configured(wanted)?;
        let copies = gather(&self.sources, feed).await;
        copies.format(feed.format).ok_or_else(|| self.nothing_good(&copies))?;
        let form = self.form(&feed.name, None, feed.format);
        let (articles, now) = (self.articles(feed, &copies).await, self.clock.now());
        let topic = wanted.topic.as_deref();
        let page = self.rendered.current(feed, copies, articles, topic, form, now).await;
        let page = page.map_err(Failure::Internal)?;
        Ok(respond::receipt(method, &feed.name, &page, &self.rendered.health().of(&feed.name)))
    }

    /// The articles that its rules want; most feeds want none.
    async fn articles(&self, feed: &Arc<FeedConfig>, copies: &Gathered) -> Arc<Articles> {
        if !feed.wants_articles() {
            return Arc::default();
        }
        let (key, now) = ((copies.digest(), feed.rules_digest), self.clock.now());
        let (config, copies) = (feed.clone(), copies.clone());
        let run = move |articles: &Articles| copies.run(&config, now, articles);
        self.articles.of(&feed.name, key, run).await
    }

    /// The feed that is asked for; a topic only where it has that.
    fn configured(&self, wanted: &Wanted) -> Result<&Arc<FeedConfig>, Failure> {
        let feed = self.by_name.get(&wanted.name).ok_or(Failure::NoSuchFeed)?;
        let has_it = |topic: &String| feed.pipeline.topics().contains(&topic.as_str());
        if wanted.topic.as_ref().is_none_or(has_it) { Ok(feed) } else { Err(Failure::NoSuchFeed) }
    }

    /// How a feed is wanted: in the format its address names, or else in the one that is asked for.
    fn form(&self, name: &str, named: Option<Target>, asked: Option<Target>) -> Form {
        let extension = named.map(|target| format!(".{}", target.extension())).unwrap_or_default();
        let address = Address { base: format!("{}/feeds/{name}", self.own_url), extension };
        Form { target: named.or(asked), address: Some(address) }
    }

    fn freshness(&self, copies: &Gathered) -> Freshness {
        let (sources, failing) = copies.failing();
        let now = self.clock.now();
        Freshness { left: copies.left(now), overdue: copies.overdue(now), sources, failing }
    }

    fn nothing_good(&self, copies: &Gathered) -> Failure {
        let error = copies.problem().unwrap_or_else(|| Arc::new(FetchError::BadAddress));
        Failure::Source { error, retry_after: copies.left(self.clock.now()) }
    }

    async fn home(&self) -> String {
        let mut feeds = Vec::with_capacity(self.feeds.len());
        for feed in &self.feeds {
            let mut sources = Vec::new();
            for (_, origin) in feed.origins() {
                sources.push((origin.source.origin(), self.sources.peek(origin).await));
            }
            feeds.push((feed.as_ref(), sources));
        }
        pages::home(&self.own_url, &feeds)
    }

    /// What is wrong with what is to outlive a restart, in one sentence; feeds are served all the same.
    pub fn store_problem(&self) -> Option<String> {
        self.store.as_ref()?.problem()
    }

    /// Waits until nothing is left to do in the background.
    pub async fn settled(&self) {
        self.sources.settled().await;
        self.rendered.settled().await;
        if let Some(ad_hoc) = &self.ad_hoc {
            ad_hoc.settled().await;
        }
    }
}

impl Failure {
    fn answer(&self, method: &Method) -> Answer {
        match self {
            Failure::NoSuchFeed => respond::refusal(method, route::Refusal::NotFound),
            Failure::Refused(Refused { status, sentence }) => {
                respond::failure(method, *status, sentence, None)
            }
            Failure::Source { error, retry_after } => {
                let status = status_of(error);
                respond::failure(method, status, &sentence(error), Some(*retry_after))
            }
            Failure::Internal(error) => {
                tracing::error!(%error, "a rule has failed");
                let sentence = "Something went wrong inside limpid; its log says what.";
                respond::failure(method, StatusCode::INTERNAL_SERVER_ERROR, sentence, None)
            }
        }
    }
}

/// The error as a sentence that stands alone.
fn sentence(error: &FetchError) -> String {
    let text = error.to_string();
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

fn status_of(error: &FetchError) -> StatusCode {
    match error {
        FetchError::Timeout(_) => StatusCode::GATEWAY_TIMEOUT,
        FetchError::Elsewhere => StatusCode::FORBIDDEN,
        FetchError::TooMany => StatusCode::SERVICE_UNAVAILABLE,
        FetchError::Status { status: 404 | 410, .. } => StatusCode::NOT_FOUND,
        _ => StatusCode::BAD_GATEWAY,
    }
}
