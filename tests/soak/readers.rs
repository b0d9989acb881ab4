//! Readers: many, each in its own way, who look at everything they get.

use std::collections::HashMap;
use std::fmt::Write;
use std::io::{self, Read};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use crate::pages::{Dice, FEEDS, Part, Rules, Version, media_type, name, rules};
use crate::process::soon;
use crate::publisher::Publisher;
use crate::tally::lock;

/// What is read, in which coding.
type Edition = (Version, Part, String);

/// What all readers together have seen.
#[derive(Debug)]
pub struct Judge {
    publisher: Arc<Publisher>,
    /// For each feed the newest version that a reader has had, as one number; none is 0.
    newest: Vec<AtomicU64>,
    by_tag: Mutex<HashMap<String, Edition>>,
    by_edition: Mutex<HashMap<Edition, String>>,
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Question {
    pub feed: usize,
    pub part: Part,
    pub is_head: bool,
    pub coding: &'static str,
    pub tag: Option<String>,
}

/// What comes back.
#[derive(Debug)]
pub struct Reply {
    status: u16,
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

impl Reply {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// How a reader behaves with one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Usual,
    Slow,
    HangsUp,
}

fn number(version: Version) -> u64 {
    (u64::from(version.life) << 32) + u64::from(version.number) + 1
}

impl Question {
    /// A feed, as it is.
    pub fn plain(feed: usize) -> Self {
        Question { feed, part: Part::Whole, is_head: false, coding: "", tag: None }
    }

    fn text(&self, connection: &str) -> String {
        let method = if self.is_head { "HEAD" } else { "GET" };
        let path = format!("/feeds/{}{}", name(self.feed), self.part.path());
        let mut text = format!("{method} {path} HTTP/1.1\r\nHost: soak\r\nConnection: {connection}\r\n");
        if !self.coding.is_empty() {
            let _ = write!(text, "Accept-Encoding: {}\r\n", self.coding);
        }
        if let Some(tag) = &self.tag {
            let _ = write!(text, "If-None-Match: {tag}\r\n");
        }
        text + "\r\n"
    }
}

impl Judge {
    /// Nothing has been seen.
    pub fn new(publisher: Arc<Publisher>) -> Self {
        let newest = (0..FEEDS).map(|_| AtomicU64::new(0)).collect();
        Judge { publisher, newest, by_tag: Mutex::default(), by_edition: Mutex::default() }
    }

    /// The newest of each feed.
    pub fn seen(&self) -> Vec<u64> {
        self.newest.iter().map(|newest| newest.load(Ordering::SeqCst)).collect()
    }

    /// What has come after that may be forgotten.
    pub fn back_to(&self, seen: &[u64]) {
        for (newest, seen) in self.newest.iter().zip(seen) {
            newest.store(*seen, Ordering::SeqCst);
        }
    }

    /// The feeds of which there is a good copy in their life of now.
    pub fn good(&self) -> Vec<usize> {
        let is_good = |feed: &usize| self.has_good(*feed, self.publisher.life(*feed));
        (0..FEEDS).filter(is_good).collect()
    }

    fn has_good(&self, feed: usize, life: u32) -> bool {
        let newest = self.newest[feed].load(Ordering::SeqCst);
        newest > 0 && newest >> 32 == u64::from(life)
    }

    /// Asks, and looks at the answer; says what its tag is.
    ///
    /// # Errors
    /// Where the connection does not hold.
    pub async fn ask(&self, connection: &mut TcpStream, question: &Question) -> io::Result<Option<String>> {
        self.ask_in(connection, question, Manner::Usual).await
    }

    async fn ask_in(
        &self,
        connection: &mut TcpStream,
        question: &Question,
        manner: Manner,
    ) -> io::Result<Option<String>> {
        let feed = question.feed;
        let (life, least) = (self.publisher.life(feed), self.newest[feed].load(Ordering::SeqCst));
        let had_good = self.has_good(feed, life);
        connection.write_all(question.text("keep-alive").as_bytes()).await?;
        if manner == Manner::HangsUp {
            let _ = connection.read(&mut [0; 100]).await?;
            return Ok(None);
        }
        let reply = soon(reply(connection, question.is_head, manner == Manner::Slow)).await?;
        self.publisher.tally.count("answers to readers", reply.status.to_string());
        let judged = match reply.status {
            200 => self.judge_feed(question, &reply, least),
            304 => self.judge_unchanged(question, &reply, least),
            _ => judge_failure(&reply, question.is_head).and_then(|()| {
                // Where the feed has got another address in between, both may be meant.
                if had_good && self.publisher.life(feed) == life {
                    return Err("a failure, although there is a good copy".to_owned());
                }
                Ok(())
            }),
        };
        if let Err(why) = judged {
            let body = String::from_utf8_lossy(&reply.body[..reply.body.len().min(300)]).into_owned();
            let headers = &reply.headers;
            let message = format!("{question:?} in life {life}, {} {headers:?} {body}: {why}", reply.status);
            self.publisher.tally.wrong(message);
        }
        Ok(reply.headers.get("etag").cloned())
    }

