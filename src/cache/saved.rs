//! What is known of a source, as it is written down, and back.

use std::sync::Arc;
use std::time::Duration;

use url::Url;
use xxhash_rust::xxh3::xxh3_128;

use super::known::{Good, Known};
use super::moved::Moved;
use super::source::Key;
use crate::config::{Origin, Source};
use crate::feed::articles::Reach;
use crate::fetch::politeness::Validators;
use crate::fetch::{FetchError, Headers, reading};
use crate::store::Store;
use crate::store::record::{Body, GoodCopy, Problem, Raw, Record};

/// How a copy came, as far as that matters for reading it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Came {
    /// How its body is told from others in the store; empty where there is none.
    pub body: String,
    pub media_type: Option<String>,
    pub charset: Option<String>,
    pub address: Option<Url>,
    /// The body itself, where what is shared may have to be given back to a Redis that has lost it, and the text is not
    /// the same.
    pub packed: Option<Arc<Body>>,
}

impl Came {
    /// With these headers, and this body.
    pub fn with(headers: &Headers, body: Option<&Raw>) -> Self {
        let Headers { media_type, charset, address, .. } = headers.clone();
        let body = body.map(Raw::digest).unwrap_or_default();
        Came { body, media_type, charset, address, packed: None }
    }

    /// Whether a text of this digest can stand for its body.
    pub fn is_of(&self, digest: u128) -> bool {
        self.body == named(digest)
    }

    /// The same with the body, where a text of this digest can not stand for it.
    #[must_use]
    pub fn with_body(self, digest: u128, body: Option<&Body>) -> Self {
        let other = body.filter(|_| !self.is_of(digest));
        Came { packed: other.cloned().map(Arc::new), ..self }
    }
}

/// A digest as bodies are told apart by.
fn named(digest: u128) -> String {
    format!("{digest:032x}")
}

/// The body of a copy again, for what is shared. `None` where there is none.
pub(super) fn body(good: &Good) -> Option<Body> {
    if let Some(packed) = &good.came.packed {
        return Some(Body::clone(packed));
    }
    let is_same = good.came.is_of(good.digest);
    is_same.then(|| Body::new(good.feed.source.as_bytes()))?
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
            body: good.came.body.clone(),
            media_type: good.came.media_type.clone(),
            charset: good.came.charset.clone(),
            address: good.came.address.as_ref().map(Url::to_string),
        }),
        moved_to: moved_to.map(Url::to_string),
        moving_to: moving_to.map(|(url, times)| (url.to_string(), *times)),
    }
}

/// What the store knows of a source.
pub(super) fn load(store: &Store, origin: &Origin, key: &Key, max_body: usize) -> Option<Known> {
    let (record, packed) = store.get(&name(key))?;
    let mut known = known(record, packed.as_deref(), None, origin, max_body)?;
    if let (Some(good), Some(packed), Some(_)) = (&mut known.good, packed, store.shared()) {
        good.came = good.came.clone().with_body(good.digest, Body::packed(packed).as_ref());
    }
    Some(known)
}

/// What a record says. A copy whose body is neither `packed` nor the one that is `here`, or not what it was, is none; and
/// where nothing was wrong with it, it is asked for anew.
pub(super) fn known(
    record: Record,
    packed: Option<&[u8]>,
    here: Option<&Good>,
    origin: &Origin,
    max_body: usize,
) -> Option<Known> {
    let good = record.good.as_ref().and_then(|copy| {
        if let Some(here) = here.filter(|here| here.came.body == copy.body) {
            return Some(renewed(copy, here));
        }
        good(copy, Body::unpack(packed?, &copy.body, max_body)?, origin)
    });
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

/// The copy that is here, as another limpid knows it since.
fn renewed(copy: &GoodCopy, here: &Good) -> Good {
    Good {
        since: copy.since,
        fresh_until: copy.fresh_until,
        validators: Validators::of_parts(&copy.validators),
        lifetime: copy.lifetime,
        ..here.clone()
    }
}

/// The longest wait that is believed, a year: no record closes a source for ever.
const LONGEST: Duration = Duration::from_hours(24 * 365);

fn good(copy: &GoodCopy, body: Vec<u8>, origin: &Origin) -> Option<Good> {
    let came = Came {
        body: copy.body.clone(),
        media_type: copy.media_type.clone(),
        charset: copy.charset.clone(),
        address: copy.address.as_ref().and_then(|address| Url::parse(address).ok()),
        packed: None,
    };
    let (media_type, charset, address) =
        (came.media_type.clone(), came.charset.clone(), came.address.clone());
    let headers = Headers { media_type, charset, address, ..Headers::default() };
    let feed = reading::read(body, &headers, origin).ok()?;
    Some(Good {
        digest: xxh3_128(feed.source.as_bytes()),
        feed: Arc::new(feed),
        since: copy.since,
        fresh_until: copy.fresh_until,
        validators: Validators::of_parts(&copy.validators),
        lifetime: copy.lifetime,
        came,
    })
}
