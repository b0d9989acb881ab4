//! The store by itself: killed while it writes, over broken files, and with no room.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use limpid::store::Store;
use limpid::store::record::{Body, GoodCopy, Record};

/// As many bytes as any of these tests keeps.
const ROOM: u64 = 64 << 20;

/// How many sources the child writes in turn.
const SOURCES: u32 = 5;

/// A body that is told from all others, and can hardly be compressed.
fn body(number: u32) -> Vec<u8> {
    let mut state = u64::from(number) + 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state.to_le_bytes()[7]
    };
    (0..20_000).map(|_| next()).collect()
}

fn record(number: u32, body: &Body) -> Record {
    let asked = jiff::Timestamp::from_second(i64::from(number)).expect("it is a time");
    let good = GoodCopy {
        since: asked,
        fresh_until: asked,
        lifetime: None,
        validators: [None, Some(format!("\"{number}\"")), None],
        body: body.digest(),
        media_type: None,
        charset: None,
        address: None,
        text: None,
    };
    let (wait, moved_to) = (Duration::from_mins(15), None);
    Record { asked, wait, problem: None, failures: number, good: Some(good), moved_to, moving_to: None }
}

fn put(store: &Store, key: &str, number: u32) -> bool {
    let body = Body::new(&body(number)).expect("it can be compressed");
    store.put(key, &record(number, &body), Some(&body), Some(u64::from(number)))
}

/// The number of what is kept under a key, after it has been compared with what was written.
fn number_of(store: &Store, key: &str) -> Option<u32> {
    let (record, packed) = store.get(key)?;
    let copy = record.good?;
    let raw = Body::unpack(&packed?, &copy.body, 1 << 20).expect("the body is the one of the record");
    assert!(raw == body(record.failures), "another body than was written");
    Some(record.failures)
}

/// The child of the test below: it writes until it is killed. `--ignored` keeps it out of other runs.
#[test]
#[ignore = "it writes until it is killed"]
fn child_that_writes() {
    let Some(path) = std::env::var_os("LIMPID_STORE_OF_CHILD") else { return };
    let store = Store::open(Path::new(&path), ROOM);
    let first = (0..SOURCES).filter_map(|n| number_of(&store, &n.to_string())).max().map_or(0, |n| n + 1);
    for number in first.. {
        assert!(put(&store, &(number % SOURCES).to_string(), number), "{:?}", store.problem());
        let mut out = std::io::stdout();
        // Whoever started it may be gone.
        let _ = writeln!(out, "committed {number}").and_then(|()| out.flush());
    }
}

