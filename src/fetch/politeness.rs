//! When to ask again, and with which validators.
//!
//! Source: RFC 9111 §4.2 *Freshness*, RFC 9110 §8.8 *Validators*, §10.2.3 *Retry-After*.

use std::time::Duration;

use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use url::Url;

use super::FetchError;
use crate::clock::between;

/// The longest that anything a publisher says is believed.
pub const LONGEST: Duration = Duration::from_hours(24);

/// After the first failure to reach a publisher; doubled with each further one.
const UNREACHABLE: Duration = Duration::from_mins(1);

/// After the first answer that was an error; doubled with each further one.
const REFUSED: Duration = Duration::from_mins(15);

/// After 429 without a Retry-After.
const TOO_OFTEN: Duration = Duration::from_hours(4);

/// After 410 that has been said twice: hardly ever, and not never, for publishers err.
const GONE: Duration = Duration::from_hours(24 * 30);

/// What a publisher gave to ask with next time, byte for byte as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// The address they are of: another one knows nothing of them (RFC 9110 §8.8).
    address: Option<Url>,
    etag: Option<HeaderValue>,
    last_modified: Option<HeaderValue>,
}

impl Validators {
    /// Those of an answer from this address.
    pub fn of(address: &Url, headers: &HeaderMap) -> Self {
        let get = |name| headers.get(name).cloned();
        let (etag, last_modified) = (get(header::ETAG), get(header::LAST_MODIFIED));
        Validators { address: Some(address.clone()), etag, last_modified }
    }

    /// Makes a request to an address conditional, where they are of that address.
    pub fn put_into(&self, address: &Url, headers: &mut HeaderMap) {
        if self.address.as_ref() != Some(address) {
            return;
        }
        let mut put = |name: HeaderName, value: &Option<HeaderValue>| {
            if let Some(value) = value {
                headers.insert(name, value.clone());
            }
        };
        put(header::IF_NONE_MATCH, &self.etag);
        put(header::IF_MODIFIED_SINCE, &self.last_modified);
    }

    /// For writing them down: the address, the tag and the date, each byte of these as a character.
    pub fn parts(&self) -> [Option<String>; 3] {
        let text = |value: &HeaderValue| value.as_bytes().iter().map(|byte| char::from(*byte)).collect();
        let [etag, date] = [&self.etag, &self.last_modified].map(|value| value.as_ref().map(text));
        [self.address.as_ref().map(Url::to_string), etag, date]
    }

    /// As they were written down.
    pub fn of_parts([address, etag, date]: &[Option<String>; 3]) -> Self {
        let value = |text: &String| {
            let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(c).ok()).collect();
            HeaderValue::from_bytes(&bytes?).ok()
        };
        let address = address.as_ref().and_then(|address| Url::parse(address).ok());
        let [etag, last_modified] = [etag, date].map(|text| text.as_ref().and_then(value));
        Validators { address, etag, last_modified }
    }

    /// These, with what a 304 brought anew in their place (RFC 9111 §3.2).
    #[must_use]
    pub fn renewed(&self, newer: &Validators) -> Self {
        Validators {
            address: newer.address.clone(),
            etag: newer.etag.clone().or_else(|| self.etag.clone()),
            last_modified: newer.last_modified.clone().or_else(|| self.last_modified.clone()),
        }
    }
}

/// How long an answer says it is fresh from now on: `s-maxage`, `max-age`, `Expires`, in this order, less its age.
/// `None` where it does not say.
pub fn lifetime(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    // What may not be used without asking is asked about whenever that is allowed (RFC 9111 §5.2.2.4, §5.2.2.5).
    if directives(headers).any(|(name, value)| value.is_none() && ["no-cache", "no-store"].contains(&&*name))
    {
        return Some(Duration::ZERO);
    }
    // By the publisher's clock, where it tells the time.
    let made = headers.get(header::DATE).and_then(date).unwrap_or(now);
    let lifetime = match seconds(headers, "s-maxage").or_else(|| seconds(headers, "max-age")) {
        Some(lifetime) => lifetime,
        // An Expires that is no date means stale already (RFC 9111 §5.3).
        None => date(headers.get(header::EXPIRES)?).map_or(Duration::ZERO, |expires| between(made, expires)),
    };
    // RFC 9111 §4.2.3, without the time that the answer took.
    let age = age(headers).max(between(made, now));
    Some(lifetime.saturating_sub(age).min(LONGEST))
}

