//! From the entries of a `rules` array, and from packs, to compiled steps.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::packs::{self, PACKS, Pack};
use super::problem::{Problem, Problems};
use super::raw::PackUse;
use super::table::{Table, Value, parse, problem, read_as, read_with};
use crate::pipeline::Step;
use crate::rules::{self, Info, RULES};

/// Compiles a `rules` array.
pub fn steps(value: Value<'_>, problems: &mut Vec<Problem>) -> Vec<Step> {
    let span = value.span();
    let DeValue::Array(entries) = value.into_inner() else {
        problems.push(
            Problem::new("expected a list of rules and packs", span)
                .help("rules = [\"substack\", { limit = 50 }]"),
        );
        return Vec::new();
    };
    entries.into_iter().flat_map(|entry| entry_steps(entry, problems)).collect()
}

fn entry_steps(entry: Value<'_>, problems: &mut Vec<Problem>) -> Vec<Step> {
    let span = entry.span();
    match entry.into_inner() {
        DeValue::String(name) => match packs::find(&name) {
            Some(pack) => pack_or_defect(pack),
            None => named(&name, span.clone(), problems)
                .and_then(|info| {
                    options(info, Spanned::new(span, DeValue::Table(DeTable::default())), problems)
                })
                .into_iter()
                .collect(),
        },
        DeValue::Table(table) if table.contains_key("pack") => {
            let value = Spanned::new(span, DeValue::Table(table));
            read_as::<PackUse>(value, problems).map(|pack| pack_use(&pack, problems)).unwrap_or_default()
        }
        DeValue::Table(table) => rule_table(table, span, problems).into_iter().collect(),
        _ => {
            problems
                .push(Problem::new("expected the name of a pack or rule, or a table with one rule", span));
            Vec::new()
        }
    }
}

/// `{ images = { … } }`: exactly one rule and its options.
fn rule_table(table: DeTable<'_>, span: Range<usize>, problems: &mut Vec<Problem>) -> Option<Step> {
    let mut entries: Vec<_> = table.into_iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    let mut entries = entries.into_iter();
    let Some((name, value)) = entries.next() else {
        problems.push(Problem::new("expected a rule", span));
        return None;
    };
    if let Some((second, _)) = entries.next() {
        let help = "write each rule in braces of its own: { … }, { … }";
        problems.push(Problem::new("one entry holds one rule", second.span()).help(help));
    }
    let info = named(name.get_ref(), name.span(), problems)?;
    options(info, value, problems)
}

fn named(name: &str, span: Range<usize>, problems: &mut Vec<Problem>) -> Option<&'static Info> {
    let found = rules::find(name);
    if found.is_none() {
        let known: Vec<&str> =
            RULES.iter().map(|info| info.name).chain(PACKS.iter().map(|pack| pack.name)).collect();
        let problem = Problem::new(format!("unknown rule or pack `{name}`"), span);
        problems.push(problem.nearest_or_all(name, &known));
    }
    found
}

/// Compiles a rule with its options; a bare value stands for the option that the rule names.
fn options(info: &'static Info, value: Value<'_>, problems: &mut Vec<Problem>) -> Option<Step> {
    let span = value.span();
    let value = match (value.get_ref(), info.shorthand) {
        (DeValue::Table(_), _) | (_, None) => value,
        (_, Some(option)) => {
            let mut table = DeTable::default();
            table.insert(Spanned::new(span.clone(), option.into()), value);
            Spanned::new(span, DeValue::Table(table))
        }
    };
    let rule = read_with(value, info.compile, problems)?;
    Some(Step::new(info.name, rule))
}

fn pack_use(wanted: &PackUse, problems: &mut Vec<Problem>) -> Vec<Step> {
    let name = wanted.pack.get_ref();
    let Some(pack) = packs::find(name) else {
        let problem = Problem::new(format!("unknown pack `{name}`"), wanted.pack.span());
        let known: Vec<&str> = PACKS.iter().map(|pack| pack.name).collect();
        problems.push(problem.nearest_or_all(name, &known));
        return Vec::new();
    };
    let mut steps = pack_or_defect(pack);
    let parts: Vec<&str> = steps.iter().map(part_of).collect();
    for except in wanted.except.iter().filter(|except| !parts.contains(&except.get_ref().as_str())) {
        let problem =
            Problem::new(format!("the pack `{name}` has no part `{}`", except.get_ref()), except.span());
        problems.push(problem.nearest_and_all(except.get_ref(), "its parts", &parts));
    }
    steps.retain(|step| !wanted.except.iter().any(|except| except.get_ref() == part_of(step)));
    steps
}

/// The part of a pack that a step is of, by its label.
fn part_of(step: &Step) -> &str {
    step.label.split_once('/').map_or("", |(_, part)| part)
}

fn pack_or_defect(pack: &Pack) -> Vec<Step> {
    pack_steps(pack).expect("the packs are compiled in, and the tests compile each of them")
}

/// Compiles a pack. Its steps are labelled `pack/part`.
///
/// # Errors
/// Every mistake in its text.
pub fn pack_steps(pack: &Pack) -> Result<Vec<Step>, Problems> {
    let mut problems = Vec::new();
    let table = parse(pack.text, &mut problems);
    let mut steps = Vec::new();
    for part in parts(table) {
        let (name, rule) = split_part(part, &mut problems);
        if let Some(mut step) = rule {
            step.label = format!("{}/{name}", pack.name);
            steps.push(step);
        }
    }
    if problems.is_empty() { Ok(steps) } else { Err(Problems::new(pack.name, pack.text, problems)) }
}

fn parts(table: Table<'_>) -> Vec<Value<'_>> {
    match table.into_inner().remove("rules").map(Spanned::into_inner) {
        Some(DeValue::Array(parts)) => parts.into_iter().collect(),
        _ => Vec::new(),
    }
}

fn split_part(part: Value<'_>, problems: &mut Vec<Problem>) -> (String, Option<Step>) {
    let span = part.span();
    let DeValue::Table(mut table) = part.into_inner() else {
        problems.push(Problem::new("expected a table", span));
        return (String::new(), None);
    };
    let name = table.remove("name").and_then(|name| name.get_ref().as_str().map(str::to_owned));
    if name.is_none() {
        problems.push(Problem::new("a pack's rule needs a `name`", span.clone()));
    }
    (name.unwrap_or_default(), rule_table(table, span, problems))
}

/// Compiles one entry of a `rules` array from a text of its own, such as `{ limit = 5 }`.
///
/// # Errors
/// Every mistake in it.
pub fn rule_step(name: &str, text: &str) -> Result<Vec<Step>, Problems> {
    let mut problems = Vec::new();
    let value = if text.trim_start().starts_with(['{', '"', '\'']) {
        let (value, errors) = DeValue::parse_recoverable(text);
        problems.extend(errors.iter().map(|e| problem(e.message(), e.span().unwrap_or(0..text.len()))));
        value
    } else {
        // A bare `limit = 5` is as clear as `{ limit = 5 }`.
        let table = parse(text, &mut problems);
        Spanned::new(table.span(), DeValue::Table(table.into_inner()))
    };
    let steps = if problems.is_empty() { entry_steps(value, &mut problems) } else { Vec::new() };
    if problems.is_empty() { Ok(steps) } else { Err(Problems::new(name, text, problems)) }
}
