//! The time, as something that is handed in, so that tests can turn it.

use std::fmt::Debug;
use std::sync::Mutex;
use std::time::Duration;

use futures_util::future::{BoxFuture, ready};
use jiff::{SignedDuration, Timestamp};

/// Tells the time.
pub trait Clock: Debug + Send + Sync {
    /// Now.
    fn now(&self) -> Timestamp;

    /// Waits for some time.
    fn wait(&self, time: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(time))
    }
}

/// A time so much later; the last there is, where that is beyond it.
pub fn later(time: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}

/// How long it is from one time to another; nothing where that one is over already.
pub fn between(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the one place that asks the machine")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that stands still until it is turned. Who waits with it is let through at once, and noted.
#[derive(Debug)]
pub struct ManualClock {
    time: Mutex<Timestamp>,
    waited: Mutex<Vec<Duration>>,
}

impl ManualClock {
    /// A clock that shows this time.
    pub fn at(time: Timestamp) -> Self {
        ManualClock { time: Mutex::new(time), waited: Mutex::default() }
    }

    /// Turns it, forward or backward.
    pub fn turn(&self, by: SignedDuration) {
        let mut time = self.time.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *time += by;
    }

    /// How long each of those that waited would have waited, in their order.
    pub fn waited(&self) -> Vec<Duration> {
        self.waited.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.time.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn wait(&self, time: Duration) -> BoxFuture<'_, ()> {
        self.waited.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(time);
        Box::pin(ready(()))
    }
}
