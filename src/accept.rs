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
