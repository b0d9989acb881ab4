//! `teasers`: what to do with posts that are only the beginning of a post.

use schemars::JsonSchema;
use serde::Deserialize;

use super::condition::{Condition, each_where};
use super::verdict::{ALL, By, Teaser};
use super::{Info, Rule, compile, schema, verdict};
use crate::feed::Draft;
use crate::feed::draft::ItemDraft;

pub(super) const INFO: Info = Info {
    name: "teasers",
    summary: "Drops, trims or marks items that are only the beginning of a post, or puts them into a topic.",
    why: "A paywalled post's preview looks like a post until its last line. Drop it, keep only long previews \
          (`words-under`), take the dead link out (`trim`), say so in the title (`mark`), or read previews apart \
          from posts (`topic`).",
    example: "{ teasers = { action = 'drop', words-under = 800 } }",
    shorthand: Some("action"),
    compile: compile::<Teasers>,
    schema: schema::<Options>,
};

#[derive(Debug, Deserialize)]
#[serde(try_from = "Options")]
struct Teasers(Options);

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Options {
    /// What becomes of them. Without it they are dropped.
    #[serde(default)]
    action: Action,
    /// With `action = "topic"`: the topic that they stand in, and nowhere else.
    topic: Option<String>,
    /// By what they are known; without it, by all of these.
    by: Option<Vec<By>>,
    /// Only teasers with fewer words than this, their last line not counted.
    words_under: Option<usize>,
    /// Only items for which this holds. Without it, all.
    when: Option<Condition>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Action {
    /// They go.
    #[default]
    Drop,
    /// The dead link, or the call to subscribe, goes; the rest stays.
    Trim,
    /// Their titles begin with `[preview]`.
    Mark,
    /// They stand in a topic of their own.
    Topic,
}

const MARK: &str = "[preview] ";

impl TryFrom<Options> for Teasers {
    type Error = &'static str;

    fn try_from(options: Options) -> Result<Self, Self::Error> {
        let has_topic = options.topic.as_deref().is_some_and(|topic| !topic.trim().is_empty());
        match (options.action == Action::Topic, &options.topic) {
            (true, None) => return Err("`action = \"topic\"` needs a `topic`: the name of one"),
            (true, Some(_)) if !has_topic => return Err("the name of a `topic` must not be empty"),
            (false, Some(_)) => return Err("`topic` needs `action = \"topic\"`"),
            _ => {}
        }
        if options.by.as_ref().is_some_and(Vec::is_empty) {
            return Err("`by` must not be empty: no item would be a teaser");
        }
        if options.words_under == Some(0) {
            return Err("no teaser has fewer than 0 words");
        }
        Ok(Teasers(options))
    }
}

impl Rule for Teasers {
    fn topic(&self) -> Option<&str> {
        self.0.topic.as_deref()
    }

    fn apply(&self, draft: &mut Draft<'_>) {
        let by = self.0.by.as_deref().unwrap_or(ALL);
        each_where(draft, self.0.when.as_ref(), |item| {
            let teaser = verdict::teaser(item, by);
            let is_short = |teaser: &Teaser, item: &mut ItemDraft<'_>| {
                self.0.words_under.is_none_or(|limit| teaser.words(item) < limit)
            };
            if let Some(teaser) = teaser
                && is_short(&teaser, item)
            {
                self.act(item, &teaser);
            }
        });
    }
}

impl Teasers {
    fn act(&self, item: &mut ItemDraft<'_>, teaser: &Teaser) {
        match self.0.action {
            Action::Drop => item.drop_it(),
            Action::Trim => {
                if let Some(html) = item.main_html().filter(|_| !teaser.tail.is_empty()) {
                    html.remove_all(&teaser.tail);
                }
            }
            Action::Mark if item.title().starts_with(MARK) => {}
            Action::Mark => item.title_mut().prefix(MARK),
            Action::Topic => item.route_to(self.0.topic.as_deref().unwrap_or_default()),
        }
    }
}
