//! What stands before the root: the XML declaration (XML 1.0, §2.8) and the document type declaration (§2.8,
//! §3.3, §4.2). The latter is skimmed for what the rest of the document depends on: names of entities, and
//! namespaces that attributes have by default. Nothing is expanded, and nothing is fetched.

use std::borrow::Cow;

use memchr::memchr3;

use super::Fault;
use super::cursor::Cursor;
use super::entity::{Entities, Reference, reference};
use super::scope;

/// What an XML declaration starts with, when it is one.
pub const DECLARATION: &[u8] = b"<?xml";

/// What a document type declaration starts with.
pub const DOCTYPE: &[u8] = b"<!DOCTYPE";

/// Whether an XML declaration starts here.
pub fn is_declaration(here: Cursor<'_>) -> bool {
    let after = here.rest().get(DECLARATION.len());
    here.rest().starts_with(DECLARATION) && matches!(after, Some(b' ' | b'\t' | b'\r' | b'\n' | b'?'))
}

/// Passes over the XML declaration that starts here; whether it says that the document stands alone.
pub fn declaration(cursor: &mut Cursor<'_>) -> Result<bool, Fault> {
    const FORM: &str = "the XML declaration is malformed";
    cursor.at += DECLARATION.len();
    let version = pseudo_attribute(cursor, b"version")?.unwrap_or_default();
    let minor = version.strip_prefix("1.").unwrap_or_default();
    if minor.is_empty() || !minor.bytes().all(|b| b.is_ascii_digit()) {
        return Err(cursor.fault("the XML declaration names no version of XML 1"));
    }
    if let Some(encoding) = pseudo_attribute(cursor, b"encoding")? {
        let fine = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-');
        if !encoding.starts_with(|c: char| c.is_ascii_alphabetic()) || !encoding.bytes().all(fine) {
            return Err(cursor.fault("the XML declaration names no proper encoding"));
        }
    }
    let alone = match pseudo_attribute(cursor, b"standalone")? {
        None | Some("no") => false,
        Some("yes") => true,
        Some(_) => return Err(cursor.fault(FORM)),
    };
    cursor.space();
    cursor.expect(b"?>", FORM)?;
    Ok(alone)
}

/// ` name="value"` of an XML declaration, where that comes next.
fn pseudo_attribute<'a>(cursor: &mut Cursor<'a>, name: &[u8]) -> Result<Option<&'a str>, Fault> {
    let mut after = *cursor;
    if !after.space() || !after.eat(name) {
        return Ok(None);
    }
    after.space();
    after.expect(b"=", "the XML declaration is malformed")?;
    after.space();
    let value = after.literal()?;
    *cursor = after;
    Ok(Some(value))
}

/// What a document type declaration says that matters outside it.
#[derive(Debug, Default)]
pub struct Doctype<'a> {
    /// The entities declared, or that they may be elsewhere.
    pub entities: Entities<'a>,
    /// Prefixes bound by default values of attributes (Namespaces in XML 1.0, §3). They count everywhere.
    pub prefixes: Vec<(&'a str, Cow<'a, str>)>,
}

/// Passes over the document type declaration that starts here.
pub fn doctype<'a>(cursor: &mut Cursor<'a>) -> Result<Doctype<'a>, Fault> {
    const FORM: &str = "the document type declaration is malformed";
    let mut found = Doctype::default();
    cursor.at += DOCTYPE.len();
    cursor.expect_space(FORM)?;
    if cursor.run().qualified().is_none() {
        return Err(cursor.fault(FORM));
    }
    let spaced = cursor.space();
    if cursor.rest().starts_with(b"SYSTEM") || cursor.rest().starts_with(b"PUBLIC") {
        if !spaced {
            return Err(cursor.fault(FORM));
        }
        external(cursor, false)?;
        found.entities.elsewhere = true;
        cursor.space();
    }
    if cursor.eat(b"[") {
        while !cursor.eat(b"]") {
            part(cursor, &mut found)?;
        }
        cursor.space();
    }
    cursor.expect(b">", FORM)?;
    Ok(found)
}

/// `SYSTEM "where"` or `PUBLIC "who" "where"` (§4.2.2); a notation may leave out where.
fn external(cursor: &mut Cursor<'_>, notation: bool) -> Result<(), Fault> {
    const FORM: &str = "an external identifier is malformed";
    if cursor.eat(b"PUBLIC") {
        cursor.expect_space(FORM)?;
        if !cursor.literal()?.bytes().all(|b| b.is_ascii_alphanumeric() || PUBLIC.contains(&b)) {
            return Err(cursor.fault(FORM));
        }
        if notation {
            let mut after = *cursor;
            after.space();
            if after.peek() == Some(b'>') {
                return Ok(());
            }
        }
    } else {
        cursor.expect(b"SYSTEM", FORM)?;
    }
    cursor.expect_space(FORM)?;
    cursor.literal().map(drop)
}

