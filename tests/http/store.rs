//! What outlives a restart: copies, validators, back-off and moves; and files that can not be used.

use std::path::{Path, PathBuf};

use hyper::StatusCode;
use tempfile::TempDir;

use crate::client::Ask;
use crate::proxy::{Proxy, config};
use crate::publisher::{Answer, Publisher};
use crate::{FEED, titled};

/// A folder with a place for a store.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Place(TempDir::new().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("limpid.redb")
    }

    fn config(&self, publisher: &Publisher) -> String {
        format!("[store]\npath = '{}'\n{}", self.path().display(), config(publisher, ""))
    }

    /// A proxy at this time of the day, with this store.
    async fn proxy(&self, publisher: &Publisher, time: &str) -> Proxy {
        Proxy::started_at(&self.config(publisher), &format!("2026-06-15T{time}Z")).await
    }
}

#[tokio::test]
async fn d02_p06_what_was_noted_of_a_feed_outlives_a_restart() {
    let place = Place::new();
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let config = format!("{}rules = [{{ limit = 2 }}]\n", place.config(&publisher));
    let proxy = Proxy::started_at(&config, "2026-06-15T12:00:00Z").await;
    let receipt = async |proxy: &Proxy| proxy.ask(Ask::get("/feeds/tides/receipt")).await.text().to_owned();
    let first = proxy.feed().await;
    let (before, page) = (receipt(&proxy).await, proxy.ask(Ask::get("/")).await);
    assert!(before.contains("\"refreshes\":1") || before.contains("\"refreshes\": 1"), "{before}");
    stop(proxy).await;

    let proxy = Proxy::started_at(&config, "2026-06-15T12:10:00Z").await;
    assert!(
        proxy.ask(Ask::get("/")).await.text().contains("1 item"),
        "the page knows it before anybody asks: {}",
        page.text()
    );
    let again = proxy.feed().await;
    assert_eq!(again.header("last-modified"), first.header("last-modified"));
    let unchanged = proxy.feed_with("if-modified-since", first.header("last-modified").unwrap()).await;
    assert_eq!(unchanged.status, StatusCode::NOT_MODIFIED);
    assert_eq!(receipt(&proxy).await, before, "a restart is no refresh");
    assert_eq!(publisher.count(), 1);
}

#[tokio::test]
async fn p06_pages_of_items_are_not_asked_for_again_after_a_restart() {
    let place = Place::new();
    let page = "<html><body><article><p>All of it.</p></article></body></html>";
    let [found, missing] = [Answer::ok(page).with("content-type", "text/html"), Answer::status(404)];
    let pages = Publisher::with_script([found, missing]).await;
    let items = [1, 2]
        .map(|n| format!("<item><title>{n}</title><link>{}</link></item>", pages.url(&format!("/{n}"))));
    let feed = format!("<rss version='2.0'><channel><title>T</title>{}</channel></rss>", items.concat());
    let publisher = Publisher::with(Answer::ok(feed)).await;
    let config = format!("{}rules = [{{ full-text = 'article' }}]\n", place.config(&publisher));
    let proxy = Proxy::started_at(&config, "2026-06-15T12:00:00Z").await;
    let before = proxy.feed().await;
    assert!(before.text().contains("All of it."), "{}", before.text());
    stop(proxy).await;

    let proxy = Proxy::started_at(&config, "2026-06-15T12:14:00Z").await;
    assert_eq!(proxy.feed().await.text(), before.text());
    assert_eq!(pages.count(), 2);
    // The one that failed is asked for again once its time has come, and no other.
    proxy.turn_minutes(17);
    publisher.now(Answer::status(304));
    proxy.feed().await;
    proxy.settled().await;
    proxy.feed().await;
    assert_eq!(pages.count(), 3);
}

async fn stop(mut proxy: Proxy) {
    proxy.settled().await;
    proxy.stop();
    proxy.has_stopped().await;
}

