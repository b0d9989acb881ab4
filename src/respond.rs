//! From final bytes to an answer: validators, conditions, codings.
//!
//! Source: RFC 9110 §13 *Conditional Requests*, §12.5.3 *Accept-Encoding*, §8.8 *Validators*; RFC 9111 §5.2
//! *Cache-Control*; RFC 9211 *Cache-Status*.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Response, StatusCode};
use jiff::Timestamp;
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_128;

use crate::cache::health::FeedHealth;
use crate::cache::known::Known;
use crate::cache::rendered::{Coding, Rendered};
use crate::opml;
use crate::receipt::Receipt;
use crate::route::Refusal;

/// What limpid answers with.
pub type Answer = Response<Full<Bytes>>;

/// How many headers an answer with a feed has at most, `Date` among them.
const HEADERS: usize = 14;

const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

/// What a feed may do that is opened in a browser, where elements of XHTML are what they are in pages: nothing that its
/// publisher has written runs, asks anybody for anything, or leads anywhere.
const FEED_POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; sandbox";

/// How fresh the copy is that an answer is made of.
#[derive(Clone, Copy, Debug)]
pub struct Freshness {
    /// Until the publisher is asked again; zero where that is overdue.
    pub left: Duration,
    /// Since the publisher was asked.
    pub age: Duration,
    /// For how long it has been overdue; then that is being done while this copy is served.
    pub overdue: Duration,
    /// How many sources it is made of.
    pub sources: usize,
    /// How many of them failed when they were last asked, so that older copies stand in.
    pub failing: usize,
}

impl Freshness {
    /// Of a source that is not due.
    pub fn of(known: &Known, now: Timestamp) -> Self {
        let failing = usize::from(known.problem.is_some());
        Freshness { left: known.left(now), age: known.age(now), overdue: Duration::ZERO, sources: 1, failing }
    }

    /// For how long it was fresh when the publisher was asked, in seconds: readers take its age off that (RFC 9111
    /// §4.2). Nothing where nothing of that is left.
    fn lifetime(self) -> u64 {
        if self.left.as_secs() == 0 { 0 } else { self.left.as_secs() + self.age.as_secs() }
    }
}

/// A feed, as the request wants it: whole, as headers only, or not at all where the reader has it.
/// `negotiated` is whether another reader could get it in another format.
pub fn feed(
    method: &Method,
    request: &HeaderMap,
    page: &Rendered,
    freshness: Freshness,
    negotiated: bool,
) -> Answer {
    let coding = coding(request, page);
    let matching = matching_tag(request, page, coding);
    let unchanged = if request.contains_key(header::IF_NONE_MATCH) {
        matching.is_some()
    } else {
        not_modified_since(request, page.since)
    };
    let mut answer = Response::new(Full::default());
    let headers = answer.headers_mut();
    headers.reserve(HEADERS);
    headers.insert(header::ETAG, page.etag(matching.unwrap_or(coding)).clone());
    headers.insert(header::LAST_MODIFIED, page.last_modified().clone());
    let vary = if negotiated { "Accept, Accept-Encoding" } else { "Accept-Encoding" };
    headers.insert(header::VARY, HeaderValue::from_static(vary));
    headers.insert(header::CACHE_CONTROL, numbered("public, max-age=", freshness.lifetime()));
    headers.insert(header::AGE, HeaderValue::from(freshness.age.as_secs()));
    headers.insert(CACHE_STATUS, cache_status(freshness));
    if unchanged {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        return answer;
    }
    let bytes = page.bytes(coding).cloned().unwrap_or_default();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(page.media_type));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(FEED_POLICY));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("none"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    if coding != Coding::Identity {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding.token()));
    }
    if *method != Method::HEAD {
        *answer.body_mut() = Full::new(bytes);
    }
    answer
}

