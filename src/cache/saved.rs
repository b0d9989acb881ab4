//! What is known of a source, as it is written down, and back.

use std::sync::Arc;
use std::time::Duration;

use url::Url;
use xxhash_rust::xxh3::xxh3_128;

use super::held::{Held, Of};
use super::known::{Good, Known};
use super::moved::Moved;
use super::source::Key;
use crate::config::Source;
use crate::feed::articles::Reach;
use crate::feed::summary::Summary;
use crate::fetch::politeness::Validators;
use crate::fetch::{FetchError, Headers, reading};
use crate::store::Store;
use crate::store::record::{Body, GoodCopy, Problem, Raw, Record};

/// How a copy came, as far as that matters for reading it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Came {
    /// How its body is told from others.
    pub body: String,
    pub media_type: Option<String>,
    pub charset: Option<String>,
    pub address: Option<Url>,
}

impl Came {
    /// With these headers, and this body.
    pub fn with(headers: &Headers, body: &Raw) -> Self {
        let Headers { media_type, charset, address, .. } = headers.clone();
        Came { body: body.digest(), media_type, charset, address }
    }

    /// The headers by which its body is read again.
    pub fn headers(&self) -> Headers {
        let Came { media_type, charset, address, .. } = self.clone();
        Headers { media_type, charset, address, ..Headers::default() }
    }
}

/// What a source is called in the store.
pub(super) fn name((source, reading, reach): &Key) -> String {
    let address = match source {
        Source::Url(url) => url.as_str(),
        Source::Sample => "sample:newsletter",
    };
    let reach = if *reach == Reach::Anywhere { "anywhere" } else { "public" };
    format!("{reach} {reading:032x} {address}")
}

/// As it is written down.
pub(super) fn record(known: &Known) -> Record {
    let problem = known.problem.as_ref().map(|error| match error.as_ref() {
        FetchError::Status { status, .. } => Problem::Status(*status),
        FetchError::Timeout(limit) => Problem::Timeout(*limit),
        other => Problem::Other(other.to_string()),
    });
    let (moved_to, moving_to) = known.moved.parts();
    Record {
        asked: known.asked,
        wait: known.wait,
        problem,
        failures: known.failures,
        good: known.good.as_ref().map(|good| GoodCopy {
            since: good.since,
            fresh_until: good.fresh_until,
            lifetime: good.lifetime,
            validators: good.validators.parts(),
            body: good.held.came.body.clone(),
            media_type: good.held.came.media_type.clone(),
            charset: good.held.came.charset.clone(),
            address: good.held.came.address.as_ref().map(Url::to_string),
            text: Some((good.digest, good.held.summary.clone())),
        }),
        moved_to: moved_to.map(Url::to_string),
        moving_to: moving_to.map(|(url, times)| (url.to_string(), *times)),
    }
}

/// What the store knows of a source. A copy whose body is not there, or not what it was, is none; and where nothing
/// was wrong with it, it is asked for anew.
pub(super) fn load(store: &Arc<Store>, key: &Key, of: Of<'_>) -> Option<Known> {
    let name = name(key);
    let Some(disk) = store.disk() else {
        let (record, packed) = store.get(&name)?;
        return known(record, packed, None, of);
    };
    let (record, has_body) = disk.record(&name)?;
    let good = record.good.as_ref().filter(|_| has_body).and_then(|copy| {
        let came = came(copy);
        let (digest, summary) = match &copy.text {
            Some(text) => text.clone(),
            None => read(&disk.get(&name)?.1?, copy, of)?,
        };
        Some(good(copy, digest, Held::stored((summary, came), (store, &name), of)?))
    });
    restored(record, good)
}

/// What another limpid has written down. A copy whose body is neither `packed` nor the one that is `here`, or not what it
/// was, is none; and where nothing was wrong with it, it is asked for anew.
pub(super) fn known(
    record: Record,
    packed: Option<Vec<u8>>,
    here: Option<&Good>,
    of: Of<'_>,
) -> Option<Known> {
    let good = record.good.as_ref().and_then(|copy| {
        if let Some(here) = here.filter(|here| here.held.came.body == copy.body) {
            return Some(good(copy, here.digest, here.held.clone()));
        }
        let packed = packed?;
        // All of it is read now: what can not be is no copy.
        let (digest, summary) = read(&packed, copy, of)?;
        Some(good(copy, digest, Held::packed((summary, came(copy)), Body::packed(packed)?, of)))
    });
    restored(record, good)
}

/// What a record says beside its copy.
fn restored(record: Record, good: Option<Good>) -> Option<Known> {
    if good.is_none() && record.problem.is_none() {
        return None;
    }
    let problem = record.problem.map(|problem| {
        Arc::new(match problem {
            Problem::Status(status) => FetchError::Status { status, retry_after: None },
            Problem::Timeout(limit) => FetchError::Timeout(limit),
            Problem::Other(said) => FetchError::Before(said),
        })
    });
    let url = |text: &String| Url::parse(text).ok();
    let next = record.moving_to.and_then(|(address, times)| Some((url(&address)?, times)));
    let moved = Moved::of(record.moved_to.as_ref().and_then(url), next);
    let (asked, failures, wait) = (record.asked, record.failures, record.wait.min(LONGEST));
    Some(Known { good, problem, failures, asked, wait, moved })
}

/// The longest wait that is believed, a year: no record closes a source for ever.
const LONGEST: Duration = Duration::from_hours(24 * 365);

fn came(copy: &GoodCopy) -> Came {
    Came {
        body: copy.body.clone(),
        media_type: copy.media_type.clone(),
        charset: copy.charset.clone(),
        address: copy.address.as_ref().and_then(|address| Url::parse(address).ok()),
    }
}

/// A digest of the text of a packed body, and what is told of it.
fn read(packed: &[u8], copy: &GoodCopy, (origin, _, max_body): Of<'_>) -> Option<(u128, Summary)> {
    let body = Body::unpack(packed, &copy.body, max_body)?;
    let feed = reading::read(body, &came(copy).headers(), origin).ok()?;
    Some((xxh3_128(feed.source.as_bytes()), Summary::of(&feed)))
}

fn good(copy: &GoodCopy, digest: u128, held: Arc<Held>) -> Good {
    Good {
        held,
        digest,
        since: copy.since,
        fresh_until: copy.fresh_until,
        validators: Validators::of_parts(&copy.validators),
        lifetime: copy.lifetime,
    }
}
