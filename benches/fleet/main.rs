//! Ten thousand feeds: what polling them costs, how much memory they take, and how both grow with their number.
//!
//! `cargo bench --bench fleet` keeps 100, 1,000 and 10,000 feeds of 100 KB warm for some hours, by a clock that is turned as
//! fast as the machine follows. The publisher is a process of its own, and so is limpid, whose processor time and memory
//! are what the system says of that process.
//!
//! `cargo bench --bench fleet -- --memory` starts the program as it is, by the machine's clock: idle, after the sample was
//! read, with publishers that send 100 MB, and with 10,000 feeds of 100 KB.
//!
//! Both print Markdown; `--json FILE` writes the same numbers there.

#![allow(missing_docs, reason = "a program, and no library")]

mod feeds;
mod memory;
mod process;
mod publisher;
mod report;
mod simulation;
mod turned;

use std::path::PathBuf;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let after = |name: &str| args.iter().position(|arg| arg == name).and_then(|at| args.get(at + 1));
    match args.first().map(String::as_str) {
        Some("publisher") => return publisher::run(&args[1..]),
        Some("turned") => return turned::run(&args[1..]),
        _ => {}
    }
    let number =
        |name: &str| after(name).map(|text| text.parse::<u16>().expect("a small whole number is wanted"));
    let report = if args.iter().any(|arg| arg == "--memory") {
        memory::measure(number("--feeds").unwrap_or(10_000).into())
    } else {
        let sizes = after("--sizes").map_or("100,1000,10000", String::as_str);
        let sizes = sizes.split(',').map(|size| size.parse().expect("sizes are whole numbers"));
        simulation::measure(&sizes.collect::<Vec<usize>>(), number("--hours").unwrap_or(4).into())
    };
    print!("{}", report.markdown());
    if let Some(path) = after("--json").map(PathBuf::from) {
        std::fs::write(&path, report.json()).expect("the file can be written");
    }
}
