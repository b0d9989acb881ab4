//! The `[ad-hoc]` section: whose feeds are served although they are not configured.

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
