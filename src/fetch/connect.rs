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
use super::proxy::{self, Target};
use crate::config::{Proxy, Speaks};

/// How long a connection may stay unused: for redirects, and for the pages of items. The next poll is far away, and of
/// thousands of hosts each would have one open.
const IDLE: Duration = Duration::from_secs(5);

/// How many bytes a connection over HTTP/1 reads at a time at most, and how long all headers may be: what is not used keeps
/// as many.
const BUFFER: usize = 64 << 10;

/// An error of any kind.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// A client that stays within bounds. Its connections are its own.
pub type BoundClient = Client<HttpsConnector<Connector>, Empty<Bytes>>;

/// A client within these bounds. A pool knows its connections by scheme, host and port, and asks no connector before
/// it hands one out again; so what may connect to everything must not share one with what may not.
pub fn client(bounds: Bounds, proxy: Option<Proxy>, tls: ClientConfig) -> BoundClient {
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .enable_http2()
        .wrap_connector(Connector::new(bounds, proxy));
    Client::builder(TokioExecutor::new())
        .pool_idle_timeout(IDLE)
        .pool_timer(TokioTimer::new())
        .http1_max_buf_size(BUFFER)
        .build(connector)
}

/// Connects over TCP, within bounds, directly or through a proxy.
#[derive(Clone, Debug)]
pub struct Connector {
    tcp: HttpConnector<Resolver>,
    bounds: Bounds,
    proxy: Option<Proxy>,
}

/// Looks names up, within bounds.
#[derive(Clone, Debug)]
pub struct Resolver(Bounds);

impl Connector {
    fn new(bounds: Bounds, proxy: Option<Proxy>) -> Self {
        // The proxy itself is a person's own choice, and most are on this machine or its network.
        let nearest = if proxy.is_some() { bounds.anywhere() } else { bounds.clone() };
        let mut tcp = HttpConnector::new_with_resolver(Resolver(nearest));
        // TLS is spoken above it.
        tcp.enforce_http(false);
        Connector { tcp, bounds, proxy }
    }

    /// Where a proxy is asked to connect to: to what has been judged, unless it looks names up itself.
    async fn target(&self, to: &Uri, proxy: &Proxy) -> Result<Target, BoxError> {
        if let Some(address) = literal(to) {
            self.bounds.judge(address)?;
            return Ok(Target::Addresses(vec![address]));
        }
        let (name, port) = (to.host().unwrap_or_default(), port(to));
        if proxy.speaks == Speaks::SocksByName {
            return Ok(Target::Name(name.to_owned(), port));
        }
        let mut addresses = self.bounds.lookup(name).await?;
        for address in addresses.iter_mut().filter(|address| address.port() == 0) {
            address.set_port(port);
        }
        Ok(Target::Addresses(addresses))
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
        let this = self.clone();
        Box::pin(async move {
            if let Some(proxy) = &this.proxy {
                let target = this.target(&to, proxy).await?;
                return Ok(proxy::connect(proxy, &target, &this.tcp).await?);
            }
            let Connector { mut tcp, bounds, .. } = this;
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
    Some(SocketAddr::new(host.parse::<IpAddr>().ok()?, port(to)))
}

fn port(to: &Uri) -> u16 {
    to.port_u16().unwrap_or(if to.scheme_str() == Some("https") { 443 } else { 80 })
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

#[cfg(test)]
mod tests {
    use std::io;
    use std::net::TcpListener;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::feed::articles::Reach;
    use crate::fetch::guard::{Network, Refused};

    /// Calls an address public so many times.
    #[derive(Debug)]
    struct Fickle(SocketAddr, AtomicUsize);

    impl Network for Fickle {
        fn lookup(&self, _: String) -> BoxFuture<'_, io::Result<Vec<SocketAddr>>> {
            Box::pin(async { Ok(vec![self.0]) })
        }

        fn is_public(&self, _: SocketAddr) -> bool {
            self.1.try_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
        }
    }

    async fn connected(uri: &str, to: SocketAddr, times: usize, reach: Reach) -> Result<(), bool> {
        let network = Arc::new(Fickle(to, AtomicUsize::new(times)));
        let mut connector = Connector::new(Bounds::new(network, reach), None);
        let connected = connector.call(uri.parse().unwrap()).await;
        let is_refusal = |error: &BoxError| {
            let first: &(dyn Error + 'static) = error.as_ref();
            let mut causes = std::iter::successors(Some(first), |error| (*error).source());
            causes.any(<dyn Error>::is::<Refused>)
        };
        connected.map(drop).map_err(|error| is_refusal(&error))
    }

    #[tokio::test]
    async fn s08_names_numbers_and_the_other_end_are_judged_one_after_the_other() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let to = listener.local_addr().unwrap();
        for uri in [format!("http://{to}/"), "http://a.example/".to_owned(), "https://a.example/".to_owned()]
        {
            assert_eq!(connected(&uri, to, 0, Reach::Public).await, Err(true));
            assert!(listener.accept().is_err(), "{uri}: nobody has connected");
            // The address that it is connected to in the end counts as well.
            assert_eq!(connected(&uri, to, 1, Reach::Public).await, Err(true));
            assert!(listener.accept().is_ok());
            assert_eq!(connected(&uri, to, 2, Reach::Public).await, Ok(()));
            assert_eq!(connected(&uri, to, 0, Reach::Anywhere).await, Ok(()));
            assert!(listener.accept().is_ok() && listener.accept().is_ok());
        }
    }

    #[test]
    fn numbers_are_told_from_names() {
        let literal = |uri: &str| literal(&uri.parse().unwrap()).map(|address| address.to_string());
        assert_eq!(literal("http://127.0.0.1/"), Some("127.0.0.1:80".to_owned()));
        assert_eq!(literal("https://[::1]/"), Some("[::1]:443".to_owned()));
        assert_eq!(literal("https://127.0.0.1:8080/"), Some("127.0.0.1:8080".to_owned()));
        assert_eq!((literal("http://a.example/"), literal("http://127.1/")), (None, None));
    }
}
