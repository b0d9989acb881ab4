//! Everything a feed is made of: the copies of its sources, and of those of the feeds it is made of.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use xxhash_rust::xxh3::xxh3_128;

use super::known::Known;
use super::memories::Memories;
use super::source::Sources;
use crate::config::{FeedConfig, Origin, Part};
use crate::convert::Target;
use crate::feed::articles::Articles;
use crate::feed::{self, Feed, Format};
use crate::fetch::FetchError;
use crate::merge::{Merged, merge};
use crate::pipeline::{Editions, Form, Traced};
use crate::receipt::{Action, Entry};

/// What is known of everything that a feed is made of.
#[derive(Clone, Debug)]
pub struct Gathered {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
enum Piece {
    /// What a publisher sends; its feed, once that is needed.
    Source { origin: Arc<Origin>, known: Arc<Known>, feed: Option<Arc<Feed>> },
    /// Another feed, as its rules leave it.
    Feed { config: Arc<FeedConfig>, topic: Option<String>, of: Gathered },
}

/// The store does not have a text any more that was only there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost;

/// A feed put together, before its own rules.
#[derive(Debug)]
pub struct Whole {
    /// The feed.
    pub feed: Arc<Feed>,
    /// What happened on the way, for the receipt.
    pub entries: Vec<Entry>,
    /// When it may be another although its sources are the same.
    pub valid_until: Option<Timestamp>,
}

/// Asks for everything that a feed is made of, all at once; each source is only asked where that is due.
pub async fn gather(sources: &Sources, feed: &FeedConfig) -> Gathered {
    if let [Part::Origin(origin)] = feed.parts.as_slice() {
        // Most feeds are one source.
        let known = sources.current(&feed.name, origin, feed.min_interval).await;
        return Gathered { pieces: vec![Piece::Source { origin: origin.clone(), known, feed: None }] };
    }
    let asked = feed
        .origins()
        .into_iter()
        .map(|(feed, origin)| async move { sources.current(&feed.name, origin, feed.min_interval).await });
    Gathered::of(feed, &mut join_all(asked).await.into_iter())
}

impl Gathered {
    /// The pieces of a feed; what is known of their sources comes in the order of [`FeedConfig::origins`].
    fn of(feed: &FeedConfig, known: &mut std::vec::IntoIter<Arc<Known>>) -> Self {
        let mut pieces = Vec::with_capacity(feed.parts.len());
        for part in &feed.parts {
            match part {
                Part::Origin(origin) => pieces.extend(known.next().map(|known| {
                    let origin = origin.clone();
                    Piece::Source { origin, known, feed: None }
                })),
                Part::Feed(config, topic) => {
                    let (config, topic) = (config.clone(), topic.clone());
                    let of = Gathered::of(&config, known);
                    pieces.push(Piece::Feed { config, topic, of });
                }
            }
        }
        Gathered { pieces }
    }

    /// The same with the text of every source in memory.
    ///
    /// # Errors
    /// Where the store has lost one: it is not known any more from now on, and asked for when it is gathered again.
    pub async fn loaded(mut self) -> Result<Self, Lost> {
        let load = move || self.load().map(|()| self);
        tokio::task::spawn_blocking(load).await.unwrap_or(Err(Lost))
    }

    fn load(&mut self) -> Result<(), Lost> {
        for piece in &mut self.pieces {
            match piece {
                Piece::Source { known, feed, .. } => {
                    if let (Some(good), None) = (&known.good, &feed) {
                        *feed = Some(good.held.feed().ok_or(Lost)?);
                    }
                }
                Piece::Feed { of, .. } => of.load()?,
            }
        }
        Ok(())
    }

    /// Goes over what is known of every source in it.
    fn fold<T>(&self, start: T, step: &mut dyn FnMut(T, &Known) -> T) -> T {
        self.pieces.iter().fold(start, |so_far, piece| match piece {
            Piece::Source { known, .. } => step(so_far, known),
            Piece::Feed { of, .. } => of.fold(so_far, step),
        })
    }

    /// What is known of its source, where it is one.
    pub fn only(&self) -> Option<&Arc<Known>> {
        if let [Piece::Source { known, .. }] = self.pieces.as_slice() { Some(known) } else { None }
    }

