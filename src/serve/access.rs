//! Who may read what.
//!
//! Source: RFC 9110 §11 *HTTP Authentication*, RFC 6750 *Bearer Token Usage*, RFC 7617 *The Basic Scheme*.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, HeaderMap};
use subtle::ConstantTimeEq;

use super::{Configured, Failure};
use crate::adhoc::Refused;
use crate::config::{FeedAccess, Gate};
use crate::respond::{self, Answer};
use crate::route::Route;

/// How a request has come in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// It is open to everybody.
    Open,
    /// With credentials in its headers.
    Credentials,
    /// Under a secret address, of which this is the part before `/feeds/` or `/opml`.
    Secret(String),
}

impl Entry {
    /// An answer, to be kept by those only who may have it.
    pub(super) fn kept(&self, answer: Answer) -> Answer {
        match self {
            Entry::Open => answer,
            Entry::Credentials => respond::private(answer, true),
            Entry::Secret(_) => respond::private(answer, false),
        }
    }
}

/// Where secret addresses begin: `/s/SECRET/feeds/NAME`, `/s/SECRET/opml`.
const SECRET: &str = "/s/";

/// What stands before `/feeds/NAME` in the secret addresses that a gate opens to; `None` where it has none.
pub fn secret_path(gate: &Gate) -> Option<String> {
    let secret = std::str::from_utf8(gate.secret.as_ref()?.bytes()).ok()?;
    Some(format!("{SECRET}{secret}"))
}

/// A path as it may be logged: without what stands where a secret does, wherever in it that is.
pub(super) fn shown(path: &str) -> String {
    let mut is_secret = false;
    let segments = path.split('/').map(|segment| {
        if segment.is_empty() {
            return segment;
        }
        let shown = if is_secret { "…" } else { segment };
        is_secret = segment.eq_ignore_ascii_case("s");
        shown
    });
    segments.collect::<Vec<_>>().join("/")
}

/// The secret of a path, and the path behind it.
pub(super) fn split(path: &str) -> (Option<&str>, &str) {
    let secret = path.strip_prefix(SECRET).and_then(|rest| rest.find('/').map(|end| rest.split_at(end)));
    secret.map_or((None, path), |(secret, rest)| (Some(secret), rest))
}

impl Configured {
    /// How a request may go on.
    ///
    /// # Errors
    /// What to refuse it with. A wrong secret is as good as no feed.
    pub(super) fn entry(
        &self,
        route: &Route,
        secret: Option<&str>,
        headers: &HeaderMap,
    ) -> Result<Entry, Failure> {
        let feed = route.wanted().and_then(|wanted| self.by_name.get(&wanted.name));
        let gate = match feed.map(|feed| &feed.access) {
            Some(FeedAccess::Open) => None,
            Some(FeedAccess::Own(gate)) => Some(gate),
            Some(FeedAccess::AsAll) | None => self.access.gate.as_ref(),
        };
        if let Some(secret) = secret {
            let is_for_it = matches!(route, Route::Feed(..)) && feed.is_some() || *route == Route::Opml;
            let right = gate.filter(|_| is_for_it).and_then(|gate| gate.secret.as_ref());
            let is_right = right.is_some_and(|right| bool::from(right.bytes().ct_eq(secret.as_bytes())));
            return if is_right {
                Ok(Entry::Secret(format!("{SECRET}{secret}")))
            } else {
                Err(Failure::NoSuchFeed)
            };
        }
        match (route, gate) {
            // A signature may stand in for credentials at `/clean`; that is seen once the query is read.
            (Route::Health | Route::Ready | Route::Clean | Route::Asset(_), _) => Ok(Entry::Open),
            (Route::Home | Route::Opml | Route::Metrics, _) if self.access.open_pages => Ok(Entry::Open),
            // The playground sees to it itself who may, where there are no credentials.
            (_, Some(gate)) => enter(gate, headers),
            (Route::Home | Route::Opml | Route::Metrics | Route::Receipt(_) | Route::Preview(_), None)
                if self.is_exposed() =>
            {
                // Of an open feed the receipt is no more open than all that is not a feed.
                self.access.gate.as_ref().map_or_else(|| Err(closed()), |gate| enter(gate, headers))
            }
            (_, None) => Ok(Entry::Open),
        }
    }

