//! `author`: who an item is by.

use schemars::JsonSchema;
use serde::Deserialize;

use super::condition::{Condition, each_where};
use super::rewrite::Rewrite;
use super::values::Pattern;
use super::{Info, Rule, compile, schema};
use crate::feed::Draft;

pub(super) const INFO: Info = Info {
    name: "author",
    summary: "Gives items an author, or other names to the authors that they have.",
    why: "Readers show and filter by author: a feed of one person without a name, or one where everybody is `admin`, \
          is no use there.",
    example: "{ author = { pattern = '^by ', with = '' } }",
    shorthand: Some("name"),
    compile: compile::<Author>,
    schema: schema::<Options>,
};

#[derive(Debug, Deserialize)]
#[serde(try_from = "Options")]
struct Author {
    change: Change,
    when: Option<Condition>,
}

#[derive(Debug)]
enum Change {
    Name(String),
    Rewrite(Rewrite),
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Options {
    /// The one author that each item is by, whoever it was by.
    name: Option<String>,
    /// What is replaced in the names that there are.
    pattern: Option<Pattern>,
    /// What stands in its place; `$1` is the first group. A name of which nothing is left stays.
    with: Option<String>,
    /// Only items for which this holds. Without it, all.
    when: Option<Condition>,
}

impl TryFrom<Options> for Author {
    type Error = String;

    fn try_from(Options { name, pattern, with, when }: Options) -> Result<Self, Self::Error> {
        let change = match (name, Rewrite::read(pattern, with)?) {
            (Some(_), Some(_)) => {
                return Err("an author has a `name`, or a `pattern` in the one it has".to_owned());
            }
            (None, None) => return Err("expected a `name`, or `pattern` and `with`".to_owned()),
            (Some(name), None) if name.trim().is_empty() => return Err("a name must not be empty".to_owned()),
            (Some(name), None) => Change::Name(name.trim().to_owned()),
            (None, Some(rewrite)) => Change::Rewrite(rewrite),
        };
        Ok(Author { change, when })
    }
}

impl Rule for Author {
    fn apply(&self, draft: &mut Draft<'_>) {
        each_where(draft, self.when.as_ref(), |item| match &self.change {
            Change::Name(name) => item.set_author(name),
            Change::Rewrite(rewrite) => item.rename_authors(|name| {
                let renamed = rewrite.of(name);
                if renamed.trim().is_empty() { name.to_owned() } else { renamed.trim().to_owned() }
            }),
        });
    }
}
