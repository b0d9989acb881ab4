//! The source store: for each source what was last good, what went wrong since, and when to ask again.

use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use moka::Equivalent;
use moka::future::Cache;
use moka::ops::compute::Op;
use tokio_util::task::TaskTracker;
use xxhash_rust::xxh3::xxh3_128;

use super::known::{Good, Known, is_gone, is_over};
use super::moved::Moved;
use super::places::Places;
use super::saved::{self, Came};
use crate::clock::{Clock, between, later};
use crate::config::{self, Origin, Source};
use crate::feed::articles::Reach;
use crate::feed::schedule::Schedule;
use crate::feed::{Feed, ParseError};
use crate::fetch::politeness::{LONGEST, Validators, back_off};
use crate::fetch::turns::Place;
use crate::fetch::{Answer, Ask, FetchError, Fetcher, Headers, reading};
use crate::metrics::Metrics;
use crate::store::Store;
use crate::store::record::Raw;

/// The newsletter that is built in.
pub const SAMPLE: &str = include_str!("../../config/sample-newsletter.xml");

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
    places: Option<Arc<Places>>,
    /// What is being asked for although no reader waits for it.
    under_way: Arc<Mutex<HashSet<Key>>>,
    pub(super) background: TaskTracker,
    pub(super) fetcher: Fetcher,
    windows: config::Cache,
    pub(super) store: Option<Arc<Store>>,
    /// Grows with everything that is learnt, so that what is older is not written over what is newer.
    turn: Arc<AtomicU64>,
    pub(super) clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
}

impl Sources {
    /// A store in which nothing is known yet. For how long what is stale may be served is in `windows`.
    pub fn new(fetcher: Fetcher, clock: Arc<dyn Clock>, windows: config::Cache) -> Self {
        Sources {
            known: Cache::builder().build(),
            places: None,
            under_way: Arc::default(),
            background: TaskTracker::new(),
            fetcher,
            windows,
            store: None,
            turn: Arc::default(),
            clock,
            metrics: Arc::default(),
        }
    }

    /// The same, where what is known outlives a restart.
    #[must_use]
    pub fn lasting(self, store: Option<Arc<Store>>) -> Self {
        Sources { store, ..self }
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
            this.asked(&name, &origin, floor).await;
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
        let known = self.known.get(&Named(origin)).await;
        let (Some(store), None) = (&self.store, &known) else { return known };
        let key = key(origin);
        let (store, origin, asked, max) =
            (store.clone(), origin.clone(), key.clone(), self.fetcher.max_body());
        let load = async move {
            let load = move || saved::load(&store, &origin, &asked, max);
            tokio::task::spawn_blocking(load).await.ok()?.map(Arc::new)
        };
        self.known.optionally_get_with(key, load).await
    }

    /// The same as readers are answered with, without asking anybody: a copy stands in for so long, and no longer.
    pub async fn as_served(&self, origin: &Arc<Origin>) -> Option<Arc<Known>> {
        let known = self.peek(origin).await?;
        Some(known.within(self.clock.now(), self.windows.stale_if_error))
    }

    fn is_shared(&self) -> bool {
        self.store.as_ref().is_some_and(|store| store.shared().is_some())
    }

    /// Writes down what is known of a source, off the way of requests.
    pub(super) fn save(&self, origin: &Origin, known: &Known, body: Option<Raw>) {
        let Some(store) = self.store.clone() else { return };
        let (name, record) = (saved::name(&key(origin)), saved::record(known));
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        self.background.spawn(async move {
            // Compressed before it stands in the queue, where it would take several times the memory.
            let packed = tokio::task::spawn_blocking(move || body?.pack()).await.ok().flatten();
            store.later(move |store| _ = store.put(&name, &record, packed.as_ref(), Some(turn))).await;
        });
    }

    /// Asks the publisher: what is known then, and the body where that is a new one.
    pub(super) async fn ask(
        &self,
        name: &str,
        origin: &Arc<Origin>,
        before: Option<&Known>,
        floor: Duration,
    ) -> (Known, Option<Raw>) {
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
        match read {
            Ok((good, body)) => {
                let wait = self.wait(&good, floor) + origin.lateness(floor);
                (self.succeeded(name, good, moved.after(led_to.as_ref()), &moved, wait), body)
            }
            Err(error) => {
                tracing::warn!(feed = name, cause = error.chain(), "{error}");
                (self.failed(before, error, floor), None)
            }
        }
    }

    /// How long until a copy is to be asked about again, by what its publisher says: in the headers and in the feed.
    fn wait(&self, good: &Good, floor: Duration) -> Duration {
        let (schedule, now) = (Schedule::of(&good.feed), self.clock.now());
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

    /// A good copy out of an answer, and its body where that is to be written down. The text is decoded and parsed
    /// before anything is replaced: what can not be read leaves the last good copy, and its validators, as they are.
    async fn read(
        &self,
        answer: Result<Answer, FetchError>,
        origin: &Arc<Origin>,
        before: Option<&Good>,
    ) -> Result<(Good, Option<Raw>), FetchError> {
        let (body, headers) = match answer? {
            Answer::Body(body, headers) => (body, headers),
            Answer::NotModified(headers) => {
                let before = before.ok_or(FetchError::Status { status: 304, retry_after: None })?;
                let validators = before.validators.renewed(&headers.validators);
                // What a 304 does not speak of stays as it was (RFC 9111 §4.3.4).
                let lifetime = headers.lifetime.or(before.lifetime);
                return Ok((Good { validators, lifetime, ..before.clone() }, None));
            }
        };
        let (origin, lasts) = (origin.clone(), self.store.is_some());
        let is_shared = self.is_shared();
        let parse = move || -> Result<Read, FetchError> {
            let raw = lasts.then(|| Raw::new(&body));
            let feed = reading::read(body, &headers, &origin)?;
            let digest = xxh3_128(feed.source.as_bytes());
            let came = Came::with(&headers, raw.as_ref());
            let packed = raw.as_ref().filter(|_| is_shared && !came.is_of(digest)).and_then(Raw::pack);
            Ok(Read { feed, digest, headers, came: came.with_body(digest, packed.as_ref()), raw })
        };
        let parsed = tokio::task::spawn_blocking(parse).await;
        let read = parsed.map_err(|error| FetchError::CutOff(error.into()))??;
        if read.feed.is_cut_off && before.is_some_and(|before| !before.feed.is_cut_off) {
            // What could be saved of it is better than nothing, and worse than the whole feed of before.
            return Err(ParseError::Truncated(read.feed.root_name().to_owned()).into());
        }
        Ok(self.good(read, before))
    }

    /// What was read, as a copy: the one of before where that is the same.
    fn good(&self, read: Read, before: Option<&Good>) -> (Good, Option<Raw>) {
        let Read { feed, digest, came, headers, raw } = read;
        // A copy whose end is missing is not one to be asked about again: the next one is to be whole.
        let validators = if feed.is_cut_off { Validators::default() } else { headers.validators };
        let (lifetime, now) = (headers.lifetime, self.clock.now());
        let raw = raw.filter(|_| before.is_none_or(|before| before.came.body != came.body));
        if let Some(same) = before.filter(|before| before.digest == digest) {
            return (Good { validators, lifetime, came, ..same.clone() }, raw);
        }
        for mended in &feed.mended {
            tracing::info!(what = mended.what, line = mended.line, count = mended.count, "mended");
        }
        let (since, fresh_until, feed) = (now, now, Arc::new(feed));
        (Good { feed, digest, since, fresh_until, validators, lifetime, came }, raw)
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
    raw: Option<Raw>,
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
