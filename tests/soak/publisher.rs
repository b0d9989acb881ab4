//! A publisher of many feeds, at a port for each two of them, that behaves well most of the time.

use std::collections::HashMap;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::acts::Act;
use crate::pages::{Dice, FEEDS, Version, media_type};
use crate::tally::{Tally, lock};

/// How many ports, each of them a host to limpid.
const HOSTS: usize = 100;

/// How large the bodies are that are too large.
const HUGE: usize = 100_000_000;

/// What is known of one life of a feed.
#[derive(Clone, Copy, Debug, Default)]
struct Life {
    requests: u32,
    /// The highest version that has been sent whole; all below have been as well.
    whole: Option<u32>,
    /// Before that it is not to be asked again.
    not_before: Option<Instant>,
}

/// The publisher.
#[derive(Debug)]
pub struct Publisher {
    seed: u64,
    floor: Duration,
    addresses: Vec<SocketAddr>,
    lives: Mutex<HashMap<(String, usize, u32), Life>>,
    /// Which life each feed is in by the configuration.
    now: Vec<AtomicU32>,
    under_way: AtomicUsize,
    most_under_way: AtomicUsize,
    is_held: watch::Sender<bool>,
    /// Ends the connections that are open.
    cut: Mutex<CancellationToken>,
    pub tally: Arc<Tally>,
}

/// A request, as far as it matters.
struct Request {
    path: String,
    if_none_match: Option<String>,
}

