//! Many limpids that share a Redis: one request to a publisher for them all, and what each has learnt is known to all.

use futures_util::future::join_all;
use hyper::StatusCode;
use limpid::clock::{Clock, SystemClock};

use crate::client::Ask;
use crate::proxy::{PATH, Proxy};
use crate::publisher::{Answer, Gate, Publisher};
use crate::redis::{Limpid, Redis};
use crate::{FEED, others_run, soon, titled};

const NOON: &str = "2026-06-15T12:00:00Z";

/// So many limpids with the same configuration.
async fn limpids<const COUNT: usize>(config: &str) -> [Proxy; COUNT] {
    let all = join_all((0..COUNT).map(|_| Proxy::started_at(config, NOON))).await;
    all.try_into().expect("there are so many")
}

#[tokio::test]
async fn p18_three_hundred_readers_of_three_limpids_are_one_request() {
    let Some(redis) = Redis::start() else { return };
    let gate = Gate::closed();
    let publisher = Publisher::with(Answer::ok(FEED).behind(&gate)).await;
    let proxies: [Proxy; 3] = limpids(&redis.config(&publisher, "", "rules = [{ limit = 2 }]")).await;
    let readers = join_all((0..300).map(|nth| proxies[nth % 3].feed()));
    let asked = async {
        publisher.arrived(1).await;
        others_run().await;
        gate.open();
    };
    let (replies, ()) = tokio::join!(readers, asked);
    assert_eq!(publisher.count(), 1);
    assert!(replies[0].status == StatusCode::OK && replies[0].text().contains("High water"));
    assert!(replies.iter().all(|reply| reply.body == replies[0].body && reply.etag() == replies[0].etag()));
    // Two of them have taken it over.
    let mut taken_over = 0;
    for proxy in &proxies {
        let metrics = proxy.ask(Ask::get("/metrics")).await;
        taken_over += usize::from(metrics.text().contains("limpid_redis_taken_over_total 1\n"));
    }
    assert_eq!(taken_over, 2);
    assert!(redis.keys("lock").is_empty());
}

/// What was learnt a minute ago by one is not asked for by another, and its freshness is the same.
#[tokio::test]
async fn p08_the_floor_between_requests_holds_over_all_limpids() {
    let Some(redis) = Redis::start() else { return };
    let publisher = Publisher::with(Answer::ok(FEED).with("etag", "\"a\"")).await;
    let [a, b, c] = limpids(&redis.config(&publisher, "", "")).await;
    let first = a.feed().await;
    b.turn_minutes(10);
    let second = b.feed().await;
    assert_eq!((second.body.clone(), second.etag()), (first.body.clone(), first.etag()));
    assert_eq!((second.fresh_for(), publisher.count()), (5 * 60, 1));

    // What is due is asked for by one of them, with the validators that another was given; the others follow.
    publisher.now(Answer::status(304));
    for proxy in [&a, &c] {
        proxy.turn_minutes(16);
    }
    assert_eq!(c.feed().await.text(), FEED);
    c.settled().await;
    assert_eq!((publisher.count(), publisher.last().validators().0), (2, Some("\"a\"")));
    a.feed().await;
    a.settled().await;
    let last = a.feed().await;
    assert_eq!((last.text(), last.fresh_for(), publisher.count()), (FEED, 15 * 60, 2));
}

#[tokio::test]
async fn p10_retry_after_and_back_off_hold_over_all_limpids() {
    let Some(redis) = Redis::start() else { return };
    let publisher = Publisher::with(Answer::status(429).with("retry-after", "3600")).await;
    let [a, b, c] = limpids(&redis.config(&publisher, "", "")).await;
    assert_eq!(a.feed().await.status, StatusCode::BAD_GATEWAY);
    b.turn_minutes(59);
    let reply = b.feed().await;
    assert_eq!((reply.status, reply.header("retry-after")), (StatusCode::BAD_GATEWAY, Some("60")));
    assert_eq!(publisher.count(), 1);
    // How often it has failed is counted over all: twice in a row is two hours.
    publisher.now(Answer::status(429));
    b.turn_minutes(1);
    b.feed().await;
    c.turn_minutes(60 + 8 * 60 - 1);
    assert_eq!((c.feed().await.header("retry-after"), publisher.count()), (Some("60"), 2));
    c.turn_minutes(1);
    c.feed().await;
    assert_eq!(publisher.count(), 3);
}

