//! The `limpid` command as a process: exit codes, one clear sentence where something is wrong, the log, and
//! the way it stops.

#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;

const FEED: &str = "<rss version=\"2.0\"><channel><title>Tides</title><item><title>High water</title></item></channel></rss>\n";

/// How long a process may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(20);

fn limpid(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_limpid"));
    // Somewhere without a configuration of its own.
    command.args(arguments).current_dir(std::env::temp_dir()).env_remove("RUST_LOG").env("NO_COLOR", "1");
    command
}

/// What comes of a command that is given this on standard input.
fn run(arguments: &[&str], input: &str) -> Output {
    let mut command = limpid(arguments);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // It may not want to hear all of it.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

/// A failure as a person wants it: this exit code, these words, and no feed.
fn fails(output: &Output, code: i32, words: &[&str]) {
    let text = stderr(output);
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(output.stdout.is_empty());
    assert!(!text.contains("panicked") && !text.contains("RUST_BACKTRACE"), "{text}");
    for word in words {
        assert!(text.contains(word), "no {word:?} in: {text}");
    }
}

fn file(dir: &TempDir, name: &str, text: &str) -> String {
    let path = dir.path().join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn clean_without_rules_gives_the_same_bytes() {
    let output = run(&["clean", "-"], FEED);
    assert_eq!(
        (output.status.code(), output.stdout.as_slice(), stderr(&output)),
        (Some(0), FEED.as_bytes(), "")
    );
    let dir = TempDir::new().unwrap();
    let output = run(&["clean", &file(&dir, "feed.xml", FEED)], "");
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), FEED.as_bytes()));
}

#[test]
fn clean_applies_rules_packs_and_feeds() {
    let output = run(&["clean", "-", "--rule", "limit = 0", "--receipt"], FEED);
    assert_eq!(output.status.code(), Some(0));
    assert!(!String::from_utf8_lossy(&output.stdout).contains("High water"));
    assert!(stderr(&output).starts_with("0 of 1 items kept"), "{}", stderr(&output));
    let dir = TempDir::new().unwrap();
    let config =
        file(&dir, "c.toml", "[feeds.none]\nsource = \"sample:newsletter\"\nrules = [{ limit = 0 }]\n");
    let configured = run(&["clean", "-", "--config", &config, "--feed", "none"], FEED);
    assert_eq!(configured.stdout, output.stdout);
    let pack = run(&["clean", "sample:newsletter", "--pack", "substack"], "");
    let plain = run(&["clean", "sample:newsletter"], "");
    assert!(pack.status.success() && pack.stdout.len() < plain.stdout.len());
}

#[test]
fn clean_says_in_one_sentence_what_the_source_is() {
    let cases = [
        (
            "<!doctype html><html></html>",
            "limpid: the publisher sent a web page (HTML), not a feed; check the address\n",
        ),
        ("<rss><channel><item><title>x", "limpid: the feed is cut off: <title> is never closed\n"),
        ("", "limpid: the publisher sent an empty page instead of a feed\n"),
        (
            "{\"version\": 1}",
            "limpid: the publisher sent JSON of another kind; limpid reads RSS, Atom and JSON Feed\n",
        ),
        ("slow down", "limpid: what the publisher sent is no feed: it starts with neither XML nor HTML\n"),
    ];
    for (input, sentence) in cases {
        let output = run(&["clean", "-"], input);
        fails(&output, 1, &[]);
        assert_eq!(stderr(&output), sentence);
    }
}

