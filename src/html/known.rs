//! Which names there are in an outline, so that most selectors need not be tried on any of its elements: what a pack
//! removes from all posts of a platform is not in most of them.

use xxhash_rust::xxh3::xxh3_64;

use super::outline::{Kind, Outline};
use super::tag::Name;

/// The attributes whose values are names.
pub(super) const CLASS: Name = Name::of("class");
pub(super) const ID: Name = Name::of("id");

/// A set that may say of a name that it is there although it is not, and never the other way.
///
/// Source: B. H. Bloom, *Space/time trade-offs in hash coding with allowable errors* (1970), with one hash.
#[derive(Clone, Debug)]
pub(super) struct Known([u64; WORDS]);

/// Posts have some hundred names, so that one in thirty others seems to be there.
const WORDS: usize = 64;

/// A name as the set has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key(u64);

impl Key {
    /// Elements of this name.
    pub fn element(name: Name) -> Self {
        Key(mixed(u64::from(name.0) << 2))
    }

    /// Elements with an attribute of this name.
    pub fn attribute(name: Name) -> Self {
        Key(mixed(u64::from(name.0) << 2 | 1))
    }

    /// Elements with this class.
    pub fn class(class: &str) -> Self {
        Key(mixed(xxh3_64(class.as_bytes()) << 2 | 2))
    }

    /// Elements with this id.
    pub fn id(id: &str) -> Self {
        Key(mixed(xxh3_64(id.as_bytes()) << 2 | 3))
    }
}

/// Spreads a number over all bits (the finaliser of `SplitMix64`).
fn mixed(number: u64) -> u64 {
    let number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ number >> 31
}

impl Known {
    /// The names in an outline as it was read. `text` is what it is of.
    pub fn of(outline: &Outline, text: &str) -> Self {
        let mut known = Known([0; WORDS]);
        for node in outline.nodes.iter().filter(|node| node.kind == Kind::Element) {
            known.put(Key::element(node.name));
        }
        for attr in &outline.attrs {
            known.put(Key::attribute(attr.name));
            let is_class = attr.name == CLASS;
            if !is_class && attr.name != ID {
                continue;
            }
            let value = attr.value.of(text);
            if value.contains('&') {
                return Known::everything();
            }
            if is_class {
                value.split_ascii_whitespace().for_each(|class| known.put(Key::class(class)));
            } else {
                known.put(Key::id(value));
            }
        }
        known
    }

    /// Every name there is: where nobody knows which ones a rule has written.
    pub fn everything() -> Self {
        Known([u64::MAX; WORDS])
    }

    fn put(&mut self, Key(key): Key) {
        let (word, bit) = place(key);
        self.0[word] |= bit;
    }

    /// Whether a name may be there.
    pub fn may_have(&self, Key(key): Key) -> bool {
        let (word, bit) = place(key);
        self.0[word] & bit != 0
    }
}

#[allow(clippy::cast_possible_truncation, reason = "a number below WORDS")]
fn place(key: u64) -> (usize, u64) {
    ((key >> 6) as usize % WORDS, 1 << (key % 64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::build::Syntax;
    use crate::html::tag;

    #[test]
    fn what_is_there_is_known_and_most_of_the_rest_is_not() {
        let text = "<DIV class='a  b\tcé' id=x>t<img SRC=y></div>";
        let known = Known::of(&Outline::build(text, Syntax::Html), text);
        for key in [
            Key::element(tag::DIV),
            Key::element(tag::IMG),
            Key::attribute(Name::of("src")),
            Key::class("a"),
            Key::class("b"),
            Key::class("cé"),
            Key::id("x"),
        ] {
            assert!(known.may_have(key) && Known::everything().may_have(key), "{key:?}");
        }
        let others = (0..1000).filter(|n| known.may_have(Key::class(&format!("class-{n}"))));
        assert!(others.count() < 20);
        assert!(!known.may_have(Key::element(tag::SVG)) && !known.may_have(Key::class("x")));
    }

    #[test]
    fn references_in_a_class_may_mean_anything() {
        let text = "<p class='a&#98;c'>";
        assert!(Known::of(&Outline::build(text, Syntax::Html), text).may_have(Key::class("abc")));
    }
}