/// A request that is being answered, for as long as it is.
struct UnderWay<'p>(&'p Publisher);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Publisher {
    /// Begins to listen. No feed is to be asked for more often than `floor`.
    pub async fn start(seed: u64, floor: Duration, tally: Arc<Tally>) -> Arc<Self> {
        let (mut listeners, mut addresses) = (Vec::new(), Vec::new());
        for _ in 0..HOSTS {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            addresses.push(listener.local_addr().unwrap());
            listeners.push(listener);
        }
        let publisher = Arc::new(Publisher {
            seed,
            floor,
            addresses,
            lives: Mutex::default(),
            now: (0..FEEDS).map(|_| AtomicU32::new(0)).collect(),
            under_way: AtomicUsize::new(0),
            most_under_way: AtomicUsize::new(0),
            is_held: watch::Sender::new(false),
            cut: Mutex::default(),
            tally,
        });
        for listener in listeners {
            let publisher = publisher.clone();
            tokio::spawn(async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let publisher = publisher.clone();
                    tokio::spawn(async move { publisher.converse(stream).await });
                }
            });
        }
        publisher
    }

    /// Where a feed is in its life.
    pub fn url(&self, feed: usize) -> String {
        format!("http://{}/feed/{feed}/{}", self.addresses[feed % HOSTS], self.life(feed))
    }

    /// Which life a feed is in.
    pub fn life(&self, feed: usize) -> u32 {
        self.now[feed].load(Ordering::SeqCst)
    }

    /// A feed is at another address from now on.
    pub fn move_on(&self, feed: usize) {
        self.now[feed].fetch_add(1, Ordering::SeqCst);
    }

    /// Whether a version has been sent whole.
    pub fn has_sent(&self, version: Version) -> bool {
        let lives = lock(&self.lives);
        let life = lives.get(&("feed".to_owned(), version.feed, version.life));
        life.and_then(|life| life.whole).is_some_and(|whole| version.number <= whole)
    }

    /// How many bytes the last good texts of all lives have together.
    pub fn bytes(&self) -> usize {
        let last: Vec<Version> = lock(&self.lives)
            .iter()
            .filter_map(|((_, feed, life), state)| {
                Some(Version { feed: *feed, life: *life, number: state.whole? })
            })
            .collect();
        last.into_iter().map(|version| version.published().len()).sum()
    }

    /// How many requests have been under way at a time.
    pub fn most_under_way(&self) -> usize {
        self.most_under_way.load(Ordering::Relaxed)
    }

    /// Answers nobody, or everybody again.
    pub fn hold(&self, is_held: bool) {
        self.is_held.send_replace(is_held);
    }

    /// Closes every connection that is open.
    pub fn cut_all(&self) {
        std::mem::take(&mut *lock(&self.cut)).cancel();
    }

    /// What has been asked is not remembered by who was killed.
    pub fn forgive(&self) {
        lock(&self.lives).values_mut().for_each(|life| life.not_before = None);
    }

    async fn converse(&self, mut stream: TcpStream) {
        let cut = lock(&self.cut).clone();
        let conversation = async {
            while let Some(request) = read(&mut stream).await {
                let under_way = self.under_way.fetch_add(1, Ordering::Relaxed) + 1;
                let _mark = UnderWay(self);
                self.most_under_way.fetch_max(under_way, Ordering::Relaxed);
                let mut held = self.is_held.subscribe();
                let _ = held.wait_for(|held| !held).await;
                if !matches!(self.answer(&mut stream, &request).await, Ok(true)) {
                    return;
                }
            }
        };
        tokio::select! {
            () = conversation => {}
            () = cut.cancelled() => {}
        }
    }

    /// Answers, and says whether the connection can be used again.
    async fn answer(&self, stream: &mut TcpStream, request: &Request) -> io::Result<bool> {
        let mut parts = request.path.trim_start_matches('/').split('/');
        let (kind, feed) =
            (parts.next().unwrap_or_default(), parts.next().and_then(|feed| feed.parse().ok()));
        let life = parts.next().and_then(|life| life.parse().ok());
        let (Some(feed), Some(life)) = (feed, life) else {
            // A step of a redirect in circles.
            let step: u32 = parts.next().and_then(|step| step.parse().ok()).unwrap_or(0);
            let to = format!("HTTP/1.1 302 Round\r\nlocation: /loop/x/x/{}\r\n", step + 1);
            return send(stream, &to, b"").await;
        };
        let (act, version) = self.decide(kind, feed, life);
        self.tally.count("requests to the publisher", act.name());
        self.act(stream, request, act, version).await
    }

    /// What to do, with which version.
    fn decide(&self, kind: &str, feed: usize, life: u32) -> (Act, Version) {
        let now = Instant::now();
        let mut lives = lock(&self.lives);
        let known = lives.get(&("feed".to_owned(), feed, life)).copied().unwrap_or_default();
        let state = lives.entry((kind.to_owned(), feed, life)).or_default();
        if let Some(early) = state.not_before.and_then(|then| then.checked_duration_since(now)) {
            self.tally.wrong(format!("{kind} {feed} in life {life} was asked {early:?} early"));
        }
        let act = match kind {
            "feed" => Act::choose(self.seed, feed, life, state.requests, known.whole.is_some()),
            _ => Act::Good { is_new: true },
        };
        state.requests += 1;
        state.not_before = Some(now + act.wait(self.floor, known.whole.is_some()));
        let next = known.whole.map_or(0, |whole| whole + 1);
        let number = match (act, known.whole) {
            (Act::Good { is_new: false }, Some(whole)) => whole,
            _ => next,
        };
        (act, Version { feed, life, number })
    }

    async fn act(
        &self,
        stream: &mut TcpStream,
        request: &Request,
        act: Act,
        version: Version,
    ) -> io::Result<bool> {
        let Version { feed, life, .. } = version;
        let kind = format!("content-type: {}\r\n", media_type(feed));
        let ok = format!("HTTP/1.1 200 OK\r\n{kind}");
        let body = version.published();
        let short = format!("{ok}content-length: {}\r\n\r\n", body.len() + 1000);
        let half = &body.as_bytes()[..body.len() / 2];
        match act {
            Act::Good { .. } => self.good(stream, request, version, &body).await,
            Act::Status(status, None) => send(stream, &format!("HTTP/1.1 {status} No\r\n"), b"no").await,
            Act::Status(status, Some(wait)) => {
                send(stream, &format!("HTTP/1.1 {status} No\r\nretry-after: {wait}\r\n"), b"later").await
            }
            Act::Wrong304 => {
                stream.write_all(b"HTTP/1.1 304 Wrong\r\netag: \"wrong\"\r\n\r\n").await?;
                Ok(true)
            }
            Act::Redirect(status) => {
                let to = format!("HTTP/1.1 {status} There\r\nlocation: /whole/{feed}/{life}\r\n");
                send(stream, &to, b"").await
            }
            Act::Loop => send(stream, "HTTP/1.1 302 Round\r\nlocation: /loop/x/x/1\r\n", b"").await,
            Act::ToNobody => {
                send(stream, "HTTP/1.1 302 Away\r\nlocation: http://127.0.0.1:1/feed\r\n", b"").await
            }
            Act::ToNowhere => {
                send(stream, "HTTP/1.1 302 Away\r\nlocation: gopher://a.example/\r\n", b"").await
            }
            Act::Short => until_here(stream, &short, body.as_bytes()).await,
            Act::NoLastChunk => {
                let head = format!("{ok}transfer-encoding: chunked\r\n\r\n{:x}\r\n", body.len());
                until_here(stream, &head, format!("{body}\r\n").as_bytes()).await
            }
            Act::Reset => {
                until_here(stream, &short, half).await?;
                stream.set_zero_linger()?;
                Ok(false)
            }
            Act::Close => Ok(false),
            Act::Stall => until_closed(stream).await,
            Act::StallInside => {
                until_here(stream, &short, half).await?;
                until_closed(stream).await
            }
            Act::Drip => drip(stream, &short, body.as_bytes()).await,
            Act::Html => send(stream, &ok, b"<!doctype html><title>Sorry</title><p>Back soon.").await,
            Act::Empty => send(stream, &ok, b"").await,
            Act::CutDocument => send(stream, &ok, half).await,
            Act::TooDeep => send(stream, &ok, too_deep(&body).as_bytes()).await,
            Act::Bomb(coding) => {
                let body = &BOMBS[["gzip", "br", "zstd"].iter().position(|one| *one == coding).unwrap()];
                send(stream, &format!("{ok}content-encoding: {coding}\r\n"), body).await
            }
            Act::LiesAboutCoding(coding) => {
                send(stream, &format!("{ok}content-encoding: {coding}\r\n"), body.as_bytes()).await
            }
            Act::UnknownCoding => {
                send(stream, &format!("{ok}content-encoding: zip\r\n"), body.as_bytes()).await
            }
            Act::Huge { is_chunked } => huge(stream, &ok, &body, is_chunked).await,
        }
    }

    /// The feed, whole: from now on readers may have this version.
    async fn good(
        &self,
        stream: &mut TcpStream,
        request: &Request,
        version: Version,
        body: &str,
    ) -> io::Result<bool> {
        let Version { feed, life, number } = version;
        let mut dice = Dice::of(self.seed, &[feed as u64, life.into(), number.into()]);
        let tag = match feed % 5 {
            0 => String::new(),
            // No tag as the standard has it; it comes back all the same.
            1 => format!("{life}.{number}"),
            2 => format!("W/\"{life}.{number}\""),
            _ => format!("\"{life}.{number}\""),
        };
        let fresh = dice.one_of(&[
            "",
            "cache-control: max-age=1\r\n",
            "expires: 0\r\n",
            "cache-control: no-cache\r\n",
        ]);
        let tagged = if tag.is_empty() { String::new() } else { format!("etag: {tag}\r\n") };
        if !tag.is_empty() && request.if_none_match.as_deref() == Some(&tag) {
            self.tally.count("304 of the publisher", "unchanged");
            stream.write_all(format!("HTTP/1.1 304 Same\r\n{tagged}{fresh}\r\n").as_bytes()).await?;
            return Ok(true);
        }
        let coding = dice.one_of(&["", "", "gzip", "br", "zstd"]);
        let coded = coded(body.as_bytes(), coding);
        let coding =
            if coding.is_empty() { String::new() } else { format!("content-encoding: {coding}\r\n") };
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-type: {}\r\n{tagged}{fresh}{coding}", media_type(feed));
        {
            let mut lives = lock(&self.lives);
            let state = lives.entry(("feed".to_owned(), feed, life)).or_default();
            state.whole = state.whole.max(Some(number));
        }
        if dice.below(3) == 0 {
            let (first, rest) = coded.split_at(coded.len() / 2);
            let mut all = format!("{head}transfer-encoding: chunked\r\n\r\n").into_bytes();
            for chunk in [first, rest] {
                all.extend(format!("{:x}\r\n", chunk.len()).as_bytes());
                all.extend(chunk);
                all.extend(b"\r\n");
            }
            all.extend(b"0\r\n\r\n");
            stream.write_all(&all).await?;
            return Ok(true);
        }
        send(stream, &head, &coded).await?;
        Ok(dice.below(2) == 0)
    }
}

