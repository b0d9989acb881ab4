//! The lenient walk over a text that is not well-formed.

use std::collections::{HashMap, HashSet};

use memchr::{memchr, memchr2, memchr3, memmem};

use super::elements::Open;
use super::outside::Ahead;
use super::report::{Finding, RepairKind};
use super::{MAX_REPAIRS, Vocabulary};
use crate::span::Span;
use crate::xml::check::cursor::Cursor;
use crate::xml::check::entity::Entities;
use crate::xml::check::names;
use crate::xml::check::scope::{Scope, Uri};
use crate::xml::splice::Edit;

/// That a text can not be repaired.
#[derive(Debug)]
pub(super) struct Stop {
    /// The byte of the text at which this shows.
    pub at: usize,
    pub cause: String,
}

/// A walk, and what it has found so far.
pub(super) struct Scan<'a> {
    pub(super) cursor: Cursor<'a>,
    pub(super) vocabulary: &'a Vocabulary<'a>,
    pub(super) entities: Entities<'a>,
    pub(super) scope: Scope<'a>,
    pub(super) found: Vec<Finding>,
    /// The elements that are open, from the root on.
    pub(super) open: Vec<Open<'a>>,
    /// How many of each name are open.
    pub(super) counts: HashMap<&'a str, usize>,
    /// How many records have ended.
    pub(super) records: usize,
    /// Prefixes that are to be declared in the root, and where each was seen first.
    pub(super) undeclared: Vec<(&'a str, usize)>,
    pub(super) undeclared_uris: HashMap<&'a str, Uri>,
    /// Where the root's name ends.
    pub(super) root_name_end: usize,
    pub(super) cut_off: bool,
    /// Where the edits so far end. Nothing is put in or taken out before it later on but in tags.
    pub(super) edited: usize,
    /// A document type declaration stands before the root.
    pub(super) doctype_read: bool,
    /// What stands ahead of the root, once that has been looked for.
    pub(super) ahead: Option<Ahead<'a>>,
    /// What is known to stand nowhere in the rest of the text, so that it is looked for in vain only once.
    gone: HashSet<&'static str>,
}

impl<'a> Scan<'a> {
    pub fn new(text: &'a str, vocabulary: &'a Vocabulary<'a>) -> Self {
        Scan {
            cursor: Cursor { text, at: 0 },
            vocabulary,
            entities: Entities::default(),
            scope: Scope::new(),
            found: Vec::new(),
            open: Vec::new(),
            counts: HashMap::new(),
            records: 0,
            undeclared: Vec::new(),
            undeclared_uris: HashMap::new(),
            root_name_end: 0,
            cut_off: false,
            edited: 0,
            doctype_read: false,
            ahead: None,
            gone: HashSet::new(),
        }
    }

    /// What it finds in the whole text, and whether the text is cut off.
    pub fn run(mut self) -> Result<(Vec<Finding>, bool), Stop> {
        self.prolog()?;
        self.root()?;
        while !self.open.is_empty() {
            self.content()?;
        }
        if !self.cut_off {
            self.epilog()?;
        }
        self.declare_prefixes();
        if self.found.len() >= MAX_REPAIRS {
            let at = self.found.last().map_or(0, |finding| finding.at);
            return Err(Stop { at, cause: format!("it has {MAX_REPAIRS} faults or more") });
        }
        Ok((self.found, self.cut_off))
    }

    /// Notes a repair at `at`. What is beyond [`MAX_REPAIRS`] is not noted; the walk fails at its end.
    pub(super) fn push(&mut self, kind: impl Into<Option<RepairKind>>, at: usize, edit: Edit) {
        self.edited = self.edited.max(edit.span.range().end);
        if self.found.len() < MAX_REPAIRS {
            self.found.push(Finding { kind: kind.into(), at, edit });
        }
    }

    /// Takes out the bytes `start..end`, and goes on after them.
    pub(super) fn delete(&mut self, kind: RepairKind, start: usize, end: usize) {
        self.push(kind, start, Edit::delete(Span::new(start, end)));
        self.cursor.at = end;
    }

    /// Puts `text` in at `at`.
    pub(super) fn insert(&mut self, kind: impl Into<Option<RepairKind>>, at: usize, text: &str) {
        self.push(kind, at, Edit::replace(Span::new(at, at), text));
    }

    /// Where the white space before `at` starts.
    pub(super) fn gap(&self, at: usize) -> usize {
        self.cursor.text[..at].trim_ascii_end().len().max(self.edited)
    }

    /// Where `what` stands next, from `from` on.
    pub(super) fn find(&mut self, what: &'static str, from: usize) -> Option<usize> {
        if self.gone.contains(what) {
            return None;
        }
        let found = memmem::find(&self.cursor.text.as_bytes()[from..], what.as_bytes());
        if found.is_none() {
            self.gone.insert(what);
        }
        found.map(|at| from + at)
    }

    /// Text up to the next thing that is more than text, and that thing.
    fn content(&mut self) -> Result<(), Stop> {
        let Some(len) = memchr3(b'<', b'&', b']', self.cursor.rest()) else {
            return self.cut(self.cursor.text.len());
        };
        self.cursor.at += len;
        let at = self.cursor.at;
        match self.cursor.rest() {
            [b'<', b'/', ..] => self.end_tag(),
            [b'<', ..] => self.markup(),
            [b'&', ..] => {
                self.cursor.at = self.ampersand(at);
                Ok(())
            }
            [b']', b']', b'>', ..] => {
                self.push(RepairKind::CdataEnd, at, Edit::replace(Span::new(at + 2, at + 3), "&gt;"));
                self.cursor.at += 3;
                Ok(())
            }
            _ => {
                self.cursor.at += 1;
                Ok(())
            }
        }
    }

