//! What Atom calls things: 1.0 (RFC 4287, §4) and 0.3 (draft-ietf-atompub-format-00, as it was in use).

use super::ns::Ns;
use super::{Feed, Field, Meaning, TextKind, rss};

/// The meaning of an element of Atom inside `feed` or `entry`; both versions, whose names do not collide.
pub fn meaning(name: &str) -> Meaning {
    match name {
        "title" => Meaning::Title,
        "link" => Meaning::Link,
        "id" => Meaning::Id,
        "author" => Meaning::Author,
        "category" => Meaning::Category,
        "published" | "issued" | "created" => Meaning::Published,
        "updated" | "modified" => Meaning::Updated,
        "summary" => Meaning::Summary,
        "content" => Meaning::Content,
        "generator" => Meaning::Generator,
        _ => Meaning::Other,
    }
}

/// The meaning of an element of another namespace.
pub fn extended(ns: Ns, name: &str) -> Meaning {
    match (ns, name) {
        // Atom 0.3 had no categories of its own.
        (Ns::DublinCore, "subject") => Meaning::Category,
        _ => Meaning::Other,
    }
}

/// What an entry's `link` is for, by its `rel` (RFC 4287 §4.2.7.2; without one it is `alternate`).
pub fn link_meaning(rel: Option<&str>) -> Meaning {
    // The long form of a registered relation means the short one.
    let rel = rel.map(|rel| rel.strip_prefix("http://www.iana.org/assignments/relation/").unwrap_or(rel));
    match rel {
        None | Some("alternate") => Meaning::Link,
        Some("enclosure") => Meaning::Enclosure,
        Some(_) => Meaning::Other,
    }
}

/// The kind of a text construct or of `content`, by its `type` (RFC 4287 §3.1.1, §4.1.3.3; Atom 0.3 has media
/// types there, and a `mode`).
pub fn text_kind(feed: &Feed, field: &Field) -> TextKind {
    if field.ns == Ns::Media {
        return rss::media_text_kind(feed, field);
    }
    if feed.attribute(field, "mode").as_deref() == Some("base64") {
        return TextKind::Plain;
    }
    match feed.attribute(field, "type").as_deref().map(str::trim) {
        Some("xhtml" | "application/xhtml+xml") => TextKind::Xhtml,
        Some("html" | "text/html") => TextKind::Html,
        _ if field.has_children => TextKind::Xhtml,
        _ => TextKind::Plain,
    }
}
