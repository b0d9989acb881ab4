//! The time, as conditions ask for it.

use jiff::Timestamp;

/// The time at which conditions are judged, and until when what they say holds.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Now.
    pub now: Timestamp,
    /// The first time at which one of the answers changes.
    pub until: Option<Timestamp>,
}

impl Moment {
    /// Whether `then` has come; notes that the answer changes when it does.
    pub fn has_come(&mut self, then: Timestamp) -> bool {
        let come = then <= self.now;
        if !come && self.until.is_none_or(|until| then < until) {
            self.until = Some(then);
        }
        come
    }
}
