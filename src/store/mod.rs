//! What outlives a restart: what is known of each source. It is in one file that is safe against crashes, or in a Redis
//! that many limpids share.
//!
//! The store is a help, never a condition: whatever is wrong with it, limpid serves from memory, and says so once.

mod disk;
mod file;
pub mod record;
mod relied;
pub mod shared;

use std::path::Path;
use std::sync::Arc;

use disk::Disk;
pub use file::{Kept, Put};
use record::{Body, Record};
pub use relied::Relied;
use shared::Shared;

/// A store: one of two kinds. All its methods wait, for the disk or for Redis: they are for threads that may.
#[derive(Debug)]
pub enum Store {
    /// A file of this process.
    Disk(Box<Disk>),
    /// A Redis that others use as well. What has to wait for its answers without a thread does so with [`Shared`] itself.
    Shared(Arc<Shared>),
}

impl Store {
    /// Opens the store in this file, of at most so many bytes. One that is broken is moved aside.
    pub fn open(path: &Path, max_size: u64) -> Arc<Self> {
        disk::open(path, max_size)
    }

    /// What is shared with other limpids, where it is.
    pub fn shared(&self) -> Option<&Arc<Shared>> {
        match self {
            Store::Disk(_) => None,
            Store::Shared(shared) => Some(shared),
        }
    }

    /// The file of this process, where it is one.
    pub fn disk(&self) -> Option<&Disk> {
        match self {
            Store::Disk(disk) => Some(disk),
            Store::Shared(_) => None,
        }
    }

    /// Writes something away from what answers readers: to a file one after the other, for a slow disk takes one thread,
    /// and not all there are.
    pub async fn later(self: Arc<Self>, what: impl FnOnce(&Store) + Send + 'static) {
        let _turn = match &*self {
            Store::Disk(disk) => disk.turn().await,
            Store::Shared(_) => None,
        };
        let store = self.clone();
        if let Err(error) = tokio::task::spawn_blocking(move || what(&store)).await {
            tracing::error!(%error, "nothing was written to the store");
        }
    }

    /// Waits until most of what was to be written before is; of a Redis nothing is waited for.
    pub async fn caught_up(&self) {
        if let Store::Disk(disk) = self {
            disk.turn().await;
        }
    }

    /// What is known of a source, and its body, packed: see [`Body::unpack`].
    pub fn get(&self, key: &str) -> Option<Kept> {
        match self {
            Store::Disk(disk) => disk.get(key),
            Store::Shared(shared) => shared.waited(shared.find(key)),
        }
    }

    /// Writes what is known of a source or a page, and its body where that is a new one. Of sources `turn` grows: what
    /// has a smaller one than what is written already is left out; in Redis, what was asked earlier. Says whether it is
    /// there.
    pub fn put(&self, key: &str, record: &Record, body: Option<&Body>, turn: Option<u64>) -> bool {
        match self {
            Store::Disk(disk) => disk.put(key, record, body, turn),
            Store::Shared(shared) => shared.waited(shared.offer(key, record, body)).is_some(),
        }
    }

    /// The same for many: in a file in one transaction. Says of each whether it is there.
    pub fn put_all(&self, puts: &[Put<'_>]) -> Vec<bool> {
        match self {
            Store::Disk(disk) => disk.put_all(puts),
            Store::Shared(_) => {
                puts.iter().map(|put| self.put(put.key, put.record, put.body, put.turn)).collect()
            }
        }
    }

    /// What is noted of every feed, packed: see [`Body::unpack_any`]. Of a Redis it is asked for by name, once that is
    /// there: see [`Shared::notes`].
    pub fn notes(&self) -> Vec<(String, Vec<u8>)> {
        match self {
            Store::Disk(disk) => disk.notes(),
            Store::Shared(_) => Vec::new(),
        }
    }

    /// Writes what is noted of a feed, or that there is no such feed any more; in Redis it is left to expire, for others
    /// may have that feed. Says whether it is there.
    pub fn put_note(&self, feed: &str, note: Option<&Body>) -> bool {
        match self {
            Store::Disk(disk) => disk.put_note(feed, note),
            Store::Shared(shared) => note.is_some_and(|note| shared.waited(shared.put_note(feed, note))),
        }
    }

    /// What is wrong with the store at the moment, in one sentence.
    pub fn problem(&self) -> Option<String> {
        match self {
            Store::Disk(disk) => disk.problem(),
            Store::Shared(shared) => shared.problem(),
        }
    }
}
