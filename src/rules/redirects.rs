//! Links that lead through somebody who counts, and carry in themselves where they lead to.

use url::Url;

/// How many such links may stand one in another. A link with more is left as it is.
const MAX_NESTED: usize = 4;

/// Where a link keeps the address that it leads to.
enum Target {
    /// In one of these parameters of its query.
    In(&'static [&'static str]),
    /// In the whole of its query.
    Query,
    /// In what follows in its path: `s/` for https, then host and path.
    Path,
}

/// A host (all below it too where it begins with a dot), the beginning of a path, and where the target stands.
type Redirect = (&'static str, &'static str, Target);

const REDIRECTS: &[Redirect] = &[
    ("google.*", "/url", Target::In(&["url", "q"])),
    ("google.*", "/amp/", Target::Path),
    ("l.facebook.com", "/l.php", Target::In(&["u"])),
    ("lm.facebook.com", "/l.php", Target::In(&["u"])),
    ("facebook.com", "/l.php", Target::In(&["u"])),
    ("facebook.com", "/flx/warn/", Target::In(&["u"])),
    ("l.messenger.com", "/l.php", Target::In(&["u"])),
    ("l.instagram.com", "/", Target::In(&["u"])),
    ("l.threads.com", "/", Target::In(&["u"])),
    ("l.threads.net", "/", Target::In(&["u"])),
    ("out.reddit.com", "/", Target::In(&["url"])),
    ("href.li", "/", Target::Query),
    ("anonym.to", "/", Target::Query),
    ("dereferer.me", "/", Target::Query),
    ("nullrefer.com", "/", Target::Query),
    ("deviantart.com", "/users/outgoing", Target::Query),
    ("t.umblr.com", "/redirect", Target::In(&["z"])),
    ("tumblr.com", "/redirect", Target::In(&["z"])),
    ("vk.com", "/away.php", Target::In(&["to"])),
    ("m.vk.com", "/away.php", Target::In(&["to"])),
    ("away.vk.com", "/away.php", Target::In(&["to"])),
    ("steamcommunity.com", "/linkfilter", Target::In(&["u", "url"])),
    ("youtube.com", "/redirect", Target::In(&["q"])),
    ("m.youtube.com", "/redirect", Target::In(&["q"])),
    ("slack-redir.net", "/link", Target::In(&["url"])),
    ("substack.com", "/redirect", Target::In(&["url", "u"])),
    (".substack.com", "/redirect", Target::In(&["url", "u"])),
    ("cdn.ampproject.org", "/c/", Target::Path),
    (".cdn.ampproject.org", "/c/", Target::Path),
    ("cdn.ampproject.org", "/v/", Target::Path),
    (".cdn.ampproject.org", "/v/", Target::Path),
    (".safelinks.protection.outlook.com", "/", Target::In(&["url"])),
    ("duckduckgo.com", "/l/", Target::In(&["uddg"])),
    (".doubleclick.net", "/", Target::In(&["adurl"])),
    ("googleadservices.com", "/pagead/aclk", Target::In(&["adurl"])),
    ("exit.sc", "/", Target::In(&["url"])),
    ("gate.sc", "/", Target::In(&["url"])),
    ("medium.com", "/r/", Target::In(&["url"])),
    ("linkedin.com", "/redir/redirect", Target::In(&["url"])),
    ("linkedin.com", "/safety/go", Target::In(&["url"])),
    ("link.zhihu.com", "/", Target::In(&["target"])),
    ("link.csdn.net", "/", Target::In(&["target"])),
    ("link.juejin.cn", "/", Target::In(&["target"])),
];

/// Where a link leads in the end; `None` where it leads to where it points, or does not say where in the end.
pub(super) fn unwrapped(link: &str) -> Option<String> {
    let mut last = target(link)?;
    for _ in 0..MAX_NESTED {
        match target(&last) {
            Some(next) => last = next,
            None => return Some(last),
        }
    }
    None
}

/// Where one such link leads to: always to a page of the web.
fn target(link: &str) -> Option<String> {
    // Most links are none of these, and need not be read in full to know that.
    if !link.contains('?') && !link.contains("amp") {
        return None;
    }
    let url = Url::parse(link.trim()).ok().filter(is_web)?;
    let host = url.host_str()?;
    let host = host.strip_prefix("www.").unwrap_or(host);
    let known = REDIRECTS.iter().filter(|(at, path, _)| is_of(host, at) && begins(url.path(), path));
    known.into_iter().find_map(|(_, path, target)| match target {
        Target::In(names) => in_query(&url, names),
        Target::Query => page(&percent_decoded(url.query()?)),
        Target::Path => in_path(&url, path),
    })
}

fn is_web(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

fn is_of(host: &str, known: &str) -> bool {
    if let Some(name) = known.strip_suffix('*') {
        // `google.de`, `google.co.uk`, but not `google.a.example`.
        let rest = host.strip_prefix(name);
        return rest.is_some_and(|rest| rest.split('.').count() <= 2 && rest.len() <= "com.au".len());
    }
    if known.starts_with('.') { host.ends_with(known) } else { host == known }
}

/// Whether a path begins so, with a whole name at the end.
fn begins(path: &str, with: &str) -> bool {
    let Some(rest) = path.strip_prefix(with) else { return false };
    rest.is_empty() || with.ends_with('/') || rest.starts_with('/')
}

/// The target in the first of the parameters that holds one.
fn in_query(url: &Url, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| {
        let value = url.query_pairs().find(|(key, _)| key.trim_start_matches("amp;") == *name)?.1;
        page(&value)
    })
}

