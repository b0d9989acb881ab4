//! Publishers asked through proxies: small ones that note what they are asked for, and connect to one place.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use hyper::StatusCode;
use limpid::fetch::guard::Network;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::client::Ask;
use crate::network::{Town, Trap};
use crate::proxy::Proxy;
use crate::publisher::{Answer, Publisher};
use crate::{FEED, log};

/// A proxy, and what it was asked.
pub struct Through {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    server: JoinHandle<()>,
}

/// What it speaks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Speaks {
    Http,
    Socks,
    /// It does as it is asked, but not for everyone.
    SocksWithLogin,
    /// HTTP, and it connects to nothing.
    Refusing,
}

impl Drop for Through {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Through {
    /// A proxy that connects to `to`, whatever it is asked for.
    pub async fn to(to: SocketAddr, speaks: Speaks) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let noted = asked.clone();
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let noted = noted.clone();
                tokio::spawn(async move { conversation(stream, to, speaks, &noted).await });
            }
        });
        Through { address, asked, server }
    }

    /// Its address in a configuration.
    pub fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}", self.address)
    }

    /// Everything it was asked.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Who goes away half way is no affair of the proxy.
async fn conversation(
    mut stream: TcpStream,
    to: SocketAddr,
    speaks: Speaks,
    noted: &Mutex<Vec<String>>,
) -> Option<()> {
    let note = |line: String| noted.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    if matches!(speaks, Speaks::Http | Speaks::Refusing) {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.ok()?);
        }
        note(String::from_utf8_lossy(&head).into_owned());
        if speaks == Speaks::Refusing {
            stream.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n").await.ok()?;
            return None;
        }
        stream.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await.ok()?;
    } else {
        socks(&mut stream, speaks, note).await?;
    }
    let mut there = TcpStream::connect(to).await.ok()?;
    copy_bidirectional(&mut stream, &mut there).await.ok().map(drop)
}

/// RFC 1928, and RFC 1929 with a login.
async fn socks(stream: &mut TcpStream, speaks: Speaks, note: impl Fn(String)) -> Option<()> {
    let [5, methods] = bytes(stream, 2).await?[..] else { return None };
    bytes(stream, methods).await?;
    if speaks == Speaks::SocksWithLogin {
        stream.write_all(&[5, 2]).await.ok()?;
        let user = bytes(stream, 2).await?[1];
        let user = text(bytes(stream, user).await?);
        let password = bytes(stream, 1).await?[0];
        let password = text(bytes(stream, password).await?);
        note(format!("{user}:{password}"));
        stream.write_all(&[1, 0]).await.ok()?;
    } else {
        stream.write_all(&[5, 0]).await.ok()?;
    }
    let [5, 1, 0, kind] = bytes(stream, 4).await?[..] else { return None };
    let host = match kind {
        1 => <[u8; 4]>::try_from(bytes(stream, 4).await?).ok().map(std::net::Ipv4Addr::from)?.to_string(),
        3 => {
            let length = bytes(stream, 1).await?[0];
            text(bytes(stream, length).await?)
        }
        _ => return None,
    };
    note(format!("{host}:{}", stream.read_u16().await.ok()?));
    stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.ok()
}

async fn bytes(stream: &mut TcpStream, count: u8) -> Option<Vec<u8>> {
    let mut all = vec![0; count.into()];
    stream.read_exact(&mut all).await.ok()?;
    Some(all)
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

const SOURCE: &str = "http://publisher.example/feed.xml";

fn town(publisher: &Publisher) -> (Arc<Town>, Arc<dyn Network>) {
    let address = publisher.address();
    Town::with_public(&[address]).naming("publisher.example", [&[address]]).network()
}

async fn proxy(fetch: &str, feed: &str, network: &Arc<dyn Network>) -> Proxy {
    Proxy::guarded(&format!("[fetch]\n{fetch}\n[feeds.tides]\nsource = {SOURCE:?}\n{feed}"), network).await
}

/// The proxy itself is at an address that is not public: it is a person's own choice.
#[tokio::test]
async fn s14_an_http_proxy_connects_to_the_address_that_was_judged() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let through = Through::to(publisher.address(), Speaks::Http).await;
    let (_, network) = town(&publisher);
    let proxy = proxy(&format!("proxy = {:?}", through.url("http")), "", &network).await;
    assert_eq!(proxy.feed().await.text(), FEED);
    let asked = format!("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n\r\n", publisher.address());
    assert_eq!(through.asked(), [asked]);
    let seen = publisher.last();
    assert_eq!(
        (seen.line.as_str(), seen.header("host")),
        ("GET /feed.xml HTTP/1.1", Some("publisher.example"))
    );
}

#[tokio::test]
async fn s14_a_socks_proxy_is_told_addresses_or_names() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    for (scheme, expected, looked_up) in [
        ("socks5", publisher.address().to_string(), true),
        ("socks5h", "publisher.example:80".to_owned(), false),
    ] {
        let through = Through::to(publisher.address(), Speaks::Socks).await;
        let (town, network) = town(&publisher);
        let proxy = proxy(&format!("proxy = {:?}", through.url(scheme)), "", &network).await;
        assert_eq!(proxy.feed().await.text(), FEED);
        assert_eq!(through.asked(), [expected]);
        assert_eq!(!town.asked().is_empty(), looked_up, "{scheme}");
    }
}

