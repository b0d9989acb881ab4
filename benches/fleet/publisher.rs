//! The publisher of all feeds, as a process of its own: one listener for every address of the machine's loopback.

use std::fmt::Write;
use std::io::Write as _;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::feeds::{Dice, Manners, Validators, text};

/// How large the bodies are that are too large.
const HUGE: usize = 100_000_000;

/// What a feed has come to: which version is out, and how often it was asked for.
#[derive(Debug, Default)]
struct State {
    version: AtomicU32,
    polls: AtomicU32,
}

#[derive(Debug)]
struct Publisher {
    states: Vec<State>,
    /// Whether hosts with one feed close connections, as they are closed by the time that the next poll is due.
    closes: bool,
    requests: AtomicU64,
}

/// `publisher FEEDS close|keep`: says its port, and answers until its standard input is closed.
pub fn run(args: &[String]) {
    let count: usize = args[0].parse().expect("a number of feeds");
    let closes = args[1] == "close";
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be built");
    runtime.block_on(async {
        let listener = TcpListener::bind(("0.0.0.0", 0)).await.expect("a port is free");
        println!("{}", listener.local_addr().expect("it is bound").port());
        let states = (0..count).map(|_| State::default()).collect();
        let publisher: &Publisher =
            Box::leak(Box::new(Publisher { states, closes, requests: AtomicU64::new(0) }));
        tokio::task::spawn_blocking(|| {
            // Whoever has started it goes away.
            let _ = std::io::stdin().read_line(&mut String::new());
            std::process::exit(0);
        });
        loop {
            if let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(publisher.converse(stream));
            }
        }
    });
}

/// A request, as far as it matters.
struct Request {
    path: String,
    if_none_match: Option<String>,
    if_modified_since: Option<String>,
}

impl Publisher {
    async fn converse(&'static self, mut stream: TcpStream) {
        let _ = stream.set_nodelay(true);
        while let Some(request) = read(&mut stream).await {
            self.requests.fetch_add(1, Ordering::Relaxed);
            let parts: Vec<&str> = request.path.split('/').skip(1).collect();
            let is_kept = match parts.as_slice() {
                ["feed", feed] => self.feed(&mut stream, feed.parse().unwrap_or(0), &request).await,
                ["huge", how] => huge(&mut stream, how).await,
                _ => stream.write_all(b"HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n").await.is_ok(),
            };
            if !is_kept {
                return;
            }
        }
    }

    /// Answers, and says whether the connection stays.
    async fn feed(&self, stream: &mut TcpStream, feed: usize, request: &Request) -> bool {
        let (manners, state) = (Manners::of(feed), &self.states[feed % self.states.len()]);
        let poll = state.polls.fetch_add(1, Ordering::Relaxed);
        let mut dice = Dice::of((feed as u64) << 20 | u64::from(poll));
        if manners.delay > 0 {
            tokio::time::sleep(Duration::from_millis(manners.delay)).await;
        }
        let is_kept = !self.closes || feed.is_multiple_of(5);
        let close = if is_kept { "" } else { "connection: close\r\n" };
        if let Some((status, share)) = manners.fails
            && dice.below(100) < share
        {
            let head = format!("HTTP/1.1 {status} No\r\n{close}content-length: 0\r\n\r\n");
            return stream.write_all(head.as_bytes()).await.is_ok() && is_kept;
        }
        if poll > 0 && dice.below(1000) < manners.changes {
            state.version.fetch_add(1, Ordering::Relaxed);
        }
        let version = state.version.load(Ordering::Relaxed);
        let (tag, date) = (format!("\"{feed}-{version}\""), date(version));
        let mut head = close.to_owned();
        if manners.validators == Validators::Both {
            let _ = write!(head, "etag: {tag}\r\n");
        }
        if manners.validators != Validators::None {
            let _ = write!(head, "last-modified: {date}\r\n");
        }
        if let Some(seconds) = manners.max_age {
            let _ = write!(head, "cache-control: max-age={seconds}\r\n");
        }
        let is_known = match manners.validators {
            Validators::Both => request.if_none_match.as_deref() == Some(&tag),
            Validators::Date => request.if_modified_since.as_deref() == Some(&date),
            Validators::None => false,
        };
        let all = if is_known {
            format!("HTTP/1.1 304 Same\r\n{head}\r\n")
        } else {
            let body = text(feed, version);
            let kind = "content-type: application/rss+xml\r\n";
            format!("HTTP/1.1 200 OK\r\n{kind}{head}content-length: {}\r\n\r\n{body}", body.len())
        };
        stream.write_all(all.as_bytes()).await.is_ok() && is_kept
    }
}

/// When a version came out: one a minute.
fn date(version: u32) -> String {
    format!("Mon, 15 Jun 2026 {:02}:{:02}:00 GMT", version / 60 % 24, version % 60)
}

/// A request; `None` where none comes.
async fn read(stream: &mut TcpStream) -> Option<Request> {
    let (mut all, mut buffer) = (Vec::new(), [0; 4096]);
    while !all.ends_with(b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(count @ 1..) => all.extend(&buffer[..count]),
            _ => return None,
        }
    }
    let text = String::from_utf8_lossy(&all);
    let header =
        |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(|text| text.trim().to_owned());
    let path = text.split(' ').nth(1)?.to_owned();
    let (if_none_match, if_modified_since) = (header("if-none-match:"), header("if-modified-since:"));
    Some(Request { path, if_none_match, if_modified_since })
}

/// 100 MB that compress to little, by each coding.
static BOMBS: LazyLock<[Vec<u8>; 3]> = LazyLock::new(|| {
    let body = vec![b' '; HUGE];
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&body).expect("memory can be written to");
    let mut brotli = Vec::new();
    let params = brotli::enc::BrotliEncoderParams { quality: 1, ..Default::default() };
    brotli::BrotliCompress(&mut body.as_slice(), &mut brotli, &params).expect("memory can be written to");
    let zstd = zstd::bulk::compress(&body, 1).expect("it can be compressed");
    [gzip.finish().expect("memory can be written to"), brotli, zstd]
});

/// 100 MB, as it is named: `length`, `chunked`, or a coding.
async fn huge(stream: &mut TcpStream, how: &str) -> bool {
    let ok = "HTTP/1.1 200 OK\r\ncontent-type: application/rss+xml\r\n";
    if let Some(at) = ["gzip", "br", "zstd"].iter().position(|coding| *coding == how) {
        let body = &BOMBS[at];
        let head = format!("{ok}content-encoding: {how}\r\ncontent-length: {}\r\n\r\n", body.len());
        return stream.write_all(head.as_bytes()).await.is_ok() && stream.write_all(body).await.is_ok();
    }
    let piece = text(0, 0);
    let is_chunked = how == "chunked";
    let head = if is_chunked {
        format!("{ok}transfer-encoding: chunked\r\n\r\n")
    } else {
        format!("{ok}content-length: {HUGE}\r\n\r\n")
    };
    let piece = if is_chunked { format!("{:x}\r\n{piece}\r\n", piece.len()) } else { piece };
    let mut sent = stream.write_all(head.as_bytes()).await.map_or(HUGE, |()| 0);
    while sent + piece.len() < HUGE && stream.write_all(piece.as_bytes()).await.is_ok() {
        sent += piece.len();
    }
    false
}
