//! XML as text with positions: what elements say, and how to write it back in the same style.

pub mod check;
pub mod entities;
pub mod repair;
pub mod splice;
pub mod tag;

use quick_xml::Reader;

/// A reader of a text, and how many bytes to add to its positions: quick-xml passes over a byte order mark at
/// the start of what it is given without counting it.
pub fn reader(text: &str) -> (Reader<&[u8]>, usize) {
    let unmarked = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader::from_str(unmarked);
    reader.config_mut().allow_dangling_amp = true;
    (reader, text.len() - unmarked.len())
}
