//! What the requests of one feed carry beside what all do: `headers`, `cookie`, `basic-auth`, `user-agent`.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use sha2::{Digest, Sha256};
use toml::de::{DeTable, DeValue};
use url::{Origin, Url};

use super::problem::Problem;
use super::proxy::{self, Proxy, Via};
use super::secret::{Kind, Secret};
use super::table::Value;
use crate::feed::articles::Login;

/// What the requests of a feed carry, and to whom. `Debug` shows the names of headers, and no values.
#[derive(Clone, Default)]
pub struct FeedRequest {
    /// Who alone is sent the headers; nobody where there are none.
    origin: Option<Origin>,
    headers: HeaderMap,
    via: Via,
    /// Stands for all of this.
    login: Login,
}

impl fmt::Debug for FeedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.headers.keys().map(HeaderName::as_str).collect();
        f.debug_struct("FeedRequest")
            .field("origin", &self.origin)
            .field("headers", &names)
            .field("via", &self.via)
            .finish_non_exhaustive()
    }
}

impl FeedRequest {
    /// The headers for a request to an address: of the scheme, host and port of the feed's source, or none.
    pub fn headers_for(&self, url: &Url) -> Option<&HeaderMap> {
        self.origin.as_ref().filter(|origin| **origin == url.origin()).map(|_| &self.headers)
    }

    /// Which way the requests go, those for the pages of items as well.
    pub fn via(&self) -> &Via {
        &self.via
    }

    /// What stands for all of it, for what is known of sources and pages that were asked for with it.
    pub fn login(&self) -> Login {
        self.login
    }
}

/// Headers that say how a message is sent, or that are limpid's own to send.
const RESERVED: &[&str] = &[
    "accept-encoding",
    "cdn-loop",
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];

const HEADER: Kind = Kind {
    name: "a header",
    example: "headers = { X-Edition = \"long\", X-Token = { env = \"NAME\" } }",
    most: MOST,
};

const COOKIE: Kind = Kind { name: "a cookie", example: "cookie = { file = \"cookie.txt\" }", most: MOST };

const PASSWORD: Kind = Kind { name: "a password", example: BASIC_AUTH, most: MOST };

/// The most bytes of a file: servers take hardly more in a header.
const MOST: usize = 8 << 10;

/// How a login is written, for advice.
pub(super) const BASIC_AUTH: &str = "basic-auth = { user = \"me\", password = { env = \"NAME\" } }";

/// The settings as they are written, before it is known what the source is.
#[derive(Default)]
pub(super) struct Written {
    headers: HeaderMap,
    /// Where the first of them stands.
    span: Option<Range<usize>>,
    proxy: Option<(Via, Range<usize>)>,
}

/// Takes the settings out of the table of a feed. Files that they name stand in `folder`.
pub(super) fn read(table: &mut DeTable<'_>, folder: &Path, problems: &mut Vec<Problem>) -> Written {
    let mut written = Written::default();
    let mut take = |key: &str, written: &mut Written| {
        let value = table.remove(key)?;
        written.span.get_or_insert(value.span());
        Some(value)
    };
    if let Some(proxy) = take("proxy", &mut Written::default()) {
        let span = proxy.span();
        written.proxy = proxy::read(&proxy, folder, problems).map(|via| (via, span));
    }
    if let Some(headers) = take("headers", &mut written) {
        read_headers(headers, folder, &mut written.headers, problems);
    }
    if let Some(cookie) = take("cookie", &mut written) {
        let span = cookie.span();
        let cookie = Secret::given(cookie, COOKIE, folder, problems);
        written.put(header::COOKIE, cookie.as_ref().map(Secret::bytes), &span, problems);
    }
    if let Some(login) = take("basic-auth", &mut written) {
        let span = login.span();
        let login = basic_auth(login, folder, problems);
        if written.headers.contains_key(header::AUTHORIZATION) {
            let message = "`basic-auth` is a header `Authorization`, and there is one in `headers`";
            problems.push(Problem::new(message, span.clone()).help("leave one of them out"));
        }
        written.put(header::AUTHORIZATION, login.as_deref(), &span, problems);
    }
    if let Some(agent) = take("user-agent", &mut written) {
        let span = agent.span();
        if agent.get_ref().as_str().is_none_or(|agent| agent.trim().is_empty()) {
            let problem = Problem::new("a user agent is a text", span.clone());
            problems.push(problem.help("user-agent = \"Mozilla/5.0 (compatible; my-reader)\""));
        }
        let agent = agent.get_ref().as_str().map(str::as_bytes);
        written.put(header::USER_AGENT, agent, &span, problems);
    }
    written
}

impl Written {
    fn put(
        &mut self,
        name: HeaderName,
        value: Option<&[u8]>,
        span: &Range<usize>,
        problems: &mut Vec<Problem>,
    ) {
        let Some(value) = value else { return };
        match header_value(value) {
            Some(value) => drop(self.headers.insert(name, value)),
            None => problems.push(not_a_value(name.as_str(), span)),
        }
    }

    /// The settings for these sources of a feed. What is meant for one publisher is not sent to two.
    pub(super) fn finished(self, sources: &[&Url], problems: &mut Vec<Problem>) -> FeedRequest {
        let (via, proxy_span) = self.proxy.unzip();
        let (Some(span), via) = (self.span.clone().or(proxy_span), via.unwrap_or_default()) else {
            return FeedRequest::default();
        };
        let Some(origin) = sources.first().map(|url| url.origin()) else {
            let message = "the feed has no source of its own that this could be for";
            problems.push(Problem::new(message, span).help("it belongs into the feed that has the source"));
            return FeedRequest::default();
        };
        let origin = self.span.is_some().then_some(origin);
        if origin.is_some() && sources.iter().any(|url| Some(url.origin()) != origin) {
            let message =
                "this would be sent to several publishers: the sources are not of one scheme, host and port";
            let help = "make a feed of each, and one of them all: sources = [\"feed:NAME\", \"feed:OTHER\"]";
            problems.push(Problem::new(message, span).help(help));
        }
        let login = digest(origin.as_ref(), &self.headers, &via);
        FeedRequest { origin, headers: self.headers, via, login }
    }
}

