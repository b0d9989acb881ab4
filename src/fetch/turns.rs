//! Turns at a host: a few requests at a time, and never many at once, whoever they are for.
//!
//! Feeds and the pages of their items wait in one queue for each host. However many pages are wanted, and however many
//! feeds for which no reader waits, only a few of each are in it at a time, so that a feed for which a reader waits has no
//! more than those before it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use moka::future::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::clock::{Clock, between, later};
use crate::store::shared::{Shared, Slot};

/// How many requests to one host are under way at a time.
const AT_ONCE: usize = 2;

/// How many hosts' queues are remembered.
const REMEMBERED: u64 = 10_000;

/// What a turn is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// A source.
    Feed,
    /// The page of an item.
    Page,
}

/// The queues of all hosts.
#[derive(Clone, Debug)]
pub struct Turns {
    hosts: Cache<String, Arc<Host>>,
    spacing: Duration,
    /// Where those of other limpids count as well.
    shared: Option<Arc<Shared>>,
}

/// One host's queue.
#[derive(Debug)]
struct Host {
    all: Arc<Semaphore>,
    pages: Arc<Semaphore>,
    /// For feeds that no reader waits for.
    unhurried: Arc<Semaphore>,
    /// When the next request may start.
    next: Mutex<Timestamp>,
}

/// A turn, until it is dropped.
#[derive(Debug)]
pub struct Turn {
    _all: Option<OwnedSemaphorePermit>,
    _page: Option<OwnedSemaphorePermit>,
    _shared: Option<Slot>,
}

/// Leave to wait for a turn, until it is dropped.
#[derive(Debug)]
pub struct Place {
    _place: Option<OwnedSemaphorePermit>,
}

impl Turns {
    /// Requests to one host start no sooner after each other than `spacing`.
    pub fn new(spacing: Duration) -> Self {
        Turns { hosts: Cache::new(REMEMBERED), spacing, shared: None }
    }

    /// The same queues, where a turn is one of all limpids together: it is waited for here first, and then there.
    #[must_use]
    pub fn shared(self, shared: Option<Arc<Shared>>) -> Self {
        Turns { shared, ..self }
    }

    /// The same queues, spaced in another way from now on.
    #[must_use]
    pub fn spaced(&self, spacing: Duration) -> Self {
        Turns { spacing, ..self.clone() }
    }

    /// Waits until one for which no reader waits may wait for its turn at a host.
    pub async fn place(&self, host: &str) -> Place {
        Place { _place: self.host(host).await.unhurried.clone().acquire_owned().await.ok() }
    }

    async fn host(&self, host: &str) -> Arc<Host> {
        self.hosts.get_with_by_ref(host, async { Arc::new(Host::new()) }).await
    }

    /// Waits for a turn at a host.
    pub async fn take(&self, host: &str, what: For, clock: &dyn Clock) -> Turn {
        let queue = self.host(host).await;
        let page = match what {
            For::Feed => None,
            // No semaphore of a queue is ever closed.
            For::Page => queue.pages.clone().acquire_owned().await.ok(),
        };
        let all = queue.all.clone().acquire_owned().await.ok();
        let shared = match &self.shared {
            Some(shared) => Box::pin(shared.slot(host, AT_ONCE, self.spacing)).await,
            None => None,
        };
        // Also where there is a turn of all, so that what comes next is spaced if that can not be had any more.
        let own = queue.wait(clock.now(), self.spacing);
        let wait = shared.as_ref().map_or(own, |slot| slot.wait.max(own));
        if !wait.is_zero() {
            clock.wait(wait).await;
        }
        Turn { _all: all, _page: page, _shared: shared }
    }
}

impl Host {
    fn new() -> Self {
        let [all, pages, unhurried] = [(); 3].map(|()| Arc::new(Semaphore::new(AT_ONCE)));
        Host { all, pages, unhurried, next: Mutex::new(Timestamp::MIN) }
    }

    /// Takes the next start, and says how long it is until then.
    fn wait(&self, now: Timestamp, spacing: Duration) -> Duration {
        // A time is as good after a panic elsewhere as before.
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = between(now, *next);
        // Those before can not have taken more than this: the clock has gone back.
        let wait = if wait > spacing.saturating_mul(32) { Duration::ZERO } else { wait };
        *next = later(now, wait.saturating_add(spacing));
        wait
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use jiff::SignedDuration;

    use super::*;
    use crate::clock::ManualClock;

    const SPACING: Duration = Duration::from_millis(100);

    fn now() -> Timestamp {
        "2026-06-15T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn p19_requests_to_a_host_start_one_after_the_other() {
        let host = Host::new();
        let waits: Vec<u128> = (0..10).map(|_| host.wait(now(), SPACING).as_millis()).collect();
        assert_eq!(waits, [0, 100, 200, 300, 400, 500, 600, 700, 800, 900], "ten within a second");
        let later = now() + SignedDuration::from_secs(60);
        assert_eq!(host.wait(later, SPACING), Duration::ZERO);
        // A clock that goes back keeps nobody waiting.
        assert_eq!(host.wait(now(), SPACING), Duration::ZERO);
        assert_eq!(host.wait(now(), SPACING), SPACING);
        let host = Host::new();
        assert!((0..10).all(|_| host.wait(now(), Duration::ZERO).is_zero()));
    }

    #[tokio::test]
    async fn p19_two_at_a_time_of_a_host_and_pages_do_not_crowd_out_feeds() {
        let (turns, clock) = (Turns::new(SPACING), ManualClock::at(now()));
        let take = |host, what| turns.take(host, what, &clock);
        let first = take("a.example", For::Page).await;
        let second = take("a.example", For::Page).await;
        assert!(
            take("b.example", For::Feed).now_or_never().is_some(),
            "other hosts have queues of their own"
        );
        // Many pages wait before the feed does, which comes first all the same.
        let mut pages: Vec<_> = (0..5).map(|_| Box::pin(take("a.example", For::Page))).collect();
        assert!(pages.iter_mut().all(|page| page.now_or_never().is_none()));
        let mut feed = Box::pin(take("a.example", For::Feed));
        assert!((&mut feed).now_or_never().is_none(), "there are two under way");
        drop(first);
        assert!((&mut feed).now_or_never().is_some());
        drop(second);
        assert_eq!(clock.waited(), [SPACING, SPACING * 2]);
    }
}
