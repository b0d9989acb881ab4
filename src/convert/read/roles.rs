//! What an element of a feed is for, whatever its format and namespace call it.

use crate::feed::{Format, Ns};

/// What an element is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Title,
    /// The subtitle of a feed, the short text of an item, or its only one.
    Summary,
    Content,
    Link,
    Id,
    Author,
    Contributor,
    Category,
    Published,
    Updated,
    Rights,
    Language,
    Generator,
    Image,
    Icon,
    Comments,
    Source,
    Enclosure,
    /// Where the publisher's own feed is, or how this one was put together.
    LeftOut,
    /// Something of the format's own that the other formats do not have.
    Own,
    /// Of another namespace, and understood the same in every format of XML.
    Extra,
}

/// What an element of a feed in XML is for.
pub(super) fn of(format: Format, ns: Ns, name: &str) -> Role {
    let is_rss = matches!(format, Format::Rss | Format::Rdf);
    match ns {
        Ns::Rss if is_rss => rss(&name.to_ascii_lowercase()),
        Ns::Rss if format == Format::Atom => Role::Own,
        Ns::Rss | Ns::Atom | Ns::Atom03 => atom(name),
        Ns::Xhtml if is_rss && matches!(name, "body" | "div") => Role::Content,
        Ns::Content if name == "encoded" => Role::Content,
        Ns::DublinCore => dublin_core(name),
        Ns::DcTerms if matches!(name, "created" | "issued") => Role::Published,
        Ns::DcTerms if name == "modified" => Role::Updated,
        Ns::Itunes if name == "new-feed-url" => Role::LeftOut,
        _ => Role::Extra,
    }
}

/// RSS's own names, in lower case.
fn rss(name: &str) -> Role {
    match name {
        "title" => Role::Title,
        "description" => Role::Summary,
        "link" => Role::Link,
        "guid" => Role::Id,
        "author" | "managingeditor" => Role::Author,
        "category" => Role::Category,
        "pubdate" => Role::Published,
        "lastbuilddate" => Role::Updated,
        "copyright" => Role::Rights,
        "language" => Role::Language,
        "generator" => Role::Generator,
        "image" => Role::Image,
        "comments" => Role::Comments,
        "source" => Role::Source,
        "enclosure" => Role::Enclosure,
        // RSS 1.0: the table of contents.
        "items" => Role::LeftOut,
        _ => Role::Own,
    }
}

/// Atom's names, of both versions.
fn atom(name: &str) -> Role {
    match name {
        "title" => Role::Title,
        "subtitle" | "tagline" | "summary" => Role::Summary,
        "content" => Role::Content,
        "link" => Role::Link,
        "id" => Role::Id,
        "author" => Role::Author,
        "contributor" => Role::Contributor,
        "category" => Role::Category,
        "published" | "issued" | "created" => Role::Published,
        "updated" | "modified" => Role::Updated,
        "rights" | "copyright" => Role::Rights,
        "generator" => Role::Generator,
        "logo" => Role::Image,
        "icon" => Role::Icon,
        "source" => Role::Source,
        _ => Role::Own,
    }
}

fn dublin_core(name: &str) -> Role {
    match name {
        "creator" => Role::Author,
        "contributor" => Role::Contributor,
        "subject" => Role::Category,
        "date" => Role::Published,
        "rights" => Role::Rights,
        "language" => Role::Language,
        _ => Role::Extra,
    }
}
