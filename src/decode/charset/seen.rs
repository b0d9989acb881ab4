//! What bytes show of their charset by themselves.

use encoding_rs::{ISO_2022_JP, UTF_16BE, UTF_16LE};
use memchr::{memchr, memchr3, memmem};

use super::label::Charset;

/// U+FEFF in UTF-8.
pub(super) const UTF_8_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// How far into a body its first markup may be.
const FIRST: usize = 256;

/// The charset of a byte order mark, and how many bytes the mark has (Unicode §23.8).
pub(super) fn mark(body: &[u8]) -> Option<(Charset, usize)> {
    match body {
        [0xff, 0xfe, 0, 0, ..] => Some((Charset::Utf32Le, 4)),
        [0, 0, 0xfe, 0xff, ..] => Some((Charset::Utf32Be, 4)),
        [0xff, 0xfe, ..] => Some((Charset::Known(UTF_16LE), 2)),
        [0xfe, 0xff, ..] => Some((Charset::Known(UTF_16BE), 2)),
        [0xef, 0xbb, 0xbf, ..] => Some((Charset::UTF_8, 3)),
        _ => None,
    }
}

/// UTF-16 or UTF-32, and where the text begins: by a mark, or else by the zero bytes around the first `<`, `{`
/// or `[` (XML 1.0 appendix F.1, RFC 4627 §3).
pub(super) fn wide(body: &[u8]) -> Option<(Charset, usize)> {
    if let Some(marked) = mark(body) {
        return Some(marked).filter(|(charset, _)| charset.is_wide());
    }
    let at = memchr3(b'<', b'{', b'[', &body[..body.len().min(FIRST)])?;
    let before = |n: usize| at.checked_sub(n).map(|at| body[at]);
    let after = |n: usize| body.get(at + n).copied();
    let are_zero = |bytes: [Option<u8>; 3]| bytes == [Some(0); 3];
    // The character after it is ASCII too in any feed: a name, `?`, `!`, a quotation mark, white space.
    let charset = match at % 4 {
        0 if are_zero([after(1), after(2), after(3)]) => Charset::Utf32Le,
        3 if are_zero([before(1), before(2), before(3)]) => Charset::Utf32Be,
        0 | 2 if after(1) == Some(0) && after(3).is_none_or(|b| b == 0) => Charset::Known(UTF_16LE),
        1 | 3 if before(1) == Some(0) && after(1).is_none_or(|b| b == 0) => Charset::Known(UTF_16BE),
        _ => return None,
    };
    Some((charset, 0))
}

/// ISO-2022-JP by its escapes, or HZ by its tildes, where all bytes are ASCII.
pub(super) fn shifts(body: &[u8]) -> Option<Charset> {
    let has_escapes = memchr(0x1b, body).is_some();
    if !has_escapes && memmem::find(body, b"~{").is_none() || !body.is_ascii() {
        return None;
    }
    Some(if has_escapes { Charset::Known(ISO_2022_JP) } else { Charset::Hz })
}

/// How many of the bytes above ASCII stand in sequences that are UTF-8.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    valid: usize,
    all: usize,
}

/// Counts them. A byte order mark does not count: templates put it before anything.
pub(super) fn utf8_share(body: &[u8]) -> Share {
    let body = body.strip_prefix(UTF_8_MARK.as_slice()).unwrap_or(body);
    let above = |bytes: &[u8]| bytes.iter().filter(|b| !b.is_ascii()).count();
    let valid = body.utf8_chunks().map(|chunk| above(chunk.valid().as_bytes())).sum();
    Share { valid, all: above(body) }
}

impl Share {
    /// Two of three: one letter of two bytes, and one that was cut in the middle. In other charsets hardly any
    /// bytes are UTF-8 by chance, in those of East Asia up to half of them.
    pub(super) fn is_most(self) -> bool {
        self.valid > 0 && self.valid.saturating_mul(3) >= self.all.saturating_mul(2)
    }

    /// Nine of ten.
    pub(super) fn is_nearly_all(self) -> bool {
        self.valid > 0 && self.valid.saturating_mul(10) >= self.all.saturating_mul(9)
    }
}
