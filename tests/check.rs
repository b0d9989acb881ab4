//! `limpid check` on configurations with mistakes, and `limpid test` on expectations that are met or not: every file
//! ending in `.toml` of `tests/check` and `tests/expect`, compared with the report beside it in `.txt`.
//! `LIMPID_WRITE_REPORTS=1 cargo test --test check` writes the reports anew, to be read before they are kept.

use std::path::Path;
use std::process::Command;

#[test]
fn every_mistake_is_named_with_its_place() {
    reports_are_as_kept("check", "tests/check");
}

#[test]
fn every_expectation_is_judged() {
    reports_are_as_kept("test", "tests/expect");
}

fn reports_are_as_kept(command: &str, folder: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut wrong = Vec::new();
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).expect("it is there").flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|e| e != "toml") {
            continue;
        }
        count += 1;
        let report = report(command, &path);
        let beside = path.with_extension("txt");
        if std::env::var_os("LIMPID_WRITE_REPORTS").is_some() {
            std::fs::write(&beside, &report).expect("it can be written");
        }
        #[allow(clippy::disallowed_methods, reason = "a file of this repository")]
        let expected = std::fs::read_to_string(&beside).unwrap_or_default();
        if report != expected {
            wrong.push(format!("{}\nexpected:\n{expected}\ngot:\n{report}", path.display()));
        }
    }
    assert!(count >= 2, "{count} cases");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What the command prints, and how it ends.
fn report(command: &str, path: &Path) -> String {
    let folder = path.parent().expect("a file is in a folder");
    let name = path.file_name().expect("a file has a name");
    let ran = Command::new(env!("CARGO_BIN_EXE_limpid"))
        .arg(command)
        .arg("--config")
        .arg(name)
        .current_dir(folder)
        .output();
    let ran = ran.expect("it starts");
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}exit code {}\n", text(&ran.stdout), text(&ran.stderr), ran.status.code().unwrap_or(-1))
}
