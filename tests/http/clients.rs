//! Bad clients, and the way out.

use std::io::ErrorKind;

use tokio::net::TcpStream;

use crate::client::{Ask, raw, read_some, write_all};
use crate::proxy::{PATH, Proxy};
use crate::publisher::{Answer, Gate, Publisher};
use crate::{FEED, others_run, soon};

async fn proxy() -> (Publisher, Proxy) {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let proxy = Proxy::of(&publisher).await;
    (publisher, proxy)
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or("closed")
}

#[tokio::test]
async fn h02_too_much_is_refused() {
    let (_publisher, proxy) = proxy().await;
    let long_url = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(70_000));
    let big_header = format!("GET / HTTP/1.1\r\nHost: x\r\nX-Big: {}\r\n\r\n", "a".repeat(1 << 20));
    let many_headers = format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "X-Many: 1\r\n".repeat(5000));
    let endless = format!("GET / HTTP/1.1\r\nX-{}", "a".repeat(1 << 20));
    for request in [long_url, big_header, many_headers, endless] {
        let answer = raw(proxy.address, request.as_bytes()).await;
        assert!(matches!(status(&answer), "431" | "414" | "400" | "closed"), "{answer}");
    }
    assert_eq!(proxy.feed().await.text(), FEED);
}

#[tokio::test]
async fn h03_ambiguous_requests_are_refused_or_closed_after() {
    let (publisher, proxy) = proxy().await;
    let start = format!("GET {PATH} HTTP/1.1\r\nHost: x\r\n");
    let forms = [
        format!("{start}Content-Length: 4\r\nContent-Length: 5\r\n\r\n"),
        format!("{start}Content-Length: -1\r\n\r\n"),
        format!("{start}Content-Length: +4\r\n\r\n"),
        format!("{start}Content-Length: 4, 5\r\n\r\n"),
        format!("{start}Transfer-Encoding: chunked, identity\r\n\r\n"),
        format!("{start}Transfer-Encoding: xchunked\r\n\r\n"),
        format!("{start}Transfer-Encoding : chunked\r\n\r\n"),
        format!("{start} Folded: yes\r\n\r\n"),
        format!("GET {PATH} HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        format!("GET {PATH} HTTP/1.1\r\nHost: x\r\nBare: a\rb\r\n\r\n"),
        format!("GET {PATH} HTTP/1.1\r\nHost: x\r\nNul: a\0b\r\n\r\n"),
        format!("GET {PATH} HTTP/9.9\r\nHost: x\r\n\r\n"),
        "\u{1}\u{2}\u{3}\r\n\r\n".to_owned(),
    ];
    for form in forms {
        let answer = raw(proxy.address, form.as_bytes()).await;
        assert!(matches!(status(&answer), "400" | "closed"), "{form:?} got {answer:?}");
        assert_eq!(
            answer.matches("HTTP/1.").count(),
            usize::from(!answer.is_empty()),
            "{form:?} got {answer:?}"
        );
    }
    assert_eq!(publisher.count(), 0);
}

#[tokio::test]
async fn h03_nothing_is_smuggled_behind_two_lengths() {
    let (_publisher, proxy) = proxy().await;
    let inner = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    let length = inner.len() + 5;
    let forms = [
        format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}"),
        format!("Transfer-Encoding: chunked\r\nContent-Length: {length}\r\n\r\n0\r\n\r\n{inner}"),
        format!("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{inner}"),
    ];
    for form in forms {
        for method in ["GET", "POST"] {
            let request = format!("{method} {PATH} HTTP/1.1\r\nHost: x\r\n{form}");
            let answer = raw(proxy.address, request.as_bytes()).await;
            assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{request:?} got {answer:?}");
            assert!(!answer.ends_with("ok\n"), "{request:?} got {answer:?}");
        }
    }
}

#[tokio::test]
async fn h05_paths_lead_nowhere_else() {
    let (publisher, proxy) = proxy().await;
    let paths = [
        "/feeds/../healthz",
        "/feeds/%2e%2e/healthz",
        "/feeds/..%2fhealthz",
        "/feeds/%2Ftides",
        "/feeds/tides/",
        "/feeds/tides/..",
        "//feeds/tides",
        "/feeds//tides",
        "/feeds/tides%00",
        "/feeds/%74ides",
        "/./feeds/tides",
        "/feeds/..\\tides",
        "/etc/passwd",
        "/feeds/",
        "/feeds",
        "/../../../../etc/passwd",
        "/feeds/tides;x=1",
        "/healthz/",
        "/HEALTHZ",
    ];
    for path in paths {
        let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let answer = raw(proxy.address, request.as_bytes()).await;
        assert!(matches!(status(&answer), "404" | "400"), "{path} got {answer}");
        assert!(!answer.contains("root:"));
    }
    assert_eq!(publisher.count(), 0);
}

#[tokio::test]
async fn h06_host_and_forwarded_headers_change_nothing() {
    let (_publisher, proxy) = proxy().await;
    let plain = proxy.feed().await;
    let home = proxy.ask(Ask::get("/")).await;
    let forged = |path: &str| {
        let ask =
            Ask::get(path).with("host", "evil.example.org").with("x-forwarded-host", "evil.example.org");
        let ask = ask
            .with("x-forwarded-proto", "https")
            .with("x-forwarded-for", "192.0.2.1")
            .with("x-original-url", "/healthz");
        ask.with("forwarded", "host=evil.example.org").with("x-http-method-override", "DELETE")
    };
    let reply = proxy.ask(forged(PATH)).await;
    assert_eq!((reply.status, reply.etag(), &reply.body), (plain.status, plain.etag(), &plain.body));
    assert_eq!(proxy.ask(forged("/")).await.body, home.body);
    assert_eq!(proxy.feed().await.body, plain.body);
    let absolute = format!(
        "GET http://evil.example.org{PATH} HTTP/1.1\r\nHost: evil.example.org\r\nConnection: close\r\n\r\n"
    );
    assert!(raw(proxy.address, absolute.as_bytes()).await.ends_with(FEED));
}

/// Comes back once nothing accepts connections there any more.
async fn is_refused(address: std::net::SocketAddr) {
    soon(async {
        while TcpStream::connect(address).await.map_err(|error| error.kind()).err()
            != Some(ErrorKind::ConnectionRefused)
        {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn h07_a_request_under_way_finishes_after_the_signal() {
    let gate = Gate::closed();
    let publisher = Publisher::with(Answer::ok(FEED).behind(&gate)).await;
    let mut proxy = Proxy::of(&publisher).await;
    let address = proxy.address;
    let first = tokio::spawn(Ask::get(PATH).of(address));
    let second = tokio::spawn(Ask::get(PATH).of_h2(address));
    publisher.arrived(1).await;
    others_run().await;
    proxy.stop();
    is_refused(address).await;
    assert!(!first.is_finished());
    gate.open();
    assert_eq!(first.await.unwrap().text(), FEED);
    assert_eq!(second.await.unwrap().text(), FEED);
    proxy.has_stopped().await;
}

#[tokio::test]
async fn h07_idle_connections_do_not_hold_it_up() {
    let (_publisher, mut proxy) = proxy().await;
    let silent = TcpStream::connect(proxy.address).await.unwrap();
    let kept = TcpStream::connect(proxy.address).await.unwrap();
    write_all(&kept, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"ok\n") {
        assert!(soon(read_some(&kept, &mut answer)).await.unwrap() > 0);
    }
    others_run().await;
    proxy.stop();
    let started = tokio::time::Instant::now();
    proxy.has_stopped().await;
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
    drop((silent, kept));
}
