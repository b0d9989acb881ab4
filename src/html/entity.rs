//! Character references in HTML text and attributes (WHATWG HTML §13.5).

use std::borrow::Cow;

/// Text with its references resolved.
///
/// ```
/// assert_eq!(limpid::html::entity::decode("R&amp;D &ndash; it&#8217;s"), "R&D – it’s");
/// ```
pub fn decode(text: &str) -> Cow<'_, str> {
    htmlize::unescape(text)
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
