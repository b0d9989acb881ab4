//! What a schema accepts, in the words of a person.

use schemars::JsonSchema;
use serde_json::Value;

use super::options::{Choice, Definitions, text};
use crate::rules::condition::Condition;

/// The types that schemas refer to by name.
#[derive(Debug)]
pub(super) struct Kinds {
    definitions: Definitions,
}

impl Kinds {
    pub(super) fn new(definitions: Definitions) -> Self {
        Kinds { definitions }
    }

    /// What a schema accepts: "a whole number", "one of slim, link, drop".
    pub(super) fn in_words(&self, schema: &Value) -> String {
        if let Some(name) = reference(schema) {
            let named = self.definitions.get(name).unwrap_or(&Value::Null);
            return match () {
                () if is_condition(name) => "a condition".to_owned(),
                () if self.is_described(named) => first_words(&text(named, "description")),
                () => self.in_words(named),
            };
        }
        if let Some(any) = schema["anyOf"].as_array() {
            return self.any_in_words(any);
        }
        let choices = self.choices(schema);
        if !choices.is_empty() {
            let values: Vec<&str> = choices.iter().map(|choice| choice.value.as_str()).collect();
            return if values.len() == 1 { values.concat() } else { format!("one of {}", values.join(", ")) };
        }
        match schema["type"].as_str() {
            Some("string") => "a text".to_owned(),
            Some("boolean") => "true or false".to_owned(),
            Some("integer") => "a whole number".to_owned(),
            Some("number") => "a number".to_owned(),
            Some("array") => self.list_in_words(&schema["items"]),
            _ => "a table".to_owned(),
        }
    }

    /// Whether what a type says of itself is all there is to say.
    fn is_described(&self, named: &Value) -> bool {
        named["description"].is_string() && self.choices(named).is_empty()
    }

    /// What the types of single values say of themselves.
    pub(super) fn described(&self) -> Vec<String> {
        let named = self.definitions.values().filter(|named| self.is_described(named));
        let values = named.filter(|named| self.table(named).is_none());
        values.map(|named| text(named, "description")).collect()
    }

    fn any_in_words(&self, any: &[Value]) -> String {
        if let [one, list] = any
            && list["items"] == *one
        {
            return format!("{}, or a list of them", self.in_words(one));
        }
        let all: Vec<String> = any.iter().map(|schema| self.in_words(schema)).collect();
        all.join(", or ")
    }

    fn list_in_words(&self, items: &Value) -> String {
        match self.in_words(items).strip_prefix("a ") {
            Some(one @ ("text" | "condition" | "table" | "number" | "whole number")) => {
                format!("a list of {one}s")
            }
            _ => format!("a list, of each entry {}", self.in_words(items)),
        }
    }

    /// The values that a schema names one by one.
    pub(super) fn choices(&self, schema: &Value) -> Vec<Choice> {
        if let Some(name) = reference(schema).filter(|name| !is_condition(name)) {
            return self.definitions.get(name).map(|named| self.choices(named)).unwrap_or_default();
        }
        let named = |value: &Value, description: String| {
            Some(Choice { value: value.as_str()?.to_owned(), description })
        };
        if let Some(values) = schema["enum"].as_array() {
            return values.iter().filter_map(|value| named(value, String::new())).collect();
        }
        if let Some(value) = schema.get("const") {
            return named(value, text(schema, "description")).into_iter().collect();
        }
        if let Some(one) = schema["oneOf"].as_array() {
            return one.iter().flat_map(|schema| self.choices(schema)).collect();
        }
        // A value, or a list of such values.
        let any = schema["anyOf"].as_array().into_iter().flatten();
        any.flat_map(|schema| self.choices(schema)).collect()
    }

    /// The schema of a table whose keys are known, other than a condition.
    pub(super) fn table<'s>(&'s self, schema: &'s Value) -> Option<&'s Value> {
        match reference(schema) {
            Some(name) if is_condition(name) => None,
            Some(name) => self.definitions.get(name).and_then(|named| self.table(named)),
            None => schema["properties"].is_object().then_some(schema),
        }
    }
}

/// Whether this is the name of the type of conditions. They hold each other, and are not described in place.
fn is_condition(name: &str) -> bool {
    name == Condition::schema_name()
}

/// The name of the definition that a schema stands for, alone or with a description of its own.
fn reference(schema: &Value) -> Option<&str> {
    let only = match schema["allOf"].as_array().map(Vec::as_slice) {
        Some([only]) => only,
        _ => schema,
    };
    only["$ref"].as_str()?.rsplit('/').next()
}

/// The first sentence of a description, to stand in another sentence.
fn first_words(description: &str) -> String {
    let sentence = description.split(". ").next().unwrap_or_default().trim_end_matches('.');
    let mut letters = sentence.chars();
    let first = letters.next().map(|letter| letter.to_lowercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}
