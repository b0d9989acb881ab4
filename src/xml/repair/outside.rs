//! What stands before and after the root element.

use memchr::{memchr, memchr_iter, memchr2, memchr3, memmem, memrchr_iter};

use super::name::lenient_run;
use super::report::RepairKind;
use super::scan::{Scan, Stop, declaration_end, doctype_end, is_declaration, is_doctype, starts_name};
use crate::span::Span;
use crate::xml::check::cursor::Cursor;
use crate::xml::check::{MARK, prolog};
use crate::xml::splice::Edit;

/// Elements of HTML that warnings of scripts are dressed in, and that hosts put around pages. None of them is
/// the root of a feed.
const JUNK: [&str; 28] = [
    "a", "b", "br", "center", "code", "div", "em", "font", "h1", "h2", "h3", "hr", "i", "iframe", "img",
    "li", "noscript", "p", "pre", "script", "small", "span", "strong", "style", "table", "td", "tr", "ul",
];

/// Of these, those that hold what is no markup.
const RAW: [&str; 2] = ["script", "style"];

/// What a malformed XML declaration becomes. The text has been decoded, and is served as UTF-8.
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";

/// Where a document starts that has markup before it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ahead<'a> {
    /// Its XML declaration.
    declaration: Option<usize>,
    /// The first element that is no junk, if the last such end tag is of the same name.
    root: Option<usize>,
    /// The name in that end tag.
    last_end: &'a str,
}

impl<'a> Ahead<'a> {
    fn of(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        let is_end = |at: &usize| bytes.get(at + 1) == Some(&b'/') && !is_one_of(&JUNK, text, at + 1);
        let first =
            memchr_iter(b'<', bytes).find(|at| starts_name(text, at + 1) && !is_one_of(&JUNK, text, *at));
        let last = memrchr_iter(b'<', bytes).find(is_end).map_or("", |at| lenient_run(text, at + 2).text);
        Ahead {
            declaration: memchr_iter(b'<', &bytes[..first.unwrap_or(bytes.len())])
                .find(|at| is_declaration(&bytes[*at..])),
            root: first.filter(|at| lenient_run(text, at + 1).text == last),
            last_end: last,
        }
    }
}

