//! Whether a text is well-formed.
//!
//! quick-xml, which reads the feeds, lets much pass that other readers stop at: characters, entities,
//! names, attributes given twice. What limpid serves is to be read by all of them, so it is looked at in full.
//!
//! Source: XML 1.0 (fifth edition); Namespaces in XML 1.0 (third edition), §7 *Conformance of Documents*.

pub(super) mod chars;
pub(super) mod cursor;
pub(super) mod entity;
pub(super) mod names;
pub(super) mod prolog;
pub(super) mod scope;
mod tag;

use std::borrow::Cow;

use memchr::{memchr3, memmem};
use thiserror::Error;

use cursor::Cursor;
use entity::Entities;
use scope::Scope;
use tag::Attribute;

/// What is wrong with a text, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{what}")]
pub struct Fault {
    /// The byte of the text at which it shows.
    pub at: usize,
    /// What is wrong, in words that go on from "because".
    pub what: Cow<'static, str>,
}

/// The byte order mark.
pub(super) const MARK: &str = "\u{feff}";

/// Checks that a text is a well-formed, namespace-well-formed XML 1.0 document. It looks at every byte, in
/// linear time, expands no entity and fetches nothing.
///
/// What it does not look into: the grammar of `ELEMENT` and `ATTLIST` declarations, and what the entities of
/// the document's own would expand to.
///
/// ```
/// use limpid::xml::check::check;
/// assert!(check("<a b='1'>R&amp;D</a>").is_ok());
/// assert_eq!(check("<a b=1>R&amp;D</a>").unwrap_err().to_string(), "an attribute's value has no quotes");
/// ```
///
/// # Errors
/// The first thing that is wrong.
pub fn check(text: &str) -> Result<(), Fault> {
    let structure = Check::new(text).run();
    let Some(at) = chars::first_forbidden(text) else { return structure };
    match structure {
        Err(fault) if fault.at < at => Err(fault),
        _ => Err(Fault { at, what: "a character that XML can not hold".into() }),
    }
}

struct Check<'a> {
    cursor: Cursor<'a>,
    entities: Entities<'a>,
    scope: Scope<'a>,
    open: Vec<Open<'a>>,
    /// Of the tag at hand. It is kept for its room.
    attributes: Vec<Attribute<'a>>,
    cdata_end: memmem::Finder<'static>,
}

/// An element whose end is to come.
struct Open<'a> {
    name: &'a str,
    /// The bindings outside it.
    outside: usize,
}

impl<'a> Check<'a> {
    fn new(text: &'a str) -> Self {
        Check {
            cursor: Cursor { text, at: 0 },
            entities: Entities::default(),
            scope: Scope::new(),
            open: Vec::new(),
            attributes: Vec::new(),
            cdata_end: memmem::Finder::new(b"]]>"),
        }
    }

    fn run(mut self) -> Result<(), Fault> {
        self.prolog()?;
        self.start_tag()?;
        while !self.open.is_empty() {
            self.content()?;
        }
        while self.aside()? {}
        if self.cursor.rest().is_empty() {
            return Ok(());
        }
        let next = self.cursor.rest().get(1);
        let root = self.cursor.peek() == Some(b'<') && next.is_some_and(|b| !matches!(b, b'/' | b'!'));
        Err(self.cursor.fault(if root {
            "a second document follows the first"
        } else {
            "text after the end"
        }))
    }

    /// Everything before the root's start tag.
    fn prolog(&mut self) -> Result<(), Fault> {
        self.cursor.eat(MARK.as_bytes());
        let alone = prolog::is_declaration(self.cursor) && prolog::declaration(&mut self.cursor)?;
        while self.aside()? {}
        if self.cursor.rest().starts_with(prolog::DOCTYPE) {
            let doctype = prolog::doctype(&mut self.cursor)?;
            self.entities = doctype.entities;
            self.entities.elsewhere &= !alone;
            for (prefix, uri) in doctype.prefixes {
                self.scope.bind(prefix, uri);
            }
            while self.aside()? {}
        }
        match self.cursor.rest() {
            [b'<', b'!', ..] => Err(self.cursor.fault("a declaration stands where none can")),
            [b'<', ..] => Ok(()),
            [] => Err(self.cursor.fault("there is no element")),
            _ => Err(self.cursor.fault("text before the root element")),
        }
    }

    /// Passes over a comment, a processing instruction or white space; whether there was any.
    fn aside(&mut self) -> Result<bool, Fault> {
        let spaced = self.cursor.space();
        if self.cursor.rest().starts_with(b"<!--") {
            return self.cursor.comment().map(|()| true);
        }
        if self.cursor.rest().starts_with(b"<?") {
            return self.cursor.instruction().map(|()| true);
        }
        Ok(spaced)
    }

    /// Passes over text up to the next thing that is more than text, and over that.
    #[inline]
    fn content(&mut self) -> Result<(), Fault> {
        let Some(len) = memchr3(b'<', b'&', b']', self.cursor.rest()) else {
            let name = self.open.last().map_or("", |open| open.name);
            self.cursor.at = self.cursor.text.len();
            return Err(self.cursor.fault(format!("<{}> is never closed", short(name))));
        };
        self.cursor.at += len;
        match self.cursor.rest() {
            [b'<', b'/', ..] => self.end_tag(),
            [b'<', b'!', b'-', b'-', ..] => self.cursor.comment(),
            [b'<', b'!', ..] => self.cdata(),
            [b'<', b'?', ..] => self.cursor.instruction(),
            [b'<', ..] => self.start_tag(),
            [b'&', ..] => self.reference(),
            [b']', b']', b'>', ..] => Err(self.cursor.fault("]]> stands in text")),
            _ => {
                self.cursor.at += 1;
                Ok(())
            }
        }
    }

    #[inline]
    fn reference(&mut self) -> Result<(), Fault> {
        let checked = self.entities.check(self.cursor.text, self.cursor.at);
        self.cursor.at = checked.map_err(|what| self.cursor.fault(what))?;
        Ok(())
    }

    fn cdata(&mut self) -> Result<(), Fault> {
        let start = self.cursor;
        self.cursor.expect(b"<![CDATA[", "a declaration stands where none can")?;
        let end = self.cdata_end.find(self.cursor.rest());
        self.cursor.at += end.ok_or_else(|| start.fault("a CDATA section never ends"))? + b"]]>".len();
        Ok(())
    }

    #[inline]
    fn end_tag(&mut self) -> Result<(), Fault> {
        let start = self.cursor;
        let Some(open) = self.open.pop() else { return Err(start.fault("an end tag of nothing")) };
        self.cursor.at += b"</".len();
        let closes = self.cursor.eat(open.name.as_bytes());
        self.cursor.space();
        if !closes || !self.cursor.eat(b">") {
            let found = names::run(start.text, start.at + 2).text;
            let what = format!("</{}> stands where </{}> should", short(found), short(open.name));
            return Err(start.fault(what));
        }
        self.scope.leave(open.outside);
        Ok(())
    }
}

/// As much of what the publisher wrote as a sentence can hold.
pub(super) fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests;
