//! Real readers subscribed to the running program: newsboat, which imports the list that limpid serves, and listparser
//! and feedparser, which read that list and every feed in it. `tests/run` installs what that takes; without it the tests
//! say that they are skipped.

#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

#[allow(dead_code, reason = "only the Python itself is wanted here")]
#[path = "formats/python.rs"]
mod python;

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use limpid::cli::input::read_file;
use serde_json::Value;
use tempfile::TempDir;

/// The most bytes of what a reader or the log has written.
const MAX_FILE: usize = 16 << 20;

const CONFIG: &str = "[server]\nlisten = \"127.0.0.1:0\"\n\
    [feeds.letters]\nsource = \"sample:newsletter\"\ntitle = \"Letters & <notes>\"\nfolder = \"Sea/Lights\"\n\
    rules = [\"auto\"]\n[feeds.letters.topics]\nlights = { title = \"light\" }\n\
    [feeds.raw]\nsource = \"sample:newsletter\"\nfolder = \"Sea\"\n\
    [feeds.as-json]\nsource = \"sample:newsletter\"\nformat = \"json\"\n\
    [feeds.as-atom]\nsource = \"sample:newsletter\"\nformat = \"atom\"\n";

/// The program, which ends with the test.
struct Limpid {
    child: Child,
    url: String,
    room: TempDir,
}

impl Drop for Limpid {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Limpid {
    fn start(config: &str) -> Self {
        let room = TempDir::new().unwrap();
        std::fs::write(room.path().join("limpid.toml"), config).unwrap();
        let log = File::create(room.path().join("limpid.log")).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_limpid"))
            .args(["--log", "json"])
            .current_dir(room.path())
            .env_remove("RUST_LOG")
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let mut last = lines.filter_map(|line| Some(line.strip_prefix("or see them all at ")?.to_owned()));
        let url = last.next().unwrap().trim_end_matches('/').to_owned();
        Limpid { child, url, room }
    }

