//! Bad input from the publisher, over the wire: bounded, and never passed on.

use std::io::Write;

use hyper::StatusCode;

use crate::FEED;
use crate::client::Reply;
use crate::proxy::{Proxy, config};
use crate::publisher::{Answer, Publisher};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn brotli(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    brotli::BrotliCompress(&mut &*bytes, &mut out, &brotli::enc::BrotliEncoderParams::default()).unwrap();
    out
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

/// What becomes of an answer, where bodies may have 1 MiB.
async fn served(answer: Answer) -> Reply {
    let publisher = Publisher::with(answer).await;
    Proxy::start(&format!("fetch.max-body = \"1 MiB\"\n{}", config(&publisher, ""))).await.feed().await
}

fn coded(body: Vec<u8>, coding: &str) -> Answer {
    Answer::ok(body).with("content-encoding", coding)
}

#[tokio::test]
async fn x11_every_coding_is_undone() {
    let feed = FEED.as_bytes();
    let answers = [
        coded(gzip(feed), "gzip"),
        coded(gzip(feed), "GZIP"),
        coded(gzip(feed), "x-gzip"),
        coded(brotli(feed), "br"),
        coded(zstd(feed), "zstd"),
        coded(feed.to_vec(), "identity"),
        coded(gzip(&brotli(feed)), "br, gzip"),
        coded(zstd(&gzip(feed)), "gzip").with("content-encoding", "zstd"),
    ];
    for answer in answers {
        assert_eq!(served(answer.clone()).await.text(), FEED, "{answer:?}");
    }
}

#[tokio::test]
async fn x11_a_bomb_is_capped() {
    let spaces = vec![b' '; 20 << 20];
    let bombs = [
        coded(gzip(&spaces), "gzip"),
        coded(brotli(&spaces), "br"),
        coded(zstd(&spaces), "zstd"),
        coded(gzip(&gzip(&spaces)), "gzip, gzip"),
        Answer::ok(spaces[..2 << 20].to_vec()),
    ];
    for bomb in bombs {
        let reply = served(bomb).await;
        assert_eq!(reply.status, StatusCode::BAD_GATEWAY);
        assert_eq!(reply.text(), "The publisher's answer is larger than the limit of 1048576 bytes.\n");
    }
}

#[tokio::test]
async fn x11_broken_and_odd_codings_are_refused() {
    let feed = FEED.as_bytes();
    let whole = gzip(feed);
    let answers = [
        coded(whole[..whole.len() / 2].to_vec(), "gzip"),
        coded(feed.to_vec(), "gzip"),
        coded(feed.to_vec(), "br"),
        coded(feed.to_vec(), "zstd"),
        coded(gzip(&gzip(&whole)), "gzip, gzip, gzip"),
        coded(feed.to_vec(), "compress"),
        coded(feed.to_vec(), "br, exi"),
    ];
    for answer in answers {
        let reply = served(answer).await;
        assert_eq!(reply.status, StatusCode::BAD_GATEWAY);
        assert!(reply.text().contains("compressed"), "{}", reply.text());
    }
}

#[tokio::test]
async fn x07_charsets_by_header_declaration_and_mark() {
    let latin = b"<?xml version=\"1.0\" encoding=\"iso-8859-1\"?><rss><channel><title>caf\xe9</title></channel></rss>";
    let reply = served(Answer::ok(latin.to_vec())).await;
    assert!(
        reply.text().contains("caf\u{e9}") && reply.text().contains("encoding=\"UTF-8\""),
        "{}",
        reply.text()
    );
    let bare = b"<rss><channel><title>caf\xe9</title></channel></rss>".to_vec();
    let reply =
        served(Answer::ok(bare.clone()).with("content-type", "text/xml; charset=\"ISO-8859-1\"")).await;
    assert!(reply.text().contains("caf\u{e9}"), "{}", reply.text());
    assert!(served(Answer::ok(bare)).await.text().contains("caf\u{e9}"), "what nobody says is guessed");
    assert_eq!(served(Answer::ok(b"\x89PNG\r\n\x1a\n".to_vec())).await.status, StatusCode::BAD_GATEWAY);
    let wrong =
        Answer::ok(FEED.replace("Tide", "T\u{ef}de")).with("content-type", "text/xml; charset=utf-16");
    assert!(served(wrong).await.text().contains("T\u{ef}de"));
}

#[tokio::test]
async fn x01_entities_are_not_expanded_and_nothing_is_fetched_for_them() {
    let outside = Publisher::with(Answer::ok("leaked")).await;
    let dtd = format!(
        "<!DOCTYPE rss SYSTEM \"{0}\" [<!ENTITY a SYSTEM \"{0}\"><!ENTITY % b SYSTEM \"{0}\">%b;]>",
        outside.url("/x")
    );
    let body = format!("{dtd}<rss><channel><title>&a;</title></channel></rss>");
    let reply = served(Answer::ok(body)).await;
    assert!(!reply.text().contains("leaked"), "{}", reply.text());
    assert_eq!(outside.count(), 0);
    let laugh = |n: usize| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10));
    let laughs: Vec<String> = (1..20).map(laugh).collect();
    let laughs = laughs.concat();
    let body = format!(
        "<!DOCTYPE rss [<!ENTITY l0 \"ha\">{laughs}]><rss><channel><title>&l19;</title></channel></rss>"
    );
    assert!(served(Answer::ok(body.clone())).await.body.len() <= body.len() + 100);
}

#[tokio::test]
async fn x12_a_flood_of_headers_is_an_error() {
    let many = (0..5000).fold(Answer::ok(FEED), |answer, n| answer.with(&format!("x-{n}"), "y"));
    assert_eq!(served(many).await.status, StatusCode::BAD_GATEWAY);
    let long = Answer::ok(FEED).with("x-long", &"y".repeat(2 << 20));
    assert_eq!(served(long).await.status, StatusCode::BAD_GATEWAY);
}

#[tokio::test]
async fn x13_nothing_splits_our_headers() {
    let raw = format!(
        "HTTP/1.1 200 OK\r\nETag: \"a\"\rX-Evil: 1\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{FEED}",
        FEED.len()
    );
    let reply = served(Answer::raw(raw)).await;
    assert_eq!(reply.header("x-evil"), None);
    let folded =
        format!("HTTP/1.1 200 OK\r\nContent-Type: text/xml;\r\n x=y\r\nConnection: close\r\n\r\n{FEED}");
    let reply = served(Answer::raw(folded)).await;
    assert!(matches!(reply.status, StatusCode::OK | StatusCode::BAD_GATEWAY));
}
