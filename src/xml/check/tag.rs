//! Start tags: their names, their attributes, and what those declare.

use std::collections::HashSet;

use memchr::memchr3;

use super::names::Name;
use super::{Check, Fault, Open, scope};

/// Up to so many attributes are compared one with the other.
const FEW: usize = 12;

/// An attribute of the tag at hand.
#[derive(Clone, Copy, Debug)]
pub struct Attribute<'a> {
    name: Name<'a>,
    value: &'a str,
    /// Where it starts.
    at: usize,
}

impl Attribute<'_> {
    /// Whether it binds a prefix, or the default namespace.
    #[inline]
    fn declares(&self) -> bool {
        self.name.text.starts_with("xmlns")
            && (self.name.text.len() == 5 || self.name.prefix().is_some_and(|p| p.len() == 5))
    }
}

impl<'a> Check<'a> {
    /// Passes over the start tag that begins here.
    #[inline]
    pub(super) fn start_tag(&mut self) -> Result<(), Fault> {
        let start = self.cursor;
        self.cursor.at += 1;
        let run = self.cursor.run();
        if run.text.is_empty() {
            return Err(start.fault("a < starts no tag"));
        }
        let Some(name) = run.qualified() else {
            return Err(start.fault("an element has a name that is none"));
        };
        let outside = self.scope.mark();
        let empty = self.attributes()?;
        if !self.attributes.is_empty() {
            self.declare()?;
        }
        if let Some(prefix) = name.prefix()
            && (prefix == "xmlns" || self.scope.uri(prefix).is_none())
        {
            return Err(start.fault(undeclared(prefix)));
        }
        if self.attributes.len() > 1 {
            self.each_once()?;
        }
        if empty {
            self.scope.leave(outside);
        } else {
            self.open.push(Open { name: name.text, outside });
        }
        Ok(())
    }

    /// Passes over the attributes and the end of a start tag; whether the element is empty.
    #[inline]
    fn attributes(&mut self) -> Result<bool, Fault> {
        self.attributes.clear();
        loop {
            let spaced = self.cursor.space();
            match self.cursor.rest() {
                [b'>', ..] => {
                    self.cursor.at += 1;
                    return Ok(false);
                }
                [b'/', b'>', ..] => {
                    self.cursor.at += 2;
                    return Ok(true);
                }
                [] => return Err(self.cursor.fault("a tag never ends")),
                _ if !spaced => return Err(self.cursor.fault("no white space stands before an attribute")),
                _ => self.attribute()?,
            }
        }
    }

    #[inline]
    fn attribute(&mut self) -> Result<(), Fault> {
        let start = self.cursor;
        let Some(name) = self.cursor.run().qualified() else {
            return Err(start.fault("an attribute has a name that is none"));
        };
        self.cursor.space();
        if !self.cursor.eat(b"=") {
            return Err(start.fault("an attribute has no value"));
        }
        self.cursor.space();
        let value = self.value()?;
        self.attributes.push(Attribute { name, value, at: start.at });
        Ok(())
    }

    /// Passes over an attribute's value in its quotes.
    #[inline]
    fn value(&mut self) -> Result<&'a str, Fault> {
        let opening = self.cursor;
        let Some(quote @ (b'"' | b'\'')) = opening.peek() else {
            return Err(opening.fault("an attribute's value has no quotes"));
        };
        self.cursor.at += 1;
        loop {
            let Some(len) = memchr3(quote, b'<', b'&', self.cursor.rest()) else {
                return Err(opening.fault("an attribute's value never ends"));
            };
            self.cursor.at += len;
            match self.cursor.peek() {
                Some(b'&') => self.reference()?,
                Some(b'<') => return Err(self.cursor.fault("a < stands in an attribute's value")),
                _ => break,
            }
        }
        self.cursor.at += 1;
        Ok(&opening.text[opening.at + 1..self.cursor.at - 1])
    }

    /// Binds the prefixes that the attributes declare, and checks that those they use are bound.
    #[inline]
    fn declare(&mut self) -> Result<(), Fault> {
        for attribute in &self.attributes {
            if !attribute.declares() {
                continue;
            }
            let prefix = attribute.name.prefix().map(|_| attribute.name.local());
            let uri = scope::uri(attribute.value);
            if let Some(what) = scope::forbidden(prefix, &uri) {
                return Err(Fault { at: attribute.at, what: what.into() });
            }
            if let Some(prefix) = prefix {
                self.scope.bind(prefix, uri);
            }
        }
        for attribute in &self.attributes {
            if let Some(prefix) = attribute.name.prefix()
                && prefix != "xmlns"
                && self.scope.uri(prefix).is_none()
            {
                return Err(Fault { at: attribute.at, what: undeclared(prefix) });
            }
        }
        Ok(())
    }

    /// Whether no two attributes have the same name (§3.1, *WFC: Unique Att Spec*), nor the same local name
    /// and namespace (Namespaces in XML 1.0, §6.3).
    #[inline]
    fn each_once(&self) -> Result<(), Fault> {
        let twice = if self.attributes.len() <= FEW { self.twice_of_few() } else { self.twice_of_many() };
        match twice {
            None => Ok(()),
            Some(second) => Err(Fault { at: second.at, what: "an attribute is given twice".into() }),
        }
    }

    #[inline]
    fn twice_of_few(&self) -> Option<&Attribute<'a>> {
        self.attributes.iter().enumerate().skip(1).find_map(|(index, second)| {
            self.attributes[..index]
                .iter()
                .any(|first| self.are_one(first.name, second.name))
                .then_some(second)
        })
    }

    #[inline]
    fn are_one(&self, a: Name<'a>, b: Name<'a>) -> bool {
        if a.text == b.text {
            return true;
        }
        match (a.prefix(), b.prefix()) {
            (Some(x), Some(y)) if x != "xmlns" && y != "xmlns" => {
                a.local() == b.local() && self.scope.uri(x) == self.scope.uri(y)
            }
            _ => false,
        }
    }

    #[cold]
    fn twice_of_many(&self) -> Option<&Attribute<'a>> {
        let mut seen = HashSet::with_capacity(self.attributes.len());
        self.attributes.iter().find(|attribute| {
            let name = attribute.name;
            let uri = name.prefix().filter(|p| *p != "xmlns").and_then(|p| self.scope.uri(p));
            let key = if uri.is_some() { name.local() } else { name.text };
            !seen.insert((uri, key))
        })
    }
}

#[cold]
fn undeclared(prefix: &str) -> std::borrow::Cow<'static, str> {
    format!("the prefix {} is not declared", super::short(prefix)).into()
}
