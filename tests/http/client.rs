//! A reader: well-behaved over hyper, ill-behaved over a bare connection.

use std::io::{self, ErrorKind, Read};
use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use crate::soon;

/// A request to make.
#[derive(Clone, Debug)]
pub struct Ask {
    method: Method,
    path: String,
    headers: HeaderMap,
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Ask {
    /// `GET path`.
    pub fn get(path: &str) -> Self {
        Ask::new(Method::GET, path)
    }

    /// Any method.
    pub fn new(method: Method, path: &str) -> Self {
        Ask { method, path: path.to_owned(), headers: HeaderMap::new() }
    }

    /// One more header line.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.append(name.parse::<HeaderName>().unwrap(), HeaderValue::from_str(value).unwrap());
        self
    }

    /// The same with another method.
    pub fn by(self, method: Method) -> Self {
        Ask { method, ..self }
    }

    /// Asks over a connection of its own.
    pub async fn of(self, address: SocketAddr) -> Reply {
        soon(async {
            let stream = TcpStream::connect(address).await.unwrap();
            let (mut sender, connection) =
                hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
            let connection = tokio::spawn(connection);
            let reply = reply(sender.send_request(self.request(address)).await.unwrap()).await;
            connection.abort();
            reply
        })
        .await
    }

    /// Asks over HTTP/2 without TLS, known beforehand.
    pub async fn of_h2(self, address: SocketAddr) -> Reply {
        soon(async {
            let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
            let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), stream);
            let (mut sender, connection) = handshake.await.unwrap();
            let connection = tokio::spawn(connection);
            let reply = reply(sender.send_request(self.request(address)).await.unwrap()).await;
            connection.abort();
            reply
        })
        .await
    }

    fn request(self, address: SocketAddr) -> Request<Empty<Bytes>> {
        let uri = format!("http://{address}{}", self.path);
        let mut request = Request::builder().method(self.method).uri(uri).body(Empty::new()).unwrap();
        *request.headers_mut() = self.headers;
        if !request.headers().contains_key("host") {
            request.headers_mut().insert("host", HeaderValue::from_str(&address.to_string()).unwrap());
        }
        request
    }
}

async fn reply(response: Response<Incoming>) -> Reply {
    let (parts, body) = response.into_parts();
    #[allow(clippy::disallowed_methods, reason = "it comes from the code under test")]
    let body = body.collect().await.unwrap().to_bytes();
    Reply { status: parts.status, headers: parts.headers, body }
}

impl Reply {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The entity tag.
    pub fn etag(&self) -> &str {
        self.header("etag").expect("a feed has an entity tag")
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The body with its content coding undone.
    pub fn plain(&self) -> Vec<u8> {
        match self.header("content-encoding") {
            None => self.body.to_vec(),
            Some("gzip") => whole(flate2::read::GzDecoder::new(&*self.body)),
            Some("br") => whole(brotli::Decompressor::new(&*self.body, 4096)),
            Some("zstd") => whole(zstd::Decoder::new(&*self.body).unwrap()),
            Some(other) => panic!("coded as {other}"),
        }
    }

    /// For how many seconds it is fresh: what its age leaves of its max-age.
    pub fn fresh_for(&self) -> u64 {
        self.max_age().saturating_sub(self.header("age").expect("a feed has an age").parse().unwrap())
    }

    /// The seconds of its max-age.
    pub fn max_age(&self) -> u64 {
        let value = self.header("cache-control").expect("a feed says how long it is fresh");
        value.strip_prefix("public, max-age=").expect(value).parse().unwrap()
    }

    /// Whether it says that it is a stale copy.
    pub fn is_marked_stale(&self) -> bool {
        self.header("cache-status").is_some_and(|status| status.contains("detail=stale"))
    }
}

fn whole(mut from: impl Read) -> Vec<u8> {
    let mut out = Vec::new();
    #[allow(clippy::disallowed_methods, reason = "it comes from the code under test")]
    from.read_to_end(&mut out).unwrap();
    out
}

/// Sends bytes as they are, and returns all that comes until the other side closes.
pub async fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    soon(async {
        let stream = TcpStream::connect(address).await.unwrap();
        // It may have heard enough before it has heard all.
        let _ = write_all(&stream, bytes).await;
        let mut out = Vec::new();
        while matches!(read_some(&stream, &mut out).await, Ok(1..)) {}
        String::from_utf8_lossy(&out).into_owned()
    })
    .await
}

/// Reads what is there, waiting for something.
pub async fn read_some(stream: &TcpStream, into: &mut Vec<u8>) -> io::Result<usize> {
    let mut buffer = [0; 4 << 10];
    loop {
        stream.readable().await?;
        match stream.try_read(&mut buffer) {
            Ok(count) => {
                into.extend(&buffer[..count]);
                return Ok(count);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

/// Writes all of it.
pub async fn write_all(stream: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        stream.writable().await?;
        match stream.try_write(bytes) {
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