    /// The same for feeds that are not configured.
    pub(super) fn ad_hoc_entry(&self, is_signed: bool, headers: &HeaderMap) -> Result<Entry, Failure> {
        let gate: Option<&Arc<Gate>> = self.access.gate.as_ref().filter(|_| !is_signed);
        gate.map_or(Ok(Entry::Open), |gate| enter(gate, headers))
    }

    /// Whether strangers can reach it, and nobody has said who may read.
    fn is_exposed(&self) -> bool {
        !self.server.listen.ip().is_loopback() && !self.access.open_pages
    }
}

fn closed() -> Failure {
    let sentence = "This page is closed to strangers; [access] pages = \"open\" in the configuration opens it, and a \
                    token there keeps it for those who have that.";
    Failure::Refused(Refused { status: StatusCode::FORBIDDEN, sentence: sentence.to_owned() })
}

/// Looks at the credentials of a request.
fn enter(gate: &Gate, headers: &HeaderMap) -> Result<Entry, Failure> {
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    let given = match (lines.next().and_then(|line| line.to_str().ok()), lines.next()) {
        (Some(given), None) => Some(given),
        // Two lines are no credentials: whichever counts, something in front of limpid may have taken the other.
        _ => None,
    };
    let (scheme, rest) = given.map(|given| given.split_once(' ').unwrap_or((given, ""))).unwrap_or_default();
    let is_right = match scheme.to_ascii_lowercase().as_str() {
        "bearer" => gate.token.as_ref().is_some_and(|token| same(token.bytes(), rest.trim().as_bytes())),
        "basic" => gate.basic.as_ref().is_some_and(|(user, password)| {
            let right = [user.as_bytes(), b":", password.bytes()].concat();
            STANDARD.decode(rest.trim()).is_ok_and(|given| same(&right, &given))
        }),
        _ => false,
    };
    if is_right { Ok(Entry::Credentials) } else { Err(Failure::Unauthorised(challenges(gate, scheme))) }
}

/// Compared in a time that does not tell how much of it is right.
fn same(right: &[u8], given: &[u8]) -> bool {
    right.ct_eq(given).into()
}

/// What to ask for (RFC 9110 §11.6.1). A gate that only a secret address opens asks for a token that nobody has: a
/// 401 has to name a scheme.
fn challenges(gate: &Gate, tried: &str) -> Vec<&'static str> {
    let bearer = if tried.eq_ignore_ascii_case("bearer") {
        "Bearer realm=\"limpid\", error=\"invalid_token\""
    } else {
        "Bearer realm=\"limpid\""
    };
    let mut all = Vec::new();
    if gate.basic.is_some() {
        all.push("Basic realm=\"limpid\", charset=\"UTF-8\"");
    }
    if gate.token.is_some() || all.is_empty() {
        all.push(bearer);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_split_off_and_not_shown() {
        assert_eq!(split("/s/abc/feeds/a"), (Some("abc"), "/feeds/a"));
        assert_eq!(split("/feeds/s/abc"), (None, "/feeds/s/abc"));
        assert_eq!(split("/s/abc"), (None, "/s/abc"));
        for (path, expected) in [
            ("/s/abc/feeds/a.json", "/s/…/feeds/a.json"),
            ("/s/abc", "/s/…"),
            ("/s/", "/s/"),
            ("/feeds/a", "/feeds/a"),
            ("//S//abc/s/abc/feeds/a", "//S//…/s/…/feeds/a"),
        ] {
            assert_eq!(shown(path), expected);
        }
    }
}