#[test]
fn clean_says_what_can_not_be_read() {
    let output = run(&["clean", "/no/such/feed.xml"], "");
    fails(&output, 1, &["limpid: can not read /no/such/feed.xml"]);
    assert_eq!(stderr(&output).lines().count(), 1);
    let output = run(&["clean", "http://127.0.0.1:1/feed?token=s3cr3t", "--allow-private"], "");
    fails(&output, 1, &["limpid: the publisher can not be reached"]);
    assert!(
        stderr(&output).lines().count() == 1 && !stderr(&output).contains("s3cr3t"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn clean_names_mistakes_in_rules_before_it_reads_anything() {
    let missing = "/no/such/feed.xml";
    let cases: [(&[&str], &[&str]); 7] = [
        (&["--rule", "limti = 5"], &["unknown rule `limti`", "did you mean `limit`?"]),
        (&["--rule", "limit = \"many\""], &["limit = \"many\"", "1 problem in --rule"]),
        (&["--rule", "limit = = 5"], &["limit = = 5", " in --rule"]),
        (&["--rule", "drop = { title = '(a' }"], &["not a regular expression", "unclosed group"]),
        (&["--rule", "remove = 'div['"], &["problem in --rule"]),
        (&["--pack", "substak"], &["there is no pack `substak`", "substack"]),
        (&["--feed", "nowhere"], &["there is no feed `nowhere`", "sample"]),
    ];
    for (arguments, words) in cases {
        let source = if arguments[0] == "--feed" { "sample:newsletter" } else { missing };
        let output = run(&[&["clean", source], arguments].concat(), "");
        fails(&output, 2, words);
    }
    fails(&run(&["clean"], ""), 2, &["Usage"]);
    fails(&run(&["wash"], ""), 2, &["Usage"]);
    fails(&run(&["--wet", "check"], ""), 2, &["Usage"]);
}

#[test]
fn check_exits_with_what_it_found() {
    let dir = TempDir::new().unwrap();
    let good = file(&dir, "good.toml", "[feeds.a]\nsource = \"https://example.org/feed\"\n");
    let output = run(&["check", "--config", &good], "");
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(String::from_utf8_lossy(&output.stdout).contains("no mistakes, 1 feed\n"));
    assert_eq!(run(&["check"], "").status.code(), Some(0));
    let bad = "[sever]\n[feeds.'a/b']\nsource = \"ftp://x\"\nrules = [\"substak\", { limit = -1 }]\n";
    let output = run(&["check", "--config", &file(&dir, "bad.toml", bad)], "");
    let names = [
        "unknown section `sever`",
        "did you mean `server`",
        "`a/b` can not be",
        "`ftp://x` is not",
        "`substak`",
    ];
    fails(&output, 2, &names);
    assert!(stderr(&output).contains("5 problems in "), "{}", stderr(&output));
    fails(&run(&["check", "--config", "/no/such.toml"], ""), 2, &["limpid: can not read /no/such.toml"]);
    std::fs::write(dir.path().join("latin.toml"), b"# caf\xe9\n").unwrap();
    let latin = dir.path().join("latin.toml");
    fails(&run(&["check", "--config", latin.to_str().unwrap()], ""), 2, &["is not UTF-8"]);
}

#[test]
fn a_terminal_that_is_gone_is_no_reason_to_panic() {
    for arguments in [&["check"][..], &["clean", "sample:newsletter"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = limpid(arguments).stdout(writer).stderr(Stdio::piped()).output().unwrap();
        assert!(!stderr(&output).contains("panicked"), "{arguments:?}: {}", stderr(&output));
    }
}

/// A running `limpid serve`, ended with the test.
struct Served {
    child: Child,
    /// Kept open, so that it has somewhere to write.
    _stdout: BufReader<ChildStdout>,
    /// What it announced.
    announced: String,
}

impl Served {
    /// Starts it, and waits until it says where it listens.
    fn start(config: &Path, arguments: &[&str]) -> Self {
        Served::started(limpid(&[]), config, arguments)
    }

    /// The same with a command that has been prepared.
    fn started(mut command: Command, config: &Path, arguments: &[&str]) -> Self {
        command.args(["serve", "--config", config.to_str().unwrap()]);
        let command = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut announced = String::new();
        while !announced.contains("see them all at") {
            assert!(stdout.read_line(&mut announced).unwrap() > 0, "it ended early: {announced}");
        }
        Served { child, _stdout: stdout, announced }
    }

    /// The host and port that it announced.
    fn address(&self) -> &str {
        let (_, url) = self.announced.split_once("see them all at http://").unwrap();
        url.trim().trim_end_matches('/')
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.address()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        #[allow(clippy::disallowed_methods, reason = "it comes from the code under test")]
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn signal(&self, signal: &str) {
        let kill = format!("kill -{signal} {}", self.child.id());
        assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// Sends a signal, waits for the end, and returns the exit code and the log.
    fn end(mut self, signal: &str) -> (Option<i32>, String) {
        self.signal(signal);
        let mut log = String::new();
        // The log ends when the process does.
        #[allow(clippy::disallowed_methods, reason = "it comes from the code under test")]
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (self.child.wait().unwrap().code(), log)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A configuration that listens wherever there is room.
fn anywhere(dir: &TempDir, feeds: &str) -> std::path::PathBuf {
    file(dir, "limpid.toml", &format!("[server]\nlisten = \"127.0.0.1:0\"\n{feeds}")).into()
}

#[test]
fn h07_serve_answers_and_ends_with_the_signal() {
    let dir = TempDir::new().unwrap();
    let config = anywhere(&dir, "[feeds.sample]\nsource = \"sample:newsletter\"\nrules = [\"substack\"]\n");
    for signal in ["TERM", "INT"] {
        let served = Served::start(&config, &[]);
        assert!(
            served.announced.contains(&format!("http://{}/feeds/sample\n", served.address())),
            "{}",
            served.announced
        );
        assert!(served.get("/healthz").starts_with("HTTP/1.1 200 OK\r\n"));
        let feed = served.get("/feeds/sample");
        let cleaned = run(&["clean", "sample:newsletter", "--pack", "substack"], "");
        // The one difference is where the feed says it is read.
        let own = format!("href=\"http://{}/feeds/sample\" rel=\"self\"", served.address());
        let cleaned = String::from_utf8(cleaned.stdout).unwrap();
        let at_home = cleaned.replace("href=\"https://tidewater.example.org/feed\" rel=\"self\"", &own);
        assert!(at_home.contains(&own) && feed.ends_with(&at_home));
        assert!(served.get("/").contains(&format!("http://{}/feeds/sample", served.address())));
        let (code, log) = served.end(signal);
        assert_eq!(code, Some(0), "{signal}: {log}");
        assert!(!log.contains("panicked"), "{log}");
    }
}

/// Comes back once an address answers with these words.
fn answers_with(served: &Served, path: &str, words: &str) {
    let started = std::time::Instant::now();
    while !served.get(path).contains(words) {
        assert!(started.elapsed() < PATIENCE, "{path} never answered with {words:?}");
        std::thread::yield_now();
    }
}

/// A configuration of one feed, of this name.
fn one_feed(name: &str) -> String {
    format!("[server]\nlisten = \"127.0.0.1:0\"\n[feeds.{name}]\nsource = \"sample:newsletter\"\n")
}

#[test]
fn the_configuration_is_read_again_when_told_and_when_it_changes() {
    let dir = TempDir::new().unwrap();
    let config: std::path::PathBuf = file(&dir, "limpid.toml", &one_feed("first")).into();
    // A line for each request would fill the pipe that nobody reads before the end.
    let mut serve = limpid(&[]);
    serve.env("RUST_LOG", "warn");
    let served = Served::started(serve, &config, &[]);
    // Into the same file, and told.
    std::fs::write(&config, one_feed("second")).unwrap();
    served.signal("HUP");
    answers_with(&served, "/feeds/second", "200 OK");
    assert!(served.get("/feeds/first").starts_with("HTTP/1.1 404 "));
    // A file in the place of the other, as editors do it, and untold.
    std::fs::rename(file(&dir, "new.toml", &one_feed("third")), &config).unwrap();
    answers_with(&served, "/feeds/third", "200 OK");
    // With mistakes: everything stays as it was.
    std::fs::rename(file(&dir, "new.toml", &one_feed("bad name")), &config).unwrap();
    answers_with(&served, "/readyz", "has mistakes");
    assert!(served.get("/feeds/third").starts_with("HTTP/1.1 200 "));
    // A pack that it names counts as well.
    let packs = "[packs]\nown = \"own.toml\"\n";
    file(&dir, "own.toml", "version = 1\nsummary = \"x\"\n[[rules]]\nname = \"few\"\nlimit = 0\n");
    let with_pack = format!("{packs}{}rules = [\"own\"]\n", one_feed("fourth"));
    std::fs::rename(file(&dir, "new.toml", &with_pack), &config).unwrap();
    answers_with(&served, "/feeds/fourth", "200 OK");
    assert!(!served.get("/feeds/fourth").contains("<item>"));
    file(&dir, "own.toml", "version = 1\nsummary = \"x\"\n[[rules]]\nname = \"few\"\nlimit = 1\n");
    answers_with(&served, "/feeds/fourth", "<item>");
    let (code, log) = served.end("TERM");
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("limpid stays with the one it has") && log.contains("bad name"), "{log}");
}

#[test]
fn systemd_is_told_what_it_waits_for() {
    let dir = TempDir::new().unwrap();
    let socket = std::os::unix::net::UnixDatagram::bind(dir.path().join("notify")).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let told = || {
        let mut buffer = [0; 100];
        let count = socket.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..count]).into_owned()
    };
    let mut serve = limpid(&[]);
    serve.env("NOTIFY_SOCKET", dir.path().join("notify"));
    let config = file(&dir, "limpid.toml", &one_feed("first"));
    let served = Served::started(serve, Path::new(&config), &[]);
    assert_eq!(told(), "READY=1\n");
    served.signal("HUP");
    assert_eq!((told(), told()), ("RELOADING=1\n".to_owned(), "READY=1\n".to_owned()));
    let (code, log) = served.end("TERM");
    assert_eq!((code, told().as_str()), (Some(0), "STOPPING=1\n"), "{log}");
}

#[test]
fn a_socket_that_is_given_is_listened_on() {
    let dir = TempDir::new().unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let mut serve = Command::new("sh");
    let script = "exec 3<&0; LISTEN_FDS=1 LISTEN_PID=$$; export LISTEN_FDS LISTEN_PID; exec \"$0\" \"$@\"";
    serve.args(["-c", script, env!("CARGO_BIN_EXE_limpid")]).current_dir(dir.path());
    serve.stdin(std::os::fd::OwnedFd::from(listener));
    let served = Served::started(serve, Path::new(&file(&dir, "limpid.toml", &one_feed("first"))), &[]);
    assert_eq!(served.address(), address);
    assert!(served.get("/feeds/first").starts_with("HTTP/1.1 200 "));
    assert_eq!(served.end("TERM").0, Some(0));
}

#[test]
fn the_version_names_the_commit() {
    let output = run(&["--version"], "");
    let version = String::from_utf8(output.stdout).unwrap();
    assert!(version.starts_with(concat!("limpid ", env!("CARGO_PKG_VERSION"))), "{version}");
    assert!(version.lines().count() == 1 && version.len() < 40, "{version}");
}

#[test]
fn each_request_is_a_line_of_the_log() {
    let dir = TempDir::new().unwrap();
    let served = Served::start(
        &anywhere(&dir, "[feeds.sample]\nsource = \"sample:newsletter\"\n"),
        &["--log", "json"],
    );
    for path in ["/feeds/sample?reader=s3cr3t", "/s/s3cr3t/feeds/sample", "/healthz"] {
        served.get(path);
    }
    let (_, log) = served.end("TERM");
    let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let answered: Vec<_> = lines.iter().filter(|line| line["fields"]["message"] == "answered").collect();
    let of = |name: &str| answered.iter().map(|line| line["fields"][name].to_string()).collect::<Vec<_>>();
    assert_eq!(of("route"), ["\"feed\"", "\"feed\"", "\"health\""], "{log}");
    assert_eq!(of("status"), ["200", "404", "200"]);
    assert_eq!(of("cache"), ["\"miss\"", "\"error\"", "null"]);
    assert!(
        answered.iter().all(|line| line["fields"]["ms"].is_u64() && line["span"]["method"] == "GET"),
        "{log}"
    );
    assert!(answered[0]["fields"]["bytes"].as_u64().unwrap() > 10_000 && !log.contains("s3cr3t"), "{log}");
}

#[test]
fn the_log_is_json_where_asked_and_holds_no_secrets() {
    let dir = TempDir::new().unwrap();
    let source = "http://127.0.0.1:1/s3cr3t-path?token=s3cr3t";
    let served = Served::start(
        &anywhere(&dir, &format!("[feeds.private]\nsource = \"{source}\"\nallow-private = true\n")),
        &["--log", "json"],
    );
    let reply = served.get("/feeds/private?reader=s3cr3t");
    assert!(reply.starts_with("HTTP/1.1 502 ") && !reply.contains("s3cr3t"), "{reply}");
    assert!(!served.get("/").contains("s3cr3t") && !served.announced.contains("s3cr3t"));
    let (code, log) = served.end("TERM");
    assert_eq!(code, Some(0));
    assert!(log.lines().count() >= 3 && !log.contains("s3cr3t"), "{log}");
    for line in log.lines() {
        let line: serde_json::Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(line["level"].is_string() && line["timestamp"].is_string(), "{line}");
    }
}

#[test]
fn serve_says_why_it_can_not() {
    let dir = TempDir::new().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let config = format!("[server]\nlisten = \"{}\"\n", taken.local_addr().unwrap());
    let output = run(&["serve", "--config", &file(&dir, "taken.toml", &config)], "");
    fails(&output, 1, &["limpid: can not serve: 127.0.0.1:"]);
    assert_eq!(stderr(&output).lines().count(), 1);
    fails(&run(&["serve", "--config", "/no/such.toml"], ""), 2, &["limpid: can not read /no/such.toml"]);
    fails(
        &run(&["--config", &file(&dir, "bad.toml", "[server]\nlisten = 8080\n")], ""),
        2,
        &["listen = 8080"],
    );
}

/// A configuration that signs with this variable.
fn signing(dir: &TempDir) -> String {
    let hosts = "[ad-hoc]\nhosts = [\"blog.example.com\"]\nkey = { env = \"LIMPID_KEY_OF_TESTS\" }\nallow-private = true\n";
    anywhere(dir, hosts).to_str().unwrap().to_owned()
}

const KEY: &str = "only-for-tests-0123456789abcdef0123";

fn sign(config: &str, arguments: &[&str]) -> Output {
    let mut command = limpid(&["sign", "--config", config]);
    command.args(arguments).env("LIMPID_KEY_OF_TESTS", KEY).output().unwrap()
}

#[test]
fn sign_prints_an_address_that_is_served() {
    let dir = TempDir::new().unwrap();
    let config = signing(&dir);
    let publisher = published(FEED);
    let options = ["--as", "atom", "--limit", "1", "--drop-title", "low", "--rule", "images = 'slim'"];
    let output = sign(&config, &[&options[..], &["--pack", "auto", &publisher]].concat());
    let address = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let path = address.trim_end().strip_prefix("http://127.0.0.1:0").unwrap();
    assert!(path.starts_with("/clean?url=http%3A%2F%2F127.0.0.1") && path.contains("&sig="), "{path}");
    let names = path.split(['?', '&']).skip(1).map(|pair| pair.split('=').next().unwrap());
    assert_eq!(names.collect::<Vec<_>>(), ["url", "pack", "drop-title", "rule", "limit", "as", "sig"]);
    let mut serve = limpid(&[]);
    serve.env("LIMPID_KEY_OF_TESTS", KEY);
    let served = Served::started(serve, Path::new(&config), &[]);
    let answer = served.get(path);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains("<entry>"), "{answer}");
    assert!(served.get(&path.replace("limit=1", "limit=2")).starts_with("HTTP/1.1 403 "));
    let (code, log) = served.end("TERM");
    assert_eq!(code, Some(0));
    assert!(!log.contains(KEY) && !log.contains("sig="), "{log}");
}

#[test]
fn sign_says_what_it_does_not_sign() {
    let dir = TempDir::new().unwrap();
    let config = signing(&dir);
    let url = "https://blog.example.com/feed";
    for (arguments, words) in [
        (vec!["feed.xml"], "limpid: `url`: it is not an address"),
        (vec!["https://user:pass@blog.example.com/"], "limpid: `url`: an address with a user name"),
        (vec![url, "--pack", "substak"], "limpid: `pack`: there is no pack `substak`; there are"),
        (vec![url, "--rule", "images = 'slimmer'"], "limpid: `rule`: unknown value `slimmer`"),
        (vec![url, "--keep-title", "("], "limpid: `keep-title`: not a regular expression"),
        (vec![url, "--limit", "few"], "--limit"),
    ] {
        let output = sign(&config, &arguments);
        fails(&output, 2, &[words]);
        assert!(!stderr(&output).contains(KEY));
    }
    let without = file(&dir, "without.toml", "[ad-hoc]\nhosts = [\"blog.example.com\"]\n");
    for config in [without, file(&dir, "none.toml", "")] {
        fails(&sign(&config, &[url]), 2, &["limpid: the configuration has no key to sign with"]);
    }
    let mut unset = limpid(&["sign", "--config", &config, url]);
    let output = unset.env_remove("LIMPID_KEY_OF_TESTS").output().unwrap();
    fails(&output, 2, &["the variable `LIMPID_KEY_OF_TESTS` is not set"]);
    let output = unset.env("LIMPID_KEY_OF_TESTS", "too-short-a-key").output().unwrap();
    fails(&output, 2, &["too short", "openssl rand -hex 32"]);
    assert!(!stderr(&output).contains("too-short-a-key"));
}

/// A feed that each other format has no place for something of.
const PODCAST: &str = "<rss version=\"2.0\" xmlns:x=\"urn:x\"><channel><title>Tides</title><link>https://a.example/</link><ttl>60</ttl>\
    <item><title>High water</title><guid isPermaLink=\"false\">1</guid><pubDate>Fri, 12 Jun 2026 15:00:00 GMT</pubDate>\
    <description>At six.</description><x:depth>5</x:depth></item></channel></rss>\n";

/// A publisher that sends this to everybody, for as long as the test runs; its address.
fn published(body: &str) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/feed", listener.local_addr().unwrap());
    let answer =
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
            while lines.next().is_some_and(|line| !line.is_empty()) {}
            // Who has gone away wants no answer.
            let _ = (&stream).write_all(answer.as_bytes());
        }
    });
    url
}

