//! Hosts whose feeds anyone may ask for.

use toml::Spanned;
use url::{Host, Url};

use super::problem::Problem;

/// A list of hosts.
#[derive(Clone, Debug, Default)]
pub struct Hosts(Vec<Allowed>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Allowed {
    /// This one.
    Only(Host),
    /// Every subdomain of this one.
    Below(String),
}

impl Hosts {
    /// Whether an address is of one of them, on whatever port.
    pub fn has(&self, url: &Url) -> bool {
        let host = url.host();
        self.0.iter().any(|allowed| match (allowed, &host) {
            (Allowed::Only(only), Some(host)) => *host == as_str(only),
            (Allowed::Below(domain), Some(Host::Domain(name))) => {
                name.strip_suffix(domain.as_str()).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
            }
            _ => false,
        })
    }

    /// Reads a list of hosts. They are kept as addresses have them: in lower case, as Punycode.
    pub(super) fn read(written: &[Spanned<String>], problems: &mut Vec<Problem>) -> Self {
        let each = written.iter().filter_map(|host| {
            let read = Allowed::parse(host.get_ref());
            read.map_err(|message| problems.push(Problem::new(message, host.span()).help(EXAMPLE))).ok()
        });
        Hosts(each.collect())
    }
}

fn as_str(host: &Host) -> Host<&str> {
    match host {
        Host::Domain(name) => Host::Domain(name),
        Host::Ipv4(address) => Host::Ipv4(*address),
        Host::Ipv6(address) => Host::Ipv6(*address),
    }
}

/// How hosts are written, for advice.
const EXAMPLE: &str = "hosts = [\"blog.example.com\", \"*.example.org\"]";

impl Allowed {
    fn parse(text: &str) -> Result<Self, String> {
        let below = text.strip_prefix("*.");
        let rest = below.unwrap_or(text);
        if rest.contains('*') {
            return Err(format!("`{text}` is not a host: `*.` stands before one, and nowhere else"));
        }
        match (Host::parse(rest), below) {
            (Ok(Host::Domain(name)), Some(_)) => Ok(Allowed::Below(name)),
            (Ok(_), Some(_)) => Err(format!("`{text}` is not a host: nothing is below an IP address")),
            (Ok(host), None) => Ok(Allowed::Only(host)),
            (Err(_), _) => {
                Err(format!("`{text}` is not a host: expected its name alone, without scheme, port or path"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(written: &[&str]) -> Hosts {
        Hosts(written.iter().map(|host| Allowed::parse(host).unwrap()).collect())
    }

    #[test]
    fn only_those_that_are_listed() {
        let all = hosts(&["Blog.example.com", "*.example.org", "bücher.example", "127.0.0.1", "[::1]"]);
        let has = |address: &str| all.has(&Url::parse(address).unwrap());
        for address in [
            "http://blog.example.com/feed",
            "https://BLOG.example.com:8443/",
            "https://a.example.org/",
            "https://a.b.example.org/",
            "https://xn--bcher-kva.example/",
            "http://127.0.0.1:9/",
            "http://2130706433/",
            "http://[::1]/",
        ] {
            assert!(has(address), "{address}");
        }
        for address in [
            "http://example.org/",
            "http://.example.org/",
            "http://badexample.org/",
            "http://blog.example.com.evil.example/",
            "http://blog.example.com@evil.example/",
            "http://a.blog.example.com/",
            "http://127.0.0.2/",
            "http://[::2]/",
            "data:text/plain,blog.example.com",
        ] {
            assert!(!has(address), "{address}");
        }
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for text in
            ["", "*", "*.", "a.*.b", "https://a.example", "a.example/x", "a.example:80", "u@a.example"]
        {
            assert!(Allowed::parse(text).is_err(), "{text}");
        }
        assert!(Allowed::parse("*.10.0.0.1").is_err());
    }
}
