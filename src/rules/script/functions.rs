//! The functions that scripts have beside operators: on texts, on arrays, on HTML.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rhai::{Array, Dynamic, Engine, INT, ImmutableString, Map};

use super::engine::{MAX_ARRAY, MAX_TEXT};
use super::meter::{Failure, Meter};
use crate::html::build::Syntax;
use crate::html::{Html, Selectors, entity};
use crate::rules::condition::count_words;
use crate::rules::values::Pattern;

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

/// What compiling a pattern or a selector costs.
const COMPILING: u64 = 5000;

/// How many times as much as looking at a text it costs to match it, or to read it as HTML.
const SLOW: u64 = 8;

/// How many compiled patterns are kept in one refresh, and how many selectors.
const MAX_COMPILED: usize = 32;

/// How many groups a replacement may name.
const MAX_GROUPS: usize = 16;

/// Registers them all.
pub fn register(engine: &mut Engine, meter: &Arc<Meter>) {
    on_texts(engine, meter);
    on_html(engine, meter);
    on_arrays(engine, meter);
    with_patterns(engine, meter);
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

fn on_html(engine: &mut Engine, meter: &Arc<Meter>) {
    let of_texts = Arc::clone(meter);
    engine.register_fn("text_of", move |html: ImmutableString| -> Result<String, Failure> {
        slow(&of_texts, &html)?;
        Ok(Html::new(html.as_str().into(), Syntax::Html).all_words())
    });
    let (selectors, meter) = (Compiled::new(Selectors::parse), Arc::clone(meter));
    engine.register_fn(
        "remove",
        move |html: ImmutableString, selector: ImmutableString| -> Result<String, Failure> {
            slow(&meter, &html)?;
            let selectors = selectors.get(&meter, &selector)?;
            let mut page = Html::new(html.as_str().into(), Syntax::Html);
            for id in page.find(&selectors) {
                page.remove(id);
            }
            Ok(page.marked_text().into_owned())
        },
    );
}

fn on_arrays(engine: &mut Engine, meter: &Arc<Meter>) {
    engine.register_fn("len", |array: &mut Array| count(array.len()));
    engine.register_fn("is_empty", |array: &mut Array| array.is_empty());
    engine.register_fn("push", |array: &mut Array, value: Dynamic| array.push(value));
    engine.register_fn("contains", |map: &mut Map, name: ImmutableString| map.contains_key(name.as_str()));
    let of_search = Arc::clone(meter);
    engine.register_fn(
        "contains",
        move |array: &mut Array, text: ImmutableString| -> Result<bool, Failure> {
            let mut found = false;
            for value in array.iter() {
                of_search.look_at(value)?;
                found |= value.as_immutable_string_ref().is_ok_and(|value| *value == text);
            }
            Ok(found)
        },
    );
    let meter = Arc::clone(meter);
    engine.register_fn(
        "join",
        move |array: &mut Array, between: ImmutableString| -> Result<String, Failure> {
            let mut joined = String::new();
            for (nth, value) in array.iter().enumerate() {
                let text = value.as_immutable_string_ref().map_err(|_| "only texts can be joined")?;
                joined.push_str(if nth == 0 { "" } else { &between });
                joined.push_str(&text);
                meter.charge(1)?;
                is_short(&joined)?;
            }
            Ok(joined)
        },
    );
}

fn with_patterns(engine: &mut Engine, meter: &Arc<Meter>) {
    let patterns = Arc::new(Compiled::new(Pattern::new));
    let (of, known) = (Arc::clone(meter), Arc::clone(&patterns));
    engine.register_fn(
        "matches",
        move |text: ImmutableString, pattern: ImmutableString| -> Result<bool, Failure> {
            slow(&of, &text)?;
            Ok(known.get(&of, &pattern)?.is_in(&text))
        },
    );
    let (of, known) = (Arc::clone(meter), Arc::clone(&patterns));
    engine.register_fn(
        "find",
        move |text: ImmutableString, pattern: ImmutableString| -> Result<String, Failure> {
            slow(&of, &text)?;
            let found = known.get(&of, &pattern)?.regex().captures(&text).and_then(|found| {
                let group = found.get(1).or_else(|| found.get(0))?;
                Some(group.as_str().to_owned())
            });
            Ok(found.unwrap_or_default())
        },
    );
    let of = Arc::clone(meter);
    engine.register_fn(
        "replace",
        move |text: ImmutableString,
              pattern: ImmutableString,
              with: ImmutableString|
              -> Result<String, Failure> {
            slow(&of, &text)?;
            of.look(&with)?;
            replaced(&*patterns.get(&of, &pattern)?, &text, &with)
        },
    );
}

/// A text with other words where a pattern matches. No longer than a text may be, however many those are.
fn replaced(pattern: &Pattern, text: &str, with: &str) -> Result<String, Failure> {
    if with.matches('$').count() > MAX_GROUPS {
        return Err(format!("a replacement can not name more than {MAX_GROUPS} groups").into());
    }
    let (mut out, mut end) = (String::new(), 0);
    for found in pattern.regex().captures_iter(text) {
        let whole = found.get_match();
        out.push_str(&text[end..whole.start()]);
        found.expand(with, &mut out);
        end = whole.end();
        is_short(&out)?;
    }
    out.push_str(&text[end..]);
    Ok(out)
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

fn is_short(text: &str) -> Result<(), Failure> {
    if text.len() <= MAX_TEXT {
        Ok(())
    } else {
        Err(format!("a text can not be longer than {MAX_TEXT} bytes").into())
    }
}

/// Takes the steps for what is slower than looking at a text.
fn slow(meter: &Meter, text: &str) -> Result<(), Failure> {
    (0..SLOW).try_for_each(|_| meter.look(text))
}

fn count(number: usize) -> INT {
    INT::try_from(number).unwrap_or(INT::MAX)
}

/// What a refresh has compiled, by its source.
struct Compiled<T> {
    known: Mutex<HashMap<ImmutableString, Arc<T>>>,
    compile: fn(&str) -> Result<T, String>,
}

impl<T> Compiled<T> {
    fn new(compile: fn(&str) -> Result<T, String>) -> Self {
        Compiled { known: Mutex::default(), compile }
    }

    fn get(&self, meter: &Meter, source: &ImmutableString) -> Result<Arc<T>, Failure> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(compiled) = known.get(source) {
            return Ok(Arc::clone(compiled));
        }
        meter.charge(COMPILING)?;
        let compiled = Arc::new((self.compile)(source)?);
        if known.len() == MAX_COMPILED {
            known.clear();
        }
        known.insert(source.clone(), Arc::clone(&compiled));
        Ok(compiled)
    }
}