    fn judge_feed(&self, question: &Question, reply: &Reply, least: u64) -> Result<(), String> {
        let tag = reply.header("etag").to_owned();
        let kind = reply.header("content-type").split(';').next().unwrap_or_default();
        let coding = reply.header("content-encoding").to_owned();
        let is_right = kind == media_type(question.feed)
            && tag.starts_with('"')
            && reply.header("cache-control").starts_with("public, max-age=")
            && reply.header("vary").contains("Accept-Encoding")
            && (coding.is_empty() || coding == question.coding);
        if !is_right {
            return Err("headers that are not those of a feed".to_owned());
        }
        if reply.header("cache-status").contains("detail=stale") {
            self.publisher.tally.count("of these, from a copy that stands in", "200");
        }
        if question.is_head {
            return if reply.body.is_empty() { Ok(()) } else { Err("HEAD with a body".to_owned()) };
        }
        if let Some(had) = &question.tag
            && *had == tag
        {
            return Err("200 for what the reader has".to_owned());
        }
        let text = String::from_utf8(plain(&reply.body, &coding)?).map_err(|_| "no UTF-8".to_owned())?;
        let version = Version::of(&text).ok_or("a body that is of no version")?;
        if version.feed != question.feed || !self.publisher.has_sent(version) {
            return Err(format!("{version:?} has never been sent whole"));
        }
        if text != version.served(question.part) {
            return Err(format!("not what {version:?} is to be"));
        }
        if number(version) < least {
            return Err(format!("{version:?}, and there was a newer one before"));
        }
        self.newest[question.feed].fetch_max(number(version), Ordering::SeqCst);
        let edition = (version, question.part, coding);
        let of_tag = lock(&self.by_tag).entry(tag.clone()).or_insert_with(|| edition.clone()).clone();
        let of_edition = lock(&self.by_edition).entry(edition.clone()).or_insert_with(|| tag.clone()).clone();
        if of_tag != edition || of_edition != tag {
            return Err(format!("a tag that was {of_tag:?}; this was tagged {of_edition}"));
        }
        Ok(())
    }

