//! What readers get: the right bytes, validators that hold, codings, and as few requests upstream as can be.

use std::collections::HashSet;
use std::io::Write;
use std::process::Command;

use hyper::{Method, StatusCode};
use tokio::task::JoinSet;

use crate::client::{Ask, Reply, raw};
use crate::proxy::{PATH, Proxy, config};
use crate::publisher::{Answer, Gate, Publisher};
use crate::{FEED, log, others_run, titled};

const SAMPLE: &str = include_str!("../../config/sample-newsletter.xml");

/// The sample as it is served: it names where it is read as its own address, and is otherwise as it was.
fn at_home(sample: &str) -> String {
    let (publishers, ours) =
        ("https://tidewater.example.org/feed\" rel", "https://feeds.example.org/feeds/tides\" rel");
    assert!(sample.contains(publishers));
    sample.replace(publishers, ours)
}

async fn both(answer: Answer) -> (Publisher, Proxy) {
    let publisher = Publisher::with(answer).await;
    let proxy = Proxy::of(&publisher).await;
    (publisher, proxy)
}

/// A proxy whose feed has all its compressed forms.
async fn warm() -> (Publisher, Proxy, Reply) {
    let (publisher, proxy) = both(Answer::ok(FEED)).await;
    let first = proxy.feed().await;
    proxy.settled().await;
    (publisher, proxy, first)
}

#[tokio::test]
async fn d01_a_feed_carries_what_caches_need() {
    let (_publisher, proxy, _) = warm().await;
    let reply = proxy.feed().await;
    assert_eq!(reply.status, StatusCode::OK);
    for name in ["date", "etag", "last-modified", "cache-control", "vary"] {
        assert!(reply.header(name).is_some(), "{name}");
    }
    assert_eq!(reply.header("content-type"), Some("application/rss+xml; charset=utf-8"));
    assert_eq!(reply.header("content-length"), Some(reply.body.len().to_string().as_str()));
    assert_eq!(reply.header("last-modified"), Some("Mon, 15 Jun 2026 12:00:00 GMT"));
    assert_eq!(reply.max_age(), 15 * 60);
}

#[tokio::test]
async fn d01_without_rules_the_bytes_are_the_publishers() {
    for (body, served) in [(FEED, FEED.to_owned()), (SAMPLE, at_home(SAMPLE))] {
        let (_publisher, proxy) = both(Answer::ok(body)).await;
        assert!(proxy.feed().await.text() == served, "{} bytes", body.len());
    }
}

#[tokio::test]
async fn d01_atom_is_served_as_atom() {
    let atom =
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>T</title><entry><id>a:1</id></entry></feed>";
    let (_publisher, proxy) = both(Answer::ok(atom).with("content-type", "text/html")).await;
    let reply = proxy.feed().await;
    assert_eq!(reply.header("content-type"), Some("application/atom+xml; charset=utf-8"));
    assert_eq!(reply.text(), atom);
}

#[tokio::test]
async fn d01_what_is_served_is_what_the_command_line_gives() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(SAMPLE.as_bytes()).unwrap();
    let limpid = Command::new(env!("CARGO_BIN_EXE_limpid"))
        .args(["clean", "--pack", "substack"])
        .arg(file.path())
        .output();
    let cleaned = limpid.unwrap();
    assert!(cleaned.status.success());
    let publisher = Publisher::with(Answer::ok(SAMPLE)).await;
    let proxy = Proxy::start(&config(&publisher, "rules = [\"substack\"]")).await;
    let served = proxy.feed().await;
    let cleaned = at_home(std::str::from_utf8(&cleaned.stdout).unwrap());
    assert!(served.text() == cleaned, "{} and {} bytes", served.body.len(), cleaned.len());
    assert!(served.body.len() < SAMPLE.len());
}

#[tokio::test]
async fn d02_each_coding_has_its_bytes_and_its_tag() {
    let (_publisher, proxy, first) = warm().await;
    let mut tags = HashSet::from([first.etag().to_owned()]);
    for coding in ["gzip", "br", "zstd"] {
        let reply = proxy.feed_with("accept-encoding", coding).await;
        assert_eq!(reply.header("content-encoding"), Some(coding));
        assert_eq!(reply.header("content-length"), Some(reply.body.len().to_string().as_str()));
        assert_eq!(reply.plain(), FEED.as_bytes(), "{coding}");
        assert!(tags.insert(reply.etag().to_owned()), "{coding}");
    }
    assert!(tags.iter().all(|tag| !tag.starts_with("W/")));
}

