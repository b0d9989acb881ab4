//! What other tools' rules do, done here: each row of `docs/other-tools.md` is a row of a file in
//! `tests/other-tools`, where it is run. `LIMPID_WRITE_DOCS=1 cargo test --test other_tools` writes the page anew.
//!
//! ```toml
//! [[rows]]
//! theirs = "Reader X `remove(\".ad\")`"        # whose rule, in Markdown
//! ours = "{ remove = '.ad' }"                  # one entry or more of `rules`; or `feed`, lines of a feed's table
//! html = '<p class="ad">Buy</p><p>Text</p>'    # what comes in: the HTML of one item; or `input`, a whole feed;
//! expected = '<p>Text</p>'                     #   what comes out; or else, of the file's own feed,
//! left = ["One", "Two"]                        #   the titles of the items that are left, in their order
//! served = { "https://a.example/1" = "…" }     # or, for `feed` with sources: what stands at these addresses
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

use jiff::Timestamp;
use limpid::config;
use limpid::feed::{self, Meaning};
use serde::Deserialize;

/// The time at which rows run.
const NOW: &str = "2026-06-15T12:00:00Z";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    title: String,
    about: String,
    /// What `left` is of.
    feed: Option<String>,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    theirs: String,
    ours: Option<String>,
    feed: Option<String>,
    html: Option<String>,
    input: Option<String>,
    expected: Option<String>,
    left: Option<Vec<String>>,
    /// What publishers answer, by address.
    served: Option<BTreeMap<String, String>>,
    /// What must stand in what comes out.
    holds: Option<Vec<String>>,
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[allow(clippy::disallowed_methods, reason = "files of this repository")]
fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn groups() -> Vec<Group> {
    let entries = std::fs::read_dir(root().join("tests/other-tools")).expect("it is there").flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    let group = |path: &PathBuf| {
        toml::from_str(&read(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    };
    paths.iter().map(group).collect()
}

impl Row {
    /// The configuration that does it, as the page shows it.
    fn shown(&self) -> &str {
        self.ours.as_deref().or(self.feed.as_deref()).expect("a row has `ours` or `feed`").trim()
    }

    fn configuration(&self) -> String {
        let lines = match &self.ours {
            Some(ours) => format!("rules = [{ours}]"),
            None => self.feed.clone().unwrap_or_default(),
        };
        let has_source = lines.starts_with("source");
        let source = if has_source { "" } else { "source = \"sample:newsletter\"\n" };
        format!("[feeds.shown]\n{source}guard = false\n{lines}\n")
    }

    /// What is wrong with it, if anything.
    fn judge(&self, group: &Group) -> Option<String> {
        let config = match config::read(&self.configuration(), None) {
            Ok(config) => config,
            Err(problems) => return Some(problems.to_string()),
        };
        let feed = config.feed("shown").expect("it is configured");
        if let Some(served) = &self.served {
            return self.judged(&fetched(&self.configuration(), served));
        }
        let input = match &self.html {
            Some(html) => of_html(html),
            None => self.input.clone().or(group.feed.clone()).expect("a row has something that comes in"),
        };
        let parsed = feed::parse(input).expect("what comes in can be read");
        let form = limpid::pipeline::Form { target: feed.format, address: None };
        self.judged(&feed.pipeline.render(&parsed, NOW.parse::<Timestamp>().expect("a time"), &form).text)
    }

    /// What is wrong with what has come out.
    fn judged(&self, text: &str) -> Option<String> {
        if let Some(left) = &self.left {
            let titles = titles(text);
            return (titles != *left).then(|| format!("left: {titles:?}\nnot:  {left:?}"));
        }
        let missing = |held: &&String| !text.contains(held.as_str());
        if let Some(held) = self.holds.iter().flatten().find(missing) {
            return Some(format!("it does not hold {held}\nbut is: {text}"));
        }
        let expected = self.expected.as_ref()?;
        let expected = if self.html.is_some() { of_html(expected) } else { expected.clone() };
        (text != expected).then(|| format!("comes out: {text}\nnot:       {expected}"))
    }

    fn is_judged(&self) -> bool {
        self.left.is_some() || self.holds.is_some() || self.expected.is_some()
    }
}

/// What `limpid clean` makes of the configured feed, whose publishers answer with this.
fn fetched(configuration: &str, served: &BTreeMap<String, String>) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let here = format!("http://{}", listener.local_addr().expect("it is bound"));
    let at = |nth: usize| format!("{here}/{nth}");
    let local = |text: &str| {
        served
            .keys()
            .enumerate()
            .fold(text.to_owned(), |text, (nth, address)| text.replace(address, &at(nth)))
    };
    let bodies: Vec<String> = served.values().map(|body| local(body)).collect();
    std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| answer(stream, &bodies)));
    let folder = tempfile::tempdir().expect("a folder for the configuration");
    let path = folder.path().join("limpid.toml");
    std::fs::write(&path, local(configuration)).expect("it can be written");
    let mut limpid = Command::new(env!("CARGO_BIN_EXE_limpid"));
    let ran = limpid
        .args(["clean", "--allow-private", "--feed", "shown", "--config"])
        .arg(&path)
        .output()
        .expect("it runs");
    format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr))
}

