//! What `limpid rules` says in a terminal.

use std::fmt::Write;

use super::options::{RuleOption, options};
use super::packs;
use super::wrap::{WIDTH, wrap};
use crate::config::{PACKS, Pack};
use crate::rules::{Info, RULES};

/// Every rule and every pack, with what it does.
pub fn table() -> String {
    let rules: Vec<(&str, String)> = RULES.iter().map(|info| (info.name, info.summary.to_owned())).collect();
    let packs = PACKS.iter().map(|pack| {
        let packs::PackText { summary, parts, .. } = packs::read(pack);
        (pack.name, format!("{summary} Its parts: {}.", parts.join(", ")))
    });
    let packs: Vec<(&str, String)> = packs.collect();
    let width = rules.iter().chain(&packs).map(|(name, _)| name.len()).max().unwrap_or_default();
    let mut out = String::from("Rules:\n");
    rows(&mut out, &rules, width);
    out.push_str("\nPacks, which are lists of rules:\n");
    rows(&mut out, &packs, width);
    out.push_str("\n`limpid rules NAME` says more of one.\n");
    out
}

/// Names, and beside them texts in lines.
fn rows(out: &mut String, rows: &[(&str, String)], width: usize) {
    let indent = " ".repeat(width + 4);
    for (name, text) in rows {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "  {name:width$}  {}", wrap(text, WIDTH, &indent));
    }
}

/// All there is to know of a rule.
pub fn rule_page(info: &Info) -> String {
    let mut out = String::new();
    for text in [info.summary, info.why] {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{}\n", wrap(text, WIDTH, ""));
    }
    let options = options(info);
    out.push_str(if options.is_empty() { "It has no options.\n" } else { "Options:\n" });
    for option in &options {
        option_lines(&mut out, option);
    }
    if let Some(option) = info.shorthand {
        let _ = writeln!(out, "\n{}", shorthand(info.name, option));
    }
    let _ = writeln!(out, "\nExample:\n  rules = [{}]", info.example);
    out
}

/// What a bare value stands for.
pub(super) fn shorthand(rule: &str, option: &str) -> String {
    format!("`{{ {rule} = … }}` is short for `{{ {rule} = {{ {option} = … }} }}`.")
}

fn option_lines(out: &mut String, option: &RuleOption) {
    let line = format!("{}: {}", option.name, facts(option));
    // Writing to a string cannot fail.
    let _ = writeln!(out, "  {}", wrap(&line, WIDTH, "    "));
    let _ = writeln!(out, "      {}", wrap(&option.description, WIDTH, "      "));
    let described: Vec<(&str, String)> = option
        .choices
        .iter()
        .filter(|choice| !choice.description.is_empty())
        .map(|choice| (choice.value.as_str(), choice.description.clone()))
        .collect();
    let width = described.iter().map(|(value, _)| value.len()).max().unwrap_or_default();
    for (value, description) in described {
        let indent = " ".repeat(width + 10);
        let _ = writeln!(out, "        {value:width$}  {}", wrap(&description, WIDTH, &indent));
    }
}

/// What an option can be, whether it must be there, and what it is otherwise.
pub(super) fn facts(option: &RuleOption) -> String {
    let required = if option.is_required { "; required" } else { "" };
    let default = option.default.as_ref().filter(|value| !option.description.contains(value.as_str()));
    let default = default.map(|value| format!("; {value} by default"));
    format!("{}{required}{}", option.kind, default.unwrap_or_default())
}

/// All there is to know of a pack.
pub fn pack_page(pack: &Pack) -> String {
    let packs::PackText { summary, parts, rules } = packs::read(pack);
    let name = pack.name;
    let mut out = format!("{}\n\n", wrap(&summary, WIDTH, ""));
    // Writing to a string cannot fail.
    let _ = writeln!(out, "All of it, or without one of its rules, by name:\n  rules = [\"{name}\"]");
    if let Some(part) = parts.first() {
        let _ = writeln!(out, "  rules = [{{ pack = \"{name}\", except = [\"{part}\"] }}]");
    }
    let _ = writeln!(out, "\nIts rules:\n\n{rules}");
    out
}