/// What stands for all of it: out of a cryptographic hash, for headers are secrets, and this is not.
fn digest(origin: Option<&Origin>, headers: &HeaderMap, via: &Via) -> Login {
    let mut hash = Sha256::new();
    let mut put = |bytes: &[u8]| {
        hash.update(bytes.len().to_be_bytes());
        hash.update(bytes);
    };
    put(origin.map(Origin::ascii_serialization).unwrap_or_default().as_bytes());
    put(format!("{via:?}").as_bytes());
    if let Via::Proxy(Proxy { login: Some((_, password)), .. }) = via {
        put(password.bytes());
    }
    let mut all: Vec<_> = headers.iter().collect();
    all.sort_by_key(|(name, _)| name.as_str());
    for (name, value) in all {
        put(name.as_str().as_bytes());
        put(value.as_bytes());
    }
    let first = hash.finalize().iter().take(16).fold(0, |all, byte| (all << 8) | u128::from(*byte));
    Login(first)
}

fn read_headers(headers: Value<'_>, folder: &Path, into: &mut HeaderMap, problems: &mut Vec<Problem>) {
    let span = headers.span();
    let DeValue::Table(table) = headers.into_inner() else {
        problems.push(Problem::new("headers are a table", span).help(HEADER.example));
        return;
    };
    let mut all: Vec<_> = table.into_iter().collect();
    all.sort_by_key(|(key, _)| key.span().start);
    for (key, value) in all {
        let Some(name) = header_name(key.get_ref(), key.span(), into, problems) else { continue };
        let span = value.span();
        let Some(value) = Secret::given(value, HEADER, folder, problems) else { continue };
        match header_value(value.bytes()) {
            Some(value) => drop(into.insert(name, value)),
            None => problems.push(not_a_value(key.get_ref(), &span)),
        }
    }
}

/// A name that is one, that is not limpid's own, and that has not been given already.
fn header_name(
    text: &str,
    span: Range<usize>,
    known: &HeaderMap,
    problems: &mut Vec<Problem>,
) -> Option<HeaderName> {
    let Ok(name) = text.parse::<HeaderName>() else {
        problems
            .push(Problem::new(format!("`{text}` is not the name of a header"), span).help(HEADER.example));
        return None;
    };
    let problem = match name.as_str() {
        "user-agent" => Problem::new("this header has a setting of its own", span).help("user-agent = \"…\""),
        "cookie" => Problem::new("this header has a setting of its own", span).help(COOKIE.example),
        own if RESERVED.contains(&own) || own.starts_with("if-") => {
            Problem::new(format!("`{text}` is for limpid to send, as the request needs it"), span)
        }
        _ if known.contains_key(&name) => Problem::new(
            format!("the header `{text}` is there twice: upper and lower case are the same"),
            span,
        ),
        _ => return Some(name),
    };
    problems.push(problem);
    None
}

fn header_value(bytes: &[u8]) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_bytes(bytes).ok()?;
    // Not to be shown, nor to be kept in the tables of HTTP/2.
    value.set_sensitive(true);
    Some(value)
}

fn not_a_value(name: &str, span: &Range<usize>) -> Problem {
    let message = format!("what is given for `{name}` can not stand in a header");
    Problem::new(message, span.clone()).help("there is a line end or another control character in it")
}

/// The value of `Authorization` (RFC 7617 §2).
fn basic_auth(login: Value<'_>, folder: &Path, problems: &mut Vec<Problem>) -> Option<Vec<u8>> {
    let (user, password) = user_and_password(login, BASIC_AUTH, folder, problems)?;
    let both = [user.as_bytes(), b":", password.bytes()].concat();
    Some(format!("Basic {}", STANDARD.encode(both)).into_bytes())
}

/// `{ user = "…", password = … }`, neither of them with control characters.
fn user_and_password(
    login: Value<'_>,
    example: &str,
    folder: &Path,
    problems: &mut Vec<Problem>,
) -> Option<(String, Secret)> {
    let span = login.span();
    let DeValue::Table(mut table) = login.into_inner() else {
        problems.push(Problem::new("expected a `user` and a `password`", span).help(example));
        return None;
    };
    let (user, password) = (table.remove("user"), table.remove("password"));
    for (name, _) in table {
        let problem = Problem::new(format!("unknown key `{}`", name.get_ref()), name.span());
        problems.push(problem.nearest_and_all(name.get_ref(), "known here", &["user", "password"]));
    }
    let (Some(user), Some(password)) = (user, password) else {
        problems.push(Problem::new("expected a `user` and a `password`", span).help(example));
        return None;
    };
    let password_span = password.span();
    let password = Secret::given(password, PASSWORD, folder, problems);
    let is_user = |name: &&str| !name.contains(':') && !name.contains(char::is_control);
    let name = user.get_ref().as_str().filter(is_user).map(str::to_owned);
    if name.is_none() {
        let message = "a user is a text without a colon and without control characters";
        problems.push(Problem::new(message, user.span()).help(example));
    }
    let is_good = |password: &Secret| !password.bytes().iter().any(u8::is_ascii_control);
    if password.as_ref().is_some_and(|password| !is_good(password)) {
        problems
            .push(Problem::new("a password has no control characters in it", password_span).help(example));
    }
    name.zip(password.filter(is_good))
}