/// How long caches on the way have had it. Of several the first counts, and what is no number does not (RFC 9111 §5.1).
fn age(headers: &HeaderMap) -> Duration {
    let stated =
        headers.get(header::AGE).and_then(|age| age.to_str().ok()?.split(',').next()?.trim().parse().ok());
    stated.map_or(Duration::ZERO, Duration::from_secs)
}

/// What `Cache-Control` says: names in lower case, and values as they are written.
fn directives(headers: &HeaderMap) -> impl Iterator<Item = (String, Option<&str>)> {
    let lines = headers.get_all(header::CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(|part| match part.trim().split_once('=') {
        Some((name, value)) => (name.to_ascii_lowercase(), Some(value)),
        None => (part.trim().to_ascii_lowercase(), None),
    })
}

fn seconds(headers: &HeaderMap, directive: &str) -> Option<Duration> {
    let (_, value) = directives(headers).find(|(name, value)| name == directive && value.is_some())?;
    value?.trim_matches('"').parse().ok().map(Duration::from_secs)
}

/// When a publisher wants to be asked again: seconds, or a date.
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?;
    let in_seconds = || value.to_str().ok()?.trim().parse().ok().map(Duration::from_secs);
    Some(in_seconds().or_else(|| until(value, now))?.min(LONGEST))
}

/// How long until an HTTP date; nothing where it has passed.
fn until(value: &HeaderValue, now: Timestamp) -> Option<Duration> {
    Some(between(now, date(value)?))
}

/// An HTTP date, in any of its three forms (RFC 9110 §5.6.7).
fn date(value: &HeaderValue) -> Option<Timestamp> {
    Timestamp::try_from(httpdate::parse_http_date(value.to_str().ok()?).ok()?).ok()
}

