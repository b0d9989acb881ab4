//! Who may read: `[access]`, and what a feed says instead of it.

use std::path::Path;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::Problem;
use super::table::{Value, read_as};
use super::{Access, FeedAccess, Gate, Key, raw};

/// How access is written, for advice.
const EXAMPLE: &str = "token = { env = \"LIMPID_TOKEN\" }, secret = { file = \"/run/secrets/limpid\" }, or basic-auth = \
                       { user = \"me\", password = { env = \"LIMPID_PASSWORD\" } }";

/// How a feed says it, for advice.
const FEED_EXAMPLE: &str = "access = \"open\", or access = { token = { env = \"LIMPID_TOKEN\" } }";

/// Reads `[access]`. Files are relative to `folder`.
pub(super) fn read(section: Option<Value<'_>>, folder: &Path, problems: &mut Vec<Problem>) -> Access {
    let Some(section) = section else { return Access::default() };
    let span = section.span();
    let DeValue::Table(mut table) = section.into_inner() else {
        problems.push(Problem::new("expected a table", span).help(EXAMPLE));
        return Access::default();
    };
    take_literals(&mut table, problems);
    let raw: Option<raw::Access> = read_as(Spanned::new(span, DeValue::Table(table)), problems);
    let Some(raw) = raw else { return Access::default() };
    let pages = raw.pages.filter(|pages| match pages.get_ref().as_str() {
        "open" => true,
        other => {
            let message = format!("`{other}` is not a word for pages");
            problems.push(Problem::new(message, pages.span()).help("pages = \"open\", or nothing"));
            false
        }
    });
    let keys = raw::FeedAccess { token: raw.token, basic_auth: raw.basic_auth, secret: raw.secret };
    Access { gate: gate(keys, folder, problems).map(Arc::new), open_pages: pages.is_some() }
}

/// Reads what a feed says of it.
pub(super) fn read_feed(value: Value<'_>, folder: &Path, problems: &mut Vec<Problem>) -> FeedAccess {
    let span = value.span();
    let mut table = match value.into_inner() {
        DeValue::String(word) if word == "open" => return FeedAccess::Open,
        DeValue::Table(table) => table,
        _ => {
            let message = "a feed's access is \"open\", or a table";
            problems.push(Problem::new(message, span).help(FEED_EXAMPLE));
            return FeedAccess::AsAll;
        }
    };
    let mistakes = problems.len();
    take_literals(&mut table, problems);
    let raw: Option<raw::FeedAccess> = read_as(Spanned::new(span.clone(), DeValue::Table(table)), problems);
    let gate = raw.and_then(|keys| gate(keys, folder, problems));
    if gate.is_none() && problems.len() == mistakes {
        problems.push(Problem::new("an empty table lets nobody in", span).help(FEED_EXAMPLE));
    }
    gate.map_or(FeedAccess::AsAll, |gate| FeedAccess::Own(Arc::new(gate)))
}

/// What opens it; `None` where nothing is said.
fn gate(raw: raw::FeedAccess, folder: &Path, problems: &mut Vec<Problem>) -> Option<Gate> {
    let mut key =
        |from: Option<Spanned<raw::SecretFrom>>| from.and_then(|from| Key::read(&from, folder, problems));
    let place = raw.secret.as_ref().map(Spanned::span).unwrap_or_default();
    let (token, secret) = (key(raw.token), key(raw.secret));
    let secret = secret.filter(|secret| {
        let is_plain = secret.bytes().iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte));
        if !is_plain {
            let message = "the secret becomes part of addresses: letters, digits, `-` and `_`";
            problems.push(Problem::new(message, place.clone()).help("make one with: openssl rand -hex 32"));
        }
        is_plain
    });
    let basic = raw.basic_auth.and_then(|basic| {
        let span = basic.span();
        let raw::BasicAuth { user, password } = basic.into_inner();
        if user.is_empty() || user.contains(':') {
            let message = "a user's name has at least one letter, and no colon (RFC 7617 §2)";
            problems.push(Problem::new(message, span));
        }
        Some((user, Key::read_short(&password, folder, problems)?))
    });
    (token.is_some() || secret.is_some() || basic.is_some()).then_some(Gate { token, basic, secret })
}

/// Takes out secrets that stand in the configuration itself, and says so without showing them.
fn take_literals(table: &mut DeTable<'_>, problems: &mut Vec<Problem>) {
    let places = literals(table);
    for span in &places {
        let message = "a secret does not stand in the configuration, but in the environment or a file";
        problems.push(Problem::new(message, span.clone()).help("{ env = \"NAME\" }, or { file = \"PATH\" }"));
    }
    let has_one = |value: &Value<'_>| places.iter().any(|place| is_inside(place, &value.span()));
    let named: Vec<_> =
        table.iter().filter(|(_, value)| has_one(value)).map(|(name, _)| name.clone()).collect();
    for name in named {
        table.remove(&name);
    }
}

fn is_inside(inner: &std::ops::Range<usize>, outer: &std::ops::Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// Where secrets stand as they are in a table of access.
fn literals(table: &DeTable<'_>) -> Vec<std::ops::Range<usize>> {
    let mut places = Vec::new();
    for (name, value) in table {
        match (name.get_ref().as_ref(), value.get_ref()) {
            ("token" | "secret" | "password", DeValue::Table(_)) | ("pages" | "user", _) => {}
            (_, DeValue::Table(inner)) => places.extend(literals(inner)),
            _ => places.push(value.span()),
        }
    }
    places
}

/// Where secrets stand as they are in a whole configuration: reports show lines of it.
pub(super) fn secrets(root: &DeTable<'_>) -> Vec<std::ops::Range<usize>> {
    let of = |value: Option<&Value<'_>>| {
        value.and_then(|value| value.get_ref().as_table()).map(literals).unwrap_or_default()
    };
    let feeds = root.get("feeds").and_then(|feeds| feeds.get_ref().as_table());
    let feeds = feeds.into_iter().flat_map(DeTable::values).filter_map(|feed| feed.get_ref().as_table());
    feeds.flat_map(|feed| of(feed.get("access"))).chain(of(root.get("access"))).collect()
}
