//! What is in memory, and what is only in the store: readers never notice.

use std::fmt::Write;
use std::path::Path;

use hyper::StatusCode;
use redb::{ReadableTable, TableDefinition};
use tempfile::TempDir;

use crate::client::Ask;
use crate::proxy::Proxy;
use crate::publisher::{Answer, Publisher};
use crate::{FEED, titled};

const BODIES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("bodies");

/// Feeds of one publisher each, and memory for none of them: neither as they are served nor as they came.
fn config(publishers: &[&Publisher], store: Option<&str>) -> String {
    let mut text = "[cache]\nmemory = \"1 B\"\n".to_owned();
    if let Some(store) = store {
        let _ = writeln!(text, "[store]\n{store}");
    }
    for (n, publisher) in publishers.iter().enumerate() {
        let _ = writeln!(text, "[feeds.f{n}]\nsource = \"{}\"", publisher.url("/feed"));
    }
    text
}

fn stored(place: &TempDir) -> String {
    format!("path = '{}'", place.path().join("limpid.redb").display())
}

async fn read(proxy: &Proxy, n: usize) -> String {
    let reply = proxy.ask(Ask::get(&format!("/feeds/f{n}"))).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    reply.text().to_owned()
}

async fn started(config: &str) -> Proxy {
    Proxy::started_at(config, "2026-06-15T12:00:00Z").await
}

async fn stop(mut proxy: Proxy) {
    proxy.settled().await;
    proxy.stop();
    proxy.has_stopped().await;
}

#[tokio::test]
async fn d21_what_is_only_in_the_store_is_served_without_asking_for_it() {
    let place = TempDir::new().unwrap();
    let publisher = Publisher::with(Answer::ok(FEED).with("etag", "\"a\"")).await;
    let proxy = started(&config(&[&publisher], Some(&stored(&place)))).await;
    for _ in 0..3 {
        assert_eq!(read(&proxy, 0).await, FEED);
        proxy.settled().await;
    }
    assert_eq!(publisher.count(), 1);
    // It is asked about as before, and 304 makes it fresh although its text is not in memory.
    publisher.now(Answer::status(304));
    proxy.turn_minutes(17);
    assert_eq!(read(&proxy, 0).await, FEED);
    proxy.settled().await;
    assert_eq!(publisher.last().validators(), (Some("\"a\""), None));
    assert_eq!(read(&proxy, 0).await, FEED);
    // So does another one once it has come.
    publisher.now(Answer::ok(titled("Spring tides")));
    proxy.turn_minutes(17);
    read(&proxy, 0).await;
    proxy.settled().await;
    assert_eq!(read(&proxy, 0).await, titled("Spring tides"));
    assert_eq!(publisher.count(), 3);
    assert!(proxy.ask(Ask::get("/")).await.text().contains("Spring tides"));
}

#[tokio::test]
async fn d21_without_a_store_it_is_kept_in_memory() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = started(&config(&[&publisher], None)).await;
    for _ in 0..3 {
        assert_eq!(read(&proxy, 0).await, FEED);
        proxy.settled().await;
    }
    assert_eq!(publisher.count(), 1);
}

#[tokio::test]
async fn d21_with_a_store_that_fails_it_is_kept_in_memory_and_written_once_that_can_be_done() {
    let place = TempDir::new().unwrap();
    let path = place.path().join("limpid.redb");
    std::fs::create_dir(&path).unwrap();
    let publisher = Publisher::with(Answer::ok(FEED).with("etag", "\"a\"")).await;
    let config = config(&[&publisher], Some(&stored(&place)));
    let proxy = started(&config).await;
    for _ in 0..3 {
        assert_eq!(read(&proxy, 0).await, FEED);
        proxy.settled().await;
    }
    assert!(proxy.app.store_problem().is_some());
    assert_eq!(publisher.count(), 1);
    // The next answer brings no body, and the one that is there has yet to be written.
    std::fs::remove_dir(&path).unwrap();
    publisher.now(Answer::status(304));
    proxy.turn_minutes(17);
    assert_eq!(read(&proxy, 0).await, FEED);
    proxy.settled().await;
    assert_eq!(proxy.app.store_problem(), None);
    stop(proxy).await;
    let proxy = Proxy::started_at(&config, "2026-06-15T12:20:00Z").await;
    assert_eq!(read(&proxy, 0).await, FEED);
    assert_eq!(publisher.count(), 2);
}

/// A feed that can hardly be compressed.
fn noise(seed: u64) -> String {
    let mut state = seed + 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        format!("{:x}", state >> 20)
    };
    let words: Vec<String> = (0..1000).map(|_| next()).collect();
    titled(&words.join(" "))
}