/// How long to leave a publisher alone after the `failures`th failure in a row (from 1).
pub fn back_off(error: &FetchError, failures: u32, min_interval: Duration) -> Duration {
    let doubled =
        |first: Duration| first.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(LONGEST);
    match error {
        FetchError::Status { status: 410, .. } if failures > 1 => GONE.max(min_interval),
        FetchError::Status { status: 410, .. } => LONGEST.max(min_interval),
        FetchError::Status { retry_after: Some(wait), .. } => (*wait).max(min_interval),
        FetchError::Status { status: 429, .. } => doubled(TOO_OFTEN).max(min_interval),
        // Nothing has reached the publisher, so the floor between requests does not stand in the way.
        FetchError::Unreachable(_) | FetchError::Proxy(_) => doubled(UNREACHABLE),
        FetchError::Timeout(_) => doubled(UNREACHABLE).max(min_interval),
        _ => doubled(REFUSED).max(min_interval),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(n, v)| (n.parse::<HeaderName>().unwrap(), v.parse().unwrap()));
        pairs.collect()
    }

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn p03_validators_go_back_byte_for_byte() {
        let given = headers(&[("etag", "unquoted-W/x"), ("last-modified", "not a date")]);
        let (here, elsewhere) = (url("https://a.example/feed"), url("https://a.example/other"));
        let mut request = HeaderMap::new();
        Validators::of(&here, &given).put_into(&elsewhere, &mut request);
        assert!(request.is_empty());
        Validators::of(&here, &given).put_into(&here, &mut request);
        assert_eq!(request["if-none-match"], "unquoted-W/x");
        assert_eq!(request["if-modified-since"], "not a date");
    }

    #[test]
    fn p03_p06_validators_are_written_down_byte_for_byte() {
        let mut given = headers(&[("last-modified", "0")]);
        given.insert("etag", HeaderValue::from_bytes(b"W/\"\xe9\xff tab\t\"").unwrap());
        let of = Validators::of(&url("https://a.example/feed?q=%20"), &given);
        assert_eq!(Validators::of_parts(&of.parts()), of);
        assert_eq!(Validators::of_parts(&Validators::default().parts()), Validators::default());
    }

    #[test]
    fn p09_freshness_is_what_the_publisher_says() {
        let now = at("2026-05-05T12:00:00Z");
        let life = |pairs: &[(&str, &str)]| lifetime(&headers(pairs), now).map(|d| d.as_secs());
        assert_eq!(life(&[("cache-control", "public, max-age=600"), ("age", "100")]), Some(500));
        assert_eq!(life(&[("cache-control", "max-age=600, s-maxage=60")]), Some(60));
        assert_eq!(life(&[("expires", "Tue, 05 May 2026 12:10:00 GMT")]), Some(600));
        assert_eq!(life(&[("expires", "0")]), Some(0));
        // By the publisher's clock, which may be another.
        let early = [("date", "Tue, 05 May 2026 11:00:00 GMT"), ("expires", "Tue, 05 May 2026 11:10:00 GMT")];
        assert_eq!(life(&early), Some(0));
        let late = [("date", "Tue, 05 May 2026 13:00:00 GMT"), ("expires", "Tue, 05 May 2026 13:10:00 GMT")];
        assert_eq!(life(&late), Some(600));
        assert_eq!(life(&[late[0], ("expires", "Tue, 05 May 2026 12:59:00 GMT")]), Some(0));
        assert_eq!(life(&[late[0], late[1], ("age", "25")]), Some(575));
        assert_eq!(
            life(&[("date", "Tue, 05 May 2026 11:00:00 GMT"), ("cache-control", "max-age=7200")]),
            Some(3600)
        );
        assert_eq!(life(&[("cache-control", "max-age=600"), ("age", "7200, 0")]), Some(0));
        assert_eq!(life(&[("cache-control", "max-age=600"), ("age", "0, 7200")]), Some(600));
        assert_eq!(life(&[("cache-control", "max-age=600"), ("age", "-5")]), Some(600));
        assert_eq!(life(&[("cache-control", "max-age=600, No-Cache")]), Some(0));
        assert_eq!(
            life(&[("cache-control", "no-store"), ("expires", "Tue, 05 May 2026 12:10:00 GMT")]),
            Some(0)
        );
        assert_eq!(life(&[("cache-control", "no-cache=\"set-cookie\", max-age=600")]), Some(600));
        assert_eq!(life(&[("cache-control", "max-age=99999999")]), Some(LONGEST.as_secs()));
        assert_eq!(life(&[]), None);
    }

    #[test]
    fn p10_retry_after_in_both_forms() {
        let now = at("2026-05-05T12:00:00Z");
        let wait = |value: &str| retry_after(&headers(&[("retry-after", value)]), now).map(|d| d.as_secs());
        assert_eq!(wait("120"), Some(120));
        assert_eq!(wait("Tue, 05 May 2026 13:00:00 GMT"), Some(3600));
        assert_eq!(wait("Tue, 05 May 2026 11:00:00 GMT"), Some(0));
        assert_eq!(wait("soon"), None);
    }

    #[test]
    fn p12_failures_back_off_with_a_cap() {
        let floor = Duration::from_mins(15);
        let server = FetchError::Status { status: 500, retry_after: None };
        let waits: Vec<u64> = (1..=8).map(|n| back_off(&server, n, floor).as_secs() / 60).collect();
        assert_eq!(waits, [15, 30, 60, 120, 240, 480, 960, 1440]);
        let limited = FetchError::Status { status: 429, retry_after: None };
        assert_eq!(back_off(&limited, 1, floor).as_secs(), 4 * 3600);
        let asked = FetchError::Status { status: 503, retry_after: Some(Duration::from_secs(5)) };
        assert_eq!(back_off(&asked, 1, floor), floor);
        assert_eq!(back_off(&FetchError::Timeout(floor), 1, floor), floor);
        let refused = FetchError::Unreachable("connection refused".into());
        assert_eq!(back_off(&refused, 2, floor).as_secs(), 120);
    }
}
