//! What is counted of requests, of publishers and of configurations, for those who operate limpid.
//!
//! Source: `OpenMetrics` 1.0. Labels take few values: routes, classes of status, causes, and names of configured feeds.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

use crate::fetch::FetchError;

/// How a feed was answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Of what was there.
    Hit,
    /// A publisher was asked for it.
    Miss,
    /// Of what was there, because a publisher has failed.
    Stale,
    /// The reader has it.
    NotModified,
    /// Not at all.
    Error,
}

impl Kind {
    /// Its name in metrics and in the log.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Hit => "hit",
            Kind::Miss => "miss",
            Kind::Stale => "stale",
            Kind::NotModified => "not-modified",
            Kind::Error => "error",
        }
    }
}

/// What requests are told apart by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRequest {
    route: &'static str,
    status: &'static str,
}

/// What answers with feeds are told apart by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfAnswer {
    feed: String,
    kind: &'static str,
}

/// What requests to publishers are told apart by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfCause {
    cause: &'static str,
}

/// What configurations are told apart by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfResult {
    result: &'static str,
}

/// What feeds are told apart by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfFeed {
    feed: String,
}

/// How the sources of a feed are doing.
#[derive(Clone, Debug)]
pub struct FeedState {
    /// The feed.
    pub feed: String,
    /// Seconds since the source that was asked longest ago was; `None` where one has never been.
    pub age: Option<i64>,
    /// How many of its sources failed when they were last asked.
    pub failing: usize,
}

/// Everything that is counted while limpid runs.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<OfRequest, Counter>,
    answers: Family<OfAnswer, Counter>,
    upstream: Family<OfCause, Counter>,
    bytes_in: Counter,
    bytes_out: Counter,
    reloads: Family<OfResult, Counter>,
    connections: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("limpid");
        let (requests, answers) = <(Family<_, _>, Family<_, _>)>::default();
        let (upstream, reloads) = <(Family<OfCause, Counter>, Family<OfResult, Counter>)>::default();
        let (bytes_in, bytes_out, connections) = <(Counter, Counter, Gauge)>::default();
        registry.register("build", "The program", Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]));
        let help = "Requests, by what was asked for and by the class of the status";
        registry.register("requests", help, requests.clone());
        let help = "Answers to who asked for a configured feed";
        registry.register("feed_answers", help, answers.clone());
        registry.register(
            "upstream_requests",
            "Requests to publishers, by what came of them",
            upstream.clone(),
        );
        let help = "Bodies from publishers, decompressed";
        registry.register_with_unit("upstream_received", help, Unit::Bytes, bytes_in.clone());
        registry.register_with_unit(
            "sent",
            "Bodies to readers, as they were sent",
            Unit::Bytes,
            bytes_out.clone(),
        );
        registry.register("reloads", "Configurations that were read while serving", reloads.clone());
        registry.register("connections", "Connections that are open", connections.clone());
        for result in [OK, FAILED] {
            // So that it is there before the first one.
            drop(reloads.get_or_create(&OfResult { result }));
        }
        Metrics { registry, requests, answers, upstream, bytes_in, bytes_out, reloads, connections }
    }
}

/// A configuration is followed.
const OK: &str = "ok";

/// A configuration has mistakes.
const FAILED: &str = "failed";

impl Metrics {
    /// Notes the answer to a request: of this route, status, and as many bytes.
    pub fn note_request(&self, route: &'static str, status: u16, bytes: u64) {
        self.requests.get_or_create(&OfRequest { route, status: class(status) }).inc();
        self.bytes_out.inc_by(bytes);
    }

    /// Notes the answer to who asked for a configured feed.
    pub fn note_feed(&self, feed: &str, kind: Kind) {
        self.answers.get_or_create(&OfAnswer { feed: feed.to_owned(), kind: kind.name() }).inc();
    }

    /// Notes what came of asking a publisher: `bytes` of a body, and an error where it was no good.
    pub fn note_upstream(&self, is_unchanged: bool, bytes: usize, error: Option<&FetchError>) {
        let cause = error.map_or(if is_unchanged { "not-modified" } else { "ok" }, cause);
        self.upstream.get_or_create(&OfCause { cause }).inc();
        self.bytes_in.inc_by(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    /// Notes a configuration that was read while serving.
    pub fn note_reload(&self, is_good: bool) {
        self.reloads.get_or_create(&OfResult { result: if is_good { OK } else { FAILED } }).inc();
    }

    /// How many connections are open: counts up and down.
    pub fn connections(&self) -> &Gauge {
        &self.connections
    }

    /// Forgets what was counted of a feed.
    pub fn forget(&self, feed: &str) {
        for kind in [Kind::Hit, Kind::Miss, Kind::Stale, Kind::NotModified, Kind::Error] {
            self.answers.remove(&OfAnswer { feed: feed.to_owned(), kind: kind.name() });
        }
    }

    /// All of it, what other registries hold, and how feeds are doing, in the text form.
    pub fn text(&self, others: &[&Registry], feeds: &[FeedState]) -> String {
        let states = of_feeds(feeds);
        let mut out = String::new();
        for registry in [&self.registry].into_iter().chain(others.iter().copied()).chain([&states]) {
            // Writing to a string cannot fail.
            let _ = encode_registry(&mut out, registry);
        }
        let _ = encode_eof(&mut out);
        out
    }
}

/// How feeds are doing at this moment.
fn of_feeds(feeds: &[FeedState]) -> Registry {
    let (ages, failing) = <(Family<OfFeed, Gauge>, Family<OfFeed, Gauge>)>::default();
    for FeedState { feed, age, failing: count } in feeds {
        let of = OfFeed { feed: feed.clone() };
        if let Some(age) = *age {
            ages.get_or_create(&of).set(age);
        }
        failing.get_or_create(&of).set(i64::try_from(*count).unwrap_or(i64::MAX));
    }
    let mut registry = Registry::with_prefix("limpid");
    let help = "Since the source of a feed was asked that was asked longest ago";
    registry.register_with_unit("feed_age", help, Unit::Seconds, ages);
    registry.register("feed_failing_sources", "Sources of a feed that fail", failing);
    registry
}

fn class(status: u16) -> &'static str {
    match status {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}

/// A failure, by its cause.
fn cause(error: &FetchError) -> &'static str {
    match error {
        FetchError::Unreachable(_) => "unreachable",
        FetchError::Timeout(_) => "timeout",
        FetchError::Status { status, .. } => match class(*status) {
            "3xx" => "status-3xx",
            "4xx" => "status-4xx",
            "5xx" => "status-5xx",
            _ => "status-other",
        },
        FetchError::TooManyRedirects | FetchError::BadRedirect => "redirect",
        FetchError::Refused | FetchError::Elsewhere | FetchError::BadAddress => "refused",
        FetchError::TooLarge(_) => "too-large",
        FetchError::CutOff(_) => "cut-off",
        FetchError::Coding(_) | FetchError::Charset(_) | FetchError::Parse(_) | FetchError::Page(_) => {
            "malformed"
        }
        FetchError::Proxy(_) => "proxy",
        FetchError::TooMany | FetchError::Before(_) => "not-asked",
    }
}
