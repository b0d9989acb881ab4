//! Bad clients, within the limits of the listener. Where a limit is a time it is short here, and the test waits for what
//! comes of it.

use std::time::Duration;

use hyper::{Method, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use limpid::listen::Limits;
use tokio::net::TcpStream;

use crate::client::{Ask, raw, read_some, write_all};
use crate::proxy::{PATH, Proxy, config};
use crate::publisher::{Answer, Publisher};
use crate::{FEED, others_run, soon};

const SHORT: Duration = Duration::from_millis(40);

async fn within(limits: Limits, body: &str, server: &str) -> (Publisher, Proxy) {
    let publisher = Publisher::with(Answer::ok(body)).await;
    let proxy = Proxy::within(&format!("{server}{}", config(&publisher, "")), limits).await;
    (publisher, proxy)
}

/// Everything that still comes, until the other side closes.
async fn rest(stream: &TcpStream) -> String {
    let mut out = Vec::new();
    while matches!(soon(read_some(stream, &mut out)).await, Ok(1..)) {}
    String::from_utf8_lossy(&out).into_owned()
}

/// Comes back once so many connections are open.
async fn open(proxy: &Proxy, count: i64) {
    let metrics = proxy.app.metrics();
    soon(async {
        while metrics.connections().get() != count {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn h01_headers_that_do_not_come_end_the_connection() {
    let (_publisher, proxy) = within(Limits { headers: SHORT, ..Limits::default() }, FEED, "").await;
    for begun in ["", "G", "PRI * HTTP/2.0\r\n", "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "] {
        let stream = TcpStream::connect(proxy.address).await.unwrap();
        write_all(&stream, begun.as_bytes()).await.unwrap();
        let said = rest(&stream).await;
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 408 "), "{begun:?} got {said:?}");
    }
    open(&proxy, 0).await;
    assert_eq!(proxy.feed().await.text(), FEED);
}

#[tokio::test]
async fn h01_connections_without_requests_are_closed() {
    let (_publisher, proxy) =
        within(Limits { headers: SHORT, idle: SHORT, ..Limits::default() }, FEED, "").await;
    let kept = TcpStream::connect(proxy.address).await.unwrap();
    write_all(&kept, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    assert!(rest(&kept).await.ends_with("ok\n"));
    let stream = TokioIo::new(TcpStream::connect(proxy.address).await.unwrap());
    let (sender, connection) = hyper::client::conn::http2::handshake::<
        _,
        _,
        http_body_util::Empty<bytes::Bytes>,
    >(TokioExecutor::new(), stream)
    .await
    .unwrap();
    let connection = tokio::spawn(connection);
    let ended = soon(connection).await.unwrap();
    assert!(ended.is_ok() || !sender.is_ready(), "{ended:?}");
}

#[tokio::test]
async fn h01_bodies_are_not_waited_for() {
    let (_publisher, proxy) = within(Limits::default(), FEED, "").await;
    let get = format!("GET {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nhalf");
    let answer = raw(proxy.address, get.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with(FEED), "{answer}");
    let post = format!("POST {PATH} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    let endless = [post, format!("10000\r\n{}\r\n", "x".repeat(1 << 16)).repeat(500)].concat();
    let answer = raw(proxy.address, endless.as_bytes()).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 405 "), "{answer}");
    open(&proxy, 0).await;
}

#[tokio::test]
async fn h01_a_reader_who_stops_reading_is_let_go() {
    let item =
        format!("<item><title>Long</title><description>{}</description></item>", "long ".repeat(20_000));
    let long = format!("<rss version=\"2.0\"><channel><title>T</title>{}</channel></rss>", item.repeat(140));
    let (_publisher, proxy) =
        within(Limits { stalled: Duration::from_secs(1), ..Limits::default() }, &long, "").await;
    let stream = TcpStream::connect(proxy.address).await.unwrap();
    write_all(&stream, format!("GET {PATH} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.unwrap();
    open(&proxy, 1).await;
    open(&proxy, 0).await;
    assert!(rest(&stream).await.len() < long.len());
    // Who reads gets all of it.
    assert_eq!(proxy.feed().await.body.len(), long.len());
}

#[tokio::test]
async fn h01_who_finds_no_place_waits_for_one() {
    let (_publisher, proxy) = within(Limits::default(), FEED, "[server]\nmax-connections = 2\n").await;
    let (first, second) =
        (TcpStream::connect(proxy.address).await.unwrap(), TcpStream::connect(proxy.address).await.unwrap());
    open(&proxy, 2).await;
    let third = tokio::spawn(Ask::get(PATH).of(proxy.address));
    others_run().await;
    assert!(!third.is_finished());
    drop(first);
    assert_eq!(soon(third).await.unwrap().text(), FEED);
    drop(second);
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("closed")
}

#[tokio::test]
async fn h02_limits_are_said_by_their_status() {
    let (publisher, proxy) = within(Limits::default(), FEED, "").await;
    let get = |path: &str, headers: &str| {
        format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n")
    };
    let long = |bytes: usize| format!("{PATH}?{}", "a".repeat(bytes));
    for (request, expected) in [
        (get(PATH, &"X-Many: 1\r\n".repeat(97)), "200"),
        (get(PATH, &"X-Many: 1\r\n".repeat(99)), "431"),
        (get(PATH, &format!("X-Big: {}\r\n", "a".repeat(60_000))), "200"),
        (get(PATH, &format!("X-Big: {}\r\n", "a".repeat(70_000))), "431"),
        (get(&long(16_000), ""), "200"),
        (get(&long(17_000), ""), "414"),
    ] {
        let answer = raw(proxy.address, request.as_bytes()).await;
        assert_eq!(status(&answer), expected, "{}", &request[..60]);
    }
    let answer = raw(proxy.address, get(&long(70_000), "").as_bytes()).await;
    assert!(matches!(status(&answer), "414" | "431"), "{answer}");
    assert_eq!(Ask::get(&long(17_000)).of_h2(proxy.address).await.status, StatusCode::URI_TOO_LONG);
    let big = Ask::get(PATH).with("x-big", &"a".repeat(70_000)).of_h2(proxy.address).await;
    assert_eq!(big.status, StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
    assert_eq!(publisher.count(), 1);
}

/// A frame (RFC 9113 §4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// `GET /`, in HPACK (RFC 7541), with `:authority` x.
const GET: &[u8] = b"\x82\x84\x86\x41\x01x";

#[tokio::test]
async fn h04_floods_end_their_own_connection_only() {
    let (_publisher, proxy) = within(Limits::default(), FEED, "").await;
    let start = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice(), &frame(4, 0, 0, &[])].concat();
    let odd = |number: u32| number * 2 + 1;
    let resets =
        (0..20_000).flat_map(|n| [frame(1, 5, odd(n), GET), frame(3, 0, odd(n), &[0, 0, 0, 8])].concat());
    // An error of the stream's, which makes the server reset it: a window that grows by nothing.
    let made = (0..20_000).flat_map(|n| [frame(1, 5, odd(n), GET), frame(8, 0, odd(n), &[0; 4])].concat());
    let continuations = std::iter::once(frame(1, 1, 1, GET))
        .chain((0..20_000).map(|_| frame(9, 0, 1, &[0x40, 1, b'x', 1, b'x'])));
    let streams = (0..20_000).flat_map(|n| frame(1, 5, odd(n), GET));
    let floods: [(&str, Vec<u8>); 4] = [
        ("rapid reset", resets.collect()),
        ("made you reset", made.collect()),
        ("continuation", continuations.flatten().collect()),
        ("streams", streams.collect()),
    ];
    for (name, flood) in floods {
        let stream = TcpStream::connect(proxy.address).await.unwrap();
        // It may be closed while it is sent.
        let bytes = [start.clone(), flood].concat();
        let sent = tokio::time::timeout(Duration::from_secs(5), write_all(&stream, &bytes));
        let _ = sent.await;
        assert_eq!(proxy.feed().await.text(), FEED, "{name}");
        assert_eq!(Ask::get(PATH).of_h2(proxy.address).await.status, StatusCode::OK, "{name}");
        if name != "streams" {
            open(&proxy, 0).await;
        }
    }
}

#[tokio::test]
async fn d16_options_and_trace_are_no_reading() {
    let (_publisher, proxy) = within(Limits::default(), FEED, "").await;
    for path in ["/", "/metrics", "/healthz", "/readyz", "/feeds/tides/receipt"] {
        for method in [Method::OPTIONS, Method::TRACE, Method::POST] {
            let reply = proxy.ask(Ask::new(method.clone(), path)).await;
            assert_eq!(
                (reply.status, reply.header("allow")),
                (StatusCode::METHOD_NOT_ALLOWED, Some("GET, HEAD"))
            );
        }
    }
}

#[tokio::test]
async fn d15_conditions_go_before_ranges() {
    let (_publisher, proxy) = within(Limits::default(), FEED, "").await;
    let tag = proxy.feed().await.etag().to_owned();
    let ask = Ask::get(PATH).with("range", "bytes=0-9").with("if-none-match", &tag);
    assert_eq!(proxy.ask(ask).await.status, StatusCode::NOT_MODIFIED);
    for (name, value) in [("range", "bytes=5-1"), ("range", "lines=1-2"), ("if-range", "\"x\"")] {
        assert_eq!(proxy.feed_with(name, value).await.text(), FEED);
    }
}