#[tokio::test]
async fn d02_the_tag_outlives_a_restart_and_a_refetch() {
    let (publisher, proxy, first) = warm().await;
    let restarted = Proxy::of(&publisher).await;
    restarted.turn_minutes(60);
    assert_eq!(restarted.feed().await.etag(), first.etag());
    proxy.turn_minutes(16);
    assert_eq!(proxy.feed().await.etag(), first.etag());
    assert_eq!(publisher.count(), 3);
}

#[tokio::test]
async fn d02_rules_that_change_the_feed_change_the_tag() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let plain = Proxy::of(&publisher).await.feed().await;
    let ruled =
        Proxy::start(&config(&publisher, "rules = [{ drop = { title = '^sponsored' } }]")).await.feed().await;
    assert_ne!(plain.etag(), ruled.etag());
    let item = "<item>\n<title>Sponsored: oilskins</title>\n<guid>tides-2</guid>\n<description>Buy &amp; save</description>\n</item>\n";
    assert_eq!(ruled.text(), FEED.replace(item, ""));
    let idle = Proxy::start(&config(&publisher, "rules = [{ drop = { title = 'no such title' } }]"))
        .await
        .feed()
        .await;
    assert_eq!(plain.etag(), idle.etag());
}

#[tokio::test]
async fn d03_if_none_match_in_every_form() {
    let (_publisher, proxy, first) = warm().await;
    let tag = first.etag();
    let forms = [
        tag.to_owned(),
        format!("W/{tag}"),
        format!("{tag}, \"other\""),
        format!("\"other\",  {tag} ,W/\"third\""),
        format!("\"a,b\", W/\"c\", {tag}"),
        "*".to_owned(),
    ];
    for form in forms {
        let reply = proxy.feed_with("if-none-match", &form).await;
        assert_eq!(reply.status, StatusCode::NOT_MODIFIED, "{form}");
        assert_eq!(reply.etag(), tag, "{form}");
    }
    let lines = Ask::get(PATH).with("if-none-match", "\"other\"").with("if-none-match", tag);
    assert_eq!(proxy.ask(lines).await.status, StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn d03_if_none_match_of_a_coded_copy_holds() {
    let (_publisher, proxy, _) = warm().await;
    let coded = proxy.feed_with("accept-encoding", "br").await;
    let again = Ask::get(PATH).with("accept-encoding", "br").with("if-none-match", coded.etag());
    let again = proxy.ask(again).await;
    assert_eq!((again.status, again.etag()), (StatusCode::NOT_MODIFIED, coded.etag()));
}

#[tokio::test]
async fn d03_if_none_match_that_is_none_is_200() {
    let (_publisher, proxy, first) = warm().await;
    let bare = first.etag().trim_matches('"').to_owned();
    let cut = first.etag().trim_end_matches('"').to_owned();
    for form in ["\"other\"", "", ",,,", "W/", "\"", "\"\"", bare.as_str(), cut.as_str(), "**", "\"*\""] {
        let reply = proxy.feed_with("if-none-match", form).await;
        assert_eq!((reply.status, reply.text()), (StatusCode::OK, FEED), "{form}");
    }
}

#[tokio::test]
async fn d04_if_none_match_goes_before_if_modified_since() {
    let (_publisher, proxy, first) = warm().await;
    let since = first.header("last-modified").unwrap();
    let ask =
        |tag: &str, date: &str| Ask::get(PATH).with("if-none-match", tag).with("if-modified-since", date);
    assert_eq!(proxy.ask(ask("\"other\"", since)).await.status, StatusCode::OK);
    let old = "Thu, 01 Jan 2026 00:00:00 GMT";
    assert_eq!(proxy.ask(ask(first.etag(), old)).await.status, StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn d05_if_modified_since_in_all_three_forms() {
    let (_publisher, proxy, first) = warm().await;
    assert_eq!(first.header("last-modified"), Some("Mon, 15 Jun 2026 12:00:00 GMT"));
    let expected = [
        ("Mon, 15 Jun 2026 12:00:00 GMT", 304),
        ("Monday, 15-Jun-26 12:00:00 GMT", 304),
        ("Mon Jun 15 12:00:00 2026", 304),
        ("Tue, 16 Jun 2026 00:00:00 GMT", 304),
        ("Mon, 15 Jun 2026 11:59:59 GMT", 200),
        ("Monday, 15-Jun-26 11:59:59 GMT", 200),
        ("Mon Jun 15 11:59:59 2026", 200),
        ("yesterday", 200),
        ("", 200),
        ("2026-06-15T12:00:00Z", 200),
        ("1781524800", 200),
    ];
    for (date, status) in expected {
        assert_eq!(proxy.feed_with("if-modified-since", date).await.status, status, "{date}");
    }
}

#[tokio::test]
async fn d06_a_304_carries_what_updates_the_copy_and_no_body() {
    let (_publisher, proxy, first) = warm().await;
    let reply = proxy.feed_with("if-none-match", first.etag()).await;
    assert_eq!(reply.status, StatusCode::NOT_MODIFIED);
    for name in ["etag", "cache-control", "vary", "last-modified"] {
        assert_eq!(reply.header(name), first.header(name), "{name}");
    }
    assert!(reply.header("date").is_some() && reply.body.is_empty());
    for name in ["transfer-encoding", "content-type", "content-encoding", "content-length"] {
        assert_eq!(reply.header(name), None, "{name}");
    }
    let request = format!("GET {PATH} HTTP/1.1\r\nHost: x\r\nIf-None-Match: *\r\nConnection: close\r\n\r\n");
    let bytes = raw(proxy.address, request.as_bytes()).await;
    assert!(bytes.starts_with("HTTP/1.1 304") && bytes.ends_with("\r\n\r\n"), "{bytes}");
}

/// Everything of an answer but its body and date.
fn head_of(reply: &Reply) -> (StatusCode, Vec<(String, String)>) {
    let headers = reply.headers.iter().filter(|(name, _)| *name != "date");
    let mut headers: Vec<_> = headers.map(|(n, v)| (n.to_string(), v.to_str().unwrap().to_owned())).collect();
    headers.sort();
    (reply.status, headers)
}

#[tokio::test]
async fn d07_head_is_get_without_the_body() {
    let (_publisher, proxy, first) = warm().await;
    let asks = [
        Ask::get(PATH),
        Ask::get(PATH).with("accept-encoding", "gzip"),
        Ask::get(PATH).with("if-none-match", first.etag()),
        Ask::get(PATH).with("if-modified-since", "Mon, 15 Jun 2026 11:00:00 GMT"),
        Ask::get("/feeds/none"),
        Ask::get("/"),
        Ask::get("/healthz"),
    ];
    for ask in asks {
        let head = proxy.ask(ask.clone().by(Method::HEAD)).await;
        assert!(head.body.is_empty(), "{ask:?}");
        assert_eq!(head_of(&head), head_of(&proxy.ask(ask).await));
    }
}

#[tokio::test]
async fn d07_head_on_a_cold_cache_fetches_for_the_get_after_it() {
    let (publisher, proxy) = both(Answer::ok(FEED)).await;
    let head = proxy.ask(Ask::new(Method::HEAD, PATH)).await;
    assert!(publisher.last().line.starts_with("GET "));
    assert_eq!(head_of(&head), head_of(&proxy.feed().await));
    assert_eq!(publisher.count(), 1);
}

#[tokio::test]
async fn d08_the_coding_follows_the_readers_weights() {
    let (_publisher, proxy, _) = warm().await;
    let expected = [
        ("gzip", Some("gzip")),
        ("GZip", Some("gzip")),
        ("x-gzip", Some("gzip")),
        ("gzip;q=0", None),
        (" gzip ; q=0.5 ,  br;q=0.4", Some("gzip")),
        ("gzip;q=0.4,br;Q=0.5", Some("br")),
        ("*", Some("br")),
        ("*;q=0", None),
        ("br;q=0, *", Some("zstd")),
        ("gzip, *;q=0", Some("gzip")),
        ("identity", None),
        ("identity;q=0", None),
        ("identity;q=0, gzip;q=0.001", Some("gzip")),
        ("identity, gzip;q=0.5", None),
        ("compress, snappy", None),
        ("", None),
        (",;q=1,", None),
        ("gzip;q=nonsense", Some("gzip")),
    ];
    for (accepted, coding) in expected {
        let reply = proxy.feed_with("accept-encoding", accepted).await;
        assert_eq!(reply.status, StatusCode::OK);
        assert_eq!(reply.header("content-encoding"), coding, "{accepted}");
        assert_eq!(reply.header("vary"), Some("Accept, Accept-Encoding"), "{accepted}");
    }
    let lines = Ask::get(PATH).with("accept-encoding", "deflate").with("accept-encoding", "zstd");
    assert_eq!(proxy.ask(lines).await.header("content-encoding"), Some("zstd"));
}

#[tokio::test]
async fn d09_max_age_is_what_is_left() {
    let (_publisher, proxy) =
        both(Answer::ok(FEED).with("cache-control", "max-age=3600").with("age", "600")).await;
    assert_eq!(proxy.feed().await.max_age(), 3000);
    proxy.turn(1000);
    assert_eq!(proxy.feed().await.max_age(), 2000);
    proxy.turn(1999);
    assert_eq!(proxy.feed().await.max_age(), 1);
}

#[tokio::test]
async fn d10_a_fresh_copy_takes_no_request() {
    let (publisher, proxy, first) = warm().await;
    for _ in 0..5 {
        assert_eq!(proxy.feed().await.body, first.body);
    }
    proxy.turn(15 * 60 - 1);
    assert!(!proxy.feed().await.is_marked_stale());
    assert_eq!(publisher.count(), 1);
}

/// The answers to so many readers at once, who have all asked before the publisher answers.
async fn crowd(count: usize, publisher: &Publisher, proxy: &Proxy, gate: &Gate) -> Vec<Reply> {
    let mut readers = JoinSet::new();
    for _ in 0..count {
        readers.spawn(Ask::get(PATH).of(proxy.address));
    }
    publisher.arrived(1).await;
    others_run().await;
    gate.open();
    readers.join_all().await
}

#[tokio::test]
async fn d13_many_cold_readers_are_one_request() {
    for count in [50, 100] {
        let gate = Gate::closed();
        let (publisher, proxy) = both(Answer::ok(FEED).behind(&gate)).await;
        let replies = crowd(count, &publisher, &proxy, &gate).await;
        assert!(replies.len() == count && replies.iter().all(|reply| reply.text() == FEED));
        assert_eq!(publisher.count(), 1);
    }
}

#[tokio::test]
async fn d13_a_failure_is_shared_as_well() {
    for answer in [Answer::status(500), Answer::ok("<html>"), Answer::ok(FEED).short()] {
        let gate = Gate::closed();
        let (publisher, proxy) = both(answer.behind(&gate)).await;
        let replies = crowd(100, &publisher, &proxy, &gate).await;
        assert!(replies.iter().all(|reply| reply.status == StatusCode::BAD_GATEWAY));
        assert_eq!(publisher.count(), 1);
    }
}

#[tokio::test]
async fn d13_many_readers_of_a_copy_that_is_due_are_one_request() {
    let (publisher, proxy, _) = warm().await;
    let gate = Gate::closed();
    publisher.now(Answer::ok(titled("Spring tides")).behind(&gate));
    proxy.turn_minutes(16);
    let mut readers = JoinSet::new();
    for _ in 0..50 {
        readers.spawn(Ask::get(PATH).of(proxy.address));
    }
    publisher.arrived(2).await;
    others_run().await;
    gate.open();
    assert!(readers.join_all().await.iter().all(|reply| reply.status == StatusCode::OK));
    assert_eq!(proxy.feed().await.text(), titled("Spring tides"));
    assert_eq!(publisher.count(), 2);
}

#[tokio::test]
async fn d14_a_first_reader_who_leaves_does_not_stop_the_fetch() {
    let gate = Gate::closed();
    let (publisher, proxy) = both(Answer::ok(FEED).behind(&gate)).await;
    let first = tokio::spawn(Ask::get(PATH).of(proxy.address));
    publisher.arrived(1).await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    let second = tokio::spawn(Ask::get(PATH).of(proxy.address));
    others_run().await;
    gate.open();
    assert_eq!(second.await.unwrap().text(), FEED);
    assert_eq!(publisher.count(), 1);
}

#[tokio::test]
async fn d14_a_reader_who_does_not_read_blocks_nobody() {
    let publisher = Publisher::with(Answer::ok(SAMPLE)).await;
    let proxy = Proxy::of(&publisher).await;
    let idle = tokio::net::TcpStream::connect(proxy.address).await.unwrap();
    let request = format!("GET {PATH} HTTP/1.1\r\nHost: x\r\n\r\n").repeat(20);
    crate::client::write_all(&idle, request.as_bytes()).await.unwrap();
    publisher.arrived(1).await;
    assert_eq!(proxy.feed().await.text(), at_home(SAMPLE));
    drop(idle);
}

#[tokio::test]
async fn d15_ranges_are_declined() {
    let (_publisher, proxy, _) = warm().await;
    let reply = proxy.feed_with("range", "bytes=0-9").await;
    assert_eq!((reply.status, reply.text()), (StatusCode::OK, FEED));
    assert_eq!(reply.header("accept-ranges"), Some("none"));
}

#[tokio::test]
async fn d16_only_reading_is_allowed() {
    let (publisher, proxy) = both(Answer::ok(FEED)).await;
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"] {
        let reply = proxy.ask(Ask::new(method.parse().unwrap(), PATH)).await;
        assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert_eq!(reply.header("allow"), Some("GET, HEAD"), "{method}");
    }
    let trace = Ask::new(Method::TRACE, PATH).with("x-private", "do-not-echo");
    assert!(!proxy.ask(trace).await.text().contains("do-not-echo"));
    let connect = raw(proxy.address, b"CONNECT example.org:443 HTTP/1.1\r\nConnection: close\r\n\r\n").await;
    assert!(connect.starts_with("HTTP/1.1 4"), "{connect}");
    assert_eq!(publisher.count(), 0);
}

#[tokio::test]
async fn d17_queries_make_no_new_requests() {
    let (publisher, proxy, first) = warm().await;
    for query in ["?", "?a=1&b=2", "?b=2&a=1", "?utm_source=x", "?%00", "?a=/../x"] {
        let reply = proxy.ask(Ask::get(&format!("{PATH}{query}"))).await;
        assert_eq!((reply.status, reply.etag()), (StatusCode::OK, first.etag()), "{query}");
    }
    assert_eq!(publisher.count(), 1);
    assert!(!publisher.last().line.contains('?'));
}

#[tokio::test]
async fn d19_nothing_of_the_publishers_headers_comes_through() {
    let answer = Answer::ok(FEED)
        .with("set-cookie", "id=tracked")
        .with("keep-alive", "timeout=5")
        .with("proxy-authenticate", "Basic")
        .with("trailer", "x-late")
        .with("upgrade", "h2c")
        .with("link", "<https://tides.example.org/feed>; rel=\"self\"")
        .with("server", "scripted")
        .with("x-powered-by", "steam")
        .with("strict-transport-security", "max-age=1");
    let (_publisher, proxy) = both(answer).await;
    let reply = proxy.feed().await;
    let known = [
        "accept-ranges",
        "cache-control",
        "cache-status",
        "content-length",
        "content-security-policy",
        "content-type",
        "date",
        "etag",
        "last-modified",
        "vary",
        "x-content-type-options",
    ];
    for name in reply.headers.keys() {
        assert!(known.contains(&name.as_str()), "{name}");
    }
}

#[tokio::test]
async fn d20_a_304_makes_fresh_without_cleaning_again() {
    log::keep();
    let publisher = Publisher::with(Answer::ok(FEED).with("etag", "\"v1\"")).await;
    let text = config(&publisher, "rules = [{ limit = 2 }]").replace("tides]", "renewed]");
    let proxy = Proxy::start(&text).await;
    let ask = || Ask::get("/feeds/renewed");
    let first = proxy.ask(ask()).await;
    publisher.now(Answer::status(304));
    proxy.turn_minutes(16);
    let second = proxy.ask(ask()).await;
    assert_eq!((second.status, &second.body), (StatusCode::OK, &first.body));
    assert_eq!(
        (second.etag(), second.header("last-modified")),
        (first.etag(), first.header("last-modified"))
    );
    assert_eq!((second.max_age(), second.is_marked_stale()), (15 * 60, false));
    proxy.ask(ask()).await;
    assert_eq!((publisher.count(), log::runs_of("renewed")), (2, 1));
}

#[tokio::test]
async fn d22_old_and_closing_clients_are_served() {
    let (_publisher, proxy, _) = warm().await;
    let old = raw(proxy.address, format!("GET {PATH} HTTP/1.0\r\n\r\n").as_bytes()).await;
    assert!(old.starts_with("HTTP/1.0 200 OK\r\n"), "{old}");
    assert!(old.ends_with(FEED) && !old.contains("transfer-encoding"), "{old}");
    let request = format!("GET {PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let closing = raw(proxy.address, request.as_bytes()).await;
    assert!(closing.starts_with("HTTP/1.1 200 OK\r\n") && closing.ends_with(FEED), "{closing}");
}

#[tokio::test]
async fn d22_http2_without_tls_is_served() {
    let (_publisher, proxy, first) = warm().await;
    let reply = Ask::get(PATH).of_h2(proxy.address).await;
    assert_eq!((reply.status, reply.text(), reply.etag()), (StatusCode::OK, FEED, first.etag()));
    let again = Ask::get(PATH).with("if-none-match", first.etag()).of_h2(proxy.address).await;
    assert_eq!(again.status, StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn d23_a_clock_that_goes_back_a_little_makes_nothing_fresher_than_it_was() {
    let (publisher, proxy, _) = warm().await;
    proxy.turn_minutes(-4);
    let reply = proxy.feed().await;
    assert_eq!(reply.status, StatusCode::OK);
    assert!(reply.max_age() <= 15 * 60, "max-age={} where 900 is all there was", reply.max_age());
    assert_eq!(publisher.count(), 1);
}

#[tokio::test]
async fn d23_a_clock_that_goes_back_a_lot_makes_nothing_fresh_for_ever() {
    let (publisher, proxy, _) = warm().await;
    proxy.turn_minutes(-60 * 24 * 365);
    let reply = proxy.feed().await;
    assert_eq!((reply.status, reply.max_age()), (StatusCode::OK, 15 * 60));
    assert_eq!(publisher.count(), 2);
    proxy.turn_minutes(16);
    proxy.feed().await;
    assert_eq!(publisher.count(), 3);
}

#[tokio::test]
async fn home_lists_the_feeds_and_their_state() {
    let (publisher, proxy) = both(Answer::ok(FEED)).await;
    let before = proxy.ask(Ask::get("/")).await;
    assert_eq!(before.header("content-type"), Some("text/html; charset=utf-8"));
    assert!(before.text().contains("/feeds/tides") && before.text().contains("not asked for yet"));
    assert_eq!(publisher.count(), 0);
    proxy.feed().await;
    assert!(proxy.ask(Ask::get("/")).await.text().contains("3 items"));
}

#[tokio::test]
async fn home_escapes_what_the_publisher_says() {
    let body = "<svg/>";
    let (_publisher, proxy) = both(Answer::ok(body)).await;
    assert_eq!(proxy.feed().await.status, StatusCode::BAD_GATEWAY);
    let home = proxy.ask(Ask::get("/")).await;
    assert!(home.text().contains("&lt;svg&gt;"), "{}", home.text());
    assert!(!home.text().contains("<svg"), "{}", home.text());
    assert!(
        home.header("content-security-policy").is_some_and(|policy| policy.contains("default-src 'none'"))
    );
}

#[tokio::test]
async fn health_is_a_word() {
    let (publisher, proxy) = both(Answer::ok(FEED)).await;
    let reply = proxy.ask(Ask::get("/healthz")).await;
    assert_eq!(
        (reply.status, reply.text(), reply.header("cache-control")),
        (StatusCode::OK, "ok\n", Some("no-store"))
    );
    assert_eq!(publisher.count(), 0);
}
