//! Feeds that are kept warm: their sources are asked whenever that is due, whether a reader asks or not.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Mutex;
use xxhash_rust::xxh3::xxh3_64;

use super::{App, Configured};
use crate::cache::known::Known;
use crate::clock::{between, later};
use crate::config::{FeedConfig, Origin, Refresh};

/// The first polls are spread over this much time.
const START: Duration = Duration::from_mins(1);

/// Later ones over this share of the time between two polls, after they are due: never before.
const SHARE: u32 = 10;

/// How often to look for what is due at least, in case the clock has been put forward.
const LONGEST: Duration = Duration::from_mins(1);

/// And at most.
const SHORTEST: Duration = Duration::from_secs(1);

impl App {
    /// Keeps feeds warm, where they are configured to be, until the application is dropped.
    pub fn keep_warm(app: &Arc<App>) -> impl Future<Output = ()> + Send + use<> {
        let app = Arc::downgrade(app);
        async move {
            while let Some(app) = app.upgrade() {
                let wait = app.poll().await;
                drop(app);
                tokio::time::sleep(wait).await;
            }
        }
    }

    /// Begins to ask for what is due of the feeds that are kept warm, and says when to look again.
    pub async fn poll(&self) -> Duration {
        self.current().poll().await
    }
}

/// When to look at which source again: of many sources few are due at a time, and only those are looked at.
#[derive(Debug)]
pub(super) struct Agenda {
    kept: Vec<Kept>,
    state: Mutex<State>,
}

/// A source that is kept warm.
#[derive(Debug)]
struct Kept {
    /// The feed that it is asked for.
    feed: Arc<str>,
    min_interval: Duration,
    origin: Arc<Origin>,
}

#[derive(Debug)]
struct State {
    /// When to look at each, by its place among them; the first to come is on top.
    next: BinaryHeap<Reverse<(Timestamp, usize)>>,
    /// When that was last done.
    looked: Timestamp,
}

impl Agenda {
    /// All that are kept warm of these feeds are to be looked at.
    pub(super) fn of(feeds: &[Arc<FeedConfig>]) -> Self {
        let warm = feeds.iter().filter(|feed| feed.refresh == Refresh::Background);
        let kept = warm.flat_map(|feed| feed.origins()).map(|(feed, origin)| Kept {
            feed: feed.name.as_str().into(),
            min_interval: feed.min_interval,
            origin: origin.clone(),
        });
        let kept: Vec<Kept> = kept.collect();
        let next = all(kept.len());
        Agenda { kept, state: Mutex::new(State { next, looked: Timestamp::MIN }) }
    }
}

/// So many, to be looked at now.
fn all(count: usize) -> BinaryHeap<Reverse<(Timestamp, usize)>> {
    (0..count).map(|at| Reverse((Timestamp::MIN, at))).collect()
}

impl Configured {
    async fn poll(&self) -> Duration {
        let now = self.clock.now();
        let mut state = self.agenda.state.lock().await;
        if now < state.looked {
            // The clock has gone back, and what was far away may be due.
            state.next = all(self.agenda.kept.len());
        }
        state.looked = now;
        while let Some(Reverse((at, _))) = state.next.peek()
            && *at <= now
        {
            let Some(Reverse((_, at))) = state.next.pop() else { break };
            let kept = &self.agenda.kept[at];
            let known = self.sources.peek(&kept.origin).await;
            let again = self.until(kept, known.as_deref(), now).unwrap_or_else(|| {
                self.sources.refresh(&kept.feed, &kept.origin, kept.min_interval);
                // What comes of it says when it is due again; until then this is often enough.
                kept.min_interval.min(LONGEST)
            });
            state.next.push(Reverse((later(now, again.max(SHORTEST)), at)));
        }
        let wait = state.next.peek().map_or(LONGEST, |Reverse((at, _))| between(now, *at));
        wait.clamp(SHORTEST, LONGEST)
    }

    /// How long until a source is to be asked for a feed; `None` for now. Each feed has a delay of its own, or else
    /// all that were once asked at the same time would be for ever; where several are of one host, so have sources.
    fn until(&self, kept: &Kept, known: Option<&Known>, now: Timestamp) -> Option<Duration> {
        let Some(known) = known else {
            let start = later(self.started, delay(&kept.feed, START));
            return Some(between(now, start)).filter(|left| !left.is_zero());
        };
        let share = if kept.origin.late == 0 { kept.min_interval / SHARE } else { Duration::ZERO };
        let at = later(known.due(), delay(&kept.feed, share));
        // A clock that has gone back makes it due although that time is far away.
        let is_early = !known.is_due(now) || (known.due() <= now && now < at);
        is_early.then(|| between(now, at))
    }
}

/// A share of a length of time that is always the same for a name.
fn delay(name: &str, within: Duration) -> Duration {
    let part = u32::try_from(xxh3_64(name.as_bytes()) % 1000).unwrap_or_default();
    within * part / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p19_delays_are_spread_and_steady() {
        let delays: Vec<Duration> = (0..100).map(|n| delay(&format!("feed-{n}"), START)).collect();
        assert!(delays.iter().all(|delay| *delay < START));
        let early = delays.iter().filter(|delay| **delay < START / 2).count();
        assert!((30..=70).contains(&early), "{early} of 100 in the first half");
        assert_eq!(delay("feed-1", START), delays[1]);
    }
}
