//! The source store: for each source what was last good, what went wrong since, and when to ask again.

use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::num::NonZero;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;
use std::time::Duration;

use moka::Equivalent;
use moka::future::Cache;
use moka::ops::compute::Op;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use xxhash_rust::xxh3::xxh3_128;

use super::held::Held;
use super::known::{Good, Known, is_gone, is_over};
use super::moved::Moved;
use super::places::Places;
use super::recent::Recent;
use super::saved::{self, Came};
use super::writer::Writer;
use crate::clock::{Clock, between, later};
use crate::config::{self, Origin, Source};
use crate::feed::articles::Reach;
use crate::feed::{Feed, ParseError};
use crate::fetch::politeness::{LONGEST, Validators, back_off};
use crate::fetch::turns::Place;
use crate::fetch::{Answer, Ask, FetchError, Fetcher, Headers, reading};
use crate::metrics::Metrics;
use crate::store::Store;
use crate::store::record::Raw;

/// The newsletter that is built in.
pub const SAMPLE: &str = include_str!("../../config/sample-newsletter.xml");

/// Of the memory for feeds as they are served, as much again as one part in so many is for feeds that are kept parsed.
const SHARE: u64 = 4;

/// How many sources are asked for at a time for which no reader waits: each holds what it gets until that is written down,
/// and there may be thousands.
const UNHURRIED: usize = 128;

/// The longest that is believed of `sy:updatePeriod`.
const LONGEST_HINT: Duration = Duration::from_hours(1);

/// What a source is known by: where it is, how it is read, and how far it may lead.
pub type Key = (Source, u128, Reach);

/// What a source is known by.
pub fn key(origin: &Origin) -> Key {
    (origin.source.clone(), origin.reading, origin.reach)
}

/// The key of a source, to look it up by without making one.
struct Named<'o>(&'o Origin);

impl Hash for Named<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // As a `Key` does.
        (&self.0.source, self.0.reading, self.0.reach).hash(state);
    }
}

impl Equivalent<Key> for Named<'_> {
    fn equivalent(&self, (source, reading, reach): &Key) -> bool {
        (&self.0.source, self.0.reading, self.0.reach) == (source, *reading, *reach)
    }
}

/// Everything that is known of every source. Nothing of it is ever evicted: what was forgotten would have to be
/// asked for again, too soon. There are as many as are configured, each within the limit on a body; where anyone may
/// add to them there is a number of places, and what has no place is not asked for.
/// Concurrent requests for one source share one request to the publisher.
#[derive(Clone, Debug)]
pub struct Sources {
    pub(super) known: Cache<Key, Arc<Known>>,
    pub(super) recent: Recent,
    places: Option<Arc<Places>>,
    /// What is being asked for although no reader waits for it.
    under_way: Arc<Mutex<HashSet<Key>>>,
    background: TaskTracker,
    pub(super) fetcher: Fetcher,
    windows: config::Cache,
    pub(super) writer: Option<Writer>,
    /// Whoever asks although no reader waits.
    unhurried: Arc<Semaphore>,
    /// Whoever reads a body and packs it: that takes megabytes, and no less time where there are more than processors.
    reading: Arc<Semaphore>,
    pub(super) clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
}

impl Sources {
    /// A store in which nothing is known yet. For how long what is stale may be served is in `windows`.
    pub fn new(fetcher: Fetcher, clock: Arc<dyn Clock>, windows: config::Cache) -> Self {
        Sources {
            known: Cache::builder().build(),
            recent: Recent::new(windows.memory / SHARE),
            places: None,
            under_way: Arc::default(),
            background: TaskTracker::new(),
            fetcher,
            windows,
            writer: None,
            unhurried: Arc::new(Semaphore::new(UNHURRIED)),
            reading: Arc::new(Semaphore::new(available_parallelism().map_or(1, NonZero::get))),
            clock,
            metrics: Arc::default(),
        }
    }

    /// The same, where what is known outlives a restart.
    #[must_use]
    pub fn lasting(self, store: Option<Arc<Store>>) -> Self {
        Sources { writer: store.map(Writer::new), ..self }
    }

    /// The same, whose requests are counted there.
    #[must_use]
    pub fn counted(self, metrics: &Arc<Metrics>) -> Self {
        Sources { metrics: metrics.clone(), ..self }
    }

