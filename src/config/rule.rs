//! One rule as it is written: its name, its options, and what stands beside it.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::Problem;
use super::table::{Value, read_as, read_with};
use crate::pipeline::Step;
use crate::rules::{self, Info, RULES};

/// `{ images = { … }, name = "…" }`: exactly one rule and its options, and `B` beside it.
pub fn with_beside<B: DeserializeOwned + Default>(
    table: DeTable<'_>,
    span: &Range<usize>,
    problems: &mut Vec<Problem>,
) -> (Option<Step>, Option<B>) {
    let mut entries: Vec<_> = table.into_iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    let (rules, beside): (Vec<_>, Vec<_>) =
        entries.into_iter().partition(|(name, _)| rules::find(name.get_ref()).is_some());
    if let Some((second, _)) = rules.get(1) {
        let help = "write each rule in braces of its own: { … }, { … }";
        problems.push(Problem::new("one entry holds one rule", second.span()).help(help));
    }
    let mistakes = problems.len();
    let beside: DeTable<'_> = beside.into_iter().collect();
    let rule = rules.into_iter().next();
    let read = read_beside(beside, rule.is_none(), span, problems);
    if rule.is_none() && problems.len() == mistakes {
        problems.push(Problem::new("expected a rule", span.clone()).help("{ limit = 50 }"));
    }
    let step = rule.and_then(|(name, value)| options(rules::find(name.get_ref())?, value, problems));
    (step, read)
}

/// What stands beside a rule. Where there is no rule, what is not known here was to be one.
fn read_beside<B: DeserializeOwned + Default>(
    mut beside: DeTable<'_>,
    is_without_rule: bool,
    span: &Range<usize>,
    problems: &mut Vec<Problem>,
) -> Option<B> {
    if beside.is_empty() {
        return Some(B::default());
    }
    if is_without_rule {
        let stray = beside.keys().find(|key| !BESIDE.contains(&key.get_ref().as_ref())).cloned();
        if let Some(stray) = stray {
            beside.remove(stray.get_ref().as_ref());
            problems.push(unknown_rule(stray.get_ref(), stray.span()));
        }
    }
    read_as(Spanned::new(span.clone(), DeValue::Table(beside)), problems)
}

/// What can stand beside a rule, here or in a pack.
const BESIDE: [&str; 3] = ["name", "guard", "enabled"];

fn unknown_rule(name: &str, span: Range<usize>) -> Problem {
    let known: Vec<&str> = RULES.iter().map(|info| info.name).collect();
    Problem::new(format!("unknown rule `{name}`"), span).nearest_or_all(name, &known)
}

/// A rule without options.
pub fn bare(info: &'static Info, span: Range<usize>, problems: &mut Vec<Problem>) -> Option<Step> {
    options(info, Spanned::new(span, DeValue::Table(DeTable::default())), problems)
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
