//! HTML text as tokens: where each stands, and nothing of what it says. No byte is copied.
//!
//! Source: WHATWG HTML §13.2.5 *Tokenization*. What only matters to those who want the text (references, errors, the
//! parts of a doctype) is left out, and so are states that end at the same byte. The tests hold it against html5gum.

#[cfg(test)]
mod oracle;
mod raw;

use memchr::{memchr, memchr_iter, memmem, memrchr};

use super::build::Syntax;
use super::outline::{Attr, AttrChange, MAX_NODES};
use super::tag::{Content, Name};
use crate::span::{Span, offset};
use crate::text::{CDATA_CLOSE, CDATA_OPEN};

/// A stretch of an HTML text that is one thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// Words, with their references.
    Text(Span),
    /// A comment, or what browsers take for one; a doctype.
    Comment(Span),
    /// A start tag.
    Start(Tag),
    /// An end tag.
    End(Tag),
    /// A tag that the text ends inside of.
    Torn(Span),
}

/// A tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tag {
    pub(super) name: Name,
    pub(super) span: Span,
    pub(super) closes_itself: bool,
}

/// The tokens of a text, one after the other.
#[derive(Debug)]
pub(super) struct Tokens<'t> {
    text: &'t [u8],
    syntax: Syntax,
    at: usize,
    /// How the next text is read, and the name of the element that it is in.
    inside: (Content, Name),
}

/// What a `<` begins.
enum Opens {
    /// Nothing: so many bytes from it on are text.
    Text(usize),
    /// `</>`, which is not there for anyone.
    Nothing,
    /// A tag, a comment or a section.
    Markup,
}

impl<'t> Tokens<'t> {
    pub(super) fn new(text: &'t str, syntax: Syntax) -> Self {
        Tokens { text: text.as_bytes(), syntax, at: 0, inside: (Content::Markup, Name::default()) }
    }

    /// Has the next text be read as that of an element.
    pub(super) fn enter(&mut self, name: Name, content: Content) {
        self.inside = (content, name);
    }

    /// The next token. The attributes of a tag are added to `attrs`. `is_foreign` is whether it stands in an element that
    /// is not HTML's.
    pub(super) fn next(&mut self, is_foreign: bool, attrs: &mut Vec<Attr>) -> Option<Token> {
        if self.inside.0 != Content::Markup
            && let Some(text) = self.raw_text()
        {
            return Some(Token::Text(text));
        }
        let (mut text, mut look): (Option<Span>, usize) = (None, self.at);
        let mut add = |from: usize, to: usize| {
            let start = text.map_or(offset(from), |text: Span| text.start);
            text = (to > from).then(|| Span { start, end: offset(to) }).or(text);
        };
        loop {
            let found = memchr(b'<', &self.text[look..]).map_or(self.text.len(), |at| look + at);
            add(look, found);
            match self.opens(found) {
                Opens::Text(0) => {
                    self.at = found;
                    return text.map(Token::Text);
                }
                Opens::Text(length) => {
                    look = found + length;
                    add(found, look);
                }
                Opens::Nothing => look = found + 3,
                Opens::Markup => {
                    self.at = found;
                    return text.map(Token::Text).or_else(|| Some(self.markup(is_foreign, attrs)));
                }
            }
        }
    }

    /// What the byte at this place, a `<` or the end, begins (§13.2.5.6, §13.2.5.7).
    fn opens(&self, at: usize) -> Opens {
        match self.text.get(at + 1..) {
            None => Opens::Text(0),
            Some([b'/', b'>', ..]) => Opens::Nothing,
            Some([b'a'..=b'z' | b'A'..=b'Z' | b'!' | b'?', ..] | [b'/', _, ..]) => Opens::Markup,
            Some([b'/']) => Opens::Text(2),
            Some(_) => Opens::Text(1),
        }
    }

    /// What begins at a `<` that begins something.
    fn markup(&mut self, is_foreign: bool, attrs: &mut Vec<Attr>) -> Token {
        let (rest, before) = (&self.text[self.at + 1..], attrs.len());
        let token = match rest {
            [b'!', ..] => self.declaration(is_foreign),
            [b'/', next, ..] if next.is_ascii_alphabetic() => {
                self.tag(self.at + 2, attrs).map_or_else(Token::Torn, Token::End)
            }
            [next, ..] if next.is_ascii_alphabetic() => {
                self.tag(self.at + 1, attrs).map_or_else(Token::Torn, Token::Start)
            }
            _ => Token::Comment(self.up_to(memchr(b'>', rest).map(|at| at + 2))),
        };
        if !matches!(token, Token::Start(_)) {
            // What stands in an end tag says nothing.
            attrs.truncate(before);
        }
        token
    }

