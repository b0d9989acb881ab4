//! What RSS 2.0 calls things (<https://www.rssboard.org/rss-specification>), with the modules that carry
//! content, authors and dates.

use super::Meaning;
use super::ns::Ns;

/// The meaning of an element inside `channel` or `item`.
pub fn meaning(ns: Ns, name: &str) -> Meaning {
    match (ns, name) {
        (Ns::None, "title") => Meaning::Title,
        (Ns::None, "link") => Meaning::Link,
        (Ns::None, "guid") => Meaning::Id,
        (Ns::None, "author") | (Ns::DublinCore, "creator") => Meaning::Author,
        (Ns::None, "category") | (Ns::DublinCore, "subject") => Meaning::Category,
        (Ns::None, "pubDate") | (Ns::DublinCore, "date") => Meaning::Published,
        (Ns::Atom, "updated") => Meaning::Updated,
        (Ns::None, "description") => Meaning::Summary,
        (Ns::Content, "encoded") => Meaning::Content,
        (Ns::None, "enclosure") => Meaning::Enclosure,
        (Ns::None, "generator") => Meaning::Generator,
        _ => Meaning::Other,
    }
}
