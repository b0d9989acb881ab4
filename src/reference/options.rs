//! The options of a rule, from the type that they are read as.

use std::collections::BTreeSet;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};

use super::kinds::Kinds;
use super::plain::{plain, settings};
use crate::rules::condition::Condition;
use crate::rules::{Info, RULES};

/// An option of a rule, or a key of a condition, as a person is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleOption {
    /// Its name in the configuration; `words.over` for a key of a table.
    pub name: String,
    /// What it can be, in words.
    pub kind: String,
    /// Whether the rule can not do without it.
    pub is_required: bool,
    /// What it is where it is not given, as TOML; `None` where that is not a value.
    pub default: Option<String>,
    /// What it does.
    pub description: String,
    /// The values it can have, where they are few.
    pub choices: Vec<Choice>,
}

/// A value that an option can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// As it is written.
    pub value: String,
    /// What it does.
    pub description: String,
}

/// The options of a rule: the one that a bare value stands for, then those that must be there, then the others.
/// Those of a rule that takes a condition are the keys of the condition.
pub fn options(info: &Info) -> Vec<RuleOption> {
    in_order(info.schema, info.shorthand)
}

/// The keys of a condition: those that ask for something, then those that hold other conditions.
pub fn condition_keys() -> Vec<RuleOption> {
    in_order(Condition::json_schema, None)
}

fn in_order(describe: Describe, first: Option<&str>) -> Vec<RuleOption> {
    let (schema, kinds) = read(describe);
    let mut options = keys(&schema, &kinds, "");
    options.sort_by_key(|option| {
        let holds_conditions = option.kind.contains("condition");
        (Some(option.name.as_str()) != first, !option.is_required, holds_conditions)
    });
    options
}

/// The kinds of values that options have and that need explaining, each in a sentence or two.
pub(super) fn kinds_of_values() -> BTreeSet<String> {
    RULES.iter().flat_map(|info| read(info.schema).1.described()).collect()
}

/// Whether the options of a rule are the keys of a condition.
pub fn takes_a_condition(info: &Info) -> bool {
    read(info.schema).0 == read(Condition::json_schema).0
}

type Describe = fn(&mut SchemaGenerator) -> Schema;

/// A type's schema, and how to say what the types in it are.
fn read(describe: Describe) -> (Value, Kinds) {
    let mut generator = settings().into_generator();
    let mut schema = describe(&mut generator);
    plain(&mut schema);
    (schema.to_value(), Kinds::new(generator.take_definitions(true)))
}

/// The keys of a table, and those of the tables in it.
fn keys(schema: &Value, kinds: &Kinds, prefix: &str) -> Vec<RuleOption> {
    let properties = schema["properties"].as_object().into_iter().flatten();
    let required =
        |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|n| n == name));
    let each = properties.flat_map(|(name, property)| {
        let option = RuleOption {
            name: format!("{prefix}{name}"),
            kind: kinds.in_words(property),
            is_required: required(name),
            default: property.get("default").and_then(as_toml),
            description: text(property, "description"),
            choices: kinds.choices(property),
        };
        let inner = kinds.table(property).map(|table| keys(table, kinds, &format!("{prefix}{name}.")));
        std::iter::once(option).chain(inner.into_iter().flatten())
    });
    each.collect()
}

/// A value as it would be written; none for what holds nothing.
fn as_toml(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Array(all) if all.is_empty() => None,
        Value::Object(all) if all.is_empty() => None,
        other => Some(other.to_string()),
    }
}

/// A text in a schema.
pub(super) fn text(schema: &Value, key: &str) -> String {
    schema[key].as_str().unwrap_or_default().to_owned()
}

/// Definitions by their names.
pub(super) type Definitions = Map<String, Value>;
