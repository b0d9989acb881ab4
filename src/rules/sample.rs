//! `sample`: a share of the items, always the same ones.

use schemars::JsonSchema;
use serde::Deserialize;
use xxhash_rust::xxh3::xxh3_64;

use super::condition::{Condition, each_where};
use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::feed::draft::ItemDraft;

pub(super) const INFO: Info = Info {
    name: "sample",
    summary: "Keeps a share of the items, chosen by what identifies them.",
    why: "A feed of hundreds of posts a day can be followed by a tenth of them. Who is chosen stays chosen at every \
          refresh, so nothing comes and goes.",
    example: "{ sample = 0.1 }",
    shorthand: Some("share"),
    compile: compile::<Sample>,
    schema: schema::<Options>,
};

#[derive(Debug, Deserialize)]
#[serde(try_from = "Options")]
struct Sample(Options);

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Options {
    /// The share to keep: more than 0 (none) and less than 1 (all).
    share: f64,
    /// Another text here chooses other items. Without it, the empty text.
    #[serde(default)]
    seed: String,
    /// Only of the items for which this holds; the others all stay. Without it, of all.
    when: Option<Condition>,
}

impl TryFrom<Options> for Sample {
    type Error = &'static str;

    fn try_from(options: Options) -> Result<Self, Self::Error> {
        let is_share = options.share > 0.0 && options.share < 1.0;
        if is_share { Ok(Sample(options)) } else { Err("expected a share between 0 and 1, such as 0.1") }
    }
}

impl Rule for Sample {
    fn may_empty(&self) -> bool {
        true
    }

    fn apply(&self, draft: &mut Draft<'_>) {
        let Options { share, seed, when } = &self.0;
        each_where(draft, when.as_ref(), |item| {
            if place(item, seed) >= *share {
                item.drop_it();
            }
        });
    }
}

/// Where an item stands between 0 and 1, by its identity.
fn place(item: &ItemDraft<'_>, seed: &str) -> f64 {
    let identity = item.guid().or_else(|| item.link()).unwrap_or_else(|| item.title().into_owned());
    let digest = xxh3_64(format!("{seed}\u{0}{identity}").as_bytes());
    // 32 bits are exact in a double, and finer than any share that is written.
    let [a, b, c, d, ..] = digest.to_be_bytes();
    f64::from(u32::from_be_bytes([a, b, c, d])) / (f64::from(u32::MAX) + 1.0)
}
