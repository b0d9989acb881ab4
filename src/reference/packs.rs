//! What a pack says of itself.

use serde::Deserialize;

use crate::config::Pack;

/// A pack, for people.
#[derive(Debug)]
pub(super) struct PackText<'p> {
    /// What it is for.
    pub summary: String,
    /// The names of its rules, in order.
    pub parts: Vec<String>,
    /// Its rules as its file has them, with what stands above the first.
    pub rules: &'p str,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    summary: String,
    rules: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    name: String,
}

/// Where a rule begins.
const HEAD: &str = "[[rules]]";

/// Reads a pack.
pub(super) fn read(pack: &Pack) -> PackText<'_> {
    let file: File =
        toml::from_str(pack.text).expect("the packs are compiled in, and the tests compile each");
    let mut start = pack.text.find(HEAD).unwrap_or_default();
    // What stands directly above the first rule is about it.
    for line in pack.text[..start].lines().rev().take_while(|line| line.starts_with('#')) {
        start -= line.len() + 1;
    }
    let parts = file.rules.into_iter().map(|part| part.name).collect();
    PackText { summary: file.summary, parts, rules: pack.text[start..].trim_end() }
}
