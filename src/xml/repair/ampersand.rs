//! What a `&` starts, and what it is to be instead.

use std::fmt::Write;

use super::report::RepairKind;
use super::scan::Scan;
use crate::span::Span;
use crate::xml::check::entity::{Reference, reference};
use crate::xml::splice::Edit;

impl Scan<'_> {
    /// Mends the reference that the `&` at `at` starts; where to go on.
    pub(super) fn ampersand(&mut self, at: usize) -> usize {
        let text = self.cursor.text;
        let (found, len) = reference(text, at);
        let span = Span::new(at, at + len);
        match found {
            Reference::Predefined | Reference::Character => return at + len,
            Reference::Named(name) if self.entities.know(name) => return at + len,
            Reference::Forbidden => {
                self.push(RepairKind::CharacterReference, at, Edit::delete(span));
                return at + len;
            }
            Reference::Named(_) => {
                if let Some(numbers) = by_number(span.of(text)) {
                    self.push(RepairKind::HtmlEntity, at, Edit::replace(span, numbers));
                    return at + len;
                }
            }
            Reference::None => {}
        }
        self.push(RepairKind::Ampersand, at, Edit::replace(Span::new(at, at + 1), "&amp;"));
        at + 1
    }
}

/// A named reference of HTML (WHATWG HTML §13.5), as references to characters by number.
fn by_number(reference: &str) -> Option<String> {
    let characters = htmlize::ENTITIES.get(reference.as_bytes())?;
    let characters = std::str::from_utf8(characters).ok()?;
    Some(characters.chars().fold(String::new(), |mut all, c| {
        let _ = write!(all, "&#{};", u32::from(c));
        all
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_numbers() {
        assert_eq!(by_number("&nbsp;").unwrap(), "&#160;");
        assert_eq!(by_number("&COPY;").unwrap(), "&#169;");
        assert_eq!(by_number("&NotEqualTilde;").unwrap(), "&#8770;&#824;");
        assert_eq!(by_number("&nothing;"), None);
    }
}
