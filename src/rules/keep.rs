//! `keep`: only the items for which a condition holds.

use schemars::JsonSchema;
use serde::Deserialize;

use super::condition::Condition;
use super::{Info, Rule, compile, schema};
use crate::feed::Draft;

pub(super) const INFO: Info = Info {
    name: "keep",
    summary: "Keeps only the items for which a condition holds.",
    why: "To follow one subject, author or kind of post out of a feed that has many.",
    example: "{ keep = { any = [ { title = '\\bRust\\b' }, { category = 'programming' } ] } }",
    shorthand: None,
    compile: compile::<Keep>,
    schema: schema::<Keep>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
struct Keep(Condition);

impl Rule for Keep {
    fn apply(&self, draft: &mut Draft<'_>) {
        draft.drop_where(|item, moment| !self.0.holds(item, moment));
    }
}
