//! What a request asks for.

use hyper::{Method, StatusCode};

use crate::convert::Target;

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// `/`
    Home,
    /// `/feeds/NAME`, `/feeds/NAME/TOPIC`; with `.rss`, `.atom` or `.json` after it, in that format.
    Feed(Wanted, Option<Target>),
    /// `/feeds/NAME/receipt`, `/feeds/NAME/TOPIC/receipt`
    Receipt(Wanted),
    /// `/feeds/NAME/preview`, `/feeds/NAME/TOPIC/preview`
    Preview(Wanted),
    /// `/clean?url=…`; what the query says is for `adhoc` to read.
    Clean,
    /// `/opml`
    Opml,
    /// `/playground`, the one thing that can be sent a form.
    Playground,
    /// `/metrics`
    Metrics,
    /// `/healthz`
    Health,
    /// `/readyz`
    Ready,
    /// What pages are made of beside their text.
    Asset(Asset),
}

/// What pages are made of beside their text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asset {
    /// `/style.css`
    Style,
    /// `/page.js`
    Script,
    /// `/icon.svg`
    Icon,
    /// `/feed.css`, of feeds that are opened in a browser.
    FeedStyle,
}

impl Asset {
    /// All of them.
    pub const ALL: [Asset; 4] = [Asset::Style, Asset::Script, Asset::Icon, Asset::FeedStyle];

    /// Where it is.
    pub fn path(self) -> &'static str {
        match self {
            Asset::Style => "/style.css",
            Asset::Script => "/page.js",
            Asset::Icon => "/icon.svg",
            Asset::FeedStyle => "/feed.css",
        }
    }
}

impl Route {
    /// Its name in metrics and in the log.
    pub fn name(&self) -> &'static str {
        match self {
            Route::Home => "home",
            Route::Feed(..) => "feed",
            Route::Receipt(_) => "receipt",
            Route::Preview(_) => "preview",
            Route::Clean => "clean",
            Route::Opml => "opml",
            Route::Playground => "playground",
            Route::Metrics => "metrics",
            Route::Health | Route::Ready => "health",
            Route::Asset(_) => "asset",
        }
    }

    /// The configured feed that it is about.
    pub fn wanted(&self) -> Option<&Wanted> {
        match self {
            Route::Feed(wanted, _) | Route::Receipt(wanted) | Route::Preview(wanted) => Some(wanted),
            _ => None,
        }
    }
}

/// Which feed is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// The topic of it.
    pub topic: Option<String>,
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is no such thing.
    NotFound,
    /// It can only be read.
    Method,
    /// It can only be read, or sent a form.
    FormMethod,
    /// Its address is longer than any that limpid has.
    TooLong,
}

impl Refusal {
    /// The status to refuse with.
    pub fn status(self) -> StatusCode {
        match self {
            Refusal::NotFound => StatusCode::NOT_FOUND,
            Refusal::Method | Refusal::FormMethod => StatusCode::METHOD_NOT_ALLOWED,
            Refusal::TooLong => StatusCode::URI_TOO_LONG,
        }
    }

    /// One sentence for the person.
    pub fn sentence(self) -> &'static str {
        match self {
            Refusal::NotFound => "There is nothing here; the feeds are listed at /.",
            Refusal::Method => "Feeds can only be read: use GET or HEAD.",
            Refusal::FormMethod => "The playground can be read, and takes forms: use GET, HEAD or POST.",
            Refusal::TooLong => "No address of limpid is as long as that.",
        }
    }
}

/// The most bytes of path and query: those of `/clean` hold rules.
pub const MAX_ADDRESS: usize = 16 << 10;

