//! The whole configuration as a JSON Schema, for editors.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

use super::packs;
use super::plain::settings;
use crate::config::{self, AUTO, PACKS, Pack, TAKEN, raw};
use crate::rules::condition::Condition;
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
        let (name, entry) = (NAME, reference(ENTRY));
        json_schema!({
            "description": "The configuration of limpid. Written by `limpid rules --schema`.",
            "type": "object",
            "properties": {
                "server": generator.subschema_for::<raw::Server>(),
                "fetch": generator.subschema_for::<raw::Fetch>(),
                "cache": generator.subschema_for::<raw::Cache>(),
                "store": {
                    "description": "What outlives a restart: a file, a Redis that many limpids share, or nothing (`\"memory\"`, as without it).",
                    "anyOf": [{ "const": "memory" }, { "type": "string", "pattern": "^rediss?://." }, generator.subschema_for::<raw::Store>()]
                },
                "packs": {
                    "description": "Packs of your own: for the name of each the file that it is in. One of these goes before a built-in pack of the same name.",
                    "type": "object",
                    "patternProperties": { LABEL: { "type": "string", "minLength": 1 } },
                    "additionalProperties": false
                },
                "access": generator.subschema_for::<raw::Access>(),
                "ad-hoc": generator.subschema_for::<raw::AdHoc>(),
                "feeds": {
                    "description": "The feeds. Each is read at /feeds/NAME.",
                    "type": "object",
                    "patternProperties": { name: feed },
                    "additionalProperties": false
                }
            },
            "additionalProperties": false,
            // What packs there are can only be told where none are a person's own.
            "if": { "not": { "required": ["packs"] } },
            "then": { "properties": { "feeds": { "additionalProperties": {
                "properties": { "rules": { "items": entry } }
            } } } }
        })
    }
}

/// What feeds and topics may be called.
const NAME: &str = "^[A-Za-z0-9_-]{1,64}$";

/// What packs and rules may be called.
const LABEL: &str = "^[A-Za-z0-9-]{1,64}$";

/// `[feeds.NAME]`, with the rules and topics, which are not read with the rest of it.
fn feed(generator: &mut SchemaGenerator) -> Schema {
    let mut feed = raw::Feed::json_schema(generator);
    let entry = entry(generator);
    generator.definitions_mut().insert(ENTRY.to_owned(), entry);
    let rules = json!({
        "description": "What is done to the feed, in this order: rules and packs.",
        "type": "array",
        "items": { "anyOf": [reference(ENTRY), { "type": "string", "pattern": LABEL }, own_pack_use(generator)] }
    });
    let topics = topics(generator);
    let access = json!({
        "description": "Who may read it, instead of what [access] says: \"open\" for everybody.",
        "anyOf": [{ "const": "open" }, generator.subschema_for::<raw::FeedAccess>()]
    });
    if let Some(Value::Object(properties)) = feed.get_mut("properties") {
        properties.insert("rules".to_owned(), rules);
        properties.insert("topics".to_owned(), topics);
        properties.insert("access".to_owned(), access);
    }
    feed
}

/// `[feeds.NAME.topics]`
fn topics(generator: &mut SchemaGenerator) -> Value {
    json!({
        "description": "Subfeeds, each read at /feeds/NAME/TOPIC, with the items for which its condition holds. What none takes is at /feeds/NAME/rest.",
        "type": "object",
        "properties": {
            "exclusive": {
                "description": "Whether an item is only in the first topic that takes it; or a topic of that name.",
                "anyOf": [{ "type": "boolean" }, generator.subschema_for::<Condition>()]
            }
        },
        "propertyNames": { "pattern": NAME, "not": { "enum": TAKEN } },
        "additionalProperties": generator.subschema_for::<Condition>()
    })
}

/// The name of the definition of an entry of a `rules` array, as it is without packs of a person's own.
const ENTRY: &str = "Entry";

fn reference(definition: &str) -> Value {
    json!({ "$ref": format!("#/definitions/{definition}") })
}

/// An entry of a `rules` array.
fn entry(generator: &mut SchemaGenerator) -> Value {
    let packs = PACKS.iter().map(|pack| pack_use(generator, pack));
    let packs: Vec<Value> = packs.collect();
    let mut kinds = vec![names(), one_rule(generator)];
    kinds.extend(packs);
    kinds.push(auto_use(generator));
    json!({ "anyOf": kinds })
}

/// The name of a pack, or of a rule that needs no options.
fn names() -> Value {
    let packs = PACKS.iter().map(|pack| (pack.name, packs::read(pack).summary));
    let rules = names_alone().map(|info| (info.name, info.summary.to_owned()));
    let each = packs.chain(rules).chain([(AUTO, ALL_PLATFORMS.to_owned())]);
    let each = each.map(|(name, summary)| json!({ "const": name, "description": summary }));
    json!({ "type": "string", "oneOf": each.collect::<Vec<_>>() })
}

/// The rules that can be named without options.
pub fn names_alone() -> impl Iterator<Item = &'static Info> {
    let is_enough = |info: &&Info| config::rule_step(info.name, &format!("\"{}\"", info.name)).is_ok();
    RULES.iter().copied().filter(is_enough)
}

/// What `auto` stands for.
const ALL_PLATFORMS: &str = "The packs of all platforms, each for the feeds that are of it.";

/// A table of exactly one rule, with what may stand beside it.
fn one_rule(generator: &mut SchemaGenerator) -> Value {
    let mut keys: Map<String, Value> =
        RULES.iter().map(|info| (info.name.to_owned(), rule(generator, info))).collect();
    let exactly: Vec<Value> = RULES.iter().map(|info| json!({ "required": [info.name] })).collect();
    let beside = raw::Beside::json_schema(generator).to_value();
    keys.extend(beside["properties"].as_object().into_iter().flatten().map(|(k, v)| (k.clone(), v.clone())));
    json!({ "type": "object", "properties": keys, "additionalProperties": false, "oneOf": exactly })
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
    for list in ["only", "except", "also"] {
        properties[list]["items"] = json!({ "enum": parts });
    }
    schema
}

/// `{ pack = "auto", only = ["substack", "ghost/cards"] }`
fn auto_use(generator: &mut SchemaGenerator) -> Value {
    let platforms = config::platform_packs();
    let whole = platforms.iter().map(|pack| pack.name.to_owned());
    let parts: Vec<String> = platforms
        .iter()
        .flat_map(|pack| packs::read(pack).parts.into_iter().map(|part| format!("{}/{part}", pack.name)))
        .collect();
    let either: Vec<String> = whole.chain(parts.iter().cloned()).collect();
    let mut schema = raw::PackUse::json_schema(generator).to_value();
    let properties = &mut schema["properties"];
    properties["pack"] = json!({ "const": AUTO, "description": ALL_PLATFORMS });
    for list in ["only", "except"] {
        properties[list]["items"] = json!({ "enum": either });
    }
    properties["also"]["items"] = json!({ "enum": parts });
    schema
}

/// A pack of a person's own: what parts it has stands in its file.
fn own_pack_use(generator: &mut SchemaGenerator) -> Value {
    raw::PackUse::json_schema(generator).to_value()
}
