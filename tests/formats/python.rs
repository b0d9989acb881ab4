//! `tests/agree.py`, and the Python it runs in.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::json;

/// The Python that has what `tests/requirements.txt` names, made where there is none yet, or why it can not be
/// made. `tests/run` installs what that takes.
pub fn python() -> Result<PathBuf, String> {
    static MADE: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    MADE.get_or_init(made_python).clone()
}

fn made_python() -> Result<PathBuf, String> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("it is inside the target folder");
    let folder = target.join("python");
    let python = folder.join("bin/python");
    let wanted = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/requirements.txt");
    let has_it = "import importlib.metadata as m, sys\n\
                  wanted = [l.strip().split('==') for l in open(sys.argv[1]) if '==' in l]\n\
                  sys.exit(any(m.version(name) != version for name, version in wanted))";
    if run(Command::new(&python).args(["-c", has_it, wanted])).is_ok() {
        return Ok(python);
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--requirement", wanted]))?;
    Ok(python)
}

fn run(command: &mut Command) -> Result<Output, String> {
    let out = command.output().map_err(|error| error.to_string())?;
    if out.status.success() { Ok(out) } else { Err(String::from_utf8_lossy(&out.stderr).into_owned()) }
}

/// Says so even where the output of tests is not shown.
pub fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: there is no Python with feedparser: {why}");
}

/// Two texts of the same feed.
pub struct Comparison<'t> {
    /// What to call it.
    pub name: String,
    /// The feed as its publisher sends it.
    pub source: &'t [u8],
    /// The feed as limpid serves it.
    pub output: &'t str,
}

/// Has `tests/agree.py` compare all of them at once, and fails with what differs. Where there is no Python this
/// says so, and nothing is compared.
pub fn agree(kind: &str, comparisons: &[Comparison<'_>]) {
    let python = match python() {
        Ok(python) => python,
        Err(why) => return skipped(&why),
    };
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("it can be made");
    let mut list = String::new();
    for (index, Comparison { name, source, output }) in comparisons.iter().enumerate() {
        let [before, after] = ["source", "output"].map(|part| folder.path().join(format!("{index}.{part}")));
        std::fs::write(&before, source).expect("it can be written");
        std::fs::write(&after, output).expect("it can be written");
        let line = json!({"kind": kind, "name": name, "source": before, "output": after});
        list.push_str(&line.to_string());
        list.push('\n');
    }
    let said = answer(&python, &list);
    let (differences, count) = said.trim_end().rsplit_once('\n').unwrap_or(("", said.trim_end()));
    assert_eq!(count, format!("{} compared", comparisons.len()), "{said}");
    assert!(differences.trim().is_empty(), "{differences}");
}

fn answer(python: &Path, list: &str) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/agree.py");
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it has just been started");
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(list.as_bytes()).expect("it reads all of it");
    drop(stdin);
    let out = child.wait_with_output().expect("it ends");
    String::from_utf8(out.stdout).expect("it is UTF-8")
}
