//! `/opml`: the list of feeds for readers, and who may have it.

use hyper::{Method, StatusCode};
use limpid::opml::read;
use tempfile::TempDir;

use crate::client::{Ask, Reply};
use crate::proxy::Proxy;

const TOKEN: &str = "token-of-tests-0123456789abcdef0123";
const SECRET: &str = "secret-of-tests-0123456789abcdef012";

const FEEDS: &str = "[feeds.tides]\nsource = \"sample:newsletter\"\ntitle = \"Tide tables\"\nfolder = \"Sea\"\n\
    [feeds.tides.topics]\nhigh = { title = \"light\" }\n\
    [feeds.public]\nsource = \"sample:newsletter\"\naccess = \"open\"\n";

/// The addresses that a list has.
fn addresses(reply: &Reply) -> Vec<String> {
    assert_eq!(reply.status, StatusCode::OK);
    read(reply.body.to_vec()).unwrap().feeds.into_iter().map(|feed| feed.address).collect()
}

/// `[access]` with a token and a secret.
fn access() -> (TempDir, String) {
    let dir = TempDir::new().unwrap();
    for (name, text) in [("token", TOKEN), ("secret", SECRET)] {
        std::fs::write(dir.path().join(name), text).unwrap();
    }
    let file = |name: &str| format!("{name} = {{ file = \"{}\" }}\n", dir.path().join(name).display());
    let all = format!("[access]\n{}{}", file("token"), file("secret"));
    (dir, all)
}

#[tokio::test]
async fn d01_d02_every_feed_and_topic_is_in_the_list() {
    let proxy = Proxy::start(FEEDS).await;
    let reply = proxy.ask(Ask::get("/opml?once=1")).await;
    let base = "https://feeds.example.org/feeds";
    let expected = [
        format!("{base}/tides"),
        format!("{base}/tides/high"),
        format!("{base}/tides/rest"),
        format!("{base}/public"),
    ];
    assert_eq!(addresses(&reply), expected);
    let list = read(reply.body.to_vec()).unwrap();
    assert_eq!(
        (list.feeds[0].title.as_str(), list.feeds[0].folder.join("/").as_str()),
        ("Tide tables", "Sea")
    );
    assert_eq!((list.feeds[1].title.as_str(), list.feeds[3].title.as_str()), ("Tide tables: high", "public"));
    assert_eq!(reply.header("content-type"), Some("text/x-opml+xml; charset=utf-8"));
    assert_eq!(reply.header("cache-control"), Some("public, no-cache"));
    assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
    // The addresses of this list are those that answer.
    for address in expected {
        let path = address.strip_prefix("https://feeds.example.org").unwrap();
        assert_eq!(proxy.ask(Ask::get(path)).await.status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn d03_d06_d07_the_list_is_sent_once() {
    let proxy = Proxy::start(FEEDS).await;
    let first = proxy.ask(Ask::get("/opml")).await;
    for tag in [
        first.etag().to_owned(),
        format!("W/{}", first.etag()),
        format!("\"x\", {}", first.etag()),
        "*".to_owned(),
    ] {
        let again = proxy.ask(Ask::get("/opml").with("if-none-match", &tag)).await;
        assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0), "{tag}");
        assert_eq!((again.header("etag"), again.header("content-type")), (Some(first.etag()), None));
    }
    let other = proxy.ask(Ask::get("/opml").with("if-none-match", "\"x\"")).await;
    assert_eq!(other.text(), first.text());
    let head = proxy.ask(Ask::get("/opml").by(Method::HEAD)).await;
    assert_eq!((head.header("content-length"), head.body.len()), (first.header("content-length"), 0));
    assert_eq!(proxy.ask(Ask::get("/opml").by(Method::POST)).await.status, StatusCode::METHOD_NOT_ALLOWED);
    // Time changes nothing; another feed does.
    proxy.turn_minutes(60);
    assert_eq!(proxy.ask(Ask::get("/opml")).await.etag(), first.etag());
    proxy.reconfigure(&format!("{FEEDS}[feeds.new]\nsource = \"sample:newsletter\"\n")).await;
    let changed = proxy.ask(Ask::get("/opml").with("if-none-match", first.etag())).await;
    assert_eq!(addresses(&changed).len(), 5);
}

#[tokio::test]
async fn the_list_is_closed_to_strangers_as_other_pages_are() {
    let exposed = "[server]\nlisten = \"0.0.0.0:8080\"\n";
    let proxy = Proxy::start(&format!("{exposed}{FEEDS}")).await;
    assert_eq!(proxy.ask(Ask::get("/opml")).await.status, StatusCode::FORBIDDEN);
    let (_dir, access) = access();
    proxy.reconfigure(&format!("{exposed}{access}{FEEDS}")).await;
    for wrong in [Ask::get("/opml"), Ask::get("/opml").with("authorization", "Bearer wrong")] {
        let reply = proxy.ask(wrong).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
        assert!(!reply.text().contains(SECRET));
    }
    for wrong in ["/s/wrong/opml", "/s//opml", "/s/opml"] {
        assert_eq!(proxy.ask(Ask::get(wrong)).await.status, StatusCode::NOT_FOUND, "{wrong}");
    }
}

#[tokio::test]
async fn the_secret_is_in_the_list_for_those_who_may_know_it() {
    let (dir, access) = access();
    let proxy = Proxy::start(&format!("{access}{FEEDS}")).await;
    let (by_secret, by_token) = (
        Ask::get(&format!("/s/{SECRET}/opml")),
        Ask::get("/opml").with("authorization", &format!("Bearer {TOKEN}")),
    );
    for (ask, vary) in [(by_secret, None), (by_token, Some("Authorization"))] {
        let reply = proxy.ask(ask).await;
        let found = addresses(&reply);
        assert_eq!(found[0], format!("https://feeds.example.org/s/{SECRET}/feeds/tides"));
        assert_eq!(
            found[3], "https://feeds.example.org/feeds/public",
            "the secret opens no feed that is open"
        );
        assert_eq!((reply.header("cache-control"), reply.header("vary")), (Some("private, no-cache"), vary));
        for address in found {
            let path = address.strip_prefix("https://feeds.example.org").unwrap();
            assert_eq!(proxy.ask(Ask::get(path)).await.status, StatusCode::OK, "{path}");
        }
    }
    // Where pages are open to everybody, the list is, and has no secret in it.
    proxy.reconfigure(&format!("{access}pages = \"open\"\n{FEEDS}")).await;
    let reply = proxy.ask(Ask::get("/opml")).await;
    assert!(!reply.text().contains(SECRET) && addresses(&reply).len() == 4);
    // A feed behind a secret of its own is not under that of everything.
    let own = format!(
        "{access}[feeds.own]\nsource = \"sample:newsletter\"\naccess = {{ token = {{ file = \"{}/token\" }} }}\n",
        dir.path().display()
    );
    proxy.reconfigure(&own).await;
    assert_eq!(
        addresses(&proxy.ask(Ask::get(&format!("/s/{SECRET}/opml"))).await),
        ["https://feeds.example.org/feeds/own"]
    );
}