    /// The format the feed has: the one it is configured to have, or that of its first good piece, which the
    /// others are converted to. `None` where nothing is good.
    pub fn format(&self, configured: Option<Target>) -> Option<Format> {
        let mut formats = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Source { known, .. } => Some(known.good.as_ref()?.held.summary.format),
            Piece::Feed { config, of, .. } => of.format(config.format),
        });
        let first = formats.next()?;
        let is_mixed = formats.any(|format| format != first);
        let own = if is_mixed { Target::nearest(first).format() } else { first };
        Some(configured.map_or(own, Target::format))
    }

    /// How long until one of the sources is asked again.
    pub fn left(&self, now: Timestamp) -> Duration {
        let least = |so_far: Option<Duration>, known: &Known| {
            let left = known.left(now);
            Some(so_far.map_or(left, |least| least.min(left)))
        };
        self.fold(None, &mut |so_far, known| least(so_far, known)).unwrap_or_default()
    }

    /// For how long the source has not been asked that was asked longest ago.
    pub fn age(&self, now: Timestamp) -> Duration {
        self.fold(Duration::ZERO, &mut |most, known| most.max(known.age(now)))
    }

    /// For how long the source has been due that has been so longest.
    pub fn overdue(&self, now: Timestamp) -> Duration {
        let most = |most: Duration, known: &Known| {
            if known.is_due(now) { most.max(known.overdue(now)) } else { most }
        };
        self.fold(Duration::ZERO, &mut |so_far, known| most(so_far, known))
    }

    /// Whether one of the sources was asked at this time or later.
    pub fn is_asked_since(&self, time: Timestamp) -> bool {
        self.fold(false, &mut |is_asked, known| is_asked || known.asked >= time)
    }

    /// How many sources there are, and how many of them failed when they were last asked.
    pub fn failing(&self) -> (usize, usize) {
        self.fold((0, 0), &mut |(all, failing), known| {
            (all + 1, failing + usize::from(known.problem.is_some()))
        })
    }

    /// What went wrong with the first source that failed.
    pub fn problem(&self) -> Option<Arc<FetchError>> {
        self.fold(None, &mut |first, known| first.or_else(|| known.problem.clone()))
    }

    /// Whether a source was not asked, or not to the end, because it is not for strangers, or not for now.
    pub fn is_turned_away(&self) -> bool {
        self.problem().is_some_and(|problem| matches!(*problem, FetchError::Elsewhere | FetchError::TooMany))
    }

    /// A digest of all that the feed is made of.
    pub fn digest(&self) -> u128 {
        if let [Piece::Source { known, .. }] = self.pieces.as_slice() {
            return known.good.as_ref().map_or(0, |good| good.digest);
        }
        let each = self.pieces.iter().flat_map(|piece| match piece {
            // What fails is said in the receipt.
            Piece::Source { known, .. } => {
                [known.good.as_ref().map_or(0, |good| good.digest), u128::from(known.problem.is_some())]
            }
            Piece::Feed { config, topic, of } => {
                let topic = topic.as_ref().map_or(0, |topic| xxh3_128(topic.as_bytes()));
                [of.digest() ^ u128::from(of.failing().1 > 0), config.rules_digest ^ topic]
            }
        });
        let bytes: Vec<u8> = each.flat_map(u128::to_le_bytes).collect();
        xxh3_128(&bytes)
    }

    /// Puts the feed together, in the format that is wanted or that of its first piece. `None` where there is
    /// nothing good of it.
    pub fn whole(&self, target: Option<Target>, now: Timestamp, articles: &Articles) -> Option<Whole> {
        self.put_together(target, now, articles, true)
    }

    /// Runs the rules for what they ask for on the way.
    pub fn run(&self, config: &FeedConfig, now: Timestamp, articles: &Articles) {
        if let Some(whole) = self.whole(config.format, now, articles) {
            whole.editions(config, &Form::default(), now, articles);
        }
    }

    /// The same; `is_top` is whether the receipt is this one's, and not that of a feed made of it.
    fn put_together(
        &self,
        target: Option<Target>,
        now: Timestamp,
        articles: &Articles,
        is_top: bool,
    ) -> Option<Whole> {
        let (mut entries, mut valid_until) = (Vec::new(), None);
        let mut feeds: Vec<Arc<Feed>> = Vec::with_capacity(self.pieces.len());
        for piece in &self.pieces {
            let Some(part) = piece.whole(now, articles) else { continue };
            entries.extend(part.entries);
            valid_until = [valid_until, part.valid_until].into_iter().flatten().min();
            feeds.push(part.feed);
        }
        if is_top && self.failing().0 > 1 {
            entries.extend(self.pieces.iter().flat_map(Piece::failing));
        }
        let first = feeds.first()?.clone();
        if self.pieces.len() == 1 {
            return Some(Whole { feed: first, entries, valid_until });
        }
        entries.extend(feeds.iter().flat_map(|feed| &feed.mended).map(Entry::mended));
        let all: Vec<&Feed> = feeds.iter().map(AsRef::as_ref).collect();
        let Merged { text, lost } = merge(&all, target)?;
        entries.extend(lost.into_iter().map(|lost| Entry::of_feed(Action::Lost, lost.count, lost.what)));
        // Feeds that could be read make one that can be read; were it otherwise, the first stands for all.
        let feed = feed::parse(text).map_or_else(
            |error| {
                tracing::error!(%error, "feeds put together can not be read");
                first
            },
            Arc::new,
        );
        Some(Whole { feed, entries, valid_until })
    }
}

