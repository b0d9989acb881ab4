//! What a body is, from its first bytes. A publisher's Content-Type is not evidence: feeds are served as
//! `text/html` and error pages as `application/rss+xml`.

/// What the beginning of a body looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looks {
    /// XML of some kind; the parser will tell which.
    Xml,
    /// A web page.
    Html,
    /// JSON.
    Json,
    /// Nothing but white space.
    Empty,
    /// None of these.
    Unknown,
}

/// Looks at the beginning of a decoded body.
pub fn sniff(text: &str) -> Looks {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let Some(first) = start.chars().next() else { return Looks::Empty };
    match first {
        '{' | '[' => Looks::Json,
        '<' if begins_html(behind_declaration(start)) => Looks::Html,
        '<' => Looks::Xml,
        // Behind the warnings of a publisher's program, or what its template left there.
        _ if holds_feed(start) => Looks::Xml,
        _ => Looks::Unknown,
    }
}

/// How far into a body a feed is looked for.
const FIRST: usize = 16 << 10;

fn holds_feed(start: &str) -> bool {
    let head = &start.as_bytes()[..start.len().min(FIRST)];
    ["<?xml ", "<rss", "<feed", "<rdf:RDF"]
        .iter()
        .any(|root| memchr::memmem::find(head, root.as_bytes()).is_some())
}

/// XHTML may start as XML does.
fn behind_declaration(start: &str) -> &str {
    let rest = start.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>"));
    rest.map_or(start, |(_, rest)| rest.trim_start())
}

fn begins_html(start: &str) -> bool {
    let begins = |tag: &str| start.get(..tag.len()).is_some_and(|s| s.eq_ignore_ascii_case(tag));
    ["<!doctype html", "<html", "<head", "<body"].into_iter().any(begins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_past_marks_and_space() {
        assert_eq!(sniff("\u{feff}\n <?xml version='1.0'?>"), Looks::Xml);
        assert_eq!(sniff("<!DOCTYPE HTML>"), Looks::Html);
        assert_eq!(sniff("<?xml version='1.0'?>\n<html lang='en'>"), Looks::Html);
        assert_eq!(sniff("  {\"version\": 1}"), Looks::Json);
        assert_eq!(sniff(" \n"), Looks::Empty);
        assert_eq!(sniff("429 slow down"), Looks::Unknown);
        assert_eq!(sniff("Warning: x in y.php\n<?xml version='1.0'?>"), Looks::Xml);
    }
}
