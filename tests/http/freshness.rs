//! What is stale: served at once while it is asked for, and in place of what can not be had, each for so long; and
//! feeds that are kept warm.

use std::sync::Arc;

use hyper::StatusCode;
use limpid::fetch::guard::Network;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::client::{Ask, Reply, write_all};
use crate::network::Town;
use crate::proxy::{PATH, Proxy, config};
use crate::publisher::{Answer, Gate, Publisher};
use crate::{FEED, titled};

const DAY: i64 = 24 * 60;

/// A proxy that has the feed already, and serves it while it asks for it.
async fn warm(publisher: &Publisher, more: &str) -> Proxy {
    let proxy = Proxy::by_default(&format!("{more}\n{}", config(publisher, ""))).await;
    assert_eq!(proxy.feed().await.text(), FEED);
    proxy
}

fn is_being_revalidated(reply: &Reply) -> bool {
    reply.header("cache-status").is_some_and(|status| status.ends_with("detail=revalidating"))
}

#[tokio::test]
async fn d11_a_stale_copy_is_served_at_once_while_one_request_is_made() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = warm(&publisher, "").await;
    let gate = Gate::closed();
    publisher.now(Answer::ok(titled("Spring tides")).behind(&gate));
    proxy.turn_minutes(20);
    let mut readers = JoinSet::new();
    for _ in 0..50 {
        readers.spawn(Ask::get(PATH).of(proxy.address));
    }
    // The publisher has not answered yet; the readers have been.
    for reply in readers.join_all().await {
        assert!(reply.text() == FEED && is_being_revalidated(&reply) && reply.fresh_for() == 0);
        assert_eq!(reply.header("cache-status"), Some("limpid; hit; ttl=-300; detail=revalidating"));
    }
    publisher.arrived(2).await;
    proxy.feed().await;
    gate.open();
    proxy.settled().await;
    let fresh = proxy.feed().await;
    assert!(fresh.text() == titled("Spring tides") && !is_being_revalidated(&fresh));
    assert_eq!((publisher.count(), fresh.fresh_for()), (2, 15 * 60));
}

#[tokio::test]
async fn d11_beyond_the_window_readers_wait_for_the_publisher() {
    for (more, minutes) in [("", DAY), ("cache.stale-while-revalidate = '1h'", 60)] {
        for (late, title) in [(-1, "Tide tables"), (0, "Spring tides")] {
            let publisher = Publisher::with(Answer::ok(FEED)).await;
            let proxy = warm(&publisher, more).await;
            publisher.now(Answer::ok(titled("Spring tides")));
            proxy.turn_minutes(15 + minutes + late);
            assert_eq!(proxy.feed().await.text(), titled(title), "{more}: {late} minutes late");
            proxy.settled().await;
            assert_eq!(publisher.count(), 2);
        }
    }
}

#[tokio::test]
async fn d11_a_failure_in_the_background_is_seen_by_the_next_reader() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = warm(&publisher, "").await;
    publisher.now(Answer::status(500));
    proxy.turn_minutes(16);
    assert!(!proxy.feed().await.is_marked_stale());
    proxy.settled().await;
    for _ in 0..3 {
        let reply = proxy.feed().await;
        assert!(reply.text() == FEED && reply.is_marked_stale());
    }
    assert_eq!(publisher.count(), 2);
}

#[tokio::test]
async fn d12_a_copy_stands_in_for_so_long() {
    for (more, minutes) in
        [("", 30 * DAY), ("cache.stale-if-error = '2h'", 120), ("cache.stale-if-error = '0s'", 0)]
    {
        let publisher = Publisher::with(Answer::ok(FEED)).await;
        let proxy = warm(&publisher, more).await;
        publisher.now(Answer::status(503));
        if minutes > 0 {
            proxy.turn_minutes(15 + minutes - 1);
            proxy.feed().await;
            proxy.settled().await;
            assert!(proxy.feed().await.is_marked_stale(), "{more}");
            proxy.turn_minutes(1);
        } else {
            proxy.turn_minutes(15);
            proxy.feed().await;
            proxy.settled().await;
        }
        let reply = proxy.feed().await;
        assert_eq!(reply.status, StatusCode::BAD_GATEWAY, "{more}");
        assert_eq!(reply.text(), "The publisher answered 503: something is wrong on its side.\n");
        // What was good is not forgotten: a publisher that is back may say that it still stands.
        publisher.now(Answer::status(304));
        proxy.turn_minutes(60);
        assert_eq!(proxy.feed().await.text(), FEED, "{more}");
    }
}

#[tokio::test]
async fn d12_a_name_that_is_no_longer_there_and_bad_tls_leave_the_copy() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let address = publisher.address();
    let town = Town::with_public(&[address]).naming("tides.example.org", [&[address], &[]]);
    let network = Arc::new(town) as Arc<dyn Network>;
    let source = format!("http://tides.example.org:{}/feed.xml", address.port());
    let proxy = Proxy::by_default_on(&format!("[feeds.tides]\nsource = '{source}'"), &network).await;
    assert_eq!(proxy.feed().await.text(), FEED);
    proxy.turn_minutes(16);
    proxy.feed().await;
    proxy.settled().await;
    assert!(proxy.feed().await.is_marked_stale());
    assert_eq!(publisher.count(), 1);

    let proxy = warm(&publisher, "").await;
    let no_tls = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    publisher.now(Answer::to(302, &format!("https://{}/feed.xml", no_tls.local_addr().unwrap())));
    let greeter = tokio::spawn(async move {
        let (stream, _) = no_tls.accept().await.unwrap();
        write_all(&stream, b"220 mail.example.org ESMTP\r\n").await.unwrap();
    });
    proxy.turn_minutes(16);
    proxy.feed().await;
    proxy.settled().await;
    let stale = proxy.feed().await;
    assert!(stale.text() == FEED && stale.is_marked_stale());
    greeter.await.unwrap();
}

