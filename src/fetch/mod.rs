//! Asking publishers: one conditional request, under one deadline and one limit of bytes.

mod addresses;
pub mod article;
mod body;
mod connect;
pub mod error;
pub mod guard;
pub mod politeness;
mod proxy;
pub mod reading;
pub mod turns;
mod ways;

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Empty;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use jiff::Timestamp;
use tracing::{Instrument, debug, info_span};
use url::Url;

pub use error::FetchError;
use guard::Network;
use politeness::Validators;
use turns::{For, Place, Turn, Turns};
use ways::Ways;

use crate::clock::{Clock, SystemClock};
use crate::config::{self, FeedRequest, Hosts, Proxy, Via};
use crate::feed::articles::Reach;
use crate::store::shared::Shared;

/// How many redirects are followed.
const MAX_REDIRECTS: usize = 5;

/// What is asked for: feeds before all else.
const FEEDS: &str = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, \
                     text/xml;q=0.9, */*;q=0.1";

/// What is asked for where an item's own page is wanted.
const PAGES: &str = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1";

/// Names those that a request has gone through, so that one which comes back is known (RFC 8586). Not `Via`: many
/// servers do not compress what they send to a proxy.
const LOOP: HeaderName = HeaderName::from_static("cdn-loop");

/// Fetches from publishers. Cheap to clone: clones share their connections.
#[derive(Clone, Debug)]
pub struct Fetcher {
    ways: Ways,
    /// What every feed goes through that says nothing else.
    proxy: Option<Proxy>,
    turns: Turns,
    clock: Arc<dyn Clock>,
    /// For every feed.
    at_least: Reach,
    user_agent: HeaderValue,
    /// What no other process puts into its requests.
    mark: HeaderValue,
    timeout: Duration,
    max_body: usize,
    accept: HeaderValue,
    /// Where redirects may lead; `None` for anywhere.
    within: Option<Arc<Hosts>>,
}

/// What to ask for, and how.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// The feed it is for, for the log.
    pub feed: &'a str,
    /// The address.
    pub url: &'a Url,
    /// How far the feed may reach.
    pub reach: Reach,
    /// What its requests carry beside what all do.
    pub request: &'a FeedRequest,
    /// What makes the request conditional.
    pub validators: &'a Validators,
    /// When it is asked.
    pub now: Timestamp,
}

/// What a publisher answered.
#[derive(Debug)]
pub enum Answer {
    /// 304: what was there before still stands.
    NotModified(Headers),
    /// A body, decompressed.
    Body(Vec<u8>, Headers),
}

/// What is kept of an answer's headers.
#[derive(Clone, Debug, Default)]
pub struct Headers {
    /// What to send with the next request.
    pub validators: Validators,
    /// How long the answer is fresh by its own account.
    pub lifetime: Option<Duration>,
    /// Its media type.
    pub media_type: Option<String>,
    /// The charset of its Content-Type.
    pub charset: Option<String>,
    /// The address that answered, behind all redirects.
    pub address: Option<Url>,
    /// Where redirects that are called permanent lead from the address that was asked, if they do.
    pub moved: Option<Url>,
}

impl Answer {
    /// Where the feed is for good by its publisher's word, where that is not the address that was asked.
    pub fn moved(&self) -> Option<&Url> {
        let (Answer::NotModified(headers) | Answer::Body(_, headers)) = self;
        headers.moved.as_ref()
    }
}

impl Fetcher {
    /// A fetcher on this network, which trusts the system's root certificates and those of the configuration.
    pub fn new(config: &config::Fetch, network: &Arc<dyn Network>) -> Self {
        Fetcher {
            ways: Ways::new(network, &config.tls_roots),
            proxy: config.proxy.clone(),
            turns: Turns::new(config.host_spacing),
            clock: Arc::new(SystemClock),
            at_least: Reach::Public,
            user_agent: user_agent(config.contact.as_deref()),
            mark: mark(),
            timeout: config.timeout,
            max_body: config.max_body,
            accept: HeaderValue::from_static(FEEDS),
            within: None,
        }
    }

    /// The same, where requests to one host are spaced by this clock.
    #[must_use]
    pub fn timed_by(self, clock: Arc<dyn Clock>) -> Self {
        Fetcher { clock, ..self }
    }

    /// The same, which takes its turns at a host with other limpids, where something is shared with them.
    #[must_use]
    pub fn sharing(self, shared: Option<Arc<Shared>>) -> Self {
        Fetcher { turns: self.turns.shared(shared), ..self }
    }

    /// The same, as another configuration wants it: with the same connections, unless other certificates are trusted
    /// now.
    #[must_use]
    pub fn reconfigured(&self, config: &config::Fetch) -> Self {
        Fetcher {
            ways: self.ways.trusting(&config.tls_roots),
            proxy: config.proxy.clone(),
            turns: self.turns.spaced(config.host_spacing),
            user_agent: user_agent(config.contact.as_deref()),
            timeout: config.timeout,
            max_body: config.max_body,
            ..self.clone()
        }
    }

    /// The same, where every feed may reach at least so far.
    #[must_use]
    pub fn reaching(self, at_least: Reach) -> Self {
        Fetcher { at_least, ..self }
    }

    /// The most bytes of a body.
    pub fn max_body(&self) -> usize {
        self.max_body
    }

    /// Whether a request with these headers was made by this fetcher.
    pub fn is_own(&self, headers: &HeaderMap) -> bool {
        let lines = headers.get_all(LOOP).iter().filter_map(|line| line.to_str().ok());
        lines.flat_map(|line| line.split(',')).any(|one| one.trim().as_bytes() == self.mark.as_bytes())
    }

    /// The same, with the same connections, for the pages of items: of at most `max_body` bytes.
    #[must_use]
    pub fn for_pages(&self, max_body: usize) -> Self {
        let (accept, max_body) = (HeaderValue::from_static(PAGES), self.max_body.min(max_body));
        Fetcher { max_body, accept, ..self.clone() }
    }

    /// The same, with the same connections, for what strangers ask for: redirects are only followed to these
    /// hosts, or else one that can be made to redirect would open all others.
    #[must_use]
    pub fn within(&self, hosts: Arc<Hosts>) -> Self {
        Fetcher { within: Some(hosts), ..self.clone() }
    }

    /// Waits for the turn of an item's page at its host.
    pub async fn turn(&self, page: &Url) -> Turn {
        self.turn_for(page, For::Page).await
    }

    /// Waits until a source that no reader waits for may be asked: then it has all its time.
    pub async fn place(&self, source: &Url) -> Place {
        self.turns.place(&host(source)).await
    }

    async fn turn_for(&self, url: &Url, what: For) -> Turn {
        self.turns.take(&host(url), what, self.clock.as_ref()).await
    }

    /// Asks for a source, conditionally where there are validators, and follows redirects, all within its reach. That
    /// it waits for its turn at the host is a part of the time it has: a reader waits for it.
    ///
    /// # Errors
    /// One sentence for the person, with the cause behind it.
    pub async fn fetch(&self, ask: Ask<'_>) -> Result<Answer, FetchError> {
        let whole = async {
            let _turn = self.turn_for(ask.url, For::Feed).await;
            self.follow(ask).await
        };
        self.in_time(ask, whole).await
    }

    /// The same for the page of an item, once it is its turn.
    ///
    /// # Errors
    /// One sentence for the person, with the cause behind it.
    pub async fn fetch_page(&self, _turn: Turn, ask: Ask<'_>) -> Result<Answer, FetchError> {
        self.in_time(ask, self.follow(ask)).await
    }

    async fn in_time(
        &self,
        ask: Ask<'_>,
        whole: impl Future<Output = Result<Answer, FetchError>>,
    ) -> Result<Answer, FetchError> {
        // Path and query may be secrets; the origin says enough.
        let span = info_span!("fetch", feed = ask.feed, origin = ask.url.origin().ascii_serialization());
        let answer = tokio::time::timeout(self.timeout, whole).instrument(span.clone()).await;
        let answer = answer.unwrap_or(Err(FetchError::Timeout(self.timeout)));
        span.in_scope(|| match &answer {
            Ok(Answer::NotModified(_)) => debug!("not modified"),
            Ok(Answer::Body(body, _)) => debug!(bytes = body.len(), "fetched"),
            Err(error) => debug!(cause = error.chain(), "{error}"),
        });
        answer
    }

    async fn follow(&self, ask: Ask<'_>) -> Result<Answer, FetchError> {
        let reach = ask.reach.max(self.at_least);
        let proxy = match ask.request.via() {
            Via::Usual => self.proxy.as_ref(),
            Via::Direct => None,
            Via::Proxy(own) => Some(own),
        };
        let way = self.ways.way(proxy, reach);
        let mut url = ask.url.clone();
        let (mut moved, mut is_for_good) = (None, true);
        for _ in 0..=MAX_REDIRECTS {
            way.bounds.judge_url(&url)?;
            let response = way.client.request(self.request(&url, ask)?).await?;
            match response.status() {
                StatusCode::MOVED_PERMANENTLY
                | StatusCode::FOUND
                | StatusCode::SEE_OTHER
                | StatusCode::TEMPORARY_REDIRECT
                | StatusCode::PERMANENT_REDIRECT => {
                    url = self.next(&url, response.headers())?;
                    is_for_good &= matches!(response.status().as_u16(), 301 | 308);
                    moved = if is_for_good { Some(url.clone()) } else { moved };
                }
                _ => return self.answer(&url, moved, response, ask.now).await,
            }
        }
        Err(FetchError::TooManyRedirects)
    }

    fn next(&self, from: &Url, headers: &HeaderMap) -> Result<Url, FetchError> {
        let to = next(from, headers)?;
        let is_within = self.within.as_ref().is_none_or(|hosts| hosts.has(&to));
        if is_within { Ok(to) } else { Err(FetchError::Elsewhere) }
    }

    /// A request to one address of the way. What the feed has for its source goes to that alone, and not to where
    /// it redirects.
    fn request(&self, url: &Url, ask: Ask<'_>) -> Result<Request<Empty<Bytes>>, FetchError> {
        let mut bare = url.clone();
        bare.set_fragment(None);
        let mut request = Request::builder()
            .method(Method::GET)
            .uri(bare.as_str())
            .header(header::USER_AGENT, &self.user_agent)
            .header(header::ACCEPT, &self.accept)
            .header(header::ACCEPT_ENCODING, "gzip, br, zstd")
            .header(LOOP, &self.mark)
            .body(Empty::new())
            .map_err(|_| FetchError::BadAddress)?;
        for (name, value) in ask.request.headers_for(url).into_iter().flatten() {
            request.headers_mut().insert(name, value.clone());
        }
        ask.validators.put_into(url, request.headers_mut());
        Ok(request)
    }

    async fn answer(
        &self,
        url: &Url,
        moved: Option<Url>,
        response: Response<hyper::body::Incoming>,
        now: Timestamp,
    ) -> Result<Answer, FetchError> {
        let (parts, incoming) = response.into_parts();
        let headers = Headers {
            validators: Validators::of(url, &parts.headers),
            lifetime: politeness::lifetime(&parts.headers, now),
            media_type: media_type(&parts.headers),
            charset: charset(&parts.headers),
            address: Some(url.clone()),
            moved,
        };
        match parts.status {
            StatusCode::OK => {
                let body = body::read(incoming, &parts.headers, self.max_body).await?;
                Ok(Answer::Body(body, headers))
            }
            StatusCode::NOT_MODIFIED => Ok(Answer::NotModified(headers)),
            status => {
                let retry_after = politeness::retry_after(&parts.headers, now);
                Err(FetchError::Status { status: status.as_u16(), retry_after })
            }
        }
    }
}

/// What turns are taken at: another port is another server.
fn host(url: &Url) -> String {
    format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or(0))
}

/// A name for this process that no other one has.
fn mark() -> HeaderValue {
    let random = RandomState::new().build_hasher().finish();
    HeaderValue::from_str(&format!("limpid-{random:016x}")).unwrap_or(HeaderValue::from_static("limpid"))
}

/// The address a redirect leads to. From https it may only lead to https.
fn next(from: &Url, headers: &HeaderMap) -> Result<Url, FetchError> {
    let location =
        headers.get(header::LOCATION).and_then(|l| l.to_str().ok()).ok_or(FetchError::BadRedirect)?;
    let to = from.join(location).map_err(|_| FetchError::BadRedirect)?;
    match (from.scheme(), to.scheme()) {
        ("http", "http" | "https") | ("https", "https") => Ok(to),
        _ => Err(FetchError::BadRedirect),
    }
}

fn media_type(headers: &HeaderMap) -> Option<String> {
    let content_type = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(content_type.split(';').next()?.trim().to_ascii_lowercase())
}

fn charset(headers: &HeaderMap) -> Option<String> {
    let content_type = headers.get(header::CONTENT_TYPE)?.to_str().ok()?.to_ascii_lowercase();
    let (_, charset) = content_type.split_once("charset=")?;
    Some(charset.split(';').next()?.trim().to_owned())
}

/// Who is asking (RFC 9110 §10.1.5), and where to complain.
fn user_agent(contact: Option<&str>) -> HeaderValue {
    let plain = concat!("limpid/", env!("CARGO_PKG_VERSION"));
    let full = contact.map(|contact| format!("{plain} (+{contact})"));
    full.and_then(|full| HeaderValue::from_str(&full).ok()).unwrap_or(HeaderValue::from_static(plain))
}
