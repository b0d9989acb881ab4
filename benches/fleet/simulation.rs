//! Hours of polling in minutes.

use std::path::Path;
use std::time::Instant;

use crate::feeds::{configuration, name};
use crate::process::{Process, Usage, get, polls};
use crate::report::{Report, Table};

/// Of so many feeds one is read, once in each quarter of an hour.
const READ: usize = 10;

const MIB: f64 = 1024.0 * 1024.0;

/// What one fleet came to.
#[derive(Debug, Default)]
struct Fleet {
    feeds: usize,
    hours: u32,
    /// With the configuration read, before anything was fetched.
    begun: Usage,
    /// With every feed fetched once, and nothing read.
    fetched: Usage,
    /// At the end.
    ended: Usage,
    fetched_after: f64,
    took: f64,
    polls: u64,
    unchanged: u64,
    failed: u64,
    store: u64,
}

/// Runs fleets of these sizes for so many hours each.
pub fn measure(sizes: &[usize], hours: u32) -> Report {
    let fleets: Vec<Fleet> = sizes.iter().map(|size| run(*size, hours)).collect();
    let mut report = Report::default();
    report.add(table(&fleets));
    report
}

fn run(feeds: usize, hours: u32) -> Fleet {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let mut publisher = Process::role(&["publisher", &feeds.to_string(), "close"]);
    let port = publisher.line().parse().expect("it says its port");
    let config = folder.path().join("limpid.toml");
    std::fs::write(&config, configuration(feeds, port, "")).expect("it can be written");
    let mut limpid = Process::role(&["turned", &config.to_string_lossy()]);
    let address = limpid.line().parse().expect("it says where it listens");
    let begun = limpid.usage();
    let start = Instant::now();
    limpid.ask("turn 70");
    limpid.ask("rest");
    let (fetched, fetched_after) = (limpid.usage(), start.elapsed().as_secs_f64());
    let (before, start) = (polls(address), Instant::now());
    for _ in 0..hours * 4 {
        limpid.ask("turn 900");
        for feed in (0..feeds).step_by(READ) {
            let (status, _) = get(address, &format!("/feeds/{}", name(feed)), "Accept-Encoding: gzip\r\n");
            assert!(matches!(status, 200 | 404 | 502), "{status} for {feed}");
        }
    }
    limpid.ask("rest");
    let (ended, after) = (limpid.usage(), polls(address));
    let count = |is_counted: fn(&str) -> bool| {
        let sum = |polls: &[(String, u64)]| -> u64 {
            polls.iter().filter(|(cause, _)| is_counted(cause)).map(|(_, count)| count).sum()
        };
        sum(&after) - sum(&before)
    };
    Fleet {
        feeds,
        hours,
        begun,
        fetched,
        ended,
        fetched_after,
        took: start.elapsed().as_secs_f64(),
        polls: count(|_| true),
        unchanged: count(|cause| cause == "not-modified"),
        failed: count(|cause| !matches!(cause, "not-modified" | "ok")),
        store: size(&folder.path().join("fleet.redb")),
    }
}

fn size(path: &Path) -> u64 {
    path.metadata().map_or(0, |metadata| metadata.len())
}

#[allow(clippy::cast_precision_loss, reason = "counts, for people")]
fn table(fleets: &[Fleet]) -> Table {
    let row =
        |name: &'static str, of: &dyn Fn(&Fleet) -> f64| (name, fleets.iter().map(of).collect::<Vec<f64>>());
    let spent = |fleet: &Fleet| fleet.ended.seconds - fleet.fetched.seconds;
    let filled = |fleet: &Fleet| fleet.fetched.seconds - fleet.begun.seconds;
    let polls = |fleet: &Fleet| fleet.polls.max(1) as f64;
    let thousands = |fleet: &Fleet| fleet.feeds as f64 / 1000.0;
    let rows = vec![
        row("hours simulated", &|fleet| fleet.hours.into()),
        row("polls", &|fleet| fleet.polls as f64),
        row("answered 304, %", &|fleet| 100.0 * fleet.unchanged as f64 / polls(fleet)),
        row("failed, %", &|fleet| 100.0 * fleet.failed as f64 / polls(fleet)),
        row("polls a second, as fast as it goes", &|fleet| polls(fleet) / fleet.took),
        row("processor seconds for 1,000 polls", &|fleet| 1000.0 * spent(fleet) / polls(fleet)),
        row("processor seconds for 1,000 feeds and an hour", &|fleet| {
            spent(fleet) / thousands(fleet) / f64::from(fleet.hours)
        }),
        row("processor seconds to fetch 1,000 feeds for the first time", &|fleet| {
            filled(fleet) / thousands(fleet)
        }),
        row("seconds to fetch all for the first time", &|fleet| fleet.fetched_after),
        row("resident, configured, MiB", &|fleet| fleet.begun.resident as f64 / MIB),
        row("resident, all fetched, MiB", &|fleet| fleet.fetched.resident as f64 / MIB),
        row("resident, after these hours, a tenth read, MiB", &|fleet| fleet.ended.resident as f64 / MIB),
        row("most resident, MiB", &|fleet| fleet.ended.peak as f64 / MIB),
        row("resident for a feed, KiB", &|fleet| {
            (fleet.ended.resident as f64 - 20.0 * MIB) / 1024.0 / fleet.feeds as f64
        }),
        row("store on disk, MiB", &|fleet| fleet.store as f64 / MIB),
    ];
    let columns = fleets.iter().map(|fleet| format!("{} feeds", fleet.feeds)).collect();
    Table { title: "fleet", columns, rows }
}
