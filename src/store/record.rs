//! The form in which what is known of a source, or of an item's page, is written down. Everything has a digest, which is compared before
//! anything of it is believed.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use crate::feed::summary::Summary;

/// What is known of a source, or of an item's page, but for the body of its last good copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// When it was last asked for.
    pub asked: Timestamp,
    /// How long until it is asked for again.
    pub wait: Duration,
    /// What went wrong when it was last asked for.
    pub problem: Option<Problem>,
    /// How many times in a row it has.
    pub failures: u32,
    /// The last good copy.
    pub good: Option<GoodCopy>,
    /// The address that is asked instead of the configured one.
    pub moved_to: Option<String>,
    /// Where redirects have led to since, and in how many polls in a row.
    pub moving_to: Option<(String, u32)>,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Problem {
    /// A status that is no success.
    Status(u16),
    /// No answer within this time.
    Timeout(Duration),
    /// Anything else, as it was said.
    Other(String),
}

/// What is known of a good copy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoodCopy {
    /// When its text was first seen.
    pub since: Timestamp,
    /// When it was to be asked for again.
    pub fresh_until: Timestamp,
    /// How long its publisher said it was fresh.
    pub lifetime: Option<Duration>,
    /// Its validators: the address they are of, `ETag` and `Last-Modified`; each byte as a character.
    pub validators: [Option<String>; 3],
    /// How its body is told from others, see [`Body::digest`].
    pub body: String,
    /// The media type it came with.
    pub media_type: Option<String>,
    /// The charset it came with.
    pub charset: Option<String>,
    /// The address that it came from.
    pub address: Option<String>,
    /// A digest of its text, and what is told of it, so that its body is not read before it is needed. `None` in what
    /// was written when that was not noted yet.
    #[serde(default)]
    pub text: Option<(u128, Summary)>,
}

impl Record {
    /// As bytes: a digest, and JSON.
    pub(super) fn encode(&self) -> Vec<u8> {
        // Nothing in it can not be said in JSON.
        let json = serde_json::to_vec(self).unwrap_or_default();
        [&xxh3_64(&json).to_le_bytes()[..], &json].concat()
    }

    /// From bytes; `None` where they are not what was written.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (digest, json) = bytes.split_first_chunk::<8>()?;
        let is_whole = u64::from_le_bytes(*digest) == xxh3_64(json);
        is_whole.then(|| serde_json::from_slice(json).ok())?
    }
}

/// A body as it came, its content coding undone, compressed for the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    pub(super) bytes: Vec<u8>,
    digest: u128,
}

/// What stands before the compressed bytes: their digest and their length before compression.
const HEAD: usize = 16 + 8;

/// How hard bodies are compressed: they are written seldom, and off the way of requests.
const LEVEL: i32 = 9;

/// A body as it came, until there is time to compress it.
#[derive(Debug)]
pub struct Raw {
    bytes: Vec<u8>,
    digest: u128,
}

impl Raw {
    /// A copy of a body.
    pub fn new(bytes: &[u8]) -> Self {
        Raw { bytes: bytes.to_vec(), digest: xxh3_128(bytes) }
    }

    /// What tells it from others, as [`Body::digest`] does.
    pub fn digest(&self) -> String {
        format!("{:032x}", self.digest)
    }

    /// The body.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Compresses it. `None` where that fails.
    pub fn pack(&self) -> Option<Body> {
        Body::new(&self.bytes)
    }
}

impl Body {
    /// Compresses a body. `None` where that fails.
    pub fn new(raw: &[u8]) -> Option<Self> {
        let (digest, length) = (xxh3_128(raw), u64::try_from(raw.len()).ok()?);
        let packed = zstd::bulk::compress(raw, LEVEL).ok()?;
        let bytes = [&digest.to_le_bytes()[..], &length.to_le_bytes(), &packed].concat();
        Some(Body { bytes, digest })
    }

    /// One that is compressed already; `None` where it can not be one.
    pub fn packed(bytes: Vec<u8>) -> Option<Self> {
        let digest = bytes.first_chunk::<16>().map(|digest| u128::from_le_bytes(*digest))?;
        Some(Body { bytes, digest })
    }

    /// As it is kept.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What tells it from others.
    pub fn digest(&self) -> String {
        format!("{:032x}", self.digest)
    }

