//! `teasers`: what to do with posts that are only the beginning of a post.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Info, Rule, compile, schema, verdict};
use crate::feed::Draft;

pub(super) const INFO: Info = Info {
    name: "teasers",
    summary: "Drops, trims or marks items that end in a lone link to their own page.",
    why: "A paywalled post's preview looks like a post until its last line. Drop it, keep only long previews \
          (`words-under`), take the dead link out (`trim`), or say so in the title (`mark`).",
    example: "{ teasers = { action = 'drop', words-under = 800 } }",
    shorthand: Some("action"),
    compile: compile::<Teasers>,
    schema: schema::<Teasers>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Teasers {
    #[serde(default)]
    /// What to do with a teaser; `drop` unless said otherwise.
    action: Action,
    /// Only teasers with fewer words than this.
    words_under: Option<usize>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Action {
    #[default]
    /// The item goes.
    Drop,
    /// The link to the rest goes, the preview stays.
    Trim,
    /// The title says that it is a preview.
    Mark,
}

const MARK: &str = "[preview] ";

impl Rule for Teasers {
    fn apply(&self, draft: &mut Draft<'_>) {
        for item in draft.kept_mut() {
            let Some(teaser) = verdict::teaser(item) else { continue };
            if self.words_under.is_some_and(|limit| teaser.words(item) >= limit) {
                continue;
            }
            match self.action {
                Action::Drop => item.drop_it(),
                Action::Trim => {
                    if let Some(html) = item.main_html() {
                        html.remove(teaser.block);
                    }
                }
                Action::Mark if item.title().starts_with(MARK) => {}
                Action::Mark => item.title_mut().prefix(MARK),
            }
        }
    }
}
