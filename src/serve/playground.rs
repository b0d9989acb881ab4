//! Rules, tried out: who may, on what, and what comes of it.
//!
//! Source: W3C *Fetch Metadata Request Headers* §2.3 `Sec-Fetch-Site`, RFC 6454 §7 `Origin`.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HOST, HeaderMap, ORIGIN};
use hyper::http::uri::Authority;
use hyper::{Method, StatusCode, Uri};
use tokio::sync::Semaphore;
use url::Url;

use super::access::Entry;
use super::{Configured, Failure, sentence, status_of};
use crate::adhoc::Refused;
use crate::cache::gather::{Gathered, gather};
use crate::cache::source::Sources;
use crate::clock::Clock;
use crate::config::{
    Config, FeedAccess, FeedConfig, Listing, Origin, Packs, Part, Refresh, Source, written_out,
};
use crate::feed::articles::Articles;
use crate::fetch::Fetcher;
use crate::metrics::Metrics;
use crate::pages::playground::{Form, Outcome, PATH, SHOWN, Tried, page};
use crate::pipeline::{Form as Wanted, Pipeline, Step};
use crate::preview::pairs;
use crate::respond::{self, Answer};
use crate::route::{self, Route};
use crate::rules;

/// How many feeds that are not configured are kept at a time.
const MAX_FEEDS: usize = 20;

/// How many runs of rules there are at a time; further ones wait.
const AT_ONCE: usize = 2;

/// The most bytes of a form.
const MAX_FORM: usize = 64 << 10;

/// How long a form may take to come.
const PATIENCE: Duration = Duration::from_secs(10);

/// What it takes to try rules out.
#[derive(Debug)]
pub(super) struct Playground {
    /// Of feeds that are not configured: changing rules asks no publisher again.
    sources: Sources,
    turns: Arc<Semaphore>,
    packs: Packs,
    min_interval: Duration,
}

impl Playground {
    /// What the configuration says.
    pub(super) fn of(
        config: &Config,
        fetcher: &Fetcher,
        (clock, metrics): (&Arc<dyn Clock>, &Arc<Metrics>),
    ) -> Self {
        let sources = Sources::new(fetcher.clone(), clock.clone(), config.cache).bounded(MAX_FEEDS);
        Playground {
            sources: sources.counted(metrics),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            packs: config.packs.clone(),
            min_interval: config.fetch.min_interval,
        }
    }

    /// The same after another configuration.
    pub(super) fn after(&self, config: &Config, fetcher: &Fetcher) -> Self {
        Playground {
            sources: self.sources.asking(fetcher.clone(), config.cache),
            turns: self.turns.clone(),
            packs: config.packs.clone(),
            min_interval: config.fetch.min_interval,
        }
    }

    pub(super) async fn settled(&self) {
        self.sources.settled().await;
    }
}

/// A feed to try rules on.
struct Bench {
    config: FeedConfig,
    copies: Gathered,
    /// Its name in a configuration, and the lines that say where it is from.
    name: String,
    lines: String,
}

impl Configured {
    /// The page, empty or with what came of a form.
    pub(super) async fn playground(
        &self,
        (method, uri, headers): (&Method, &Uri, &HeaderMap),
        entry: &Entry,
        body: Incoming,
    ) -> Result<Answer, Failure> {
        let host = host(uri, headers);
        if *entry == Entry::Open && !self.is_at_home(host.as_ref()) {
            return Err(closed());
        }
        let is_sent = *method == Method::POST;
        let form = if is_sent {
            self.check_origin(host.as_ref(), headers)?;
            Form::read(&read(headers, body).await?)
        } else {
            Form::read(uri.query().unwrap_or_default().as_bytes())
        };
        let feeds = self.feeds.iter().map(|feed| feed.name.as_str());
        let feeds: Vec<&str> = feeds.filter(|name| self.may_see(name, headers)).collect();
        let form = if is_sent && !form.is_load { form } else { self.filled_in(form, &feeds) };
        let is_known = form.feed.is_empty() || feeds.contains(&form.feed.as_str());
        if !is_known {
            return Err(Failure::NoSuchFeed);
        }
        let (outcome, status) = if is_sent && !form.is_load {
            self.tried(&form).await?
        } else {
            (Outcome::Nothing, StatusCode::OK)
        };
        let images = form.images;
        Ok(respond::preview(method, status, page(&feeds, &form, &outcome), images))
    }

    /// Whether nobody but who sits at this machine can be asking: it listens here alone, is not said to be reached from
    /// elsewhere, and was asked for by a name of this machine (another name may stand for its address, too).
    fn is_at_home(&self, host: Option<&Authority>) -> bool {
        let public = self.server.public_url.as_deref().and_then(|url| Url::parse(url).ok());
        let is_public = public.is_some_and(|url| !url.host_str().is_some_and(is_loopback));
        self.server.listen.ip().is_loopback()
            && !is_public
            && host.is_some_and(|host| is_loopback(host.host()))
    }

