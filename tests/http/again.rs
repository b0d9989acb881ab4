//! What has just been answered is answered again: as if it had been looked for anew.

use hyper::{Method, StatusCode};

use crate::client::{Ask, Reply};
use crate::proxy::{PATH, Proxy, config};
use crate::publisher::{Answer, Publisher};
use crate::{FEED, titled};

/// An answer without what tells when it was sent.
fn told(reply: &Reply) -> (StatusCode, Vec<(String, String)>, &[u8]) {
    let headers = reply.headers.iter().filter(|(name, _)| *name != "date");
    let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()));
    (reply.status, headers.collect(), &reply.body)
}

#[tokio::test]
async fn d10_each_reader_gets_what_it_asks_for() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::of(&publisher).await;
    let first = proxy.feed().await;
    proxy.settled().await;
    let others = [
        ("accept", "application/feed+json", Some("application/feed+json; charset=utf-8")),
        ("accept", "text/html", Some("application/xml; charset=utf-8")),
        ("accept", "*/*", Some("application/rss+xml; charset=utf-8")),
        ("if-none-match", first.etag(), None),
    ];
    for (name, value, media_type) in others {
        let other = proxy.feed_with(name, value).await;
        assert_eq!(other.header("content-type"), media_type, "{value}");
        assert_eq!(told(&proxy.feed().await), told(&first), "after {value}");
        assert_eq!(told(&proxy.feed_with(name, value).await), told(&other), "{value}");
    }
    let head = proxy.ask(Ask::new(Method::HEAD, PATH)).await;
    assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
    assert_eq!(told(&head).1, told(&first).1);
    assert_eq!(proxy.ask(Ask::new(Method::POST, PATH)).await.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(told(&proxy.ask(Ask::get(&format!("{PATH}?a=b"))).await), told(&first));
    assert_eq!(proxy.ask(Ask::get(&format!("{PATH}/"))).await.status, StatusCode::NOT_FOUND);
    assert_eq!(publisher.count(), 1);
}

#[tokio::test]
async fn d10_it_grows_older_and_is_asked_for_when_it_is_due() {
    let publisher = Publisher::with(Answer::ok(FEED).with("cache-control", "max-age=3600")).await;
    let proxy = Proxy::of(&publisher).await;
    for (seconds, age) in [(0, "0"), (0, "0"), (1, "1"), (-1, "0"), (3599, "3599")] {
        proxy.turn(seconds);
        let reply = proxy.feed().await;
        assert_eq!((reply.header("age"), publisher.count()), (Some(age), 1), "{seconds}");
    }
    publisher.now(Answer::ok(titled("Ebb")));
    proxy.turn(1);
    assert!(proxy.feed().await.text().contains("Ebb"));
    assert_eq!(publisher.count(), 2);
}

#[tokio::test]
async fn d10_another_configuration_counts_at_once() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::of(&publisher).await;
    let first = proxy.feed().await;
    let dir = tempfile::tempdir().unwrap();
    let token = "token-of-tests-0123456789abcdef0123";
    std::fs::write(dir.path().join("token"), token).unwrap();
    let access = format!("[access]\ntoken = {{ file = \"{}/token\" }}\n", dir.path().display());
    proxy.reconfigure(&[access, config(&publisher, "")].concat()).await;
    let bearer = format!("Bearer {token}");
    for _ in 0..2 {
        assert_eq!(proxy.feed().await.status, StatusCode::UNAUTHORIZED);
        let known = proxy.feed_with("authorization", &bearer).await;
        assert_eq!((known.status, known.etag()), (StatusCode::OK, first.etag()));
        assert!(known.header("cache-control").unwrap().starts_with("private"));
    }
    let rules = "rules = [{ replace = { in = \"title\", pattern = \".\", with = \"~\" } }]";
    proxy.reconfigure(&config(&publisher, rules)).await;
    for _ in 0..2 {
        let other = proxy.feed().await;
        assert!(other.text().contains("~~~") && other.etag() != first.etag());
    }
    assert_eq!(publisher.count(), 1);
}
