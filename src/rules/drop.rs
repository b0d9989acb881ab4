//! `drop`: no item for which a condition holds.

use serde::Deserialize;

use super::condition::Condition;
use super::{Info, Rule, compile};
use crate::feed::Draft;

pub(super) const INFO: Info = Info {
    name: "drop",
    summary: "Drops the items for which a condition holds.",
    why: "To be rid of a series, an author or a subject without leaving the feed.",
    example: "{ drop = { title = '^\\[?sponsor', not = { author = 'editor' } } }",
    shorthand: None,
    compile: compile::<Drop>,
};

#[derive(Debug, Deserialize)]
#[serde(transparent)]
struct Drop(Condition);

impl Rule for Drop {
    fn apply(&self, draft: &mut Draft<'_>) {
        draft.drop_where(|item, moment| self.0.holds(item, moment));
    }
}
