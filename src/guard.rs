//! The over-removal guard: what a rule may take from a feed before it is taken for a mistake.

use std::fmt;
use std::ops::AddAssign;

use serde::{Deserialize, Deserializer, de};

/// How much one rule may take in one refresh.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Guard {
    /// As much as it likes.
    Off,
    /// Not every item, and not more than this share of the words of most texts.
    Share(f64),
}

impl Default for Guard {
    /// A rule that takes nine words of ten from most posts was not meant to.
    fn default() -> Self {
        Guard::Share(0.9)
    }
}

impl<'de> Deserialize<'de> for Guard {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Guard;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false, or the share of the words that a rule may take, such as 0.9")
            }
            fn visit_bool<E: de::Error>(self, is_on: bool) -> Result<Guard, E> {
                Ok(if is_on { Guard::default() } else { Guard::Off })
            }
            fn visit_f64<E: de::Error>(self, share: f64) -> Result<Guard, E> {
                if share > 0.0 && share < 1.0 {
                    Ok(Guard::Share(share))
                } else {
                    Err(E::custom("expected a share between 0 and 1, such as 0.9"))
                }
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// What one rule has done to a feed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Toll {
    /// How many items there were before.
    pub before: usize,
    /// How many are left.
    pub left: usize,
    /// How many of those have a text.
    pub texts: usize,
    /// Of how many of those too much has been cut.
    pub cut: usize,
}

impl AddAssign for Toll {
    fn add_assign(&mut self, more: Toll) {
        self.before += more.before;
        self.left += more.left;
        self.texts += more.texts;
        self.cut += more.cut;
    }
}

impl Guard {
    /// The guard as it stands in a configuration.
    pub fn written(self) -> String {
        match self {
            Guard::Off => "false".to_owned(),
            Guard::Share(share) => format!("{share:?}"),
        }
    }

    /// Whether too much of a text is gone: bytes of words that were taken, and that are left.
    pub fn is_cut(self, taken: usize, left: usize) -> bool {
        match self {
            Guard::Off => false,
            Guard::Share(share) => above(share, taken, taken + left),
        }
    }

    /// Why a rule must not have done this, if so.
    pub fn objection(self, toll: Toll) -> Option<String> {
        let Guard::Share(share) = self else { return None };
        let Toll { before, left, texts, cut } = toll;
        if before > 0 && left == 0 {
            return Some(format!("it would have dropped all {before} items"));
        }
        let percent = share * 100.0;
        let most = cut * 2 > texts;
        most.then(|| {
            format!("it would have cut more than {percent:.0} % of the words of {cut} of {texts} items")
        })
    }
}

/// Whether a part is more than a share of the whole.
#[allow(clippy::cast_precision_loss, reason = "texts are far below 2^52 bytes")]
fn above(share: f64, part: usize, whole: usize) -> bool {
    part as f64 > share * whole as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_items_or_most_words_are_too_much() {
        let guard = Guard::default();
        let toll = |before, left, texts, cut| guard.objection(Toll { before, left, texts, cut });
        assert!(toll(3, 0, 0, 0).is_some_and(|why| why.contains("all 3 items")));
        assert!(toll(3, 3, 3, 2).is_some_and(|why| why.contains("90 % of the words of 2 of 3")));
        assert_eq!((toll(3, 1, 1, 0), toll(4, 4, 4, 2), toll(0, 0, 0, 0)), (None, None, None));
        assert_eq!(Guard::Off.objection(Toll { before: 3, ..Toll::default() }), None);
        assert!(guard.is_cut(95, 5) && !guard.is_cut(90, 10) && !Guard::Off.is_cut(100, 0));
    }
}