    /// The same for at most so many sources at a time.
    #[must_use]
    pub fn bounded(self, most: usize) -> Self {
        Sources { places: Some(Arc::new(Places::new(most))), ..self }
    }

    /// The same store, with what is known in it, that asks in another way from now on.
    #[must_use]
    pub fn asking(&self, fetcher: Fetcher, windows: config::Cache) -> Self {
        self.recent.resize(windows.memory / SHARE);
        Sources { fetcher, windows, ..self.clone() }
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

    /// What is known of a source, asked for anew where that is due: not before `floor` has gone by. What is good is
    /// answered at once, and asked for in the background, unless that has been due for too long. `name` is the feed it
    /// is asked for, for the log.
    pub async fn current(&self, name: &str, origin: &Arc<Origin>, floor: Duration) -> Arc<Known> {
        let (before, now) = (self.peek(origin).await, self.clock.now());
        if let Some(known) = &before
            && !known.is_due(now)
        {
            return known.clone().within(now, self.windows.stale_if_error);
        }
        if let Err(wait) = self.take_place(origin, floor).await {
            return Arc::new(Known::not_asked(now, wait));
        }
        if let Some(known) = before.map(|known| known.within(now, self.windows.stale_if_error))
            && known.can_be_revalidated(now, self.windows.stale_while_revalidate)
        {
            self.refresh(name, origin, floor);
            return known;
        }
        let (this, name, asked) = (self.clone(), name.to_owned(), origin.clone());
        // In a task of its own: a reader that goes away does not take the others' answer with it.
        let task = self.background.spawn(async move { this.asked(&name, &asked, floor).await });
        let known = match task.await {
            Ok(known) => known,
            // A defect of limpid; what was known before still is.
            Err(error) => {
                let before = self.peek(origin).await;
                Arc::new(self.failed(before.as_deref(), FetchError::CutOff(error.into()), floor))
            }
        };
        known.within(self.clock.now(), self.windows.stale_if_error)
    }

    /// Asks for a source in the background, where it is due and that is not under way: a few of a host at a time.
    pub fn refresh(&self, name: &str, origin: &Arc<Origin>, floor: Duration) {
        if !self.under_way().insert(key(origin)) {
            return;
        }
        let (this, name, origin) = (self.clone(), name.to_owned(), origin.clone());
        self.background.spawn(async move {
            let _mark = Mark { sources: &this, key: key(&origin) };
            // Before anything is under way: a reader who comes in the meantime does not wait in this queue.
            let _place = this.place(&origin).await;
            // No semaphore is ever closed.
            let _turn = this.unhurried.acquire().await;
            this.asked(&name, &origin, floor).await;
            if let Some(writer) = &this.writer {
                writer.caught_up().await;
            }
        });
    }

    async fn place(&self, origin: &Arc<Origin>) -> Option<Place> {
        let Source::Url(url) = &origin.source else { return None };
        let known = self.peek(origin).await;
        let url = known.as_ref().map_or(url, |known| known.moved.address(url));
        Some(self.fetcher.place(url).await)
    }

    /// A set is as good after a panic elsewhere as before.
    fn under_way(&self) -> MutexGuard<'_, HashSet<Key>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is known of a source after asking, where that is due. Whoever asks at the same time shares it.
    async fn asked(&self, name: &str, origin: &Arc<Origin>, floor: Duration) -> Arc<Known> {
        let key = key(origin);
        // What is shared is taken over with the turn to ask, or learnt in place of it.
        let before = if self.is_shared() { self.known.get(&key).await } else { self.peek(origin).await };
        let ask = self.ask_or_learn(name, origin, before, floor);
        let entry =
            self.known.entry_by_ref(&key).or_insert_with_if(ask, |known| known.is_due(self.clock.now()));
        let known = entry.await.into_value();
        if let Some(places) = &self.places {
            places.keep(&key, known.asked, known.keep_until(floor));
        }
        known
    }

    /// Waits until nothing is being asked for.
    pub async fn settled(&self) {
        self.background.close();
        self.background.wait().await;
        self.background.reopen();
    }

    /// Makes sure that a source has a place, where there is a number of them. Those that had to make way are
    /// forgotten.
    ///
    /// # Errors
    /// How long to wait for one.
    async fn take_place(&self, origin: &Arc<Origin>, floor: Duration) -> Result<(), Duration> {
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

    /// What is known of a source, as it is: what was learnt since the start, or what was written down before.
    pub async fn peek(&self, origin: &Arc<Origin>) -> Option<Arc<Known>> {
        if let Some(known) = self.known.get(&Named(origin)).await {
            return if known.is_lost() { self.lost(&key(origin)).await } else { Some(known) };
        }
        let (key, writer) = (key(origin), self.writer.as_ref()?);
        let (store, origin, asked) = (writer.store().clone(), origin.clone(), key.clone());
        let (recent, max) = (self.recent.clone(), self.fetcher.max_body());
        let load = async move {
            let load = move || saved::load(&store, &asked, (&origin, &recent, max));
            tokio::task::spawn_blocking(load).await.ok()?.map(Arc::new)
        };
        self.known.optionally_get_with(key, load).await
    }

    /// What is known of a source whose text the store has lost: all but that.
    async fn lost(&self, key: &Key) -> Option<Arc<Known>> {
        let forget = |entry: Option<moka::Entry<Key, Arc<Known>>>| {
            let lost = entry.map(moka::Entry::into_value).filter(|known| known.is_lost());
            std::future::ready(lost.map_or(Op::Nop, |known| Op::Put(Arc::new(known.without_text()))))
        };
        self.known.entry_by_ref(key).and_compute_with(forget).await.into_entry().map(moka::Entry::into_value)
    }

    /// The same as readers are answered with, without asking anybody: a copy stands in for so long, and no longer.
    pub async fn as_served(&self, origin: &Arc<Origin>) -> Option<Arc<Known>> {
        let known = self.peek(origin).await?;
        Some(known.within(self.clock.now(), self.windows.stale_if_error))
    }

    fn is_shared(&self) -> bool {
        self.writer.as_ref().is_some_and(|writer| writer.store().shared().is_some())
    }

    /// Writes down what is known of a source, off the way of requests.
    pub(super) fn save(&self, origin: &Origin, known: &Arc<Known>) {
        if let Some(writer) = &self.writer {
            writer.save(saved::name(&key(origin)), known.clone(), &self.background);
        } else if let Some(held) = known.good.as_ref().map(|good| good.held.clone()) {
            let packing = self.reading.clone();
            self.background.spawn(async move {
                let _turn = packing.acquire().await;
                // What can not be packed stays as it is.
                _ = tokio::task::spawn_blocking(move || held.pack()).await;
            });
        }
    }

    /// Asks the publisher.
    pub(super) async fn ask(
        &self,
        name: &str,
        origin: &Arc<Origin>,
        before: Option<&Known>,
        floor: Duration,
    ) -> Arc<Known> {
        let good = before.and_then(|known| known.good.as_ref());
        let moved = before.map(|known| known.moved.clone()).unwrap_or_default();
        let answer = match &origin.source {
            Source::Sample => Ok(Answer::Body(SAMPLE.as_bytes().to_vec(), Headers::default())),
            Source::Url(url) => {
                let validators = good.map(|good| good.validators.clone()).unwrap_or_default();
                let (url, reach, now) = (moved.address(url), origin.reach, self.clock.now());
                let ask =
                    Ask { feed: name, url, reach, request: &origin.request, validators: &validators, now };
                self.fetcher.fetch(ask).await
            }
        };
        let led_to = answer.as_ref().ok().and_then(Answer::moved).cloned();
        let is_unchanged = matches!(answer, Ok(Answer::NotModified(_)));
        let bytes = if let Ok(Answer::Body(body, _)) = &answer { body.len() } else { 0 };
        let read = self.read(answer, origin, good).await;
        self.metrics.note_upstream(is_unchanged, bytes, read.as_ref().err());
        let known = match read {
            Ok(good) => {
                let wait = self.wait(&good, floor) + origin.lateness(floor);
                self.succeeded(name, good, moved.after(led_to.as_ref()), &moved, wait)
            }
            Err(error) => {
                tracing::warn!(feed = name, cause = error.chain(), "{error}");
                self.failed(before, error, floor)
            }
        };
        Arc::new(known)
    }

    /// How long until a copy is to be asked about again, by what its publisher says: in the headers and in the feed.
    fn wait(&self, good: &Good, floor: Duration) -> Duration {
        let (schedule, now) = (&good.held.summary.schedule, self.clock.now());
        // Nobody has set most of the periods there are; so they count where nothing else is said, and not for long.
        let hint = || schedule.period.map(|period| period.min(LONGEST_HINT));
        let stated = good.lifetime.max(schedule.ttl).or_else(hint).unwrap_or_default();
        let due = later(now, stated.min(LONGEST).max(floor));
        between(now, schedule.open_from(due))
    }

    fn succeeded(&self, name: &str, good: Good, moved: Moved, before: &Moved, wait: Duration) -> Known {
        if let Some(url) = moved.newly(before) {
            // Path and query may be secrets; the origin says enough.
            let to = url.origin().ascii_serialization();
            tracing::info!(feed = name, to, "the feed has moved for good; it is asked for there from now on");
        }
        let asked = self.clock.now();
        let good = Good { fresh_until: later(asked, wait), ..good };
        Known { good: Some(good), problem: None, failures: 0, asked, wait, moved }
    }

    /// A good copy out of an answer. The text is decoded and parsed before anything is replaced: what can not be read
    /// leaves the last good copy, and its validators, as they are.
    async fn read(
        &self,
        answer: Result<Answer, FetchError>,
        origin: &Arc<Origin>,
        before: Option<&Good>,
    ) -> Result<Good, FetchError> {
        let (body, headers) = match answer? {
            Answer::Body(body, headers) => (body, headers),
            Answer::NotModified(headers) => {
                let before = before.ok_or(FetchError::Status { status: 304, retry_after: None })?;
                let validators = before.validators.renewed(&headers.validators);
                // What a 304 does not speak of stays as it was (RFC 9111 §4.3.4).
                let lifetime = headers.lifetime.or(before.lifetime);
                return Ok(Good { validators, lifetime, ..before.clone() });
            }
        };
        let raw = Raw::new(&body);
        let came = Came::with(&headers, &raw);
        if let Some(same) = before.filter(|before| before.held.came == came) {
            return Ok(Good::again(same, headers));
        }
        let asked = origin.clone();
        let parse = move || -> Result<Read, FetchError> {
            let feed = reading::read(body, &headers, &asked)?;
            let digest = xxh3_128(feed.source.as_bytes());
            Ok(Read { feed, digest, headers, came, raw })
        };
        let _turn = self.reading.acquire().await;
        let parsed = tokio::task::spawn_blocking(parse).await;
        let read = parsed.map_err(|error| FetchError::CutOff(error.into()))??;
        if read.feed.is_cut_off && before.is_some_and(|before| !before.held.summary.is_cut_off) {
            // What could be saved of it is better than nothing, and worse than the whole feed of before.
            return Err(ParseError::Truncated(read.feed.root_name().to_owned()).into());
        }
        Ok(self.good(read, origin, before))
    }

    /// What was read, as a copy: as old as the one of before where its text is the same.
    fn good(&self, read: Read, origin: &Arc<Origin>, before: Option<&Good>) -> Good {
        let Read { feed, digest, headers, came, raw } = read;
        let (now, same) = (self.clock.now(), before.filter(|before| before.digest == digest));
        if same.is_none() {
            for mended in &feed.mended {
                tracing::info!(what = mended.what, line = mended.line, count = mended.count, "mended");
            }
        }
        let since = same.map_or(now, |same| same.since);
        let of = (origin, &self.recent, self.fetcher.max_body());
        let held = Held::fetched(feed, (came, raw), of);
        let validators = Validators::default();
        Good::again(&Good { held, digest, since, fresh_until: now, validators, lifetime: None }, headers)
    }

    fn failed(&self, before: Option<&Known>, error: FetchError, floor: Duration) -> Known {
        // Only a publisher that says so again is believed to have gone.
        let counts = before.filter(|known| known.is_gone() || !is_gone(&error));
        let failures = counts.map_or(0, |known| known.failures).saturating_add(1);
        let wait = back_off(&error, failures, floor);
        let good = before.and_then(|known| known.good.clone());
        let moved = before.map(|known| known.moved.after_failure()).unwrap_or_default();
        Known { good, problem: Some(Arc::new(error)), failures, asked: self.clock.now(), wait, moved }
    }
}

/// An answer that could be read.
struct Read {
    feed: Feed,
    digest: u128,
    headers: Headers,
    came: Came,
    raw: Raw,
}

/// That a source is being asked for, until it is dropped.
struct Mark<'s> {
    sources: &'s Sources,
    key: Key,
}

impl Drop for Mark<'_> {
    fn drop(&mut self) {
        self.sources.under_way().remove(&self.key);
    }
}
