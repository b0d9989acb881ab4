//! A lock on a source: that one limpid asks its publisher, and no other.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;

use super::{Shared, Written, keys};
use crate::store::record::{Body, Record};

/// How long a lock holds that nobody renews. A limpid that is killed while it holds one keeps the others waiting no longer
/// than this, and a fetch may take longer (`[fetch] timeout`, 30 seconds unless said otherwise, and its time in the
/// host's queue); so who lives renews it.
pub(super) const EXPIRY: Duration = Duration::from_secs(10);

/// In how many parts of that it is renewed: one renewal may be lost.
const RENEWALS: u32 = 3;

/// A lock, until it is finished or dropped.
#[derive(Debug)]
pub struct Lease {
    shared: Arc<Shared>,
    name: String,
    token: String,
    /// The digest of the body that Redis has, or nothing.
    pub has: String,
    renewal: JoinHandle<()>,
    is_finished: bool,
}

impl Lease {
    pub(super) fn new(shared: &Arc<Shared>, name: &str, token: String, has: String) -> Self {
        let (lock, number, holder) = (keys::lock(name), token.clone(), shared.clone());
        let renewal = tokio::spawn(async move {
            loop {
                tokio::time::sleep(holder.expiry / RENEWALS).await;
                // Where it is not ours any more, or Redis is away: what is written is refused, or compared.
                let milliseconds = holder.expiry.as_millis().to_string();
                if holder.hold(&lock, &number, &milliseconds).await != Some(1) {
                    return;
                }
            }
        });
        Lease { shared: shared.clone(), name: name.to_owned(), token, has, renewal, is_finished: false }
    }

    /// Writes what came of asking, and gives the lock back, in one step. `None` where Redis is away.
    pub async fn finish(mut self, record: &Record, body: Option<&Body>) -> Option<Written> {
        self.renewal.abort();
        let written = self.shared.write(&self.name, Some(&self.token), record, body).await;
        // What was not written leaves the lock as it is.
        self.is_finished = !matches!(written, None | Some(Written::BodyWanted));
        written
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.renewal.abort();
        if self.is_finished || self.shared.link.is_away() {
            return;
        }
        let (shared, lock, token) = (self.shared.clone(), keys::lock(&self.name), self.token.clone());
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { shared.hold(&lock, &token, "0").await });
        }
    }
}
