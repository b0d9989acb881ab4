//! What stands in a start tag, however it is written. Nothing is edited here.

use memchr::{memchr, memchr2};

use super::name::{lenient_run, parts};
use super::scan::Scan;
use crate::xml::check::names::is_inside;

/// A part of a start tag.
#[derive(Clone, Copy, Debug)]
pub(super) enum Token<'a> {
    Attribute(Attribute<'a>),
    /// Bytes that mean nothing there.
    Junk(usize, usize),
}

/// An attribute, as written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attribute<'a> {
    pub name: &'a str,
    /// Where what stands before it ends.
    pub from: usize,
    /// Where its name starts.
    pub start: usize,
    /// What it says, without quotes.
    pub value: &'a str,
    /// Where that starts.
    pub value_at: usize,
    pub form: Form,
    /// Where it ends, quote and all.
    pub end: usize,
}

/// How the value of an attribute is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// In quotes, as it should be.
    Quoted,
    /// After this opening quote only.
    Open(u8),
    /// Without quotes.
    Bare,
    /// Not at all: `checked`.
    Nothing,
    /// Not at all, after an equals sign: `a=`.
    Equals,
}

/// How a start tag ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// `>`
    Plain,
    /// `/>`
    Empty,
    /// Before the next `<`, and the white space there.
    Missing,
    /// With the text.
    CutOff,
}

impl<'a> Scan<'a> {
    /// Reads a start tag from after its name, which is `element`; how it ends, and where that ending starts.
    pub(super) fn tokens(&mut self, element: &str, tokens: &mut Vec<Token<'a>>) -> Ending {
        loop {
            let from = self.cursor.at;
            self.cursor.space();
            let start = self.cursor.at;
            match self.cursor.rest() {
                [] => return Ending::CutOff,
                [b'>', ..] => return Ending::Plain,
                [b'<', ..] => {
                    self.cursor.at = from;
                    return Ending::Missing;
                }
                [b'/', b'>', ..] => return Ending::Empty,
                _ => {}
            }
            let name = attribute_name(self.cursor.text, start);
            if name.chars().any(is_inside) {
                self.cursor.at += name.len();
                let attribute = self.attribute(element, name, from, start);
                self.cursor.at = attribute.end;
                tokens.push(Token::Attribute(attribute));
            } else {
                let first = self.cursor.text[start..].chars().next().map_or(1, char::len_utf8);
                self.cursor.at += first.max(name.len());
                match tokens.last_mut() {
                    Some(Token::Junk(_, end)) if *end == start => *end = self.cursor.at,
                    _ => tokens.push(Token::Junk(start, self.cursor.at)),
                }
            }
        }
    }

    /// The attribute whose name ends here.
    fn attribute(&mut self, element: &str, name: &'a str, from: usize, start: usize) -> Attribute<'a> {
        let (text, name_end) = (self.cursor.text, self.cursor.at);
        let attribute = |form, value_at: usize, value_end: usize, end| Attribute {
            name,
            from,
            start,
            value: &text[value_at..value_end],
            value_at,
            form,
            end,
        };
        let mut after = self.cursor;
        after.space();
        if !after.eat(b"=") {
            return attribute(Form::Nothing, name_end, name_end, name_end);
        }
        let equals = after.at;
        after.space();
        let at = after.at;
        match after.rest() {
            [] | [b'>' | b'<', ..] | [b'/', b'>', ..] => attribute(Form::Equals, equals, equals, equals),
            [quote @ (b'"' | b'\''), ..] => match self.closing(*quote, at) {
                Closing::At(end) => attribute(Form::Quoted, at + 1, end, end + 1),
                Closing::Missing(end) => attribute(Form::Open(*quote), at + 1, end, end),
            },
            _ => {
                let (end, after) = bare_end(text, element, at);
                attribute(Form::Bare, at, end, after)
            }
        }
    }

    /// Where the value ends that the quote at `at` opens.
    fn closing(&mut self, quote: u8, at: usize) -> Closing {
        let inside = at + 1;
        let text = self.cursor.text;
        let found = self.find(if quote == b'"' { "\"" } else { "'" }, inside);
        if let Some(end) = found {
            let value = &text[inside..end];
            let after = text.as_bytes().get(end + 1);
            let ends_well = after.is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/' | b'?'));
            let is_next = value.trim_end().ends_with('=');
            if !value.contains('<') {
                // `href="a class="b"`: the quote found opens the next value.
                let gap = value.rfind(|c: char| c.is_ascii_whitespace());
                return match gap.filter(|_| is_next && !ends_well) {
                    Some(gap) => Closing::Missing(inside + value[..gap].trim_end().len()),
                    None => Closing::At(end),
                };
            }
            if ends_well && !is_next && !self.mentions_record(value) {
                return Closing::At(end);
            }
        }
        // What follows is markup that the value would swallow: it ends with its tag.
        let len = memchr2(b'>', b'<', &text.as_bytes()[inside..]).unwrap_or(text.len() - inside);
        let value = text[inside..inside + len].trim_end();
        Closing::Missing(inside + value.strip_suffix('/').unwrap_or(value).trim_end().len())
    }

    /// Whether a value holds a tag of a record, which no value does.
    fn mentions_record(&self, value: &str) -> bool {
        value.split('<').skip(1).any(|rest| {
            let rest = rest.strip_prefix('/').unwrap_or(rest);
            let (_, local) = parts(lenient_run(rest, 0).text);
            self.vocabulary.records.contains(&local)
        })
    }
}

/// Where a value in quotes ends.
enum Closing {
    /// At its quote.
    At(usize),
    /// Where it is best taken to end.
    Missing(usize),
}

/// What stands where the name of an attribute should.
fn attribute_name(text: &str, at: usize) -> &str {
    let ends = |c: char| c.is_whitespace() || matches!(c, '/' | '>' | '<' | '=' | '"' | '\'');
    let rest = &text[at..];
    &rest[..rest.find(ends).unwrap_or(rest.len())]
}

/// Where a value without quotes ends that starts at `at`, and where to go on. `<a href=x/>` has the slash in
/// the value, as in HTML; any other tag that ends with one is taken to be empty.
fn bare_end(text: &str, element: &str, at: usize) -> (usize, usize) {
    let ends = |c: char| c.is_ascii_whitespace() || matches!(c, '>' | '<');
    let rest = &text[at..];
    let mut value = &rest[..rest.find(ends).unwrap_or(rest.len())];
    if rest[value.len()..].starts_with('>') && !element.eq_ignore_ascii_case("a") {
        value = value.strip_suffix('/').unwrap_or(value);
    }
    let end = at + value.len();
    let quote = memchr(b'"', value.as_bytes()).or_else(|| memchr(b'\'', value.as_bytes()));
    // `a=b"`: the opening quote was left out.
    let unquoted = if quote == Some(value.len().wrapping_sub(1)) { end - 1 } else { end };
    (unquoted, end)
}
