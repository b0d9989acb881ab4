//! Places for sources that anyone may add.
//!
//! A source that is forgotten would be asked for again too soon, so that a stranger who asks for many could have a
//! publisher asked as often as they like. So none is forgotten before it may be asked again anyway; where every place
//! is taken by one that may not, there is none for another. That bounds the memory, and with it how many requests
//! strangers can cause in that time, whatever addresses they make up.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::known::is_over;
use super::source::Key;
use crate::clock::later;

/// A number of places.
#[derive(Debug)]
pub struct Places {
    most: usize,
    taken: Mutex<HashMap<Key, Term>>,
}

/// How long a place is taken at least.
#[derive(Clone, Copy, Debug)]
struct Term {
    from: Timestamp,
    until: Timestamp,
}

impl Places {
    /// So many places, all free.
    pub fn new(most: usize) -> Self {
        Places { most, taken: Mutex::default() }
    }

    /// Takes a place for a source that is about to be asked, and gives those that have to make way.
    ///
    /// # Errors
    /// How long to wait until there is a place.
    pub fn take(&self, key: &Key, now: Timestamp, floor: Duration) -> Result<Vec<Key>, Duration> {
        let mut taken = self.taken();
        let mut gone = Vec::new();
        while taken.len() >= self.most && !taken.contains_key(key) {
            let over = taken.iter().filter(|(_, term)| is_over(term.from, term.until, now));
            let Some(first) = over.min_by_key(|(_, term)| term.until).map(|(key, _)| key.clone()) else {
                let wait = taken.values().map(|term| term.until.duration_since(now)).min();
                return Err(wait.and_then(|wait| Duration::try_from(wait).ok()).unwrap_or(floor));
            };
            taken.remove(&first);
            gone.push(first);
        }
        // Until there is an answer; whatever it is, the source has been asked.
        taken.insert(key.clone(), Term { from: now, until: later(now, floor) });
        Ok(gone)
    }

    /// Keeps the place of a source for as long as its answer says.
    pub fn keep(&self, key: &Key, from: Timestamp, until: Timestamp) {
        self.taken().insert(key.clone(), Term { from, until });
    }

    /// A table is as good after a panic elsewhere as before.
    fn taken(&self) -> MutexGuard<'_, HashMap<Key, Term>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::config::Source;
    use crate::feed::articles::Reach;

    fn key(name: &str) -> Key {
        (Source::Url(format!("http://a.example/{name}").parse().unwrap()), 0, Reach::Public)
    }

    #[test]
    fn nothing_makes_way_before_its_time() {
        let (places, floor) = (Places::new(2), Duration::from_mins(15));
        let start: Timestamp = "2026-06-15T12:00:00Z".parse().unwrap();
        let at = |minutes| start + SignedDuration::from_mins(minutes);
        assert_eq!(places.take(&key("a"), at(0), floor), Ok(vec![]));
        assert_eq!(places.take(&key("b"), at(5), floor), Ok(vec![]));
        assert_eq!(places.take(&key("c"), at(10), floor), Err(Duration::from_mins(5)));
        assert_eq!(places.take(&key("b"), at(10), floor), Ok(vec![]));
        places.keep(&key("a"), at(0), at(60));
        assert_eq!(places.take(&key("c"), at(24), floor), Err(Duration::from_mins(1)));
        assert_eq!(places.take(&key("c"), at(25), floor), Ok(vec![key("b")]));
        // A clock that goes back does not close the door for ever.
        assert_eq!(places.take(&key("d"), at(-60), floor).map(|gone| gone.len()), Ok(1));
    }

    #[test]
    fn answers_that_come_late_do_not_add_places() {
        let (places, start) = (Places::new(1), "2026-06-15T12:00:00Z".parse().unwrap());
        for name in ["a", "b", "c"] {
            assert!(places.take(&key(name), start, Duration::ZERO).is_ok());
        }
        places.keep(&key("a"), start, start);
        places.keep(&key("b"), start, start);
        assert_eq!(places.take(&key("d"), start, Duration::ZERO).map(|gone| gone.len()), Ok(3));
        assert_eq!(places.taken().len(), 1);
    }
}
