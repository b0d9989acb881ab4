//! A feed before and after its rules, for people: its items as a reader would show them, what was taken marked in its
//! place, and the rule that took it named.

mod cuts;
pub mod diff;
mod frame;
mod mark;
mod shown;

pub use frame::document;
pub use shown::{Pair, Shown, Text};

use std::ops::Range;

use crate::feed::{self, Feed};
use crate::pipeline::Traced;

/// The most bytes of a text that are shown.
pub const MAX_SHOWN: usize = 64 << 10;

/// Items before and after: those of `range`, in the order in which they stand. `source` is the feed before its rules.
pub fn pairs(source: &Feed, traced: &Traced, range: Range<usize>) -> Vec<Pair> {
    let served = feed::parse(traced.cleaned.text.clone());
    if let Err(error) = &served {
        // A defect of limpid: edits leave a feed a feed. What came in can still be shown.
        tracing::error!(%error, "a cleaned feed can not be read");
    }
    let end = range.end.min(traced.places.len());
    let places = traced.places.get(range.start.min(end)..end).unwrap_or_default();
    shown::pairs(source, served.as_ref().ok(), traced, places)
}
