//! What RSS calls things, in all its versions: 0.90 and 1.0 (<https://web.resource.org/rss/1.0/spec>), 0.91 to
//! 2.0 (<https://www.rssboard.org/rss-specification>), with the modules that carry content, authors and dates.

use super::ns::Ns;
use super::{Feed, Field, Meaning, TextKind};

/// The meaning of an element inside `channel` or `item`. RSS's own names are matched in any case, as readers
/// do.
pub fn meaning(ns: Ns, name: &str) -> Meaning {
    match ns {
        Ns::Rss => plain(name).or_else(|| plain(&name.to_ascii_lowercase())).unwrap_or(Meaning::Other),
        _ => extended(ns, name),
    }
}

fn plain(name: &str) -> Option<Meaning> {
    Some(match name {
        "title" => Meaning::Title,
        "link" => Meaning::Link,
        "guid" => Meaning::Id,
        "author" => Meaning::Author,
        "category" => Meaning::Category,
        "pubDate" | "pubdate" => Meaning::Published,
        "description" => Meaning::Summary,
        "enclosure" => Meaning::Enclosure,
        "generator" => Meaning::Generator,
        _ => return None,
    })
}

fn extended(ns: Ns, name: &str) -> Meaning {
    match (ns, name) {
        (Ns::DublinCore, "creator") => Meaning::Author,
        (Ns::DublinCore, "subject") => Meaning::Category,
        (Ns::DublinCore, "date") | (Ns::DcTerms, "created" | "issued") | (Ns::Atom, "published") => {
            Meaning::Published
        }
        (Ns::Atom, "updated") | (Ns::DcTerms, "modified") => Meaning::Updated,
        (Ns::Content, "encoded") | (Ns::Xhtml, "body" | "div") => Meaning::Content,
        _ => Meaning::Other,
    }
}

/// The kind of a text: RSS does not say, and readers take all of it for HTML.
pub fn text_kind(feed: &Feed, field: &Field) -> TextKind {
    match field.ns {
        _ if field.has_children => TextKind::Xhtml,
        Ns::Media => media_text_kind(feed, field),
        _ => TextKind::Html,
    }
}

/// Media RSS texts are plain unless they say otherwise (Media RSS 1.5.1, `media:description`).
pub fn media_text_kind(feed: &Feed, field: &Field) -> TextKind {
    match feed.attribute(field, "type").as_deref() {
        Some("html") => TextKind::Html,
        _ => TextKind::Plain,
    }
}
