//! What a reader may be shown: elements, attributes, addresses.

use url::Url;

use super::address::{Scheme, scheme};
use crate::html::srcset::candidates;

/// What becomes of an element that is not allowed, or of one that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It stays.
    Allowed,
    /// It stays where its frame is of an allowed host.
    Frame,
    /// Its tags go, what is in it stays.
    Unwrap,
    /// It goes with all that is in it: that is no text for readers, or is read by other rules than HTML's.
    Remove,
}

/// Elements that may stay, sorted.
pub(super) const ELEMENTS: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "address",
    "article",
    "aside",
    "audio",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "data",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hgroup",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "main",
    "mark",
    "nav",
    "ol",
    "p",
    "picture",
    "pre",
    "q",
    "rp",
    "rt",
    "ruby",
    "s",
    "samp",
    "section",
    "small",
    "source",
    "span",
    "strike",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "track",
    "tt",
    "u",
    "ul",
    "var",
    "video",
    "wbr",
];

/// Elements that go with all that is in them, sorted.
pub(super) const REMOVED: &[&str] = &[
    "applet",
    "canvas",
    "datalist",
    "embed",
    "frame",
    "frameset",
    "math",
    "noembed",
    "noframes",
    "option",
    "param",
    "plaintext",
    "script",
    "select",
    "style",
    "svg",
    "template",
    "textarea",
    "title",
    "xmp",
];

/// What becomes of an element of this name, which is lower-case.
pub(super) fn element(name: &str) -> Verdict {
    if name == "iframe" {
        Verdict::Frame
    } else if ELEMENTS.binary_search(&name).is_ok() {
        Verdict::Allowed
    } else if REMOVED.binary_search(&name).is_ok() {
        Verdict::Remove
    } else {
        Verdict::Unwrap
    }
}

/// Attributes that say nothing but what they say, on whatever element.
pub(super) const GENERAL: &[&str] = &[
    "aria-describedby",
    "aria-hidden",
    "aria-label",
    "class",
    "dir",
    "id",
    "lang",
    "role",
    "title",
    "translate",
];

/// Whether an attribute may stay on an element. Both names are lower-case.
pub(super) fn attribute(element: &str, name: &str, value: &str) -> bool {
    match name {
        "href" => element == "a" && is_link(value),
        "cite" => matches!(element, "blockquote" | "q" | "del" | "ins") && is_link(value),
        "src" => {
            matches!(element, "img" | "audio" | "video" | "source" | "track" | "iframe") && is_media(value)
        }
        "poster" => element == "video" && is_media(value),
        // Where a link opens is the reader's business; a window of its own does no harm.
        "target" => element == "a" && value == "_blank",
        "srcset" => matches!(element, "img" | "source") && is_media_set(value),
        _ => GENERAL.binary_search(&name).is_ok() || own(element).contains(&name),
    }
}

/// Attributes of XHTML that XML needs.
pub(super) fn is_of_xml(name: &str) -> bool {
    matches!(name, "xmlns" | "xml:lang" | "xml:space") || name.starts_with("xmlns:")
}

/// The attributes of an element that are no addresses.
pub(super) fn own(element: &str) -> &'static [&'static str] {
    match element {
        "a" => &["hreflang", "name", "rel", "type"],
        "img" => &["align", "alt", "decoding", "height", "loading", "sizes", "width"],
        "source" => &["height", "media", "sizes", "type", "width"],
        "video" => &["controls", "height", "loop", "muted", "playsinline", "preload", "width"],
        "audio" => &["controls", "loop", "muted", "preload"],
        "track" => &["default", "kind", "label", "srclang"],
        "iframe" => &["allowfullscreen", "frameborder", "height", "loading", "width"],
        "td" | "th" => &["abbr", "align", "colspan", "headers", "rowspan", "scope", "valign", "width"],
        "table" => &["align", "border", "cellpadding", "cellspacing", "summary", "width"],
        "tr" | "tbody" | "thead" | "tfoot" => &["align", "valign"],
        "col" | "colgroup" => &["align", "span", "width"],
        "p" | "div" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "caption" | "hr" => &["align"],
        "ol" => &["reversed", "start", "type"],
        "ul" => &["type"],
        "li" | "data" => &["value"],
        "del" | "ins" | "time" => &["datetime"],
        "details" => &["open"],
        _ => &[],
    }
}

fn is_link(address: &str) -> bool {
    is_of(address, &["http", "https", "mailto", "magnet"])
}

fn is_media(address: &str) -> bool {
    is_of(address, &["http", "https"])
}

fn is_of(address: &str, schemes: &[&str]) -> bool {
    match scheme(address) {
        Scheme::None => true,
        Scheme::Named(name) => schemes.contains(&name.as_str()),
        Scheme::Doubtful => false,
    }
}

fn is_media_set(srcset: &str) -> bool {
    candidates(srcset).into_iter().all(|(address, _)| is_media(address))
}

/// The host of a frame; `None` where it has none of its own, or is not of the web.
pub(super) fn frame_host(src: &str) -> Option<String> {
    let src = src.trim();
    let url =
        if src.starts_with("//") { Url::parse(&format!("https:{src}")) } else { Url::parse(src) }.ok()?;
    let is_web = matches!(url.scheme(), "http" | "https");
    url.host_str().filter(|_| is_web).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted() {
        assert!(ELEMENTS.is_sorted() && REMOVED.is_sorted() && GENERAL.is_sorted());
        assert!(ELEMENTS.iter().all(|name| !REMOVED.contains(name)));
    }

    #[test]
    fn frames_have_hosts_of_the_web() {
        assert_eq!(frame_host("//A.example/x").as_deref(), Some("a.example"));
        assert_eq!(frame_host("https://b@a.example:1/").as_deref(), Some("a.example"));
        assert_eq!(frame_host("/x"), None);
        assert_eq!(frame_host("javascript://a.example/%0aalert(1)"), None);
    }
}