    /// The body again, of at most `max` bytes; `None` where it is not the one of this digest, byte for byte.
    pub fn unpack(bytes: &[u8], digest: &str, max: usize) -> Option<Vec<u8>> {
        let (head, packed) = bytes.split_at_checked(HEAD)?;
        let (stated, length) = head.split_first_chunk::<16>()?;
        let length = usize::try_from(u64::from_le_bytes(length.try_into().ok()?)).ok()?;
        if length > max || format!("{:032x}", u128::from_le_bytes(*stated)) != digest {
            return None;
        }
        let raw = zstd::bulk::decompress(packed, length).ok()?;
        (xxh3_128(&raw) == u128::from_le_bytes(*stated)).then_some(raw)
    }

    /// The same where only its own digest vouches for it.
    pub fn unpack_any(bytes: &[u8], max: usize) -> Option<Vec<u8>> {
        let digest = bytes.first_chunk::<16>().map(|digest| u128::from_le_bytes(*digest))?;
        Body::unpack(bytes, &format!("{digest:032x}"), max)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts() -> impl Strategy<Value = Option<String>> {
        proptest::option::of(".{0,40}")
    }

    fn times() -> impl Strategy<Value = Timestamp> {
        (-9_999_999_999_i64..99_999_999_999, 0..999_999_999_i32)
            .prop_map(|(second, nanosecond)| Timestamp::new(second, nanosecond).unwrap())
    }

    fn records() -> impl Strategy<Value = Record> {
        let problem = prop_oneof![
            any::<u16>().prop_map(Problem::Status),
            any::<Duration>().prop_map(Problem::Timeout),
            ".*".prop_map(Problem::Other),
        ];
        let copy = (times(), times(), any::<Option<Duration>>(), [texts(), texts(), texts()], ".*", texts());
        let copy = copy.prop_map(|(since, fresh_until, lifetime, validators, body, said)| GoodCopy {
            since,
            fresh_until,
            lifetime,
            validators,
            body,
            media_type: said.clone(),
            charset: said.clone(),
            address: said,
            text: None,
        });
        let (problem, copy) = (proptest::option::of(problem), proptest::option::of(copy));
        let moved = (texts(), proptest::option::of((".*", any::<u32>())));
        (times(), any::<Duration>(), problem, any::<u32>(), copy, moved).prop_map(
            |(asked, wait, problem, failures, good, (moved_to, moving_to))| Record {
                asked,
                wait,
                problem,
                failures,
                good,
                moved_to,
                moving_to,
            },
        )
    }

    proptest! {
        #[test]
        fn records_come_back_as_they_were(record in records()) {
            prop_assert_eq!(Record::decode(&record.encode()), Some(record));
        }

        #[test]
        fn bodies_come_back_as_they_were(raw in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let body = Body::new(&raw).unwrap();
            prop_assert_eq!(Body::unpack(&body.bytes, &body.digest(), 2000), Some(raw));
        }

        #[test]
        fn what_was_changed_or_cut_is_not_believed(record in records(), at: prop::sample::Index, bit in 0..8_u8) {
            let whole = record.encode();
            let at = at.index(whole.len());
            prop_assert_eq!(Record::decode(&whole[..at]), None);
            let mut changed = whole;
            changed[at] ^= 1 << bit;
            prop_assert_eq!(Record::decode(&changed), None);
        }

        #[test]
        fn bodies_that_were_changed_are_not_believed(at: prop::sample::Index, bit in 0..8_u8, noise: Vec<u8>) {
            let body = Body::new(&b"<rss>high water</rss>".repeat(9)).unwrap();
            let mut changed = body.bytes.clone();
            let at = at.index(changed.len());
            changed[at] ^= 1 << bit;
            // A bit that no decoder looks at may change; then the body is the same.
            let same = Body::unpack(&changed, &body.digest(), 1000);
            prop_assert!(same.is_none_or(|raw| raw == b"<rss>high water</rss>".repeat(9)));
            prop_assert_eq!(Body::unpack(&body.bytes[..at], &body.digest(), 1000), None);
            prop_assert_eq!(Body::unpack(&noise, &body.digest(), 1000), None);
            prop_assert_eq!(Record::decode(&noise), None);
        }
    }

    #[test]
    fn a_body_over_the_limit_is_not_unpacked() {
        let body = Body::new(&[b'a'; 1000]).unwrap();
        assert_eq!(Body::unpack(&body.bytes, &body.digest(), 999), None);
    }
}
