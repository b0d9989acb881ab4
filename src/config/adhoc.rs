//! The `[ad-hoc]` section: whose feeds are served although they are not configured.

use std::borrow::Cow;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use toml::Spanned;
use toml::de::DeValue;

use super::problem::Problem;
use super::table::{Value, read_as};
use super::{AdHoc, Hosts, Key, key, raw};
use crate::feed::articles::Reach;

/// How many ad hoc feeds are kept unless it is said otherwise.
const MAX_FEEDS: usize = 100;

/// Reads the section. The file of a key is relative to `folder`.
pub(super) fn read(section: Value<'_>, folder: &Path, problems: &mut Vec<Problem>) -> Option<AdHoc> {
    let span = section.span();
    let DeValue::Table(mut table) = section.into_inner() else {
        problems.push(Problem::new("expected a table with `hosts` or a `key`", span).help(EXAMPLE));
        return None;
    };
    let mistakes = problems.len();
    if let Some(key) = table.get("key").filter(|key| !key.get_ref().is_table()) {
        // serde would say what it found instead.
        let message = "a key does not stand in the configuration, but in the environment or a file";
        problems.push(Problem::new(message, key.span()).help(key::EXAMPLE));
        table.remove("key");
    }
    let raw: raw::AdHoc = read_as(Spanned::new(span.clone(), DeValue::Table(table)), problems)?;
    if raw.hosts.is_empty() && raw.key.is_none() && problems.len() == mistakes {
        problems
            .push(Problem::new("without `hosts` and without a `key` it serves nobody", span).help(EXAMPLE));
    }
    let hosts = Arc::new(Hosts::read(&raw.hosts, problems));
    let key_is_there = raw.key.is_some();
    let key = raw.key.and_then(|from| Key::read(&from, folder, problems));
    if let Some(none) = raw.max_feeds.as_ref().filter(|most| *most.get_ref() == 0) {
        problems.push(Problem::new("expected at least one feed", none.span()).help("max-feeds = 100"));
    }
    let reach = reach(raw.allow_private, key_is_there, problems);
    let max_feeds = raw.max_feeds.map_or(MAX_FEEDS, Spanned::into_inner);
    Some(AdHoc { hosts, key, max_feeds, reach })
}

/// How far signed addresses may lead. Those of listed hosts never lead into a private network: anyone can write them.
fn reach(allowed: Option<Spanned<bool>>, has_key: bool, problems: &mut Vec<Problem>) -> Reach {
    let Some(allowed) = allowed.filter(|allowed| *allowed.get_ref()) else { return Reach::Public };
    if !has_key {
        let message = "`allow-private` is for signed addresses, and there is no `key` to sign with";
        problems.push(Problem::new(message, allowed.span()).help(key::EXAMPLE));
    }
    Reach::Anywhere
}

/// How the section is written, for advice.
const EXAMPLE: &str = "hosts = [\"blog.example.com\"], or key = { env = \"LIMPID_KEY\" }";

/// The text of a configuration for reports, which show lines of it: where the key itself was written into it,
/// that is made unreadable. Everything else stays where it is.
/// So are `others`.
pub(super) fn without_key<'t>(
    text: &'t str,
    section: Option<&Value<'_>>,
    others: Vec<Range<usize>>,
) -> Cow<'t, str> {
    let section = section.and_then(|section| section.get_ref().as_table());
    let mut secrets = others;
    if let Some(key) = section.and_then(|section| section.get("key")) {
        match key.get_ref().as_table() {
            None => secrets.push(key.span()),
            Some(from) => {
                let others =
                    from.iter().filter(|(name, _)| !["env", "file"].contains(&name.get_ref().as_ref()));
                secrets.extend(others.map(|(_, value)| value.span()));
            }
        }
    }
    if secrets.is_empty() {
        return text.into();
    }
    let mut text = text.to_owned();
    for secret in secrets {
        let hidden: String = text[secret.clone()].chars().map(hide).collect();
        text.replace_range(secret, &hidden);
    }
    text.into()
}

/// As many bytes, and line ends where they were.
fn hide(c: char) -> Cow<'static, str> {
    if c == '\n' { "\n".into() } else { "*".repeat(c.len_utf8()).into() }
}
