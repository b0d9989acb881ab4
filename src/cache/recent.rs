//! Feeds that are kept parsed, because they were of use last: at most so many bytes of them.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::feed::Feed;

/// Which feed it is: each copy of a source has a number of its own.
pub(super) type Id = u64;

/// The feeds that were of use last, shared by everything that needs them.
#[derive(Clone, Debug)]
pub(super) struct Recent(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// How many bytes may be kept.
    room: usize,
    /// How many are.
    bytes: usize,
    feeds: HashMap<Id, (u64, Arc<Feed>)>,
    /// By when they were of use, the longest ago first.
    order: BTreeMap<u64, Id>,
    turn: u64,
    next: Id,
}

impl Recent {
    /// Room for so many bytes.
    pub fn new(room: u64) -> Self {
        let (feeds, order) = (HashMap::new(), BTreeMap::new());
        let state = State { room: 0, bytes: 0, feeds, order, turn: 0, next: 0 };
        let recent = Recent(Arc::new(Mutex::new(state)));
        recent.resize(room);
        recent
    }

    /// Room for so many bytes from now on.
    pub fn resize(&self, room: u64) {
        let mut state = self.state();
        state.room = usize::try_from(room).unwrap_or(usize::MAX);
        state.make_room();
    }

    /// A number that no other feed has.
    pub fn id(&self) -> Id {
        let mut state = self.state();
        state.next += 1;
        state.next
    }

    /// Keeps a feed, which is of use now. Those that were so longest ago make way; one that is larger than all the room
    /// is not kept.
    pub fn keep(&self, id: Id, feed: &Arc<Feed>) {
        let mut state = self.state();
        state.turn += 1;
        let turn = state.turn;
        if let Some((before, old)) = state.feeds.insert(id, (turn, feed.clone())) {
            state.order.remove(&before);
            state.bytes = state.bytes.saturating_sub(old.weight());
        }
        state.bytes += feed.weight();
        state.order.insert(turn, id);
        state.make_room();
    }

    /// Keeps a feed no longer.
    pub fn forget(&self, id: Id) {
        self.state().forget(id);
    }

    /// Counts are as good after a panic elsewhere as before.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn make_room(&mut self) {
        while self.bytes > self.room
            && let Some((_, id)) = self.order.first_key_value()
        {
            self.forget(*id);
        }
    }

    fn forget(&mut self, id: Id) {
        if let Some((turn, feed)) = self.feeds.remove(&id) {
            self.order.remove(&turn);
            self.bytes = self.bytes.saturating_sub(feed.weight());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(bytes: usize) -> Arc<Feed> {
        let title = "x".repeat(bytes);
        let text = format!("<rss version='2.0'><channel><title>{title}</title></channel></rss>");
        Arc::new(crate::feed::parse(text).unwrap())
    }

    #[test]
    fn it_is_bounded_by_bytes_and_what_was_of_use_longest_ago_makes_way() {
        let feeds: Vec<Arc<Feed>> = (0..4).map(|_| feed(10_000)).collect();
        // For three of them, and a bit.
        let recent = Recent::new(u64::try_from(feeds[0].weight() * 7 / 2).unwrap());
        let ids: Vec<Id> = feeds.iter().map(|_| recent.id()).collect();
        let is_kept = |n: usize| Arc::strong_count(&feeds[n]) > 1;
        for n in 0..3 {
            recent.keep(ids[n], &feeds[n]);
        }
        assert!((0..3).all(is_kept));
        recent.keep(ids[0], &feeds[0]);
        recent.keep(ids[3], &feeds[3]);
        assert_eq!([0, 1, 2, 3].map(is_kept), [true, false, true, true]);
        recent.forget(ids[2]);
        assert!(!is_kept(2));
        let large = feed(200_000);
        recent.keep(recent.id(), &large);
        assert_eq!(Arc::strong_count(&large), 1, "there is no room for it");
        recent.keep(ids[1], &feeds[1]);
        recent.resize(0);
        assert!((0..4).all(|n| !is_kept(n)));
        assert_eq!(recent.state().bytes, 0);
    }
}
