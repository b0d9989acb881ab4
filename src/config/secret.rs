//! What is not for everybody to read: from the environment, or a file. It is in no log and no message.

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use url::Url;

use super::access;
use super::problem::Problem;
use super::raw::SecretFrom;
use super::table::{Value, read_as};
use crate::decode::read_at_most;

/// A secret. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Secret(Arc<[u8]>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A kind of secret, in words.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    /// What it is called, with its article.
    pub name: &'static str,
    /// How one is written, for advice.
    pub example: &'static str,
    /// The most bytes of its file.
    pub most: usize,
}

impl Secret {
    /// What it consists of.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Reads a secret from where the configuration says. Files are relative to `folder`. White space at the end is
    /// not part of it: most files end with a line end.
    ///
    /// # Errors
    /// Where it is not there, or there is nothing in it. The words hold nothing of what was read.
    pub(super) fn read(from: &Spanned<SecretFrom>, kind: Kind, folder: &Path) -> Result<Self, Problem> {
        let (read, span) = match from.get_ref() {
            SecretFrom { env: Some(name), file: None } => (from_env(name.get_ref()), name.span()),
            SecretFrom { env: None, file: Some(name) } => {
                (from_file(name.get_ref(), kind, folder), name.span())
            }
            _ => {
                let message = format!("{} is from one place: a variable or a file", kind.name);
                return Err(Problem::new(message, from.span()).help(kind.example));
            }
        };
        Ok(Secret(read.map_err(|message| Problem::new(message, span))?.trim_ascii_end().into()))
    }

    /// Reads a text, or a secret from where the configuration says.
    pub(super) fn given(
        value: Value<'_>,
        kind: Kind,
        folder: &Path,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let span = value.span();
        let secret = match value.get_ref() {
            DeValue::String(text) => Ok(Secret(text.as_bytes().into())),
            DeValue::Table(_) => {
                let from: SecretFrom = read_as(value, problems)?;
                Secret::read(&Spanned::new(span.clone(), from), kind, folder)
            }
            // serde would say what it found instead.
            _ => {
                let message = format!("{} is a text, or from a variable or a file", kind.name);
                Err(Problem::new(message, span.clone()).help(kind.example))
            }
        };
        let secret = secret.and_then(|secret| match secret.0.trim_ascii() {
            [] => Err(Problem::new(format!("{} is empty here", kind.name), span).help(kind.example)),
            _ => Ok(secret),
        });
        secret.map_err(|problem| problems.push(problem)).ok()
    }
}

fn from_env(name: &str) -> Result<Vec<u8>, String> {
    // No variable is called that, and looking for one may panic.
    let value = if name.is_empty() || name.contains(['=', '\0']) { None } else { std::env::var_os(name) };
    let value = value.ok_or_else(|| format!("the variable `{name}` is not set"))?;
    Ok(value.into_encoded_bytes())
}

fn from_file(name: &str, kind: Kind, folder: &Path) -> Result<Vec<u8>, String> {
    let path = folder.join(name);
    let read = File::open(&path).and_then(|file| read_at_most(file, kind.most));
    let read = read.map_err(|error| format!("can not read `{name}`: {error}"))?;
    read.ok_or_else(|| format!("`{name}` is larger than {} can be: {} bytes", kind.name, kind.most))
}

/// The text of a configuration for reports, which show lines of it: where a secret itself was written into it,
/// that is made unreadable. Everything else stays where it is.
pub(super) fn masked<'t>(text: &'t str, root: &DeTable<'_>) -> Cow<'t, str> {
    let mut secrets = Vec::new();
    put(member(root.get("ad-hoc"), "key"), &mut secrets);
    put_proxy(member(root.get("fetch"), "proxy"), &mut secrets);
    put_store(root.get("store"), &mut secrets);
    for feed in root.get("feeds").and_then(|feeds| feeds.get_ref().as_table()).into_iter().flatten() {
        put_feed(feed.1, &mut secrets);
    }
    let mut text = Cow::Borrowed(text);
    for span in secrets.into_iter().map(Spanned::span).chain(access::secrets(root)) {
        if let Some(hidden) =
            text.get(span.clone()).map(|secret| secret.chars().map(hide).collect::<String>())
        {
            text.to_mut().replace_range(span, &hidden);
        }
    }
    text
}

type Found<'v, 't> = Vec<&'v Value<'t>>;