    /// Refuses what another site has sent.
    fn check_origin(&self, host: Option<&Authority>, headers: &HeaderMap) -> Result<(), Failure> {
        let site = headers.get("sec-fetch-site").map(hyper::header::HeaderValue::as_bytes);
        let is_own_site = site.is_none_or(|site| matches!(site, b"same-origin" | b"none"));
        let is_own = headers.get(ORIGIN).is_none_or(|origin| {
            let origin = origin.to_str().unwrap_or_default();
            let named = origin.split_once("://").map(|(_, authority)| authority);
            let is_host = host.is_some_and(|host| named.is_some_and(|named| host == named));
            is_host || self.server.public_url.as_deref().is_some_and(|url| is_origin_of(origin, url))
        });
        if is_own_site && is_own {
            return Ok(());
        }
        Err(refused(
            StatusCode::FORBIDDEN,
            "Another site has sent this; the playground takes forms of its own only.",
        ))
    }

    /// Whether whoever asks may see a feed.
    fn may_see(&self, name: &str, headers: &HeaderMap) -> bool {
        let wanted = route::Wanted { name: name.to_owned(), topic: None };
        self.entry(&Route::Preview(wanted), None, headers).is_ok()
    }

    /// The form with the rules of the feed it names, or else of the first one.
    fn filled_in(&self, form: Form, feeds: &[&str]) -> Form {
        let asks = !form.feed.is_empty() || !form.url.is_empty() || form.is_load;
        let feed =
            if asks { form.feed.clone() } else { feeds.first().copied().unwrap_or_default().to_owned() };
        let written = self.by_name.get(&feed).map(|config| config.written.clone());
        let rules = written.filter(|_| form.rules.is_empty() || form.is_load).unwrap_or(form.rules);
        let rules = if rules.is_empty() { "rules = [\n  \"auto\",\n]\n".to_owned() } else { rules };
        Form { feed, rules, ..form }
    }

    /// Tries the rules of a form.
    async fn tried(&self, form: &Form) -> Result<(Outcome, StatusCode), Failure> {
        let (packs, text) = (self.playground.packs.clone(), form.rules.clone());
        let turn = self.playground.turns.clone().acquire_owned().await;
        // The rules first: a mistake in them is told before a publisher is bothered.
        let compiled =
            tokio::task::spawn_blocking(move || packs.tried(&text)).await.map_err(Failure::Internal)?;
        drop(turn);
        let pipeline = match compiled {
            Ok(pipeline) => pipeline,
            Err(problems) => {
                return Ok((Outcome::Mistaken(problems.report(false)), StatusCode::UNPROCESSABLE_ENTITY));
            }
        };
        let bench = match self.bench(form, pipeline).await {
            Ok(bench) => bench,
            Err((status, why)) => return Ok((Outcome::NoFeed(why), status)),
        };
        if bench.copies.format(None).is_none() {
            let Failure::Source { error, .. } = self.nothing_good(&bench.copies) else {
                return Err(Failure::NoSuchFeed);
            };
            return Ok((Outcome::NoFeed(sentence(&error)), status_of(&error)));
        }
        let turn = self.playground.turns.clone().acquire_owned().await;
        let (now, text) = (self.clock.now(), form.rules.clone());
        let made =
            tokio::task::spawn_blocking(move || bench.run(now, &text)).await.map_err(Failure::Internal)?;
        drop(turn);
        let tried = made.ok_or(Failure::NoSuchFeed)?;
        Ok((Outcome::Tried(Box::new(tried)), StatusCode::OK))
    }

    /// The feed of a form, with these rules in the place of its own.
    async fn bench(&self, form: &Form, pipeline: Pipeline) -> Result<Bench, (StatusCode, String)> {
        if let Some(feed) = self.by_name.get(&form.feed) {
            let pipeline = pipeline.reaching(feed.pipeline.reach());
            let pipeline = if feed.parts.len() > 1 {
                pipeline.after(Step::new("merge", rules::newest_first()))
            } else {
                pipeline
            };
            let config = FeedConfig { pipeline, ..feed.as_ref().clone() };
            let lines = "# where it is from and how it is read stay as they are\n".to_owned();
            let copies = gather(&self.sources, &config).await;
            return Ok(Bench { config, copies, name: form.feed.clone(), lines });
        }
        let malformed = |why: String| (StatusCode::BAD_REQUEST, why);
        if form.url.is_empty() {
            return Err(malformed("Say which feed: pick one, or give its address.".to_owned()));
        }
        let mut source = Source::parse(&form.url).map_err(|why| malformed(capital(&why)))?;
        if let Source::Url(url) = &mut source {
            url.set_fragment(None);
        }
        let lines = format!("source = {}\n", toml::Value::from(written(&source)));
        let (name, origin) = (name_for(&source), Arc::new(Origin::plain(source)));
        let config = self.unconfigured(origin.clone(), pipeline);
        let copies = match self.shared(&origin, &config) {
            Some(shared) => gather(&self.sources, &shared).await,
            None => gather(&self.playground.sources, &config).await,
        };
        Ok(Bench { config, copies, name, lines })
    }

