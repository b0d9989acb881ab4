//! Bodies that somebody relies on being in the store, for they are not in memory. Where one has to make way for others, it
//! comes back.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// That somebody relies on the body of a key, until it is dropped.
#[derive(Debug)]
pub struct Relied {
    /// What it is known by in the store.
    pub(super) key: String,
    /// The body, packed, once it has had to make way.
    body: Mutex<Option<Vec<u8>>>,
}

impl Relied {
    /// The body, where it is not in the store any more.
    pub(super) fn body(&self) -> Option<Vec<u8>> {
        self.lock().clone()
    }

    /// Bytes are as good after a panic elsewhere as before.
    fn lock(&self) -> MutexGuard<'_, Option<Vec<u8>>> {
        self.body.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything that is relied on, by its key.
#[derive(Debug, Default)]
pub(super) struct AllRelied(Mutex<All>);

#[derive(Debug, Default)]
struct All {
    by_key: HashMap<String, Weak<Relied>>,
    /// How many there were when those were last taken out that nobody relies on any more.
    swept: usize,
}

/// So many more than before may nobody rely on.
const SLACK: usize = 64;

impl AllRelied {
    /// Relies on the body of this key. Whoever did so before, did so on an older one.
    pub fn add(&self, key: &str) -> Arc<Relied> {
        let relied = Arc::new(Relied { key: key.to_owned(), body: Mutex::default() });
        let mut all = self.all();
        if all.by_key.len() > 2 * all.swept + SLACK {
            all.by_key.retain(|_, one| one.strong_count() > 0);
            all.swept = all.by_key.len();
        }
        all.by_key.insert(key.to_owned(), Arc::downgrade(&relied));
        relied
    }

    /// A body has had to make way: who relies on it has it from now on.
    pub fn give_back(&self, key: &str, body: Vec<u8>) {
        if let Some(relied) = self.all().by_key.get(key).and_then(Weak::upgrade) {
            *relied.lock() = Some(body);
        }
    }

    /// So is a map.
    fn all(&self) -> MutexGuard<'_, All> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
