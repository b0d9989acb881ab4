//! https to readers.

use std::sync::Arc;

use hyper::StatusCode;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::client::raw;
use crate::proxy::{PATH, Proxy, config};
use crate::publisher::{Answer, Publisher};
use crate::{FEED, soon};

/// A certificate for localhost in two files, `[server] tls` with them, and the certificate.
fn certified(dir: &TempDir, name: &str) -> (String, String) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (cert, key) = (dir.path().join(format!("{name}.crt")), dir.path().join(format!("{name}.key")));
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let section =
        format!("[server]\ntls = {{ cert = \"{}\", key = \"{}\" }}\n", cert.display(), key.display());
    (section, made.cert.pem())
}

/// A connection of a client that trusts this certificate and speaks these protocols.
async fn connect(proxy: &Proxy, trusted: &str, speaks: &[&str]) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(trusted.as_bytes()).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    client.alpn_protocols = speaks.iter().map(|name| name.as_bytes().to_vec()).collect();
    let stream = TcpStream::connect(proxy.address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    soon(TlsConnector::from(Arc::new(client)).connect(name, stream)).await
}

fn request() -> hyper::Request<http_body_util::Empty<bytes::Bytes>> {
    let request = hyper::Request::get(format!("https://localhost{PATH}")).header("host", "localhost");
    request.body(http_body_util::Empty::new()).unwrap()
}

#[tokio::test]
async fn d22_https_is_spoken_in_both_versions() {
    let (dir, publisher) = (TempDir::new().unwrap(), Publisher::with(Answer::ok(FEED)).await);
    let (section, cert) = certified(&dir, "first");
    let proxy = Proxy::start(&format!("{section}{}", config(&publisher, ""))).await;
    let stream = connect(&proxy, &cert, &["h2", "http/1.1"]).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
    let (mut sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    assert_eq!(soon(sender.send_request(request())).await.unwrap().status(), StatusCode::OK);
    for speaks in [vec!["http/1.1"], vec![]] {
        let stream = connect(&proxy, &cert, &speaks).await.unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let answer = soon(sender.send_request(request())).await.unwrap();
        assert_eq!(
            (answer.status(), answer.headers()["content-length"].to_str().unwrap()),
            (StatusCode::OK, FEED.len().to_string().as_str())
        );
    }
    // Who speaks clear text is told nothing.
    let answer = raw(proxy.address, format!("GET {PATH} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await;
    assert!(!answer.contains("HTTP/1.1 200"), "{answer}");
}

#[tokio::test]
async fn another_certificate_is_shown_from_the_next_connection_on() {
    let (dir, publisher) = (TempDir::new().unwrap(), Publisher::with(Answer::ok(FEED)).await);
    let (section, first) = certified(&dir, "first");
    let feeds = config(&publisher, "");
    let proxy = Proxy::start(&format!("{section}{feeds}")).await;
    assert!(connect(&proxy, &first, &[]).await.is_ok());
    // The same files, with another certificate in them.
    let (section, second) = certified(&dir, "first");
    proxy.reconfigure(&format!("{section}{feeds}")).await;
    assert!(connect(&proxy, &second, &[]).await.is_ok());
    assert!(connect(&proxy, &first, &[]).await.is_err());
    let cases = [
        ("first.key", "", "no private key"),
        ("first.crt", "", "no certificates"),
        ("first.crt", first.as_str(), "do not serve"),
    ];
    for (file, text, words) in cases {
        let before = std::fs::write(dir.path().join(file), text);
        before.unwrap();
        let problems = limpid::config::read(&section, None).unwrap_err();
        assert!(problems.to_string().contains(words), "{problems}");
        certified(&dir, "first");
    }
}
