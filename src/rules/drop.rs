//! `drop`: no item for which a condition holds.

use schemars::JsonSchema;
use serde::Deserialize;

use super::condition::Condition;
use super::{Info, Rule, compile, schema};
use crate::feed::Draft;

pub(super) const INFO: Info = Info {
    name: "drop",
    summary: "Drops the items for which a condition holds.",
    why: "To be rid of a series, an author or a subject without leaving the feed.",
    example: "{ drop = { title = '^\\[?sponsor', not = { author = 'editor' } } }",
    shorthand: None,
    compile: compile::<Drop>,
    schema: schema::<Drop>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
struct Drop(Condition);

impl Rule for Drop {
    fn apply(&self, draft: &mut Draft<'_>) {
        draft.drop_where(|item, moment| self.0.holds(item, moment));
    }
}