#[test]
fn a_store_that_is_killed_keeps_what_it_has_committed() {
    let kills = std::env::var("LIMPID_KILLS").ok().and_then(|count| count.parse().ok()).unwrap_or(100);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("limpid.redb");
    let mut last = None;
    for round in 0..kills {
        let mut child = Command::new(std::env::current_exe().expect("this test has a file"))
            .args(["--exact", "child_that_writes", "--ignored", "--nocapture", "--test-threads=1"])
            .env("LIMPID_STORE_OF_CHILD", &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines().map_while(Result::ok);
        let committed = lines.filter_map(|line| line.split_once("committed ")?.1.parse::<u32>().ok());
        let before = last;
        // It goes on writing while it is killed.
        last = committed.take(1 + round * 7 % 23).last();
        child.kill().expect("it is running");
        child.wait().expect("it has ended");
        let committed = last.expect("it has committed something");
        assert!(before.is_none_or(|before| committed > before), "{committed} after {before:?}");

        let store = Store::open(&path, ROOM);
        assert_eq!(store.problem(), None);
        for number in (committed + 1).saturating_sub(SOURCES)..=committed {
            let kept = number_of(&store, &(number % SOURCES).to_string());
            assert!(kept >= Some(number), "{kept:?} where {number} was committed, round {round}");
        }
        assert!(!folder.path().join("limpid.redb.broken").exists(), "round {round}");
        last = (0..SOURCES).filter_map(|n| number_of(&store, &n.to_string())).max();
    }
}

/// The child of the test below: it writes until there is no room.
#[test]
#[ignore = "it writes until there is no room"]
fn child_that_fills_the_disk() {
    let Some(path) = std::env::var_os("LIMPID_STORE_OF_CHILD") else { return };
    let store = Store::open(Path::new(&path), ROOM);
    let committed = (0..10_000).take_while(|number| put(&store, &number.to_string(), *number)).count();
    assert!(
        store.problem().is_some_and(|problem| problem.contains("feeds are served")),
        "{:?}",
        store.problem()
    );
    assert!(!put(&store, "one more", 1), "there is still no room");
    println!("committed {committed}");
}

#[test]
fn a_disk_that_is_full_loses_nothing_that_was_committed() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("limpid.redb");
    // No file may grow beyond 4 MiB; the signal that would tell of it is not listened to.
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 8192; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().expect("this test has a file"))
        .args(["--exact", "child_that_fills_the_disk", "--ignored", "--nocapture", "--test-threads=1"])
        .env("LIMPID_STORE_OF_CHILD", &path)
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let committed = said.lines().find_map(|line| line.split_once("committed ")?.1.parse::<u32>().ok());
    let committed = committed.expect("it says how many");
    assert!(committed > 10, "{committed}");
    let store = Store::open(&path, ROOM);
    assert_eq!(store.problem(), None);
    for number in 0..committed {
        assert_eq!(number_of(&store, &number.to_string()), Some(number), "of {committed}");
    }
    assert!(put(&store, "one more", 1), "there is room again");
    assert!(!folder.path().join("limpid.redb.broken").exists());
}

#[test]
fn broken_files_are_never_believed_and_never_panic() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("limpid.redb");
    let store = Store::open(&path, ROOM);
    for number in 0..3 {
        assert!(put(&store, &number.to_string(), number));
    }
    drop(store);
    let whole = limpid::cli::input::read_file(&path, 64 << 20).expect("it can be read");
    for round in 0..40_usize {
        let at = (round * 7919 * 131) % whole.len();
        let mut bytes = whole.clone();
        if round % 2 == 0 {
            bytes.truncate(at);
        } else {
            bytes[at] ^= 0x5a;
        }
        std::fs::write(&path, bytes).expect("it can be written");
        let store = Store::open(&path, ROOM);
        for number in 0..3 {
            let kept = number_of(&store, &number.to_string());
            assert!(kept.is_none_or(|kept| kept == number), "{kept:?}, round {round}");
        }
        assert!(put(&store, "0", 9) && number_of(&store, "0") == Some(9), "round {round}");
    }
}

#[test]
fn what_has_not_been_asked_for_longest_makes_way() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&folder.path().join("limpid.redb"), 70_000);
    for number in 0..6 {
        assert!(put(&store, &format!("source {number}"), number));
    }
    let kept: Vec<u32> = (0..6).filter_map(|n| number_of(&store, &format!("source {n}"))).collect();
    assert_eq!(kept, [3, 4, 5]);
    // Over a restart they are still counted.
    drop(store);
    let store = Store::open(&folder.path().join("limpid.redb"), 70_000);
    assert!(put(&store, "source 6", 6));
    let kept: Vec<u32> = (0..7).filter_map(|n| number_of(&store, &format!("source {n}"))).collect();
    assert_eq!(kept, [4, 5, 6]);
}

#[test]
fn what_comes_late_is_not_written_over_what_is_newer() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&folder.path().join("limpid.redb"), ROOM);
    assert!(put(&store, "a", 7) && put(&store, "a", 3) && put(&store, "b", 3));
    assert_eq!((number_of(&store, "a"), number_of(&store, "b")), (Some(7), Some(3)));
}

#[test]
fn a_file_that_is_open_is_shared() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("limpid.redb");
    let (one, other) = (Store::open(&path, ROOM), Store::open(&path, ROOM));
    assert!(put(&one, "a", 1));
    assert_eq!((number_of(&other, "a"), other.problem()), (Some(1), None));
}
