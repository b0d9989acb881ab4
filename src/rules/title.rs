//! `title`: other words in titles.

use schemars::JsonSchema;
use serde::Deserialize;

use super::condition::{Condition, each_where};
use super::given::Given;
use super::rewrite::Rewrite;
use super::unshout::{Case, unshout};
use super::values::Pattern;
use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::feed::draft::ItemDraft;

pub(super) const INFO: Info = Info {
    name: "title",
    summary: "Rewrites titles: by a pattern, from another element, out of capitals, with a prefix or suffix.",
    why: "To tell the items of a merged feed apart, to take a series' name off, and TO READ TITLES THAT SHOUT in \
          peace.",
    example: "{ title = { case = 'sentence', prefix = 'Harbour: ' } }",
    shorthand: None,
    compile: compile::<Title>,
    schema: schema::<Options>,
};

/// What is done, in this order.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Options")]
struct Title {
    from: Option<Given>,
    rewrite: Option<Rewrite>,
    case: Option<(Case, Vec<String>)>,
    prefix: String,
    suffix: String,
    when: Option<Condition>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Options {
    /// Where the title is taken from, where that says something: `summary`, `author`, `itunes:title` and the like. An
    /// item without a title stays without one.
    from: Option<Given>,
    /// What is replaced in it. In a title with markup, in each text between tags.
    pattern: Option<Pattern>,
    /// What stands in its place; `$1` is the first group.
    with: Option<String>,
    /// How titles that are mostly capitals are written: `sentence` or `title`. Other titles stay as they are.
    case: Option<Case>,
    /// Words that are then written as they are here: acronyms and names. Short acronyms without a vowel, and a
    /// few well known ones, are known.
    #[serde(default)]
    keep: Vec<String>,
    /// What stands before the title, unless it stands there already.
    #[serde(default)]
    prefix: String,
    /// What stands after the title, unless it stands there already.
    #[serde(default)]
    suffix: String,
    /// Only items for which this holds. Without it, all.
    when: Option<Condition>,
}

impl TryFrom<Options> for Title {
    type Error = String;

    fn try_from(options: Options) -> Result<Self, Self::Error> {
        let Options { from, pattern, with, case, keep, prefix, suffix, when } = options;
        let rewrite = Rewrite::read(pattern, with)?;
        let does_nothing = prefix.is_empty() && suffix.is_empty() && from.is_none();
        if does_nothing && rewrite.is_none() && case.is_none() {
            return Err("expected `from`, `pattern`, `case`, `prefix` or `suffix`".to_owned());
        }
        if from == Some(Given::Title) {
            return Err("a title is not taken from itself; leave `from` out".to_owned());
        }
        if case.is_none() && !keep.is_empty() {
            return Err("`keep` needs `case`".to_owned());
        }
        Ok(Title { from, rewrite, case: case.map(|case| (case, keep)), prefix, suffix, when })
    }
}

impl Rule for Title {
    fn apply(&self, draft: &mut Draft<'_>) {
        each_where(draft, self.when.as_ref(), |item| self.change(item));
    }
}

impl Title {
    fn change(&self, item: &mut ItemDraft<'_>) {
        if let Some(words) = self.from.as_ref().and_then(|from| from.first(item)) {
            item.title_mut().set_all(&words);
        }
        if let Some(rewrite) = &self.rewrite {
            item.title_mut().replace(|title| rewrite.of(title));
        }
        if let Some((case, keep)) = &self.case
            && let Some(words) = unshout(&item.title(), *case, keep)
        {
            item.title_mut().set_all(&words);
        }
        if !item.title().starts_with(self.prefix.trim_start()) {
            item.title_mut().prefix(&self.prefix);
        }
        if !item.title().ends_with(self.suffix.trim_end()) {
            item.title_mut().suffix(&self.suffix);
        }
    }
}
