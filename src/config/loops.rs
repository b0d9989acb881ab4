//! Sources that are limpid itself.

use std::net::SocketAddr;
use std::ops::Range;

use url::{Host, Url};

use super::problem::Problem;
use super::{Server, Source};

/// What is wrong with a source that leads back here, as far as its address tells. Others are known by their requests.
pub(super) fn problem(source: &Source, span: &Range<usize>, server: &Server) -> Option<Problem> {
    let Source::Url(url) = source else { return None };
    if !is_own(url, server) {
        return None;
    }
    let help = "a feed can be made of another one: source = \"feed:NAME\"";
    Some(Problem::new("this source is limpid itself", span.clone()).help(help))
}

/// Whether an address is limpid's own, as far as it tells.
pub fn is_own(url: &Url, server: &Server) -> bool {
    let is_public = server.public_url.as_deref().is_some_and(|public| is_below(url, public));
    is_public || is_at(url, server.listen)
}

/// Whether an address is the one limpid is reached by, or further down.
fn is_below(url: &Url, public: &str) -> bool {
    let Ok(public) = Url::parse(public) else { return false };
    let rest = url.path().strip_prefix(public.path().trim_end_matches('/'));
    url.origin() == public.origin() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether an address is where limpid listens. Where that is every address of the machine, those of the machine
/// itself are the ones that can be told.
fn is_at(url: &Url, listen: SocketAddr) -> bool {
    let own = listen.ip();
    let is_any = own.is_unspecified();
    let is_host = match url.host() {
        Some(Host::Ipv4(host)) => own == host || (is_any && (host.is_loopback() || host.is_unspecified())),
        Some(Host::Ipv6(host)) => own == host || (is_any && (host.is_loopback() || host.is_unspecified())),
        Some(Host::Domain(name)) => {
            name.trim_end_matches('.') == "localhost" && (is_any || own.is_loopback())
        }
        None => false,
    };
    is_host && url.port_or_known_default() == Some(listen.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leads_back(source: &str, listen: &str, public_url: Option<&str>) -> bool {
        let (listen, public_url) = (listen.parse().unwrap(), public_url.map(Into::into));
        let server = Server { listen, public_url, max_connections: 1, tls: None };
        problem(&Source::parse(source).unwrap(), &(0..0), &server).is_some()
    }

    #[test]
    fn s16_a_source_that_is_limpid_is_told_by_its_address() {
        for own in ["http://127.0.0.1:8080/feeds/a", "http://2130706433:8080/", "http://localhost.:8080/x"] {
            assert!(
                leads_back(own, "127.0.0.1:8080", None) && leads_back(own, "0.0.0.0:8080", None),
                "{own}"
            );
            assert!(!leads_back(own, "127.0.0.1:8081", None), "{own}");
        }
        assert!(
            leads_back("http://[::1]:80/", "[::]:80", None) && leads_back("http://[::1]/", "[::1]:80", None)
        );
        let public = Some("https://feeds.example.org/limpid");
        for own in ["https://feeds.example.org/limpid/feeds/a", "https://FEEDS.example.org:443/limpid"] {
            assert!(leads_back(own, "127.0.0.1:8080", public), "{own}");
        }
        for other in [
            "https://feeds.example.org/blog",
            "https://feeds.example.org/limpidity",
            "http://feeds.example.org/limpid/",
        ] {
            assert!(!leads_back(other, "127.0.0.1:8080", public), "{other}");
        }
    }
}
