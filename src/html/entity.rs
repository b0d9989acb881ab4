//! Character references in HTML text and attributes (WHATWG HTML §13.5).

use std::borrow::Cow;

use memchr::memchr;

/// Text with its references resolved.
///
/// ```
/// assert_eq!(limpid::html::entity::decode("R&amp;D &ndash; it&#8217;s"), "R&D – it’s");
/// ```
pub fn decode(text: &str) -> Cow<'_, str> {
    let Some(mut at) = memchr(b'&', text.as_bytes()) else { return Cow::Borrowed(text) };
    let (mut out, mut from) = (String::with_capacity(text.len()), 0);
    loop {
        out.push_str(&text[from..at]);
        // A reference ends before the next one begins.
        let next = memchr(b'&', &text.as_bytes()[at + 1..]).map_or(text.len(), |length| at + 1 + length);
        if let Some((character, length)) = number(&text.as_bytes()[at..next]) {
            out.push(character);
            from = at + length;
        } else {
            out.push_str(&htmlize::unescape(&text[at..next]));
            from = next;
        }
        if next == text.len() {
            out.push_str(&text[from..]);
            return Cow::Owned(out);
        }
        at = next;
    }
}

/// A character by its number, such as `&#8217;`, as nearly all references in feeds are, and how long the reference is.
/// Those that HTML takes for another character are not read here.
fn number(text: &[u8]) -> Option<(char, usize)> {
    let digits = text.strip_prefix(b"&#")?;
    let end = digits.iter().take(7).position(|byte| *byte == b';').filter(|end| *end > 0)?;
    let value = digits[..end]
        .iter()
        .try_fold(0, |value, byte| byte.is_ascii_digit().then(|| value * 10 + u32::from(byte - b'0')))?;
    let is_itself = matches!(value, 0x20..0x7f | 0xa0..0xd800 | 0xe000..0xfdd0);
    Some((char::from_u32(value).filter(|_| is_itself)?, end + 3))
}

/// An attribute's value with its references resolved: `?a=1&copy=2` keeps its `&copy`.
pub fn decode_attribute(value: &str) -> Cow<'_, str> {
    htmlize::unescape_attribute(value)
}

/// Words as HTML text that shows them.
pub fn escape(text: &str) -> Cow<'_, str> {
    htmlize::escape_text(text)
}

/// A value to stand between double quotes. `<` and `>` are escaped too, so that it can stand in XHTML.
pub fn escape_attribute(value: &str) -> String {
    htmlize::escape_attribute(value).replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// What is read here is what htmlize reads.
        #[test]
        fn references_are_read_as_anyone_reads_them(
            pieces in prop::collection::vec(
                prop_oneof![
                    "[&#;x0-9a-z ]{0,4}",
                    (0u32..0x11_1000).prop_map(|number| format!("&#{number};")),
                    (0u32..0x300).prop_map(|number| format!("&#{number}")),
                    prop::sample::select(&["&amp;", "&amp", "&notin;", "&not", "&nbsp;", "&#x41;", "é", "&#00065;", "&#;"][..])
                        .prop_map(str::to_owned),
                ],
                0..6,
            )
        ) {
            let text = pieces.concat();
            prop_assert_eq!(decode(&text), htmlize::unescape(&text));
        }
    }
}
