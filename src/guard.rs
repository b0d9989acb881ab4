//! The over-removal guard: what a rule may take from a feed before it is taken for a mistake.

use std::fmt;

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
