//! From the entries of a `rules` array to compiled steps.

use std::ops::Range;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::packs::{Chosen, Packs};
use super::problem::{Problem, Problems};
use super::table::{Value, parse, problem, read_as};
use super::{raw, rule, word_lists};
use crate::pipeline::Step;
use crate::rules::{self, RULES};

/// Compiles a `rules` array.
pub fn steps(value: Value<'_>, packs: &Packs, problems: &mut Vec<Problem>) -> Chosen {
    let span = value.span();
    let DeValue::Array(entries) = value.into_inner() else {
        problems.push(
            Problem::new("expected a list of rules and packs", span)
                .help("rules = [\"substack\", { limit = 50 }]"),
        );
        return Chosen::default();
    };
    let mut all = Chosen::default();
    for entry in entries {
        let Chosen { steps, digests } = entry_steps(entry, packs, problems);
        all.steps.extend(steps);
        all.digests.extend(digests);
    }
    all
}

fn entry_steps(entry: Value<'_>, packs: &Packs, problems: &mut Vec<Problem>) -> Chosen {
    let span = entry.span();
    let step = match entry.into_inner() {
        DeValue::String(name) if packs.has(&name) => {
            let wanted = raw::PackUse {
                pack: Spanned::new(span, name.into_owned()),
                only: None,
                except: None,
                also: Vec::new(),
            };
            return packs.choose(&wanted, problems);
        }
        DeValue::String(name) => named_rule(&name, span, packs, problems),
        DeValue::Table(table) if table.contains_key("pack") => {
            let wanted = read_as(Spanned::new(span, DeValue::Table(table)), problems);
            return wanted.map(|wanted| packs.choose(&wanted, problems)).unwrap_or_default();
        }
        DeValue::Table(table) => rule_entry(table, span, packs, problems),
        _ => {
            problems
                .push(Problem::new("expected the name of a pack or rule, or a table with one rule", span));
            None
        }
    };
    Chosen { steps: step.into_iter().collect(), digests: Vec::new() }
}

/// A rule by its name alone.
fn named_rule(name: &str, span: Range<usize>, packs: &Packs, problems: &mut Vec<Problem>) -> Option<Step> {
    if let Some(info) = rules::find(name) {
        return rule::bare(info, span, problems);
    }
    let known: Vec<&str> = RULES.iter().map(|info| info.name).chain(packs.names()).collect();
    let problem = Problem::new(format!("unknown rule or pack `{name}`"), span);
    problems.push(problem.nearest_or_all(name, &known));
    None
}

/// `{ images = { … }, name = "…", guard = … }`
fn rule_entry(
    table: DeTable<'_>,
    span: Range<usize>,
    packs: &Packs,
    problems: &mut Vec<Problem>,
) -> Option<Step> {
    if let Some(pack) = table.keys().find(|key| packs.has(key.get_ref())) {
        let name = pack.get_ref();
        let help = format!("\"{name}\", or {{ pack = \"{name}\", except = [\"…\"] }}");
        problems.push(Problem::new(format!("`{name}` is a pack, not a rule"), pack.span()).help(help));
        return None;
    }
    let (step, beside) = rule::with_beside::<raw::Beside>(table, &span, problems);
    let (mut step, beside) = (step?, beside?);
    step.guard = beside.guard;
    if let Some(name) = beside.name {
        step.label = name.into_inner().0;
    }
    Some(step)
}

impl Packs {
    /// Compiles one entry of a `rules` array from a text of its own, such as `{ limit = 5 }`. `shown` is
    /// where it is from, for messages.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn entry(&self, shown: &str, text: &str) -> Result<Vec<Step>, Problems> {
        self.entry_in(Some(Path::new("")), shown, text)
    }

    /// The same for a text of somebody who has no business with the files of this machine: a list of words is
    /// not read from one.
    ///
    /// # Errors
    /// Every mistake in it.
    pub fn entry_without_files(&self, shown: &str, text: &str) -> Result<Vec<Step>, Problems> {
        self.entry_in(None, shown, text)
    }

    fn entry_in(&self, folder: Option<&Path>, shown: &str, text: &str) -> Result<Vec<Step>, Problems> {
        let mut problems = Vec::new();
        let mut value = if text.trim_start().starts_with(['{', '"', '\'']) {
            let (value, errors) = DeValue::parse_recoverable(text);
            problems.extend(errors.iter().map(|e| problem(e.message(), e.span().unwrap_or(0..text.len()))));
            value
        } else {
            // A bare `limit = 5` is as clear as `{ limit = 5 }`.
            let table = parse(text, &mut problems);
            Spanned::new(table.span(), DeValue::Table(table.into_inner()))
        };
        if let Some(folder) = folder {
            word_lists::read_in(value.get_mut(), folder, &mut problems);
        }
        let steps =
            if problems.is_empty() { entry_steps(value, self, &mut problems).steps } else { Vec::new() };
        if problems.is_empty() { Ok(steps) } else { Err(Problems::new(shown, text, problems)) }
    }
}

/// Compiles one entry of a `rules` array, such as `{ limit = 5 }`, with the packs that are built in.
///
/// # Errors
/// Every mistake in it.
pub fn rule_step(shown: &str, text: &str) -> Result<Vec<Step>, Problems> {
    Packs::default().entry(shown, text)
}
