//! The source store: for each source what was last good, what went wrong since, and when to ask again.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use moka::future::Cache;
use moka::ops::compute::Op;
use xxhash_rust::xxh3::xxh3_128;

use super::places::Places;
use crate::clock::Clock;
use crate::config::{Origin, Source};
use crate::feed::articles::Reach;
use crate::feed::{Feed, ParseError};
use crate::fetch::politeness::{Validators, back_off};
use crate::fetch::{Answer, FetchError, Fetcher, Headers, reading};
use crate::metrics::Metrics;

/// The newsletter that is built in.
pub const SAMPLE: &str = include_str!("../../config/sample-newsletter.xml");

/// What is known of a source.
#[derive(Clone, Debug)]
pub struct Known {
    /// The last good copy.
    pub good: Option<Good>,
    /// What went wrong when it was last asked for.
    pub problem: Option<Arc<FetchError>>,
    /// How many times in a row it has.
    failures: u32,
    /// When it was last asked for.
    pub asked: Timestamp,
    /// How long until it is asked for again.
    wait: Duration,
}

/// A good copy of a source.
#[derive(Clone, Debug)]
pub struct Good {
    /// The feed.
    pub feed: Arc<Feed>,
    /// A digest of its text.
    pub digest: u128,
    /// When this text was first seen.
    pub since: Timestamp,
    validators: Validators,
    /// How long its publisher said it was fresh.
    lifetime: Option<Duration>,
}

/// What a source is known by: where it is, how it is read, and how far it may lead.
pub type Key = (Source, u128, Reach);

/// What a source is known by.
pub fn key(origin: &Origin) -> Key {
    (origin.source.clone(), origin.reading, origin.reach)
}

impl Known {
    /// Nothing, for now.
    fn not_asked(now: Timestamp, wait: Duration) -> Self {
        Known { good: None, problem: Some(Arc::new(FetchError::TooMany)), failures: 0, asked: now, wait }
    }

    /// How long until it is asked for again. A clock that has gone back makes nothing fresher than it was.
    pub fn left(&self, now: Timestamp) -> Duration {
        Duration::try_from(self.due().duration_since(now)).unwrap_or_default().min(self.wait)
    }

    /// When it is to be asked for again.
    pub fn due(&self) -> Timestamp {
        let wait = SignedDuration::try_from(self.wait).unwrap_or(SignedDuration::MAX);
        self.asked.checked_add(wait).unwrap_or(Timestamp::MAX)
    }

    /// Whether it is time to. A clock that has gone back makes nothing fresh for ever.
    fn is_due(&self, now: Timestamp) -> bool {
        is_over(self.asked, self.due(), now)
    }

    /// Until when it is not to be forgotten: what was forgotten would be asked for again at once. Of a good copy
    /// that is the floor between requests; an error is to be remembered for as long as it says.
    fn keep_until(&self, floor: Duration) -> Timestamp {
        if self.problem.is_some() {
            self.due()
        } else {
            self.asked.saturating_add(floor).unwrap_or(self.due())
        }
    }
}

/// Whether a term is over. A clock that has gone back makes nothing last for ever.
pub(super) fn is_over(from: Timestamp, until: Timestamp, now: Timestamp) -> bool {
    now >= until || now < from - SignedDuration::from_mins(5)
}

/// Everything that is known of every source. Nothing of it is ever evicted: what was forgotten would have to be
/// asked for again, too soon. There are as many as are configured, each within the limit on a body; where anyone may
/// add to them there is a number of places, and what has no place is not asked for.
/// Concurrent requests for one source share one request to the publisher.
#[derive(Clone, Debug)]
pub struct Sources {
    known: Cache<Key, Arc<Known>>,
    places: Option<Arc<Places>>,
    fetcher: Fetcher,
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
}

impl Sources {
    /// A store in which nothing is known yet.
    pub fn new(fetcher: Fetcher, clock: Arc<dyn Clock>) -> Self {
        let (known, metrics) = (Cache::builder().build(), Arc::default());
        Sources { known, places: None, fetcher, clock, metrics }
    }

    /// The same, whose requests are counted there.
    #[must_use]
    pub fn counted(self, metrics: &Arc<Metrics>) -> Self {
        Sources { metrics: metrics.clone(), ..self }
    }

    /// The same for at most so many sources at a time.
    pub fn bounded(fetcher: Fetcher, clock: Arc<dyn Clock>, most: usize) -> Self {
        Sources { places: Some(Arc::new(Places::new(most))), ..Sources::new(fetcher, clock) }
    }

    /// The same store, with what is known in it, that asks in another way from now on.
    #[must_use]
    pub fn asking(&self, fetcher: Fetcher) -> Self {
        Sources { fetcher, ..self.clone() }
    }

    /// Forgets every source but these, and those that may not be asked again yet.
    pub async fn forget_others(&self, keys: &HashSet<Key>) {
        let now = self.clock.now();
        let others: Vec<Arc<Key>> = self
            .known
            .iter()
            .filter(|(key, known)| !keys.contains(&**key) && known.is_due(now))
            .map(|(key, _)| key)
            .collect();
        for key in others {
            self.known.invalidate(&*key).await;
        }
    }

