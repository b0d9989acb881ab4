//! Turns at a host that hold for every limpid together.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::{Shared, keys};

/// How long a request may take beside `[fetch] timeout` before it counts as one of a limpid that is no more.
const BESIDE: Duration = Duration::from_secs(5);

/// How often to look whether it is one's turn, where there are enough under way.
const LOOKS: [u64; 4] = [10, 20, 50, 100];

/// A turn at a host, until it is dropped.
#[derive(Debug)]
pub struct Slot {
    shared: Arc<Shared>,
    turns: String,
    name: String,
    /// How long to wait until the request may start.
    pub wait: Duration,
}

impl Shared {
    /// Waits for a turn at a host, of which so many may be under way at a time and which start no sooner after each other
    /// than `spacing`. `None` where Redis is away.
    pub async fn slot(self: &Arc<Self>, host: &str, at_once: usize, spacing: Duration) -> Option<Slot> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let [turns, next] = keys::host(host);
        let name = format!("{}:{}", self.name, NUMBER.fetch_add(1, Ordering::Relaxed));
        let longest = (self.limits.timeout + BESIDE).as_micros().to_string();
        let mut invocation = self.scripts.turn.key(&turns);
        invocation.key(next).arg(&name).arg(at_once).arg(spacing.as_micros().to_string()).arg(longest);
        // From the first word on: whoever stops waiting before the answer is there gives back what that says.
        let mut slot = Slot { shared: self.clone(), turns: turns.clone(), name, wait: Duration::ZERO };
        for nth in 0.. {
            let wait: i64 = self.link.run(&invocation, 0).await?;
            if let Ok(wait) = u64::try_from(wait) {
                slot.wait = Duration::from_micros(wait);
                return Some(slot);
            }
            let look = LOOKS.get(nth).or(LOOKS.last()).copied().unwrap_or_default();
            tokio::time::sleep(Duration::from_millis(look)).await;
        }
        None
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let (shared, mut command) = (self.shared.clone(), redis::cmd("ZREM"));
        command.arg(&self.turns).arg(&self.name);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { shared.link.tell::<i64>(&command, 0).await });
        }
    }
}