impl Scan<'_> {
    /// Everything before the root's start tag.
    pub(super) fn prolog(&mut self) -> Result<(), Stop> {
        self.cursor.eat(MARK.as_bytes());
        let start = self.cursor.at;
        let (mut kept, mut declared, mut alone) = (false, false, false);
        loop {
            self.cursor.space();
            let (at, rest) = (self.cursor.at, self.cursor.rest());
            if rest.is_empty() {
                return Err(Stop { at, cause: "there is no element".into() });
            }
            if is_declaration(rest) {
                if kept || declared {
                    self.delete(RepairKind::StrayDeclaration, at, declaration_end(self.cursor.text, at));
                } else {
                    alone = self.declaration(start);
                    declared = true;
                }
            } else if is_doctype(rest) {
                kept |= self.doctype(alone);
            } else if self.aside() {
                kept = true;
            } else if self.is_root() {
                return Ok(());
            } else {
                self.junk(RepairKind::TextBefore);
            }
        }
    }

    /// Passes over a comment or a processing instruction.
    fn aside(&mut self) -> bool {
        let rest = self.cursor.rest();
        (rest.starts_with(b"<!--") && self.comment()) || (rest.starts_with(b"<?") && self.instruction())
    }

    /// The first XML declaration. What stands before it is taken out, and it is written anew if it is
    /// malformed. Whether it says that the document stands alone.
    fn declaration(&mut self, start: usize) -> bool {
        let at = self.cursor.at;
        self.found.clear();
        if at > start {
            self.delete(RepairKind::TextBefore, start, at);
        }
        let mut after = self.cursor;
        if prolog::is_declaration(after)
            && let Ok(alone) = prolog::declaration(&mut after)
        {
            self.cursor = after;
            return alone;
        }
        let end = self.cursor.text[..declaration_end(self.cursor.text, at)].trim_ascii_end().len();
        self.push(RepairKind::Declaration, at, Edit::replace(Span::new(at, end), DECLARATION));
        self.cursor.at = end;
        false
    }

    /// A document type declaration, which is taken out if it is malformed: nothing depends on it but the
    /// names of entities, which are looked after. Whether it stays.
    fn doctype(&mut self, alone: bool) -> bool {
        let at = self.cursor.at;
        let mut after = self.cursor;
        let read = if self.doctype_read { None } else { doctype_here(&mut after) };
        let Some(doctype) = read else {
            self.delete(RepairKind::Doctype, at, doctype_end(self.cursor.text, at));
            return false;
        };
        self.doctype_read = true;
        self.cursor = after;
        self.entities = doctype.entities;
        self.entities.elsewhere &= !alone;
        for (prefix, uri) in doctype.prefixes {
            self.scope.bind(prefix, uri);
        }
        true
    }

    /// The start tag of the root.
    pub(super) fn root(&mut self) -> Result<(), Stop> {
        let at = self.cursor.at;
        let name = lenient_run(self.cursor.text, at + 1).text;
        self.root_name_end = at + 1 + name.len();
        self.start_tag()
    }

    fn is_element(&self) -> bool {
        self.cursor.peek() == Some(b'<') && starts_name(self.cursor.text, self.cursor.at + 1)
    }

    fn is_junk(&self) -> bool {
        is_one_of(&JUNK, self.cursor.text, self.cursor.at)
    }

    /// Whether the root starts here, and not further on.
    fn is_root(&mut self) -> bool {
        let Cursor { text, at } = self.cursor;
        if !self.is_element() {
            return false;
        }
        let name = lenient_run(text, at + 1).text;
        let next =
            memchr3(b'>', b'<', b'=', &text.as_bytes()[at + 1..]).map(|len| text.as_bytes()[at + 1 + len]);
        let is_tag = next != Some(b'<');
        if is_tag && !self.is_junk() {
            return true;
        }
        let ahead = self.ahead.get_or_insert_with(|| Ahead::of(text));
        let later = ahead.declaration.max(ahead.root).is_some_and(|start| start > at);
        !later && (is_tag || name == ahead.last_end)
    }

    /// Takes out one thing that does not belong outside the root: a tag, or text up to the next `<`.
    fn junk(&mut self, kind: RepairKind) {
        let (text, at) = (self.cursor.text, self.cursor.at);
        let rest = &text.as_bytes()[at + 1..];
        let is_tag = self.is_element() || self.cursor.rest().starts_with(b"</");
        let raw = RAW.iter().find(|name| self.is_element() && is_one_of(&[name], text, at));
        let end = match raw {
            Some(name) => raw_end(text, at, name),
            // A tag ends with its >, or before the next one.
            None if is_tag => {
                memchr2(b'>', b'<', rest).map(|len| at + len + 1 + usize::from(rest[len] == b'>'))
            }
            None => memchr(b'<', rest).map(|len| at + len + 1),
        };
        let end = end.unwrap_or(text.len());
        let blank = |from: usize| text[from..at].trim_ascii().is_empty();
        match self.found.last_mut().filter(|f| f.kind == Some(kind) && blank(f.edit.span.range().end)) {
            Some(last) => {
                last.edit.span = Span::new(last.edit.span.range().start, end);
                self.cursor.at = end;
            }
            None => self.delete(kind, at, end),
        }
    }

    /// Everything after the root's end.
    pub(super) fn epilog(&mut self) -> Result<(), Stop> {
        loop {
            self.cursor.space();
            let (at, rest) = (self.cursor.at, self.cursor.rest());
            if rest.is_empty() {
                return Ok(());
            }
            if is_declaration(rest) {
                self.delete(RepairKind::StrayDeclaration, at, declaration_end(self.cursor.text, at));
            } else if is_doctype(rest) {
                self.delete(RepairKind::Doctype, at, doctype_end(self.cursor.text, at));
            } else if self.aside() {
            } else if self.is_element() && !self.is_junk() {
                return Err(Stop { at, cause: "a second document follows the first".into() });
            } else {
                self.junk(RepairKind::TextAfter);
            }
        }
    }
}

fn doctype_here<'a>(cursor: &mut Cursor<'a>) -> Option<prolog::Doctype<'a>> {
    cursor.rest().starts_with(prolog::DOCTYPE).then(|| prolog::doctype(cursor).ok()).flatten()
}

/// Whether the tag at `at` starts an element of one of these names, in any case.
fn is_one_of(names: &[&str], text: &str, at: usize) -> bool {
    let name = lenient_run(text, at + 1).text;
    names.iter().any(|n| name.eq_ignore_ascii_case(n))
}

/// Where the end tag ends that the script or style at `at` has.
fn raw_end(text: &str, at: usize, name: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let tag = memmem::find_iter(&bytes[at..], b"</")
        .map(|len| at + len)
        .find(|tag| is_one_of(&[name], text, tag + 1))?;
    memchr(b'>', &bytes[tag..]).map(|len| tag + len + 1)
}
