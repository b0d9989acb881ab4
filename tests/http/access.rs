//! Who may read what.

use base64::Engine;
use hyper::StatusCode;
use tempfile::TempDir;

use crate::client::{Ask, Reply};
use crate::log;
use crate::proxy::{PATH, Proxy, config};
use crate::publisher::{Answer, Publisher};
use crate::{FEED, titled};

const TOKEN: &str = "token-of-tests-0123456789abcdef0123";
const SECRET: &str = "secret-of-tests-0123456789abcdef012";
const OTHER: &str = "another-of-tests-0123456789abcdef01";

/// The secrets as files, and `[access]` with all of them.
fn secrets() -> (TempDir, String) {
    let dir = TempDir::new().unwrap();
    let file = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, format!("{text}\n")).unwrap();
        format!("{{ file = \"{}\" }}", path.display())
    };
    let all = format!(
        "[access]\ntoken = {}\nsecret = {}\nbasic-auth = {{ user = \"me\", password = {} }}\n",
        file("token", TOKEN),
        file("secret", SECRET),
        file("password", "pass:word"),
    );
    file("other", OTHER);
    (dir, all)
}

async fn get(proxy: &Proxy, path: &str, authorization: &str) -> Reply {
    let ask = Ask::get(path);
    proxy.ask(if authorization.is_empty() { ask } else { ask.with("authorization", authorization) }).await
}

fn basic(pair: &str) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}