/// Answers one request with the body that its path counts to.
fn answer(mut stream: TcpStream, bodies: &[String]) {
    let mut line = String::new();
    let mut reader = BufReader::new(Read::take(&stream, 4096));
    while reader.read_line(&mut line).is_ok_and(|len| len > 2) {}
    let nth =
        line.split_whitespace().nth(1).and_then(|path| path.trim_start_matches('/').parse::<usize>().ok());
    let body = nth.and_then(|nth| bodies.get(nth)).map_or("", String::as_str);
    let kind = if body.contains("<rss") { "application/rss+xml" } else { "text/html" };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    // A client that goes away has had what it wanted.
    let _ = stream.write_all(format!("{head}{body}").as_bytes());
}

/// A feed of one item with this HTML.
fn of_html(html: &str) -> String {
    format!(
        "<rss version=\"2.0\"><channel><title>Harbour</title><link>https://a.example/</link><item><title>Tides</title>\
         <link>https://a.example/tides</link><description><![CDATA[{html}]]></description></item></channel></rss>"
    )
}

fn titles(text: &str) -> Vec<String> {
    let feed = feed::parse(text.to_owned()).expect("what comes out can be read");
    let title = |item: &feed::Item| item.first(Meaning::Title).map(|field| feed.value_of(field).into_owned());
    feed.items.iter().filter_map(title).collect()
}

#[test]
fn every_row_does_what_it_says() {
    let mut wrong = Vec::new();
    for group in groups() {
        for row in &group.rows {
            assert!(row.is_judged(), "{}: nothing is expected of it", row.theirs);
            wrong.extend(row.judge(&group).map(|what| format!("{}\n{}\n{what}", row.theirs, row.shown())));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn the_page_shows_every_row() {
    let mut page = "# Coming from another tool\n\nWhat the rules and filters of other tools do, and how to say it here. \
                    Every row is run by the tests.\n"
        .to_owned();
    for group in groups() {
        let _ =
            write!(page, "\n## {}\n\n{}\n\n| theirs | here |\n|---|---|\n", group.title, group.about.trim());
        for row in &group.rows {
            let lines: Vec<String> =
                row.shown().lines().map(|line| format!("`{}`", line.replace('|', "\\|"))).collect();
            let _ = writeln!(page, "| {} | {} |", row.theirs.replace('|', "\\|"), lines.join("<br>"));
        }
    }
    let path = root().join("docs/other-tools.md");
    if std::env::var_os("LIMPID_WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).expect("it can be written");
    }
    assert!(read(&path) == page, "LIMPID_WRITE_DOCS=1 cargo test --test other_tools writes the page anew");
}
