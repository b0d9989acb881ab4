//! Where limpid may connect: an address as it is written, every address that a name stands for, and the one at
//! the other end of a connection are judged, for each redirect anew.
//!
//! A name is looked up once for a connection, all that comes of it is judged, and it is one of these addresses
//! that is connected to: there is no second look-up that could come to something else.

use std::fmt::Debug;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use thiserror::Error;
use tracing::debug;
use url::{Host, Url};

use super::FetchError;
use super::addresses::is_public;
use crate::feed::articles::Reach;

/// What names stand for, and which addresses are public. Tests have a small internet of their own.
pub trait Network: Debug + Send + Sync {
    /// Every address that a name stands for; the port is that of the request where it is 0.
    ///
    /// # Errors
    /// Where there is none, or nobody can be asked.
    fn lookup(&self, name: String) -> BoxFuture<'_, io::Result<Vec<SocketAddr>>>;

    /// Whether an address means the same host to everybody.
    fn is_public(&self, address: SocketAddr) -> bool {
        is_public(address.ip())
    }
}

/// The internet, by the system's resolver.
#[derive(Clone, Copy, Debug)]
pub struct Internet;

impl Network for Internet {
    fn lookup(&self, name: String) -> BoxFuture<'_, io::Result<Vec<SocketAddr>>> {
        Box::pin(async move { Ok(tokio::net::lookup_host((name, 0)).await?.collect()) })
    }
}

/// An address that must not be connected to. Which one it was is for the log alone: a stranger would learn from
/// it what names stand for in here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("not an address to connect to")]
pub struct Refused;

impl From<Refused> for FetchError {
    fn from(_: Refused) -> Self {
        FetchError::Refused
    }
}

/// A network, and how far a feed may reach into it.
#[derive(Clone, Debug)]
pub struct Bounds {
    network: Arc<dyn Network>,
    reach: Reach,
}

impl Bounds {
    /// These bounds.
    pub fn new(network: Arc<dyn Network>, reach: Reach) -> Self {
        Bounds { network, reach }
    }

    /// The same network without bounds.
    #[must_use]
    pub fn anywhere(&self) -> Self {
        Bounds { reach: Reach::Anywhere, ..self.clone() }
    }

    /// Judges an address as it is written. The `url` crate has read it the way browsers do, so that decimal, octal
    /// and short numbers, digits of other scripts, soft hyphens and escapes are gone; hyper would not.
    ///
    /// # Errors
    /// Where it must not be asked: for every feed another scheme than http and https, and user names, which would
    /// be sent to whoever wrote them; and what is not public, for those that may not connect to it.
    pub fn judge_url(&self, url: &Url) -> Result<(), Refused> {
        let is_plain = url.username().is_empty() && url.password().is_none();
        let is_http = matches!(url.scheme(), "http" | "https");
        let (Some(host), Some(port), true, true) =
            (url.host(), url.port_or_known_default(), is_plain, is_http)
        else {
            debug!(origin = url.origin().ascii_serialization(), "refused for its scheme or user name");
            return Err(Refused);
        };
        match host {
            Host::Domain(name) => self.judge_name(name),
            Host::Ipv4(address) => self.judge(SocketAddr::from((address, port))),
            Host::Ipv6(address) => self.judge(SocketAddr::from((address, port))),
        }
    }

    /// Names of the machine itself need no look-up (RFC 6761 §6.3).
    fn judge_name(&self, name: &str) -> Result<(), Refused> {
        let bare = name.strip_suffix('.').unwrap_or(name);
        let is_own = bare.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case("localhost"));
        if self.reach == Reach::Public && is_own {
            debug!(name, "refused: it names this machine");
            return Err(Refused);
        }
        Ok(())
    }

    /// Judges an address.
    ///
    /// # Errors
    /// Where it must not be connected to.
    pub fn judge(&self, address: SocketAddr) -> Result<(), Refused> {
        if self.reach == Reach::Public && !self.network.is_public(address) {
            debug!(%address, "refused: it is not public");
            return Err(Refused);
        }
        Ok(())
    }

    /// What a name stands for. One address that is not public is one too many: the next connection could be to
    /// that one.
    ///
    /// # Errors
    /// Where it stands for nothing, or must not be connected to.
    pub async fn lookup(
        &self,
        name: &str,
    ) -> Result<Vec<SocketAddr>, Box<dyn std::error::Error + Send + Sync>> {
        self.judge_name(name)?;
        let addresses = self.network.lookup(name.to_owned()).await?;
        addresses.iter().try_for_each(|address| self.judge(*address))?;
        Ok(addresses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(address: &str, reach: Reach) -> Result<(), Refused> {
        Bounds::new(Arc::new(Internet), reach).judge_url(&Url::parse(address).unwrap())
    }

    #[test]
    fn s07_metadata_in_every_form() {
        for host in [
            "169.254.169.254",
            "2852039166",
            "0xa9fea9fe",
            "0251.0376.0251.0376",
            "0xa9.0xfe.43518",
            "169.254.43518",
            "①⑥⑨.②⑤④.①⑥⑨.②⑤④",
            "169。254。169。254",
            "169.254.169.254.",
            "169.254.170.2",
            "100.100.100.200",
            "192.0.0.192",
            "168.63.129.16",
            "[fd00:ec2::254]",
            "[fd20:ce::254]",
            "[::ffff:169.254.169.254]",
            "[::169.254.169.254]",
            "[64:ff9b::169.254.169.254]",
            "[64:ff9b:1::a9fe:a9fe]",
            "[2002:a9fe:a9fe::]",
        ] {
            for scheme in ["http", "https"] {
                let address = format!("{scheme}://{host}/latest/meta-data/");
                assert_eq!(judged(&address, Reach::Public), Err(Refused), "{address}");
                assert_eq!(judged(&address, Reach::Anywhere), Ok(()), "{address}");
            }
        }
    }

    #[test]
    fn s10_s12_user_names_and_other_schemes_are_for_nobody() {
        for reach in [Reach::Public, Reach::Anywhere] {
            for address in
                ["http://user@a.example/", "https://:password@a.example/", "ftp://a.example/", "data:,x"]
            {
                assert_eq!(judged(address, reach), Err(Refused), "{address}");
            }
        }
    }

    /// Public addresses are asked whatever the port, and names are judged when they are looked up.
    #[test]
    fn what_is_public_is_allowed() {
        for address in [
            "https://9.255.255.255/feed",
            "http://1.0.0.0:8080/",
            "http://[2003::1]:22/",
            "https://[64:ff9b::8.8.8.8]/",
            "https://a.example:8443/",
            "http://single-label/",
            "http://localhost.example/",
            "http://notlocalhost/",
        ] {
            assert_eq!(judged(address, Reach::Public), Ok(()), "{address}");
        }
    }
}
