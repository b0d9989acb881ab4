//! Another configuration while limpid serves.

use hyper::StatusCode;

use crate::client::Ask;
use crate::proxy::{PATH, Proxy, config};
use crate::publisher::{Answer, Gate, Publisher};
use crate::{FEED, others_run, titled};

/// Two feeds of two publishers, each read once.
async fn two() -> (Publisher, Publisher, Proxy, String) {
    let (tides, winds) =
        (Publisher::with(Answer::ok(FEED)).await, Publisher::with(Answer::ok(titled("Winds"))).await);
    let text = [config(&tides, ""), of_winds(&winds, "")].concat();
    let proxy = Proxy::start(&text).await;
    for path in [PATH, "/feeds/winds"] {
        assert_eq!(proxy.ask(Ask::get(path)).await.status, StatusCode::OK);
    }
    (tides, winds, proxy, text)
}

fn of_winds(publisher: &Publisher, more: &str) -> String {
    format!("[feeds.winds]\nsource = \"{}\"\n{more}\n", publisher.url("/winds.xml"))
}

#[tokio::test]
async fn a_new_feed_appears_and_the_others_are_not_asked_for_again() {
    let (tides, winds, proxy, text) = two().await;
    let before = proxy.feed().await;
    let more = format!("{text}[feeds.new]\nsource = \"{}\"\n", tides.url("/new.xml"));
    assert_eq!(proxy.ask(Ask::get("/feeds/new")).await.status, StatusCode::NOT_FOUND);
    proxy.reconfigure(&more).await;
    assert_eq!(proxy.ask(Ask::get("/feeds/new")).await.text(), FEED);
    assert!(proxy.ask(Ask::get("/")).await.text().contains("/feeds/new"));
    let after = proxy.feed().await;
    assert_eq!(
        (after.etag(), after.header("last-modified")),
        (before.etag(), before.header("last-modified"))
    );
    assert_eq!((tides.count(), winds.count()), (2, 1));
}

#[tokio::test]
async fn a_feed_that_is_gone_is_404_and_may_come_back_without_being_asked_for_too_soon() {
    let (tides, winds, proxy, text) = two().await;
    proxy.reconfigure(&config(&tides, "")).await;
    assert_eq!(proxy.ask(Ask::get("/feeds/winds")).await.status, StatusCode::NOT_FOUND);
    assert!(!proxy.ask(Ask::get("/metrics")).await.text().contains("feed=\"winds\""));
    proxy.reconfigure(&text).await;
    assert_eq!(proxy.ask(Ask::get("/feeds/winds")).await.text(), titled("Winds"));
    assert_eq!(winds.count(), 1);
    // Once it may be asked again nothing of it is kept.
    proxy.turn_minutes(17);
    proxy.reconfigure(&config(&tides, "")).await;
    proxy.reconfigure(&text).await;
    proxy.ask(Ask::get("/feeds/winds")).await;
    assert_eq!((winds.count(), winds.last().validators()), (2, (None, None)));
}

#[tokio::test]
async fn other_rules_apply_without_a_request() {
    let (tides, winds, proxy, _) = two().await;
    let text =
        [config(&tides, "rules = [{ drop = { title = '^sponsored' } }]"), of_winds(&winds, "")].concat();
    proxy.reconfigure(&text).await;
    let feed = proxy.feed().await;
    assert!(feed.text().contains("High water") && !feed.text().contains("oilskins"), "{}", feed.text());
    assert_eq!((tides.count(), winds.count()), (1, 1));
}

#[tokio::test]
async fn another_source_is_asked_for() {
    let (tides, winds, proxy, _) = two().await;
    let text = [config(&tides, "").replace("/feed.xml", "/other.xml"), of_winds(&winds, "")].concat();
    proxy.reconfigure(&text).await;
    assert_eq!(proxy.feed().await.status, StatusCode::OK);
    assert_eq!((tides.count(), winds.count()), (2, 1));
    assert!(tides.last().line.contains("/other.xml"));
}

#[tokio::test]
async fn other_limits_and_another_address_are_followed() {
    let (tides, winds, proxy, text) = two().await;
    let atom = Ask::get("/feeds/tides.atom");
    assert!(proxy.ask(atom.clone()).await.text().contains("https://feeds.example.org/feeds/tides"));
    let server = "[server]\npublic-url = \"https://other.example.org\"\n[cache]\nmemory = \"1 MiB\"\n\
        [fetch]\nmax-body = \"100 B\"\ncontact = \"https://example.org/me\"\n";
    proxy.reconfigure(&format!("{server}{text}")).await;
    assert!(proxy.ask(atom).await.text().contains("https://other.example.org/feeds/tides"));
    assert_eq!((tides.count(), winds.count()), (1, 1));
    proxy.turn_minutes(17);
    // The new limit holds, and so the last good copy stands in.
    assert!(proxy.feed().await.is_marked_stale());
    assert!(tides.last().header("user-agent").unwrap().contains("https://example.org/me"));
}

#[tokio::test]
async fn a_request_under_way_keeps_the_configuration_that_it_came_under() {
    let gate = Gate::closed();
    let publisher = Publisher::with(Answer::ok(FEED).behind(&gate)).await;
    let proxy = Proxy::of(&publisher).await;
    let first = tokio::spawn(Ask::get(PATH).of(proxy.address));
    publisher.arrived(1).await;
    proxy.reconfigure(&config(&publisher, "rules = [{ limit = 0 }]")).await;
    others_run().await;
    gate.open();
    assert_eq!(first.await.unwrap().text(), FEED);
    assert!(!proxy.feed().await.text().contains("High water"));
    assert_eq!(publisher.count(), 1);
}

#[tokio::test]
async fn mistakes_change_nothing() {
    let (tides, _winds, proxy, text) = two().await;
    let before = proxy.feed().await;
    let problems = limpid::config::read(&format!("{text}rules = [{{ limti = 5 }}]\n"), None).unwrap_err();
    proxy.app.keep(&problems.to_string());
    assert_eq!(proxy.feed().await.etag(), before.etag());
    assert_eq!(tides.count(), 1);
}
