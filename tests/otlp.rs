//! Traces, sent to a collector on this machine: with the feature `otlp` only.
#![cfg(feature = "otlp")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);

/// The bodies of what is sent to a collector, with the address it is sent to.
fn collector() -> (String, Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
    let address = format!("http://{}", listener.local_addr().expect("it has an address"));
    let (sent, received) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let request = read(&stream);
            let mut stream = &stream;
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            let _ = sent.send(request);
        }
    });
    (address, received)
}

fn read(stream: &TcpStream) -> (String, Vec<u8>) {
    let mut reader = BufReader::new(stream).take(1 << 20);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).expect("the request has a head");
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("it is a length");
        }
        head += &line;
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).expect("the request has its body");
    (head, body)
}

#[test]
fn requests_are_traced_and_tell_no_secrets() {
    let (collector, received) = collector();
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("limpid.toml");
    std::fs::write(
        &config,
        "[server]\nlisten = '127.0.0.1:0'\n[feeds.sample]\nsource = 'sample:newsletter'\n",
    )
    .unwrap();
    let mut limpid = Command::new(env!("CARGO_BIN_EXE_limpid"))
        .arg("--config")
        .arg(&config)
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(limpid.stdout.take().unwrap()).lines();
    let feed =
        lines.map_while(Result::ok).find_map(|line| Some(line.trim().strip_prefix("http://")?.to_owned()));
    let feed = feed.expect("it says where the feed is");
    let (address, path) = feed.split_once('/').unwrap();
    for path in [path.to_owned(), format!("s/0123456789abcdef0123456789abcdef/{path}")] {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET /{path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").unwrap();
        std::io::copy(&mut (&mut stream).take(1 << 20), &mut std::io::sink()).unwrap();
    }
    let told = Command::new("kill").arg(limpid.id().to_string()).status().unwrap();
    assert!(told.success() && limpid.wait().unwrap().success());
    let (mut heads, mut bodies) = (String::new(), Vec::new());
    while let Ok((head, body)) =
        received.recv_timeout(if bodies.is_empty() { PATIENCE } else { Duration::ZERO })
    {
        heads += &head;
        bodies.extend(body);
    }
    let bodies = String::from_utf8_lossy(&bodies);
    assert!(heads.starts_with("POST /v1/traces HTTP/1.1"), "{heads}");
    for told in ["limpid", "request", "/feeds/sample", "method"] {
        assert!(bodies.contains(told), "{told}: {bodies}");
    }
    assert!(!bodies.contains("0123456789abcdef0123456789abcdef"), "{bodies}");
}
