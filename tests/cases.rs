//! What the rules do, by cases that are data: one file a case, in `tests/cases/<rule>/`. What concerns
//! several rules or none stands in `conditions/`, `packs/<pack>/`, `auto/` and `draft/`.
//!
//! ```toml
//! about = "What this shows, in one sentence."
//! rules = [{ remove = "p.ad" }]                 # as in a configuration
//! topics = { rest-of-it = { title = "x" } }     # optional, as in a configuration
//! now = "2026-05-05T12:00:00Z"                  # optional
//! html = '<p class="ad">Buy</p><p>Text</p>'     # of one item; or `input`, a whole feed
//! expected-html = '<p>Text</p>'                 # or `expected`; without it, nothing is to change
//! receipt = [{ action = "changed", count = 1 }] # optional: every entry in order, of each what is given
//! valid-until = "2026-05-06T12:00:00Z"          # optional
//! ```
//!
//! Every case is also held to what must be so whatever the rules are: see [`invariants`] and [`styles`].

use std::collections::HashSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use limpid::cli::input::read_file;
use limpid::config::{self, Compiled, PACKS, PackRule};
use limpid::feed::articles::Articles;
use limpid::feed::{self, Draft, Feed, Meaning};
use limpid::pipeline::{Cleaned, Form, Memory, Pipeline};
use limpid::rules::RULES;
use limpid::span::Span;
use limpid::text::Text;
use limpid::xml::splice::splice;
use serde::Deserialize;
use toml::{Spanned, Table, Value};

/// The most bytes of a case file.
const MAX_CASE: usize = 1 << 20;

/// How many cases a rule has at least.
const MIN_CASES: usize = 3;

/// Directories that are not of one rule.
const ACROSS: [&str; 4] = ["conditions", "packs", "auto", "draft"];

/// The time at which cases run that do not say.
const NOW: &str = "2026-05-05T12:00:00Z";

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Case {
    about: String,
    rules: Spanned<Value>,
    topics: Option<Spanned<Value>>,
    now: Option<String>,
    input: Option<String>,
    expected: Option<String>,
    html: Option<String>,
    expected_html: Option<String>,
    receipt: Option<Vec<Table>>,
    valid_until: Option<String>,
}

/// A case, ready to run.
struct Trial {
    input: String,
    expected: String,
    /// Where the case is the HTML of one item: before and after.
    html: Option<(String, String)>,
    pipeline: Pipeline,
    now: Timestamp,
    receipt: Option<Vec<Table>>,
    valid_until: Option<Timestamp>,
}

/// What is wrong, one sentence or short text each.
type Failures = Vec<String>;

#[test]
fn every_case_holds() {
    let paths = case_files(&cases());
    let failures: Failures = paths.iter().filter_map(|path| judge(path)).collect();
    assert!(failures.is_empty(), "{} of {} cases:\n\n{}", failures.len(), paths.len(), failures.join("\n\n"));
}