/// An answer that is not for everybody: no cache that others use may keep it (RFC 9111 §5.2.2.7). `by_header` is
/// whether it depends on the credentials of the request.
pub fn private(mut answer: Answer, by_header: bool) -> Answer {
    let headers = answer.headers_mut();
    let public = headers.get(header::CACHE_CONTROL).and_then(|value| value.to_str().ok());
    if let Some(rest) = public.and_then(|value| value.strip_prefix("public")) {
        let value = format!("private{rest}");
        put(headers, header::CACHE_CONTROL, &value);
    }
    if by_header {
        let vary = headers.get(header::VARY).and_then(|value| value.to_str().ok());
        let value = vary.map_or("Authorization".to_owned(), |vary| format!("{vary}, Authorization"));
        put(headers, header::VARY, &value);
    }
    answer
}

/// 401, with what to send (RFC 9110 §11.6.1).
pub fn unauthorised(method: &Method, challenges: &[&'static str]) -> Answer {
    let sentence = "This takes a token or a password that the request did not have.";
    let mut answer = failure(method, StatusCode::UNAUTHORIZED, sentence, None);
    for challenge in challenges {
        answer.headers_mut().append(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    answer
}

/// A receipt, as JSON: what was done to the feed as it is served, and how its rules have done so far.
pub fn receipt(method: &Method, feed: &str, page: &Rendered, health: &FeedHealth) -> Answer {
    #[derive(Serialize)]
    struct Body<'a> {
        feed: &'a str,
        since: Timestamp,
        #[serde(flatten)]
        receipt: &'a Receipt,
        health: &'a FeedHealth,
    }
    let body = Body { feed, since: page.since, receipt: &page.receipt, health };
    let json = serde_json::to_string_pretty(&body).unwrap_or_default();
    let mut answer = text(method, StatusCode::OK, format!("{json}\n"));
    put(answer.headers_mut(), header::CONTENT_TYPE, "application/json");
    answer
}

/// Metrics, as `OpenMetrics` 1.0 has them.
pub fn metrics(method: &Method, metrics: String) -> Answer {
    let mut answer = text(method, StatusCode::OK, metrics);
    let media_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    put(answer.headers_mut(), header::CONTENT_TYPE, media_type);
    answer
}

/// What a page may do: its style, its script and its pictures are limpid's own, it asks nobody but limpid, and nothing that
/// a publisher has written runs in it.
const PAGE_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src \
                           'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Something that pages are made of: `text` with this digest. Where the address has the digest in it the answer is good
/// for ever (RFC 8246); otherwise it is to be asked about again.
pub fn asset(
    method: &Method,
    request: &HeaderMap,
    (media_type, text): (&str, &'static str),
    digest: &str,
    is_named: bool,
) -> Answer {
    let bytes = Bytes::from_static(text.as_bytes());
    let length = HeaderValue::from(bytes.len());
    let mut answer = Response::new(Full::default());
    let tag = format!("\"{digest}\"");
    let is_there = has(request, &tag);
    let headers = answer.headers_mut();
    put(headers, header::ETAG, &tag);
    let caching = if is_named { "public, max-age=31536000, immutable" } else { "no-cache" };
    put(headers, header::CACHE_CONTROL, caching);
    if is_there {
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        return answer;
    }
    put(headers, header::CONTENT_TYPE, media_type);
    put(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    headers.insert(header::CONTENT_LENGTH, length);
    if *method != Method::HEAD {
        *answer.body_mut() = Full::new(bytes);
    }
    answer
}

/// Whether the reader has what this tag is of (RFC 9110 §13.1.2).
fn has(request: &HeaderMap, tag: &str) -> bool {
    let lines = request.get_all(header::IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(tags).any(|given| given == "*" || given == tag)
}

/// A list of feeds: the same tag for the same list, so that a reader which looks at it every day gets it once.
pub fn opml(method: &Method, request: &HeaderMap, list: String) -> Answer {
    let tag = format!("\"{:032x}\"", xxh3_128(list.as_bytes()));
    let is_known = has(request, &tag);
    let mut answer = if is_known {
        let mut answer = Response::new(Full::default());
        *answer.status_mut() = StatusCode::NOT_MODIFIED;
        answer
    } else {
        text(method, StatusCode::OK, list)
    };
    let headers = answer.headers_mut();
    put(headers, header::ETAG, &tag);
    put(headers, header::CACHE_CONTROL, "public, no-cache");
    if !is_known {
        put(headers, header::CONTENT_TYPE, opml::MEDIA_TYPE);
        put(headers, header::CONTENT_DISPOSITION, "inline; filename=\"limpid.opml\"");
    }
    answer
}

/// A page for people.
pub fn page(method: &Method, html: String) -> Answer {
    let mut answer = text(method, StatusCode::OK, html);
    put(answer.headers_mut(), header::CONTENT_TYPE, "text/html; charset=utf-8");
    put(answer.headers_mut(), header::CONTENT_SECURITY_POLICY, PAGE_POLICY);
    put(answer.headers_mut(), header::REFERRER_POLICY, "no-referrer");
    answer
}

/// A page with frames in it that hold what a publisher has written. What it may do goes for these as well, beside what
/// each of them may: their style stands in them. Pictures come from anywhere, where that is asked for.
pub fn preview(method: &Method, status: StatusCode, html: String, images: bool) -> Answer {
    let mut answer = page(method, html);
    *answer.status_mut() = status;
    let pictures = if images { "img-src 'self' https: http: data:" } else { "img-src 'self'" };
    let policy = PAGE_POLICY
        .replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
        .replace("img-src 'self'", pictures);
    put(answer.headers_mut(), header::CONTENT_SECURITY_POLICY, &policy);
    // Forms of a page without any referrer say `Origin: null`, and could not be told from those of others.
    put(answer.headers_mut(), header::REFERRER_POLICY, "same-origin");
    answer
}

/// Nothing that limpid has or does.
pub fn refusal(method: &Method, refusal: Refusal) -> Answer {
    let mut answer = text(method, refusal.status(), format!("{}\n", refusal.sentence()));
    let allowed = match refusal {
        Refusal::Method => Some("GET, HEAD"),
        Refusal::FormMethod => Some("GET, HEAD, POST"),
        _ => None,
    };
    if let Some(allowed) = allowed {
        put(answer.headers_mut(), header::ALLOW, allowed);
    }
    answer
}

/// A failure: one sentence, and when to come back.
pub fn failure(method: &Method, status: StatusCode, sentence: &str, retry_after: Option<Duration>) -> Answer {
    let mut answer = text(method, status, format!("{sentence}\n"));
    if let Some(wait) = retry_after {
        put(answer.headers_mut(), header::RETRY_AFTER, &wait.as_secs().max(1).to_string());
    }
    answer
}

/// A short answer in words, not to be kept.
pub fn text(method: &Method, status: StatusCode, text: String) -> Answer {
    let bytes = Bytes::from(text);
    let length = HeaderValue::from(bytes.len());
    let mut answer = Response::new(if *method == Method::HEAD { Full::default() } else { Full::new(bytes) });
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_LENGTH, length);
    put(headers, header::CONTENT_TYPE, "text/plain; charset=utf-8");
    put(headers, header::CACHE_CONTROL, "no-store");
    put(headers, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    answer
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// What this copy is (RFC 9211 §2): for how long it is fresh, or has been stale, and why it is served then.
fn cache_status(freshness: Freshness) -> HeaderValue {
    let Freshness { left, overdue, sources, failing, .. } = freshness;
    if failing == 0 && overdue.is_zero() {
        return numbered("limpid; ttl=", left.as_secs());
    }
    let ttl = if overdue.is_zero() { left.as_secs().to_string() } else { format!("-{}", overdue.as_secs()) };
    let status = match (failing, sources) {
        (0, _) => format!("limpid; hit; ttl={ttl}; detail=revalidating"),
        (_, 1) if overdue.is_zero() => "limpid; ttl=0; detail=stale".to_owned(),
        (_, 1) => format!("limpid; hit; ttl={ttl}; detail=stale"),
        _ => format!("limpid; ttl={ttl}; detail=\"{failing} of {sources} sources failing\""),
    };
    HeaderValue::from_str(&status).unwrap_or_else(|_| HeaderValue::from_static("limpid"))
}

/// A header that ends in a number. They are in every answer, and `format!` would be a tenth of what one takes.
fn numbered(before: &'static str, number: u64) -> HeaderValue {
    let mut digits = itoa::Buffer::new();
    let bytes = [before.as_bytes(), digits.format(number).as_bytes()].concat();
    HeaderValue::from_maybe_shared(Bytes::from(bytes)).unwrap_or_else(|_| HeaderValue::from_static(before))
}

/// In which coding the reader already has this page, by weak comparison of tags (RFC 9110 §13.1.2). A tag of any
/// coding will do: it is the same page. `best` is the coding that would be sent.
fn matching_tag(request: &HeaderMap, page: &Rendered, best: Coding) -> Option<Coding> {
    let lines = request.get_all(header::IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(tags).find_map(|given| {
        if given == "*" {
            Some(best)
        } else {
            Coding::ALL.into_iter().find(|coding| *page.etag(*coding) == given)
        }
    })
}

/// The tags of one `If-None-Match` line, without `W/`. What is no tag is passed over.
fn tags(line: &str) -> impl Iterator<Item = &str> {
    let any = (line.trim() == "*").then_some("*");
    let mut rest = line;
    let quoted = std::iter::from_fn(move || {
        let start = rest.find('"')?;
        let end = start + rest[start + 1..].find('"')? + 2;
        let tag = &rest[start..end];
        rest = &rest[end..];
        Some(tag)
    });
    any.into_iter().chain(quoted)
}

/// Whether the reader's copy is from no earlier than `since` (RFC 9110 §13.1.3, all three date forms).
fn not_modified_since(request: &HeaderMap, since: Timestamp) -> bool {
    let date = request.get(header::IF_MODIFIED_SINCE).and_then(|value| value.to_str().ok());
    let date = date.and_then(|date| httpdate::parse_http_date(date).ok());
    date.and_then(|date| Timestamp::try_from(date).ok())
        .is_some_and(|date| date.as_second() >= since.as_second())
}

/// The best coding that the reader takes and that is there.
fn coding(request: &HeaderMap, page: &Rendered) -> Coding {
    let accepted = Accepted::of(request);
    let there = Coding::ALL.into_iter().filter(|coding| page.bytes(*coding).is_some());
    let best = there
        .map(|coding| (accepted.weight(coding), coding))
        .reduce(|best, next| if next.0 > best.0 { next } else { best });
    best.filter(|(weight, _)| *weight > 0).map_or(Coding::Identity, |(_, coding)| coding)
}

/// The codings a reader takes, with their weights in thousandths; of one that is named twice the first counts.
#[derive(Default)]
struct Accepted {
    brotli: Option<u16>,
    zstd: Option<u16>,
    gzip: Option<u16>,
    /// The name that gzip had once.
    x_gzip: Option<u16>,
    identity: Option<u16>,
    any: Option<u16>,
}

impl Accepted {
    fn of(request: &HeaderMap) -> Self {
        let mut accepted = Accepted::default();
        let lines = request.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
        for one in lines.flat_map(|line| line.split(',')) {
            let (name, parameters) = one.split_once(';').unwrap_or((one, ""));
            if let Some(place) = accepted.place(name.trim()) {
                place.get_or_insert_with(|| weight(parameters));
            }
        }
        accepted
    }

    fn place(&mut self, name: &str) -> Option<&mut Option<u16>> {
        let is = |token: &str| name.eq_ignore_ascii_case(token);
        Some(if is("gzip") {
            &mut self.gzip
        } else if is("br") {
            &mut self.brotli
        } else if is("zstd") {
            &mut self.zstd
        } else if is("identity") {
            &mut self.identity
        } else if is("x-gzip") {
            &mut self.x_gzip
        } else if is("*") {
            &mut self.any
        } else {
            return None;
        })
    }

    fn weight(&self, coding: Coding) -> u16 {
        let weight = match coding {
            Coding::Brotli => self.brotli.or(self.any),
            Coding::Zstd => self.zstd.or(self.any),
            Coding::Gzip => self.gzip.or(self.x_gzip).or(self.any),
            // Identity is always taken unless it is refused (RFC 9110 §12.5.3), after anything better.
            Coding::Identity => self.identity.or(Some(u16::from(self.any != Some(0)))),
        };
        weight.unwrap_or(0)
    }
}

/// `q=0.5` in thousandths; what is no weight counts as 1.
pub(super) fn weight(parameters: &str) -> u16 {
    let q = parameters.split(';').find_map(|p| {
        let (name, value) = p.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim().parse::<f32>().ok())?
    });
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=1000")]
    q.map_or(1000, |q| (q.clamp(0.0, 1.0) * 1000.0) as u16)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use http_body_util::BodyExt;

    use super::*;
    use crate::cache::gather::gather;
    use crate::cache::rendered::RenderedCache;
    use crate::cache::source::Sources;
    use crate::clock::ManualClock;
    use crate::fetch::Fetcher;
    use crate::fetch::guard::{Internet, Network};
    use crate::pipeline::Form;

    #[tokio::test]
    async fn d21_what_is_sent_is_what_is_kept_and_no_copy_of_it() {
        let config = crate::config::read("[feeds.a]\nsource = \"sample:newsletter\"", None).unwrap();
        let (of, now) = (&config.feeds[0], Timestamp::UNIX_EPOCH);
        let network = Arc::new(Internet) as Arc<dyn Network>;
        let fetcher = Fetcher::new(&config.fetch, &network);
        let sources = Sources::new(fetcher, Arc::new(ManualClock::at(now)), config.cache);
        let (cache, copies) = (RenderedCache::new(1 << 20), gather(&sources, of).await);
        let page = cache.current(of, copies, Arc::default(), None, Form::default(), now).await.unwrap();
        cache.settled().await;
        let zero = Duration::ZERO;
        let freshness = Freshness { left: zero, age: zero, overdue: zero, sources: 1, failing: 0 };
        for coding in Coding::ALL {
            let mut request = HeaderMap::new();
            request.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(coding.token()));
            let mut answer = feed(&Method::GET, &request, &page, freshness, true);
            let sent = answer.body_mut().frame().await.unwrap().unwrap().into_data().unwrap();
            assert!(std::ptr::eq(sent.as_ref(), page.bytes(coding).unwrap().as_ref()), "{coding:?}");
        }
    }

    #[test]
    fn d03_tags_are_read_one_by_one() {
        let read = |line: &'static str| tags(line).collect::<Vec<_>>();
        assert_eq!(read("W/\"a\", \"b\",\"c"), ["\"a\"", "\"b\""]);
        assert_eq!(read(" * "), ["*"]);
        assert_eq!(read("\"\""), ["\"\""]);
        assert!(read("no tag").is_empty());
    }

    #[test]
    fn d08_of_a_coding_that_is_named_twice_the_first_counts() {
        let mut request = HeaderMap::new();
        request.append(header::ACCEPT_ENCODING, HeaderValue::from_static("GZIP;q=0.2, gzip, *;q=0.5"));
        request.append(header::ACCEPT_ENCODING, HeaderValue::from_static(",br;q=0 , x-gzip"));
        let accepted = Accepted::of(&request);
        assert_eq!(Coding::ALL.map(|coding| accepted.weight(coding)), [0, 500, 200, 1]);
    }

    #[test]
    fn d09_numbers_in_headers_are_whole() {
        assert_eq!(numbered("public, max-age=", 0), "public, max-age=0");
        assert_eq!(numbered("limpid; ttl=", u64::MAX), "limpid; ttl=18446744073709551615");
    }
}
