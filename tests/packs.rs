//! Packs of a person's own: files that a configuration names.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use limpid::config::{self, Config};

const DESK: &str = "version = 1\n[[rules]]\nname = \"share\"\nremove = \".share\"\n";

const CONFIG: &str = r#"
[packs]
desk = "desk.toml"

[feeds.with]
source = "https://a.example/feed"
rules = ["desk"]

[feeds.without]
source = "https://a.example/feed"
rules = ["links"]

[feeds.auto]
source = "https://a.example/feed"
rules = ["auto"]
"#;

/// The configuration of a folder in which a pack is `text`.
fn read(folder: &Path, text: &str, config: &str) -> Config {
    fs::write(folder.join("desk.toml"), text).expect("it can be written");
    let path = folder.join("limpid.toml");
    config::read(config, Some(&path)).unwrap_or_else(|problems| panic!("{problems}"))
}

fn digest(config: &Config, feed: &str) -> u128 {
    config.feed(feed).expect("it is there").rules_digest
}

fn labels(config: &Config, feed: &str) -> Vec<String> {
    let feed = config.feed(feed).expect("it is there");
    feed.pipeline.labels().map(str::to_owned).collect()
}

#[test]
fn what_is_cached_is_of_the_text_of_the_packs() {
    let folder = tempfile::tempdir().expect("a folder");
    let before = read(folder.path(), DESK, CONFIG);
    let after = read(folder.path(), &DESK.replace(".share", ".shares"), CONFIG);
    assert_ne!(digest(&before, "with"), digest(&after, "with"));
    assert_eq!(digest(&before, "without"), digest(&after, "without"));
    assert_eq!(digest(&before, "auto"), digest(&after, "auto"), "the pack is of no platform");
    let of_platform = read(folder.path(), &DESK.replace("[[", "detect.markup = [\"x\"]\n[["), CONFIG);
    assert_ne!(digest(&before, "auto"), digest(&of_platform, "auto"));
    assert_eq!(labels(&of_platform, "auto").last().map(String::as_str), Some("desk/share"));
}

#[test]
fn a_pack_of_ones_own_goes_before_one_that_is_built_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let config = CONFIG.replace("desk = ", "substack = ").replace("[\"desk\"]", "[\"substack\"]");
    let text = DESK.replace("[[", "[detect]\ngenerator = \"x\"\n[[");
    let config = read(folder.path(), &text, &config);
    assert_eq!(labels(&config, "with"), ["substack/share"]);
    assert_eq!(labels(&config, "auto")[0], "substack/share");
    assert!(!labels(&config, "auto").contains(&"substack/teasers".to_owned()));
}

#[test]
fn without_a_file_there_is_nothing_for_a_path_to_be_relative_to() {
    let problems = config::read("[packs]\ndesk = \"desk.toml\"\n", None).expect_err("it is relative");
    assert!(problems.to_string().contains("relative to the configuration's file"), "{problems}");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("desk.toml");
    fs::write(&path, DESK).expect("it can be written");
    let text = format!("[packs]\ndesk = {:?}\n", path.display().to_string());
    assert!(config::read(&text, None).is_ok());
}

#[test]
fn a_pack_is_read_within_bounds() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("desk.toml"), "#".repeat((1 << 20) + 1)).expect("it can be written");
    let path = folder.path().join("limpid.toml");
    let problems = config::read(CONFIG, Some(&path)).expect_err("it is too large");
    assert!(problems.to_string().contains("larger than the limit"), "{problems}");
}

fn clean(folder: &Path, arguments: &[&str]) -> Output {
    let mut limpid = Command::new(env!("CARGO_BIN_EXE_limpid"));
    limpid.args(["clean", "sample:newsletter", "--receipt"]).args(arguments).current_dir(folder);
    limpid.output().expect("it starts")
}

#[test]
fn the_command_line_knows_the_packs_of_the_configuration() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = DESK.replace("remove = \".share\"", "limit = 1");
    fs::write(folder.path().join("desk.toml"), text).expect("it can be written");
    fs::write(folder.path().join("limpid.toml"), CONFIG).expect("it can be written");
    for arguments in [&["--pack", "desk"][..], &["--config", "limpid.toml", "--rule", "pack = \"desk\""]] {
        let ran = clean(folder.path(), arguments);
        let receipt = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success() && receipt.contains("desk/share: dropped"), "{receipt}");
    }
    let ran = clean(folder.path(), &["--pack", "auto"]);
    assert!(String::from_utf8_lossy(&ran.stderr).contains("substack/teasers: dropped"));
    let ran = clean(folder.path(), &["--pack", "dask"]);
    let message = String::from_utf8_lossy(&ran.stderr);
    assert!(
        ran.status.code() == Some(2) && message.contains("no pack `dask`; there is: desk, "),
        "{message}"
    );
}
