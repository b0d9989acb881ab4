//! Connections, within the bounds of a feed.

use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::task::{Context, Poll};
use std::time::Duration;
use std::vec;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body_util::Empty;
use hyper::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tower_service::Service;

use super::guard::Bounds;

/// How long a connection may stay unused.
const IDLE: Duration = Duration::from_mins(1);

type BoxError = Box<dyn Error + Send + Sync>;

/// A client that stays within bounds. Its connections are its own.
pub type BoundClient = Client<HttpsConnector<Connector>, Empty<Bytes>>;

/// A client within these bounds. A pool knows its connections by scheme, host and port, and asks no connector before
/// it hands one out again; so what may connect to everything must not share one with what may not.
pub fn client(bounds: Bounds, tls: ClientConfig) -> BoundClient {
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .enable_http2()
        .wrap_connector(Connector::new(bounds));
    Client::builder(TokioExecutor::new())
        .pool_idle_timeout(IDLE)
        .pool_timer(TokioTimer::new())
        .build(connector)
}

/// Connects over TCP, within bounds.
#[derive(Clone, Debug)]
pub struct Connector {
    tcp: HttpConnector<Resolver>,
    bounds: Bounds,
}

/// Looks names up, within bounds.
#[derive(Clone, Debug)]
pub struct Resolver(Bounds);

impl Connector {
    fn new(bounds: Bounds) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Resolver(bounds.clone()));
        // TLS is spoken above it.
        tcp.enforce_http(false);
        Connector { tcp, bounds }
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.tcp.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        let (mut tcp, bounds) = (self.tcp.clone(), self.bounds.clone());
        Box::pin(async move {
            // hyper connects to these without asking a resolver.
            if let Some(address) = literal(&to) {
                bounds.judge(address)?;
            }
            let stream = tcp.call(to).await?;
            bounds.judge(stream.inner().peer_addr()?)?;
            Ok(stream)
        })
    }
}

/// The address that a request names by its number.
fn literal(to: &Uri) -> Option<SocketAddr> {
    let host = to.host()?.trim_start_matches('[').trim_end_matches(']');
    let port = to.port_u16().unwrap_or(if to.scheme_str() == Some("https") { 443 } else { 80 });
    Some(SocketAddr::new(host.parse::<IpAddr>().ok()?, port))
}

impl Service<Name> for Resolver {
    type Response = vec::IntoIter<SocketAddr>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let bounds = self.0.clone();
        Box::pin(async move { Ok(bounds.lookup(name.as_str()).await?.into_iter()) })
    }
}
