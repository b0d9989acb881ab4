//! The strings of JSON, piece by piece.
//!
//! Source: RFC 8259 §7 *Strings*.

use super::{Reading, Style};
use crate::span::Span;

/// Reads what stands between the quotes of a string. Half of a surrogate pair is no character; it is read as
/// U+FFFD, and stays as it is written.
pub(super) fn read(reading: &mut Reading<'_>) {
    let raw = reading.raw;
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', &raw.as_bytes()[at..]) {
        let start = at + found;
        if start > at {
            reading.verbatim(Span::new(at, start), Style::Json);
        }
        let (c, len) = escape(&raw[start..]);
        at = (start + len).min(raw.len());
        reading.reference(Span::new(start, at), Style::Json, c.encode_utf8(&mut [0; 4]));
    }
    if at < raw.len() {
        reading.verbatim(Span::new(at, raw.len()), Style::Json);
    }
}

/// The character that the escape at the start of `raw` stands for, and how many bytes it takes.
fn escape(raw: &str) -> (char, usize) {
    let simple = match raw.chars().nth(1) {
        Some('b') => '\u{8}',
        Some('f') => '\u{c}',
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some('u') => return unicode(raw),
        Some(other) => return (other, 1 + other.len_utf8()),
        None => return (char::REPLACEMENT_CHARACTER, 1),
    };
    (simple, 2)
}

fn unicode(raw: &str) -> (char, usize) {
    let Some(first) = unit(raw) else { return (char::REPLACEMENT_CHARACTER, 2) };
    let second = raw.get(6..).and_then(unit);
    let pair = second.and_then(|second| char::decode_utf16([first, second]).next()?.ok());
    match (char::from_u32(first.into()), pair) {
        (Some(c), _) => (c, 6),
        (None, Some(c)) => (c, 12),
        (None, None) => (char::REPLACEMENT_CHARACTER, 6),
    }
}

/// The code unit of `\uXXXX` at the start of `raw`.
fn unit(raw: &str) -> Option<u16> {
    u16::from_str_radix(raw.strip_prefix("\\u")?.get(..4)?, 16).ok()
}

/// Writes `value` as it may stand between the quotes of a string.
pub(super) fn encode(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[cfg(test)]
mod tests {
    use crate::span::Span;
    use crate::text::Text;
    use crate::xml::splice::{Edit, splice};
    use proptest::prelude::*;

    fn read(raw: &str) -> String {
        Text::json(raw, Span::new(0, raw.len())).value().to_owned()
    }

    #[test]
    fn reads_escapes() {
        assert_eq!(read(r#"a\n\"b\"\/\\ \u00e9 \ud83d\ude00"#), "a\n\"b\"/\\ é \u{1F600}");
        assert_eq!(read(r"half \ud83d, other \ude00x"), "half \u{fffd}, other \u{fffd}x");
    }

    #[test]
    fn an_edit_leaves_the_escapes_around_it() {
        let raw = r#"<p class=\"a\">caf\u00e9<\/p>"#;
        let text = Text::json(raw, Span::new(0, raw.len()));
        let at = text.value().find("caf").unwrap();
        let edits = [Edit::replace(Span::new(at, at + 3), "\"th\n")];
        assert_eq!(splice(raw, &text.lower(raw, &edits)), r#"<p class=\"a\">\"th\n\u00e9<\/p>"#);
    }

    proptest! {
        /// Whatever is edited, what is written afterwards is a string of JSON that says what was meant.
        #[test]
        fn a_lowered_edit_reads_back(value in any::<String>(), a in 0usize..40, b in 0usize..40, put in any::<String>()) {
            let raw = super::encode(&value);
            let text = Text::json(&raw, Span::new(0, raw.len()));
            prop_assert_eq!(text.value(), &value);
            let border = |at: usize| (at.min(value.len())..=value.len()).find(|at| value.is_char_boundary(*at)).unwrap();
            let (a, b) = (border(a.min(b)), border(a.max(b)));
            let edits = [Edit::replace(Span::new(a, b), put)];
            let written = splice(&raw, &text.lower(&raw, &edits));
            let again: String = serde_json::from_str(&format!("\"{written}\"")).unwrap();
            prop_assert_eq!(again, splice(&value, &edits));
        }
    }
}