#[tokio::test]
async fn p13_a_move_for_good_is_counted_over_all_limpids() {
    let Some(redis) = Redis::start() else { return };
    let [moved, here] = [Answer::to(301, "/new.xml"), Answer::ok(FEED)];
    let script = [0, 1, 2].iter().flat_map(|_| [moved.clone(), here.clone()]);
    let publisher = Publisher::with_script(script).await;
    let proxies: [Proxy; 4] = limpids(&redis.config(&publisher, "", "")).await;
    for (nth, proxy) in (0_i64..).zip(&proxies) {
        proxy.turn_minutes(16 * nth);
        proxy.feed().await;
        proxy.settled().await;
    }
    let lines: Vec<String> = publisher.seen().iter().map(|seen| seen.line.clone()).collect();
    let [old, new] = ["GET /feed.xml HTTP/1.1", "GET /new.xml HTTP/1.1"];
    assert_eq!(lines, [old, new, old, new, old, new, new], "the fourth goes there at once");
}

#[tokio::test]
async fn p15_gone_is_gone_for_all_limpids() {
    let Some(redis) = Redis::start() else { return };
    let publisher = Publisher::with(Answer::status(410)).await;
    let [a, b, c] = limpids(&redis.config(&publisher, "", "")).await;
    assert_eq!(a.feed().await.status, StatusCode::NOT_FOUND);
    b.turn_minutes(24 * 60);
    assert_eq!(b.feed().await.status, StatusCode::NOT_FOUND);
    assert_eq!(publisher.count(), 2);
    c.turn_minutes(30 * 24 * 60);
    assert_eq!(c.feed().await.status, StatusCode::NOT_FOUND);
    assert_eq!(publisher.count(), 2, "not for a month");
}

/// So many feeds of one publisher.
fn feeds(redis: &Redis, publisher: &Publisher, count: usize) -> String {
    let feed = |nth| format!("[feeds.f{nth}]\nsource = '{}'\n", publisher.url(&format!("/{nth}")));
    let feeds: String = (0..count).map(feed).collect();
    format!(
        "[store]\nurl = '{}'\ntimeout = '15s'\n[fetch]\nhost-spacing = '100s'\n{feeds}",
        redis.url_with("")
    )
}

