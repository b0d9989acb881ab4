//! The way of a request, from the reader to the answer, one line a stage.

mod access;
mod adhoc;
mod again;
mod app;
mod home;
mod operate;
mod opml;
mod playground;
mod preview;
mod reconcile;
mod warm;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hyper::body::{Body, Incoming};
use hyper::header::HeaderMap;
use hyper::{Method, StatusCode, Uri};
use jiff::Timestamp;
use url::Url;

use crate::accept;
use crate::adhoc::Refused;
use crate::cache::articles::ArticleStore;
use crate::cache::gather::{Gathered, gather};
use crate::cache::rendered::{RenderedCache, Unmade};
use crate::cache::source::Sources;
use crate::clock::Clock;
use crate::config::{Access, Config, FeedConfig, Server};
use crate::convert::Target;
use crate::feed::articles::Articles;
use crate::fetch::guard::Network;
use crate::fetch::{FetchError, Fetcher};
use crate::metrics::{Kind, Metrics};
use crate::pipeline::{Address, Form};
use crate::respond::{self, Answer, Freshness};
use crate::route::{self, Asset, Route, Wanted};
use crate::store::Store;
use access::Entry;
pub use access::secret_path;
use adhoc::AdHoc;
use again::Door;
pub use app::App;
use app::State;
use playground::Playground;
use reconcile::opened;
use warm::Agenda;

/// Everything that answering takes, under one configuration. What is cached is shared with the one after it.
#[derive(Debug)]
struct Configured {
    server: Server,
    access: Access,
    own_url: String,
    agenda: Agenda,
    /// In the order of the configuration.
    feeds: Vec<Arc<FeedConfig>>,
    by_name: HashMap<String, Arc<FeedConfig>>,
    /// Where each is served, by name.
    doors: HashMap<String, Door>,
    sources: Sources,
    articles: ArticleStore,
    rendered: RenderedCache,
    ad_hoc: Option<AdHoc>,
    playground: Playground,
    store: Option<Arc<Store>>,
    fetcher: Fetcher,
    started: Timestamp,
    clock: Arc<dyn Clock>,
    state: Arc<State>,
    metrics: Arc<Metrics>,
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
    /// Whoever asks has to say first who that is.
    Unauthorised(Vec<&'static str>),
    /// A defect of limpid.
    Internal(tokio::task::JoinError),
    /// A text that was only in the store is not there any more: it is asked for anew.
    Lost,
}

impl From<Unmade> for Failure {
    fn from(why: Unmade) -> Self {
        match why {
            Unmade::Lost => Failure::Lost,
            Unmade::Broken(error) => Failure::Internal(error),
        }
    }
}

impl Configured {
    /// The first one: nothing is known yet. `here` is how readers reach it where the configuration does not say it.
    fn new(
        network: &Arc<dyn Network>,
        config: Config,
        here: &str,
        clock: Arc<dyn Clock>,
        state: Arc<State>,
    ) -> Self {
        let store = config.store.as_ref().and_then(|store| opened(store, &config.fetch, &clock));
        let shared = store.as_ref().and_then(|store| store.shared()).cloned();
        let fetcher = Fetcher::new(&config.fetch, network).timed_by(clock.clone()).sharing(shared);
        let (patience, memory) = (config.fetch.wait_for_pages, config.cache.memory);
        let metrics = Arc::default();
        let ad_hoc = AdHoc::of(&config, &fetcher, (&clock, &metrics));
        let playground = Playground::of(&config, &fetcher, (&clock, &metrics));
        let own_url = config.server.url_or(here);
        let articles = ArticleStore::new(&fetcher, memory, patience, clock.clone()).lasting(store.clone());
        let articles = articles.asking_as(&config.feeds);
        let sources = Sources::new(fetcher.clone(), clock.clone(), config.cache);
        let sources = sources.lasting(store.clone()).counted(&metrics);
        let rendered =
            RenderedCache::new(AdHoc::rest(memory, ad_hoc.as_ref())).lasting(store.clone(), &config.feeds);
        Configured {
            by_name: config.feeds.iter().map(|feed| (feed.name.clone(), feed.clone())).collect(),
            doors: Door::all(&own_url, &config.feeds),
            own_url,
            agenda: Agenda::of(&config.feeds),
            feeds: config.feeds,
            server: config.server,
            access: config.access,
            articles,
            sources,
            store,
            fetcher,
            rendered,
            ad_hoc,
            playground,
            started: clock.now(),
            clock,
            state,
            metrics,
        }
    }

