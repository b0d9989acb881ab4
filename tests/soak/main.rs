//! The real process under load: two hundred feeds of a publisher that misbehaves at random, two hundred readers, a
//! store on disk; then a restart, and a death. `LIMPID_SOAK_SECONDS` says for how long (20), `LIMPID_SOAK_SEED` with
//! which chances: whatever a run does to its feeds, its seed does again.

#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

mod acts;
mod idle;
mod pages;
mod process;
mod publisher;
mod readers;
mod tally;

use std::collections::hash_map::RandomState;
use std::fmt::Write;
use std::hash::{BuildHasher, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use pages::{Dice, FEEDS, PUBLIC, Rules, name, rules};
use process::{PATIENCE, Process, soon};
use publisher::Publisher;
use readers::{Judge, Question, read};
use tally::Tally;

const READERS: u64 = 200;

/// How often a third of the feeds gets new addresses, and with them a fresh start: what a publisher does to limpid keeps
/// it away for minutes or hours.
const MOVE: Duration = Duration::from_secs(6);

const MIB: u64 = 1 << 20;

/// `max-body`, `memory` and `min-interval` of the configuration.
const MAX_BODY: u64 = 256 << 10;
const MEMORY: u64 = 16 * MIB;
const FLOOR: Duration = Duration::from_secs(2);

/// A number that is given in the environment.
fn given(name: &str) -> Option<u64> {
    std::env::var(name)
        .ok()
        .map(|text| text.parse().unwrap_or_else(|_| panic!("{name}: {text} is no number")))
}

/// limpid, its publisher and its readers.
struct Soak {
    seed: u64,
    publisher: Arc<Publisher>,
    judge: Arc<Judge>,
    tally: Arc<Tally>,
    dir: TempDir,
}

impl Soak {
    fn config(&self) -> PathBuf {
        self.dir.path().join("limpid.toml")
    }

    /// Writes the configuration, with each feed at its address of now.
    fn configure(&self) {
        let mut text = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\npublic-url = \"{PUBLIC}\"\n\
             [fetch]\nmin-interval = \"{}s\"\ntimeout = \"3s\"\nmax-body = {MAX_BODY}\nhost-spacing = \"10ms\"\n\
             [cache]\nmemory = {MEMORY}\n[store]\npath = \"soak.redb\"\n",
            FLOOR.as_secs()
        );
        for feed in 0..FEEDS {
            let (name, url) = (name(feed), self.publisher.url(feed));
            let _ = write!(text, "[feeds.{name}]\nsource = \"{url}\"\nallow-private = true\n");
            if feed % 10 == 0 {
                text.push_str("refresh = \"background\"\n");
            }
            text.push_str(match rules(feed) {
                Rules::None => "",
                Rules::RemoveSection => "rules = [{ remove-section = { heading = '^Sponsored by' } }]\n",
                Rules::DropImages => "rules = [{ images = { mode = 'drop' } }]\n",
                Rules::Topic => "rules = [{ remove-section = { heading = 'never' } }]\n",
            });
            if rules(feed) == Rules::Topic {
                let _ = write!(text, "[feeds.{name}.topics]\ntides = {{ title = '^Tide' }}\n");
            }
        }
        std::fs::write(self.config(), text).unwrap();
    }

    async fn start(&self) -> Process {
        Process::start(Command::new(env!("CARGO_BIN_EXE_limpid")), &self.config()).await
    }

    /// Lets readers read for so long while feeds move; then, where there is one, sends limpid a signal with readers still
    /// at it. Returns the most files it had open.
    async fn read(&self, process: &Process, time: Duration, moves: bool, signal: Option<&str>) -> usize {
        let (stop, tracker, most) =
            (CancellationToken::new(), TaskTracker::new(), Arc::new(AtomicUsize::new(0)));
        for reader in 0..READERS {
            let dice = Dice::of(self.seed, &[1 << 40, reader, process.id.into()]);
            tracker.spawn(read(self.judge.clone(), process.address, dice, stop.clone()));
        }
        let start = Instant::now();
        let mut turn = 0;
        while start.elapsed() < time {
            if moves && start.elapsed() > MOVE * (turn + 1) {
                turn += 1;
                let third = (0..FEEDS).filter(|feed| feed % 3 == turn as usize % 3);
                third.for_each(|feed| self.publisher.move_on(feed));
                self.configure();
                process.signal("HUP");
            }
            most.fetch_max(process.files(), Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        stop.cancel();
        if let Some(signal) = signal {
            process.signal(signal);
        }
        tracker.close();
        soon(tracker.wait()).await;
        most.load(Ordering::Relaxed)
    }

    /// While the publisher answers nobody, every one of these feeds is there at once.
    async fn is_all_there(&self, process: &Process, feeds: &[usize]) {
        self.publisher.hold(true);
        let mut connection = TcpStream::connect(process.address).await.unwrap();
        for feed in feeds {
            self.judge.ask(&mut connection, &Question::plain(*feed)).await.unwrap();
        }
        self.publisher.hold(false);

        self.tally.assert_right();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn soak() {
    let seconds = given("LIMPID_SOAK_SECONDS").unwrap_or(20);
    let seed = given("LIMPID_SOAK_SEED").unwrap_or_else(|| RandomState::new().build_hasher().finish());
    println!("LIMPID_SOAK_SECONDS={seconds} LIMPID_SOAK_SEED={seed}");
    publisher::prepare().await;
    let tally = Arc::new(Tally::default());
    let publisher = Publisher::start(seed, FLOOR, tally.clone()).await;
    let judge = Arc::new(Judge::new(publisher.clone()));
    let dir = TempDir::new().unwrap();
    let soak = Soak { seed, publisher, judge, tally, dir };
    soak.configure();

    let process = soak.start().await;
    let (base_memory, base_files) = (process.peak_memory(), process.files());
    let most_files = soak.read(&process, Duration::from_secs(seconds), true, None).await;
    let memory = process.peak_memory();
    println!("{}", soak.tally.table());
    let good = soak.judge.good();
    println!("{} of {FEEDS} feeds have a good copy at the end", good.len());
    soak.tally.assert_right();
    bounded_memory(&soak.publisher, base_memory, memory);
    bounded_files(&soak, &process, base_files, most_files).await;
    no_defects(&process);
    assert!(process.end("TERM").await.success());

    // What was good is good after a restart, without the publisher, which is not asked too early.
    let process = soak.start().await;
    soak.is_all_there(&process, &good).await;
    let newest = soak.judge.seen();
    soak.read(&process, Duration::from_secs(seconds / 6), false, Some("KILL")).await;
    drop(process);

    // A death takes at most what had not been written yet.
    soak.judge.back_to(&newest);
    soak.publisher.forgive();
    let process = soak.start().await;
    soak.is_all_there(&process, &good).await;
    no_defects(&process);
    assert!(process.end("TERM").await.success());
    println!("{} feeds had a good copy, and were there after a restart and after a death", good.len());
    assert!(good.len() > FEEDS / 2, "the publisher has hardly behaved");
}

/// The most memory there may be: what limpid is configured to take, and no more.
fn bounded_memory(publisher: &Publisher, base: u64, peak: u64) {
    let fetches = publisher.most_under_way() as u64;
    let copies = publisher.bytes() as u64;
    let processors = std::thread::available_parallelism().unwrap().get() as u64;
    // Of each body under way: as it comes, in one piece, and decompressed. Of each copy: its text, and where everything is
    // in it; those of addresses that are not configured any more are kept until they may be asked again. For each reader
    // what is read ahead and what is sent. The allocator of the system keeps what each of its arenas has had once, such as
    // a compressor. The rest is for the store and the threads.
    let parts = [
        ("at the start", base),
        ("[cache] memory", MEMORY),
        ("fetches under way * max-body * 3", fetches * MAX_BODY * 3),
        ("good copies * 4", copies * 4),
        ("readers * 64 KiB", READERS * 64 * 1024),
        ("arenas (processors * 8) * 4 MiB", processors * 8 * 4 * MIB),
        ("the rest", 48 * MIB),
    ];
    let limit: u64 = parts.iter().map(|(_, bytes)| bytes).sum();
    println!("memory: at most {} KiB; {} KiB are allowed:", peak / 1024, limit / 1024);
    for (what, bytes) in parts {
        println!("  {what:<40} {:>9} KiB", bytes / 1024);
    }
    assert!(peak <= limit, "{peak} bytes of memory, of {limit}");
}

/// Connections of readers and to publishers, and what was there at the start; when nobody reads, only that.
async fn bounded_files(soak: &Soak, process: &Process, base: usize, most: usize) {
    // Readers who hang up leave a connection that may not have been noticed yet; two to each of a hundred hosts.
    let limit = base + 2 * usize::try_from(READERS).unwrap() + 2 * 100;
    println!("files: {base} at the start, at most {most} of {limit}");
    assert!(most <= limit, "{most} files open, of {limit}");
    let start = Instant::now();
    let mut files = process.files();
    while files > base {
        assert!(start.elapsed() < PATIENCE, "{files} files are open, and {base} were at the start");
        soak.publisher.cut_all();
        tokio::time::sleep(Duration::from_millis(20)).await;
        files = process.files();
    }
}

/// No rule has failed, nothing has panicked, and the store was whole.
fn no_defects(process: &Process) {
    let log = process.log();
    let bad = |line: &&str| {
        ["ERROR", "panicked", "can not accept", "the store", "configuration"]
            .iter()
            .any(|word| line.contains(word))
    };
    let lines: Vec<&str> = log.lines().filter(bad).take(10).collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}

/// A file beside the configuration.
fn written(dir: &Path, text: &str) -> PathBuf {
    let path = dir.join("limpid.toml");
    std::fs::write(&path, text).unwrap();
    path
}