/// Compressed bodies of 100 MB.
static BOMBS: LazyLock<[Vec<u8>; 3]> = LazyLock::new(|| {
    let body = vec![b' '; HUGE];
    ["gzip", "br", "zstd"].map(|coding| coded(&body, coding))
});

/// Makes what takes time to make, before anybody asks.
pub async fn prepare() {
    tokio::task::spawn_blocking(|| LazyLock::force(&BOMBS)).await.unwrap();
}

fn coded(body: &[u8], coding: &str) -> Vec<u8> {
    match coding {
        "gzip" => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(body).unwrap();
            encoder.finish().unwrap()
        }
        "br" => {
            let mut out = Vec::new();
            let params = brotli::enc::BrotliEncoderParams { quality: 1, ..Default::default() };
            brotli::BrotliCompress(&mut &*body, &mut out, &params).unwrap();
            out
        }
        "zstd" => zstd::bulk::compress(body, 1).unwrap(),
        _ => body.to_vec(),
    }
}

/// A request; `None` where none comes.
async fn read(stream: &mut TcpStream) -> Option<Request> {
    let (mut text, mut buffer) = (Vec::new(), [0; 4096]);
    while !text.windows(4).any(|end| end == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(count @ 1..) => text.extend(&buffer[..count]),
            _ => return None,
        }
    }
    let text = String::from_utf8_lossy(&text);
    let path = text.split(' ').nth(1)?.to_owned();
    let if_none_match = text.lines().find_map(|line| line.strip_prefix("if-none-match: ")).map(str::to_owned);
    Some(Request { path, if_none_match })
}

