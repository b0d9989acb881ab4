//! From the text of a pack to a compiled one.

use std::collections::HashSet;
use std::sync::Arc;

use toml::Spanned;
use toml::de::DeValue;
use xxhash_rust::xxh3::xxh3_128;

use super::{Compiled, PackRule};
use crate::config::problem::{Problem, Problems};
use crate::config::table::{Table, Value, parse, read_as};
use crate::config::{raw, rule};
use crate::feed::platform::Platform;

/// The version of the form that packs are written in.
const VERSION: i64 = 1;

/// Compiles a pack. `shown` is where its text is from, for messages.
pub fn read(name: &str, shown: &str, text: &str) -> Result<Compiled, Problems> {
    let mut problems = Vec::new();
    let table = parse(text, &mut problems);
    let read = problems.is_empty().then(|| read_table(name, text, table, &mut problems)).flatten();
    match read {
        Some(pack) if problems.is_empty() => Ok(pack),
        _ => Err(Problems::new(shown, text, problems)),
    }
}

fn read_table(name: &str, text: &str, table: Table<'_>, problems: &mut Vec<Problem>) -> Option<Compiled> {
    let whole = table.span();
    let mut table = table.into_inner();
    let (detect, rules) = (table.remove("detect"), table.remove("rules"));
    match table.get("version") {
        None => {
            let problem = Problem::new("a pack says which version of the form it is written in", 0..0);
            problems.push(problem.help(format!("version = {VERSION}")));
        }
        Some(version) => {
            if let Some(problem) = other_version(version) {
                // What the rest of it means is for another limpid to say.
                problems.push(problem);
                return None;
            }
        }
    }
    let head: Option<raw::Pack> = read_as(Spanned::new(whole, DeValue::Table(table)), problems);
    let detect: Option<raw::Detect> = detect.and_then(|detect| read_as(detect, problems));
    let rules = read_rules(name, rules, problems);
    let head = head?;
    let platform = detect.map(|detect| Arc::new(platform(name, detect)));
    let digest = xxh3_128(format!("{name}\n{text}").as_bytes());
    Some(Compiled { name: name.to_owned(), summary: head.summary, platform, rules, digest })
}

/// Whether a pack is of another version. What is no number at all is found elsewhere.
fn other_version(version: &Value<'_>) -> Option<Problem> {
    let number: i64 = version.get_ref().as_integer()?.as_str().parse().ok()?;
    let message = format!("this limpid reads packs of version {VERSION}, not of version {number}");
    (number != VERSION).then(|| Problem::new(message, version.span()))
}

fn platform(name: &str, detect: raw::Detect) -> Platform {
    let raw::Detect { generator, markup, beside } = detect;
    let generator = generator.map(|pattern| pattern.regex().clone());
    Platform { name: name.to_owned(), generator, markup, beside }
}

fn read_rules(pack: &str, rules: Option<Value<'_>>, problems: &mut Vec<Problem>) -> Vec<PackRule> {
    let span = rules.as_ref().map_or(0..0, Spanned::span);
    let rules = match rules.map(Spanned::into_inner) {
        Some(DeValue::Array(rules)) if !rules.is_empty() => rules,
        _ => {
            problems.push(Problem::new("a pack has at least one rule", span).help(EXAMPLE));
            return Vec::new();
        }
    };
    let mut names = HashSet::new();
    rules.into_iter().filter_map(|value| read_rule(pack, value, &mut names, problems)).collect()
}

/// How rules of packs are written, for advice.
const EXAMPLE: &str = "[[rules]]\nname = \"share\"\nremove = \".share-bar\"";

fn read_rule(
    pack: &str,
    value: Value<'_>,
    names: &mut HashSet<String>,
    problems: &mut Vec<Problem>,
) -> Option<PackRule> {
    let span = value.span();
    let DeValue::Table(table) = value.into_inner() else {
        problems.push(Problem::new("expected a table with a `name` and a rule", span).help(EXAMPLE));
        return None;
    };
    let is_named = table.contains_key("name");
    let (step, beside) = rule::with_beside::<raw::BesideInPack>(table, &span, problems);
    let raw::BesideInPack { name, guard, enabled } = beside?;
    let name = match name {
        Some(name) => unique(name, names, problems),
        None if is_named => String::new(), // what is wrong with it has been said
        None => {
            problems.push(Problem::new("a rule of a pack has a `name`", span).help(EXAMPLE));
            String::new()
        }
    };
    let step = step?;
    let label = format!("{pack}/{name}");
    Some(PackRule {
        name,
        step: crate::pipeline::Step { label, guard, ..step },
        is_on: enabled.unwrap_or(true),
    })
}

/// The name of a rule, which no other has.
fn unique(name: Spanned<raw::Label>, names: &mut HashSet<String>, problems: &mut Vec<Problem>) -> String {
    let span = name.span();
    let raw::Label(name) = name.into_inner();
    if !names.insert(name.clone()) {
        let problem = Problem::new(format!("two rules of this pack are called `{name}`"), span);
        problems.push(problem.help("a rule is switched on and off by its name"));
    }
    name
}
