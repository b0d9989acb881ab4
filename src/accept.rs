//! Which format a reader asks for.
//!
//! Source: RFC 9110 §12.5.1 *Accept*.

use hyper::header::{ACCEPT, HeaderMap};

use crate::convert::Target;
use crate::feed::Format;

/// The formats, by the media types that name them and nothing else.
const NAMES: &[(&str, Target)] = &[
    ("application/rss+xml", Target::Rss),
    ("application/atom+xml", Target::Atom),
    ("application/feed+json", Target::Json),
];

/// The format that a reader asks for, where it would not take the feed's own. Most readers name all the
/// formats they know, or anything at all: they get the feed as it is.
pub fn asked(request: &HeaderMap, own: Format) -> Option<Target> {
    let ranges = ranges(request);
    if ranges.iter().any(|(range, weight)| *weight > 0 && is_own(range, own)) {
        return None;
    }
    let anything = ["*/*", "application/*"].into_iter().map(|any| weight_of(&ranges, any)).max().unwrap_or(0);
    let named = NAMES.iter().map(|(name, target)| (weight_of(&ranges, name), *target));
    // The first of equals: RSS before Atom before JSON.
    let best = named.reduce(|best, next| if next.0 > best.0 { next } else { best })?;
    (best.0 > anything).then_some(best.1)
}

/// Whether it is a browser that asks, which shows what it gets to a person: it names HTML first, and likes nothing more;
/// it names no format of feeds, and XML only as something it likes less. Readers that also take HTML name a format, or
/// XML, or anything at all, and are no browsers.
pub fn is_browser(request: &HeaderMap) -> bool {
    let lines = || request.get_all(ACCEPT).iter().filter_map(|line| line.to_str().ok());
    if !lines().any(|line| line.contains("text/html")) {
        return false;
    }
    let ranges = ranges(request);
    let is_first = ranges.first().is_some_and(|(range, weight)| range == "text/html" && *weight == 1000);
    let names_feeds = |range: &str| {
        NAMES.iter().any(|(name, _)| *name == range)
            || matches!(range, "application/rdf+xml" | "text/rss+xml")
    };
    let is_as_good = |(range, weight): &(String, u16)| {
        names_feeds(range)
            || (matches!(range.as_str(), "application/xml" | "text/xml" | "*/*") && *weight == 1000)
    };
    is_first && !ranges.iter().any(is_as_good)
}

/// Whether a media type names a format, or the syntax it is written in.
fn is_own(range: &str, own: Format) -> bool {
    match range {
        "application/xml" | "text/xml" => own != Format::Json,
        "application/json" | "application/feed+json" => own == Format::Json,
        "application/rss+xml" => matches!(own, Format::Rss | Format::Rdf),
        "application/rdf+xml" => own == Format::Rdf,
        "application/atom+xml" => matches!(own, Format::Atom | Format::Atom03),
        _ => false,
    }
}

fn weight_of(ranges: &[(String, u16)], name: &str) -> u16 {
    ranges.iter().find(|(range, _)| range == name).map_or(0, |(_, weight)| *weight)
}

/// The media ranges of the request, lower-case, without parameters, with their weights in thousandths.
fn ranges(request: &HeaderMap) -> Vec<(String, u16)> {
    let lines = request.get_all(ACCEPT).iter().filter_map(|line| line.to_str().ok());
    let all = lines.flat_map(|line| line.split(',')).map(|one| {
        let (range, parameters) = one.split_once(';').unwrap_or((one, ""));
        (range.trim().to_ascii_lowercase(), crate::respond::weight(parameters))
    });
    all.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    fn got(accept: &'static str, own: Format) -> Option<Target> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(accept));
        asked(&headers, own)
    }

    #[test]
    fn readers_are_no_browsers() {
        let is_browser = |accept: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static(accept));
            is_browser(&headers)
        };
        for browser in [
            // Chromium, Firefox of today and of before, Safari, lynx.
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,\
             application/signed-exchange;v=b3;q=0.7",
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "text/html, application/xhtml+xml, image/jxr, */*;q=0.9",
            "text/html, text/plain, text/sgml, text/css, application/xhtml+xml, */*;q=0.01",
            "text/html",
        ] {
            assert!(is_browser(browser), "{browser}");
        }
        for reader in [
            "",
            "*/*",
            "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.8",
            "application/rss+xml, text/html;q=0.9",
            "text/html, application/rss+xml;q=0.9, */*;q=0.1",
            "text/html,application/xhtml+xml,application/xml,application/atom+xml;q=0.5",
            "text/html, application/xml, */*",
            "text/html, */*",
            "application/xml, text/html;q=0.5",
            "text/html;q=0.9, */*;q=0.8",
            "text/*",
            "text/html;q=0",
            "application/feed+json, text/html",
        ] {
            assert!(!is_browser(reader), "{reader}");
        }
        assert!(!super::is_browser(&HeaderMap::new()));
    }

    #[test]
    fn only_who_would_not_take_it_gets_another() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        for any in ["", "*/*", browser, "image/png", "garbage;;"] {
            assert_eq!(got(any, Format::Rss), None, "{any}");
            assert_eq!(got(any, Format::Json), None, "{any}");
        }
        let reader = "application/atom+xml, application/rss+xml;q=0.9, */*;q=0.1";
        assert_eq!(got(reader, Format::Rss), None);
        assert_eq!(got(reader, Format::Json), Some(Target::Atom));
        assert_eq!(got("application/feed+json", Format::Rss), Some(Target::Json));
        assert_eq!(got("Application/Feed+JSON ; q=0.5, */*;q=0.1", Format::Atom), Some(Target::Json));
        assert_eq!(got("application/feed+json, */*", Format::Atom), None);
        assert_eq!(got("application/feed+json;q=0", Format::Atom), None);
        assert_eq!(got("application/rss+xml", Format::Rdf), None);
        assert_eq!(got("application/rss+xml, application/atom+xml", Format::Json), Some(Target::Rss));
    }
}
