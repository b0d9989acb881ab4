//! What is told of a feed where its text is not at hand.

use serde::{Deserialize, Serialize};

use super::schedule::Schedule;
use super::{Feed, Format};
use crate::html::taken::shorten;

/// What is told of a feed without reading it again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// What it is.
    pub format: Format,
    /// What it calls itself, shortened; empty where it does not.
    pub title: String,
    /// How many items it has.
    pub items: usize,
    /// Whether its end is missing.
    pub is_cut_off: bool,
    /// When it wants to be asked for.
    pub schedule: Schedule,
}

impl Summary {
    /// That of a feed.
    ///
    /// ```
    /// let text = "<rss version='2.0'><channel><title>Tides</title><item/><item/></channel></rss>";
    /// let summary = limpid::feed::summary::Summary::of(&limpid::feed::parse(text.to_owned())?);
    /// assert_eq!((summary.title.as_str(), summary.items), ("Tides", 2));
    /// # Ok::<(), limpid::feed::ParseError>(())
    /// ```
    pub fn of(feed: &Feed) -> Self {
        Summary {
            format: feed.format,
            title: shorten(&feed.title()),
            items: feed.items.len(),
            is_cut_off: feed.is_cut_off,
            schedule: Schedule::of(feed),
        }
    }
}
