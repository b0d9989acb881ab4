//! Feeds that are kept warm: their sources are asked whenever that is due, whether a reader asks or not.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
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

impl Configured {
    async fn poll(&self) -> Duration {
        let now = self.clock.now();
        let mut wait = LONGEST;
        for feed in self.feeds.iter().filter(|feed| feed.refresh == Refresh::Background) {
            for (asking, origin) in feed.origins() {
                let known = self.sources.peek(origin).await;
                match self.until((asking, origin), known.as_deref(), now) {
                    None => self.sources.refresh(&asking.name, origin, asking.min_interval),
                    Some(left) => wait = wait.min(left),
                }
            }
        }
        wait.max(SHORTEST)
    }

    /// How long until a source is to be asked for a feed; `None` for now. Each feed has a delay of its own, or else
    /// all that were once asked at the same time would be for ever; where several are of one host, so have sources.
    fn until(
        &self,
        (feed, origin): (&FeedConfig, &Origin),
        known: Option<&Known>,
        now: Timestamp,
    ) -> Option<Duration> {
        let Some(known) = known else {
            let start = later(self.started, delay(&feed.name, START));
            return Some(between(now, start)).filter(|left| !left.is_zero());
        };
        let share = if origin.late == 0 { feed.min_interval / SHARE } else { Duration::ZERO };
        let at = later(known.due(), delay(&feed.name, share));
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
