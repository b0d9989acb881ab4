//! A Redis that many limpids share: what each has learnt, who asks a publisher at the moment, and whose turn it is at a
//! host.
//!
//! A record is a hash: the record itself, the body it speaks of, when its source was asked, and the token it was written
//! with. Whoever is to ask a publisher takes the lock of the source first, with a token greater than every one before; what
//! is written with a smaller token than what stands there is refused, so that a limpid which was stopped for a while
//! changes nothing when it goes on. Scripts do that, each as a whole.

mod counted;
mod keys;
mod lease;
mod link;
mod turn;
mod watch;

use std::collections::hash_map::RandomState;
use std::fmt;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use prometheus_client::registry::Registry;
use redis::Client;
use tokio::runtime::Handle;
use tokio::sync::watch as channel;

use super::file::Kept;
use super::record::{Body, Record};
use crate::clock::Clock;
use keys::Scripts;
pub use lease::Lease;
use link::Link;
pub use turn::Slot;

/// For how long what is known is kept beyond the time when it was to be asked for again: longer than a copy stands in
/// where its publisher fails (`stale-if-error`, 30 days unless said otherwise).
const KEPT: Duration = Duration::from_hours(24 * 60);

/// The longest wait that adds to that, a year. What is never asked for again waits no time at all.
const LONGEST_WAIT: Duration = Duration::from_hours(24 * 366);

/// What a record takes beside its body, at most.
const RECORD: usize = 256 << 10;

/// The most bytes of what is noted of a feed.
const NOTE: usize = 1 << 20;

/// How many notes are asked for at a time.
const NOTES: usize = 64;

/// How often to look for what another limpid is asking for, in milliseconds; the last is repeated.
const LOOKS: [u64; 4] = [10, 25, 50, 100];

/// What a Redis is used within.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most bytes of all records together.
    pub max_size: u64,
    /// The most bytes of a body, before it is compressed.
    pub max_body: usize,
    /// How long a fetch may take.
    pub timeout: Duration,
    /// How long anything in Redis is waited for, connecting included: a reader who meets the first request that it does
    /// not answer waits so long, once.
    pub patience: Duration,
}

/// A Redis that is shared.
pub struct Shared {
    link: Link,
    scripts: Scripts,
    /// What no other process is called.
    name: String,
    /// For how long a lock holds.
    expiry: Duration,
    limits: Limits,
    /// How often Redis was found to be there after it was not, or to have lost everything.
    returns: channel::Sender<u64>,
    runtime: Handle,
    clock: Arc<dyn Clock>,
}

/// Who asks a publisher.
#[derive(Debug)]
pub enum Begun {
    /// Nobody: another has. The body is left out where it is the one that is here.
    Learnt(Box<Record>, Option<Vec<u8>>),
    /// This limpid.
    Ours(Lease),
    /// Each limpid for itself: Redis is away.
    Alone,
}

/// What came of writing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is there.
    Written,
    /// What is there was written with a greater token.
    Refused,
    /// It is there already.
    Same,
    /// What is there is newer.
    Older,
    /// It is to be sent with its body.
    BodyWanted,
    /// There is no room for it whatever makes way.
    TooLarge,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("link", &self.link).finish_non_exhaustive()
    }
}

impl Shared {
    /// Uses a Redis from now on, and looks after it. `shown` is its address without what is secret. It takes a runtime,
    /// and waits for nothing.
    pub fn new(client: Client, shown: String, limits: Limits, clock: Arc<dyn Clock>) -> Arc<Self> {
        let random = RandomState::new().build_hasher().finish();
        let shared = Arc::new(Shared {
            link: Link::new(client, shown, limits.patience),
            scripts: Scripts::new(),
            name: format!("{random:016x}"),
            // What is waited for no longer than this is not held for longer either.
            expiry: lease::EXPIRY.min(limits.timeout).max(Duration::from_millis(100)),
            limits,
            returns: channel::Sender::new(0),
            runtime: Handle::current(),
            clock,
        });
        tokio::spawn(watch::watch(Arc::downgrade(&shared)));
        shared
    }

    /// What is wrong with it at the moment, in one sentence.
    pub fn problem(&self) -> Option<String> {
        self.link.problem()
    }

    /// What is counted of it.
    pub fn registry(&self) -> &Registry {
        &self.link.counted().registry
    }

    /// Tells of each time that it is there after it was not, or has lost everything: then what is known here is to be
    /// offered.
    pub fn returns(&self) -> channel::Receiver<u64> {
        self.returns.subscribe()
    }

    /// Counts a source that need not be asked, for another limpid has.
    pub fn note_taken_over(&self) {
        self.link.counted().taken_over.inc();
    }

    /// Waits for something, in a thread that may.
    pub(super) fn waited<T>(&self, what: impl Future<Output = T>) -> T {
        self.runtime.block_on(what)
    }

