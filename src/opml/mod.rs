//! Lists of subscriptions, as readers exchange them: OPML 1.0 and 2.0 (<http://opml.org/spec2.opml>).
//!
//! Read leniently, as readers have written it for twenty years; written strictly.

mod list;
mod read;
mod write;

pub use list::subscriptions;
pub use read::{MAX_BYTES, MAX_FEEDS, OpmlError, Read, read};
pub use write::write;

/// The media type it is served as. None is registered; this is the one that says it is XML.
pub const MEDIA_TYPE: &str = "text/x-opml+xml; charset=utf-8";

/// A feed in a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subscription {
    /// What it is called; empty where nobody says.
    pub title: String,
    /// Its address, as it is written.
    pub address: String,
    /// The folders it is in, the outermost first.
    pub folder: Vec<String>,
    /// Whether it is a page that the reader itself makes a feed of.
    pub is_page: bool,
}