/// What a command writes, where all is well.
fn written(output: &Output) -> limpid::feed::Feed {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
    limpid::feed::parse(String::from_utf8(output.stdout.clone()).unwrap()).unwrap()
}

fn ids(output: &Output) -> Vec<String> {
    let feed = written(output);
    feed.items.iter().map(|item| feed.id(item).unwrap()).collect()
}

#[test]
fn clean_writes_the_format_that_is_asked_for() {
    use limpid::feed::Format;
    for (name, format) in [("rss", Format::Rss), ("atom", Format::Atom), ("json", Format::Json)] {
        let output = run(&["clean", "-", "--as", name], PODCAST);
        assert_eq!((written(&output).format, ids(&output)), (format, vec!["1".to_owned()]));
        assert_eq!(stderr(&output), "");
        let own = run(&["clean", "-", &format!("--as={name}"), "--rule", "limit = 0"], PODCAST);
        assert!(ids(&own).is_empty(), "{name}");
    }
    assert_eq!(run(&["clean", "-", "--as", "rss"], PODCAST).stdout, PODCAST.as_bytes());
    let dir = TempDir::new().unwrap();
    let config = file(&dir, "c.toml", "[feeds.a]\nsource = \"sample:newsletter\"\nformat = \"json\"\n");
    let configured =
        |more: &[&str]| run(&[&["clean", "--config", &config, "--feed", "a"], more].concat(), PODCAST);
    assert_eq!(written(&configured(&["-"])).format, Format::Json);
    assert_eq!(written(&configured(&[])).items.len(), 8);
    assert_eq!(written(&configured(&["--as", "atom"])).format, Format::Atom);
    assert_eq!(written(&configured(&["-", "--as", "rss"])).source, PODCAST);
}

