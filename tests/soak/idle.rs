//! Ten thousand connections that do nothing, beside others that do.

use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::process::{Process, soon};
use crate::written;

const IDLE: usize = 10_000;

/// How many readers are served beside them.
const READERS: usize = 50;

/// The start of HTTP/2, and one request, `GET /healthz` (RFC 9113 §3.4, RFC 7541 §6.2): such a connection may be idle for a
/// minute, one of HTTP/1 only for 15 seconds.
fn h2_and_one_request() -> Vec<u8> {
    let path = b"\x82\x86\x44\x08/healthz\x41\x01x";
    let frame = |kind: u8, flags: u8, stream: u8, payload: &[u8]| {
        let length = u8::try_from(payload.len()).unwrap();
        [&[0, 0, length, kind, flags, 0, 0, 0, stream], payload].concat()
    };
    [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice(), &frame(4, 0, 0, &[]), &frame(1, 5, 1, path)].concat()
}

async fn get(process: &Process, path: &str) -> String {
    soon(async {
        let mut stream = TcpStream::connect(process.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut all = Vec::new();
        while stream.read_buf(&mut all).await.unwrap() > 0 {}
        String::from_utf8_lossy(&all).into_owned()
    })
    .await
}

/// How many connections are open, by limpid's own count, that of who asks left out.
async fn open(process: &Process) -> usize {
    let metrics = get(process, "/metrics").await;
    let line = metrics.lines().find_map(|line| line.strip_prefix("limpid_connections "));
    line.unwrap_or_else(|| panic!("{metrics}")).parse::<usize>().unwrap() - 1
}

/// As many as these, of every kind: HTTP/2 after a request, nothing at all, and half a request.
async fn connect(process: &Process, count: usize) -> Vec<TcpStream> {
    let (mut idle, h2) = (Vec::with_capacity(count), h2_and_one_request());
    for number in 0..count {
        let mut stream = soon(TcpStream::connect(process.address)).await.unwrap();
        let begun: &[u8] = match number {
            _ if number < count / 2 => &h2,
            _ if number % 2 == 0 => b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Unfinished: ",
            _ => b"",
        };
        stream.write_all(begun).await.unwrap();
        idle.push(stream);
    }
    idle
}

/// With the defaults: nothing is configured for it, and the process begins with as few files as systems permit by
/// default.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn h01_ten_thousand_idle_connections_are_in_nobodys_way() {
    let permitted = rlimit::increase_nofile_limit(u64::MAX).unwrap_or(1024);
    if permitted < 12_000 {
        println!("skipped: this system permits {permitted} open files, and 10,000 connections take more");
        return;
    }
    let dir = TempDir::new().unwrap();
    let config = written(
        dir.path(),
        "[server]\nlisten = \"127.0.0.1:0\"\n[feeds.sample]\nsource = \"sample:newsletter\"\n",
    );
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -Sn 1024; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_limpid")]);
    let process = Process::start(command, &config).await;
    let feed = get(&process, "/feeds/sample").await;
    assert!(feed.starts_with("HTTP/1.1 200 ") && feed.contains("<item>"), "{feed}");
    // Those that ask for nothing are closed after 15 seconds; a machine that is busy with other things gets another chance.
    for chance in 1.. {
        let idle = connect(&process, IDLE).await;
        soon(async {
            while open(&process).await < IDLE && chance == 1 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
        let started = std::time::Instant::now();
        for _ in 0..READERS {
            let again = get(&process, "/feeds/sample").await;
            assert_eq!(again.split("\r\n\r\n").nth(1), feed.split("\r\n\r\n").nth(1));
        }
        let (took, open) = (started.elapsed(), open(&process).await);
        println!("beside {open} idle connections {READERS} readers took {took:?}");
        let files = process.files();
        drop(idle);
        if open >= IDLE {
            assert!(files > IDLE, "{files} files for {open} connections");
            break;
        }
        assert!(chance < 3, "only {open} connections are open");
    }
    soon(async {
        while open(&process).await > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    assert!(!process.log().contains("can not accept"), "{}", process.log());
    assert!(process.end("TERM").await.success());
}
