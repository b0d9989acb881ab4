//! The kinds of values that options are made of. Each is compiled when it is read, so that what is wrong
//! with it is found then, with its place.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use regex::{Regex, RegexBuilder};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

use crate::html::Selectors;

/// How large a compiled pattern may be, in bytes; patterns beyond it are refused.
const MAX_PATTERN: usize = 1 << 20;

/// The schema of a number of bytes, as `bytesize` reads it: `"20 kB"`, `"1 MiB"`, `4096`.
pub fn size(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "anyOf": [{ "type": "string", "pattern": "^ *[0-9]" }, { "type": "integer", "minimum": 0 }] })
}

/// A regular expression, in the syntax of the `regex` crate. It folds case unless it says `(?-i)`, and
/// takes time linear in the text whatever it is.
#[derive(Clone, Debug)]
pub struct Pattern(Arc<Regex>);

impl Pattern {
    /// Compiles a pattern.
    ///
    /// # Errors
    /// What is wrong with it, in one line.
    pub fn new(pattern: &str) -> Result<Self, String> {
        Pattern::within(pattern, MAX_PATTERN)
    }

    /// Compiles a pattern that takes at most so many bytes when it is compiled.
    ///
    /// # Errors
    /// What is wrong with it, in one line.
    pub fn within(pattern: &str, max_bytes: usize) -> Result<Self, String> {
        let key = (pattern.to_owned(), max_bytes);
        if let Some(same) = in_use().get(&key).and_then(Weak::upgrade) {
            return Ok(Pattern(same));
        }
        // Others read theirs in the meantime.
        let (regex, mut in_use) = (compiled(pattern, max_bytes).map(Arc::new)?, in_use());
        if in_use.len().is_power_of_two() {
            in_use.retain(|_, regex| regex.strong_count() > 0);
        }
        in_use.insert(key, Arc::downgrade(&regex));
        Ok(Pattern(regex))
    }

    /// The compiled expression.
    pub fn regex(&self) -> &Regex {
        &self.0
    }

    /// Whether it is found anywhere in the text.
    pub fn is_in(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}

/// What is in use: many feeds have the same pattern, and compiled it takes kilobytes.
static IN_USE: LazyLock<Mutex<InUse>> = LazyLock::new(Mutex::default);

/// By the pattern and what it may take at most.
type InUse = HashMap<(String, usize), Weak<Regex>>;

/// A map is as good after a panic elsewhere as before.
fn in_use() -> MutexGuard<'static, InUse> {
    IN_USE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn compiled(pattern: &str, max_bytes: usize) -> Result<Regex, String> {
    let regex = RegexBuilder::new(pattern).case_insensitive(true).size_limit(max_bytes).build();
    regex.map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "the regular expression is too large".to_owned(),
        other => {
            // The regex crate draws its own caret over several lines; the last says what is wrong.
            let text = other.to_string();
            let last = text.lines().last().unwrap_or_default();
            format!("not a regular expression: {}", last.trim_start_matches("error: "))
        }
    })
}

/// A length of time such as `30d`, `2 weeks` or `12h`.
#[derive(Clone, Copy, Debug)]
pub struct Age(pub SignedDuration);

impl Age {
    /// Reads an age. Days are 24 hours, weeks seven days.
    ///
    /// # Errors
    /// Where it is none, or has months or years, which differ in length.
    pub fn parse(text: &str) -> Result<Self, String> {
        let expected =
            || format!("`{text}` is not an age; expected something like \"30d\", \"2 weeks\", \"12h\"");
        let span: Span = text.parse().map_err(|_| expected())?;
        let duration = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| expected())?;
        if duration.is_negative() { Err(expected()) } else { Ok(Age(duration)) }
    }
}

/// A point in time: `2026-05-01` (its first moment, UTC) or `2026-05-01T12:00:00Z`.
#[derive(Clone, Copy, Debug)]
pub struct When(pub Timestamp);

impl When {
    /// Reads a point in time.
    ///
    /// # Errors
    /// Where it is none.
    pub fn parse(text: &str) -> Result<Self, String> {
        let day = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|z| z.timestamp());
        let at = text.parse::<Timestamp>().ok().or_else(day);
        at.map(When).ok_or_else(|| format!("`{text}` is not a date; expected one like \"2026-05-01\""))
    }
}

/// Reads a value from a string, with what was expected in the error.
macro_rules! from_string {
    ($type:ty, $parse:path, $expected:literal) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visitor;
                impl de::Visitor<'_> for Visitor {
                    type Value = $type;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expected)
                    }
                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$type, E> {
                        $parse(text).map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Visitor)
            }
        }
    };
}

from_string!(Pattern, Pattern::new, "a regular expression");
from_string!(Age, Age::parse, "an age such as \"30d\"");
from_string!(When, When::parse, "a date such as \"2026-05-01\", in quotes");

/// Describes a value that is written as a string.
macro_rules! schema {
    ($type:ty, $name:literal, $schema:tt) => {
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!($schema)
            }
        }
    };
}

schema!(Pattern, "pattern", {
    "type": "string",
    "format": "regex",
    "description": "A regular expression. Its syntax is that of Rust's `regex` crate; it folds case unless it says `(?-i)`."
});
schema!(Age, "age", { "type": "string", "description": "A length of time such as `30d`, `2 weeks` or `12h`." });
schema!(When, "date", { "type": "string", "description": "A day such as `2026-05-01`, or `2026-05-01T12:00:00Z`." });
schema!(Selectors, "selector", {
    "anyOf": [{ "type": "string" }, { "type": "array", "items": { "type": "string" }, "minItems": 1 }],
    "description": "A CSS selector, or a list of them."
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fold_case_unless_told_otherwise() {
        assert!(Pattern::new("llm").unwrap().is_in("LLMs"));
        assert!(!Pattern::new("(?-i)llm").unwrap().is_in("LLMs"));
        assert!(Pattern::new("(a").unwrap_err().contains("unclosed group"));
        assert!(Pattern::new("(a{1000}){1000}").unwrap_err().contains("too large"));
    }

    #[test]
    fn ages_and_dates() {
        assert_eq!(Age::parse("2 weeks").unwrap().0, SignedDuration::from_hours(24 * 14));
        assert!(Age::parse("1 month").is_err() && Age::parse("-1d").is_err() && Age::parse("soon").is_err());
        assert_eq!(When::parse("2026-05-01").unwrap().0, "2026-05-01T00:00:00Z".parse().unwrap());
    }
}