#[tokio::test]
async fn d21_what_has_to_make_way_in_the_store_is_kept_in_memory() {
    let place = TempDir::new().unwrap();
    let texts: Vec<String> = (0..4).map(noise).collect();
    let mut publishers = Vec::new();
    for text in &texts {
        publishers.push(Publisher::with(Answer::ok(text.clone()).with("etag", "\"a\"")).await);
    }
    let all: Vec<&Publisher> = publishers.iter().collect();
    // There is room for one or two of them.
    let store = format!("{}\nmax-size = \"15 kB\"", stored(&place));
    let proxy = started(&config(&all, Some(&store))).await;
    for round in 0..3 {
        for (n, text) in texts.iter().enumerate() {
            assert_eq!(&read(&proxy, n).await, text, "round {round}");
            proxy.settled().await;
        }
        for publisher in &publishers {
            publisher.now(Answer::status(304));
        }
        proxy.turn_minutes(17);
    }
    proxy.settled().await;
    let counts: Vec<usize> = publishers.iter().map(Publisher::count).collect();
    assert_eq!(counts, [3; 4], "each was asked once a round, and 304 stood for what is in memory");
    assert!(publishers.iter().all(|publisher| publisher.last().validators().0 == Some("\"a\"")));
}

#[tokio::test]
async fn d21_what_is_larger_than_the_store_is_kept_in_memory() {
    let place = TempDir::new().unwrap();
    let publisher = Publisher::with(Answer::ok(noise(7))).await;
    let store = format!("{}\nmax-size = \"2 kB\"", stored(&place));
    let proxy = started(&config(&[&publisher], Some(&store))).await;
    for _ in 0..3 {
        assert_eq!(read(&proxy, 0).await, noise(7));
        proxy.settled().await;
    }
    assert_eq!(publisher.count(), 1);
}

/// Takes every body out of a store, or puts another one in its place.
fn spoil(path: &Path, other: Option<&[u8]>) {
    let database = redb::Database::open(path).unwrap();
    let writing = database.begin_write().unwrap();
    {
        let mut bodies = writing.open_table(BODIES).unwrap();
        let keys: Vec<String> =
            bodies.iter().unwrap().map(|entry| entry.unwrap().0.value().to_owned()).collect();
        assert!(!keys.is_empty());
        for key in keys {
            match other {
                Some(other) => bodies.insert(key.as_str(), other).unwrap().is_some(),
                None => bodies.remove(key.as_str()).unwrap().is_some(),
            };
        }
    }
    writing.commit().unwrap();
}

#[tokio::test]
async fn d21_what_the_store_has_lost_is_asked_for_again_while_the_reader_waits() {
    for other in [None, Some(b"noise".as_slice())] {
        let place = TempDir::new().unwrap();
        let publisher = Publisher::with(Answer::ok(FEED).with("etag", "\"a\"")).await;
        let config = config(&[&publisher], Some(&stored(&place)));
        let proxy = started(&config).await;
        assert_eq!(read(&proxy, 0).await, FEED);
        stop(proxy).await;
        spoil(&place.path().join("limpid.redb"), other);
        let proxy = started(&config).await;
        assert_eq!(read(&proxy, 0).await, FEED);
        assert_eq!(publisher.count(), 2);
        assert_eq!(publisher.last().validators(), (None, None), "there is nothing that could be unchanged");
        proxy.settled().await;
        assert_eq!(read(&proxy, 0).await, FEED);
        assert_eq!(publisher.count(), 2);
    }
}

#[tokio::test]
async fn d21_what_the_store_has_lost_and_nobody_has_is_said_to_be_missing() {
    let place = TempDir::new().unwrap();
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let config = config(&[&publisher], Some(&stored(&place)));
    let proxy = started(&config).await;
    read(&proxy, 0).await;
    stop(proxy).await;
    spoil(&place.path().join("limpid.redb"), None);
    publisher.now(Answer::status(500));
    let proxy = started(&config).await;
    for path in ["/feeds/f0", "/feeds/f0/preview", "/feeds/f0/receipt"] {
        let reply = proxy.ask(Ask::get(path)).await;
        assert_eq!(reply.status, StatusCode::BAD_GATEWAY, "{path}: {}", reply.text());
    }
    assert_eq!(publisher.count(), 2);
}

#[tokio::test]
async fn d20_the_same_bytes_again_are_not_read_again() {
    let place = TempDir::new().unwrap();
    // No validators: every answer is whole.
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = started(&config(&[&publisher], Some(&stored(&place)))).await;
    let first = proxy.ask(Ask::get("/feeds/f0")).await;
    proxy.settled().await;
    proxy.turn_minutes(17);
    read(&proxy, 0).await;
    proxy.settled().await;
    let again = proxy.ask(Ask::get("/feeds/f0")).await;
    assert_eq!((again.text(), again.etag()), (first.text(), first.etag()));
    assert_eq!(again.header("last-modified"), first.header("last-modified"));
    assert_eq!((again.fresh_for(), publisher.count()), (15 * 60, 2));
}
