//! What cleaning costs, in instructions, counted by callgrind: unlike time they are the same on a busy machine. They are
//! those of the test build, so they say nothing of how fast limpid is (`cargo bench` does), only whether it has become
//! slower: more than one in twenty above what is written down in `tests/instructions.toml` fails.
//!
//! `LIMPID_WRITE_COUNTS=1 cargo test --test instructions` writes them down anew.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::Timestamp;
use limpid::cli::input::read_file;
use limpid::config;
use limpid::feed::articles::Articles;
use limpid::feed::{self, Draft};
use limpid::pipeline::{Form, Memory, Pipeline};
use serde::{Deserialize, Serialize};

const SAMPLE: &str = include_str!("../config/sample-newsletter.xml");

/// What is counted.
const COUNTED: [(&str, fn()); 4] =
    [("parse", parse), ("clean", clean), ("topics", topics), ("one-new-item", one_new_item)];

/// Which of it this process is to do.
const WHICH: &str = "LIMPID_COUNT";

/// The function in which instructions count, by the names that callgrind knows.
const TOGGLE: &str = "*in_which_instructions_count*";

/// By how much a count may grow: one part in so many.
const TOLERANCE: u64 = 20;

#[derive(Debug, Deserialize, Serialize, PartialEq)]
struct Counts {
    /// The compiler and the kind of machine that they are of. Others make other instructions.
    made_by: String,
    counts: BTreeMap<String, u64>,
}

#[inline(never)]
fn in_which_instructions_count<T>(what: impl FnOnce() -> T) -> T {
    black_box(black_box(what)())
}

fn pipeline(more: &str) -> Pipeline {
    let text = format!("[feeds.f]\nsource = 'sample:newsletter'\nrules = ['substack']\n{more}");
    config::read(&text, None).expect("it has no mistakes").feeds[0].pipeline.clone()
}

fn parsed() -> feed::Feed {
    feed::parse(SAMPLE.to_owned()).expect("it is a feed")
}

fn parse() {
    let source = SAMPLE.to_owned();
    in_which_instructions_count(|| feed::parse(source)).expect("it is a feed");
}

fn clean() {
    let (feed, pipeline) = (parsed(), pipeline(""));
    // What is only done once, such as compiling patterns, has been done then.
    pipeline.run(&feed, Timestamp::UNIX_EPOCH);
    in_which_instructions_count(|| pipeline.run(&feed, Timestamp::UNIX_EPOCH));
}

fn topics() {
    let (feed, form, articles) = (parsed(), Form::default(), Articles::default());
    let pipeline = pipeline("topics = { a = { title = 'a' }, b = { content = '\\bharbour\\b' } }");
    let editions = || pipeline.editions(&feed, Timestamp::UNIX_EPOCH, &form, &articles);
    editions();
    in_which_instructions_count(editions);
}

fn one_new_item() {
    let (feed, pipeline, now) = (parsed(), pipeline(""), Timestamp::UNIX_EPOCH);
    let mut before = Draft::new(&feed, now);
    before.items_mut()[0].drop_it();
    let before = feed::parse(before.render()).expect("it is a feed");
    let (form, articles) = (Form::default(), Articles::default());
    let (_, memory) = pipeline.editions_after(&Memory::default(), &before, now, &form, &articles);
    in_which_instructions_count(|| pipeline.editions_after(&memory, &feed, now, &form, &articles));
}

#[test]
fn costs_what_is_written_down() {
    if let Ok(which) = env::var(WHICH) {
        COUNTED.iter().filter(|(name, _)| *name == which).for_each(|(_, count)| count());
        return;
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        eprintln!("skipped: there is no valgrind, which tests/run installs");
        return;
    }
    let counts = COUNTED.map(|(name, _)| (name.to_owned(), count(name))).into();
    let now = Counts { made_by: made_by(), counts };
    println!("{now:#?}");
    // A new item of eight, of which the first is a long one.
    assert!(
        now.counts["one-new-item"] * 3 < now.counts["clean"],
        "a new item costs more than an item: {now:?}"
    );
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/instructions.toml");
    if env::var_os("LIMPID_WRITE_COUNTS").is_some() {
        fs::write(&path, toml::to_string(&now).expect("it can be written")).expect("the file can be written");
        return;
    }
    let bytes = read_file(&path, 1 << 16).expect("it is there");
    let before: Counts = toml::from_str(&String::from_utf8_lossy(&bytes)).expect("it is as it was written");
    if before.made_by != now.made_by {
        eprintln!(
            "skipped: the counts are of {}, this is {}; write them down anew",
            before.made_by, now.made_by
        );
        return;
    }
    for (name, before) in &before.counts {
        let now = now.counts[name];
        assert!(now <= before + before / TOLERANCE, "{name} takes {now} instructions, it was {before}");
        if now < before - before / TOLERANCE {
            println!(
                "{name} takes {now} instructions, it was {before}: write that down (LIMPID_WRITE_COUNTS=1)"
            );
        }
    }
}

/// How many instructions something takes.
fn count(name: &str) -> u64 {
    let folder = tempfile::tempdir().expect("there is room");
    let out: PathBuf = folder.path().join("counts");
    let run = Command::new("valgrind")
        .args(["--tool=callgrind", "--collect-atstart=no"])
        .arg(format!("--toggle-collect={TOGGLE}"))
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(env::current_exe().expect("this program is somewhere"))
        .args(["--exact", "costs_what_is_written_down", "--test-threads=1"])
        .env(WHICH, name)
        .output()
        .expect("valgrind runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let text = String::from_utf8_lossy(&read_file(&out, 1 << 26).expect("callgrind writes it")).into_owned();
    let total = text.lines().find_map(|line| line.strip_prefix("totals: ")).expect("it ends with the totals");
    let total = total.trim().parse().expect("it is a number");
    assert!(total > 0, "nothing was counted of {name}");
    total
}

/// The compiler, and whether the machine has the instructions that searching in texts is fastest with.
fn made_by() -> String {
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let said =
        Command::new(rustc).arg("--version").output().expect("the compiler that has made this is there");
    let version = String::from_utf8_lossy(&said.stdout).trim().to_owned();
    #[cfg(target_arch = "x86_64")]
    let has_avx2 = std::arch::is_x86_feature_detected!("avx2");
    #[cfg(not(target_arch = "x86_64"))]
    let has_avx2 = false;
    format!("{version}, {} {}", env::consts::ARCH, if has_avx2 { "with AVX2" } else { "without AVX2" })
}
