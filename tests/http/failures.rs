//! When the publisher fails: the last good copy where there is one, a clear sentence where there is none.

use hyper::StatusCode;

use crate::client::{Ask, Reply};
use crate::proxy::{PATH, Proxy, config};
use crate::publisher::{Answer, Gate, Publisher};
use crate::{FEED, log, titled};

/// One sentence, and nothing of what is behind it.
fn is_a_sentence(reply: &Reply) {
    let text = reply.text();
    assert!(text.len() < 300, "{} bytes: {}", text.len(), &text[..300]);
    assert!(text.ends_with(".\n") && text.lines().count() == 1, "{text}");
    assert!(text.starts_with(char::is_uppercase), "{text}");
    for trace in ["panicked", "Error", "hyper", "os error", "src/", "{", "127.0.0.1"] {
        assert!(!text.contains(trace), "{text}");
    }
    assert_eq!(reply.header("content-type"), Some("text/plain; charset=utf-8"));
}

#[tokio::test]
async fn d12_the_last_good_copy_stands_in() {
    let failures = [
        Answer::status(500),
        Answer::status(502),
        Answer::status(429),
        Answer::status(403),
        Answer::status(404),
        Answer::status(410),
        Answer::status(204),
        Answer::ok("<!doctype html><title>Maintenance</title>").with("content-type", "application/rss+xml"),
        Answer::ok(""),
        Answer::ok(" \n"),
        Answer::ok(&FEED[..FEED.len() - 20]),
        Answer::ok("{\"items\": []}"),
        Answer::ok("too many requests"),
        Answer::ok("<svg xmlns='http://www.w3.org/2000/svg'/>"),
        Answer::ok(format!("{FEED}{FEED}")),
        Answer::ok(b"\x89PNG\r\n\x1a\n".to_vec()),
        Answer::ok("no gzip").with("content-encoding", "gzip"),
        Answer::to(302, "/feed.xml"),
        Answer::close(),
    ];
    for failure in failures {
        let publisher = Publisher::with_script([Answer::ok(FEED), failure.clone()]).await;
        let proxy = Proxy::of(&publisher).await;
        let good = proxy.feed().await;
        assert!(!good.is_marked_stale());
        proxy.turn_minutes(16);
        let stale = proxy.feed().await;
        assert_eq!((stale.status, stale.text()), (StatusCode::OK, FEED), "{failure:?}");
        assert!(stale.is_marked_stale(), "{failure:?}");
        assert_eq!(stale.etag(), good.etag());
        let unchanged = proxy.feed_with("if-none-match", good.etag()).await;
        assert!(unchanged.status == StatusCode::NOT_MODIFIED && unchanged.is_marked_stale());
    }
}

#[tokio::test]
async fn d12_a_refused_connection_leaves_the_copy() {
    let mut publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::of(&publisher).await;
    proxy.feed().await;
    publisher.go().await;
    proxy.turn_minutes(16);
    let stale = proxy.feed().await;
    assert!(stale.text() == FEED && stale.is_marked_stale());
    let home = proxy.ask(Ask::get("/")).await;
    assert!(
        home.text().contains("stands in") && home.text().contains("can not be reached"),
        "{}",
        home.text()
    );
}

#[tokio::test]
async fn d12_it_recovers() {
    let script = [Answer::ok(FEED), Answer::status(500), Answer::ok(titled("Back again"))];
    let publisher = Publisher::with_script(script).await;
    let proxy = Proxy::of(&publisher).await;
    proxy.feed().await;
    proxy.turn_minutes(16);
    assert!(proxy.feed().await.is_marked_stale());
    proxy.turn_minutes(16);
    let reply = proxy.feed().await;
    assert!(reply.text() == titled("Back again") && !reply.is_marked_stale());
}

#[tokio::test]
async fn d18_nothing_good_yet_is_said_by_cause() {
    let expected = [
        (Answer::status(500), 502, "The publisher answered 500: something is wrong on its side.\n"),
        (Answer::status(403), 502, "The publisher answered 403: it does not let limpid in.\n"),
        (Answer::status(429), 502, "The publisher answered 429: it is asked too often.\n"),
        (Answer::status(404), 404, "The publisher answered 404: there is no such feed.\n"),
        (Answer::status(410), 404, "The publisher answered 410: the feed is gone for good.\n"),
        (Answer::status(304), 502, "The publisher answered 304.\n"),
        (Answer::ok("<html>"), 502, "The publisher sent a web page (HTML), not a feed; check the address.\n"),
        (Answer::ok(""), 502, "The publisher sent an empty page instead of a feed.\n"),
        (
            Answer::ok("[]"),
            502,
            "The publisher sent JSON of another kind; limpid reads RSS, Atom and JSON Feed.\n",
        ),
        (Answer::ok("<rss><channel>"), 502, "The feed is cut off: <channel> is never closed.\n"),
        (Answer::ok(FEED).short(), 502, "The publisher's answer broke off.\n"),
        (
            Answer::to(302, "ftp://x"),
            502,
            "The publisher redirects to an address that can not be followed.\n",
        ),
    ];
    for (answer, status, sentence) in expected {
        let publisher = Publisher::with(answer).await;
        let reply = Proxy::of(&publisher).await.feed().await;
        assert_eq!((reply.status.as_u16(), reply.text()), (status, sentence));
        is_a_sentence(&reply);
        assert!(reply.header("retry-after").unwrap().parse::<u64>().unwrap() >= 60);
        assert_eq!((reply.header("cache-control"), reply.header("etag")), (Some("no-store"), None));
    }
}