/// What a public identifier may hold besides letters and digits (production [13]).
const PUBLIC: &[u8] = b" \r\n-'()+,./:=?;!*#@$_%";

/// Passes over one thing in the internal subset.
fn part<'a>(cursor: &mut Cursor<'a>, found: &mut Doctype<'a>) -> Result<(), Fault> {
    const FORM: &str = "the document type declaration is malformed";
    if cursor.space() {
        return Ok(());
    }
    if cursor.eat(b"%") {
        found.entities.elsewhere = true;
        if !cursor.run().is_plain() {
            return Err(cursor.fault(FORM));
        }
        return cursor.expect(b";", FORM);
    }
    let rest = cursor.rest();
    if rest.starts_with(b"<!--") {
        return cursor.comment();
    }
    if rest.starts_with(b"<?") {
        return cursor.instruction();
    }
    if cursor.eat(b"<!ENTITY") {
        return entity(cursor, &mut found.entities);
    }
    if cursor.eat(b"<!ATTLIST") {
        return attributes(cursor, found);
    }
    if cursor.eat(b"<!NOTATION") {
        return notation(cursor);
    }
    cursor.expect(b"<!ELEMENT", FORM)?;
    cursor.at += memchr3(b'>', b'<', b'%', cursor.rest()).ok_or_else(|| cursor.fault(FORM))?;
    cursor.expect(b">", FORM)
}

/// After `<!NOTATION` (§4.7).
fn notation(cursor: &mut Cursor<'_>) -> Result<(), Fault> {
    const FORM: &str = "a declaration of a notation is malformed";
    cursor.expect_space(FORM)?;
    let fine = cursor.run().is_plain();
    cursor.expect_space(FORM)?;
    external(cursor, true)?;
    cursor.space();
    if fine { cursor.expect(b">", FORM) } else { Err(cursor.fault(FORM)) }
}

/// After `<!ENTITY` (§4.2).
fn entity<'a>(cursor: &mut Cursor<'a>, entities: &mut Entities<'a>) -> Result<(), Fault> {
    const FORM: &str = "a declaration of an entity is malformed";
    cursor.expect_space(FORM)?;
    let parameter = cursor.eat(b"%");
    if parameter {
        cursor.expect_space(FORM)?;
    }
    let name = cursor.run();
    if !name.is_plain() {
        return Err(cursor.fault(FORM));
    }
    cursor.expect_space(FORM)?;
    if matches!(cursor.peek(), Some(b'"' | b'\'')) {
        let value = value(cursor)?;
        if value.contains('%') {
            return Err(cursor.fault("a % stands in the value of an entity"));
        }
    } else {
        external(cursor, false)?;
        let mut after = *cursor;
        if after.space() && after.eat(b"NDATA") && !parameter {
            after.expect_space(FORM)?;
            after.run().is_plain().then_some(()).ok_or_else(|| after.fault(FORM))?;
            *cursor = after;
        }
    }
    if !parameter {
        entities.declared.insert(name.text);
    }
    cursor.space();
    cursor.expect(b">", FORM)
}

/// A value in quotes, in which references are references. Whether they are declared is not asked: they may
/// be after it.
fn value<'a>(cursor: &mut Cursor<'a>) -> Result<&'a str, Fault> {
    let start = cursor.at + 1;
    let value = cursor.literal()?;
    let mut at = 0;
    while let Some(next) = value[at..].find('&') {
        let (found, len) = reference(value, at + next);
        if matches!(found, Reference::Forbidden | Reference::None) {
            let at = start + at + next;
            return Err(Fault { at, what: "a & starts no reference".into() });
        }
        at += next + len;
    }
    Ok(value)
}

/// After `<!ATTLIST` (§3.3).
fn attributes<'a>(cursor: &mut Cursor<'a>, found: &mut Doctype<'a>) -> Result<(), Fault> {
    const FORM: &str = "a declaration of attributes is malformed";
    cursor.expect_space(FORM)?;
    let mut prefix = None;
    while !cursor.eat(b">") {
        match cursor.peek() {
            Some(b'"' | b'\'') => {
                let value = value(cursor)?;
                if value.contains('<') {
                    return Err(cursor.fault("a < stands in an attribute's value"));
                }
                found.prefixes.extend(prefix.take().map(|p| (p, scope::uri(value))));
            }
            None | Some(b'<' | b'[' | b']' | b'&' | b'%') => return Err(cursor.fault(FORM)),
            _ => match cursor.run().text {
                "" => cursor.at += 1,
                name => prefix = name.strip_prefix("xmlns:").or(prefix),
            },
        }
    }
    Ok(())
}
