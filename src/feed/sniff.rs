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
        '<' if begins_html(start) => Looks::Html,
        '<' => Looks::Xml,
        _ => Looks::Unknown,
    }
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
        assert_eq!(sniff("  {\"version\": 1}"), Looks::Json);
        assert_eq!(sniff(" \n"), Looks::Empty);
        assert_eq!(sniff("429 slow down"), Looks::Unknown);
    }
}