    fn judge_unchanged(&self, question: &Question, reply: &Reply, least: u64) -> Result<(), String> {
        let tag = reply.header("etag");
        if question.tag.as_deref() != Some(tag) || !reply.body.is_empty() {
            return Err("304 for what the reader does not have".to_owned());
        }
        // The tags of HEAD are of versions that may not have been read by anybody.
        let Some((version, part, _)) = lock(&self.by_tag).get(tag).cloned() else { return Ok(()) };
        let is_it = version.feed == question.feed && part == question.part && number(version) >= least;
        if is_it { Ok(()) } else { Err(format!("304 for {version:?}, which is not the newest")) }
    }
}

/// A failure is one sentence, and says when to come back.
fn judge_failure(reply: &Reply, is_head: bool) -> Result<(), String> {
    if !matches!(reply.status, 404 | 502 | 504) {
        return Err("a status that no failure of a publisher has".to_owned());
    }
    let wait: Option<u64> = reply.header("retry-after").parse().ok();
    if wait.is_none_or(|wait| wait == 0) || reply.header("cache-control") != "no-store" {
        return Err("a failure that does not say when to come back".to_owned());
    }
    let text = String::from_utf8_lossy(&reply.body);
    let is_sentence = text.ends_with(".\n")
        && text.lines().count() == 1
        && text.chars().next().is_some_and(char::is_uppercase)
        && text.len() < 200;
    let is_right = if is_head { text.is_empty() } else { is_sentence };
    if is_right { Ok(()) } else { Err("a failure that is not one sentence".to_owned()) }
}

/// An answer, read to its end.
async fn reply(connection: &mut TcpStream, is_head: bool, is_slow: bool) -> io::Result<Reply> {
    let (mut all, mut buffer) = (Vec::new(), vec![0; if is_slow { 200 } else { 16 << 10 }]);
    let mut some = async |all: &mut Vec<u8>| -> io::Result<()> {
        let count = connection.read(&mut buffer).await?;
        if count == 0 {
            return Err(io::Error::other(format!("closed after {} bytes of an answer", all.len())));
        }
        all.extend(&buffer[..count]);
        if is_slow {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    };
    let end = loop {
        if let Some(end) = all.windows(4).position(|end| end == b"\r\n\r\n") {
            break end + 4;
        }
        some(&mut all).await?;
    };
    let head = String::from_utf8_lossy(&all[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    let headers: HashMap<String, String> =
        lines.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    let has_body = !is_head && status != 304;
    let length = headers.get("content-length").and_then(|length| length.parse().ok());
    let length = if has_body { length.ok_or_else(|| io::Error::other("no length"))? } else { 0 };
    while all.len() < end + length {
        some(&mut all).await?;
    }
    Ok(Reply { status, headers, body: all.split_off(end) })
}

/// A body with its coding undone.
fn plain(body: &[u8], coding: &str) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    #[allow(clippy::disallowed_methods, reason = "it comes from the code under test")]
    let done = match coding {
        "" => return Ok(body.to_vec()),
        "gzip" => flate2::read::GzDecoder::new(body).read_to_end(&mut out),
        "br" => brotli::Decompressor::new(body, 4096).read_to_end(&mut out),
        "zstd" => zstd::Decoder::new(body).and_then(|mut decoder| decoder.read_to_end(&mut out)),
        other => return Err(format!("coded as {other}")),
    };
    done.map_err(|error| format!("{coding} that is none: {error}"))?;
    Ok(out)
}

/// Reads until it is told to stop, or until the process is gone, where that is meant to happen.
pub async fn read(judge: Arc<Judge>, address: SocketAddr, mut dice: Dice, stop: CancellationToken) {
    let mut tags: HashMap<(usize, Part), String> = HashMap::new();
    let mut kept: Option<TcpStream> = None;
    while !stop.is_cancelled() {
        let question = question(&mut dice, &tags);
        let manner = match dice.below(20) {
            0 => Manner::HangsUp,
            1 => Manner::Slow,
            _ => Manner::Usual,
        };
        let asked = async {
            let mut connection = match kept.take() {
                Some(kept) => kept,
                None => TcpStream::connect(address).await?,
            };
            let tag = judge.ask_in(&mut connection, &question, manner).await?;
            if manner != Manner::HangsUp && dice.below(3) > 0 {
                kept = Some(connection);
            }
            Ok::<_, io::Error>(tag)
        };
        match asked.await {
            Ok(Some(tag)) => {
                tags.insert((question.feed, question.part), tag);
            }
            Ok(None) => {}
            Err(_) if stop.is_cancelled() => return,
            Err(error) => judge.publisher.tally.wrong(format!("{question:?} {manner:?}: {error}")),
        }
        let what = match (manner, question.is_head, question.tag.is_some()) {
            (Manner::HangsUp, ..) => "hung up",
            (Manner::Slow, ..) => "read slowly",
            (_, true, _) => "HEAD",
            (_, _, true) => "with If-None-Match",
            _ if question.coding.is_empty() => "plain",
            _ => question.coding,
        };
        judge.publisher.tally.count("requests of readers", what);
        let pause = tokio::time::sleep(Duration::from_millis(50 + dice.below(400)));
        tokio::select! {
            () = pause => {}
            () = stop.cancelled() => return,
        }
    }
}

fn question(dice: &mut Dice, tags: &HashMap<(usize, Part), String>) -> Question {
    let feed = usize::try_from(dice.below(FEEDS as u64)).unwrap();
    let part = match rules(feed) {
        Rules::Topic => dice.one_of(&[Part::Whole, Part::Tides, Part::Rest]),
        _ => Part::Whole,
    };
    let tag = tags.get(&(feed, part)).filter(|_| dice.below(2) == 0).cloned();
    let coding = dice.one_of(&["", "gzip", "br", "zstd"]);
    Question { feed, part, is_head: dice.below(10) == 0, coding, tag }
}