    /// The one after it: everything that is known is known to it as well.
    fn after(&self, config: Config, here: &str) -> Self {
        let fetcher = self.fetcher.reconfigured(&config.fetch);
        let (patience, memory) = (config.fetch.wait_for_pages, config.cache.memory);
        let ad_hoc = AdHoc::after(self.ad_hoc.as_ref(), &config, &fetcher, (&self.clock, &self.metrics));
        let playground = self.playground.after(&config, &fetcher);
        let articles = self.articles.reconfigured(&fetcher, memory, patience).asking_as(&config.feeds);
        let own_url = config.server.url_or(here);
        Configured {
            by_name: config.feeds.iter().map(|feed| (feed.name.clone(), feed.clone())).collect(),
            doors: Door::all(&own_url, &config.feeds),
            own_url,
            agenda: Agenda::of(&config.feeds),
            feeds: config.feeds,
            server: config.server,
            access: config.access,
            articles,
            sources: self.sources.asking(fetcher.clone(), config.cache),
            store: self.store.clone(),
            started: self.started,
            fetcher,
            rendered: self.rendered.sized(AdHoc::rest(memory, ad_hoc.as_ref())),
            ad_hoc,
            playground,
            clock: self.clock.clone(),
            state: self.state.clone(),
            metrics: self.metrics.clone(),
        }
    }

    async fn routed(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: Incoming,
    ) -> (Answer, About) {
        if self.fetcher.is_own(headers) {
            let sentence = "A source of a feed leads back to limpid itself.";
            return (respond::failure(method, StatusCode::LOOP_DETECTED, sentence, None), About::default());
        }
        if uri.path_and_query().is_some_and(|all| all.as_str().len() > route::MAX_ADDRESS) {
            return (respond::refusal(method, route::Refusal::TooLong), About::default());
        }
        let (secret, path) = access::split(uri.path());
        let route = match route::route(method, path) {
            Ok(route) => route,
            Err(refusal) => return (respond::refusal(method, refusal), About::default()),
        };
        let answered = match self.entry(&route, secret, headers) {
            Ok(entry) => self.answered(method, uri, headers, body, (&route, &entry)).await,
            Err(failure) => Err(failure),
        };
        let (answer, kind) = answered.unwrap_or_else(|failure| (failure.answer(method), Some(Kind::Error)));
        let feed = route.wanted().filter(|_| matches!(route, Route::Feed(..)));
        let feed = feed.and_then(|wanted| self.by_name.get(&wanted.name).cloned());
        (answer, About { route: route.name(), feed, kind })
    }

    async fn answered(
        &self,
        method: &Method,
        uri: &Uri,
        headers: &HeaderMap,
        body: Incoming,
        (route, entry): (&Route, &Entry),
    ) -> Result<(Answer, Option<Kind>), Failure> {
        let other = |answer| Ok((answer, None));
        match route {
            Route::Feed(wanted, target) => match self.feed(method, headers, (wanted, *target), entry).await {
                // It is known to be lost now, so that its publisher is asked.
                Err(Failure::Lost) => self.feed(method, headers, (wanted, *target), entry).await,
                answered => answered,
            },
            Route::Clean => self.clean(method, headers, uri.query().unwrap_or_default()).await,
            Route::Receipt(wanted) => other(self.receipt(method, wanted).await?),
            Route::Preview(wanted) => {
                other(self.preview(method, uri.query().unwrap_or_default(), wanted).await?)
            }
            Route::Playground => other(self.playground((method, uri, headers), entry, body).await?),
            Route::Metrics => other(respond::metrics(method, self.metrics_text().await)),
            Route::Home => {
                let page = self.home(uri.query().unwrap_or_default(), headers).await;
                other(respond::page(method, page))
            }
            Route::Opml => other(self.opml(method, headers, entry)),
            Route::Health => other(respond::text(method, StatusCode::OK, "ok\n".to_owned())),
            Route::Ready => other(self.ready(method)),
            Route::Asset(asset) => {
                let (what, digest) = ((asset.media_type(), asset.text()), asset.digest());
                let is_named = uri.query() == Some(digest.as_str());
                other(respond::asset(method, headers, what, &digest, is_named))
            }
        }
    }

    /// Counts a request that was answered, and logs it.
    fn note(&self, about: &About, answer: &Answer, started: Instant) {
        let (status, bytes) = (answer.status().as_u16(), answer.body().size_hint().lower());
        let (route, cache) = (about.route, about.kind.map(Kind::name));
        let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::info!(route, status, bytes, ms, cache, "answered");
        self.metrics.note_request(about.route, status, bytes);
        if let (Some(feed), Some(kind)) = (&about.feed, about.kind) {
            self.metrics.note_feed(&feed.name, kind);
        }
    }