#[test]
fn clean_names_the_formats_there_are() {
    for unknown in ["xml", "RSS", "", "jsonfeed"] {
        fails(&run(&["clean", "-", "--as", unknown], PODCAST), 2, &["--as", "rss", "atom", "json"]);
    }
}

#[test]
fn the_receipt_says_what_was_not_carried_over() {
    let output = run(&["clean", "-", "--as", "json", "--receipt"], PODCAST);
    let text = stderr(&output);
    assert!(text.starts_with("1 of 1 items kept"), "{text}");
    assert!(text.contains("       not carried over: <ttl>\n"), "{text}");
    assert!(text.contains("       not carried over: <x:depth> of \u{201c}High water\u{201d}\n"), "{text}");
    let output = run(&["clean", "-", "--as", "json", "--receipt=json"], PODCAST);
    let receipt: serde_json::Value = serde_json::from_str(stderr(&output)).unwrap();
    assert_eq!(receipt["bytes_out"], output.stdout.len());
    let entries = receipt["entries"].as_array().unwrap();
    let lost: Vec<_> = entries.iter().filter(|entry| entry["action"] == "lost").collect();
    assert_eq!(lost.len(), text.matches("not carried over").count(), "{receipt}");
    assert!(lost.iter().any(|entry| entry["snippet"] == "<ttl>" && entry["count"] == 1), "{receipt}");
    let own = run(&["clean", "-", "--as", "rss", "--receipt"], PODCAST);
    assert!(!stderr(&own).contains("carried"), "{}", stderr(&own));
}

