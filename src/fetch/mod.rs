//! Asking publishers: one conditional request, under one deadline and one limit of bytes.

pub mod article;
mod body;
pub mod error;
pub mod politeness;
pub mod reading;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Empty;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use jiff::Timestamp;
use rustls::{ClientConfig, RootCertStore};
use tracing::{Instrument, debug, info_span};
use url::Url;

use crate::config::Hosts;
pub use error::FetchError;
use politeness::Validators;

/// How many redirects are followed.
const MAX_REDIRECTS: usize = 5;

/// What is asked for: feeds before all else.
const FEEDS: &str = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, \
                     text/xml;q=0.9, */*;q=0.1";

/// What is asked for where an item's own page is wanted.
const PAGES: &str = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1";

/// How long a connection may stay unused.
const IDLE: Duration = Duration::from_mins(1);

/// Fetches from publishers. Cheap to clone: clones share their connections.
#[derive(Clone, Debug)]
pub struct Fetcher {
    client: Client<HttpsConnector<HttpConnector>, Empty<Bytes>>,
    user_agent: HeaderValue,
    timeout: Duration,
    max_body: usize,
    accept: HeaderValue,
    /// Where redirects may lead; `None` for anywhere.
    within: Option<Arc<Hosts>>,
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
    /// A fetcher with the system's root certificates.
    pub fn new(timeout: Duration, max_body: usize, contact: Option<&str>) -> Self {
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(tls())
            .https_or_http()
            .enable_http1()
            .enable_http2()
            .build();
        let client = Client::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .build(https);
        let accept = HeaderValue::from_static(FEEDS);
        let user_agent = user_agent(contact);
        Fetcher { client, user_agent, timeout, max_body, accept, within: None }
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

    /// Asks for `url`, conditionally where there are validators, and follows redirects. `feed` is who asks,
    /// for the log.
    ///
    /// # Errors
    /// One sentence for the person, with the cause behind it.
    pub async fn fetch(
        &self,
        feed: &str,
        url: &Url,
        validators: &Validators,
        now: Timestamp,
    ) -> Result<Answer, FetchError> {
        // Path and query may be secrets; the origin says enough.
        let span = info_span!("fetch", feed, origin = url.origin().ascii_serialization());
        let whole = self.follow(url.clone(), validators, now);
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
        validators: &Validators,
        now: Timestamp,
    ) -> Result<Answer, FetchError> {
        for _ in 0..=MAX_REDIRECTS {
            let response = self.client.request(self.request(&url, validators)?).await?;
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
