//! `limit`: at most so many items.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Info, Rule, Scope, compile, schema};
use crate::feed::Draft;

pub(super) const INFO: Info = Info {
    name: "limit",
    summary: "Keeps at most so many items, the first ones of the feed.",
    why: "Some feeds carry their whole archive; readers fetch it again with every change.",
    example: "{ limit = 50 }",
    shorthand: Some("items"),
    compile: compile::<Limit>,
    schema: schema::<Limit>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Limit {
    /// How many items stay, of those that the rules before have left.
    items: usize,
}

impl Rule for Limit {
    fn scope(&self) -> Scope {
        Scope::Order
    }

    fn may_empty(&self) -> bool {
        true
    }

    fn apply(&self, draft: &mut Draft<'_>) {
        draft.kept_mut().skip(self.items).for_each(crate::feed::draft::ItemDraft::drop_it);
    }
}
