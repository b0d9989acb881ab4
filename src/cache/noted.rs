//! What is noted of feeds beside their sources, as it is written down, and back: how their rules have done, what became of
//! them, and since when they are as they are.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::health::FeedHealth;
use super::history::History;
use crate::store::Store;
use crate::store::record::Body;

/// How many of a feed's forms are remembered: formats, topics, and what it was before.
const FORMS: usize = 16;

/// The most bytes of a note that are read.
const LONGEST: usize = 1 << 20;

/// What is noted of one feed.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Noted {
    pub health: FeedHealth,
    pub history: History,
    pub made: Made,
}

/// When what is served was first made, by its entity tag; what was asked for last stands at the end.
pub(super) type Made = VecDeque<(String, Timestamp)>;

/// When what is served of each feed was first made.
#[derive(Debug, Default)]
pub(super) struct FirstMade(Mutex<HashMap<String, Made>>);

impl FirstMade {
    /// When these bytes of a feed, known by their tag, were first made: now, where they are new.
    pub fn since(&self, feed: &str, tag: &str, now: Timestamp) -> Timestamp {
        let mut all = self.all();
        let made = all.entry(feed.to_owned()).or_default();
        let known = made.iter().position(|(known, _)| known == tag).and_then(|at| made.remove(at));
        let (tag, since) = known.unwrap_or_else(|| (tag.to_owned(), now));
        made.push_back((tag, since));
        if made.len() > FORMS {
            made.pop_front();
        }
        since
    }

    /// As another limpid has made it, where that is not known here.
    pub fn remember(&self, feed: &str, made: Made) {
        let mut all = self.all();
        let here = all.entry(feed.to_owned()).or_default();
        let others = made.into_iter().filter(|(tag, _)| !here.iter().any(|(known, _)| known == tag));
        let mut made: Made = others.collect();
        made.extend(here.drain(..));
        made.drain(..made.len().saturating_sub(FORMS));
        *here = made;
    }

    /// Forgets every feed but those of which this is true.
    pub fn retain(&self, is_kept: impl Fn(&str) -> bool) {
        self.all().retain(|feed, _| is_kept(feed));
    }

    /// For writing it down.
    fn of(&self, feed: &str) -> Made {
        self.all().get(feed).cloned().unwrap_or_default()
    }

    /// A time is as good after a panic elsewhere as before.
    fn all(&self) -> MutexGuard<'_, HashMap<String, Made>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes down what is noted of a feed.
pub(super) fn save(store: &Store, feed: &str, health: FeedHealth, history: History, made: &FirstMade) {
    let noted = Noted { health, history, made: made.of(feed) };
    // Nothing in it can not be said in JSON.
    let json = serde_json::to_vec(&noted).unwrap_or_default();
    if let Some(note) = Body::new(&json) {
        store.put_note(feed, Some(&note));
    }
}

/// What is noted of a feed, out of what is written down; `None` where that can not be read.
pub(super) fn read(note: &[u8]) -> Option<Noted> {
    serde_json::from_slice(&Body::unpack_any(note, LONGEST)?).ok()
}

/// What the store has noted of these feeds. What it has of others is forgotten, and so is what can not be read.
pub(super) fn load(store: &Store, is_kept: impl Fn(&str) -> bool, made: &FirstMade) -> Vec<(String, Noted)> {
    let mut all = Vec::new();
    for (feed, note) in store.notes() {
        match is_kept(&feed).then(|| read(&note)).flatten() {
            Some(mut noted) => {
                made.all().insert(feed.clone(), std::mem::take(&mut noted.made));
                all.push((feed, noted));
            }
            None => _ = store.put_note(&feed, None),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn what_comes_back_is_as_old_as_it_was() {
        let made = FirstMade::default();
        assert_eq!(made.since("tides", "a", at(1)), at(1));
        assert_eq!(made.since("tides", "b", at(2)), at(2));
        assert_eq!(made.since("tides", "a", at(3)), at(1));
        assert_eq!(made.since("other", "a", at(4)), at(4));
        for n in 0..FORMS {
            made.since("tides", &format!("{n}"), at(5));
        }
        assert_eq!(made.since("tides", "a", at(6)), at(6), "they are bounded");
    }

    #[test]
    fn notes_outlive_a_restart_and_those_of_others_are_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("limpid.redb");
        let store = Store::open(&path, 1 << 20);
        let made = FirstMade::default();
        made.since("tides", "a", at(1));
        save(&store, "tides", FeedHealth::default(), History::default(), &made);
        save(&store, "gone", FeedHealth::default(), History::default(), &made);
        drop(store);
        let (store, made) = (Store::open(&path, 1 << 20), FirstMade::default());
        let noted = load(&store, |feed| feed == "tides", &made);
        assert_eq!(noted.iter().map(|(feed, _)| feed.as_str()).collect::<Vec<_>>(), ["tides"]);
        assert_eq!(made.since("tides", "a", at(9)), at(1));
        assert_eq!(load(&store, |_| true, &made).len(), 1);
    }
}
