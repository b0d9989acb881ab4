//! The text of a script, compiled, and what is wrong with it in words for a person.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use rhai::{AST, Dynamic, EvalAltResult, ParseError, ParseErrorType, Position};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use super::engine::{engine, scope};
use super::fields::{self, Item};
use super::functions;
use super::meter::Meter;
use crate::html::taken::shorten;

/// How long a script may be, in bytes.
const MAX_CODE: usize = 16 << 10;

/// How many steps a script may take for the item that it is tried on.
const TRIAL_STEPS: u64 = 100_000;

/// A compiled script.
#[derive(Clone, Debug)]
pub struct Code {
    /// What is run.
    pub ast: AST,
    /// Every word in its text; what it does not mention need not be read for it.
    pub mentioned: HashSet<String>,
}

impl Code {
    /// Compiles a script.
    ///
    /// # Errors
    /// What is wrong with it, and where, as one sentence.
    pub fn new(text: &str) -> Result<Self, String> {
        if text.len() > MAX_CODE {
            return Err(format!("the script is longer than {} KiB", MAX_CODE >> 10));
        }
        if text.trim().is_empty() {
            return Err("the script is empty".to_owned());
        }
        let meter = Arc::new(Meter::new(TRIAL_STEPS, TRIAL_STEPS));
        let engine = engine(&meter);
        let (item, feed) = (Item::new(fields::sample()), sample_feed());
        let mut scope = scope(&item, feed);
        let ast = engine.compile_with_scope(&scope, text).map_err(|error| syntax(&error))?;
        // rhai knows of functions only when it calls them. Most are called for any item.
        if let Err(error) = engine.eval_ast_with_scope::<Dynamic>(&mut scope, &ast)
            && let Some(why) = unknown(error.unwrap_inner())
        {
            return Err(why);
        }
        Ok(Code { ast, mentioned: words(text) })
    }
}

fn sample_feed() -> Dynamic {
    Dynamic::from_map(["title", "link"].map(|name| (name.into(), name.into())).into_iter().collect())
}

/// The names in a text.
fn words(text: &str) -> HashSet<String> {
    let mut words: HashSet<String> =
        text.split(|c: char| !c.is_alphanumeric() && c != '_').map(str::to_owned).collect();
    words.remove("");
    words
}

fn syntax(error: &ParseError) -> String {
    let what = match error.err_type() {
        ParseErrorType::VariableUndefined(name) => format!("there is no variable `{name}`"),
        ParseErrorType::ExprTooDeep => "expressions nest too deep".to_owned(),
        ParseErrorType::UnexpectedEOF => "it ends too early".to_owned(),
        other => other.to_string(),
    };
    let hint =
        if what.starts_with("Invalid character") { " (texts stand between double quotes)" } else { "" };
    format!("the script is wrong {}: {}{hint}", at(error.position()), shorten(&what))
}

/// A function or a field that does not exist at all. With other values, anything else may go well.
fn unknown(error: &EvalAltResult) -> Option<String> {
    let what = match error {
        EvalAltResult::ErrorFunctionNotFound(signature, _) => {
            let name = signature.split(" (").next()?;
            let is_name = name.starts_with(|c: char| c.is_alphabetic());
            (is_name && !functions::NAMES.contains(&name))
                .then(|| format!("there is no function `{name}`"))?
        }
        EvalAltResult::ErrorDotExpr(what, _) if what.contains("for type 'item'") => {
            let name = what.split('\'').nth(1)?;
            format!("an item has no `{name}`")
        }
        _ => return None,
    };
    Some(format!("the script is wrong {}: {what}", at(error.position())))
}

/// Why a script has failed, as one sentence.
pub fn failure(error: &EvalAltResult) -> String {
    let inner = error.unwrap_inner();
    let position = inner.position();
    let what = match inner {
        EvalAltResult::ErrorTerminated(why, _) => why.to_string(),
        EvalAltResult::ErrorRuntime(thrown, _) => thrown.to_string(),
        EvalAltResult::ErrorStackOverflow(_) => "functions call each other too deep".to_owned(),
        EvalAltResult::ErrorTooManyVariables(_) => "it has too many variables".to_owned(),
        other => {
            let text = other.to_string();
            let place = format!(" ({position})");
            text.strip_suffix(&place).map_or(text.clone(), str::to_owned)
        }
    };
    format!("the script failed {}: {}", at(position), shorten(&what))
}

fn at(position: Position) -> String {
    match (position.line(), position.position()) {
        (Some(line), Some(column)) => format!("in line {line}, column {column}"),
        (Some(line), None) => format!("in line {line}"),
        (None, _) => "at its end".to_owned(),
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Code;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a script")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Code, E> {
                Code::new(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

impl JsonSchema for Code {
    fn schema_name() -> Cow<'static, str> {
        "script".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "description": "A script in the language of rhai. See docs/script.md." })
    }
}
