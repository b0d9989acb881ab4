//! Where a rule takes a text from: `from = "title"`, `from = "feedburner:origLink"`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

use crate::feed::draft::ItemDraft;

/// Something that an item says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) enum Given {
    Title,
    Content,
    Summary,
    Link,
    Author,
    Category,
    Guid,
    Comments,
    Enclosure,
    /// An element by its qualified name; in JSON Feed, a member.
    Element(String),
}

const NAMED: &[(&str, Given)] = &[
    ("title", Given::Title),
    ("content", Given::Content),
    ("summary", Given::Summary),
    ("link", Given::Link),
    ("author", Given::Author),
    ("category", Given::Category),
    ("guid", Given::Guid),
    ("comments", Given::Comments),
    ("enclosure", Given::Enclosure),
];

impl TryFrom<String> for Given {
    type Error = String;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        if let Some((_, given)) = NAMED.iter().find(|(known, _)| *known == name) {
            return Ok(given.clone());
        }
        // A name of one word may as well be a mistake.
        let is_element = name.contains([':', '_']) && !name.contains(char::is_whitespace);
        let known: Vec<&str> = NAMED.iter().map(|(known, _)| *known).collect();
        let wrong = || {
            let known = known.join("`, `");
            format!(
                "`{name}` is nothing to take a text from; expected `{known}`, or an element such as `dc:source`"
            )
        };
        if is_element { Ok(Given::Element(name)) } else { Err(wrong()) }
    }
}

impl Given {
    /// What an item says there now; of an element without a text, its address.
    pub fn of(&self, item: &mut ItemDraft<'_>) -> Vec<String> {
        let one = |value: Option<String>| value.into_iter().collect();
        match self {
            Given::Title => vec![item.title().into_owned()],
            Given::Content => vec![item.words().into_owned()],
            Given::Summary => vec![item.summary()],
            Given::Link => one(item.link()),
            Given::Author => item.authors(),
            Given::Category => item.categories(),
            Given::Guid => one(item.guid()),
            Given::Comments => one(item.comments()),
            Given::Enclosure => item.enclosure_urls(),
            Given::Element(name) => {
                let each = item.fields_named(name).into_iter().map(|field| {
                    let said = item.said(field);
                    let address = || ["href", "url"].iter().find_map(|at| item.feed().attribute(field, at));
                    if said.is_empty() { address().unwrap_or_default() } else { said }
                });
                each.collect()
            }
        }
    }

    /// The first of that which is not empty.
    pub fn first(&self, item: &mut ItemDraft<'_>) -> Option<String> {
        self.of(item).into_iter().map(|text| text.trim().to_owned()).find(|text| !text.is_empty())
    }
}

impl JsonSchema for Given {
    fn schema_name() -> Cow<'static, str> {
        "from".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let known: Vec<&str> = NAMED.iter().map(|(known, _)| *known).collect();
        json_schema!({
            "anyOf": [{ "enum": known }, { "type": "string", "pattern": "[:_]" }],
            "description": "A field, or an element by its qualified name, such as `feedburner:origLink`."
        })
    }
}
