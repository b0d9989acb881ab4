//! `sort`: the order in which items stand.

use std::cmp::Reverse;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Info, Rule, Scope, compile, schema};
use crate::feed::Draft;

pub(super) const INFO: Info = Info {
    name: "sort",
    summary: "Puts the items in order: `newest` or `oldest` first, or by `title`.",
    why: "Some feeds put what is pinned, or what was changed, before what is new; several feeds in one have no \
          order among each other.",
    example: "{ sort = 'newest' }",
    shorthand: Some("by"),
    compile: compile::<Sort>,
    schema: schema::<Sort>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Sort {
    /// What the order goes by.
    by: By,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum By {
    /// By date, the newest first.
    Newest,
    /// By date, the oldest first.
    Oldest,
    /// By title.
    Title,
}

impl Rule for Sort {
    fn scope(&self) -> Scope {
        Scope::Order
    }

    fn apply(&self, draft: &mut Draft<'_>) {
        match self.by {
            By::Newest => draft.sort_by_key(|item| dated(item.date(), Reverse)),
            By::Oldest => draft.sort_by_key(|item| dated(item.date(), |date| date)),
            By::Title => draft.sort_by_key(|item| item.title().to_lowercase()),
        }
    }
}

/// The order that several feeds have as one, unless they are given another.
pub fn newest_first() -> Box<dyn Rule> {
    Box::new(Sort { by: By::Newest })
}

/// A key by which what has no date comes after what has one.
fn dated<T: Ord>(date: Option<jiff::Timestamp>, key: impl Fn(jiff::Timestamp) -> T) -> (bool, Option<T>) {
    (date.is_none(), date.map(key))
}
