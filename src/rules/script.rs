//! `script`: what no other rule says, in a few lines of a small language. See `docs/script.md`.

mod changes;
mod code;
mod engine;
mod fields;
mod functions;
mod meter;
mod patterns;
mod refresh;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};

use self::changes::MAX_BYTES;
use self::code::Code;
use self::meter::{MAX_STEPS, MAX_STEPS_PER_REFRESH};
use self::refresh::{MAX_FAILURES, Refresh};
use super::condition::Condition;
use super::{Info, Rule, Scope, compile, schema};
use crate::feed::Draft;

pub(super) const INFO: Info = Info {
    name: "script",
    summary: "Runs a script (rhai) for each item, which may drop it or write its title, link, author, categories and HTML.",
    why: "For what no other rule says. A script sees one item at a time and nothing else: no files, no network, no clock. \
          Where it fails or takes too long, the item stays as it was, and the receipt says why.",
    example: "{ script = 'item.title = item.title.replace(\"^\\\\[(\\\\w+)\\\\] \", \"$1: \");' }",
    shorthand: Some("code"),
    compile: compile::<Script>,
    schema: schema::<Script>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Script {
    /// The script. `false` as its value drops the item; anything else keeps it, with what has been assigned.
    code: Code,
    /// Which items it is run for; all, unless said otherwise.
    when: Option<Condition>,
    /// How many steps it may take for one item: 1,000,000 unless said otherwise, and at most.
    #[serde(default = "max_steps", deserialize_with = "up_to::<_, MAX_STEPS>")]
    max_steps: u64,
    /// How many steps it may take for all items of one refresh: 10,000,000 unless said otherwise, and at most.
    #[serde(default = "max_steps_per_refresh", deserialize_with = "up_to::<_, MAX_STEPS_PER_REFRESH>")]
    max_steps_per_refresh: u64,
    /// For how many items it may fail in one refresh; it is not run for the rest then. 20 unless said otherwise,
    /// and at most.
    #[serde(default = "max_failures", deserialize_with = "up_to::<_, MAX_FAILURES>")]
    max_failures: u64,
    /// How many bytes it may write to one item: 4,194,304 unless said otherwise, and at most.
    #[serde(default = "max_bytes", deserialize_with = "up_to::<_, MAX_BYTES>")]
    max_bytes: u64,
}

fn max_steps() -> u64 {
    MAX_STEPS
}

fn max_steps_per_refresh() -> u64 {
    MAX_STEPS_PER_REFRESH
}

fn max_failures() -> u64 {
    MAX_FAILURES
}

fn max_bytes() -> u64 {
    MAX_BYTES
}

/// A limit that can be lowered, not raised.
fn up_to<'de, D: Deserializer<'de>, const MOST: u64>(deserializer: D) -> Result<u64, D::Error> {
    match u64::deserialize(deserializer)? {
        number @ 1.. if number <= MOST => Ok(number),
        number => Err(de::Error::custom(format!("expected a number from 1 to {MOST}, not {number}"))),
    }
}

impl Rule for Script {
    fn scope(&self) -> Scope {
        Scope::Feed
    }

    fn apply(&self, draft: &mut Draft<'_>) {
        let refresh = Refresh::new(self, draft.feed());
        draft.drop_where(|item, moment| {
            self.when.as_ref().is_none_or(|when| when.holds(item, moment)) && refresh.drops(item)
        });
    }
}

#[cfg(test)]
mod tests;
