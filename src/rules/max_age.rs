//! `max-age`: no item that is older than so much.

use schemars::JsonSchema;
use serde::Deserialize;

use super::condition::Condition;
use super::values::Age;
use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::feed::draft::{ItemDraft, Moment};

pub(super) const INFO: Info = Info {
    name: "max-age",
    summary: "Drops items that are older than an age.",
    why: "Some feeds carry years of archive; others put old posts back on top when they are edited.",
    example: "{ max-age = '30d' }",
    shorthand: Some("age"),
    compile: compile::<MaxAge>,
    schema: schema::<Options>,
};

#[derive(Debug, Deserialize)]
#[serde(try_from = "Options")]
struct MaxAge(Options);

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Options {
    /// The age at which an item goes, such as `30d` or `12h`.
    age: Age,
    /// What becomes of items without a date. Without it they stay.
    #[serde(default)]
    undated: Undated,
    /// Only items for which this holds. Without it, all.
    when: Option<Condition>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Undated {
    /// They stay.
    #[default]
    Keep,
    /// They go.
    Drop,
}

impl TryFrom<Options> for MaxAge {
    type Error = &'static str;

    fn try_from(options: Options) -> Result<Self, Self::Error> {
        if options.age.0.is_zero() { Err("an age of 0 would drop every item") } else { Ok(MaxAge(options)) }
    }
}

impl Rule for MaxAge {
    fn may_empty(&self) -> bool {
        true
    }

    fn apply(&self, draft: &mut Draft<'_>) {
        let when = self.0.when.as_ref();
        draft.drop_where(|item, moment| {
            when.is_none_or(|when| when.holds(item, moment)) && self.is_too_old(item, moment)
        });
    }
}

impl MaxAge {
    fn is_too_old(&self, item: &ItemDraft<'_>, moment: &mut Moment) -> bool {
        match item.date() {
            None => self.0.undated == Undated::Drop,
            // What would be too old after the end of time never is.
            Some(date) => date.checked_add(self.0.age.0).is_ok_and(|then| moment.has_come(then)),
        }
    }
}
