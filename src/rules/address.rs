//! Addresses in HTML: what kind they are, and what they are relative to.

use url::Url;

use crate::html::srcset::candidates;

/// What an address begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    /// It is relative.
    None,
    /// A scheme, in lower case.
    Named(String),
    /// Something that may be a scheme to one reader and none to another.
    Doubtful,
}

/// The scheme of an address, as a browser finds it: control characters and white space around it and line ends
/// inside it do not count (WHATWG URL §4.4).
pub(super) fn scheme(address: &str) -> Scheme {
    let trimmed = address.trim_start_matches(|c: char| c <= ' ');
    let head = trimmed.split(['/', '?', '#']).next().unwrap_or_default();
    let Some((name, _)) = head.split_once(':') else {
        // A reference that is still one after references have been resolved: an entity of the feed's own.
        return if head.contains('&') { Scheme::Doubtful } else { Scheme::None };
    };
    let name: String = name.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).collect();
    let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    if is_name { Scheme::Named(name.to_ascii_lowercase()) } else { Scheme::Doubtful }
}

/// How many bytes may be added by making addresses absolute, in one feed.
const MAX_ADDED: usize = 16 << 20;

/// Makes addresses absolute, as far as there is room.
#[derive(Debug)]
pub(super) struct Absolute {
    room: usize,
}

impl Absolute {
    pub(super) fn new() -> Self {
        Absolute { room: MAX_ADDED }
    }

    /// A relative address, made absolute. `None` where it is not relative, or leads to a place in the same text.
    pub(super) fn address(&mut self, base: &Url, address: &str) -> Option<String> {
        let address = address.trim();
        if address.is_empty() || address.starts_with('#') || scheme(address) != Scheme::None {
            return None;
        }
        let absolute = String::from(base.join(address).ok()?);
        self.room = self.room.checked_sub(absolute.len().saturating_sub(address.len()))?;
        Some(absolute)
    }

    /// A `srcset` with its addresses made absolute; `None` where none of them is relative.
    pub(super) fn srcset(&mut self, base: &Url, srcset: &str) -> Option<String> {
        let mut is_changed = false;
        let each = candidates(srcset).into_iter().map(|(address, descriptor)| {
            let absolute = self.address(base, address);
            is_changed |= absolute.is_some();
            let address = absolute.unwrap_or_else(|| address.to_owned());
            if descriptor.is_empty() { address } else { format!("{address} {descriptor}") }
        });
        let all = each.collect::<Vec<_>>().join(", ");
        is_changed.then_some(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schemes_as_browsers_find_them() {
        let named = |name: &str| Scheme::Named(name.to_owned());
        assert_eq!(scheme("https://a.example/"), named("https"));
        assert_eq!(scheme(" \u{1}Java\nScript:alert(1)"), named("javascript"));
        assert_eq!(scheme("/a:b"), Scheme::None);
        assert_eq!(scheme("a?b:c"), Scheme::None);
        assert_eq!(scheme("//a.example:80/"), Scheme::None);
        assert_eq!(scheme("&bad;alert(1)"), Scheme::Doubtful);
        assert_eq!(scheme("java\u{0}script:alert(1)"), Scheme::Doubtful);
    }
}
