//! The commit that the program is built from, for `limpid --version`. Without git, outside of a repository,
//! and where it is not built for release, there is none.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=LIMPID_COMMIT");
    // While limpid is worked on a commit is no reason to build everything anew.
    let is_release = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    // Where a branch moves on, or another is checked out. In a worktree these are elsewhere; git says where.
    for name in ["HEAD", "logs/HEAD"].into_iter().filter(|_| is_release) {
        if let Some(path) = git(&["rev-parse", "--git-path", name]).filter(|path| Path::new(path).exists()) {
            println!("cargo:rerun-if-changed={path}");
        }
    }
    let given = std::env::var("LIMPID_COMMIT").ok();
    let commit = given
        .or_else(|| (is_release && is_own()).then(|| git(&["rev-parse", "--short=12", "HEAD"])).flatten())
        .unwrap_or_default();
    let version = std::env::var("CARGO_PKG_VERSION").unwrap_or_default();
    let is_plain = !commit.is_empty() && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    let version = if is_plain { format!("{version} ({commit})") } else { version };
    println!("cargo:rustc-env=LIMPID_VERSION={version}");
}

/// Whether the repository is this one, and not one that these files happen to lie in.
fn is_own() -> bool {
    let here = std::env::var("CARGO_MANIFEST_DIR").ok().and_then(|path| Path::new(&path).canonicalize().ok());
    let top = git(&["rev-parse", "--show-toplevel"]).and_then(|path| Path::new(&path).canonicalize().ok());
    here.is_some() && here == top
}

fn git(arguments: &[&str]) -> Option<String> {
    let output =
        Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
