//! Which bytes of a text rules have taken, and which rule took each.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::pipeline::After;
use crate::span::{Span, offset};
use crate::xml::splice::Edit;

/// What a text that was written anew is compared by: tags and words. More of them are not compared, and the text counts
/// as taken as a whole: that a comparison takes time with the square of what is different is made use of by some.
const MAX_TOKENS: usize = 2000;

/// So many in all of a text.
const MAX_TOKENS_OF_ALL: usize = 4 * MAX_TOKENS;

/// Bytes of a text that are no longer there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Which bytes.
    pub span: Span,
    /// The rule that took them.
    pub rule: String,
}

/// What has been taken out of the first `end` bytes of `source`, in order and without overlap. Each byte belongs to the
/// first rule that took it.
pub fn cuts(source: &str, end: usize, after: &[After]) -> Vec<Cut> {
    let mut all: Vec<Cut> = Vec::new();
    let mut last = Vec::new();
    for After { rule, edits } in after {
        last = taken(source, end, edits);
        let covered: Vec<Span> = all.iter().map(|cut| cut.span).collect();
        let new = without(&last, &covered);
        all.extend(new.into_iter().map(|span| Cut { span, rule: rule.clone() }));
        all.sort_by_key(|cut| cut.span);
    }
    // What a later rule has put back is there.
    let there = without(&[Span::new(0, source.len())], &last);
    let each = all.into_iter().flat_map(|cut| {
        let left = without(&[cut.span], &there);
        left.into_iter().map(move |span| Cut { span, rule: cut.rule.clone() })
    });
    each.collect()
}

/// The bytes of the beginning of a text that edits take out, in order.
fn taken(source: &str, end: usize, edits: &[Edit]) -> Vec<Span> {
    let (mut spans, mut compared) = (Vec::new(), 0);
    for edit in edits.iter().take_while(|edit| edit.span.range().start < end) {
        match (edit.span.is_empty(), edit.text.is_empty()) {
            (true, _) => {}
            (false, true) => spans.push(edit.span),
            (false, false) => spans.extend(replaced(source, edit, &mut compared)),
        }
    }
    // What goes on behind the end does so out of sight.
    let end = offset(end);
    let inside = spans.into_iter().filter(|span: &Span| span.start < end);
    inside.map(|span| Span { end: span.end.min(end), ..span }).collect()
}

/// What is no longer there of a text that has been written anew. A tag stays as long as there is one of its name: that
/// its attributes are others is not seen in what is shown.
fn replaced(source: &str, edit: &Edit, compared: &mut usize) -> Vec<Span> {
    let (old, new) = (tokens(edit.span.of(source)), tokens(&edit.text));
    let count = old.len().max(new.len());
    *compared += count;
    if count > MAX_TOKENS || *compared > MAX_TOKENS_OF_ALL {
        return vec![edit.span];
    }
    let name = |(_, key): &(Range<usize>, &str)| {
        if key.starts_with('<') { key.to_ascii_lowercase() } else { (*key).to_owned() }
    };
    let names = |tokens: &[(Range<usize>, &str)]| tokens.iter().map(name).collect();
    let (old_names, new_names): (Vec<String>, Vec<String>) = (names(&old), names(&new));
    let start = edit.span.range().start;
    let mut spans: Vec<Span> = Vec::new();
    for op in capture_diff_slices(Algorithm::Patience, &old_names, &new_names) {
        let (DiffOp::Delete { old_index, old_len, .. } | DiffOp::Replace { old_index, old_len, .. }) = op
        else {
            continue;
        };
        let (first, last) = (&old[old_index].0, &old[old_index + old_len - 1].0);
        spans.push(Span::new(start + first.start, start + last.end));
    }
    spans
}

/// The tags, words and white space of a text, each with what it is compared by: a tag goes by its name.
fn tokens(text: &str) -> Vec<(Range<usize>, &str)> {
    let mut all = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let (len, key) = if is_tag(rest) { tag(rest) } else { word(rest) };
        all.push((at..at + len, key));
        at += len;
    }
    all
}

