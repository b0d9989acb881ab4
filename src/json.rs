//! JSON as text with positions: where the members of an object and the elements of an array stand.
//!
//! `serde_json` reads it; each value is borrowed from the text, and where it stands is where it was borrowed
//! from. Source: RFC 8259.

use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::span::Span;

/// A member of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name, quotes included.
    pub key: Span,
    /// Its value.
    pub value: Span,
}

/// The whole of a text that is one value of JSON, without the white space around it.
///
/// # Errors
/// Where it is not, with the place.
pub fn value(source: &str) -> Result<Span, serde_json::Error> {
    let raw: &RawValue = serde_json::from_str(source)?;
    Ok(place(source, raw))
}

/// The members of the object at `object`, in the order of the text. None where there is no object.
///
/// ```
/// use limpid::{json, span::Span};
/// let source = r#"{ "a": 1.50, "b": [] }"#;
/// let members = json::members(source, Span::new(0, source.len()));
/// assert_eq!(members[0].key.of(source), "\"a\"");
/// assert_eq!(members[0].value.of(source), "1.50");
/// ```
pub fn members(source: &str, object: Span) -> Vec<Member> {
    let mut reader = serde_json::Deserializer::from_str(object.of(source));
    let raw = reader.deserialize_map(Members).unwrap_or_default();
    raw.into_iter()
        .map(|(key, value)| Member { key: place(source, key), value: place(source, value) })
        .collect()
}

/// The elements of the array at `array`. None where there is no array.
pub fn elements(source: &str, array: Span) -> Vec<Span> {
    let raw: Vec<&RawValue> = serde_json::from_str(array.of(source)).unwrap_or_default();
    raw.into_iter().map(|raw| place(source, raw)).collect()
}

/// The inside of the string at `value`; `None` where that is no string.
pub fn string(source: &str, value: Span) -> Option<Span> {
    let is_string = value.of(source).starts_with('"') && value.len() >= 2;
    is_string.then(|| Span { start: value.start + 1, end: value.end - 1 })
}

/// Where in `source` a value stands that was borrowed from it.
fn place(source: &str, raw: &RawValue) -> Span {
    let start = raw.get().as_ptr().addr() - source.as_ptr().addr();
    Span::new(start, start + raw.get().len())
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(&'de RawValue, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut all = Vec::new();
        while let Some(member) = map.next_entry()? {
            all.push(member);
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_those_of_the_text() {
        let source = " {\"a\\u0062\" : {\"x\": [1e3, \"é\"]} ,\n\"a\":null}\n";
        let whole = value(source).unwrap();
        assert_eq!(whole.of(source), source.trim());
        let all = members(source, whole);
        let read: Vec<_> = all.iter().map(|m| (m.key.of(source), m.value.of(source))).collect();
        assert_eq!(read, [("\"a\\u0062\"", "{\"x\": [1e3, \"é\"]}"), ("\"a\"", "null")]);
        let inner = members(source, all[0].value);
        let elements: Vec<&str> =
            elements(source, inner[0].value).into_iter().map(|e| e.of(source)).collect();
        assert_eq!(elements, ["1e3", "\"é\""]);
    }

    #[test]
    fn what_is_no_object_has_no_members() {
        assert!(members("[1]", Span::new(0, 3)).is_empty());
        assert!(elements("{}", Span::new(0, 2)).is_empty());
        assert!(value("{} {}").is_err());
        assert!(value("{\"a\": 1,}").is_err());
        assert_eq!(string("1", Span::new(0, 1)), None);
    }
}