/// Reads the path of a request. The query counts for nothing, but for that of `/clean`: it names no other feed, and
/// makes no other cache entry.
///
/// # Errors
/// What to refuse it with.
pub fn route(method: &Method, path: &str) -> Result<Route, Refusal> {
    let route = match path {
        "/" => Route::Home,
        "/healthz" => Route::Health,
        "/readyz" => Route::Ready,
        "/opml" => Route::Opml,
        "/metrics" => Route::Metrics,
        "/clean" => Route::Clean,
        "/playground" => Route::Playground,
        _ => match Asset::ALL.into_iter().find(|asset| asset.path() == path) {
            Some(asset) => Route::Asset(asset),
            None => feed(path.strip_prefix("/feeds/").ok_or(Refusal::NotFound)?)?,
        },
    };
    match (*method == Method::POST, &route) {
        _ if matches!(*method, Method::GET | Method::HEAD) => Ok(route),
        (true, Route::Playground) => Ok(route),
        (false, Route::Playground) => Err(Refusal::FormMethod),
        _ => Err(Refusal::Method),
    }
}

/// Names hold nothing that would need escaping (see `config`), so an escape names nothing; and no dot: what comes
/// after one is a format.
fn feed(path: &str) -> Result<Route, Refusal> {
    if let Some(path) = path.strip_suffix("/receipt") {
        return wanted(path).map(Route::Receipt);
    }
    if let Some(path) = path.strip_suffix("/preview") {
        return wanted(path).map(Route::Preview);
    }
    let Some((path, format)) = path.split_once('.') else { return Ok(Route::Feed(wanted(path)?, None)) };
    let target = Target::named(format).ok_or(Refusal::NotFound)?;
    Ok(Route::Feed(wanted(path)?, Some(target)))
}

fn wanted(path: &str) -> Result<Wanted, Refusal> {
    let (name, topic) = path.split_once('/').map_or((path, None), |(name, topic)| (name, Some(topic)));
    let is_name = |name: &str| !name.is_empty() && !name.contains(['/', '%', '.']);
    if !is_name(name) || !topic.is_none_or(is_name) {
        return Err(Refusal::NotFound);
    }
    Ok(Wanted { name: name.to_owned(), topic: topic.map(str::to_owned) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn h05_only_plain_paths_lead_anywhere() {
        let get = |path| route(&Method::GET, path);
        let of = |name: &str, topic: Option<&str>| Wanted { name: name.into(), topic: topic.map(Into::into) };
        assert_eq!(get("/feeds/a-b"), Ok(Route::Feed(of("a-b", None), None)));
        assert_eq!(get("/feeds/a-b.json"), Ok(Route::Feed(of("a-b", None), Some(Target::Json))));
        assert_eq!(get("/feeds/a/b.atom"), Ok(Route::Feed(of("a", Some("b")), Some(Target::Atom))));
        assert_eq!(get("/feeds/a/receipt"), Ok(Route::Receipt(of("a", None))));
        assert_eq!(get("/feeds/a/b/receipt"), Ok(Route::Receipt(of("a", Some("b")))));
        assert_eq!(get("/feeds/a/b/preview"), Ok(Route::Preview(of("a", Some("b")))));
        assert_eq!(get("/clean"), Ok(Route::Clean));
        assert_eq!(get("/opml"), Ok(Route::Opml));
        for path in [
            "/clean/",
            "/clean.rss",
            "/opml/",
            "/feeds/",
            "/feeds/../etc",
            "/feeds/%2e%2e",
            "/feeds/a/b/c",
            "/feeds/a/",
            "/feeds/a.json/b",
            "/feeds//receipt",
            "//feeds/a",
            "/feeds/a.xml",
            "/feeds/a.",
            "/x",
            "*",
        ] {
            assert_eq!(get(path), Err(Refusal::NotFound), "{path}");
        }
        assert_eq!(route(&Method::POST, "/feeds/a"), Err(Refusal::Method));
        assert_eq!(route(&Method::POST, "/playground"), Ok(Route::Playground));
        assert_eq!(route(&Method::PUT, "/playground"), Err(Refusal::FormMethod));
    }
}
