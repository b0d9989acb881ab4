//! References (XML 1.0, §4.1): to characters, to what every document knows, to what this one declares.

use std::collections::HashSet;

use super::chars::is_xml;
use super::names::run;

/// The general entities that a document may refer to.
#[derive(Debug, Default)]
pub struct Entities<'a> {
    /// Names that the internal subset declares.
    pub declared: HashSet<&'a str>,
    /// Declarations may stand where nobody looks: in an external subset, or behind a parameter entity. Then
    /// no name is a fault (§4.1, *WFC: Entity Declared*).
    pub elsewhere: bool,
}

/// What a `&` starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reference<'a> {
    /// One of the five that need no declaration.
    Predefined,
    /// A character that XML can hold.
    Character,
    /// A character that XML can not hold, or none at all.
    Forbidden,
    /// An entity of this name.
    Named(&'a str),
    /// No reference.
    None,
}

/// Reads the reference that the `&` at `at` starts, and how many bytes it has. It has one where it is none.
#[inline]
pub fn reference(text: &str, at: usize) -> (Reference<'_>, usize) {
    match &text.as_bytes()[at + 1..] {
        [b'l' | b'g', b't', b';', ..] => (Reference::Predefined, 4),
        [b'a', b'm', b'p', b';', ..] => (Reference::Predefined, 5),
        [b'q', b'u', b'o', b't', b';', ..] | [b'a', b'p', b'o', b's', b';', ..] => (Reference::Predefined, 6),
        [b'#', b'x', digits @ ..] => character(digits, 16, 3),
        [b'#', digits @ ..] => character(digits, 10, 2),
        _ => named(text, at),
    }
}

fn character(rest: &[u8], radix: u32, before: usize) -> (Reference<'static>, usize) {
    let digits = rest.iter().map_while(|b| char::from(*b).to_digit(radix));
    let (mut number, mut count) = (0_u32, 0);
    for digit in digits {
        number = number.saturating_mul(radix).saturating_add(digit);
        count += 1;
    }
    if count == 0 || rest.get(count) != Some(&b';') {
        return (Reference::None, 1);
    }
    let is_fine = char::from_u32(number).is_some_and(is_xml);
    (if is_fine { Reference::Character } else { Reference::Forbidden }, before + count + 1)
}

fn named(text: &str, at: usize) -> (Reference<'_>, usize) {
    let run = run(text, at + 1);
    let end = at + 1 + run.text.len();
    if text.as_bytes().get(end) != Some(&b';') || !run.is_plain() {
        return (Reference::None, 1);
    }
    (Reference::Named(run.text), end + 1 - at)
}

impl Entities<'_> {
    /// Whether a reference to `name` is no fault.
    pub fn know(&self, name: &str) -> bool {
        self.elsewhere || self.declared.contains(name)
    }

    /// Passes over the reference that the `&` at `at` starts: where it ends, or what is wrong with it.
    #[inline]
    pub fn check(&self, text: &str, at: usize) -> Result<usize, &'static str> {
        let (reference, len) = reference(text, at);
        match reference {
            Reference::Predefined | Reference::Character => Ok(at + len),
            Reference::Named(name) if self.know(name) => Ok(at + len),
            Reference::Named(_) => Err("a reference to an entity that is not declared"),
            Reference::Forbidden => Err("a reference to a character that XML can not hold"),
            Reference::None => Err("a & starts no reference"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_what_an_ampersand_starts() {
        for (text, expected) in [
            ("&lt;", Reference::Predefined),
            ("&quot;x", Reference::Predefined),
            ("&#9;", Reference::Character),
            ("&#x10FFFF;", Reference::Character),
            ("&#000000000000000000065;", Reference::Character),
            ("&#150;", Reference::Character),
            ("&#0;", Reference::Forbidden),
            ("&#xD800;", Reference::Forbidden),
            ("&#x110000;", Reference::Forbidden),
            ("&#99999999999999999999;", Reference::Forbidden),
            ("&#xFFFE;", Reference::Forbidden),
            ("&nbsp;", Reference::Named("nbsp")),
            ("&LT;", Reference::Named("LT")),
            ("&#xZZ;", Reference::None),
            ("&#X41;", Reference::None),
            ("&#;", Reference::None),
            ("&#12", Reference::None),
            ("&nbsp", Reference::None),
            ("& ;", Reference::None),
            ("&;", Reference::None),
            ("&a:b;", Reference::None),
            ("&1;", Reference::None),
            ("&", Reference::None),
        ] {
            let (found, len) = reference(text, 0);
            assert_eq!(found, expected, "{text}");
            assert_eq!(len == 1, expected == Reference::None, "{text}");
        }
    }
}
