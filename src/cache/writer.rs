//! Writes down what is learnt of sources, off the way of requests: what has come together, in one transaction.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio_util::task::TaskTracker;

use super::known::Known;
use super::saved;
use crate::store::record::{Body, Record};
use crate::store::{Put, Store};

/// What writes to a store.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    store: Arc<Store>,
    pending: Arc<Mutex<Vec<Pending>>>,
    /// Grows with everything that is learnt, so that what is older is not written over what is newer.
    turn: Arc<AtomicU64>,
}

/// What is to be written.
#[derive(Debug)]
struct Pending {
    name: String,
    known: Arc<Known>,
    turn: u64,
}

impl Writer {
    /// For this store.
    pub fn new(store: Arc<Store>) -> Self {
        Writer { store, pending: Arc::default(), turn: Arc::default() }
    }

    /// What it writes to.
    pub fn store(&self) -> &Arc<Store> {
        &self.store
    }

    /// Writes down what is known of a source, as soon as what was to be written before is.
    pub fn save(&self, name: String, known: Arc<Known>, background: &TaskTracker) {
        {
            // A list is as good after a panic elsewhere as before.
            let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
            let turn = self.turn.fetch_add(1, Ordering::Relaxed);
            pending.push(Pending { name, known, turn });
        }
        let this = self.clone();
        background.spawn(self.store.clone().later(move |_| this.write()));
    }

    /// Waits until most of what there was to be written is: who learns more then does not learn faster than it is
    /// written down.
    pub async fn caught_up(&self) {
        self.store.caught_up().await;
    }

    /// Writes all that has come since it was last called; it may be nothing.
    fn write(&self) {
        let all = std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner));
        let held = |pending: &Pending| Some(pending.known.good.as_ref()?.held.clone());
        // A body that could not be written before is, now.
        let bodies: Vec<Option<Arc<Body>>> =
            all.iter().map(|pending| held(pending).and_then(|held| held.pack())).collect();
        let records: Vec<Record> = all.iter().map(|pending| saved::record(&pending.known)).collect();
        let puts = all.iter().zip(&records).zip(&bodies).map(|((pending, record), body)| Put {
            key: &pending.name,
            record,
            body: body.as_deref(),
            turn: Some(pending.turn),
        });
        let written = self.store.put_all(&puts.collect::<Vec<Put<'_>>>());
        for ((pending, body), is_written) in all.iter().zip(&bodies).zip(written) {
            if let (Some(held), Some(_), true) = (held(pending), body, is_written) {
                held.is_written(&self.store, &pending.name);
            }
        }
    }
}
