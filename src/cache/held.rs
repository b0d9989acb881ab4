//! The text of a good copy, in as little memory as it takes. While it is of use it is there parsed; otherwise it is packed,
//! and once a file has it, it is in that file alone and comes back from there. What the file does not have is never let go
//! of; a Redis may lose what it has, and so it is kept in memory beside one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use super::recent::{Id, Recent};
use super::saved::Came;
use crate::config::Origin;
use crate::feed::Feed;
use crate::feed::summary::Summary;
use crate::fetch::reading;
use crate::store::record::{Body, Raw};
use crate::store::{Relied, Store};

/// What a text is read with: where it is from, where it is kept while it is of use, and the most bytes that are unpacked.
pub(super) type Of<'o> = (&'o Arc<Origin>, &'o Recent, usize);

/// A text of a source.
#[derive(Debug)]
pub struct Held {
    /// What is told of it without reading it.
    pub summary: Summary,
    /// How it came, for reading it again.
    pub(super) came: Came,
    origin: Arc<Origin>,
    state: Mutex<State>,
    is_lost: AtomicBool,
    recent: Recent,
    id: Id,
    /// The most bytes of it that are unpacked.
    max: usize,
}

#[derive(Debug)]
struct State {
    parsed: Weak<Feed>,
    place: Place,
}

/// Where a text is that is not parsed.
#[derive(Debug)]
enum Place {
    /// In memory as it came: it has yet to be packed.
    Raw(Arc<Raw>),
    /// In memory, packed.
    Packed(Arc<Body>),
    /// In the store.
    Stored(Arc<Store>, Arc<Relied>),
}

impl Held {
    /// One that was just fetched, and what it was parsed from.
    pub(super) fn fetched(feed: Feed, (came, raw): (Came, Raw), of: Of<'_>) -> Arc<Self> {
        let (summary, feed) = (Summary::of(&feed), Arc::new(feed));
        let held = Held::new((summary, came), Place::Raw(Arc::new(raw)), of);
        held.state().parsed = Arc::downgrade(&feed);
        held.recent.keep(held.id, &feed);
        Arc::new(held)
    }

    /// One that is in this file, under this name.
    pub(super) fn stored(
        about: (Summary, Came),
        (store, name): (&Arc<Store>, &str),
        of: Of<'_>,
    ) -> Option<Arc<Self>> {
        let place = Place::Stored(store.clone(), store.disk()?.rely_on(name));
        Some(Arc::new(Held::new(about, place, of)))
    }

    /// One that another limpid has written down.
    pub(super) fn packed(about: (Summary, Came), body: Body, of: Of<'_>) -> Arc<Self> {
        Arc::new(Held::new(about, Place::Packed(Arc::new(body)), of))
    }

    fn new((summary, came): (Summary, Came), place: Place, (origin, recent, max): Of<'_>) -> Self {
        let state = Mutex::new(State { parsed: Weak::new(), place });
        let (origin, recent, id) = (origin.clone(), recent.clone(), recent.id());
        Held { summary, came, origin, state, is_lost: AtomicBool::new(false), recent, id, max }
    }

    /// The feed. It may have to be read again, from the store as well: it is for threads that may wait for the disk. `None`
    /// where the store has lost it.
    pub fn feed(&self) -> Option<Arc<Feed>> {
        let mut state = self.state();
        let known = state.parsed.upgrade();
        let feed = known.or_else(|| self.read(&state.place));
        match &feed {
            Some(feed) => {
                state.parsed = Arc::downgrade(feed);
                self.recent.keep(self.id, feed);
            }
            None => self.is_lost.store(true, Ordering::Relaxed),
        }
        feed
    }

    /// Whether the store has lost it: then there is nothing good of this source, until it is asked for again.
    pub(super) fn is_lost(&self) -> bool {
        self.is_lost.load(Ordering::Relaxed)
    }

    /// The body, packed, where it is in memory: it is packed now where it has not been. `None` where it is in the store, or
    /// can not be packed.
    pub(super) fn pack(&self) -> Option<Arc<Body>> {
        let raw = match &self.state().place {
            Place::Raw(raw) => raw.clone(),
            Place::Packed(body) => return Some(body.clone()),
            Place::Stored(..) => return None,
        };
        // Nobody who needs the feed waits for it.
        let body = Arc::new(raw.pack()?);
        let mut state = self.state();
        if matches!(state.place, Place::Raw(_)) {
            state.place = Place::Packed(body.clone());
        }
        Some(body)
    }

    /// It has been written down under this name: from now on it is in that file alone.
    pub(super) fn is_written(&self, store: &Arc<Store>, name: &str) {
        let mut state = self.state();
        if let (Place::Packed(_), Some(disk)) = (&state.place, store.disk()) {
            state.place = Place::Stored(store.clone(), disk.rely_on(name));
        }
    }

    fn read(&self, place: &Place) -> Option<Arc<Feed>> {
        let digest = &self.came.body;
        let body = match place {
            Place::Raw(raw) => Some(raw.bytes().to_vec()),
            Place::Packed(body) => Body::unpack(body.bytes(), digest, self.max),
            Place::Stored(store, relied) => Body::unpack(&store.disk()?.body(relied)?, digest, self.max),
        };
        let read = reading::read(body?, &self.came.headers(), &self.origin);
        read.inspect_err(|error| tracing::error!(%error, "what was kept of a feed can not be read"))
            .ok()
            .map(Arc::new)
    }

    /// A place is as good after a panic elsewhere as before.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.recent.forget(self.id);
    }
}
