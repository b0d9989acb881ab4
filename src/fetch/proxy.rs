//! Connections through a proxy.
//!
//! A proxy is handed the address that was judged, not the name: it would look that up anew, in its own network, and
//! nobody could say to what it then connects. For http it is asked to `CONNECT` as well, not to fetch: so it is the
//! checked address that is asked, and what the request carries is not for the proxy to read into its log or keep.

use std::error::Error;
use std::fmt;
use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::Uri;
use hyper::header::HeaderValue;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::rt::TokioIo;
use thiserror::Error;
use tokio::net::TcpStream;
use tower_service::Service;

use super::connect::{BoxError, Resolver};
use crate::config::{Proxy, Speaks};

/// The proxy can not be reached, or does not let limpid through.
#[derive(Debug, Error)]
#[error("the proxy did not connect")]
pub struct NotThrough(#[source] BoxError);

/// Where a proxy is asked to connect to.
#[derive(Clone, Debug)]
pub enum Target {
    /// Addresses that have been judged, of which any will do.
    Addresses(Vec<SocketAddr>),
    /// A name that only the proxy looks up.
    Name(String, u16),
}

/// Connects through a proxy; `tcp` connects to the proxy itself, wherever that is.
pub async fn connect(
    proxy: &Proxy,
    target: &Target,
    tcp: &HttpConnector<Resolver>,
) -> Result<TokioIo<TcpStream>, NotThrough> {
    let each: Vec<String> = match target {
        Target::Addresses(addresses) => addresses.iter().map(ToString::to_string).collect(),
        Target::Name(name, port) => vec![format!("{name}:{port}")],
    };
    let mut last: BoxError = Box::new(NoAddress);
    for authority in each {
        match tunnel(proxy, &authority, tcp.clone()).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(NotThrough(last))
}

async fn tunnel(
    proxy: &Proxy,
    authority: &str,
    tcp: HttpConnector<Resolver>,
) -> Result<TokioIo<TcpStream>, BoxError> {
    // The port is always named: without one, both would take 443.
    let to: Uri = format!("http://{authority}/").parse()?;
    let login = proxy.login.as_ref();
    if proxy.speaks == Speaks::Http {
        let mut tunnel = Tunnel::new(proxy.at.clone(), tcp);
        if let Some((user, password)) = login {
            let both = STANDARD.encode([user.as_bytes(), b":", password.bytes()].concat());
            tunnel = tunnel.with_auth(HeaderValue::from_str(&format!("Basic {both}"))?);
        }
        return Ok(tunnel.call(to).await?);
    }
    let mut socks = SocksV5::new(proxy.at.clone(), tcp);
    if let Some((user, password)) = login {
        socks = socks.with_auth(user.clone(), String::from_utf8_lossy(password.bytes()).into_owned());
    }
    Ok(socks.call(to).await?)
}

/// A name that stands for nothing.
#[derive(Debug)]
struct NoAddress;

impl fmt::Display for NoAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of the publisher stands for no address")
    }
}

impl Error for NoAddress {}