/// Sends a head, whose lines are given, and a body of this length.
async fn send(stream: &mut TcpStream, head: &str, body: &[u8]) -> io::Result<bool> {
    let mut all = format!("{head}content-length: {}\r\n\r\n", body.len()).into_bytes();
    all.extend(body);
    stream.write_all(&all).await?;
    Ok(true)
}

/// Sends this much and no more.
async fn until_here(stream: &mut TcpStream, head: &str, body: &[u8]) -> io::Result<bool> {
    stream.write_all(&[head.as_bytes(), body].concat()).await?;
    Ok(false)
}

/// Waits for the other side to give up.
async fn until_closed(stream: &mut TcpStream) -> io::Result<bool> {
    let mut buffer = [0; 64];
    while stream.read(&mut buffer).await? > 0 {}
    Ok(false)
}

async fn drip(stream: &mut TcpStream, head: &str, body: &[u8]) -> io::Result<bool> {
    stream.write_all(head.as_bytes()).await?;
    for byte in body.iter().cycle() {
        stream.write_all(&[*byte]).await?;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(false)
}

async fn huge(stream: &mut TcpStream, head: &str, body: &str, is_chunked: bool) -> io::Result<bool> {
    let piece = body.as_bytes();
    if is_chunked {
        stream.write_all(format!("{head}transfer-encoding: chunked\r\n\r\n").as_bytes()).await?;
    } else {
        stream.write_all(format!("{head}content-length: {HUGE}\r\n\r\n").as_bytes()).await?;
    }
    let size = format!("{:x}\r\n", piece.len());
    let mut sent = 0;
    while sent + piece.len() < HUGE {
        if is_chunked {
            stream.write_all(&[size.as_bytes(), piece, b"\r\n"].concat()).await?;
        } else {
            stream.write_all(piece).await?;
        }
        sent += piece.len();
    }
    Ok(false)
}

/// A feed with more levels than anybody needs, closed properly: neither XML nor JSON of it can be mended.
fn too_deep(body: &str) -> String {
    if body.starts_with('{') {
        return format!(
            "{{\"version\": \"https://jsonfeed.org/version/1.1\", \"items\": {}",
            "[".repeat(10_000)
        );
    }
    let levels = 10_000;
    format!("<rss version=\"2.0\"><channel>{}{}</channel></rss>", "<a>".repeat(levels), "</a>".repeat(levels))
}