impl Whole {
    /// The feed as its rules make it now, and its topics, in the form that is wanted.
    pub fn editions(self, config: &FeedConfig, form: &Form, now: Timestamp, articles: &Articles) -> Editions {
        let editions = config.pipeline.editions(&self.feed, now, form, articles);
        self.finished(editions)
    }

    /// The same, after what its rules made of it the last time.
    pub fn editions_after(
        self,
        memories: &Memories,
        config: &FeedConfig,
        form: &Form,
        now: Timestamp,
        articles: &Articles,
    ) -> Editions {
        let editions = memories.editions(config, &self.feed, form, now, articles);
        self.finished(editions)
    }

    /// Adds what was done to the feeds that it is made of.
    fn finished(self, mut editions: Editions) -> Editions {
        for cleaned in editions.topics.iter_mut().map(|(_, cleaned)| cleaned).chain([&mut editions.whole]) {
            cleaned.receipt.entries.splice(0..0, self.entries.iter().cloned());
            cleaned.valid_until = [cleaned.valid_until, self.valid_until].into_iter().flatten().min();
        }
        editions
    }

    /// The same of the feed itself or a topic, in the feed's own format, with what each rule has done. `None` where it
    /// has no such topic.
    pub fn traced(
        &self,
        config: &FeedConfig,
        form: &Form,
        now: Timestamp,
        articles: &Articles,
        topic: Option<&str>,
    ) -> Option<Traced> {
        let mut traced = config.pipeline.traced(&self.feed, now, form, articles, topic)?;
        traced.cleaned.receipt.entries.splice(0..0, self.entries.iter().cloned());
        Some(traced)
    }
}

impl Piece {
    fn whole(&self, now: Timestamp, articles: &Articles) -> Option<Whole> {
        match self {
            Piece::Source { known, feed, .. } => {
                let good = known.good.as_ref()?;
                let feed = feed.clone().or_else(|| good.held.feed())?;
                Some(Whole { feed, entries: Vec::new(), valid_until: None })
            }
            Piece::Feed { config, topic, of } => {
                let Whole { feed, mut entries, valid_until } =
                    of.put_together(config.format, now, articles, false)?;
                let form = Form { target: config.format, address: None };
                let cleaned = config.pipeline.editions(&feed, now, &form, articles).take(topic.as_deref())?;
                entries.extend(cleaned.receipt.entries.into_iter().map(|entry| entry.of_part(&config.name)));
                let valid_until = [valid_until, cleaned.valid_until].into_iter().flatten().min();
                let feed = feed::parse(cleaned.text).map_or_else(
                    |error| {
                        tracing::error!(%error, feed = config.name, "a cleaned feed can not be read");
                        feed
                    },
                    Arc::new,
                );
                Some(Whole { feed, entries, valid_until })
            }
        }
    }

    /// What the receipt says of the sources in it that failed.
    fn failing(&self) -> Vec<Entry> {
        let (origin, known) = match self {
            Piece::Source { origin, known, .. } => (origin, known),
            Piece::Feed { of, .. } => return of.pieces.iter().flat_map(Piece::failing).collect(),
        };
        let Some(error) = &known.problem else { return Vec::new() };
        let origin = origin.source.origin();
        let rest =
            if known.good.is_some() { "its last good copy stands in" } else { "its items are missing" };
        vec![Entry::of_feed(Action::Failing, 1, format!("{origin}: {error}; {rest}"))]
    }
}
