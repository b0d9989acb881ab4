//! What is known of a source: what was last good, what went wrong since, and when to ask again.
//!
//! Source: RFC 9111 §4.2 *Freshness*, §4.2.4 *Serving Stale Responses*; RFC 5861 *stale-while-revalidate*,
//! *stale-if-error*.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::held::Held;
use super::moved::Moved;
use crate::clock::{between, later};
use crate::fetch::politeness::{LONGEST, Validators};
use crate::fetch::{FetchError, Headers};

/// What is known of a source.
#[derive(Clone, Debug)]
pub struct Known {
    /// The last good copy.
    pub good: Option<Good>,
    /// What went wrong when it was last asked for.
    pub problem: Option<Arc<FetchError>>,
    /// How many times in a row it has.
    pub(super) failures: u32,
    /// When it was last asked for.
    pub asked: Timestamp,
    /// How long until it is asked for again.
    pub(super) wait: Duration,
    /// Where its publisher says that it is from now on.
    pub(super) moved: Moved,
}

/// A good copy of a source.
#[derive(Clone, Debug)]
pub struct Good {
    /// The feed, wherever it is.
    pub held: Arc<Held>,
    /// A digest of its text.
    pub digest: u128,
    /// When this text was first seen.
    pub since: Timestamp,
    /// When its publisher was to be asked whether it still stands.
    pub(super) fresh_until: Timestamp,
    pub(super) validators: Validators,
    /// How long its publisher said it was fresh.
    pub(super) lifetime: Option<Duration>,
}

impl Known {
    /// Nothing, for now.
    pub(super) fn not_asked(now: Timestamp, wait: Duration) -> Self {
        let (problem, moved) = (Some(Arc::new(FetchError::TooMany)), Moved::default());
        Known { good: None, problem, failures: 0, asked: now, wait, moved }
    }

    /// Whether there was a good copy, and the store has lost it.
    pub(super) fn is_lost(&self) -> bool {
        self.good.as_ref().is_some_and(|good| good.held.is_lost())
    }

    /// All that is known but the text: where nothing was wrong with it, it is asked for anew.
    pub(super) fn without_text(&self) -> Self {
        let wait = if self.problem.is_some() { self.wait } else { Duration::ZERO };
        Known { good: None, wait, ..self.clone() }
    }

    /// How long until it is asked for again, at most a day: nothing is promised for longer. A clock that has gone
    /// back makes nothing fresher than it was.
    pub fn left(&self, now: Timestamp) -> Duration {
        if self.is_due(now) {
            return Duration::ZERO;
        }
        between(now, self.due()).min(self.wait).min(LONGEST)
    }

    /// For how long it has been known. A clock that has gone back makes nothing younger than new.
    pub fn age(&self, now: Timestamp) -> Duration {
        between(self.asked, now)
    }

    /// For how long it has been time to ask for it again.
    pub fn overdue(&self, now: Timestamp) -> Duration {
        between(self.due(), now)
    }

    /// When it is to be asked for again.
    pub fn due(&self) -> Timestamp {
        later(self.asked, self.wait)
    }

    /// Whether it is time to. A clock that has gone back makes nothing fresh for ever.
    pub fn is_due(&self, now: Timestamp) -> bool {
        is_over(self.asked, self.due(), now)
    }

    /// Whether its publisher has said that it is gone for good (RFC 9110 §15.5.11).
    pub(super) fn is_gone(&self) -> bool {
        self.problem.as_ref().is_some_and(|problem| is_gone(problem))
    }

    /// Whether it is good enough to answer with while it is asked for.
    pub(super) fn can_be_revalidated(&self, now: Timestamp, window: Duration) -> bool {
        self.good.is_some() && self.overdue(now) < window
    }

    /// As it is answered with: a copy stands in for one that can not be had for so long, and no longer.
    pub(super) fn within(self: Arc<Self>, now: Timestamp, window: Duration) -> Arc<Self> {
        let is_too_old = self.problem.is_some()
            && self.good.as_ref().is_some_and(|good| now >= later(good.fresh_until, window));
        if is_too_old { Arc::new(Known { good: None, ..Known::clone(&self) }) } else { self }
    }

    /// Until when it is not to be forgotten: what was forgotten would be asked for again at once. Of a good copy
    /// that is the floor between requests; an error is to be remembered for as long as it says.
    pub(super) fn keep_until(&self, floor: Duration) -> Timestamp {
        if self.problem.is_some() {
            self.due()
        } else {
            self.asked.saturating_add(floor).unwrap_or(self.due())
        }
    }
}

impl Good {
    /// The same copy, which has come once more with these headers.
    pub(super) fn again(same: &Good, headers: Headers) -> Self {
        // A copy whose end is missing is not one to be asked about again: the next one is to be whole.
        let is_cut_off = same.held.summary.is_cut_off;
        let validators = if is_cut_off { Validators::default() } else { headers.validators };
        Good { validators, lifetime: headers.lifetime, ..same.clone() }
    }
}

/// Whether a source is gone for good, by its publisher's word.
pub(super) fn is_gone(error: &FetchError) -> bool {
    matches!(error, FetchError::Status { status: 410, .. })
}

/// Whether a term is over. A clock that has gone back makes nothing last for ever.
pub(super) fn is_over(from: Timestamp, until: Timestamp, now: Timestamp) -> bool {
    now >= until || now < from - SignedDuration::from_mins(5)
}