#[test]
fn every_rule_is_described_and_has_cases() {
    let failures: Failures = RULES
        .iter()
        .flat_map(|info| {
            let count = case_files(&cases().join(info.name)).len();
            let checks = [
                (is_kebab(info.name), "its name is not kebab-case"),
                (is_sentence(info.summary), "its summary is no sentence"),
                (is_sentence(info.why), "its why is no sentence"),
                (
                    config::rule_step(info.name, info.example).is_ok_and(|s| s.len() == 1),
                    "its example is wrong",
                ),
                (info.example.contains(info.name), "its example does not use it"),
                (count >= MIN_CASES, "it has too few cases"),
            ];
            failed(&checks, info.name)
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let names: HashSet<&str> = RULES.iter().map(|info| info.name).collect();
    assert_eq!(names.len(), RULES.len(), "two rules have the same name");
}

#[test]
fn every_pack_compiles_and_has_cases() {
    let mut failures = Failures::new();
    for pack in PACKS {
        let Compiled { summary, rules, .. } =
            Compiled::of(pack).unwrap_or_else(|problems| panic!("{problems}"));
        let checks = [
            (is_kebab(pack.name) && pack.name != config::AUTO, "its name is not kebab-case"),
            (limpid::rules::find(pack.name).is_none(), "it is both a pack and a rule"),
            (summary.is_some_and(|summary| is_sentence(&summary)), "its summary is no sentence"),
            (rules.iter().all(|rule| is_kebab(&rule.name)), "the name of a rule is not kebab-case"),
            (pack_case(pack.name, "feed").exists(), "it has no case of a whole feed, `feed.toml`"),
        ];
        failures.extend(failed(&checks, pack.name));
        failures.extend(rules.iter().filter_map(|rule| shown_in_use(pack.name, rule).err()));
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let names: HashSet<&str> = PACKS.iter().map(|pack| pack.name).collect();
    assert_eq!(names.len(), PACKS.len(), "two packs have the same name");
}

fn pack_case(pack: &str, name: &str) -> PathBuf {
    cases().join("packs").join(pack).join(name).with_extension("toml")
}

/// The case that is named after a rule of a pack is one in which that rule does something.
fn shown_in_use(pack: &str, rule: &PackRule) -> Result<(), String> {
    let label = &rule.step.label;
    let trial =
        read(&pack_case(pack, &rule.name)).map_err(|error| format!("{label} has no case: {error}"))?;
    let feed = feed::parse(trial.input).map_err(|error| format!("{label}: {error}"))?;
    let entries = trial.pipeline.run(&feed, trial.now).receipt.entries;
    let is_shown = entries.iter().any(|entry| entry.rule == *label);
    is_shown.then_some(()).ok_or_else(|| format!("{label} does nothing in its case"))
}

#[test]
fn every_directory_is_of_something() {
    for directory in entries(&cases()) {
        let name = file_name(&directory);
        assert!(ACROSS.contains(&name) || limpid::rules::find(name).is_some(), "no rule is called {name}");
    }
    for directory in entries(&cases().join("packs")) {
        let name = file_name(&directory);
        assert!(PACKS.iter().any(|pack| pack.name == name), "no pack is called {name}");
    }
}

fn failed(checks: &[(bool, &str)], name: &str) -> Failures {
    checks.iter().filter(|(holds, _)| !holds).map(|(_, what)| format!("{name}: {what}")).collect()
}

fn is_kebab(name: &str) -> bool {
    let is_word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let is_part = |part: &str| !part.is_empty() && part.bytes().all(is_word);
    name.split('-').all(is_part)
}

fn is_sentence(text: &str) -> bool {
    text.len() > 1 && text.ends_with('.') && text.trim() == text
}

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases")
}

/// What is in a directory, in order; nothing where there is none.
fn entries(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable directory").path()).collect();
    paths.sort();
    paths
}

/// The files in a directory and the directories in it.
fn case_files(directory: &Path) -> Vec<PathBuf> {
    let within = |path: PathBuf| if path.is_dir() { case_files(&path) } else { vec![path] };
    entries(directory).into_iter().flat_map(within).collect()
}

fn file_name(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).expect("case files have names in UTF-8")
}

/// Everything that is wrong with one case, as one text.
fn judge(path: &Path) -> Option<String> {
    let shown = path.strip_prefix(cases()).expect("it was found there").display();
    let failures = match catch_unwind(|| read(path).map(|trial| run(&trial))) {
        Ok(Ok(failures)) => failures,
        Ok(Err(mistake)) => vec![mistake],
        Err(_) => vec!["it panics".to_owned()],
    };
    let listed = failures.join("\n").replace('\n', "\n  ");
    (!failures.is_empty()).then(|| format!("tests/cases/{shown}\n  {listed}"))
}

fn read(path: &Path) -> Result<Trial, String> {
    let bytes = read_file(path, MAX_CASE).map_err(|error| error.to_string())?;
    let text = String::from_utf8(bytes).map_err(|error| error.to_string())?;
    let case: Case = toml::from_str(&text).map_err(|error| error.to_string())?;
    if !is_sentence(&case.about) {
        return Err("`about` is no sentence".to_owned());
    }
    let rules = &text[case.rules.span()];
    uses_its_rule(path, rules)?;
    let pipeline = compile(rules, case.topics.map_or("", |topics| &text[topics.span()]))?;
    let now = time(case.now.as_deref().unwrap_or(NOW))?;
    let valid_until = case.valid_until.as_deref().map(time).transpose()?;
    let html = case.html.map(|html| (html.clone(), case.expected_html.unwrap_or(html)));
    let (input, expected) = match (case.input, &html) {
        (Some(input), None) => (input.clone(), case.expected.unwrap_or(input)),
        (None, Some((before, after))) => (in_cdata(before), in_cdata(after)),
        _ => return Err("a case has either an `input` or an `html`".to_owned()),
    };
    Ok(Trial { input, expected, html, pipeline, now, receipt: case.receipt, valid_until })
}

fn time(text: &str) -> Result<Timestamp, String> {
    text.parse().map_err(|error| format!("{text}: {error}"))
}

/// A case in the directory of a rule is of that rule.
fn uses_its_rule(path: &Path, rules: &str) -> Result<(), String> {
    let directory = path.parent().map_or("", file_name);
    let is_across = path.components().any(|c| ACROSS.iter().any(|name| c.as_os_str() == *name));
    if is_across || rules.contains(directory) {
        Ok(())
    } else {
        Err(format!("its rules have no `{directory}`"))
    }
}

/// The rules of a case. There is no guard, as feeds of one item would often be stopped by it: it has tests of its
/// own.
fn compile(rules: &str, topics: &str) -> Result<Pipeline, String> {
    let topics = if topics.is_empty() { String::new() } else { format!("topics = {topics}\n") };
    let text =
        format!("[feeds.case]\nsource = \"sample:newsletter\"\nguard = false\nrules = {rules}\n{topics}");
    let config = config::read(&text, None).map_err(|problems| problems.to_string())?;
    config.feeds.into_iter().next().map(|feed| feed.pipeline.clone()).ok_or_else(|| "no feed".to_owned())
}

fn run(trial: &Trial) -> Failures {
    let feed = match feed::parse(trial.input.clone()) {
        Ok(feed) => feed,
        Err(error) => return vec![format!("its input: {error}")],
    };
    let cleaned = trial.pipeline.run(&feed, trial.now);
    let mut failures = Failures::new();
    same("the feed", &trial.expected, &cleaned.text, &mut failures);
    if trial.valid_until.is_some() && trial.valid_until != cleaned.valid_until {
        failures.push(format!("valid until {:?}, got {:?}", trial.valid_until, cleaned.valid_until));
    }
    receipt(trial, &cleaned, &mut failures);
    invariants(trial, &feed, &cleaned, &mut failures);
    remembering(trial, &feed, &mut failures);
    styles(trial, &mut failures);
    failures
}

fn same(what: &str, expected: &str, got: &str, failures: &mut Failures) {
    if expected == got {
        return;
    }
    let both = expected.char_indices().zip(got.chars());
    let at =
        both.into_iter().find(|((_, a), b)| a != b).map_or(expected.len().min(got.len()), |((at, _), _)| at);
    let line = expected[..at].matches('\n').count() + 1;
    let visible = |text: &str| text.replace('\r', "\u{240d}");
    failures.push(format!(
        "{what} differs, first in line {line}\n--- expected\n{}\n+++ got\n{}",
        visible(expected),
        visible(got)
    ));
}

/// The entries of the receipt are those of the case, as far as it says.
fn receipt(trial: &Trial, cleaned: &Cleaned, failures: &mut Failures) {
    let Some(expected) = &trial.receipt else { return };
    let entries = cleaned.receipt.entries.iter();
    let got: Vec<Table> = entries.map(|entry| Table::try_from(entry).expect("entries are tables")).collect();
    let holds =
        |(expected, got): (&Table, &Table)| expected.iter().all(|(key, value)| got.get(key) == Some(value));
    if expected.len() != got.len() || !expected.iter().zip(&got).all(holds) {
        let list = |tables: &[Table]| {
            tables.iter().map(|t| format!("{:?}", one_line(t))).collect::<Vec<_>>().join("\n")
        };
        failures.push(format!(
            "the receipt differs\n--- expected\n{}\n+++ got\n{}",
            list(expected),
            list(&got)
        ));
    }
}

fn one_line(table: &Table) -> String {
    table.iter().map(|(key, value)| format!("{key} = {value}")).collect::<Vec<_>>().join(", ")
}

/// What must be so whatever the rules are.
fn invariants(trial: &Trial, feed: &Feed, cleaned: &Cleaned, failures: &mut Failures) {
    let again = trial.pipeline.run(feed, trial.now);
    same("a second run", &cleaned.text, &again.text, failures);
    let untouched = Pipeline::default().run(feed, trial.now);
    same("the feed without rules", &trial.input, &untouched.text, failures);
    same("the edits, applied,", &splice(&feed.source, &cleaned.edits), &cleaned.text, failures);
    let receipt = &cleaned.receipt;
    let items_out = match feed::parse(cleaned.text.clone()) {
        Ok(parsed) => parsed.items.len(),
        Err(error) => return failures.push(format!("the result is no feed: {error}\n{}", cleaned.text)),
    };
    let counted = [receipt.bytes_in, receipt.bytes_out, receipt.items_in, receipt.items_out];
    let real = [trial.input.len(), cleaned.text.len(), feed.items.len(), items_out];
    if counted != real {
        failures.push(format!("the receipt counts {counted:?} bytes and items, there are {real:?}"));
    }
    if trial.input != cleaned.text && receipt.entries.is_empty() {
        failures.push("bytes have changed, and the receipt does not say so".to_owned());
    }
}

/// What comes out is the same where the items are remembered of the feed as it was before: before one of them came, and
/// as it is now.
fn remembering(trial: &Trial, feed: &Feed, failures: &mut Failures) {
    let (form, articles, now) = (Form::default(), Articles::default(), trial.now);
    let anew = trial.pipeline.editions(feed, now, &form, &articles);
    let without = |index: usize| {
        let mut draft = Draft::new(feed, now);
        draft.items_mut()[index].drop_it();
        feed::parse(draft.render()).ok()
    };
    let befores = (0..feed.items.len()).filter_map(without).chain(feed::parse(trial.input.clone()));
    for before in befores {
        let after =
            |memory: &Memory, feed: &Feed| trial.pipeline.editions_after(memory, feed, now, &form, &articles);
        let (editions, _) = after(&after(&Memory::default(), &before).1, feed);
        for ((_, anew), (topic, got)) in anew.topics.iter().zip(&editions.topics) {
            same(&format!("{topic}, remembered,"), &anew.text, &got.text, failures);
        }
        same("the feed, remembered,", &anew.whole.text, &editions.whole.text, failures);
        if anew.whole.receipt != editions.whole.receipt || anew.whole.valid_until < editions.whole.valid_until
        {
            failures.push(format!(
                "the receipt differs where items are remembered\n--- expected\n{:#?}\n+++ got\n{:#?}",
                anew.whole.receipt, editions.whole.receipt
            ));
        }
    }
}

/// However the HTML of an item is written in a feed, it becomes the same HTML.
fn styles(trial: &Trial, failures: &mut Failures) {
    let Some((before, after)) = &trial.html else { return };
    for (style, written) in [("escaped in RSS", in_description(before)), ("in Atom", in_atom(before))] {
        match cleaned_html(&trial.pipeline, written, trial.now) {
            Some(html) => same(style, after, &html, failures),
            None => failures.push(format!("{style}: no content is left")),
        }
    }
}

fn cleaned_html(pipeline: &Pipeline, source: String, now: Timestamp) -> Option<String> {
    let feed = feed::parse(source).expect("the frames below are feeds");
    let cleaned = feed::parse(pipeline.run(&feed, now).text).ok()?;
    let mut fields = cleaned.items.first()?.fields.iter();
    let field = fields.find(|field| matches!(field.meaning, Meaning::Content | Meaning::Summary))?;
    let inner: Span = field.inner?;
    Some(Text::parse(&cleaned.source, inner).value().to_owned())
}

fn escaped(html: &str) -> String {
    html.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn in_cdata(html: &str) -> String {
    rss(&format!("<content:encoded><![CDATA[{html}]]></content:encoded>"))
}

fn in_description(html: &str) -> String {
    rss(&format!("<description>{}</description>", escaped(html)))
}

fn rss(body: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel>
<title>A letter</title>
<link>https://a.example/</link>
<item>
<title>One</title>
<link>https://a.example/p/one</link>
<guid isPermaLink="false">one</guid>
<pubDate>Mon, 04 May 2026 09:00:00 GMT</pubDate>
{body}
</item>
</channel>
</rss>
"#
    )
}

fn in_atom(html: &str) -> String {
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom">
<title>A letter</title>
<id>https://a.example/</id>
<link href="https://a.example/"/>
<updated>2026-05-04T09:00:00Z</updated>
<entry>
<title>One</title>
<id>one</id>
<link rel="alternate" href="https://a.example/p/one"/>
<updated>2026-05-04T09:00:00Z</updated>
<content type="html">{}</content>
</entry>
</feed>
"#,
        escaped(html)
    )
}
