//! `tag`: categories that an item did not have.

use schemars::JsonSchema;
use serde::Deserialize;

use super::condition::{Condition, each_where};
use super::given::Given;
use super::list::OneOrMore;
use super::rewrite::check_template;
use super::values::Pattern;
use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::feed::draft::ItemDraft;

pub(super) const INFO: Info = Info {
    name: "tag",
    summary: "Gives items categories: fixed ones, or what a pattern finds in a field.",
    why: "Readers sort, colour and mute by category, and many feeds have none. A category that the item has is not \
          given twice.",
    example: "{ tag = { add = '$1', from = 'title', pattern = '^\\[(\\w+)\\]' } }",
    shorthand: Some("add"),
    compile: compile::<Tag>,
    schema: schema::<Options>,
};

/// How many categories one item gets at most.
const MAX_TAGS: usize = 50;

#[derive(Debug, Deserialize)]
#[serde(try_from = "Options")]
struct Tag {
    add: Vec<String>,
    found: Option<(Given, Pattern)>,
    when: Option<Condition>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Options {
    /// A category, or a list of them. With `pattern`, `$1` stands for its first group.
    add: OneOrMore<String>,
    /// Where the `pattern` is looked for: `title`, `content`, `summary`, `link`, `author`, `category`, `guid`,
    /// `comments`, `enclosure`, or an element such as `itunes:season`.
    from: Option<Given>,
    /// What is looked for there. Every match adds, up to 50 an item; without a match nothing is added.
    pattern: Option<Pattern>,
    /// Only items for which this holds. Without it, all.
    when: Option<Condition>,
}

impl TryFrom<Options> for Tag {
    type Error = String;

    fn try_from(options: Options) -> Result<Self, Self::Error> {
        let Options { add: OneOrMore(add), from, pattern, when } = options;
        if add.iter().any(|tag| tag.trim().is_empty()) {
            return Err("a category must not be empty".to_owned());
        }
        let found = match (from, pattern) {
            (Some(from), Some(pattern)) => {
                add.iter().try_for_each(|tag| check_template(pattern.regex(), tag))?;
                Some((from, pattern))
            }
            (None, None) => None,
            (Some(_), None) => return Err("`from` needs a `pattern`".to_owned()),
            (None, Some(_)) => return Err("`pattern` needs `from`: where to look for it".to_owned()),
        };
        Ok(Tag { add, found, when })
    }
}

impl Rule for Tag {
    fn apply(&self, draft: &mut Draft<'_>) {
        each_where(draft, self.when.as_ref(), |item| {
            let tags = match &self.found {
                None => self.add.clone(),
                Some((from, pattern)) => self.tags_found(item, from, pattern),
            };
            for tag in &tags {
                item.add_category(tag);
            }
        });
    }
}

impl Tag {
    fn tags_found(&self, item: &mut ItemDraft<'_>, from: &Given, pattern: &Pattern) -> Vec<String> {
        let mut tags = Vec::new();
        for text in from.of(item) {
            for found in pattern.regex().captures_iter(&text).take(MAX_TAGS) {
                tags.extend(self.add.iter().map(|template| {
                    let mut tag = String::new();
                    found.expand(template, &mut tag);
                    tag
                }));
            }
        }
        tags.truncate(MAX_TAGS);
        tags
    }
}