#[tokio::test]
async fn p19_turns_at_a_host_are_those_of_all_limpids_together() {
    let Some(redis) = Redis::start() else { return };
    let gate = Gate::closed();
    let publisher = Publisher::with(Answer::ok(FEED).behind(&gate)).await;
    let proxies: [Proxy; 3] = limpids(&feeds(&redis, &publisher, 6)).await;
    let readers = join_all((0..6).map(|nth| {
        let (proxy, path) = (&proxies[nth % 3], format!("/feeds/f{nth}"));
        async move { proxy.ask(Ask::get(&path)).await }
    }));
    let asked = async {
        publisher.arrived(2).await;
        others_run().await;
        assert_eq!(publisher.count(), 2, "two at a time");
        gate.open();
    };
    let (replies, ()) = tokio::join!(readers, asked);
    assert!(replies.iter().all(|reply| reply.text() == FEED));
    // By the clock of Redis, which goes on while they are made.
    let mut waited: Vec<u64> =
        proxies.iter().flat_map(Proxy::waited).map(|wait| (wait.as_secs() + 50) / 100).collect();
    waited.sort_unstable();
    assert_eq!(waited, [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn x12_a_limpid_that_is_killed_holds_up_the_others_no_longer_than_its_lock() {
    let Some(redis) = Redis::start() else { return };
    let publisher =
        Publisher::with_script([Answer::ok(FEED).behind(&Gate::closed()), Answer::ok(FEED)]).await;
    let config = redis.config(&publisher, "[fetch]\ntimeout = '1s'", "");
    let mut killed = Limpid::start(&config);
    let reader = tokio::spawn(async move {
        let stream = tokio::net::TcpStream::connect(killed.address).await.unwrap();
        let request = format!("GET {PATH} HTTP/1.1\r\nhost: a.example\r\n\r\n");
        crate::client::write_all(&stream, request.as_bytes()).await.unwrap();
        (stream, killed)
    });
    publisher.arrived(1).await;
    let (_stream, process) = reader.await.unwrap();
    killed = process;
    killed.kill();
    assert_eq!(redis.keys("lock").len(), 1, "it holds the lock");
    let proxy = Proxy::started_at(&config, &SystemClock.now().to_string()).await;
    let reply = proxy.feed().await;
    assert_eq!((reply.text(), publisher.count()), (FEED, 2));
}

/// A limpid that stood still while its lock was over knows less than the one that has taken over: what it writes is refused,
/// and its readers get what the other has.
#[tokio::test]
async fn x12_what_comes_too_late_is_refused() {
    let Some(redis) = Redis::start() else { return };
    let gate = Gate::closed();
    let script = [Answer::ok(titled("Of yesterday")).behind(&gate), Answer::ok(FEED)];
    let publisher = Publisher::with_script(script).await;
    let config = redis.config(&publisher, "[fetch]\ntimeout = '1s'", "");
    let late = Limpid::start(&config);
    let reader = tokio::spawn(Ask::get(PATH).of(late.address));
    publisher.arrived(1).await;
    late.stop();
    let proxy = Proxy::started_at(&config, &SystemClock.now().to_string()).await;
    assert_eq!((proxy.feed().await.text(), publisher.count()), (FEED, 2));
    late.go_on();
    gate.open();
    let reply = soon(reader).await.unwrap();
    assert_eq!((reply.status, reply.text()), (StatusCode::OK, FEED));
    let metrics = Ask::get("/metrics").of(late.address).await;
    assert!(metrics.text().contains("limpid_redis_refused_total 1\n"), "{}", metrics.text());
    let another = Proxy::started_at(&config, &SystemClock.now().to_string()).await;
    assert_eq!((another.feed().await.text(), publisher.count()), (FEED, 2));
}

/// The pages of items are asked for by one of them as well, and so is what is noted of rules known to all.
#[tokio::test]
async fn p06_articles_and_notes_are_shared() {
    let Some(redis) = Redis::start() else { return };
    let page = "<html><body><article><p>All of it.</p></article></body></html>";
    let pages = Publisher::with(Answer::ok(page).with("content-type", "text/html")).await;
    let item = format!("<item><title>1</title><link>{}</link></item>", pages.url("/1"));
    let feed = format!("<rss version='2.0'><channel><title>T</title>{item}</channel></rss>");
    let publisher = Publisher::with(Answer::ok(feed)).await;
    let config = redis.config(&publisher, "", "rules = [{ full-text = 'article' }]");
    let [a, b] = limpids(&config).await;
    let (one, other) = tokio::join!(a.feed(), b.feed());
    assert!(one.text().contains("All of it.") && one.body == other.body, "{}", one.text());
    assert_eq!((publisher.count(), pages.count()), (1, 1));
    a.settled().await;
    b.settled().await;
    assert_eq!(redis.keys("note").len(), 1);

    // One that starts later knows it before anybody asks.
    let late = Proxy::started_at(&config, NOON).await;
    let shows = async {
        while !late.ask(Ask::get("/feeds/tides/receipt")).await.text().contains("\"refreshes\"") {}
        while !late.ask(Ask::get("/")).await.text().contains("1 item") {}
    };
    soon(shows).await;
    assert_eq!(pages.count(), 1);
}

#[tokio::test]
async fn a_redis_that_speaks_tls_is_spoken_to_in_tls() {
    let Some((redis, root)) = Redis::with_tls() else { return };
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let config = redis.config(&publisher, "", "").replace("redis://", "rediss://");
    // The second of them knows no certificate that vouches for it.
    for (roots, is_up, asked) in [(Some(root.as_path()), true, 1), (None, false, 2)] {
        let limpid = Limpid::trusting(&config, roots);
        assert_eq!(Ask::get(PATH).of(limpid.address).await.text(), FEED);
        let line = if is_up { "limpid_redis_up 1\n" } else { "limpid_redis_up 0\n" };
        let metrics = Ask::get("/metrics").of(limpid.address).await;
        assert!(metrics.text().contains(line), "{}", metrics.text());
        assert_eq!(publisher.count(), asked);
    }
    let another = Limpid::trusting(&config, Some(&root));
    assert_eq!((Ask::get(PATH).of(another.address).await.text(), publisher.count()), (FEED, 2));
}