#[test]
fn the_receipt_says_what_was_mended() {
    let ill = FEED.replace("High", "\nQ&A &amp; R&D &eacute;\u{8}").replace("water</title>", "water");
    let output = run(&["clean", "-", "--receipt"], &ill);
    let text = stderr(&output);
    for what in ["a bare &, line 2 (2 times)", "HTML knows and XML does not, line 2", "character", "line 2"] {
        let mut mended = text.lines().filter(|line| line.trim_start().starts_with("mended: "));
        assert!(mended.any(|line| line.contains(what)), "{what} in {text}");
    }
    let again = run(&["clean", "-", "--receipt"], std::str::from_utf8(&output.stdout).unwrap());
    assert!(!stderr(&again).contains("mended") && again.stdout == output.stdout, "{}", stderr(&again));
    let json = run(&["clean", "-", "--as", "atom", "--receipt=json"], &ill);
    let receipt: serde_json::Value = serde_json::from_str(stderr(&json)).unwrap();
    let mended = |entry: &&serde_json::Value| entry["action"] == "mended";
    let entries = receipt["entries"].as_array().unwrap();
    assert_eq!(entries.iter().filter(mended).count(), text.matches("mended: ").count(), "{receipt}");
    assert!(entries.iter().any(|entry| entry["count"] == 2 && entry["action"] == "mended"), "{receipt}");
}

