//! The house rules that no linter knows: which way imports point, how long files and functions are, and
//! what a source file must not say.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[allow(clippy::disallowed_methods, reason = "files of this repository")]
fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(dir).expect("it is a directory").flatten() {
        let path = entry.path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The module of `src` a file belongs to.
fn module(path: &Path) -> String {
    let inside = path.strip_prefix(root().join("src")).expect("it is in src");
    let first = inside.components().next().expect("it has a name");
    first.as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
}

/// Every module uses only itself and those above it in `lib.rs`.
#[test]
fn imports_point_one_way() {
    let lib = read(&root().join("src/lib.rs"));
    let order: Vec<&str> =
        lib.lines().filter_map(|l| l.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    let rank: HashMap<&str, usize> = order.iter().enumerate().map(|(i, m)| (*m, i)).collect();
    let mut wrong = Vec::new();
    for file in rust_files(&root().join("src")) {
        let own = module(&file);
        let Some(own_rank) = rank.get(own.as_str()) else { continue };
        for used in read(&file).split("crate::").skip(1) {
            let name: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if rank.get(name.as_str()).is_some_and(|r| r > own_rank) {
                wrong.push(format!("{} uses {name}, which stands below {own} in lib.rs", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Rules know the draft, the outline and their options; nothing that does I/O, nothing of the configuration.
#[test]
fn rules_know_no_server() {
    for file in rust_files(&root().join("src/rules")) {
        for used in read(&file).split("crate::").skip(1) {
            let name: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let known = ["feed", "html", "span", "xml", "rules"];
            assert!(known.contains(&name.as_str()), "{} uses crate::{name}", file.display());
        }
    }
}

/// Files are short enough to read.
#[test]
fn files_are_short() {
    for file in rust_files(&root().join("src")) {
        let lines = read(&file).lines().count();
        assert!(lines <= 500, "{} has {lines} lines", file.display());
    }
}

/// Functions too: none over 60 lines, nine of ten under 25.
#[test]
fn functions_are_short() {
    let mut lengths = Vec::new();
    for file in rust_files(&root().join("src")) {
        let text = read(&file);
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let mut open: Option<(String, usize, usize)> = None;
        for (number, line) in code.lines().enumerate() {
            let indent = line.len() - line.trim_start().len();
            let is_fn = [
                "fn ",
                "pub fn ",
                "async fn ",
                "pub async fn ",
                "const fn ",
                "pub const fn ",
                "pub(super) fn ",
                "pub(crate) fn ",
            ]
            .iter()
            .any(|start| line.trim_start().starts_with(start));
            if is_fn && line.ends_with(['{', '(']) {
                open = Some((line.trim().to_owned(), number, indent));
            } else if let Some((name, start, at)) = &open
                && line.trim() == "}"
                && indent == *at
            {
                lengths.push((number - start + 1, format!("{}: {name}", file.display())));
                open = None;
            }
        }
    }
    lengths.sort();
    let (longest, name) = lengths.last().expect("there are functions");
    assert!(*longest <= 60, "{name} has {longest} lines");
    let long = lengths.iter().filter(|(l, _)| *l > 25).count();
    assert!(long * 10 <= lengths.len(), "{long} of {} functions are longer than 25 lines", lengths.len());
}

/// An `expect` says why it cannot fail, in a sentence.
#[test]
fn every_expect_gives_its_proof() {
    for file in rust_files(&root().join("src")) {
        let text = read(&file);
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for proof in code.split(".expect(\"").skip(1) {
            let proof = proof.split('"').next().unwrap_or_default();
            assert!(proof.split(' ').count() >= 2, "{}: expect(\"{proof}\") proves nothing", file.display());
        }
    }
}

/// Every dependency is there for a reason that is written down.
#[test]
fn no_module_is_called_utils() {
    for file in rust_files(&root().join("src")) {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        assert!(
            !["util", "utils", "helpers", "common", "misc"].contains(&name.as_str()),
            "{}",
            file.display()
        );
    }
}

/// The commands and the configuration of the README are those of the program.
#[test]
fn the_readme_is_true() {
    let readme = read(&root().join("README.md"));
    let blocks: Vec<&str> = readme.split("```toml\n").skip(1).filter_map(|b| b.split("```").next()).collect();
    assert!(!blocks.is_empty(), "the README shows no configuration");
    for block in blocks {
        let read = limpid::config::read(block, None);
        assert!(read.is_ok(), "{}", read.err().map(|e| e.to_string()).unwrap_or_default());
    }
    for command in ["cargo run --release", "tests/run"] {
        assert!(readme.contains(command), "the README does not name {command}");
    }
}

/// The default configuration is valid, and so is each of the feeds it shows commented out.
#[test]
fn the_default_configuration_is_valid() {
    let text = limpid::config::DEFAULT;
    limpid::config::read(text, None).unwrap_or_else(|problems| panic!("{problems}"));
    let shown: Vec<&str> =
        text.split("# A feed of your own:").nth(1).expect("it shows feeds").lines().collect();
    let shown: String = shown
        .iter()
        .map(|l| l.strip_prefix("# ").or(l.strip_prefix('#')).unwrap_or(l))
        .fold(String::new(), |all, l| all + l + "\n");
    let read = limpid::config::read(&shown, None).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(read.feeds.len(), 7);
}