    /// A feed as if it were configured, of a public source.
    fn unconfigured(&self, origin: Arc<Origin>, pipeline: Pipeline) -> FeedConfig {
        FeedConfig {
            // No configured feed is called that.
            name: PATH.to_owned(),
            parts: vec![Part::Origin(origin)],
            format: None,
            pipeline,
            written: String::new(),
            rules_digest: 0,
            min_interval: self.playground.min_interval,
            refresh: Refresh::OnDemand,
            access: FeedAccess::default(),
            listing: Listing::default(),
            tests: Vec::new(),
        }
    }
}

impl Bench {
    fn run(self, now: jiff::Timestamp, text: &str) -> Option<Tried> {
        let Bench { config, copies, name, lines } = self;
        // What pages of items say is not asked for: whoever writes rules would have it asked again and again.
        let articles = Articles::default();
        let whole = copies.whole(config.format, now, &articles)?;
        let traced = whole.traced(&config, &Wanted::default(), now, &articles, None)?;
        let pairs = pairs(&whole.feed, &traced, 0..SHOWN);
        Some(Tried {
            receipt: traced.cleaned.receipt,
            total: traced.places.len(),
            pairs,
            configuration: written_out(&name, &lines, text),
            lacks_articles: config.pipeline.wants_articles(),
        })
    }
}

/// A form, read within limits.
async fn read(headers: &HeaderMap, body: Incoming) -> Result<Vec<u8>, Failure> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(refused(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "The playground takes forms, and nothing else.",
        ));
    }
    #[allow(clippy::disallowed_methods, reason = "bounded by `Limited`")]
    let whole = tokio::time::timeout(PATIENCE, Limited::new(body, MAX_FORM).collect()).await;
    match whole {
        Ok(Ok(whole)) => Ok(whole.to_bytes().to_vec()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(refused(StatusCode::PAYLOAD_TOO_LARGE, "Rules of more than 64 KiB are not tried here."))
        }
        Ok(Err(_)) => Err(refused(StatusCode::BAD_REQUEST, "The form broke off.")),
        Err(_) => Err(refused(StatusCode::REQUEST_TIMEOUT, "The form did not come in time.")),
    }
}

/// What a request was sent to (RFC 9110 §7.2): HTTP/2 has it in the address.
fn host(uri: &Uri, headers: &HeaderMap) -> Option<Authority> {
    let named = || headers.get(HOST)?.to_str().ok()?.parse().ok();
    uri.authority().cloned().or_else(named)
}

/// Whether a name is one of this machine for everybody (RFC 6761 §6.3).
fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    let is_address = host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    is_address || host == "localhost" || host.ends_with(".localhost")
}

/// Whether an origin is that of an address.
fn is_origin_of(origin: &str, address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| url.origin().ascii_serialization() == origin)
}

/// A source as it is written.
fn written(source: &Source) -> String {
    match source {
        Source::Url(url) => url.to_string(),
        Source::Sample => "sample:newsletter".to_owned(),
    }
}

/// What to call a feed of this source.
fn name_for(source: &Source) -> String {
    let Source::Url(url) = source else { return "sample".to_owned() };
    let host = url.host_str().unwrap_or_default().trim_start_matches("www.");
    let name: String =
        host.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(40).collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "feed".to_owned() } else { name.to_owned() }
}

fn capital(sentence: &str) -> String {
    let mut chars = sentence.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

fn refused(status: StatusCode, sentence: &str) -> Failure {
    Failure::Refused(Refused { status, sentence: sentence.to_owned() })
}

fn closed() -> Failure {
    let sentence = "The playground asks publishers for whoever uses it, so it is closed to strangers: it is open on this \
                    machine, and to who has credentials of [access].";
    refused(StatusCode::FORBIDDEN, sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_this_machine() {
        for host in ["localhost", "LOCALHOST", "a.localhost", "127.0.0.1", "127.1.2.3", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in
            ["localhost.example.org", "example.org", "128.0.0.1", "[::2]", "127.0.0.1.example.org", ""]
        {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn names_for_sources() {
        let name = |text: &str| name_for(&Source::parse(text).unwrap());
        assert_eq!(name("https://www.blog.example.org/feed"), "blog-example-org");
        assert_eq!(name("https://[2001:db8::1]/"), "2001-db8--1");
        assert_eq!(name("sample:newsletter"), "sample");
    }
}
