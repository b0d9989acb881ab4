//! A publisher behind TLS, with a certificate of a person's own.

use std::net::SocketAddr;
use std::sync::Arc;

use hyper::StatusCode;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::FEED;
use crate::network::Town;
use crate::proxy::Proxy;
use crate::through::{Speaks, Through};

/// Serves one feed at `publisher.example` over TLS.
struct Secure {
    address: SocketAddr,
    /// The certificate to trust, in PEM.
    root: tempfile::NamedTempFile,
    server: JoinHandle<()>,
}

impl Drop for Secure {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Secure {
    async fn for_name(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let root = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(root.path(), params.self_signed(&key).unwrap().pem()).unwrap();
        let issuer = Issuer::new(params, key);
        let key = KeyPair::generate().unwrap();
        let leaf = CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![leaf.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
            .unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        Secure { address, root, server: tokio::spawn(serve(listener, TlsAcceptor::from(Arc::new(config)))) }
    }

    /// A proxy that reads its feed, with further lines in `[fetch]`.
    async fn proxy(&self, fetch: &str) -> Proxy {
        let (_, network) =
            Town::with_public(&[self.address]).naming("publisher.example", [&[self.address]]).network();
        let source = format!("https://publisher.example:{}/feed.xml", self.address.port());
        let config = format!("[fetch]\n{fetch}\n[feeds.tides]\nsource = {source:?}\n");
        Proxy::guarded(&config, &network).await
    }

    fn trusted(&self) -> String {
        format!("tls-roots = ['{}']", self.root.path().display())
    }
}

async fn serve(listener: TcpListener, acceptor: TlsAcceptor) {
    while let Ok((stream, _)) = listener.accept().await {
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            let mut stream = acceptor.accept(stream).await.ok()?;
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.ok()?);
            }
            let length = FEED.len();
            let answer =
                format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{FEED}");
            stream.write_all(answer.as_bytes()).await.ok()?;
            stream.shutdown().await.ok()
        });
    }
}

#[tokio::test]
async fn a_certificate_of_ones_own_is_trusted_where_that_is_said() {
    let publisher = Secure::for_name("publisher.example").await;
    let refused = publisher.proxy("").await.feed().await;
    let sentence = "The publisher can not be reached.\n";
    assert_eq!((refused.status, refused.text()), (StatusCode::BAD_GATEWAY, sentence));
    let proxy = publisher.proxy(&publisher.trusted()).await;
    assert_eq!(proxy.feed().await.text(), FEED);
    // Of another authority, and for another name.
    let other = Secure::for_name("other.example").await;
    for fetch in [publisher.trusted(), other.trusted()] {
        assert_eq!(other.proxy(&fetch).await.feed().await.status, StatusCode::BAD_GATEWAY);
    }
}

#[tokio::test]
async fn https_goes_through_a_proxy_untouched() {
    let publisher = Secure::for_name("publisher.example").await;
    for (scheme, speaks) in [("http", Speaks::Http), ("socks5", Speaks::Socks), ("socks5h", Speaks::Socks)] {
        let through = Through::to(publisher.address, speaks).await;
        let fetch = format!("{}\nproxy = {:?}", publisher.trusted(), through.url(scheme));
        assert_eq!(publisher.proxy(&fetch).await.feed().await.text(), FEED, "{scheme}");
        assert_eq!(through.asked().len(), 1);
    }
}

#[tokio::test]
async fn d12_tls_that_has_gone_bad_leaves_the_copy() {
    let publisher = Secure::for_name("publisher.example").await;
    let proxy = publisher.proxy(&publisher.trusted()).await;
    assert_eq!(proxy.feed().await.text(), FEED);
    // The same place, and a certificate of somebody else.
    publisher.server.abort();
    let other = Secure::for_name("publisher.example").await;
    let listener = loop {
        match TcpListener::bind(publisher.address).await {
            Ok(listener) => break listener,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    let moved = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let Ok(mut there) = tokio::net::TcpStream::connect(other.address).await else { return };
            let _ = tokio::io::copy_bidirectional(&mut stream, &mut there).await;
        }
    });
    proxy.turn_minutes(17);
    let stale = proxy.feed().await;
    assert!(stale.text() == FEED && stale.is_marked_stale());
    moved.abort();
}
