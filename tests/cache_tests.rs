//! The suites of http-tests/cache-tests, as far as they are about what limpid does: see `cache-tests/shim.mjs`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The suites are of this version.
const PACKAGE: &str = "http-cache-tests@0.4.5";

fn run(command: &mut Command) -> Option<Output> {
    command.output().ok().filter(|output| output.status.success())
}

/// Where the suites are; fetched from npm where they are not there yet. `None` where they can not be had.
fn suites() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(PACKAGE);
    let package = folder.join("package");
    if !package.join("tests/index.mjs").exists() {
        std::fs::create_dir_all(&folder).ok()?;
        let packed = run(Command::new("npm").args(["pack", "--silent", PACKAGE]).current_dir(&folder))?;
        let file = String::from_utf8(packed.stdout).ok()?;
        run(Command::new("tar").arg("xf").arg(file.trim()).current_dir(&folder))?;
    }
    Some(package)
}

#[test]
fn limpid_caches_as_the_suites_want_or_says_why_not() {
    if run(Command::new("node").arg("--version")).is_none() {
        return println!("skipped: node is not installed");
    }
    let Some(suites) = suites() else {
        return println!("skipped: {PACKAGE} can not be had from npm");
    };
    let shim = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cache-tests/shim.mjs");
    let mut node = Command::new("node");
    let output = node.arg(shim).arg(suites).arg(env!("CARGO_BIN_EXE_limpid")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    print!("{said}");
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("behave as the test wants"), "{said}");
}
