//! `docs/rules.md`: the reference as a page.

use std::fmt::Write;

use super::options::{RuleOption, condition_keys, kinds_of_values, options, takes_a_condition};
use super::packs;
use super::page::{facts, shorthand};
use super::wrap::wrap;
use crate::config::{PACKS, Pack};
use crate::rules::{Info, RULES};

/// How wide the lines of the page are.
const WIDTH: usize = 115;

const INTRODUCTION: &str = r#"<!-- `limpid rules --markdown` writes this page. What it says stands in src/rules/ and config/packs/. -->
# Rules

A feed's `rules` run in the order in which they are written, and each sees what those before it have done. An
entry is a rule with options, a rule with a bare value, a rule that needs neither, a pack, or a pack without some of
its rules:

```toml
rules = [
  { images = { mode = "link", max-width = 800 } },   # a rule with options
  { limit = 50 },                                    # a bare value: { limit = { items = 50 } }
  "links",                                           # a rule that needs no options
  "substack",                                        # a pack: a list of rules
  { pack = "substack", except = ["teasers"] },       # a pack without one of its rules
]
```

`limpid rules NAME` says the same of one rule or pack in a terminal. `limpid rules --schema` prints a JSON Schema of
the whole configuration, which is in `docs/limpid.schema.json`, too: an editor that knows TOML (Taplo, Even Better
TOML) completes and checks a configuration that begins with a line such as `#:schema docs/limpid.schema.json`.

Some options have values of a kind of their own:
"#;

const CONDITIONS: &str = r#"
## Conditions

`keep` and `drop` ask for a condition: a table of what must be so of an item. All of its keys must hold; `any`,
`all` and `not` hold conditions of their own.

```toml
rules = [
  { drop = { any = [{ title = '^weekly links' }, { category = '^jobs$' }, { older-than = "60d" }] } },
  { keep = { words.over = 200, not = { author = "newsroom" } } },
]
```

"#;

/// The whole page.
pub fn markdown() -> String {
    let mut out = String::from(INTRODUCTION);
    out.push('\n');
    for kind in kinds_of_values() {
        let _ = writeln!(out, "{}", wrap(&format!("- {kind}"), WIDTH, "  "));
    }
    out.push_str("\n| rule | what it does |\n|---|---|\n");
    for info in RULES {
        row(&mut out, info.name, info.summary);
    }
    out.push_str("\n| pack | what it is for |\n|---|---|\n");
    for pack in PACKS {
        row(&mut out, pack.name, &packs::read(pack).summary);
    }
    out.push_str("\n## Every rule\n");
    for info in RULES {
        rule(&mut out, info);
    }
    out.push_str(CONDITIONS);
    for key in condition_keys() {
        option_lines(&mut out, &key);
    }
    out.push_str("\n## Packs\n\nA pack's rules are named, so that each can be left out.\n");
    for each in PACKS {
        pack(&mut out, each);
    }
    out
}

fn row(out: &mut String, name: &str, text: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "| [`{name}`](#{name}) | {} |", text.replace('|', "\\|"));
}

fn paragraph(out: &mut String, text: &str) {
    let _ = writeln!(out, "\n{}", wrap(text, WIDTH, ""));
}

fn example(out: &mut String, toml: &str) {
    let _ = writeln!(out, "\n```toml\n{toml}\n```");
}

fn rule(out: &mut String, info: &Info) {
    let _ = writeln!(out, "\n### `{}`", info.name);
    paragraph(out, info.summary);
    paragraph(out, info.why);
    example(out, &format!("rules = [{}]", info.example));
    if takes_a_condition(info) {
        return paragraph(out, "Its options are the keys of a [condition](#conditions).");
    }
    let options = options(info);
    if !options.is_empty() {
        out.push('\n');
    }
    for option in &options {
        option_lines(out, option);
    }
    if let Some(option) = info.shorthand {
        paragraph(out, &shorthand(info.name, option));
    }
}

fn option_lines(out: &mut String, option: &RuleOption) {
    let line = format!("- `{}`: {}. {}", option.name, facts(option), option.description);
    let _ = writeln!(out, "{}", wrap(&line, WIDTH, "  "));
    for choice in option.choices.iter().filter(|choice| !choice.description.is_empty()) {
        let line = format!("- `{}`: {}", choice.value, choice.description);
        let _ = writeln!(out, "  {}", wrap(&line, WIDTH, "    "));
    }
}

fn pack(out: &mut String, pack: &Pack) {
    let packs::PackText { summary, rules, .. } = packs::read(pack);
    let _ = writeln!(out, "\n### `{}`", pack.name);
    paragraph(out, &summary);
    example(out, rules);
}
