//! `unwrap`: an element's tags go, what is in it stays.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::html::Selectors;

pub(super) const INFO: Info = Info {
    name: "unwrap",
    summary: "Takes the tags of elements away and leaves what is in them.",
    why: "Containers that only matter to the publisher's own stylesheet.",
    example: "{ unwrap = 'div.captioned-image-container' }",
    shorthand: Some("selector"),
    compile: compile::<Unwrap>,
    schema: schema::<Unwrap>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Unwrap {
    /// The elements whose tags go.
    selector: Selectors,
}

impl Rule for Unwrap {
    fn apply(&self, draft: &mut Draft<'_>) {
        draft.each_html(|html| {
            for id in html.find(&self.selector) {
                html.unwrap(id);
            }
        });
    }
}