    /// What is known of a source, asked for anew where that is due: not before `floor` has gone by. `name` is
    /// the feed it is asked for, for the log.
    pub async fn current(&self, name: &str, origin: &Arc<Origin>, floor: Duration) -> Arc<Known> {
        if let Some(known) = self.peek(origin).await
            && !known.is_due(self.clock.now())
        {
            return known;
        }
        if let Err(wait) = self.take_place(origin, floor).await {
            return Arc::new(Known::not_asked(self.clock.now(), wait));
        }
        let (this, name, asked) = (self.clone(), name.to_owned(), origin.clone());
        // In a task of its own: a reader that goes away does not take the others' answer with it.
        let task = tokio::spawn(async move {
            let key = key(&asked);
            let before = this.known.get(&key).await;
            let ask = this.ask(&name, &asked, before.as_deref(), floor);
            let clock = &this.clock;
            let entry =
                this.known.entry_by_ref(&key).or_insert_with_if(ask, |known| known.is_due(clock.now()));
            let known = entry.await.into_value();
            if let Some(places) = &this.places {
                places.keep(&key, known.asked, known.keep_until(floor));
            }
            known
        });
        match task.await {
            Ok(known) => known,
            // A defect of limpid; what was known before still is.
            Err(error) => {
                let before = self.peek(origin).await;
                Arc::new(self.failed(before.as_deref(), FetchError::CutOff(error.into()), floor))
            }
        }
    }

    /// Makes sure that a source has a place, where there is a number of them. Those that had to make way are
    /// forgotten.
    ///
    /// # Errors
    /// How long to wait for one.
    async fn take_place(&self, origin: &Origin, floor: Duration) -> Result<(), Duration> {
        let Some(places) = &self.places else { return Ok(()) };
        let now = self.clock.now();
        for key in places.take(&key(origin), now, floor)? {
            // It may have come back in the meantime; then its term is not over, and it stays.
            let forget = self.known.entry(key).and_compute_with(|entry| {
                let known = entry.map(moka::Entry::into_value);
                let is_over = known.is_some_and(|known| is_over(known.asked, known.keep_until(floor), now));
                std::future::ready(if is_over { Op::Remove } else { Op::Nop })
            });
            forget.await;
        }
        Ok(())
    }

    /// What is known of a source, as it is.
    pub async fn peek(&self, origin: &Origin) -> Option<Arc<Known>> {
        self.known.get(&key(origin)).await
    }

    async fn ask(
        &self,
        name: &str,
        origin: &Arc<Origin>,
        before: Option<&Known>,
        floor: Duration,
    ) -> Arc<Known> {
        let good = before.and_then(|known| known.good.as_ref());
        let answer = match &origin.source {
            Source::Sample => Ok(Answer::Body(SAMPLE.as_bytes().to_vec(), Headers::default())),
            Source::Url(url) => {
                let validators = good.map(|good| good.validators.clone()).unwrap_or_default();
                self.fetcher.fetch(name, url, origin.reach, &validators, self.clock.now()).await
            }
        };
        let is_unchanged = matches!(answer, Ok(Answer::NotModified(_)));
        let bytes = if let Ok(Answer::Body(body, _)) = &answer { body.len() } else { 0 };
        let read = self.read(answer, origin, good).await;
        self.metrics.note_upstream(is_unchanged, bytes, read.as_ref().err());
        Arc::new(match read {
            Ok(good) => {
                let wait = good.lifetime.unwrap_or_default().max(floor);
                Known { good: Some(good), problem: None, failures: 0, asked: self.clock.now(), wait }
            }
            Err(error) => {
                tracing::warn!(feed = name, cause = error.chain(), "{error}");
                self.failed(before, error, floor)
            }
        })
    }

    /// A good copy out of an answer. The text is decoded and parsed before anything is replaced: what can
    /// not be read leaves the last good copy, and its validators, as they are.
    async fn read(
        &self,
        answer: Result<Answer, FetchError>,
        origin: &Arc<Origin>,
        before: Option<&Good>,
    ) -> Result<Good, FetchError> {
        let (body, headers) = match answer? {
            Answer::Body(body, headers) => (body, headers),
            Answer::NotModified(headers) => {
                let Some(before) = before else {
                    return Err(FetchError::Status { status: 304, retry_after: None });
                };
                let validators = before.validators.renewed(&headers.validators);
                // What a 304 does not speak of stays as it was (RFC 9111 §4.3.4).
                let lifetime = headers.lifetime.or(before.lifetime);
                return Ok(Good { validators, lifetime, ..before.clone() });
            }
        };
        let origin = origin.clone();
        let parse = move || -> Result<(Feed, u128, Headers), FetchError> {
            let feed = reading::read(body, &headers, &origin)?;
            let digest = xxh3_128(feed.source.as_bytes());
            Ok((feed, digest, headers))
        };
        let parsed = tokio::task::spawn_blocking(parse).await;
        let (feed, digest, headers) = parsed.map_err(|error| FetchError::CutOff(error.into()))??;
        if feed.is_cut_off && before.is_some_and(|before| !before.feed.is_cut_off) {
            // What could be saved of it is better than nothing, and worse than the whole feed of before.
            return Err(ParseError::Truncated(feed.root_name().to_owned()).into());
        }
        // A copy whose end is missing is not one to be asked about again: the next one is to be whole.
        let validators = if feed.is_cut_off { Validators::default() } else { headers.validators };
        let lifetime = headers.lifetime;
        if before.is_none_or(|before| before.digest != digest) {
            for mended in &feed.mended {
                tracing::info!(what = mended.what, line = mended.line, count = mended.count, "mended");
            }
        }
        let good = match before.filter(|before| before.digest == digest) {
            Some(same) => Good { validators, lifetime, ..same.clone() },
            None => Good { feed: Arc::new(feed), digest, since: self.clock.now(), validators, lifetime },
        };
        Ok(good)
    }

    fn failed(&self, before: Option<&Known>, error: FetchError, floor: Duration) -> Known {
        let failures = before.map_or(0, |known| known.failures).saturating_add(1);
        let wait = back_off(&error, failures, floor);
        let good = before.and_then(|known| known.good.clone());
        Known { good, problem: Some(Arc::new(error)), failures, asked: self.clock.now(), wait }
    }
}
