//! A half-open range of bytes in a source text.

use std::ops::Range;

/// Bytes `start..end` of a text. Offsets are 32 bits wide: a source is capped far below 4 GiB
/// (see [`MAX_TEXT`]), and outlines hold very many of these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

/// The longest text that spans can index, in bytes (1 GiB).
pub const MAX_TEXT: usize = 1 << 30;

impl Span {
    /// A span from byte offsets.
    ///
    /// # Panics
    /// If an offset is beyond [`MAX_TEXT`]; texts that long are refused before anything spans them.
    #[inline]
    pub fn new(start: usize, end: usize) -> Self {
        Span { start: offset(start), end: offset(end) }
    }

    /// The empty span at `at`.
    #[inline]
    pub fn empty(at: u32) -> Self {
        Span { start: at, end: at }
    }

    /// The text it stands for.
    #[inline]
    pub fn of(self, text: &str) -> &str {
        &text[self.range()]
    }

    /// As a range of `usize`, for slicing.
    #[inline]
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// How many bytes it covers.
    #[inline]
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether it covers nothing.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The same bytes, in a text that this one starts at `by` of.
    #[inline]
    #[must_use]
    pub fn shifted(self, by: u32) -> Self {
        Span { start: self.start + by, end: self.end + by }
    }
}

/// A byte offset as 32 bits.
#[inline]
pub(crate) fn offset(at: usize) -> u32 {
    debug_assert!(at <= MAX_TEXT);
    u32::try_from(at).expect("texts are capped at MAX_TEXT, which fits 32 bits")
}