fn put_feed<'v, 't>(feed: &'v Value<'t>, secrets: &mut Found<'v, 't>) {
    put(member(Some(feed), "cookie"), secrets);
    let login = member(Some(feed), "basic-auth");
    if login.is_some_and(|login| login.get_ref().is_table()) {
        put(member(login, "password"), secrets);
    } else {
        put(login, secrets);
    }
    match member(Some(feed), "headers").map(|headers| (headers, headers.get_ref())) {
        Some((_, DeValue::Table(headers))) => {
            let credentials = headers.iter().filter(|(name, _)| is_credential(name.get_ref()));
            credentials.for_each(|(_, value)| put(Some(value), secrets));
        }
        Some((headers, _)) => secrets.push(headers),
        None => {}
    }
    put_proxy(member(Some(feed), "proxy"), secrets);
    let sources = member(Some(feed), "sources").and_then(|sources| sources.get_ref().as_array());
    let page = member(Some(feed), "source-html");
    let one = [member(Some(feed), "source"), member(page, "url")].into_iter().flatten();
    secrets.extend(one.chain(sources.into_iter().flatten()).filter(|source| holds_a_user(source)));
}

/// The address of a Redis may hold a password, whether it can be read or not.
fn put_store<'v, 't>(store: Option<&'v Value<'t>>, secrets: &mut Found<'v, 't>) {
    let is_bare = |address: &&Value<'_>| address.get_ref().as_str().is_some_and(|text| !text.contains('@'));
    for address in [store.filter(|store| !store.get_ref().is_table()), member(store, "url")] {
        put(address.filter(|address| !is_bare(address)), secrets);
    }
}

fn put_proxy<'v, 't>(proxy: Option<&'v Value<'t>>, secrets: &mut Found<'v, 't>) {
    let addresses = [proxy, member(proxy, "url")].into_iter().flatten();
    secrets.extend(addresses.filter(|address| holds_a_user(address)));
    put(member(proxy, "password"), secrets);
}

/// What is written at a place for a secret: all of it, or what is neither `env` nor `file`.
fn put<'v, 't>(place: Option<&'v Value<'t>>, secrets: &mut Found<'v, 't>) {
    let Some(place) = place else { return };
    let Some(from) = place.get_ref().as_table() else { return secrets.push(place) };
    let others = from.iter().filter(|(name, _)| !["env", "file"].contains(&name.get_ref().as_ref()));
    secrets.extend(others.map(|(_, value)| value));
}

fn member<'v, 't>(value: Option<&'v Value<'t>>, key: &str) -> Option<&'v Value<'t>> {
    value?.get_ref().as_table()?.get(key)
}

/// Whether a header is one by which people are let in, as far as its name tells.
fn is_credential(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["auth", "cookie", "token", "key", "secret", "password", "session"].iter().any(|word| name.contains(word))
}

fn holds_a_user(address: &Value<'_>) -> bool {
    let url = address.get_ref().as_str().and_then(|text| Url::parse(text).ok());
    url.is_some_and(|url| !url.username().is_empty() || url.password().is_some())
}

/// As many bytes, and line ends where they were.
fn hide(c: char) -> Cow<'static, str> {
    if c == '\n' { "\n".into() } else { "*".repeat(c.len_utf8()).into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        masked(text, DeTable::parse(text).unwrap().get_ref()).into_owned()
    }

    #[test]
    fn what_is_secret_is_not_shown() {
        for line in [
            "cookie = \"hush\"",
            "cookie = 'hush'",
            "cookie = [\"hush\"]",
            "cookie = { value = \"hush\" }",
            "basic-auth = { user = \"me\", password = \"hush\" }",
            "basic-auth = \"me:hush\"",
            "headers = { Authorization = \"hush\" }",
            "headers.X-Api-Key = \"\"\"\nhush\"\"\"",
            "headers = \"Cookie: hush\"",
            "proxy = \"http://me:hush@127.0.0.1:3128\"",
            "proxy = { url = \"socks5://hush@127.0.0.1\", user = \"me\", password = \"hush\" }",
            "source = \"https://me:hush@a.example/feed\"",
            "sources = [\"https://me:hush@a.example/feed\"]",
            "source-html = { url = \"https://me:hush@a.example/\" }",
        ] {
            let text = format!("[feeds.a]\n{line}\nformat = \"rss\"\n");
            let shown = shown(&text);
            assert!(!shown.contains("hush") && shown.len() == text.len(), "{shown}");
            assert!(shown.ends_with("\nformat = \"rss\"\n"), "{shown}");
        }
    }

    #[test]
    fn what_is_not_secret_is_shown() {
        let text = "[feeds.a]\nsource = \"https://a.example/feed\"\ncookie = { env = \"C\" }\n\
                    headers = { X-Edition = \"long\", X-Token = { file = \"t\" } }\nproxy = \"http://p:1\"\n";
        assert_eq!(shown(text), text);
    }

    #[test]
    fn nothing_of_a_secret_is_in_its_debug_form() {
        assert_eq!(format!("{:?}", Secret(b"hush".as_slice().into())), "Secret(…)");
    }
}
