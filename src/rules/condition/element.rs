//! Any element of an item, by its qualified name.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::{Deserialize, Deserializer, de};

use super::Keys;
use super::texts::Wanted;
use crate::feed::Field;
use crate::feed::draft::ItemDraft;

/// An element, and what it must say.
#[derive(Clone, Debug)]
pub struct Element {
    name: String,
    matches: Option<Wanted>,
    attribute: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Table {
    /// Its qualified name, such as `itunes:duration`. A usual prefix stands for its namespace, whatever prefix the
    /// feed uses; without a prefix it is an element of the format's own. In JSON Feed, the name of a member.
    name: String,
    /// What it must say; without it, it only has to be there.
    matches: Option<Wanted>,
    /// The attribute that is meant, where it is not the element's text.
    attribute: Option<String>,
}

impl Element {
    /// Whether an item has it. Of several, any will do.
    pub fn holds(&self, item: &mut ItemDraft<'_>, at_least: usize) -> bool {
        let fields = item.fields_named(&self.name);
        let values: Vec<String> = fields.into_iter().filter_map(|field| self.value(item, field)).collect();
        self.matches.as_ref().map_or(!values.is_empty(), |wanted| wanted.is_in(&values, at_least))
    }

    fn value(&self, item: &mut ItemDraft<'_>, field: &Field) -> Option<String> {
        match &self.attribute {
            Some(name) => item.feed().attribute(field, name),
            None if self.matches.is_none() => Some(String::new()),
            None => Some(item.said(field)),
        }
    }

    /// What is asked of its text.
    pub fn matches(&self) -> Option<&Wanted> {
        self.matches.as_ref()
    }
}

impl Keys {
    /// Puts `matches` and `attribute` to the element that they stand beside.
    pub fn settle_element(&mut self) -> Result<(), String> {
        let (matches, attribute) = (self.matches.take(), self.attribute.take());
        let Some(element) = &mut self.element else {
            return match (matches, attribute) {
                (None, None) => Ok(()),
                (Some(_), _) => Err("`matches` needs an `element`".to_owned()),
                (None, Some(_)) => Err("`attribute` needs an `element`".to_owned()),
            };
        };
        if matches.is_some() && element.matches.is_some() {
            return Err("`matches` stands both beside `element` and in it".to_owned());
        }
        if attribute.is_some() && element.attribute.is_some() {
            return Err("`attribute` stands both beside `element` and in it".to_owned());
        }
        element.matches = element.matches.take().or(matches);
        element.attribute = element.attribute.take().or(attribute);
        Ok(())
    }
}

/// Whether a text can be the name of an element or member.
pub fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || "<>\"'/=&".contains(c))
}

fn named<E: de::Error>(name: &str) -> Result<String, E> {
    let wrong =
        || E::custom(format!("`{name}` is no name of an element; expected one like \"itunes:duration\""));
    if is_name(name) { Ok(name.to_owned()) } else { Err(wrong()) }
}

impl<'de> Deserialize<'de> for Element {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Element;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of an element, or a table with a `name`")
            }
            fn visit_str<E: de::Error>(self, name: &str) -> Result<Element, E> {
                Ok(Element { name: named(name)?, matches: None, attribute: None })
            }
            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Element, A::Error> {
                let Table { name, matches, attribute } = Table::deserialize(MapAccessDeserializer::new(map))?;
                Ok(Element { name: named(&name)?, matches, attribute })
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

impl JsonSchema for Element {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "element".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let table = generator.subschema_for::<Table>();
        json_schema!({ "anyOf": [{ "type": "string" }, table], "description": "An element by its qualified name." })
    }
}
