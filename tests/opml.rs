//! `limpid opml`: every list of `tests/opml` imported, and what is printed compared with the report beside it in `.txt`;
//! lists that go out and come in again; and what was in a configuration before, which stays as it was.
//! `LIMPID_WRITE_REPORTS=1 cargo test --test opml` writes the reports anew, to be read before they are kept.

#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use limpid::config::append::{NewFeed, appended};
use limpid::config::{self, is_name};
use limpid::opml::{MAX_FEEDS, Subscription, read, write};
use proptest::prelude::*;
use tempfile::TempDir;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/opml")
}

/// The lists that there are, without what files are called at their end.
fn cases() -> Vec<String> {
    let files = std::fs::read_dir(folder()).unwrap().flatten().map(|entry| entry.path());
    let lists = files.filter(|path| path.extension().is_some_and(|e| e == "opml"));
    let mut names: Vec<String> =
        lists.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    assert!(names.len() >= 14, "{names:?}");
    names
}

#[allow(clippy::disallowed_methods, reason = "files of this repository, and of these tests")]
fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_default()
}

fn text(path: &Path) -> String {
    String::from_utf8(bytes(path)).unwrap()
}

/// A folder to work in, with the configuration that a case begins with.
fn room(case: &str) -> TempDir {
    let room = TempDir::new().unwrap();
    let before = folder().join(format!("{case}.before.toml"));
    if before.exists() {
        std::fs::copy(before, room.path().join("limpid.toml")).unwrap();
    }
    room
}

fn limpid(room: &TempDir, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_limpid"));
    command.args(arguments).current_dir(room.path()).env("NO_COLOR", "1").output().unwrap()
}

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let code = output.status.code().unwrap_or(-1);
    format!("{}---\n{}exit code {code}\n", text(&output.stdout), text(&output.stderr))
}

fn import(room: &TempDir, list: &Path, more: &[&str]) -> Output {
    limpid(room, &[&["opml", "import", "--offline", list.to_str().unwrap()], more].concat())
}