#[tokio::test]
async fn d14_a_reader_who_leaves_does_not_stop_what_is_in_the_background() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = warm(&publisher, "").await;
    let gate = Gate::closed();
    publisher.now(Answer::ok(titled("Spring tides")).behind(&gate));
    proxy.turn_minutes(16);
    let reader = tokio::spawn(Ask::get(PATH).of(proxy.address));
    publisher.arrived(2).await;
    reader.abort();
    let _ = reader.await;
    gate.open();
    proxy.settled().await;
    assert_eq!(proxy.feed().await.text(), titled("Spring tides"));
    assert_eq!(publisher.count(), 2);
}

#[tokio::test]
async fn d23_a_clock_that_goes_back_promises_nothing() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = warm(&publisher, "").await;
    proxy.turn_minutes(-365 * DAY);
    let reply = proxy.feed().await;
    assert_eq!((reply.text(), reply.fresh_for()), (FEED, 0));
    proxy.settled().await;
    assert_eq!((proxy.feed().await.fresh_for(), publisher.count()), (15 * 60, 2));
}

/// Feeds of these names, all of one source each, that are kept warm.
fn kept_warm(publisher: &Publisher, count: usize) -> String {
    let feed = |n| {
        let source = publisher.url(&format!("/{n}"));
        format!("[feeds.f{n}]\nsource = '{source}'\nrefresh = 'background'\n")
    };
    (0..count).map(feed).collect()
}

#[tokio::test]
async fn p01_a_feed_that_is_kept_warm_is_asked_once_at_the_start() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let one = kept_warm(&publisher, 1);
    let twice = format!("{one}{}", one.replace("f0]", "again]"));
    let proxy = Proxy::by_default(&twice).await;
    for _ in 0..65 {
        proxy.app.poll().await;
        proxy.turn(1);
    }
    proxy.settled().await;
    proxy.app.poll().await;
    proxy.settled().await;
    assert_eq!(publisher.count(), 1);
    assert_eq!(proxy.ask(Ask::get("/feeds/f0")).await.text(), FEED);
    assert_eq!(publisher.count(), 1);
}

#[tokio::test]
async fn p08_a_feed_that_is_kept_warm_is_never_asked_early() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::by_default(&kept_warm(&publisher, 1)).await;
    proxy.turn_minutes(1);
    for round in 1..=3 {
        proxy.app.poll().await;
        proxy.settled().await;
        assert_eq!(publisher.count(), round);
        proxy.turn(15 * 60 - 1);
        proxy.app.poll().await;
        proxy.settled().await;
        assert_eq!(publisher.count(), round, "asked early");
        proxy.turn(1 + 90);
    }
}

#[tokio::test]
async fn p19_feeds_of_one_host_are_asked_at_different_times_and_few_at_once() {
    let gate = Gate::closed();
    let publisher = Publisher::with(Answer::ok(FEED).behind(&gate)).await;
    let proxy = Proxy::by_default(&kept_warm(&publisher, 12)).await;
    proxy.turn(60);
    proxy.app.poll().await;
    publisher.arrived(2).await;
    crate::others_run().await;
    assert_eq!(publisher.count(), 2);
    gate.open();
    proxy.settled().await;
    assert_eq!(publisher.count(), 12);
    proxy.turn_minutes(15);
    let mut counts = vec![12];
    for _ in 0..90 {
        proxy.turn(1);
        proxy.app.poll().await;
        proxy.settled().await;
        counts.push(publisher.count());
    }
    assert_eq!(counts.last(), Some(&24));
    let most = counts.windows(2).map(|pair| pair[1] - pair[0]).max();
    assert!(most <= Some(4), "{counts:?}");
}

#[tokio::test]
async fn p19_what_waits_for_its_host_has_all_its_time_when_it_is_asked() {
    let gate = Gate::closed();
    let hang = || Answer::ok(FEED).behind(&gate);
    let publisher = Publisher::with_script([hang(), hang(), Answer::ok(FEED)]).await;
    let config = format!("fetch.timeout = '300ms'\n{}", kept_warm(&publisher, 12));
    let proxy = Proxy::by_default(&config).await;
    proxy.turn(60);
    proxy.app.poll().await;
    proxy.settled().await;
    assert_eq!(publisher.count(), 12, "those behind were not given up while two hung");
    let mut good = 0;
    for n in 0..12 {
        good += usize::from(proxy.ask(Ask::get(&format!("/feeds/f{n}"))).await.status == 200);
    }
    assert_eq!((good, publisher.count()), (10, 12));
}

#[tokio::test]
async fn p01_without_that_nobody_is_asked_before_a_reader_asks() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::by_default(&config(&publisher, "refresh = 'on-demand'")).await;
    proxy.turn_minutes(60);
    proxy.app.poll().await;
    proxy.settled().await;
    assert_eq!(publisher.count(), 0);
}