#[tokio::test]
async fn p06_a_restart_serves_from_the_store_and_asks_nobody_early() {
    let place = Place::new();
    let publisher =
        Publisher::with(Answer::ok(FEED).with("etag", "W/\"a\"").with("last-modified", "0")).await;
    let proxy = place.proxy(&publisher, "12:00:00").await;
    let first = proxy.feed().await;
    stop(proxy).await;

    let proxy = place.proxy(&publisher, "12:10:00").await;
    let reply = proxy.feed().await;
    assert_eq!((reply.text(), reply.etag(), reply.fresh_for()), (FEED, first.etag(), 5 * 60));
    assert!(proxy.ask(Ask::get("/")).await.text().contains("3 items"));
    assert_eq!(publisher.count(), 1);
    publisher.now(Answer::status(304));
    proxy.turn_minutes(5);
    proxy.feed().await;
    proxy.settled().await;
    assert_eq!(publisher.last().validators(), (Some("W/\"a\""), Some("0")));
    assert_eq!(proxy.feed().await.text(), FEED);
    stop(proxy).await;

    // The 304 was written down as well.
    let proxy = place.proxy(&publisher, "12:29:59").await;
    assert_eq!((proxy.feed().await.fresh_for(), publisher.count()), (1, 2));
}

#[tokio::test]
async fn p06_what_is_stale_after_a_restart_is_served_at_once() {
    let place = Place::new();
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    stop_after_feed(place.proxy(&publisher, "12:00:00").await, FEED).await;
    publisher.now(Answer::ok(titled("Spring tides")));
    let proxy = place.proxy(&publisher, "18:00:00").await;
    assert_eq!(proxy.feed().await.text(), FEED);
    proxy.settled().await;
    assert_eq!(proxy.feed().await.text(), titled("Spring tides"));
    stop(proxy).await;
    stop_after_feed(place.proxy(&publisher, "18:05:00").await, &titled("Spring tides")).await;
    assert_eq!(publisher.count(), 2);
}

async fn stop_after_feed(proxy: Proxy, expected: &str) {
    assert_eq!(proxy.feed().await.text(), expected);
    stop(proxy).await;
}

#[tokio::test]
async fn p06_back_off_outlives_a_restart() {
    let place = Place::new();
    let publisher = Publisher::with(Answer::status(503).with("retry-after", "7200")).await;
    let proxy = place.proxy(&publisher, "12:00:00").await;
    let first = proxy.feed().await;
    stop(proxy).await;
    let proxy = place.proxy(&publisher, "13:00:00").await;
    let reply = proxy.feed().await;
    assert_eq!((reply.status, reply.text()), (StatusCode::BAD_GATEWAY, first.text()));
    assert_eq!(reply.header("retry-after"), Some("3600"));
    stop(proxy).await;

    // Failures go on being counted: the second in a row doubles the wait.
    publisher.now(Answer::status(500));
    let proxy = place.proxy(&publisher, "14:00:00").await;
    proxy.feed().await;
    assert_eq!(publisher.count(), 2);
    proxy.turn(30 * 60 - 1);
    proxy.feed().await;
    assert_eq!(publisher.count(), 2);
    proxy.turn(1);
    proxy.feed().await;
    assert_eq!(publisher.count(), 3);
}

#[tokio::test]
async fn p06_d12_a_copy_stands_in_after_a_restart() {
    let place = Place::new();
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = place.proxy(&publisher, "12:00:00").await;
    proxy.feed().await;
    publisher.now(Answer::ok("<html>"));
    proxy.turn_minutes(17);
    proxy.feed().await;
    stop(proxy).await;
    let proxy = place.proxy(&publisher, "12:20:00").await;
    let reply = proxy.feed().await;
    assert!(reply.text() == FEED && reply.is_marked_stale());
    assert!(proxy.ask(Ask::get("/")).await.text().contains("a web page (HTML), not a feed"));
    assert_eq!(publisher.count(), 2);
}