#[test]
fn every_list_is_imported_as_its_report_says() {
    let mut wrong = String::new();
    for case in cases() {
        let (room, list) = (room(&case), folder().join(format!("{case}.opml")));
        let got = said(&import(&room, &list, &["--dry-run"]));
        let got = got.replace(list.to_str().unwrap(), &format!("{case}.opml"));
        let beside = folder().join(format!("{case}.txt"));
        if std::env::var_os("LIMPID_WRITE_REPORTS").is_some() {
            std::fs::write(&beside, &got).unwrap();
        }
        let expected = text(&beside);
        if got != expected {
            let _ = writeln!(wrong, "{case}\nexpected:\n{expected}\ngot:\n{got}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_is_written_is_what_the_dry_run_shows_at_the_end_of_what_was_there() {
    for case in cases() {
        let (room, list) = (room(&case), folder().join(format!("{case}.opml")));
        let path = room.path().join("limpid.toml");
        let before = bytes(&path);
        let dry = import(&room, &list, &["--dry-run"]);
        assert_eq!(bytes(&path), before, "{case}: a dry run writes nothing");
        let ran = import(&room, &list, &[]);
        assert_eq!(ran.status.code(), dry.status.code(), "{case}");
        let after = bytes(&path);
        assert!(after.starts_with(&before), "{case}");
        let new = String::from_utf8(after[before.len()..].to_vec()).unwrap();
        let new = new.replace("\r\n", "\n");
        assert_eq!(new.trim_start_matches('\n'), String::from_utf8(dry.stdout).unwrap(), "{case}");
        if ran.status.success() {
            let checked = limpid(&room, &["check"]);
            assert!(checked.status.success(), "{case}: {}", said(&checked));
            // The second time there is nothing left to do.
            let again = import(&room, &list, &[]);
            let said = said(&again);
            assert!(again.status.success() && said.contains("0 feeds added"), "{case}: {said}");
            assert_eq!(bytes(&path), after, "{case}");
        }
    }
}

/// What a list says, without the addresses.
fn entries(list: &str) -> Vec<(String, Vec<String>)> {
    let feeds = read(list.as_bytes().to_vec()).unwrap().feeds;
    feeds.into_iter().map(|feed| (feed.title, feed.folder)).collect()
}

fn export(room: &TempDir) -> String {
    let output = limpid(room, &["opml", "export", "--base", "https://limpid.example.org/"]);
    assert!(output.status.success(), "{}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_list_that_goes_out_and_comes_in_again_is_the_same() {
    let mut count = 0;
    for case in cases() {
        let first = TempDir::new().unwrap();
        if !import(&first, &folder().join(format!("{case}.opml")), &[]).status.success() {
            continue;
        }
        if !first.path().join("limpid.toml").exists() {
            continue;
        }
        count += 1;
        let (second, third) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let mut lists = vec![export(&first)];
        for room in [&second, &third] {
            let path = room.path().join("list.opml");
            std::fs::write(&path, lists.last().unwrap()).unwrap();
            assert!(import(room, &path, &[]).status.success(), "{case}");
            lists.push(export(room));
        }
        assert_eq!(entries(&lists[0]), entries(&lists[1]), "{case}");
        assert_eq!(lists[1], lists[2], "{case}");
        // Feeds are called what their titles are by then, and that is what their addresses are made of.
        assert!(!entries(&lists[0]).is_empty());
    }
    assert!(count >= 9, "{count}");
}

#[test]
fn topics_and_folders_are_in_what_is_exported() {
    let room = TempDir::new().unwrap();
    let config = "[feeds.b]\nsource = \"https://b.example.org/\"\nfolder = \"Sea / Tides\"\ntitle = \"B & \\\"b\\\" <b>\"\n\
                  [feeds.a]\nsource = \"feed:b\"\n[feeds.a.topics]\nhigh = { title = \"high\" }\n\
                  [feeds.c]\nsource = \"feed:b\"\nfolder = \"Sea\"\n";
    std::fs::write(room.path().join("limpid.toml"), config).unwrap();
    let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n  <head>\n    <title>limpid</title>\n  \
        </head>\n  <body>\n    <outline text=\"Sea\" title=\"Sea\">\n      <outline text=\"Tides\" title=\"Tides\">\n        \
        <outline type=\"rss\" text=\"B &amp; &quot;b&quot; &lt;b&gt;\" title=\"B &amp; &quot;b&quot; &lt;b&gt;\" \
        xmlUrl=\"https://limpid.example.org/feeds/b\"/>\n      </outline>\n      \
        <outline type=\"rss\" text=\"c\" title=\"c\" xmlUrl=\"https://limpid.example.org/feeds/c\"/>\n    </outline>\n    \
        <outline type=\"rss\" text=\"a\" title=\"a\" xmlUrl=\"https://limpid.example.org/feeds/a\"/>\n    \
        <outline type=\"rss\" text=\"a: high\" title=\"a: high\" xmlUrl=\"https://limpid.example.org/feeds/a/high\"/>\n    \
        <outline type=\"rss\" text=\"a: rest\" title=\"a: rest\" xmlUrl=\"https://limpid.example.org/feeds/a/rest\"/>\n  \
        </body>\n</opml>\n";
    assert_eq!(export(&room), expected);
}

#[test]
fn a_secret_is_in_the_addresses_that_it_opens() {
    let room = TempDir::new().unwrap();
    let secret = "secret-of-tests-0123456789abcdef012";
    std::fs::write(room.path().join("secret"), secret).unwrap();
    let config = "[server]\nlisten = \"127.0.0.1:8081\"\n[access]\nsecret = { file = \"secret\" }\n\
                  [feeds.a]\nsource = \"sample:newsletter\"\n[feeds.b]\nsource = \"sample:newsletter\"\naccess = \"open\"\n";
    std::fs::write(room.path().join("limpid.toml"), config).unwrap();
    let said = said(&limpid(&room, &["opml", "export"]));
    assert!(said.contains(&format!("http://127.0.0.1:8081/s/{secret}/feeds/a\"")), "{said}");
    assert!(said.contains("http://127.0.0.1:8081/feeds/b\"") && said.contains("as secret"), "{said}");
}

#[test]
fn ten_thousand_feeds_are_imported_and_one_more_is_refused() {
    let room = TempDir::new().unwrap();
    let list = |count: usize| {
        let feeds = (0..count).map(|n| Subscription {
            title: format!("Feed {}", n / 3),
            address: format!("https://host{}.example.org/{n}", n % 700),
            folder: vec![format!("Folder {}", n % 50)],
            is_page: false,
        });
        write("many", &feeds.collect::<Vec<_>>())
    };
    let path = room.path().join("many.opml");
    std::fs::write(&path, list(MAX_FEEDS)).unwrap();
    let said_of = said(&import(&room, &path, &[]));
    assert!(said_of.contains("10000 feeds added"), "{said_of}");
    let read = config::read(&text(&room.path().join("limpid.toml")), None).unwrap();
    assert_eq!(read.feeds.len(), MAX_FEEDS);
    std::fs::write(&path, list(MAX_FEEDS + 1)).unwrap();
    let said_of = said(&import(&room, &path, &[]));
    assert!(said_of.contains("more than 10000 feeds") && said_of.contains("exit code 1"), "{said_of}");
}

#[test]
fn folders_without_end_are_read_as_far_as_they_are_kept() {
    let deep = format!(
        "<opml><body>{}<outline text='x' xmlUrl='https://a.example/'/>{}</body></opml>",
        "<outline text='f'>".repeat(100_000),
        "</outline>".repeat(100_000)
    );
    let read = read(deep.into_bytes()).unwrap();
    assert_eq!((read.feeds.len(), read.feeds[0].folder.len()), (1, config::MAX_FOLDERS));
}

/// Pieces of configurations, each valid on its own.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("# a comment".to_owned()),
        Just(String::new()),
        Just("\t ".to_owned()),
        "[a-z]{1,8}".prop_map(|name| format!("[feeds.\"{name}\"]\nsource = 'sample:newsletter' # {name}")),
        "[a-z]{1,8}".prop_map(|name| {
            format!("[feeds.x{name}]\nsources = [\n  \"https://{name}.example/\",\n]\ntopics = {{ t = {{ title = 'x' }} }}")
        }),
        Just("[server]\nlisten = \"127.0.0.1:1\"".to_owned()),
        Just("[cache]".to_owned()),
    ]
}

fn new_feed() -> impl Strategy<Value = NewFeed> {
    let word = "[^\\p{Cc}]{1,30}";
    let texts = (word, word, proptest::option::of(word), any::<bool>());
    (texts, "[a-z0-9_-]{1,12}").prop_map(|((title, folder, note, allow_private), name)| NewFeed {
        name: format!("new-{name}"),
        title: config::as_title(&title),
        source: format!("https://{name}x.example/?{name}"),
        folder: config::as_folder(&folder).into_iter().collect(),
        allow_private,
        packs: vec!["auto".to_owned()],
        note: note.and_then(|note| config::as_title(&note)),
    })
}

proptest! {
    #[test]
    fn what_was_there_stays_byte_for_byte(
        pieces in proptest::collection::vec(piece(), 0..8),
        end in prop_oneof![Just("\n"), Just(""), Just("\r\n"), Just("\n\n\n")],
        feeds in proptest::collection::vec(new_feed(), 0..5),
    ) {
        let before = pieces.join("\n") + end;
        let before = if end == "\r\n" { before.replace("\r\n", "\n").replace('\n', "\r\n") } else { before };
        let after = appended(&before, &feeds);
        prop_assert!(after.starts_with(&before));
        let mut names: Vec<&str> = feeds.iter().map(|feed| feed.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        if names.len() == feeds.len() && let Ok(old) = config::read(&before, None) {
            prop_assert!(names.iter().all(|name| is_name(name)));
            let read = config::read(&after, None).map_err(|problems| TestCaseError::fail(problems.to_string()))?;
            prop_assert_eq!(read.feeds.len(), old.feeds.len() + feeds.len());
            for feed in &feeds {
                let there = read.feed(&feed.name).unwrap();
                prop_assert_eq!(&there.listing.title, &feed.title);
                prop_assert_eq!(&there.listing.folder, &feed.folder);
            }
        }
    }

    /// Whatever comes in place of a list is a list or an error, and never more feeds than it has addresses.
    #[test]
    fn nothing_that_is_read_does_harm(
        case in 0..14_usize,
        cuts in proptest::collection::vec((any::<u16>(), any::<u8>(), "[<>&\"'/=a-zA-Z \\x00]{0,6}"), 0..6),
    ) {
        let mut list = bytes(&folder().join(format!("{}.opml", cases()[case])));
        for (at, len, put) in cuts {
            let start = usize::from(at) % (list.len() + 1);
            let end = (start + usize::from(len)).min(list.len());
            list.splice(start..end, put.into_bytes());
        }
        let addresses = String::from_utf8_lossy(&list).to_ascii_lowercase().matches("xmlurl").count();
        if let Ok(read) = read(list.clone()) {
            prop_assert!(read.feeds.len() <= addresses || list.contains(&0));
            prop_assert!(read.feeds.iter().all(|feed| !feed.address.is_empty()));
        }
    }

    /// Whatever is written is read again as it was.
    #[test]
    fn what_is_written_is_read(feeds in proptest::collection::vec(("\\PC{0,20}", "[a-z&=?]{1,9}", proptest::collection::vec("[^/\\p{C}\\s&]{1,9}", 0..4)), 0..8)) {
        let list: Vec<Subscription> = feeds.into_iter().map(|(title, address, folder)| Subscription {
            title: title.replace('&', "").trim().to_owned(),
            address: format!("https://a.example/{address}").replace("&amp;", ""),
            folder,
            is_page: false,
        }).collect();
        let read = read(write("x", &list).into_bytes()).unwrap();
        prop_assert_eq!(read.others.len(), 0);
        let mut written = list.clone();
        let mut got = read.feeds;
        let key = |one: &Subscription| (one.folder.clone(), one.title.clone(), one.address.clone());
        written.sort_by_key(key);
        got.sort_by_key(key);
        prop_assert_eq!(got, written);
    }
}
