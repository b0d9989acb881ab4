//! Mistakes in selectors, in words.

use cssparser::{BasicParseErrorKind, ParseErrorKind};
use selectors::parser::SelectorParseErrorKind;

/// What is wrong with a selector.
pub(super) fn in_words(kind: &ParseErrorKind<SelectorParseErrorKind>) -> String {
    use SelectorParseErrorKind as Kind;
    let text = match kind {
        ParseErrorKind::Basic(BasicParseErrorKind::EndOfInput) => "it ends too early",
        ParseErrorKind::Basic(_) => "something in it is not expected there",
        ParseErrorKind::Custom(Kind::EmptySelector) => "a part of it is empty",
        ParseErrorKind::Custom(Kind::DanglingCombinator) => "it ends in a combinator",
        ParseErrorKind::Custom(Kind::UnsupportedPseudoClassOrElement) => {
            "it has a pseudo-class or pseudo-element that means nothing in a feed"
        }
        ParseErrorKind::Custom(Kind::ClassNeedsIdent) => "a `.` must be followed by a class name",
        ParseErrorKind::Custom(Kind::BadValueInAttr) => {
            "the value in `[…]` must be a word or stand in quotes"
        }
        ParseErrorKind::Custom(other) => return format!("{other:?}"),
    };
    text.to_owned()
}
