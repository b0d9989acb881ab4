//! Links by which a reader would go back to the publisher's own feed, past everything that was configured:
//! they lead to where the cleaned feed is read, or are left out.

use super::{Feed, Field, Format, Ns};
use crate::json::{Member, members};
use crate::span::Span;
use crate::text::{Style, encode};
use crate::xml::splice::Edit;
use crate::xml::tag;

/// What becomes of such a link.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// It names the address of the feed itself: now that of the cleaned one.
    Here,
    /// It is left out.
    Gone,
}

/// The relations that lead elsewhere.
const GONE: &[&str] =
    &["hub", "first", "last", "next", "previous", "prev", "current", "prev-archive", "next-archive"];

/// The edits by which a feed names `address` as its own, and what leads elsewhere is taken out: hubs (`WebSub`
/// §5), further pages (RFC 5005), `itunes:new-feed-url`; JSON Feed's `feed_url`, `hubs` and `next_url`. With each,
/// what stood there.
pub fn links_back(feed: &Feed, address: &str) -> Vec<(Edit, String)> {
    if feed.format == Format::Json { json(feed, address) } else { xml(feed, address) }
}

fn xml(feed: &Feed, address: &str) -> Vec<(Edit, String)> {
    let each = feed.fields.iter().filter_map(|field| {
        let was = feed.whole(field).of(&feed.source).to_owned();
        let edit = match xml_fate(feed, field)? {
            Fate::Gone => Edit::delete(with_space_before(&feed.source, feed.whole(field))),
            Fate::Here => {
                let href = tag::attribute_value(&feed.source, field.tag, "href")?;
                Edit::replace(href, crate::html::entity::escape_attribute(address))
            }
        };
        (edit.text != edit.span.of(&feed.source)).then_some((edit, was))
    });
    each.collect()
}

fn xml_fate(feed: &Feed, field: &Field) -> Option<Fate> {
    match (field.ns, feed.name(field)) {
        (Ns::Itunes, "new-feed-url") => Some(Fate::Gone),
        (Ns::Atom | Ns::Atom03, "link") => {
            match feed.attribute(field, "rel")?.trim().to_ascii_lowercase().as_str() {
                "self" => Some(Fate::Here),
                rel if GONE.contains(&rel) => Some(Fate::Gone),
                _ => None,
            }
        }
        _ => None,
    }
}

fn with_space_before(source: &str, span: Span) -> Span {
    let before = source[..span.start as usize].trim_end_matches(|c: char| c.is_ascii_whitespace());
    Span { start: crate::span::offset(before.len()), end: span.end }
}

fn json(feed: &Feed, address: &str) -> Vec<(Edit, String)> {
    let source = &feed.source;
    let all = feed.roots.first().map(|whole| members(source, *whole)).unwrap_or_default();
    let fate = |member: &Member| match member.key.of(source) {
        "\"feed_url\"" => Some(Fate::Here),
        "\"hubs\"" | "\"next_url\"" => Some(Fate::Gone),
        _ => None,
    };
    let mut edits = Vec::new();
    let mut end_before = None;
    for (index, member) in all.iter().enumerate() {
        let was = || Span { start: member.key.start, end: member.value.end }.of(source).to_owned();
        match fate(member) {
            Some(Fate::Here) => {
                let url = format!("\"{}\"", encode(address, Style::Json));
                if member.value.of(source) != url {
                    edits.push((Edit::replace(member.value, url), was()));
                }
            }
            Some(Fate::Gone) => {
                // The comma goes with it: the one before, or the one after where it is the first that stays.
                let next = all.get(index + 1).map_or(member.value.end, |next| next.key.start);
                let span = match end_before {
                    Some(start) => Span { start, end: member.value.end },
                    None => Span { start: member.key.start, end: next },
                };
                edits.push((Edit::delete(span), was()));
            }
            None => {}
        }
        if fate(member) != Some(Fate::Gone) || end_before.is_some() {
            end_before = Some(member.value.end);
        }
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::links_back;
    use crate::feed::parse;
    use crate::xml::splice::splice;

    fn kept(source: &str) -> String {
        let feed = parse(source.to_owned()).unwrap();
        let edits: Vec<_> =
            links_back(&feed, "http://here/feeds/a?b&c").into_iter().map(|(edit, _)| edit).collect();
        splice(&feed.source, &edits)
    }

    #[test]
    fn links_of_rss() {
        let source = "<rss xmlns:a='http://www.w3.org/2005/Atom' xmlns:i='http://www.itunes.com/dtds/podcast-1.0.dtd'><channel>\n\
                      <a:link rel='self' href='https://a.example/feed' type='x'/>\n\
                      <a:link rel='hub' href='https://hub.example/'></a:link>\n\
                      <i:new-feed-url>https://b.example/</i:new-feed-url>\n\
                      <a:link rel='next' href='?page=2'/><link>https://a.example/</link>\n\
                      <item><a:link rel='self' href='x'/></item>\n</channel></rss>";
        let expected = "<rss xmlns:a='http://www.w3.org/2005/Atom' xmlns:i='http://www.itunes.com/dtds/podcast-1.0.dtd'><channel>\n\
                        <a:link rel='self' href='http://here/feeds/a?b&amp;c' type='x'/>\
                        <link>https://a.example/</link>\n\
                        <item><a:link rel='self' href='x'/></item>\n</channel></rss>";
        assert_eq!(kept(source), expected);
    }

    #[test]
    fn links_of_json() {
        let start = r#"{"hubs": [{}], "next_url": "n", "version": "https://jsonfeed.org/version/1.1", "#;
        let source = format!(r#"{start}"feed_url": "x" , "next_url":"m", "hubs":[],"items": [] }}"#);
        let expected = r#"{"version": "https://jsonfeed.org/version/1.1", "feed_url": "http://here/feeds/a?b&c","items": [] }"#;
        assert_eq!(kept(&source), expected);
        let last = r#"{"version": "https://jsonfeed.org/version/1", "items": [], "hubs": [] }"#;
        assert_eq!(kept(last), r#"{"version": "https://jsonfeed.org/version/1", "items": [] }"#);
    }
}