    /// The way of the data.
    async fn feed(
        &self,
        method: &Method,
        headers: &HeaderMap,
        (wanted, target): (&Wanted, Option<Target>),
        entry: &Entry,
    ) -> Result<(Answer, Option<Kind>), Failure> {
        let feed = self.configured(wanted)?;
        let start = self.clock.now();
        let copies = gather(&self.sources, feed).await;
        let format = copies.format(feed.format).ok_or_else(|| self.nothing_good(&copies))?;
        let (asked, is_browser) = (accept::asked(headers, format), accept::is_browser(headers));
        let form = self.form(&feed.name, target, asked.or(feed.format), entry);
        let (freshness, now) = (self.freshness(&copies), self.clock.now());
        let is_asked = copies.is_asked_since(start);
        let articles = self.articles(feed, &copies).await;
        let (topic, only) = (wanted.topic.as_deref(), copies.only().cloned());
        let page = if is_browser {
            let style = self.feed_style();
            self.rendered.styled(feed, copies, articles, (topic, &style), form, now).await
        } else {
            self.rendered.current(feed, copies, articles, topic, form, now).await
        };
        let page = page?;
        let is_plain = topic.is_none() && target.is_none() && asked.is_none() && !is_browser;
        if is_plain && *entry == Entry::Open {
            self.note_last(&feed.name, only.as_ref(), format, &page);
        }
        let answer = respond::feed(method, headers, &page, freshness, target != Some(Target::Json));
        let answer = entry.kept(answer);
        let kind = kind(&answer, freshness, is_asked);
        Ok((answer, Some(kind)))
    }

    /// What was done to a feed as it is served now, and how its rules have done so far.
    async fn receipt(&self, method: &Method, wanted: &Wanted) -> Result<Answer, Failure> {
        let feed = self.configured(wanted)?;
        let copies = gather(&self.sources, feed).await;
        copies.format(feed.format).ok_or_else(|| self.nothing_good(&copies))?;
        let form = self.form(&feed.name, None, feed.format, &Entry::Open);
        let (articles, now) = (self.articles(feed, &copies).await, self.clock.now());
        let topic = wanted.topic.as_deref();
        let page = self.rendered.current(feed, copies, articles, topic, form, now).await;
        let page = page?;
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
    /// Under a secret address it names itself by that.
    fn form(&self, name: &str, named: Option<Target>, asked: Option<Target>, entry: &Entry) -> Form {
        let secret = if let Entry::Secret(secret) = entry { secret } else { "" };
        let extension = named.map(|target| format!(".{}", target.extension())).unwrap_or_default();
        let open = self.doors.get(name).filter(|_| secret.is_empty()).map(|door| door.address.clone());
        let base = open.unwrap_or_else(|| address(&self.own_url, secret, name));
        let address = Address { base, extension };
        Form { target: named.or(asked), address: Some(address) }
    }

    /// Where the stylesheet is of feeds in browsers: below what readers reach limpid by.
    fn feed_style(&self) -> String {
        let path = Url::parse(&self.own_url).map(|url| url.path().trim_end_matches('/').to_owned());
        format!("{}{}", path.unwrap_or_default(), Asset::FeedStyle.address())
    }

    fn freshness(&self, copies: &Gathered) -> Freshness {
        let (sources, failing) = copies.failing();
        let now = self.clock.now();
        let (left, age) = (copies.left(now), copies.age(now));
        Freshness { left, age, overdue: copies.overdue(now), sources, failing }
    }

    fn nothing_good(&self, copies: &Gathered) -> Failure {
        let error = copies.problem().unwrap_or_else(|| Arc::new(FetchError::BadAddress));
        Failure::Source { error, retry_after: copies.left(self.clock.now()) }
    }

    /// What is wrong with what is to outlive a restart, in one sentence; feeds are served all the same.
    fn store_problem(&self) -> Option<String> {
        self.store.as_ref()?.problem()
    }

    /// Waits until nothing is left to do in the background.
    async fn settled(&self) {
        self.sources.settled().await;
        self.articles.settled().await;
        self.rendered.settled().await;
        self.playground.settled().await;
        if let Some(ad_hoc) = &self.ad_hoc {
            ad_hoc.settled().await;
        }
    }
}

/// Where a feed is; `secret` is what its address has before that, if anything.
fn address(own_url: &str, secret: &str, name: &str) -> Arc<str> {
    format!("{own_url}{secret}/feeds/{name}").into()
}

/// What a request was about, for the log and for the metrics.
#[derive(Debug)]
struct About {
    route: &'static str,
    /// A configured feed.
    feed: Option<Arc<FeedConfig>>,
    kind: Option<Kind>,
}

impl Default for About {
    fn default() -> Self {
        About { route: "none", feed: None, kind: None }
    }
}

/// How a feed is answered with: `is_asked` is whether a publisher was asked for it.
fn kind(answer: &Answer, freshness: Freshness, is_asked: bool) -> Kind {
    match (answer.status(), freshness.failing, is_asked) {
        (StatusCode::NOT_MODIFIED, ..) => Kind::NotModified,
        (_, 1.., _) => Kind::Stale,
        (_, _, true) => Kind::Miss,
        (_, _, false) => Kind::Hit,
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
            Failure::Lost => {
                let sentence = "What was kept of this feed is lost; it is being asked for again.";
                let wait = Some(Duration::from_secs(1));
                respond::failure(method, StatusCode::SERVICE_UNAVAILABLE, sentence, wait)
            }
            Failure::Unauthorised(challenges) => respond::unauthorised(method, challenges),
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