#[test]
fn the_receipt_says_what_was_saved_of_a_feed_cut_off() {
    let cut = &PODCAST.replace("</channel>", "<item><title>Low w")[..];
    let output = run(&["clean", "-", "--receipt"], cut.split_once("</rss>").unwrap().0);
    assert_eq!(ids(&output), ["1"]);
    assert!(
        stderr(&output).contains("mended: ") && stderr(&output).contains("the end is missing"),
        "{}",
        stderr(&output)
    );
    let latin = "<?xml version=\"1.0\" encoding=\"windows-1251\"?><rss><channel><title>\u{e9}</title></channel></rss>";
    let output = run(&["clean", "-", "--receipt"], latin);
    assert!(
        stderr(&output).contains("mended: the feed says windows-1251 and is UTF-8\n"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn clean_puts_the_sources_of_a_feed_together() {
    let later = PODCAST.replace(">1<", ">2<").replace("12 Jun", "13 Jun").replace("Tides", "Q&A");
    let atom = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><entry><id>3</id><title>t</title></entry></feed>";
    let sources = [published(PODCAST), published(&later), published(atom)];
    let dir = TempDir::new().unwrap();
    let config = format!(
        "[feeds.all]\nsources = {sources:?}\n[feeds.few]\nsources = [\"feed:one\", {:?}]\nrules = [{{ limit = 2 }}]\n\
         [feeds.one]\nsource = {:?}\nguard = false\nrules = [{{ drop = {{ title = 'water' }} }}]\n",
        sources[1], sources[0]
    );
    let config = file(&dir, "c.toml", &config);
    let all = run(&["clean", "--allow-private", "--config", &config, "--feed", "all", "--receipt"], "");
    assert_eq!(ids(&all), ["2", "1", "3"]);
    assert!(
        stderr(&all).starts_with("3 of 3 items kept") && stderr(&all).contains("mended: a bare &"),
        "{}",
        stderr(&all)
    );
    assert_eq!(ids(&run(&["clean", "--allow-private", "--config", &config, "--feed", "few"], "")), ["2"]);
    let json = run(
        &[
            "clean",
            "--allow-private",
            "--config",
            &config,
            "--feed",
            "all",
            "--as",
            "json",
            "--rule",
            "limit = 1",
        ],
        "",
    );
    assert_eq!((written(&json).format, ids(&json)), (limpid::feed::Format::Json, vec!["2".to_owned()]));
    let receipt = run(&["clean", "--allow-private", "--config", &config, "--feed", "few", "--receipt"], "");
    assert!(stderr(&receipt).contains("one: drop: dropped"), "{}", stderr(&receipt));
}

#[test]
fn clean_says_which_of_the_sources_failed() {
    let dir = TempDir::new().unwrap();
    let config = format!(
        "[feeds.all]\nsources = [\"http://127.0.0.1:1/s3cr3t\", {:?}]\n\
         [feeds.none]\nsources = [\"http://127.0.0.1:1/s3cr3t\", \"feed:gone\"]\n[feeds.gone]\nsource = \"http://127.0.0.1:1/\"\n\
         [feeds.nested]\nsources = [\"sample:newsletter\", \"feed:gone\"]\n",
        published(PODCAST)
    );
    let config = file(&dir, "c.toml", &config);
    let clean =
        |feed: &str| run(&["clean", "--allow-private", "--config", &config, "--receipt", "--feed", feed], "");
    let all = clean("all");
    assert_eq!(ids(&all), ["1"]);
    let failing = "failing: http://127.0.0.1:1: the publisher can not be reached; its items are missing\n";
    assert!(stderr(&all).contains(failing) && !stderr(&all).contains("s3cr3t"), "{}", stderr(&all));
    for name in ["none", "gone"] {
        let none = clean(name);
        fails(&none, 1, &["limpid: the publisher can not be reached"]);
        assert!(stderr(&none).lines().count() == 1 && !stderr(&none).contains("s3cr3t"), "{}", stderr(&none));
    }
    let nested = clean("nested");
    assert!(
        written(&nested).items.len() == 8 && stderr(&nested).contains("failing: "),
        "{}",
        stderr(&nested)
    );
}

#[test]
fn completions_and_manual_pages_are_printed() {
    for (shell, sign) in [
        ("bash", "complete -F _limpid"),
        ("zsh", "#compdef limpid"),
        ("fish", "complete -c limpid"),
        ("elvish", "edit:completion"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let output = run(&["completions", shell], "");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && text.contains(sign) && text.contains("import"), "{shell}: {text}");
    }
    let page = |words: &[&str]| {
        let output = run(&[&["man"], words].concat(), "");
        assert!(output.status.success(), "{}", stderr(&output));
        String::from_utf8(output.stdout).unwrap().replace("\\-", "-")
    };
    let (all, import) = (page(&[]), page(&["opml", "import"]));
    assert!(
        all.contains(".TH limpid 1") && all.contains("limpid-opml(1)") && all.contains("--config"),
        "{all}"
    );
    assert!(import.contains(".TH limpid-opml-import 1") && import.contains("--dry-run"), "{import}");
    fails(&run(&["man", "wash"], ""), 2, &["there is no command `wash`"]);
    fails(&run(&["completions", "tcsh"], ""), 2, &["possible values"]);
}

/// What a command prints on a terminal, which `script` makes for it; `None` where there is no such program.
fn on_a_terminal(arguments: &str, is_plain: bool) -> Option<String> {
    typed_on_a_terminal(arguments, is_plain, "")
}

/// The same, where somebody types this.
fn typed_on_a_terminal(arguments: &str, is_plain: bool, typed: &str) -> Option<String> {
    let mut command = Command::new("script");
    let line = format!("{} {arguments}", env!("CARGO_BIN_EXE_limpid"));
    command.args(["-q", "-e", "-c", &line, "/dev/null"]).stdin(Stdio::piped()).env_remove("NO_COLOR");
    command.env("TERM", "xterm").env_remove("CLICOLOR").env_remove("CI").current_dir(std::env::temp_dir());
    if is_plain {
        command.env("NO_COLOR", "1");
    }
    let Ok(mut child) = command.stdout(Stdio::piped()).spawn() else {
        let _ = writeln!(std::io::stderr(), "skipped: there is no script (util-linux) to make a terminal");
        return None;
    };
    // It may not want to hear it.
    let _ = child.stdin.take().unwrap().write_all(typed.as_bytes());
    let output = child.wait_with_output().unwrap();
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn colours_are_for_terminals_and_honour_no_color() {
    let Some(coloured) = on_a_terminal("--wet", false) else { return };
    assert!(coloured.contains("\u{1b}["), "{coloured:?}");
    for arguments in ["--wet", "--help", "clean - --rule nonsense=1", "rules"] {
        let plain = on_a_terminal(arguments, true).unwrap();
        assert!(!plain.contains("\u{1b}[") && !plain.is_empty(), "{arguments}: {plain:?}");
    }
}

/// On a terminal `add` asks, and takes nothing but a yes for one.
#[test]
fn add_asks_before_it_writes() {
    let dir = TempDir::new().unwrap();
    let config = dir.path().join("limpid.toml");
    let command = format!("add sample:newsletter --config {}", config.display());
    for (typed, is_added) in [("n\n", false), ("\n", false), ("yes\n", true)] {
        let Some(text) = typed_on_a_terminal(&command, true, typed) else { return };
        assert!(text.contains("? [y/N] "), "{text:?}");
        assert_eq!((config.exists(), text.contains("nothing is added")), (is_added, !is_added), "{text:?}");
    }
}

/// On a terminal an import says how far it is, in a pipe it does not.
#[test]
fn an_import_shows_how_far_it_is() {
    let dir = TempDir::new().unwrap();
    let list =
        file(&dir, "list.opml", "<opml><body><outline text='A' xmlUrl='http://127.0.0.1:1/'/></body></opml>");
    let config = dir.path().join("limpid.toml");
    let command = format!("opml import {list} --dry-run --config {}", config.display());
    if let Some(text) = on_a_terminal(&command, true) {
        assert!(text.contains("asking") && text.contains("0 of 1 feeds"), "{text:?}");
        assert!(text.contains("1 feed for"), "{text:?}");
    }
    let words: Vec<&str> = command.split(' ').collect();
    let output = run(&words, "");
    assert!(output.status.success() && !stderr(&output).contains("asking"), "{}", stderr(&output));
    assert!(!config.exists());
}
