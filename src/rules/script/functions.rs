//! The functions that scripts have beside operators.

use std::sync::Arc;

use rhai::{Array, Dynamic, Engine, INT, ImmutableString, Map};

use super::engine::{MAX_ARRAY, MAX_TEXT};
use super::meter::{Failure, Meter};
use super::patterns;
use crate::html::entity;
use crate::rules::condition::count_words;

/// Every one of them, and the methods of `item`.
pub const NAMES: &[&str] = &[
    "contains",
    "ends_with",
    "escape",
    "find",
    "is_empty",
    "join",
    "len",
    "matches",
    "parse_int",
    "push",
    "remove",
    "replace",
    "split",
    "starts_with",
    "sub_string",
    "tag",
    "text_of",
    "to_lower",
    "to_string",
    "to_upper",
    "trim",
    "type_of",
    "words",
    "is_def_var",
    "is_def_fn",
];

/// Registers them all.
pub fn register(engine: &mut Engine, meter: &Arc<Meter>) {
    on_texts(engine, meter);
    on_arrays(engine, meter);
    patterns::register(engine, meter);
}

/// A function of a text.
fn one<R: Into<Dynamic> + 'static>(
    engine: &mut Engine,
    meter: &Arc<Meter>,
    name: &str,
    function: fn(&str) -> Result<R, Failure>,
) {
    let meter = Arc::clone(meter);
    engine.register_fn(name, move |text: ImmutableString| -> Result<Dynamic, Failure> {
        meter.look(&text)?;
        function(&text).map(Into::into)
    });
}

/// A function of two texts.
fn two<R: Into<Dynamic> + 'static>(
    engine: &mut Engine,
    meter: &Arc<Meter>,
    name: &str,
    function: fn(&str, &str) -> Result<R, Failure>,
) {
    let meter = Arc::clone(meter);
    engine.register_fn(
        name,
        move |text: ImmutableString, part: ImmutableString| -> Result<Dynamic, Failure> {
            meter.look(&text)?;
            meter.look(&part)?;
            function(&text, &part).map(Into::into)
        },
    );
}

fn on_texts(engine: &mut Engine, meter: &Arc<Meter>) {
    one(engine, meter, "len", |text| Ok(count(text.chars().count())));
    one(engine, meter, "is_empty", |text| Ok(text.is_empty()));
    one(engine, meter, "trim", |text| Ok(text.trim().to_owned()));
    one(engine, meter, "to_upper", |text| Ok(text.to_uppercase()));
    one(engine, meter, "to_lower", |text| Ok(text.to_lowercase()));
    one(engine, meter, "escape", |text| Ok(entity::escape(text).into_owned()));
    one(engine, meter, "words", |text| Ok(count(text.split_whitespace().map(count_words).sum())));
    one(engine, meter, "to_string", |text| Ok(text.to_owned()));
    one(engine, meter, "parse_int", |text| {
        Ok(text.trim().parse::<INT>().map_or(Dynamic::UNIT, Dynamic::from))
    });
    two(engine, meter, "contains", |text, part| Ok(text.contains(part)));
    two(engine, meter, "starts_with", |text, part| Ok(text.starts_with(part)));
    two(engine, meter, "ends_with", |text, part| Ok(text.ends_with(part)));
    two(engine, meter, "split", split);
    engine.register_fn("to_string", |number: INT| number.to_string());
    engine.register_fn("+", |text: ImmutableString, number: INT| format!("{text}{number}"));
    engine.register_fn("+", |number: INT, text: ImmutableString| format!("{number}{text}"));
    let for_rest = Arc::clone(meter);
    engine.register_fn("sub_string", move |text: ImmutableString, start: INT| {
        for_rest.look(&text).map(|()| part_of(&text, start, INT::MAX))
    });
    let for_part = Arc::clone(meter);
    engine.register_fn("sub_string", move |text: ImmutableString, start: INT, len: INT| {
        for_part.look(&text).map(|()| part_of(&text, start, len))
    });
}

/// Only what changes an array has it by reference: what has been called on a field in that way is written back to
/// it, and most fields can not be written.
fn on_arrays(engine: &mut Engine, meter: &Arc<Meter>) {
    engine.register_fn("len", |array: Array| count(array.len()));
    engine.register_fn("is_empty", |array: Array| array.is_empty());
    engine.register_fn("push", |array: &mut Array, value: Dynamic| array.push(value));
    engine.register_fn("contains", |map: Map, name: ImmutableString| map.contains_key(name.as_str()));
    let of_search = Arc::clone(meter);
    engine.register_fn("contains", move |array: Array, text: ImmutableString| -> Result<bool, Failure> {
        let mut found = false;
        for value in &*array {
            of_search.look_at(value)?;
            found |= value.as_immutable_string_ref().is_ok_and(|value| *value == text);
        }
        Ok(found)
    });
    let meter = Arc::clone(meter);
    engine.register_fn("join", move |array: Array, between: ImmutableString| -> Result<String, Failure> {
        let mut joined = String::new();
        for (nth, value) in array.iter().enumerate() {
            let text = value.as_immutable_string_ref().map_err(|_| "only texts can be joined")?;
            joined.push_str(if nth == 0 { "" } else { &between });
            joined.push_str(&text);
            meter.charge(1)?;
            is_short(&joined)?;
        }
        Ok(joined)
    });
}

fn split(text: &str, separator: &str) -> Result<Dynamic, Failure> {
    let parts = text.split(separator).take(MAX_ARRAY + 1).map(|part| Dynamic::from(part.to_owned()));
    let parts: Array = parts.collect();
    if parts.len() > MAX_ARRAY {
        return Err(format!("a text can not be split into more than {MAX_ARRAY} parts").into());
    }
    Ok(Dynamic::from_array(parts))
}

fn part_of(text: &str, start: INT, len: INT) -> String {
    let index = |number: INT| usize::try_from(number.max(0)).unwrap_or(usize::MAX);
    text.chars().skip(index(start)).take(index(len)).collect()
}

/// Whether a text is as short as one must be.
pub fn is_short(text: &str) -> Result<(), Failure> {
    if text.len() <= MAX_TEXT {
        Ok(())
    } else {
        Err(format!("a text can not be longer than {MAX_TEXT} bytes").into())
    }
}

fn count(number: usize) -> INT {
    INT::try_from(number).unwrap_or(INT::MAX)
}
