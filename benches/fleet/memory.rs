//! How much memory the program takes, by the machine's clock.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::feeds::{configuration, name};
use crate::process::{Process, get, polls};
use crate::report::{Report, Table};

const MIB: f64 = 1024.0 * 1024.0;

/// Measures a single feed, bodies that are too large, and a fleet of so many feeds.
pub fn measure(feeds: usize) -> Report {
    let mut report = Report::default();
    report.add(idle());
    report.add(huge());
    report.add(fleet(feeds));
    report
}

fn mib(bytes: u64) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "for people")]
    let bytes = bytes as f64;
    bytes / MIB
}

fn started(folder: &Path, config: &str) -> (Process, SocketAddr) {
    let path = folder.join("limpid.toml");
    std::fs::write(&path, config).expect("it can be written");
    let mut limpid = Process::limpid(&path);
    let address = limpid.announced();
    // It has said where it listens, and has yet to do so.
    std::thread::sleep(Duration::from_millis(500));
    (limpid, address)
}

/// One feed, the sample: before anybody reads it, after one reader, and after a thousand requests.
fn idle() -> Table {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let config = "[server]\nlisten = \"127.0.0.1:0\"\n[feeds.sample]\nsource = \"sample:newsletter\"\nrules = [\"substack\"]\n";
    let (limpid, address) = started(folder.path(), config);
    let before = limpid.usage();
    let read = |times: usize| {
        for number in 0..times {
            let coding = ["gzip", "br", "zstd", "identity"][number % 4];
            let (status, _) = get(address, "/feeds/sample", &format!("Accept-Encoding: {coding}\r\n"));
            assert_eq!(status, 200);
        }
        // What is compressed in the background is done by then.
        std::thread::sleep(Duration::from_secs(1));
    };
    read(1);
    let once = limpid.usage();
    read(1000);
    let often = limpid.usage();
    let rows = vec![
        ("started", vec![mib(before.resident), mib(before.peak)]),
        ("the sample was read once", vec![mib(once.resident), mib(once.peak)]),
        ("and a thousand times more", vec![mib(often.resident), mib(often.peak)]),
    ];
    Table { title: "one feed", columns: vec!["resident, MiB".into(), "most resident, MiB".into()], rows }
}

/// Publishers that send 100 MB, each to a program of its own. The cap is that of the defaults, 16 MiB.
fn huge() -> Table {
    let mut publisher = Process::role(&["publisher", "1", "close"]);
    let port = publisher.line();
    let kinds = [
        ("100 MB with Content-Length", "length"),
        ("100 MB in chunks", "chunked"),
        ("100 MB in gzip", "gzip"),
        ("100 MB in br", "br"),
        ("100 MB in zstd", "zstd"),
    ];
    let rows = kinds.map(|(title, kind)| {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let config = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\n[feeds.huge]\nsource = \"http://127.0.0.1:{port}/huge/{kind}\"\nallow-private = true\n"
        );
        let (limpid, address) = started(folder.path(), &config);
        let before = limpid.usage();
        let (status, all) = get(address, "/feeds/huge", "");
        assert_eq!(status, 502, "{}", String::from_utf8_lossy(&all));
        let after = limpid.usage();
        (title, vec![mib(before.resident), mib(after.peak), mib(after.peak - before.resident)])
    });
    let columns = ["idle, MiB", "most resident, MiB", "more than idle, MiB"].map(String::from);
    Table { title: "refused at 16 MiB", columns: columns.into(), rows: rows.into() }
}

/// So many feeds, fetched in the background within the first minute, with their store on disk.
fn fleet(feeds: usize) -> Table {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut publisher = Process::role(&["publisher", &feeds.to_string(), "keep"]);
    let port = publisher.line().parse().expect("it says its port");
    let (limpid, address) = started(folder.path(), &configuration(feeds, port, ""));
    let begun = limpid.usage();
    let (start, count) = (Instant::now(), || -> usize {
        usize::try_from(polls(address).iter().map(|(_, count)| count).sum::<u64>()).unwrap_or(0)
    });
    while count() < feeds && start.elapsed() < Duration::from_mins(3) {
        std::thread::sleep(Duration::from_secs(1));
    }
    let fetched = limpid.usage();
    for feed in (0..feeds).step_by(10) {
        get(address, &format!("/feeds/{}", name(feed)), "Accept-Encoding: gzip\r\n");
    }
    let read = limpid.usage();
    let rows = vec![
        ("configured", vec![mib(begun.resident), mib(begun.peak)]),
        ("all fetched", vec![mib(fetched.resident), mib(fetched.peak)]),
        ("a tenth of them read", vec![mib(read.resident), mib(read.peak)]),
    ];
    limpid.end();
    Table { title: "fleet", columns: vec!["resident, MiB".into(), "most resident, MiB".into()], rows }
}
