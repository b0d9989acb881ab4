//! What Atom 1.0 calls things (RFC 4287, §4).

use super::ns::Ns;
use super::{Feed, Field, Meaning, TextKind};

/// The meaning of an element inside `feed` or `entry`.
pub fn meaning(ns: Ns, name: &str) -> Meaning {
    if ns != Ns::Atom {
        return Meaning::Other;
    }
    match name {
        "title" => Meaning::Title,
        "link" => Meaning::Link,
        "id" => Meaning::Id,
        "author" => Meaning::Author,
        "category" => Meaning::Category,
        "published" => Meaning::Published,
        "updated" => Meaning::Updated,
        "summary" => Meaning::Summary,
        "content" => Meaning::Content,
        "generator" => Meaning::Generator,
        _ => Meaning::Other,
    }
}

/// What an entry's `link` is for, by its `rel` (RFC 4287 §4.2.7.2; without one it is `alternate`).
pub fn link_meaning(rel: Option<&str>) -> Meaning {
    match rel {
        None | Some("alternate") => Meaning::Link,
        Some("enclosure") => Meaning::Enclosure,
        Some(_) => Meaning::Other,
    }
}

/// The kind of a text construct or of `content`, by its `type` (RFC 4287 §3.1.1, §4.1.3.3).
pub fn text_kind(feed: &Feed, field: &Field) -> TextKind {
    match feed.attribute(field, "type").as_deref().map(str::trim) {
        Some("xhtml") => TextKind::Xhtml,
        Some("html" | "text/html") => TextKind::Html,
        _ if field.has_children => TextKind::Xhtml,
        _ => TextKind::Plain,
    }
}
