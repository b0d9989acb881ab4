//! What everything is called in Redis, and the scripts that read and write it.

use redis::Script;
use sha2::{Digest, Sha256};

/// What all keys begin with, and the version of all that is written. Another one has other keys, and is not read.
macro_rules! key {
    ($name:literal) => {
        concat!("limpid:1:", $name)
    };
}

/// The last token that was given.
pub(super) const TOKENS: &str = key!("tokens");
/// Every record, by when it expires.
pub(super) const KEPT: &str = key!("kept");
/// How many bytes each record has.
pub(super) const SIZES: &str = key!("sizes");
/// How many bytes all records have.
pub(super) const BYTES: &str = key!("bytes");
/// A name that the database has from the first limpid that sees it: where it is another one, all was lost.
pub(super) const BORN: &str = key!("born");
/// To try whether there is room.
pub(super) const ROOM: &str = key!("room");

/// The key of something that has a name of its own. Names hold addresses, which may be long, and may be chosen by
/// strangers so that two of them meet under a weaker digest.
fn named(kind: &str, name: &str) -> String {
    let digest = Sha256::digest(name.as_bytes());
    let start = digest.iter().take(16).fold(0_u128, |all, byte| all << 8 | u128::from(*byte));
    format!("{kind}{start:032x}")
}

/// What is known of a source or a page.
pub(super) fn record(name: &str) -> String {
    named(key!("record:"), name)
}

/// Who asks for it at the moment.
pub(super) fn lock(name: &str) -> String {
    named(key!("lock:"), name)
}

/// What is noted of a feed.
pub(super) fn note(feed: &str) -> String {
    named(key!("note:"), feed)
}

/// The requests to a host that are under way, and when the next one may start.
pub(super) fn host(host: &str) -> [String; 2] {
    [named(key!("turns:"), host), named(key!("next:"), host)]
}

/// The scripts: each runs as a whole, between those of others.
pub(super) struct Scripts {
    pub begin: Script,
    pub write: Script,
    pub hold: Script,
    pub find: Script,
    pub notes: Script,
    pub turn: Script,
    pub look: Script,
}

impl Scripts {
    pub fn new() -> Self {
        let script = |text: &str| Script::new(&[include_str!("sound.lua"), text].concat());
        Scripts {
            begin: script(include_str!("begin.lua")),
            write: script(include_str!("write.lua")),
            hold: script(include_str!("hold.lua")),
            find: script(include_str!("find.lua")),
            notes: script(include_str!("notes.lua")),
            turn: script(include_str!("turn.lua")),
            look: script(include_str!("look.lua")),
        }
    }
}
