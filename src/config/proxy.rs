//! The proxy that publishers are asked through: `proxy` of `[fetch]`, or of one feed.

use std::path::Path;

use hyper::Uri;
use toml::de::DeValue;
use url::Url;

use super::Secret;
use super::problem::Problem;
use super::secret::Kind;
use super::table::Value;

/// A proxy between limpid and publishers. `Debug` does not show the password.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Proxy {
    /// What it speaks.
    pub speaks: Speaks,
    /// Its host and port.
    pub at: Uri,
    /// Who it lets through.
    pub login: Option<(String, Secret)>,
}

/// What a proxy speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Speaks {
    /// HTTP, asked to `CONNECT` (RFC 9110 §9.3.6).
    Http,
    /// SOCKS 5 (RFC 1928), told addresses.
    Socks,
    /// SOCKS 5, told names, which it looks up itself.
    SocksByName,
}

/// Which way the requests of a feed go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Via {
    /// As those of every feed.
    #[default]
    Usual,
    /// Without a proxy.
    Direct,
    /// Through a proxy of the feed's own.
    Proxy(Proxy),
}

/// How a proxy is written, for advice.
const EXAMPLE: &str = "proxy = \"http://127.0.0.1:3128\", \"socks5://127.0.0.1:1080\", or { url = \"http://…\", user = \
                       \"me\", password = { env = \"NAME\" } }";

const PASSWORD: Kind = Kind { name: "a password", example: EXAMPLE, most: 4096 };

/// The longest user and password that SOCKS has room for (RFC 1929 §2).
const MOST: usize = 255;

/// Reads a proxy, or `"none"`.
pub(super) fn read(value: &Value<'_>, folder: &Path, problems: &mut Vec<Problem>) -> Option<Via> {
    if value.get_ref().as_str() == Some("none") {
        return Some(Via::Direct);
    }
    let span = value.span();
    let DeValue::Table(mut table) = value.get_ref().clone() else {
        return address(value, problems).map(|(speaks, at)| Via::Proxy(Proxy { speaks, at, login: None }));
    };
    let (url, user, password) = (table.remove("url"), table.remove("user"), table.remove("password"));
    for (name, _) in table {
        let problem = Problem::new(format!("unknown key `{}`", name.get_ref()), name.span());
        problems.push(problem.nearest_and_all(name.get_ref(), "known here", &["url", "user", "password"]));
    }
    let (Some(url), Some(user), Some(password)) = (url, user, password) else {
        let message = "expected the `url` of a proxy, a `user` and a `password`";
        problems.push(Problem::new(message, span).help(EXAMPLE));
        return None;
    };
    let (user, password) = (read_user(&user, problems), read_password(password, folder, problems));
    let (speaks, at) = address(&url, problems)?;
    Some(Via::Proxy(Proxy { speaks, at, login: user.zip(password) }))
}

fn address(value: &Value<'_>, problems: &mut Vec<Problem>) -> Option<(Speaks, Uri)> {
    let url = value.get_ref().as_str().and_then(|text| Url::parse(text).ok());
    let found = url.as_ref().and_then(|url| {
        let (speaks, port) = match url.scheme() {
            "http" => (Speaks::Http, 80),
            "socks5" => (Speaks::Socks, 1080),
            "socks5h" => (Speaks::SocksByName, 1080),
            _ => return None,
        };
        let is_bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none();
        let has_user = !url.username().is_empty() || url.password().is_some();
        let host = url.host_str().filter(|host| is_bare && !has_user && !host.is_empty())?;
        let at = format!("http://{host}:{}/", url.port().unwrap_or(port));
        Some((speaks, at.parse().ok()?))
    });
    if found.is_none() {
        // The address may hold a password.
        let message = "this is not the address of a proxy: http, socks5 or socks5h, host and port";
        problems.push(Problem::new(message, value.span()).help(EXAMPLE));
    }
    found
}

fn read_user(user: &Value<'_>, problems: &mut Vec<Problem>) -> Option<String> {
    let is_user = |name: &&str| {
        (1..=MOST).contains(&name.len()) && !name.contains(':') && !name.contains(char::is_control)
    };
    let found = user.get_ref().as_str().filter(is_user).map(str::to_owned);
    if found.is_none() {
        let message = "a user is a text without a colon and without control characters";
        problems.push(Problem::new(message, user.span()).help(EXAMPLE));
    }
    found
}

fn read_password(value: Value<'_>, folder: &Path, problems: &mut Vec<Problem>) -> Option<Secret> {
    let span = value.span();
    let password = Secret::given(value, PASSWORD, folder, problems)?;
    let text = std::str::from_utf8(password.bytes());
    if text.is_ok_and(|text| text.len() <= MOST && !text.contains(char::is_control)) {
        return Some(password);
    }
    let message =
        format!("a password for a proxy is a text of at most {MOST} bytes, without control characters");
    problems.push(Problem::new(message, span).help(EXAMPLE));
    None
}

/// Reads `proxy` of `[fetch]`: there is nothing that `"none"` could stand against.
pub(super) fn read_usual(value: &Value<'_>, folder: &Path, problems: &mut Vec<Problem>) -> Option<Proxy> {
    match read(value, folder, problems)? {
        Via::Proxy(proxy) => Some(proxy),
        Via::Usual | Via::Direct => {
            let problem = Problem::new("without `proxy` there is none; `none` is for feeds", value.span());
            problems.push(problem.help("leave it out"));
            None
        }
    }
}