    /// From here on so many bytes; without a number all there are.
    fn up_to(&mut self, length: Option<usize>) -> Span {
        let from = self.at;
        self.at = length.map_or(self.text.len(), |length| from + length);
        Span::new(from, self.at)
    }

    /// A comment, a section, a doctype, or what is taken for a comment (§13.2.5.41 to 69).
    fn declaration(&mut self, is_foreign: bool) -> Token {
        let rest = &self.text[self.at..];
        if let Some(inside) = rest.strip_prefix(b"<!--") {
            let length = comment_length(inside).map(|length| length + 4);
            return Token::Comment(self.up_to(length));
        }
        if is_foreign && rest.starts_with(CDATA_OPEN.as_bytes()) {
            let end = memmem::find(rest, CDATA_CLOSE.as_bytes()).map(|at| at + CDATA_CLOSE.len());
            return Token::Text(self.up_to(end));
        }
        Token::Comment(self.up_to(memchr(b'>', rest).map(|at| at + 1)))
    }

    /// A tag whose name begins at `from`; where the text ends inside of it, what there is of it (§13.2.5.8 to 40).
    fn tag(&mut self, from: usize, attrs: &mut Vec<Attr>) -> Result<Tag, Span> {
        let mut at = self.name_end(from, |byte| matches!(byte, b'/' | b'>'));
        let prefix = if self.syntax == Syntax::Xhtml { memrchr(b':', &self.text[from..at]) } else { None };
        let name = Name::START.fed(&self.text[prefix.map_or(from, |colon| from + colon + 1)..at]);
        loop {
            let (closes_itself, length) = match &self.text[at..] {
                [b'>', ..] => (false, 1),
                [b'/', b'>', ..] => (true, 2),
                [byte, ..] if *byte == b'/' || byte.is_ascii_whitespace() => {
                    at += 1;
                    continue;
                }
                [_, ..] if let Some(end) = self.attribute(at, attrs) => {
                    at = end;
                    continue;
                }
                _ => return Err(self.up_to(None)),
            };
            let span = self.up_to(Some(at + length - self.at));
            return Ok(Tag { name, span, closes_itself });
        }
    }

    /// Where a name ends: before white space, before one of these, or with the text.
    #[inline]
    fn name_end(&self, from: usize, ends: impl Fn(u8) -> bool) -> usize {
        let length = self.text[from..].iter().position(|byte| byte.is_ascii_whitespace() || ends(*byte));
        length.map_or(self.text.len(), |length| from + length)
    }

    /// Adds the attribute that begins here, and says where it ends; `None` where the text ends inside of it
    /// (§13.2.5.33 to 39).
    #[inline]
    fn attribute(&self, from: usize, attrs: &mut Vec<Attr>) -> Option<usize> {
        // A name may begin with `=`.
        let end = self.name_end(from + 1, |byte| matches!(byte, b'/' | b'>' | b'='));
        let key = Span::new(from, end);
        let equals = self.after_space(end);
        let (value, whole_end) = match self.text.get(equals) {
            Some(b'=') => self.value(equals + 1)?,
            _ => (Span::empty(key.start), end),
        };
        // An outline with more is not read at all; the one more says so.
        if attrs.len() <= MAX_NODES {
            let (name, change) = (Name::START.fed(&self.text[from..end]), AttrChange::Kept);
            attrs.push(Attr { name, key, value, whole: Span::new(from, whole_end), change });
        }
        Some(whole_end)
    }

    /// The value after a `=`, and where what belongs to it ends.
    fn value(&self, from: usize) -> Option<(Span, usize)> {
        let start = self.after_space(from);
        match *self.text.get(start)? {
            b'>' => Some((Span::new(from, from), from)),
            quote @ (b'"' | b'\'') => {
                let end = start + 1 + memchr(quote, &self.text[start + 1..])?;
                Some((Span::new(start + 1, end), end + 1))
            }
            _ => {
                let end = self.name_end(start, |byte| byte == b'>');
                (end < self.text.len()).then(|| (Span::new(start, end), end))
            }
        }
    }

    /// The first byte from here on that is no white space.
    fn after_space(&self, from: usize) -> usize {
        let length = self.text[from..].iter().position(|byte| !byte.is_ascii_whitespace());
        length.map_or(self.text.len(), |length| from + length)
    }
}

/// How long a comment is after its `<!--`, with its end (§13.2.5.43 to 52); `None` where it has none.
fn comment_length(inside: &[u8]) -> Option<usize> {
    if inside.starts_with(b">") || inside.starts_with(b"->") {
        return memchr(b'>', inside).map(|at| at + 1);
    }
    let mut ends = memchr_iter(b'>', inside);
    ends.find(|at| inside[..*at].ends_with(b"--") || inside[..*at].ends_with(b"--!")).map(|at| at + 1)
}