#[tokio::test]
async fn d18_a_publisher_that_is_not_there_is_502() {
    let mut publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::of(&publisher).await;
    publisher.go().await;
    let reply = proxy.feed().await;
    assert_eq!(
        (reply.status, reply.text()),
        (StatusCode::BAD_GATEWAY, "The publisher can not be reached.\n")
    );
    is_a_sentence(&reply);
    assert_eq!(reply.header("retry-after"), Some("60"));
}

#[tokio::test]
async fn d18_a_failure_is_kept_for_a_while() {
    let publisher = Publisher::with_script([Answer::status(500), Answer::ok(FEED)]).await;
    let proxy = Proxy::of(&publisher).await;
    for _ in 0..5 {
        assert_eq!(proxy.feed().await.status, StatusCode::BAD_GATEWAY);
    }
    proxy.turn_minutes(10);
    assert_eq!(proxy.feed().await.header("retry-after"), Some("300"));
    assert_eq!(publisher.count(), 1);
    proxy.turn_minutes(5);
    assert_eq!(proxy.feed().await.text(), FEED);
}

#[tokio::test]
async fn d18_secrets_of_the_address_stay_secret() {
    log::keep();
    let script = [
        Answer::status(500),
        Answer::to(302, "/s3cr3t-hop?t=s3cr3t-too"),
        Answer::close(),
        Answer::ok("<html>"),
    ];
    let mut publisher = Publisher::with_script(script).await;
    let source = publisher.url("/private/s3cr3t-path?token=s3cr3t-query");
    let proxy = Proxy::start(&format!("[feeds.private]\nsource = \"{source}\"")).await;
    for round in 0..6 {
        if round == 4 {
            publisher.go().await;
        }
        let reply = proxy.ask(Ask::get("/feeds/private")).await;
        assert!(!reply.text().contains("s3cr3t"), "{}", reply.text());
        let home = proxy.ask(Ask::get("/")).await;
        assert!(home.text().contains("/feeds/private") && !home.text().contains("s3cr3t"), "{}", home.text());
        proxy.turn_minutes(24 * 60);
    }
    assert!(!log::lines_with("feed=\"private\"").is_empty());
    assert_eq!(log::lines_with("s3cr3t"), Vec::<String>::new());
}

#[tokio::test]
async fn d18_an_unknown_feed_is_404_and_asks_nobody() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::of(&publisher).await;
    for path in ["/feeds/other", "/feeds/TIDES", "/feeds/tides.xml", "/feed", "/favicon.ico"] {
        let reply = proxy.ask(Ask::get(path)).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
        is_a_sentence(&reply);
    }
    assert_eq!(publisher.count(), 0);
}

/// What comes of an answer within a deadline of one second.
async fn within_a_second(answer: Answer) -> Reply {
    let publisher = Publisher::with(answer).await;
    Proxy::start(&format!("fetch.timeout = \"1s\"\n{}", config(&publisher, ""))).await.feed().await
}

#[tokio::test]
async fn x12_a_publisher_that_hangs_is_504_at_the_deadline() {
    let gate = Gate::closed();
    let silent = within_a_second(Answer::ok(FEED).behind(&gate));
    let dripping = within_a_second(Answer::ok(FEED).dripping());
    for reply in <[Reply; 2]>::from(tokio::join!(silent, dripping)) {
        assert_eq!(reply.status, StatusCode::GATEWAY_TIMEOUT);
        is_a_sentence(&reply);
        assert!(reply.text().starts_with("The publisher did not answer within 1"), "{}", reply.text());
        assert!(reply.header("retry-after").is_some());
    }
}

#[tokio::test]
async fn x12_a_deadline_under_a_second_is_named_as_it_is() {
    let gate = Gate::closed();
    let publisher = Publisher::with(Answer::ok(FEED).behind(&gate)).await;
    let proxy = Proxy::start(&format!("fetch.timeout = \"300ms\"\n{}", config(&publisher, ""))).await;
    let reply = proxy.feed().await;
    assert_eq!(reply.status, StatusCode::GATEWAY_TIMEOUT);
    assert!(!reply.text().contains(" 0 seconds"), "{}", reply.text());
}

#[tokio::test]
async fn x12_a_hang_leaves_the_copy() {
    let gate = Gate::closed();
    let publisher = Publisher::with_script([Answer::ok(FEED), Answer::ok("").behind(&gate)]).await;
    let proxy = Proxy::start(&format!("fetch.timeout = \"300ms\"\n{}", config(&publisher, ""))).await;
    proxy.feed().await;
    proxy.turn_minutes(16);
    let stale = proxy.ask(Ask::get(PATH)).await;
    assert!(stale.text() == FEED && stale.is_marked_stale());
}

#[tokio::test]
async fn d18_what_the_publisher_calls_things_does_not_fill_the_sentence() {
    let name = "a".repeat(100_000);
    for body in [format!("<{name}/>"), format!("<rss><channel><{name}>")] {
        let publisher = Publisher::with(Answer::ok(body)).await;
        let proxy = Proxy::of(&publisher).await;
        is_a_sentence(&proxy.feed().await);
        assert!(proxy.ask(Ask::get("/")).await.body.len() < 4000);
    }
}