    /// The status of each answer to a path, in order.
    fn statuses(&self, path: &str) -> Vec<u64> {
        let log = text(&self.room.path().join("limpid.log"));
        let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let of_path = lines.filter(|line| line["span"]["path"] == path);
        of_path.filter_map(|line| line["fields"]["status"].as_u64()).collect()
    }
}

fn text(path: &Path) -> String {
    String::from_utf8(read_file(path, MAX_FILE).unwrap()).unwrap()
}

/// Runs it; `None`, and a word to whoever looks, where there is no such program.
fn ran(command: &mut Command) -> Option<Output> {
    match command.output() {
        Ok(output) => Some(output),
        Err(error) => {
            let program = command.get_program().to_string_lossy().into_owned();
            let _ = writeln!(std::io::stderr(), "skipped: there is no {program}: {error}");
            None
        }
    }
}

/// What a program prints, a value a line.
fn rows(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn listparser_reads_the_list_and_feedparser_every_feed_in_it() {
    let python = match python::python() {
        Ok(python) => python,
        Err(why) => return python::skipped(&why),
    };
    let limpid = Limpid::start(CONFIG);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/readers/list.py");
    let output = Command::new(python).arg(script).arg(format!("{}/opml", limpid.url)).output().unwrap();
    let rows = rows(&output);
    let titles: Vec<&str> = rows.iter().map(|row| row["title"].as_str().unwrap()).collect();
    let expected = [
        "Letters & <notes>",
        "Letters & <notes>: lights",
        "Letters & <notes>: rest",
        "raw",
        "as-json",
        "as-atom",
    ];
    assert_eq!(titles, expected);
    assert_eq!(rows[0]["folders"], serde_json::json!([["Sea", "Lights"]]), "{}", rows[0]);
    assert_eq!(rows[3]["folders"], serde_json::json!([["Sea"]]), "{}", rows[3]);
    for row in &rows {
        // feedparser reads JSON Feed only where it can take it for one; that is not an objection to the feed.
        let is_json = row["title"] == "as-json";
        assert!(is_json || row["objection"].is_null(), "{row}");
        assert!(is_json || row["entries"].as_u64().unwrap() > 0, "{row}");
        let path = row["address"].as_str().unwrap().strip_prefix(&limpid.url).unwrap();
        assert_eq!(limpid.statuses(path), [200], "{path}");
    }
}

#[test]
fn a_running_limpid_takes_up_what_is_imported() {
    let limpid = Limpid::start(CONFIG);
    let list = limpid.room.path().join("list.opml");
    std::fs::write(&list, "<opml><body><outline text='Tides' xmlUrl='http://127.0.0.1:1/'/></body></opml>")
        .unwrap();
    let imported = Command::new(env!("CARGO_BIN_EXE_limpid"))
        .args(["opml", "import", "--offline", "list.opml"])
        .current_dir(limpid.room.path())
        .output()
        .unwrap();
    assert!(imported.status.success(), "{imported:?}");
    // It looks at the file every second.
    let asked = Command::new("sh")
        .args([
            "-c",
            "for n in $(seq 300); do curl -s $0 | grep -q feeds/tides && exit; sleep 0.1; done; exit 1",
        ])
        .arg(format!("{}/opml", limpid.url))
        .output()
        .unwrap();
    assert!(asked.status.success(), "{asked:?}");
}

/// newsboat with everything of its own in a folder.
fn newsboat(room: &Path, arguments: &[&str]) -> Option<Output> {
    let inside = |name: &str| room.join(name).into_os_string();
    let mut command = Command::new("newsboat");
    command.env("HOME", room).env("TERM", "dumb").env("LC_ALL", "C.UTF-8").current_dir(room);
    command.arg("-C").arg(inside("config")).arg("-c").arg(inside("cache.db")).arg("-u").arg(inside("urls"));
    ran(command.args(arguments))
}

/// What newsboat has of a feed of the list after it has imported that, loaded the feed, and reloaded it twice: an item a row. One feed only,
/// for it takes items of two feeds with the same guid for one. `None` where there is no newsboat.
fn subscribed(limpid: &Limpid, feed: &str) -> Option<Vec<Value>> {
    let room = TempDir::new().unwrap();
    // It wants its files to be there.
    std::fs::write(room.path().join("config"), "").unwrap();
    std::fs::write(room.path().join("urls"), "").unwrap();
    let list = room.path().join("list.opml");
    let curl =
        Command::new("curl").args(["-sf", "-o"]).arg(&list).arg(format!("{}/opml", limpid.url)).status();
    assert!(curl.unwrap().success());
    let imported = newsboat(room.path(), &["-i", list.to_str().unwrap()])?;
    assert!(imported.status.success(), "{imported:?}");
    let urls = text(&room.path().join("urls"));
    assert_eq!(urls.lines().filter(|line| line.starts_with(&limpid.url)).count(), 6, "{urls}");
    let address = format!("{}/feeds/{feed} ", limpid.url);
    let line = urls.lines().find(|line| line.starts_with(&address)).unwrap();
    assert!(line.contains("Sea"), "its folder is a tag: {line}");
    std::fs::write(room.path().join("urls"), format!("{line}\n")).unwrap();
    for _ in 0..3 {
        let reloaded = newsboat(room.path(), &["-x", "reload"])?;
        assert!(reloaded.status.success(), "{reloaded:?}");
    }
    comes_back(&newsboat(room.path(), &["-e"])?.stdout, line.split(' ').next().unwrap());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/readers/newsboat.py");
    let output = ran(Command::new("python3").arg(script).arg(room.path().join("cache.db")))?;
    Some(rows(&output))
}

/// What newsboat exports, another limpid imports.
fn comes_back(list: &[u8], address: &str) {
    let room = TempDir::new().unwrap();
    std::fs::write(room.path().join("list.opml"), list).unwrap();
    let imported = Command::new(env!("CARGO_BIN_EXE_limpid"))
        .args(["opml", "import", "--offline", "list.opml"])
        .current_dir(room.path())
        .output()
        .unwrap();
    assert!(imported.status.success(), "{imported:?}");
    let written = text(&room.path().join("limpid.toml"));
    assert!(
        written.contains(&format!("source = \"{address}\"\n")) && written.contains("title = "),
        "{written}"
    );
}

#[test]
fn newsboat_reads_the_cleaned_feed_and_then_a_304() {
    let limpid = Limpid::start(CONFIG);
    let Some(cleaned) = subscribed(&limpid, "letters") else { return };
    let Some(raw) = subscribed(&limpid, "raw") else { return };
    assert_eq!((cleaned.len(), raw.len()), (5, 8));
    let titles: Vec<&str> = cleaned.iter().filter_map(|row| row["title"].as_str()).collect();
    assert!(titles.contains(&"The Light That Counts to Fifteen"), "{titles:?}");
    let all = |rows: &[Value]| rows.iter().filter_map(|row| row["content"].as_str()).collect::<String>();
    let (cleaned, raw) = (all(&cleaned), all(&raw));
    assert!(cleaned.contains("it counts to fifteen") && raw.contains("it counts to fifteen"));
    // What is taken out, newsboat has never seen.
    for taken in ["Brought to you by", "subscription-widget"] {
        assert!(raw.contains(taken) && !cleaned.contains(taken), "{taken}");
    }
    for feed in ["letters", "raw"] {
        // It keeps no validators of a feed that is not in its cache yet, so the first reload asks without any.
        assert_eq!(limpid.statuses(&format!("/feeds/{feed}")), [200, 200, 304], "{feed}");
    }
}
