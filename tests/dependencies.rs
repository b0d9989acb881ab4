//! What limpid is built from: where it comes from, under which licences, and that each has its reason.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// Licences under which a program may be handed on without more than naming them.
const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "MPL-2.0+",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Every package that a build of limpid takes, as `cargo metadata` knows it.
fn packages() -> Vec<Value> {
    let mut cargo = Command::new(env!("CARGO"));
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let output =
        cargo.args(["metadata", "--format-version=1", "--locked", "--all-features", "--manifest-path"]);
    let output = output.arg(manifest).output().expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    metadata["packages"]
        .as_array()
        .expect("there are packages")
        .iter()
        .filter(|package| package["name"] != "limpid")
        .cloned()
        .collect()
}

/// Whether one of the ways in which a package is licensed is open: `A AND (B OR C)`, and `A/B` as it was once written.
fn is_open(licence: &str) -> bool {
    let licence = licence.replace('/', " OR ").replace(['(', ')'], " ");
    let is_known =
        |one: &str| LICENCES.contains(&one.split_whitespace().collect::<Vec<_>>().join(" ").as_str());
    licence.split(" AND ").all(|all| all.split(" OR ").any(is_known))
}

#[test]
fn everything_comes_from_the_registry_under_an_open_licence() {
    let packages = packages();
    assert!(packages.len() > 100, "{}", packages.len());
    for package in packages {
        let name = package["name"].as_str().unwrap();
        let source = package["source"].as_str().unwrap_or_default();
        assert_eq!(source, "registry+https://github.com/rust-lang/crates.io-index", "{name}");
        let licence = package["license"].as_str().unwrap_or_default();
        assert!(is_open(licence), "{name}: {licence}");
    }
}

#[test]
#[allow(clippy::disallowed_methods, reason = "a file of this repository")]
fn what_is_asked_for_is_released_and_has_its_reason() {
    let manifest = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml")).unwrap();
    let sections = manifest.split("\n[").filter(|section| section.contains("dependencies]\n"));
    let lines = sections.flat_map(str::lines).filter(|line| line.contains(" = ") && !line.starts_with('#'));
    let mut count = 0;
    for line in lines {
        count += 1;
        let (name, rest) = line.split_once(" = ").unwrap();
        assert!(rest.contains("# "), "{name} has no reason");
        let version = rest.split('"').nth(1).unwrap();
        assert!(version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'), "{name} {version}");
    }
    assert!(count > 40, "{count}");
}