    /// What a `<` that does not start an end tag does start.
    fn markup(&mut self) -> Result<(), Stop> {
        let (text, at) = (self.cursor.text, self.cursor.at);
        let rest = self.cursor.rest();
        if rest.starts_with(b"<!--") {
            return if self.comment() { Ok(()) } else { self.cut(at) };
        }
        if rest.starts_with(b"<![CDATA[") {
            return match self.find("]]>", at) {
                Some(end) => {
                    self.cursor.at = end + 3;
                    Ok(())
                }
                None => self.cut(at),
            };
        }
        if is_doctype(rest) {
            self.delete(RepairKind::Doctype, at, doctype_end(text, at));
        } else if is_declaration(rest) {
            self.delete(RepairKind::StrayDeclaration, at, declaration_end(text, at));
        } else if starts_name(text, at + 1) {
            return self.start_tag();
        } else if !(rest.starts_with(b"<?") && self.instruction()) {
            self.less_than();
        }
        Ok(())
    }

    /// A `<` that is only a character.
    pub(super) fn less_than(&mut self) {
        let at = self.cursor.at;
        self.push(RepairKind::LessThan, at, Edit::replace(Span::new(at, at + 1), "&lt;"));
        self.cursor.at += 1;
    }

    /// Passes over a comment, and spaces out the dashes in it; `false` if it never ends.
    pub(super) fn comment(&mut self) -> bool {
        let inside = self.cursor.at + b"<!--".len();
        let Some(end) = self.find("-->", inside) else { return self.empty_comment() };
        let text = self.cursor.text;
        let mut at = inside;
        while let Some(next) = memchr(b'-', &text.as_bytes()[at..end]) {
            let start = at + next;
            let dashes = text[start..end].bytes().take_while(|b| *b == b'-').count();
            at = start + dashes;
            let mut spaced = vec!["-"; dashes].join(" ");
            if at == end {
                spaced.push(' ');
            }
            if spaced.len() > 1 {
                self.push(RepairKind::CommentDashes, start, Edit::replace(Span::new(start, at), spaced));
            }
        }
        self.cursor.at = end + b"-->".len();
        true
    }

    /// `<!-->` is a whole comment in HTML.
    fn empty_comment(&mut self) -> bool {
        let len = match self.cursor.rest() {
            [_, _, _, _, b'>', ..] => 5,
            [_, _, _, _, b'-', b'>', ..] => 6,
            _ => return false,
        };
        self.delete(RepairKind::CommentDashes, self.cursor.at, self.cursor.at + len);
        true
    }

    /// Passes over a processing instruction, and mends its name and its end; `false` if it is none.
    pub(super) fn instruction(&mut self) -> bool {
        let (text, start) = (self.cursor.text, self.cursor.at);
        let name = names::run(text, start + 2);
        let after = start + 2 + name.text.len();
        if !name.is_name() {
            return false;
        }
        let (end, closed) = match self.find("?>", after) {
            Some(end) => (end, true),
            None => match memchr2(b'>', b'<', &text.as_bytes()[after..]) {
                Some(len) if text.as_bytes()[after + len] == b'>' => (after + len, false),
                _ => return false,
            },
        };
        if !name.is_plain() {
            let span = Span::new(start + 2, after);
            self.push(RepairKind::Instruction, start, Edit::replace(span, name.text.replace(':', "_")));
        }
        if after < end && !text.as_bytes()[after].is_ascii_whitespace() {
            self.insert(RepairKind::Instruction, after, " ");
        }
        if !closed {
            self.insert(RepairKind::Instruction, end, "?");
        }
        self.cursor.at = end + if closed { 2 } else { 1 };
        true
    }
}

/// Whether a name starts at `at`.
pub(super) fn starts_name(text: &str, at: usize) -> bool {
    text[at..].starts_with(names::is_start)
}

/// Whether something like a document type declaration starts `rest`.
pub(super) fn is_doctype(rest: &[u8]) -> bool {
    rest.get(..9).is_some_and(|start| start.eq_ignore_ascii_case(b"<!DOCTYPE"))
}

/// Whether something like an XML declaration starts `rest`.
pub(super) fn is_declaration(rest: &[u8]) -> bool {
    rest.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"<?xml"))
        && rest.get(5).is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'?' | b'>'))
}

/// Where something like an XML declaration ends: it has no other `>` or `<`.
pub(super) fn declaration_end(text: &str, at: usize) -> usize {
    let inside = at + 1;
    match memchr2(b'>', b'<', &text.as_bytes()[inside..]) {
        Some(len) if text.as_bytes()[inside + len] == b'>' => inside + len + 1,
        Some(len) => text[..inside + len].trim_ascii_end().len(),
        None => text.len(),
    }
}

/// Where something like a document type declaration ends.
pub(super) fn doctype_end(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let Some(first) = memchr3(b'[', b'>', b'<', &bytes[at + 1..]).map(|len| at + 1 + len) else {
        return text.len();
    };
    match bytes[first] {
        b'>' => first + 1,
        b'<' => first,
        _ => subset_end(text, first).unwrap_or(first + 1),
    }
}

/// Where the `>` after the `]` is that ends the internal subset.
fn subset_end(text: &str, from: usize) -> Option<usize> {
    let closing = memmem::find(&text.as_bytes()[from..], b"]")? + from + 1;
    let mut after = Cursor { text, at: closing };
    after.space();
    after.eat(b">").then_some(after.at)
}
