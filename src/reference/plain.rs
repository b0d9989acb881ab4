//! A JSON Schema as a TOML file needs it.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::{Transform, transform_subschemas};
use serde_json::{Map, Value, json};

/// Takes out of a schema what a TOML file has no use for: null, which TOML can not write, and formats, which
/// editors would judge by other rules than limpid does (a `regex` is one of JavaScript to them).
#[derive(Clone, Debug)]
struct Plain;

/// Settings by which every schema is made. Editors of TOML know draft 7 and before.
pub(super) fn settings() -> SchemaSettings {
    SchemaSettings::draft07().with(|settings| settings.transforms.insert(0, Box::new(Plain)))
}

/// Makes a schema as the settings have it, where that is not done for it.
pub(super) fn plain(schema: &mut Schema) {
    Plain.transform(schema);
}

impl Transform for Plain {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        let Some(object) = schema.as_object_mut() else { return };
        object.remove("format");
        if object.get("default").is_some_and(Value::is_null) {
            object.remove("default");
        }
        if let Some(Value::String(description)) = object.get_mut("description") {
            *description = for_people(description);
        }
        without_null(object);
    }
}

fn without_null(object: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = object.get_mut("type") {
        types.retain(|name| name != "null");
        if let [one] = types.as_slice() {
            let one = one.clone();
            object.insert("type".to_owned(), one);
        }
    }
    let Some(Value::Array(mut any)) = object.remove("anyOf") else { return };
    any.retain(|schema| *schema != json!({ "type": "null" }));
    match any.as_slice() {
        [Value::Object(one)] => {
            for (key, value) in one {
                object.entry(key).or_insert_with(|| value.clone());
            }
        }
        _ => {
            object.insert("anyOf".to_owned(), Value::Array(any));
        }
    }
}

/// A doc comment as a description: without the code that it shows, each paragraph on one line.
fn for_people(doc: &str) -> String {
    let text = doc.split("```").next().unwrap_or_default();
    let paragraphs = text.split("\n\n").map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>());
    let paragraphs: Vec<String> =
        paragraphs.filter(|words| !words.is_empty()).map(|words| words.join(" ")).collect();
    paragraphs.join("\n")
}