#[tokio::test]
async fn everything_takes_a_token_or_a_password() {
    let (_dir, access) = secrets();
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::start(&format!("{access}{}", config(&publisher, ""))).await;
    for path in [PATH, "/feeds/tides.json", "/feeds/tides/receipt", "/", "/metrics", "/feeds/none"] {
        for wrong in [
            String::new(),
            "Bearer".to_owned(),
            format!("Bearer {TOKEN}x"),
            format!("Bearer {}", &TOKEN[1..]),
            format!("Basic {TOKEN}"),
            basic("me:wrong"),
            basic("you:pass:word"),
            basic(":"),
            "Basic %%%".to_owned(),
        ] {
            let reply = get(&proxy, path, &wrong).await;
            assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{path} {wrong}");
            assert_eq!(reply.header("cache-control"), Some("no-store"));
            let asked: Vec<_> =
                reply.headers.get_all("www-authenticate").iter().map(|v| v.to_str().unwrap()).collect();
            assert_eq!(asked[0], "Basic realm=\"limpid\", charset=\"UTF-8\"");
            assert!(asked[1].starts_with("Bearer realm=\"limpid\""), "{asked:?}");
            assert_eq!(asked[1].contains("invalid_token"), wrong.starts_with("Bearer"), "{wrong}");
        }
        let known = path != "/feeds/none";
        for right in [format!("Bearer {TOKEN}"), format!("bearer {TOKEN}"), basic("me:pass:word")] {
            let reply = get(&proxy, path, &right).await;
            assert_eq!(reply.status, if known { StatusCode::OK } else { StatusCode::NOT_FOUND }, "{path}");
        }
    }
    for path in ["/healthz", "/readyz"] {
        assert_eq!(get(&proxy, path, "").await.status, StatusCode::OK);
    }
    let two = Ask::get(PATH).with("authorization", &format!("Bearer {TOKEN}"));
    let two = two.with("authorization", "Bearer other");
    assert_eq!(proxy.ask(two).await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(publisher.count(), 1);
}

#[tokio::test]
async fn what_is_not_for_everybody_is_kept_by_no_shared_cache() {
    let (_dir, access) = secrets();
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::start(&format!("{access}{}", config(&publisher, ""))).await;
    let bearer = format!("Bearer {TOKEN}");
    let reply = get(&proxy, PATH, &bearer).await;
    assert_eq!(reply.header("cache-control"), Some("private, max-age=900"));
    assert_eq!(reply.header("vary"), Some("Accept, Accept-Encoding, Authorization"));
    let again = Ask::get(PATH).with("authorization", &bearer).with("if-none-match", reply.etag());
    let again = proxy.ask(again).await;
    assert_eq!(
        (again.status, again.header("cache-control")),
        (StatusCode::NOT_MODIFIED, Some("private, max-age=900"))
    );
    let secret = get(&proxy, &format!("/s/{SECRET}{PATH}"), "").await;
    assert_eq!(secret.header("cache-control"), Some("private, max-age=900"));
    // Conditions tell nothing to who may not read.
    let stranger = proxy.ask(Ask::get(PATH).with("if-none-match", reply.etag())).await;
    assert_eq!(stranger.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_secret_address_opens_feeds_and_names_itself() {
    log::keep();
    let (_dir, access) = secrets();
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::start(&format!("{access}{}", config(&publisher, ""))).await;
    let path = |secret: &str, rest: &str| format!("/s/{secret}{rest}");
    assert_eq!(get(&proxy, &path(SECRET, PATH), "").await.text(), FEED);
    let json = get(&proxy, &path(SECRET, "/feeds/tides.json"), "").await;
    let json: serde_json::Value = serde_json::from_str(json.text()).unwrap();
    assert_eq!(json["feed_url"], format!("https://feeds.example.org/s/{SECRET}/feeds/tides.json"));
    let bearer = format!("Bearer {TOKEN}");
    let json = get(&proxy, "/feeds/tides.json", &bearer).await;
    assert!(
        json.text().contains("https://feeds.example.org/feeds/tides.json") && !json.text().contains(SECRET)
    );
    for wrong in [
        path("", PATH),
        path(OTHER, PATH),
        path(TOKEN, PATH),
        path(&SECRET[1..], PATH),
        path(SECRET, "/feeds/none"),
        path(SECRET, "/feeds/tides/receipt"),
        path(SECRET, "/"),
        path(SECRET, "/metrics"),
        path(SECRET, ""),
        path(SECRET, &path(SECRET, PATH)),
        format!("/{}", path(SECRET, PATH)),
        format!("/S/{SECRET}{PATH}"),
    ] {
        assert_eq!(get(&proxy, &wrong, "").await.status, StatusCode::NOT_FOUND, "{wrong}");
    }
    assert!(log::lines_with(SECRET).is_empty() && log::lines_with(TOKEN).is_empty());
    assert!(!log::lines_with("/s/…/feeds/tides").is_empty());
    assert!(!get(&proxy, "/", &bearer).await.text().contains(SECRET));
    assert!(!get(&proxy, "/metrics", &bearer).await.text().contains(SECRET));
}

#[tokio::test]
async fn a_feed_says_otherwise() {
    let (dir, access) = secrets();
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let other = format!("access = {{ token = {{ file = \"{}/other\" }} }}", dir.path().display());
    let feeds = format!(
        "{}[feeds.open]\nsource = \"{url}\"\naccess = \"open\"\n[feeds.own]\nsource = \"{url}\"\n{other}\n",
        config(&publisher, ""),
        url = publisher.url("/feed.xml"),
    );
    let proxy = Proxy::start(&format!("{access}{feeds}")).await;
    let (all, own) = (format!("Bearer {TOKEN}"), format!("Bearer {OTHER}"));
    for (path, credentials, expected) in [
        ("/feeds/open", "", 200),
        ("/feeds/open/receipt", "", 200),
        ("/feeds/own", "", 401),
        ("/feeds/own", all.as_str(), 401),
        ("/feeds/own", own.as_str(), 200),
        (PATH, own.as_str(), 401),
        (PATH, all.as_str(), 200),
        ("/", own.as_str(), 401),
    ] {
        assert_eq!(get(&proxy, path, credentials).await.status.as_u16(), expected, "{path} {credentials}");
    }
    assert_eq!(get(&proxy, &format!("/s/{SECRET}/feeds/own"), "").await.status, StatusCode::NOT_FOUND);
    let open = get(&proxy, "/feeds/open", "").await;
    assert_eq!(open.header("cache-control"), Some("public, max-age=900"));
}

#[tokio::test]
async fn pages_are_closed_to_strangers_where_strangers_are() {
    let publisher = Publisher::with(Answer::ok(titled("Open"))).await;
    let feeds = config(&publisher, "");
    let pages = ["/", "/metrics", "/feeds/tides/receipt"];
    let exposed = "[server]\nlisten = \"0.0.0.0:8080\"\n";
    let proxy = Proxy::start(&format!("{exposed}{feeds}")).await;
    for page in pages {
        let reply = get(&proxy, page, "").await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{page}");
        assert!(reply.text().contains("[access] pages = \"open\"") && reply.text().lines().count() == 1);
    }
    for path in [PATH, "/healthz", "/readyz"] {
        assert_eq!(get(&proxy, path, "").await.status, StatusCode::OK, "{path}");
    }
    for open in [format!("[access]\npages = \"open\"\n{exposed}{feeds}"), feeds.clone()] {
        proxy.reconfigure(&open).await;
        for page in pages {
            assert_eq!(get(&proxy, page, "").await.status, StatusCode::OK, "{page}");
        }
    }
    // Open pages beside feeds that are not.
    let (_dir, access) = secrets();
    proxy.reconfigure(&format!("{exposed}{access}pages = \"open\"\n{feeds}")).await;
    assert_eq!(get(&proxy, "/", "").await.status, StatusCode::OK);
    assert_eq!(get(&proxy, PATH, "").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn feeds_that_are_not_configured_take_the_same_or_a_signature() {
    let (dir, access) = secrets();
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let key = format!("{{ file = \"{}/other\" }}", dir.path().display());
    let text = format!("{access}[ad-hoc]\nhosts = [\"127.0.0.1\"]\nkey = {key}\nallow-private = true\n");
    let proxy = Proxy::start(&text).await;
    let url: String = url::form_urlencoded::byte_serialize(publisher.url("/feed.xml").as_bytes()).collect();
    let path = format!("/clean?url={url}");
    assert_eq!(get(&proxy, &path, "").await.status, StatusCode::UNAUTHORIZED);
    assert_ne!(get(&proxy, &path, &format!("Bearer {TOKEN}")).await.status, StatusCode::UNAUTHORIZED);
    let config = limpid::config::read(&text, None).unwrap();
    let terms = limpid::adhoc::Terms::of(&config).unwrap();
    let signed = terms.signed(vec![("url".to_owned(), publisher.url("/feed.xml"))]).unwrap();
    assert_eq!(get(&proxy, &format!("/clean?{signed}"), "").await.text(), FEED);
}