fn is_tag(text: &str) -> bool {
    let mut chars = text.chars();
    chars.next() == Some('<')
        && chars.next().is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'))
}

/// The length of the tag or comment that a text begins with, and its name.
fn tag(text: &str) -> (usize, &str) {
    if text.starts_with("<!--") {
        let len = text.find("-->").map_or(text.len(), |at| at + 3);
        return (len, &text[..len]);
    }
    let name =
        text[1..].find(|c: char| c.is_ascii_whitespace() || matches!(c, '>')).map_or(text.len(), |at| at + 1);
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate().skip(name) {
        match (quote, byte) {
            (None, b'>') => return (at + 1, text[..name].trim_end_matches('/')),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    (text.len(), text)
}

/// The length of the word, or of the white space, that a text begins with.
fn word(text: &str) -> (usize, &str) {
    let is_space = text.starts_with(char::is_whitespace);
    let ends =
        text.char_indices().skip(1).find(|(at, c)| c.is_whitespace() != is_space || is_tag(&text[*at..]));
    let len = ends.map_or(text.len(), |(at, _)| at);
    (len, if is_space { " " } else { &text[..len] })
}

/// What of these spans is in none of the others. Both are in order and do not overlap.
fn without(spans: &[Span], others: &[Span]) -> Vec<Span> {
    let mut left = Vec::new();
    let mut from = 0;
    for span in spans {
        let mut start = span.start;
        while others.get(from).is_some_and(|other| other.end <= start) {
            from += 1;
        }
        for other in others[from..].iter().take_while(|other| other.start < span.end) {
            if start < other.start {
                left.push(Span { start, end: other.start });
            }
            start = start.max(other.end);
        }
        if start < span.end {
            left.push(Span { start, end: span.end });
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(rule: &str, edits: Vec<Edit>) -> After {
        After { rule: rule.to_owned(), edits }
    }

    fn shown(source: &str, all: &[After]) -> Vec<(String, String)> {
        cuts(source, source.len(), all)
            .into_iter()
            .map(|cut| (cut.rule, cut.span.of(source).to_owned()))
            .collect()
    }

    #[test]
    fn each_byte_is_of_the_first_rule_that_took_it() {
        let source = "<div><img><p>One</p></div>";
        let image = Edit::delete(Span::new(5, 10));
        let all = [after("images", vec![image]), after("remove", vec![Edit::delete(Span::new(0, 26))])];
        let is = |rule: &str, text: &str| (rule.to_owned(), text.to_owned());
        let expected = [is("remove", "<div>"), is("images", "<img>"), is("remove", "<p>One</p></div>")];
        assert_eq!(shown(source, &all), expected);
    }

    #[test]
    fn what_is_written_anew_is_compared() {
        let source = "<p class=\"a\">One two three</p><hr>";
        let edit = Edit::replace(Span::new(0, 34), "<p>One 2 three</p>");
        let texts: Vec<String> =
            shown(source, &[after("script", vec![edit])]).into_iter().map(|(_, t)| t).collect();
        assert_eq!(texts, ["two", "<hr>"]);
        let large = "<p>word</p>".repeat(MAX_TOKENS);
        let edit = Edit::replace(Span::new(0, large.len()), large.replace("word", "words"));
        let whole = cuts(&large, 100, &[after("script", vec![edit])]);
        assert_eq!(whole, [Cut { span: Span::new(0, 100), rule: "script".to_owned() }]);
    }

    #[test]
    fn what_is_put_back_is_there() {
        let source = "One two";
        let gone = after("first", vec![Edit::delete(Span::new(0, 7))]);
        let back = after("second", vec![Edit::replace(Span::new(0, 7), "One")]);
        let texts: Vec<String> = shown(source, &[gone, back]).into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts, [" two"]);
    }

    #[test]
    fn tokens_are_the_whole_text() {
        for text in ["<p title='>'>a  b<br/>c < d", "<!-- x --><", "<a", "é <B>\u{a0}", "</", "<!--"] {
            let all: String = tokens(text).into_iter().map(|(range, _)| &text[range]).collect();
            assert_eq!(all, text);
        }
    }
}
