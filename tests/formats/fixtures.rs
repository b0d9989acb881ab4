//! The feeds of `tests/formats`: one folder for each format, and `ill-formed` for those that need repair.

#![allow(dead_code, reason = "each of the tests that share this uses a part of it")]

use std::path::{Path, PathBuf};

use limpid::decode::charset;
use limpid::feed::{self, Feed};

/// One feed, as its publisher would send it.
pub struct Fixture {
    /// Its folder and file: `rss-2.0/podcast.xml`.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// What it is.
    pub bytes: Vec<u8>,
}

impl Fixture {
    /// Whether it is one of those that need repair.
    pub fn is_ill_formed(&self) -> bool {
        self.name.starts_with("ill-formed/")
    }

    /// Whether its bytes are UTF-8 as they are.
    pub fn is_utf8(&self) -> bool {
        std::str::from_utf8(&self.bytes).is_ok()
    }

    /// Whether it is a JSON Feed.
    pub fn is_json(&self) -> bool {
        self.path.extension().is_some_and(|e| e == "json")
    }

    /// The feed, as limpid decodes and reads it, or why it can not.
    pub fn read(&self) -> Result<Feed, String> {
        let decoded = charset::decode(self.bytes.clone(), None, None).map_err(|error| error.to_string())?;
        feed::parse(decoded.text).map_err(|error| error.to_string())
    }
}

/// Every fixture, in the order of their names.
pub fn all() -> Vec<Fixture> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats");
    let folders = files(&root).into_iter().filter(|path| path.is_dir());
    let feeds = folders.flat_map(|folder| files(&folder));
    let feeds = feeds.filter(|path| path.extension().is_some_and(|e| e == "xml" || e == "json"));
    let named = feeds.map(|path| {
        let name = path.strip_prefix(&root).expect("it is inside").to_string_lossy().into_owned();
        Fixture { name, bytes: bytes(&path), path }
    });
    named.collect()
}

/// What is in a folder, in the order of the names.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

#[allow(clippy::disallowed_methods, reason = "a file of this repository")]
fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
