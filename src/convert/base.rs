//! Relative addresses, and what they are relative to (XML Base; RFC 3986 §5).

use std::borrow::Cow;

use url::Url;

use crate::html::Html;
use crate::html::build::Syntax;
use crate::html::srcset::candidates;

/// The longest `xml:base` that is taken for one, in bytes. It is written in front of every relative address.
const MAX_BASE: usize = 1024;

/// How many bytes may be added by writing relative addresses out, in one feed.
const MAX_ADDED: usize = 16 << 20;

/// Attributes of HTML that hold an address.
const ADDRESSES: &[&str] =
    &["href", "src", "poster", "cite", "action", "formaction", "data", "background", "longdesc"];

/// What `inner` makes of an `outer` base. Relative ones one inside the other do not add up without an end.
pub(super) fn join(outer: Option<&str>, inner: Option<&str>) -> Option<String> {
    let inner = inner.map(str::trim).filter(|inner| !inner.is_empty() && inner.len() <= MAX_BASE);
    let Some(inner) = inner else { return outer.map(str::to_owned) };
    let joined = outer.and_then(|outer| Url::parse(outer).ok()?.join(inner).ok());
    match joined {
        Some(joined) if joined.as_str().len() > MAX_BASE => outer.map(str::to_owned),
        joined => Some(joined.map_or_else(|| inner.to_owned(), String::from)),
    }
}

/// Writes relative addresses out, as far as there is room.
#[derive(Debug)]
pub(super) struct Resolver {
    room: usize,
}

impl Resolver {
    pub fn new() -> Self {
        Resolver { room: MAX_ADDED }
    }

    /// Whether there was no room for all of them.
    pub fn is_exhausted(&self) -> bool {
        self.room == 0
    }

    /// An address, written out. Absolute ones stay byte for byte.
    pub fn address(&mut self, base: Option<&str>, address: &str) -> String {
        let base = base.and_then(|base| Url::parse(base).ok());
        base.and_then(|base| self.resolve(&base, address)).unwrap_or_else(|| address.to_owned())
    }

    /// `None` where it is absolute, or stays for another reason. What leads to a place in the same text does:
    /// a reader of feeds can go there.
    fn resolve(&mut self, base: &Url, address: &str) -> Option<String> {
        let address = address.trim();
        if address.is_empty() || address.starts_with('#') || Url::parse(address).is_ok() {
            return None;
        }
        let resolved = String::from(base.join(address).ok()?);
        let added = resolved.len().saturating_sub(address.len());
        if added > self.room {
            self.room = 0;
            return None;
        }
        self.room -= added;
        Some(resolved)
    }

    /// HTML with its addresses written out; every other byte of it stays.
    pub fn html<'t>(&mut self, base: Option<&str>, text: &'t str) -> Cow<'t, str> {
        let Some(base) = base.and_then(|base| Url::parse(base).ok()).filter(|_| text.contains('<')) else {
            return Cow::Borrowed(text);
        };
        let mut html = Html::new(Cow::Borrowed(text), Syntax::Html);
        let elements: Vec<_> = html.outline().live().collect();
        for id in elements {
            for (_, key) in html.attr_keys(id) {
                self.attribute(&mut html, id, &key, &base);
            }
        }
        Cow::Owned(html.marked_text().into_owned())
    }

    fn attribute(&mut self, html: &mut Html<'_>, id: crate::html::NodeId, key: &str, base: &Url) {
        if key == "srcset" || key == "imagesrcset" {
            let resolved = html.attr(id, key).and_then(|set| self.srcset(base, &set));
            if let Some(set) = resolved {
                html.set_attr(id, if key == "srcset" { "srcset" } else { "imagesrcset" }, &set);
            }
            return;
        }
        let Some(name) = ADDRESSES.iter().find(|name| **name == key) else { return };
        if let Some(address) = html.attr(id, name).and_then(|address| self.resolve(base, &address)) {
            html.set_attr(id, name, &address);
        }
    }

    /// The candidates of a `srcset`, written out. `None` where all of them are already.
    fn srcset(&mut self, base: &Url, set: &str) -> Option<String> {
        let mut changed = false;
        let all = candidates(set).into_iter().map(|(address, descriptor)| {
            let resolved = self.resolve(base, address);
            changed |= resolved.is_some();
            let space = if descriptor.is_empty() { "" } else { " " };
            format!("{}{space}{descriptor}", resolved.as_deref().unwrap_or(address))
        });
        let out = all.collect::<Vec<_>>().join(", ");
        changed.then_some(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: Option<&str> = Some("https://a.example/log/");

    #[test]
    fn bases_join() {
        assert_eq!(join(BASE, Some("../2026/")).unwrap(), "https://a.example/2026/");
        assert_eq!(join(BASE, None).unwrap(), "https://a.example/log/");
        assert_eq!(join(None, Some("/log/")).unwrap(), "/log/");
        assert_eq!(join(BASE, Some("https://b.example/")).unwrap(), "https://b.example/");
    }

    #[test]
    fn addresses_in_html_are_written_out() {
        let html = |text| Resolver::new().html(BASE, text).into_owned();
        assert_eq!(
            html("<a href=tide?a=1&amp;b=2 class=x>Tide</a><img alt=''  src='/i.png'>"),
            "<a href=\"https://a.example/log/tide?a=1&amp;b=2\" class=x>Tide</a><img alt=''  src=\"https://a.example/i.png\">"
        );
        assert_eq!(
            html("<img srcset='a,1.png 1x, https://b.example/b.png 2x'>"),
            "<img srcset=\"https://a.example/log/a,1.png 1x, https://b.example/b.png 2x\">"
        );
        let absolute = "<a href='#note'>1</a> <a href=mailto:desk@a.example>2</a> <a>3</a>";
        assert_eq!(html(absolute), absolute);
    }

    #[test]
    fn there_is_only_so_much_room() {
        let mut resolver = Resolver { room: 30 };
        assert_eq!(resolver.address(BASE, "a"), "https://a.example/log/a");
        assert_eq!(resolver.address(BASE, "b"), "b");
        assert!(resolver.is_exhausted());
    }
}