    /// Who asks for a source that is due here. `asked` is when it was asked as far as it is known here, and `digest` that
    /// of the body that is. Where another limpid asks at the moment, what comes of that is waited for.
    pub async fn begin(self: &Arc<Self>, name: &str, mut asked: Option<Timestamp>, digest: &str) -> Begun {
        // Who asks has a limit on that, and after it a lock that is not given back is over soon.
        let (mut waited, longest) = (Duration::ZERO, self.limits.timeout + self.expiry);
        for nth in 0.. {
            let Some(answer) = self.try_to_begin(name, asked, digest).await else { break };
            let mut parts = answer.into_iter();
            let (what, number) = (parts.next().unwrap_or_default(), text(parts.next()));
            match what.as_slice() {
                b"learnt" => {
                    let record = parts.next().and_then(|bytes| Record::decode(&bytes));
                    if let Some(record) = record {
                        let body = parts.next().filter(|body| !body.is_empty());
                        return Begun::Learnt(Box::new(record), body);
                    }
                    // What limpid has not written is as good as nothing.
                    asked = number.parse().ok().and_then(|time| Timestamp::from_microsecond(time).ok());
                }
                b"ours" => return Begun::Ours(Lease::new(self, name, number, text(parts.next()))),
                _ if waited >= longest => break,
                _ => {
                    let look = LOOKS.get(nth).or(LOOKS.last()).copied().unwrap_or_default();
                    let look = Duration::from_millis(look);
                    tokio::time::sleep(look).await;
                    waited += look;
                }
            }
        }
        Begun::Alone
    }

    async fn try_to_begin(&self, name: &str, asked: Option<Timestamp>, digest: &str) -> Option<Vec<Vec<u8>>> {
        let asked = asked.map(|asked| asked.as_microsecond().to_string()).unwrap_or_default();
        let mut invocation = self.scripts.begin.key(keys::record(name));
        invocation.key(keys::lock(name)).key(keys::TOKENS);
        invocation.arg(asked).arg(self.clock.now().as_microsecond()).arg(digest);
        invocation.arg(self.expiry.as_millis().to_string()).arg(self.most());
        self.link.run(&invocation, 0).await
    }

    /// Renews a lock for so many milliseconds, or gives it back: 1 where it was there.
    async fn hold(&self, lock: &str, token: &str, milliseconds: &str) -> Option<i64> {
        let mut invocation = self.scripts.hold.key(lock);
        self.link.run(invocation.arg(token).arg(milliseconds), 0).await
    }

    /// Writes what is known: what came of asking with the token of its lock, anything else where it is newer.
    async fn write(
        &self,
        name: &str,
        token: Option<&str>,
        record: &Record,
        body: Option<&Body>,
    ) -> Option<Written> {
        let bytes = record.encode();
        let digest = record.good.as_ref().map_or("", |good| good.body.as_str());
        let body = body.map_or(&[][..], |body| body.bytes.as_slice());
        let size = bytes.len() + body.len();
        let (asked, now) = (record.asked.as_microsecond(), self.clock.now().as_microsecond());
        let mut invocation = self.scripts.write.key(keys::record(name));
        invocation.key(keys::lock(name)).key(keys::TOKENS).key(keys::KEPT).key(keys::SIZES).key(keys::BYTES);
        invocation.arg(token.unwrap_or_default()).arg(asked).arg(now).arg(bytes).arg(digest).arg(body);
        invocation.arg(kept_for(record.wait).as_secs()).arg(self.limits.max_size);
        let said: String = self.link.run(&invocation, size).await?;
        let written = match said.as_str() {
            "written" => Written::Written,
            "same" => Written::Same,
            "older" => Written::Older,
            "body" => Written::BodyWanted,
            "too-large" => Written::TooLarge,
            _ => Written::Refused,
        };
        if written == Written::Refused {
            self.link.counted().refused.inc();
        }
        Some(written)
    }

    /// Writes what is known where it is newer than what is there, first without its body: mostly that is there. `None`
    /// where Redis is away.
    pub async fn offer(&self, name: &str, record: &Record, body: Option<&Body>) -> Option<Written> {
        self.write(name, None, record, body).await
    }

    /// What is known of a source or a page, and its body, packed.
    pub async fn find(&self, name: &str) -> Option<Kept> {
        let mut invocation = self.scripts.find.key(keys::record(name));
        invocation.key(keys::KEPT).arg(self.most()).arg(KEPT.as_secs());
        let found: Vec<Vec<u8>> = self.link.run(&invocation, 0).await?;
        let mut parts = found.into_iter();
        let record = Record::decode(&parts.next()?)?;
        Some((record, parts.next().filter(|body| !body.is_empty())))
    }

    /// What is noted of these feeds, packed, of those of which something is.
    pub async fn notes(&self, feeds: &[&str]) -> Vec<(String, Vec<u8>)> {
        let mut all = Vec::new();
        for some in feeds.chunks(NOTES) {
            let mut invocation = self.scripts.notes.arg(NOTE);
            for feed in some {
                invocation.key(keys::note(feed));
            }
            let Some(found) = self.link.run::<Vec<Vec<u8>>>(&invocation, 0).await else { break };
            let there = some.iter().zip(found).filter(|(_, note)| !note.is_empty());
            all.extend(there.map(|(feed, note)| ((*feed).to_owned(), note)));
        }
        all
    }

    /// Writes what is noted of a feed, and says whether it is there.
    pub async fn put_note(&self, feed: &str, note: &Body) -> bool {
        let mut command = redis::cmd("SET");
        command.arg(keys::note(feed)).arg(note.bytes.as_slice()).arg("EX").arg(KEPT.as_secs());
        self.link.tell::<()>(&command, note.bytes.len()).await.is_some()
    }

    /// The most bytes of a record and its body that are read: a body that can not be compressed is a little longer.
    fn most(&self) -> usize {
        self.limits.max_body.saturating_add(self.limits.max_body / 64).saturating_add(RECORD)
    }
}

/// For how long a record is kept.
fn kept_for(wait: Duration) -> Duration {
    KEPT + if wait > LONGEST_WAIT { Duration::ZERO } else { wait }
}

fn text(bytes: Option<Vec<u8>>) -> String {
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}
