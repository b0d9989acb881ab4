//! Edits to a text, and the one pass that applies them.

use crate::span::{Span, offset};

/// Replace the bytes of `span` by `text`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty for an insertion.
    pub span: Span,
    /// What stands there afterwards; empty for a deletion.
    pub text: String,
}

impl Edit {
    /// Takes the bytes of `span` out.
    pub fn delete(span: Span) -> Self {
        Edit { span, text: String::new() }
    }

    /// Puts `text` in the place of `span`.
    pub fn replace(span: Span, text: impl Into<String>) -> Self {
        Edit { span, text: text.into() }
    }
}

/// How many bytes of memory edits take.
pub fn weight(edits: &[Edit]) -> usize {
    edits.iter().map(|edit| size_of::<Edit>() + edit.text.len()).sum()
}

/// Copies `source` with every edit applied.
///
/// ```
/// use limpid::{span::Span, xml::splice::{splice, Edit}};
/// let edits = [Edit::delete(Span::new(0, 2)), Edit::replace(Span::new(3, 4), "D")];
/// assert_eq!(splice("abcd", &edits), "cD");
/// ```
///
/// # Panics
/// If the edits are not sorted and disjoint: that is a defect of the code that made them, and what it
/// would write instead is not the publisher's feed.
pub fn splice(source: &str, edits: &[Edit]) -> String {
    let inserted: usize = edits.iter().map(|e| e.text.len()).sum();
    let deleted: usize = edits.iter().map(|e| e.span.len()).sum();
    let mut out = String::with_capacity((source.len() + inserted).saturating_sub(deleted));
    let mut at = 0;
    for edit in edits {
        let range = edit.span.range();
        assert!(at <= range.start, "edits overlap at byte {at}: {edit:?}");
        out.push_str(&source[at..range.start]);
        out.push_str(&edit.text);
        at = range.end;
    }
    out.push_str(&source[at..]);
    out
}

/// Copies the bytes of `span` with every edit applied. The edits speak of the whole `source`, and lie in `span`.
///
/// ```
/// use limpid::{span::Span, xml::splice::{splice_within, Edit}};
/// let edits = [Edit::replace(Span::new(3, 4), "D")];
/// assert_eq!(splice_within("abcdef", Span::new(2, 5), edits), "cDe");
/// ```
pub fn splice_within(source: &str, span: Span, edits: impl IntoIterator<Item = Edit>) -> String {
    let inside = edits.into_iter().map(|Edit { span: at, text }| {
        let span = Span { start: at.start - span.start, end: at.end - span.start };
        Edit { span, text }
    });
    splice(span.of(source), &inside.collect::<Vec<_>>())
}

/// A stretch of a text that has been edited once: bytes of the source, or bytes put in.
enum Piece {
    Kept(Span),
    Put(String),
}

/// One list of edits that does to `source_len` bytes what `first` and then `second` would do.
///
/// `second` speaks of the text that `first` leaves behind.
pub fn compose(source_len: usize, first: &[Edit], second: &[Edit]) -> Vec<Edit> {
    let mut pieces = Pieces { left: pieces(source_len, first).into_iter().peekable(), at: 0 };
    let mut out = Rebuilt::default();
    for edit in second {
        pieces.take_until(edit.span.start, |piece| out.push(piece));
        pieces.take_until(edit.span.end, drop);
        out.push(Piece::Put(edit.text.clone()));
    }
    pieces.take_until(u32::MAX, |piece| out.push(piece));
    out.finish(source_len)
}

fn pieces(source_len: usize, edits: &[Edit]) -> Vec<Piece> {
    let mut out = Vec::with_capacity(edits.len() * 2 + 1);
    let mut at = 0;
    for edit in edits {
        out.push(Piece::Kept(Span { start: at, end: edit.span.start }));
        out.push(Piece::Put(edit.text.clone()));
        at = edit.span.end;
    }
    out.push(Piece::Kept(Span { start: at, end: offset(source_len) }));
    out
}

struct Pieces {
    left: std::iter::Peekable<std::vec::IntoIter<Piece>>,
    /// Where the next piece starts in the text after the first edits.
    at: u32,
}

impl Pieces {
    /// Hands over everything before `end`, cutting the piece that crosses it.
    fn take_until(&mut self, end: u32, mut give: impl FnMut(Piece)) {
        while self.at < end {
            let Some(piece) = self.left.peek_mut() else { return };
            let room = (end - self.at) as usize;
            let len = match piece {
                Piece::Kept(span) => span.len(),
                Piece::Put(text) => text.len(),
            };
            self.at += offset(len.min(room));
            if len <= room {
                give(self.left.next().expect("peeked above"));
                continue;
            }
            match piece {
                Piece::Kept(span) => {
                    let cut = span.start + offset(room);
                    give(Piece::Kept(Span { start: span.start, end: cut }));
                    span.start = cut;
                }
                Piece::Put(text) => {
                    let rest = text.split_off(room);
                    give(Piece::Put(std::mem::replace(text, rest)));
                }
            }
        }
    }
}

/// Turns pieces back into edits: what lies between two kept stretches was replaced.
#[derive(Default)]
struct Rebuilt {
    edits: Vec<Edit>,
    at: u32,
    put: String,
}

impl Rebuilt {
    fn push(&mut self, piece: Piece) {
        match piece {
            Piece::Put(text) => self.put.push_str(&text),
            Piece::Kept(span) if span.is_empty() => {}
            Piece::Kept(span) => {
                self.close(span.start);
                self.at = span.end;
            }
        }
    }

    fn close(&mut self, start: u32) {
        let text = std::mem::take(&mut self.put);
        if start > self.at || !text.is_empty() {
            self.edits.push(Edit { span: Span { start: self.at, end: start }, text });
        }
    }

    fn finish(mut self, source_len: usize) -> Vec<Edit> {
        self.close(offset(source_len));
        self.edits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Sorted, disjoint edits to a text of `len` ASCII bytes.
    fn edits(len: usize) -> impl Strategy<Value = Vec<Edit>> {
        prop::collection::vec((0..=len, 0..=len, "[A-Z]{0,4}"), 0..6).prop_map(|raw| {
            let mut cuts: Vec<usize> = raw.iter().flat_map(|(a, b, _)| [*a, *b]).collect();
            cuts.sort_unstable();
            let texts = raw.into_iter().map(|(_, _, text)| text);
            cuts.chunks_exact(2).zip(texts).map(|(c, t)| Edit::replace(Span::new(c[0], c[1]), t)).collect()
        })
    }

    proptest! {
        #[test]
        fn composing_is_applying_one_after_the_other(
            (source, first, second) in "[a-z]{0,40}".prop_flat_map(|source: String| {
                edits(source.len()).prop_flat_map(move |first| {
                    let middle = splice(&source, &first).len();
                    (Just(source.clone()), Just(first), edits(middle))
                })
            })
        ) {
            let twice = splice(&splice(&source, &first), &second);
            prop_assert_eq!(splice(&source, &compose(source.len(), &first, &second)), twice);
        }

        #[test]
        fn no_edits_change_nothing(source in ".*") {
            prop_assert_eq!(splice(&source, &[]), source);
        }
    }

    #[test]
    #[should_panic(expected = "edits overlap")]
    fn overlapping_edits_are_refused() {
        splice("abc", &[Edit::delete(Span::new(0, 2)), Edit::delete(Span::new(1, 3))]);
    }
}
