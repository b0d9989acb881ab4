//! The whole configuration as a JSON Schema, for editors.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::packs;
use super::plain::settings;
use crate::config::{self, PACKS, Pack, raw};
use crate::rules::{Info, RULES};

/// The JSON Schema of a configuration file, as text.
///
/// # Panics
/// Never: a schema is JSON.
pub fn schema() -> String {
    let schema = settings().into_generator().into_root_schema_for::<File>();
    let text = serde_json::to_string_pretty(&schema).expect("a schema is JSON");
    text + "\n"
}

/// A configuration file.
struct File;

impl JsonSchema for File {
    fn schema_name() -> Cow<'static, str> {
        "limpid.toml".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let feed = feed(generator);
        json_schema!({
            "description": "The configuration of limpid. Written by `limpid rules --schema`.",
            "type": "object",
            "properties": {
                "server": generator.subschema_for::<raw::Server>(),
                "fetch": generator.subschema_for::<raw::Fetch>(),
                "cache": generator.subschema_for::<raw::Cache>(),
                "ad-hoc": generator.subschema_for::<raw::AdHoc>(),
                "feeds": {
                    "description": "The feeds. Each is read at /feeds/NAME.",
                    "type": "object",
                    "patternProperties": { "^[A-Za-z0-9_-]{1,64}$": feed },
                    "additionalProperties": false
                }
            },
            "additionalProperties": false
        })
    }
}

/// `[feeds.NAME]`, with the rules, which are not read with the rest of it.
fn feed(generator: &mut SchemaGenerator) -> Schema {
    let mut feed = raw::Feed::json_schema(generator);
    let rules = json!({
        "description": "What is done to the feed, in this order: rules and packs.",
        "type": "array",
        "items": entry(generator)
    });
    if let Some(Value::Object(properties)) = feed.get_mut("properties") {
        properties.insert("rules".to_owned(), rules);
    }
    feed
}

/// An entry of a `rules` array.
fn entry(generator: &mut SchemaGenerator) -> Value {
    let packs = PACKS.iter().map(|pack| pack_use(generator, pack));
    let packs: Vec<Value> = packs.collect();
    let mut kinds = vec![names(), one_rule(generator)];
    kinds.extend(packs);
    json!({ "anyOf": kinds })
}

/// The name of a pack, or of a rule that needs no options.
fn names() -> Value {
    let packs = PACKS.iter().map(|pack| (pack.name, packs::read(pack).summary));
    let rules = names_alone().map(|info| (info.name, info.summary.to_owned()));
    let each = packs.chain(rules).map(|(name, summary)| json!({ "const": name, "description": summary }));
    json!({ "type": "string", "oneOf": each.collect::<Vec<_>>() })
}

/// The rules that can be named without options.
pub fn names_alone() -> impl Iterator<Item = &'static Info> {
    let is_enough = |info: &&Info| config::rule_step(info.name, &format!("\"{}\"", info.name)).is_ok();
    RULES.iter().copied().filter(is_enough)
}

/// A table of exactly one rule.
fn one_rule(generator: &mut SchemaGenerator) -> Value {
    let rules: Map<String, Value> =
        RULES.iter().map(|info| (info.name.to_owned(), rule(generator, info))).collect();
    let exactly: Vec<Value> = RULES.iter().map(|info| json!({ "required": [info.name] })).collect();
    json!({ "type": "object", "properties": rules, "additionalProperties": false, "oneOf": exactly })
}

/// The options of a rule, or the value that stands for one of them.
fn rule(generator: &mut SchemaGenerator, info: &Info) -> Value {
    let options = named((info.schema)(generator).to_value(), generator);
    let bare = info.shorthand.map(|option| options["properties"][option].clone());
    match bare {
        Some(bare) => json!({ "description": info.summary, "anyOf": [options, bare] }),
        None => json!({ "description": info.summary, "allOf": [options] }),
    }
}

/// A reference to a type, where that is what a schema spells out.
fn named(schema: Value, generator: &SchemaGenerator) -> Value {
    let known = generator.definitions().iter().find(|(_, known)| **known == schema);
    known.map_or(schema, |(name, _)| json!({ "$ref": format!("#/definitions/{name}") }))
}

/// `{ pack = "NAME", except = ["PART"] }`
fn pack_use(generator: &mut SchemaGenerator, pack: &Pack) -> Value {
    let packs::PackText { summary, parts, .. } = packs::read(pack);
    let mut schema = raw::PackUse::json_schema(generator).to_value();
    let properties = &mut schema["properties"];
    properties["pack"] = json!({ "const": pack.name, "description": summary });
    properties["except"]["items"] = json!({ "enum": parts });
    schema
}
