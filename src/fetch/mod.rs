//! Asking publishers: one conditional request, under one deadline and one limit of bytes.

mod addresses;
pub mod article;
mod body;
mod connect;
pub mod error;
pub mod guard;
pub mod politeness;
pub mod reading;

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Empty;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use jiff::Timestamp;
use rustls::{ClientConfig, RootCertStore};
use tracing::{Instrument, debug, info_span};
use url::Url;

use connect::BoundClient;
pub use error::FetchError;
use guard::{Bounds, Network};
use politeness::Validators;

use crate::config::{self, Hosts};
use crate::feed::articles::Reach;

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
    guarded: Way,
    open: Way,
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

/// A client, and the bounds that it stays within.
#[derive(Clone, Debug)]
struct Way {
    bounds: Bounds,
    client: BoundClient,
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
}

impl Fetcher {
    /// A fetcher on this network, with the system's root certificates.
    pub fn new(config: &config::Fetch, network: &Arc<dyn Network>) -> Self {
        let tls = tls();
        let way = |reach| {
            let bounds = Bounds::new(network.clone(), reach);
            Way { client: connect::client(bounds.clone(), tls.clone()), bounds }
        };
        Fetcher {
            guarded: way(Reach::Public),
            open: way(Reach::Anywhere),
            at_least: Reach::Public,
            user_agent: user_agent(config.contact.as_deref()),
            mark: mark(),
            timeout: config.timeout,
            max_body: config.max_body,
            accept: HeaderValue::from_static(FEEDS),
            within: None,
        }
    }

    /// The same, with the same connections, as another configuration wants it.
    #[must_use]
    pub fn reconfigured(&self, config: &config::Fetch) -> Self {
        let user_agent = user_agent(config.contact.as_deref());
        Fetcher { user_agent, timeout: config.timeout, max_body: config.max_body, ..self.clone() }
    }

    /// The same, where every feed may reach at least so far.
    #[must_use]
    pub fn reaching(self, at_least: Reach) -> Self {
        Fetcher { at_least, ..self }
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

    /// Asks for `url`, conditionally where there are validators, and follows redirects, all within `reach`. `feed`
    /// is who asks, for the log.
    ///
    /// # Errors
    /// One sentence for the person, with the cause behind it.
    pub async fn fetch(
        &self,
        feed: &str,
        url: &Url,
        reach: Reach,
        validators: &Validators,
        now: Timestamp,
    ) -> Result<Answer, FetchError> {
        // Path and query may be secrets; the origin says enough.
        let span = info_span!("fetch", feed, origin = url.origin().ascii_serialization());
        let whole = self.follow(url.clone(), reach.max(self.at_least), validators, now);
        let answer = tokio::time::timeout(self.timeout, whole).instrument(span.clone()).await;
        let answer = answer.unwrap_or(Err(FetchError::Timeout(self.timeout)));
        span.in_scope(|| match &answer {
            Ok(Answer::NotModified(_)) => debug!("not modified"),
            Ok(Answer::Body(body, _)) => debug!(bytes = body.len(), "fetched"),
            Err(error) => debug!(cause = error.chain(), "{error}"),
        });
        answer
    }

    async fn follow(
        &self,
        mut url: Url,
        reach: Reach,
        validators: &Validators,
        now: Timestamp,
    ) -> Result<Answer, FetchError> {
        let way = if reach == Reach::Public { &self.guarded } else { &self.open };
        for _ in 0..=MAX_REDIRECTS {
            way.bounds.judge_url(&url)?;
            let response = way.client.request(self.request(&url, validators)?).await?;
            match response.status() {
                StatusCode::MOVED_PERMANENTLY
                | StatusCode::FOUND
                | StatusCode::SEE_OTHER
                | StatusCode::TEMPORARY_REDIRECT
                | StatusCode::PERMANENT_REDIRECT => url = self.next(&url, response.headers())?,
                _ => return self.answer(&url, response, now).await,
            }
        }
        Err(FetchError::TooManyRedirects)
    }

    fn next(&self, from: &Url, headers: &HeaderMap) -> Result<Url, FetchError> {
        let to = next(from, headers)?;
        let is_within = self.within.as_ref().is_none_or(|hosts| hosts.has(&to));
        if is_within { Ok(to) } else { Err(FetchError::Elsewhere) }
    }

    fn request(&self, url: &Url, validators: &Validators) -> Result<Request<Empty<Bytes>>, FetchError> {
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
        validators.put_into(url, request.headers_mut());
        Ok(request)
    }

    async fn answer(
        &self,
        url: &Url,
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

/// A name for this process that no other one has.
fn mark() -> HeaderValue {
    let random = RandomState::new().build_hasher().finish();
    HeaderValue::from_str(&format!("limpid-{random:016x}")).unwrap_or(HeaderValue::from_static("limpid"))
}

/// TLS as the system trusts it. A machine without certificates can still read what is not behind TLS.
fn tls() -> ClientConfig {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        tracing::warn!(
            "this machine has no root certificates (package ca-certificates): https sources will fail"
        );
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider supports the protocol versions it is shipped with")
        .with_root_certificates(roots)
        .with_no_client_auth()
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
