//! Where what outlives a restart is kept: in a file, in a Redis that many limpids share, or nowhere.

use std::path::{Path, PathBuf};

use redis::{Client, ConnectionAddr, IntoConnectionInfo};
use toml::Spanned;
use toml::de::DeValue;

use super::problem::Problem;
use super::read::duration;
use super::secret::{Kind, Secret};
use super::table::{Value, read_as};
use super::{Store, raw};

/// Where a store is.
#[derive(Clone, Debug)]
pub enum Place {
    /// A file.
    File(PathBuf),
    /// A Redis.
    Redis(Redis),
}

/// The address of a Redis. `Debug` does not show its password.
#[derive(Clone, Debug)]
pub struct Redis {
    address: Secret,
    /// The same without what is secret, for people.
    pub shown: String,
}

impl Redis {
    /// What connects to it; `None` where the address is none.
    pub fn client(&self) -> Option<Client> {
        Client::open(std::str::from_utf8(self.address.bytes()).ok()?).ok()
    }

    /// From an address; `None` where it is none.
    fn of(address: Secret) -> Option<Self> {
        let text = std::str::from_utf8(address.bytes()).ok()?;
        let scheme = text.split_once("://").map(|(scheme, _)| scheme)?;
        if !["redis", "rediss"].contains(&scheme) {
            return None;
        }
        let info = text.into_connection_info().ok()?;
        let (ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. }) = info.addr()
        else {
            return None;
        };
        let shown = format!("{scheme}://{host}:{port}/{}", info.redis_settings().db());
        Some(Redis { address, shown })
    }
}

const ADDRESS: Kind = Kind { name: "the address of a Redis", example: EXAMPLE, most: 4096 };

/// How one is written, for advice.
const EXAMPLE: &str =
    "url = \"redis://127.0.0.1:6379\", or url = { env = \"REDIS_URL\" } where it has a password";

/// Reads `store`; `None` where nothing outlives a restart. Files are relative to `folder`.
pub(super) fn read(section: Value<'_>, folder: &Path, problems: &mut Vec<Problem>) -> Option<Store> {
    let span = section.span();
    if let DeValue::String(word) = section.get_ref() {
        if word == "memory" {
            return None;
        }
        if word.starts_with("redis:") || word.starts_with("rediss:") {
            let redis = redis(section, folder, problems)?;
            let (max_size, timeout) = (raw::store_size().as_u64(), raw::PATIENCE);
            return Some(Store { place: Place::Redis(redis), max_size, timeout });
        }
        // It may be the address of a Redis all the same, and hold a password.
        let what = if word.contains('@') { "this".to_owned() } else { format!("`{word}`") };
        let help = "store = \"memory\", store = \"redis://127.0.0.1:6379\", or a section: [store] path = \"limpid.redb\"";
        problems.push(Problem::new(format!("{what} is no kind of store"), span).help(help));
        return None;
    }
    let (mut section, mut url) = (section, None);
    if let DeValue::Table(table) = section.get_mut() {
        url = table.remove("url");
    }
    let raw: raw::Store = read_as(section, problems)?;
    let place = match (raw.path, url) {
        (Some(path), None) => Place::File(file(&path, folder, problems)),
        (None, Some(url)) => Place::Redis(redis(url, folder, problems)?),
        (Some(_), Some(_)) => {
            let problem = Problem::new("a store is in one place: `path` or `url`", span);
            problems.push(problem.help("leave one of them out"));
            return None;
        }
        (None, None) => {
            let problem = Problem::new("expected the `path` of a file, or the `url` of a Redis", span);
            problems.push(problem.help(format!("path = \"limpid.redb\", {EXAMPLE}")));
            return None;
        }
    };
    if let (Place::File(_), Some(timeout)) = (&place, &raw.timeout) {
        let problem = Problem::new("`timeout` is for a Redis: a file is not waited for", timeout.span());
        problems.push(problem.help("leave it out"));
    }
    let timeout = raw.timeout.map_or(raw::PATIENCE, |timeout| duration(timeout.into_inner()));
    Some(Store { place, max_size: raw.max_size.as_u64(), timeout })
}

fn file(path: &Spanned<String>, folder: &Path, problems: &mut Vec<Problem>) -> PathBuf {
    if path.get_ref().is_empty() {
        let problem = Problem::new("expected the path of a file", path.span());
        problems.push(problem.help("path = \"limpid.redb\""));
    }
    folder.join(path.get_ref())
}

fn redis(url: Value<'_>, folder: &Path, problems: &mut Vec<Problem>) -> Option<Redis> {
    let span = url.span();
    let address = Secret::given(url, ADDRESS, folder, problems)?;
    let redis = Redis::of(address);
    if redis.is_none() {
        // It may hold a password.
        let message = "this is not the address of a Redis: redis or rediss (with TLS), host, and port";
        problems.push(Problem::new(message, span).help(EXAMPLE));
    }
    redis
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_password_of_an_address_is_not_shown() {
        let text = "store = \"redis://limpid:hush@cache.example:6380/3\"\n";
        let config = crate::config::read(text, None).unwrap();
        let shown = format!("{config:?}");
        assert!(shown.contains("redis://cache.example:6380/3"), "{shown}");
        assert!(!shown.contains("hush"), "{shown}");
        for text in [
            "store = \"redis://limpid:hush@\"",
            "store = \"rediss:/limpid:hush@a.example\"",
            "store = \"http://limpid:hush@a.example\"",
            "[store]\nurl = \"redis//limpid:hush@a.example\"",
            "[store]\nurl = \"unix:///hush@hush\"",
            "[store]\nurl = \"redis://:hush@a.example\"\npath = \"a\"",
            "[store]\nurl = [\"redis://:hush@a.example\"]",
            "[store]\nurl = \"redis://:hush@a.example/none\"",
        ] {
            let problems = crate::config::read(text, None).expect_err(text).to_string();
            assert!(!problems.contains("hush"), "{problems}");
        }
    }
}
