//! What a request asks for.

use hyper::{Method, StatusCode};

use crate::convert::Target;

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// `/`
    Home,
    /// `/feeds/NAME`, `/feeds/NAME.rss`, `/feeds/NAME.atom`, `/feeds/NAME.json`
    Feed(String, Option<Target>),
    /// `/healthz`
    Health,
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such thing.
    NotFound,
    /// It can only be read.
    Method,
}

impl Refusal {
    /// The status to refuse with.
    pub fn status(self) -> StatusCode {
        match self {
            Refusal::NotFound => StatusCode::NOT_FOUND,
            Refusal::Method => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    /// One sentence for the person.
    pub fn sentence(self) -> &'static str {
        match self {
            Refusal::NotFound => "There is nothing here; the feeds are listed at /.",
            Refusal::Method => "Feeds can only be read: use GET or HEAD.",
        }
    }
}

/// Reads the path of a request. The query counts for nothing: it names no other feed, and makes no other
/// cache entry.
///
/// # Errors
/// What to refuse it with.
pub fn route(method: &Method, path: &str) -> Result<Route, Refusal> {
    let route = match path {
        "/" => Route::Home,
        "/healthz" => Route::Health,
        _ => match path.strip_prefix("/feeds/") {
            // Names hold nothing that would need escaping (see `config`), so an escape names nothing.
            Some(name) if !name.is_empty() && !name.contains(['/', '%']) => feed(name)?,
            _ => return Err(Refusal::NotFound),
        },
    };
    if matches!(*method, Method::GET | Method::HEAD) { Ok(route) } else { Err(Refusal::Method) }
}

/// A name has no dot in it (see `config`): what comes after one is a format.
fn feed(name: &str) -> Result<Route, Refusal> {
    let Some((name, format)) = name.split_once('.') else { return Ok(Route::Feed(name.to_owned(), None)) };
    let target = Target::named(format).ok_or(Refusal::NotFound)?;
    Ok(Route::Feed(name.to_owned(), Some(target)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h05_only_plain_paths_lead_anywhere() {
        let get = |path| route(&Method::GET, path);
        assert_eq!(get("/feeds/a-b"), Ok(Route::Feed("a-b".into(), None)));
        assert_eq!(get("/feeds/a-b.json"), Ok(Route::Feed("a-b".into(), Some(Target::Json))));
        for path in [
            "/feeds/",
            "/feeds/../etc",
            "/feeds/%2e%2e",
            "/feeds/a/b",
            "//feeds/a",
            "/feeds/a.xml",
            "/feeds/a.",
            "/x",
            "*",
        ] {
            assert_eq!(get(path), Err(Refusal::NotFound), "{path}");
        }
        assert_eq!(route(&Method::POST, "/feeds/a"), Err(Refusal::Method));
    }
}
