//! Reading a TOML value as a type, with every mistake in it, not only the first.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue, Error, ValueDeserializer};

use super::problem::Problem;

/// A value of a TOML text, with its place.
pub type Value<'t> = Spanned<DeValue<'t>>;

/// A table of a TOML text, with its place.
pub type Table<'t> = Spanned<DeTable<'t>>;

/// How many mistakes in one value are looked for.
const MAX_RETRIES: usize = 50;

/// Reads a value with `read`. serde stops at the first mistake; so what is mistaken is taken out, and the
/// rest is read again, until nothing new turns up. What can be read is given, so that it can be checked
/// further; whether it counts is for the problems to say.
pub fn read_with<'t, T>(
    mut value: Value<'t>,
    read: impl Fn(ValueDeserializer<'t>) -> Result<T, Error>,
    problems: &mut Vec<Problem>,
) -> Option<T> {
    let whole = value.span();
    let mut removed: Vec<Range<usize>> = Vec::new();
    for _ in 0..MAX_RETRIES {
        let error = match read(ValueDeserializer::from(value.clone())) {
            Ok(read) => return Some(read),
            Err(error) => error,
        };
        let span = error.span().unwrap_or(whole.clone());
        // An error about what an earlier mistake was taken out of is most likely its consequence.
        let holds_removed = removed.iter().any(|r| span.start <= r.start && r.end <= span.end);
        let misses_removed = !removed.is_empty() && error.message().starts_with("missing field");
        if !holds_removed && !misses_removed {
            problems.push(problem(error.message(), span.clone()));
        }
        removed.push(remove_at(&mut value, &span)?);
    }
    None
}

/// Reads a value as a type.
pub fn read_as<T: DeserializeOwned>(value: Value<'_>, problems: &mut Vec<Problem>) -> Option<T> {
    read_with(value, |options| T::deserialize(options), problems)
}

/// Takes out the innermost entry that a mistake at `span` is in, and says where it was. A table with nothing else in
/// it goes with it: that it is empty would be the next mistake, and hide what stands beside it.
fn remove_at(value: &mut Value<'_>, span: &Range<usize>) -> Option<Range<usize>> {
    match value.get_mut() {
        DeValue::Table(table) => {
            let (key, found) = table.iter_mut().find_map(|(key, inner)| {
                let found = remove_inside(inner, span);
                let is_here = found.is_some() || holds(&inner.span(), span) || holds(&key.span(), span);
                is_here.then(|| (key.clone(), found))
            })?;
            if found.is_none() || table.get(&key).is_some_and(is_empty) {
                table.remove(&key);
            }
            Some(found.unwrap_or(span.clone()))
        }
        DeValue::Array(array) => {
            let (index, found) = array.iter_mut().enumerate().find_map(|(index, element)| {
                let found = remove_inside(element, span);
                (found.is_some() || holds(&element.span(), span)).then_some((index, found))
            })?;
            if found.is_some() && !array.get(index).is_some_and(is_empty) {
                return found;
            }
            let elements = std::mem::replace(array, DeArray::new());
            for (_, element) in elements.into_iter().enumerate().filter(|(at, _)| *at != index) {
                array.push(element);
            }
            Some(found.unwrap_or(span.clone()))
        }
        _ => None,
    }
}

/// The same for what a table or an array holds. What stands under a `[header]` stands outside the span of its table,
/// which is that of the header.
fn remove_inside(value: &mut Value<'_>, span: &Range<usize>) -> Option<Range<usize>> {
    let is_meant = value.span() == *span && matches!(value.get_ref(), DeValue::Table(_));
    if is_meant { None } else { remove_at(value, span) }
}

fn holds(outer: &Range<usize>, span: &Range<usize>) -> bool {
    outer.start <= span.start && span.end <= outer.end
}

fn is_empty(value: &Value<'_>) -> bool {
    matches!(value.get_ref(), DeValue::Table(table) if table.is_empty())
}

/// serde's message as a sentence for a person. Its form is fixed: names stand between back quotes, the
/// mistaken one first.
pub fn problem(message: &str, span: Range<usize>) -> Problem {
    let message = &in_words(message.trim());
    let names: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let unknown = message.starts_with("unknown field") || message.starts_with("unknown variant");
    let Some((name, known)) = names.split_first().filter(|_| unknown) else {
        return Problem::new(message, span);
    };
    let what = if message.starts_with("unknown field") { "key" } else { "value" };
    Problem::new(format!("unknown {what} `{name}`"), span).nearest_and_all(name, "known here", known)
}

/// serde names the types of Rust; a person writes numbers.
fn in_words(message: &str) -> String {
    let types = [
        ("expected usize", "expected a whole number"),
        ("expected u32", "expected a whole number"),
        ("expected f64", "expected a number"),
        ("expected struct Keys", "expected a condition such as { title = \"…\" }"),
        ("expected a sequence", "expected a list"),
        ("expected parsable string", "expected a size such as \"16 MiB\""),
        ("expected an integer or string", "expected a size such as \"16 MiB\""),
    ];
    types.into_iter().fold(message.to_owned(), |message, (rust, words)| message.replace(rust, words))
}

/// Reads a TOML text; what can be read of it where there are mistakes.
pub fn parse<'t>(text: &'t str, problems: &mut Vec<Problem>) -> Table<'t> {
    let (table, errors) = DeTable::parse_recoverable(text);
    problems.extend(errors.iter().map(|error| problem(error.message(), error.span().unwrap_or(0..0))));
    table
}