#[tokio::test]
async fn p13_moves_outlive_a_restart() {
    let place = Place::new();
    let there = Publisher::with(Answer::ok(FEED).with("etag", "\"there\"")).await;
    let here = Publisher::with(Answer::to(301, &there.url("/f"))).await;
    for (time, count) in [("12:00:00", 1), ("12:20:00", 2), ("12:40:00", 3), ("13:00:00", 3), ("13:20:00", 3)]
    {
        stop_after_feed(place.proxy(&here, time).await, FEED).await;
        assert_eq!(here.count(), count, "{time}");
    }
    assert_eq!(there.count(), 5);
    assert_eq!(there.last().header("if-none-match"), Some("\"there\""));
}

#[tokio::test]
async fn p15_what_is_gone_is_not_asked_after_a_restart() {
    let place = Place::new();
    let publisher = Publisher::with(Answer::status(410)).await;
    stop_proxy_after_status(place.proxy(&publisher, "12:00:00").await, 404).await;
    stop_proxy_after_status(place.proxy(&publisher, "23:00:00").await, 404).await;
    assert_eq!(publisher.count(), 1);
}

async fn stop_proxy_after_status(proxy: Proxy, status: u16) {
    assert_eq!(proxy.feed().await.status, status);
    stop(proxy).await;
}

/// Serves from memory over whatever is in the file now, and from the file after that.
async fn is_begun_anew(place: &Place, publisher: &Publisher) {
    let before = publisher.count();
    stop_after_feed(place.proxy(publisher, "12:00:00").await, FEED).await;
    let proxy = place.proxy(publisher, "12:05:00").await;
    assert_eq!(proxy.app.store_problem(), None);
    stop_after_feed(proxy, FEED).await;
    assert_eq!(publisher.count(), before + 1);
}

fn broken(path: &Path) -> PathBuf {
    PathBuf::from(format!("{}.broken", path.display()))
}

#[tokio::test]
async fn a_file_that_is_none_is_moved_aside() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    for bytes in [b"# Tide tables\n".repeat(500), b"redb".to_vec(), vec![0; 100_000]] {
        let place = Place::new();
        std::fs::write(place.path(), &bytes).unwrap();
        is_begun_anew(&place, &publisher).await;
        let aside = limpid::cli::input::read_file(&broken(&place.path()), 1 << 20).unwrap();
        assert!(aside == bytes, "{} bytes", bytes.len());
    }
}

#[tokio::test]
async fn a_file_of_another_format_is_moved_aside() {
    let (place, publisher) = (Place::new(), Publisher::with(Answer::ok(FEED)).await);
    let database = redb::Database::create(place.path()).unwrap();
    let writing = database.begin_write().unwrap();
    let about = redb::TableDefinition::<&str, u64>::new("about");
    writing.open_table(about).unwrap().insert("format", 99).unwrap();
    writing.commit().unwrap();
    drop(database);
    is_begun_anew(&place, &publisher).await;
    assert!(broken(&place.path()).exists());
}

#[tokio::test]
async fn without_a_file_feeds_are_served_from_memory() {
    let (place, publisher) = (Place::new(), Publisher::with(Answer::ok(FEED)).await);
    std::fs::create_dir(place.path()).unwrap();
    let proxy = place.proxy(&publisher, "12:00:00").await;
    for _ in 0..3 {
        assert_eq!(proxy.feed().await.text(), FEED);
    }
    proxy.settled().await;
    let problem = proxy.app.store_problem().unwrap();
    assert!(problem.ends_with("feeds are served, and kept only in memory"), "{problem}");
    assert_eq!(publisher.count(), 1);
    // Once it can be used, it is.
    std::fs::remove_dir(place.path()).unwrap();
    proxy.turn_minutes(17);
    proxy.feed().await;
    proxy.settled().await;
    assert_eq!(proxy.app.store_problem(), None);
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_for_nobody_else_to_read() {
    use std::os::unix::fs::PermissionsExt;
    let (place, publisher) = (Place::new(), Publisher::with(Answer::ok(FEED)).await);
    stop_after_feed(place.proxy(&publisher, "12:00:00").await, FEED).await;
    let mode = std::fs::metadata(place.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
