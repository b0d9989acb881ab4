//! A place in a text, and the small steps from there that every part of a document is read by.

use std::borrow::Cow;

use memchr::{memchr, memmem};

use super::Fault;
use super::names::{Run, run};

/// A place in a text.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    /// The text.
    pub text: &'a str,
    /// The byte that comes next.
    pub at: usize,
}

impl<'a> Cursor<'a> {
    /// What is left.
    #[inline]
    pub fn rest(&self) -> &'a [u8] {
        &self.text.as_bytes()[self.at..]
    }

    /// The byte that comes next.
    #[inline]
    pub fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Passes over `bytes` if they come next.
    #[inline]
    pub fn eat(&mut self, bytes: &[u8]) -> bool {
        let eaten = self.rest().starts_with(bytes);
        self.at += if eaten { bytes.len() } else { 0 };
        eaten
    }

    /// Passes over white space (production [3]); whether there was any.
    #[inline]
    pub fn space(&mut self) -> bool {
        let start = self.at;
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
        self.at > start
    }

    /// Passes over what may be a name.
    #[inline]
    pub fn run(&mut self) -> Run<'a> {
        let run = run(self.text, self.at);
        self.at += run.text.len();
        run
    }

    /// Passes over `bytes`, or says what is wrong if they do not come next.
    pub fn expect(&mut self, bytes: &[u8], what: &'static str) -> Result<(), Fault> {
        if self.eat(bytes) { Ok(()) } else { Err(self.fault(what)) }
    }

    /// Passes over white space, or says what is wrong if there is none.
    pub fn expect_space(&mut self, what: &'static str) -> Result<(), Fault> {
        if self.space() { Ok(()) } else { Err(self.fault(what)) }
    }

    /// That something is wrong here.
    #[cold]
    pub fn fault(&self, what: impl Into<Cow<'static, str>>) -> Fault {
        Fault { at: self.at, what: what.into() }
    }

    /// Passes over a value in quotes; what stands between them.
    pub fn literal(&mut self) -> Result<&'a str, Fault> {
        let Some(quote @ (b'"' | b'\'')) = self.peek() else {
            return Err(self.fault("something stands where a value in quotes should"));
        };
        let start = self.at + 1;
        let Some(len) = memchr(quote, &self.text.as_bytes()[start..]) else {
            return Err(self.fault("a value in quotes never ends"));
        };
        self.at = start + len + 1;
        Ok(&self.text[start..start + len])
    }

    /// Passes over a comment (§2.5), which starts here.
    pub fn comment(&mut self) -> Result<(), Fault> {
        let inside = self.at + b"<!--".len();
        let Some(len) = memmem::find(&self.text.as_bytes()[inside..], b"--") else {
            return Err(self.fault("a comment never ends"));
        };
        let mut end = Cursor { at: inside + len + 2, ..*self };
        if end.eat(b">") {
            self.at = end.at;
            return Ok(());
        }
        // What there is no end to is told as that.
        end.at -= 2;
        let closed = memmem::find(end.rest(), b"-->").is_some();
        Err(if closed { end.fault("a comment has -- in it") } else { self.fault("a comment never ends") })
    }

    /// Passes over a processing instruction (§2.6), which starts here.
    pub fn instruction(&mut self) -> Result<(), Fault> {
        let mut after = Cursor { at: self.at + b"<?".len(), ..*self };
        let target = after.run();
        if target.text.eq_ignore_ascii_case("xml") {
            return Err(self.fault("an XML declaration does not stand at the very start"));
        }
        if !target.is_plain() {
            return Err(self.fault("a processing instruction has no proper name"));
        }
        if !after.rest().starts_with(b"?>") {
            after.expect_space("a processing instruction has no proper name")?;
        }
        let Some(len) = memmem::find(after.rest(), b"?>") else {
            return Err(self.fault("a processing instruction never ends"));
        };
        self.at = after.at + len + 2;
        Ok(())
    }
}