#[tokio::test]
async fn s14_a_login_is_for_the_proxy_and_nobody_else() {
    log::keep();
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    for (scheme, speaks) in
        [("http", Speaks::Http), ("socks5", Speaks::SocksWithLogin), ("socks5h", Speaks::SocksWithLogin)]
    {
        let through = Through::to(publisher.address(), speaks).await;
        let (_, network) = town(&publisher);
        let login = "user = \"me\", password = \"whisper-password\"";
        let fetch = format!("proxy = {{ url = {:?}, {login} }}", through.url(scheme));
        let proxy = proxy(&fetch, "", &network).await;
        assert_eq!(proxy.feed().await.text(), FEED);
        let asked = through.asked().concat();
        // `me:whisper-password`
        let basic = "Proxy-Authorization: Basic bWU6d2hpc3Blci1wYXNzd29yZA==";
        assert!(asked.contains(basic) || asked.contains("me:whisper-password"), "{asked}");
        assert!(!format!("{:?}", publisher.seen()).contains("authorization"));
        assert!(!format!("{:?}", proxy.app).contains("whisper"));
    }
    assert!(log::lines_with("whisper-").is_empty());
}

/// What may not be connected to directly is not connected to by somebody else either.
#[tokio::test]
async fn s14_a_proxy_opens_nothing_that_is_closed() {
    let trap = Trap::set();
    for scheme in ["http", "socks5"] {
        let speaks = if scheme == "http" { Speaks::Http } else { Speaks::Socks };
        let publisher = Publisher::with(Answer::to(302, "http://inside.example/")).await;
        let through = Through::to(publisher.address(), speaks).await;
        let address = publisher.address();
        let (_, network) = Town::with_public(&[address])
            .naming("publisher.example", [&[address]])
            .naming("inside.example", [&[trap.address()]])
            .network();
        let inside = [
            format!("http://{}/", trap.address()),
            format!("http://0x7f.1:{}/", trap.port()),
            "http://localhost/".to_owned(),
            "http://inside.example/".to_owned(),
        ];
        for source in inside {
            let config =
                format!("[fetch]\nproxy = {:?}\n[feeds.tides]\nsource = {source:?}\n", through.url(scheme));
            let reply = Proxy::guarded(&config, &network).await.feed().await;
            assert_eq!(reply.status, StatusCode::BAD_GATEWAY, "{source}");
            assert!(reply.text().contains("not one that limpid connects to"), "{}", reply.text());
        }
        assert!(through.asked().is_empty());
        let fetch = format!("proxy = {:?}", through.url(scheme));
        let reply = proxy(&fetch, "", &network).await.feed().await;
        assert!(reply.text().contains("not one that limpid connects to"), "{}", reply.text());
        assert_eq!((through.asked().len(), publisher.count()), (1, 1));
    }
    assert!(trap.is_untouched());
}

#[tokio::test]
async fn a_feed_has_a_proxy_of_its_own_or_none() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let usual = Through::to(publisher.address(), Speaks::Http).await;
    let own = Through::to(publisher.address(), Speaks::Socks).await;
    let (_, network) = town(&publisher);
    let others = format!(
        "[feeds.own]\nsource = {SOURCE:?}\nproxy = {:?}\n[feeds.direct]\nsource = {SOURCE:?}\nproxy = \"none\"\n",
        own.url("socks5")
    );
    let proxy = proxy(&format!("proxy = {:?}", usual.url("http")), &others, &network).await;
    for (name, counts) in [("tides", (1, 0)), ("own", (1, 1)), ("direct", (1, 1))] {
        assert_eq!(proxy.ask(Ask::get(&format!("/feeds/{name}"))).await.text(), FEED);
        assert_eq!((usual.asked().len(), own.asked().len()), counts, "{name}");
    }
    assert_eq!(publisher.count(), 3, "what comes another way is another copy");
}

#[tokio::test]
async fn d12_a_proxy_that_fails_leaves_the_copy() {
    let publisher = Publisher::with(Answer::ok(FEED)).await;
    let (_, network) = town(&publisher);
    let refusing = Through::to(publisher.address(), Speaks::Refusing).await;
    let reply = proxy(&format!("proxy = {:?}", refusing.url("http")), "", &network).await.feed().await;
    let sentence = "The proxy that limpid is told to use does not connect to the publisher.\n";
    assert_eq!((reply.status, reply.text()), (StatusCode::BAD_GATEWAY, sentence));
    let through = Through::to(publisher.address(), Speaks::Http).await;
    let proxy = proxy(&format!("proxy = {:?}", through.url("http")), "", &network).await;
    proxy.feed().await;
    drop(through);
    proxy.turn_minutes(17);
    let stale = proxy.feed().await;
    assert!(stale.text() == FEED && stale.is_marked_stale());
}
