//! Every change to a feed, before and after. Feeds come in lines of half a megabyte, so changes are shown
//! one by one, not line by line.

use std::fmt::Write;

use crate::feed::{Feed, Meaning};
use crate::xml::splice::Edit;

/// The edits of a feed as a person reads them: under each item what was taken (`-`) and put (`+`).
pub fn diff(feed: &Feed, edits: &[Edit]) -> String {
    let mut out = String::new();
    let mut at = None;
    for edit in edits {
        let index = feed.items.partition_point(|item| item.span.end <= edit.span.start);
        if at != Some(index) {
            at = Some(index);
            let title = feed.items.get(index).and_then(|item| item.first(Meaning::Title));
            let title = title.map(|field| feed.text(field).value().to_owned()).unwrap_or_default();
            // Writing to a string cannot fail.
            let _ = writeln!(out, "@@ item {index}: {title} @@");
        }
        lines(&mut out, '-', edit.span.of(&feed.source));
        lines(&mut out, '+', &edit.text);
    }
    out
}

fn lines(out: &mut String, sign: char, text: &str) {
    for line in text.lines() {
        let _ = writeln!(out, "{sign}{line}");
    }
}
