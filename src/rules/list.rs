//! One value, or a list of them.

use schemars::JsonSchema;
use serde::Deserialize;

/// One value, or a list with at least one.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(try_from = "Written<T>")]
pub(super) struct OneOrMore<T>(#[schemars(with = "Written<T>")] pub Vec<T>);

#[derive(Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a text, or a list of them")]
enum Written<T> {
    More(Vec<T>),
    One(T),
}

impl<T> TryFrom<Written<T>> for OneOrMore<T> {
    type Error = &'static str;

    fn try_from(written: Written<T>) -> Result<Self, Self::Error> {
        match written {
            Written::One(one) => Ok(OneOrMore(vec![one])),
            Written::More(all) if all.is_empty() => Err("a list must not be empty"),
            Written::More(all) => Ok(OneOrMore(all)),
        }
    }
}