/// The target in a path: `/c/s/b.example/page` is `https://b.example/page`.
fn in_path(url: &Url, prefix: &str) -> Option<String> {
    let rest = url.path().strip_prefix(prefix)?;
    let (scheme, rest) = rest.strip_prefix("s/").map_or(("http", rest), |rest| ("https", rest));
    // Without a dot it is some other path.
    let host = rest.split('/').next().filter(|host| host.contains('.'))?;
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let fragment = url.fragment().map(|fragment| format!("#{fragment}")).unwrap_or_default();
    page(&format!("{scheme}://{host}{}{query}{fragment}", &rest[host.len()..]))
}

/// A page of the web: as it is written where that is plain, or else as browsers would write it.
fn page(address: &str) -> Option<String> {
    let url = Url::parse(address).ok().filter(is_web)?;
    let is_plain = address.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'<' | b'>' | b'\\'));
    Some(if is_plain { address.to_owned() } else { url.into() })
}

/// An address whose own special characters may be escaped.
fn percent_decoded(text: &str) -> String {
    if text.contains("://") {
        return text.to_owned();
    }
    // A query of one name without a value decodes as a form does, but for `+`.
    let escaped = text.replace('+', "%2B");
    url::form_urlencoded::parse(escaped.as_bytes())
        .next()
        .map(|(name, _)| name.into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_link_carries_in_itself() {
        let page = Some("https://b.example/x?a=1&b=%20#top".to_owned());
        let escaped = "https%3A%2F%2Fb.example%2Fx%3Fa%3D1%26b%3D%2520%23top";
        for before in [
            "https://www.google.com/url?sa=t&q=",
            "http://google.co.uk/url?url=",
            "https://l.facebook.com/l.php?u=",
            "https://out.reddit.com/t3_1?app_name=x&url=",
            "https://href.li/?",
            "https://t.umblr.com/redirect?z=",
            "https://vk.com/away.php?to=",
            "https://steamcommunity.com/linkfilter/?url=",
            "https://www.youtube.com/redirect?event=x&q=",
            "https://slack-redir.net/link?url=",
            "https://substack.com/redirect?u=",
            "https://nam02.safelinks.protection.outlook.com/?url=",
            "https://duckduckgo.com/l/?uddg=",
            "https://ad.doubleclick.net/ddm/clk/1;2?adurl=",
        ] {
            assert_eq!(unwrapped(&format!("{before}{escaped}")), page, "{before}");
        }
        assert_eq!(
            unwrapped("https://href.li/?https://b.example/x?a=1&b=%20#top").as_deref(),
            Some("https://b.example/x?a=1&b=%20")
        );
    }

    #[test]
    fn amp_keeps_host_and_path() {
        let page = Some("https://b.example/p/x?a=1".to_owned());
        assert_eq!(unwrapped("https://b-example.cdn.ampproject.org/c/s/b.example/p/x?a=1"), page);
        assert_eq!(unwrapped("https://www.google.com/amp/s/b.example/p/x?a=1"), page);
        assert_eq!(
            unwrapped("https://cdn.ampproject.org/c/b.example/").as_deref(),
            Some("http://b.example/")
        );
        assert_eq!(unwrapped("https://cdn.ampproject.org/v0.js"), None);
    }

    #[test]
    fn what_leads_elsewhere_stays() {
        for link in [
            "https://google.a.example/url?q=https%3A%2F%2Fb.example%2F",
            "https://www.google.com/search?q=https%3A%2F%2Fb.example%2F",
            "https://www.google.com/url?q=javascript%3Aalert(1)",
            "https://www.google.com/url?q=data%3Atext%2Fhtml%2Cx",
            "https://l.facebook.com/l.php?h=1",
            "https://a.example/?url=https%3A%2F%2Fb.example%2F",
            "https://substack.com/redirect/2/eyJlIjoiaHR0cHM6Ly9iLmV4YW1wbGUvIn0",
            "/url?q=https%3A%2F%2Fb.example%2F",
            "https://www.youtube.com/redirectory?q=https%3A%2F%2Fb.example%2F",
        ] {
            assert_eq!(unwrapped(link), None, "{link}");
        }
    }

    #[test]
    fn one_in_another_but_not_without_an_end() {
        let wrap = |link: &str| {
            let escaped: String = url::form_urlencoded::byte_serialize(link.as_bytes()).collect();
            format!("https://www.google.com/url?q={escaped}")
        };
        let two = wrap(&wrap("https://b.example/"));
        assert_eq!(unwrapped(&two).as_deref(), Some("https://b.example/"));
        let five = wrap(&wrap(&wrap(&two)));
        assert_eq!(unwrapped(&five), None);
    }
}
