//! Text that is not markup: that of scripts, styles and the like, up to the end tag that ends it.

use memchr::{memchr, memmem};

use super::Tokens;
use crate::html::tag::{Content, Name, SCRIPT};
use crate::span::Span;

/// How the text of a script is read. What older browsers took for a comment in it can hold the tags of another script.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    /// As it is.
    Plain,
    /// In what looks like a comment (§13.2.5.20).
    Escaped,
    /// In what looks like a script in that (§13.2.5.27).
    DoubleEscaped,
}

impl Tokens<'_> {
    /// The text up to the end tag of the element that it is in, or up to the end of all; what follows is markup. `None`
    /// where there is none.
    pub(super) fn raw_text(&mut self) -> Option<Span> {
        let (content, name) = std::mem::replace(&mut self.inside, (Content::Markup, Name::default()));
        let end = match content {
            Content::PlainText => None,
            Content::Script => self.script_end(name),
            _ => self.end_tag(self.at, name),
        };
        let from = self.at;
        self.at = end.unwrap_or(self.text.len());
        (self.at > from).then(|| Span::new(from, self.at))
    }

    /// Where the first end tag of this name begins (§13.2.5.9 to 14).
    fn end_tag(&self, from: usize, name: Name) -> Option<usize> {
        let mut each = memmem::find_iter(&self.text[from..], b"</").map(|at| from + at);
        each.find(|at| self.is_named(at + 2, name))
    }

    /// Whether this name stands there, and ends.
    fn is_named(&self, at: usize, name: Name) -> bool {
        let length = self.text[at..].iter().position(|byte| !byte.is_ascii_alphabetic());
        let Some(end) = length.map(|length| at + length) else { return false };
        let ends = matches!(self.text[end], b'/' | b'>') || self.text[end].is_ascii_whitespace();
        ends && Name::START.fed(&self.text[at..end]) == name
    }

    /// Where the end tag of a script begins (§13.2.5.4, §13.2.5.15 to 31).
    fn script_end(&self, name: Name) -> Option<usize> {
        let (mut state, mut at) = (Script::Plain, self.at);
        // The dashes of `<!--` may be those of `-->`.
        let mut dashes = at;
        loop {
            let open = at + memchr(b'<', &self.text[at..])?;
            let closed = (state != Script::Plain)
                .then(|| memmem::find(&self.text[dashes..open.max(dashes)], b"-->"))
                .flatten();
            if let Some(closed) = closed {
                (state, at) = (Script::Plain, dashes + closed + 3);
                continue;
            }
            at = open + 1;
            match (state, &self.text[at..]) {
                (Script::Plain, [b'!', b'-', b'-', ..]) => (state, dashes) = (Script::Escaped, at + 1),
                (Script::Escaped, _) if self.is_named(at, SCRIPT) => state = Script::DoubleEscaped,
                (_, [b'/', ..]) if self.is_named(at + 1, name) => {
                    if state != Script::DoubleEscaped {
                        return Some(open);
                    }
                    state = Script::Escaped;
                }
                _ => {}
            }
            if state != Script::Plain {
                dashes = dashes.max(at);
            }
        }
    }
}
