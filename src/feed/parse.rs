//! From text to a feed: what it looks like, what has to be mended first, and where everything in it stands.

use thiserror::Error;

use super::ns::PREFIXES;
use super::sniff::{Looks, sniff};
use super::{Feed, Mended, json, scan};
use crate::span::MAX_TEXT;
use crate::xml::entities::Entities;
use crate::xml::repair::{IllFormed, Repaired, Vocabulary, repair};
use crate::xml::splice::splice;

/// How deep elements may nest. Real feeds stay under 30 (XHTML content included).
pub const MAX_DEPTH: usize = 512;

/// Why a text is not a feed that can be edited.
#[derive(Debug, Error)]
pub enum ParseError {
    /// Nothing there.
    #[error("the publisher sent an empty page instead of a feed")]
    Empty,
    /// A web page.
    #[error("the publisher sent a web page (HTML), not a feed; check the address")]
    Html,
    /// JSON, but another kind.
    #[error("the publisher sent JSON of another kind; limpid reads RSS, Atom and JSON Feed")]
    OtherJson,
    /// No JSON after all.
    #[error("the feed is not well-formed JSON at line {line}: {cause}")]
    BadJson {
        /// The line of the source, from 1.
        line: usize,
        /// What the JSON parser said.
        cause: String,
    },
    /// Something else.
    #[error("what the publisher sent is no feed: it starts with neither XML nor HTML")]
    Unknown,
    /// XML, but another kind.
    #[error(
        "the publisher sent XML of another kind (its root is <{0}>); limpid reads RSS, Atom and JSON Feed"
    )]
    OtherXml(String),
    /// The end is missing.
    #[error("the feed is cut off: <{0}> is never closed")]
    Truncated(String),
    /// Not well-formed.
    #[error("the feed is not well-formed XML at line {line}: {cause}")]
    IllFormed {
        /// The line of the source, from 1.
        line: usize,
        /// What the XML parser said.
        cause: String,
    },
    /// Nested beyond [`MAX_DEPTH`].
    #[error("the feed nests elements more than {MAX_DEPTH} deep")]
    TooDeep,
    /// Longer than spans can index.
    #[error("the feed is longer than {} MiB", MAX_TEXT >> 20)]
    TooLong,
}

impl ParseError {
    /// XML that is not well-formed at byte `at` of `source`.
    pub(super) fn ill_formed(source: &str, at: usize, cause: &str) -> Self {
        let before = &source.as_bytes()[..at.min(source.len())];
        let line = memchr::memchr_iter(b'\n', before).count() + 1;
        ParseError::IllFormed { line, cause: cause.chars().take(160).collect() }
    }
}

/// Reads a feed. The text is kept inside, and every position is a span into it.
///
/// ```
/// let text = "<rss version='2.0'><channel><title>T</title><item><title>A</title></item></channel></rss>";
/// let feed = limpid::feed::parse(text.to_owned())?;
/// assert_eq!(feed.items.len(), 1);
/// # Ok::<(), limpid::feed::ParseError>(())
/// ```
///
/// # Errors
/// Where the text is no RSS, Atom or JSON Feed, or too broken to be mended; the error is one sentence for a
/// person.
pub fn parse(source: String) -> Result<Feed, ParseError> {
    if source.len() > MAX_TEXT {
        return Err(ParseError::TooLong);
    }
    match sniff(&source) {
        Looks::Xml => xml(source),
        Looks::Json => json::parse(source),
        Looks::Html => Err(ParseError::Html),
        Looks::Empty => Err(ParseError::Empty),
        Looks::Unknown => Err(ParseError::Unknown),
    }
}

fn xml(source: String) -> Result<Feed, ParseError> {
    let Repaired { edits, repairs, cut_off } = repair(&source, &VOCABULARY).map_err(ParseError::from)?;
    let source = if edits.is_empty() { source } else { splice(&source, &edits) };
    let mended =
        repairs.into_iter().map(|one| Mended::new(one.kind.to_string(), Some(one.line), one.count as usize));
    let mended = mended.collect();
    let scan::Parts { format, roots, fields, items, listed, more } = scan::scan(&source)?;
    let entities = Entities::of(&source);
    Ok(Feed { source, format, roots, fields, items, listed, entities, more, mended, is_cut_off: cut_off })
}

/// What the repair of XML has to know of feeds.
const VOCABULARY: Vocabulary<'_> = Vocabulary { prefixes: PREFIXES, records: &["item", "entry"] };

impl From<IllFormed> for ParseError {
    fn from(error: IllFormed) -> Self {
        let IllFormed { line, cause } = error;
        match cause
            .strip_prefix("the feed is cut off: <")
            .and_then(|rest| rest.strip_suffix("> is never closed"))
        {
            Some(name) => ParseError::Truncated(short(name)),
            None => ParseError::IllFormed { line, cause },
        }
    }
}

/// As much of what the publisher wrote as a sentence can hold.
pub(super) fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::Meaning;

    fn error(text: &str) -> String {
        parse(text.to_owned()).unwrap_err().to_string()
    }

    #[test]
    fn an_item_takes_the_white_space_before_it() {
        let text =
            "<rss><channel>\n <title>T</title>\n <item/>\n <item><guid>1</guid></item>\n</channel></rss>";
        let feed = parse(text.to_owned()).unwrap();
        let items: Vec<&str> = feed.items.iter().map(|i| i.span.of(text)).collect();
        assert_eq!(items, ["\n <item/>", "\n <item><guid>1</guid></item>"]);
        assert_eq!(feed.items[1].fields[0].inner.unwrap().of(text), "1");
    }

    #[test]
    fn namespaces_count_and_prefixes_do_not() {
        let text = "<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:entry><a:title>x</a:title>\
                    <title>y</title></a:entry></a:feed>";
        let feed = parse(text.to_owned()).unwrap();
        let meanings: Vec<Meaning> = feed.items[0].fields.iter().map(|f| f.meaning).collect();
        assert_eq!(meanings, [Meaning::Title, Meaning::Other]);
    }

    #[test]
    fn what_is_no_feed_gets_a_sentence() {
        assert!(error("").contains("empty"));
        assert!(error("<!doctype html><html>").contains("web page"));
        assert!(error("{}").contains("JSON of another kind"));
        assert!(error("{\"items\": []}").contains("JSON of another kind"));
        assert!(error("{\"items\": [}").contains("line 1"));
        assert!(error("<svg/>").contains("<svg>"));
        assert_eq!(error("<rss><channel><item><title>x"), "the feed is cut off: <title> is never closed");
        assert_eq!(
            error("<rss><channel><item><title><![CDATA[x"),
            "the feed is cut off: <title> is never closed"
        );
        assert!(error("<rss></rss><rss></rss>").contains("second document"));
        let deep = format!("<rss>{}{}</rss>", "<a>".repeat(1_000_000), "</a>".repeat(1_000_000));
        assert!(error(&deep).contains("512 deep"));
    }
}
