//! Which prefixes are bound, and to what (Namespaces in XML 1.0, §3 and §6.1).

use std::borrow::Cow;
use std::collections::HashMap;

/// Where `xml` is bound to, always.
pub const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// What `xmlns` stands for; nothing may be bound to it.
pub const XMLNS: &str = "http://www.w3.org/2000/xmlns/";

/// Up to so many bindings are looked through one by one, which is faster than hashing.
const FEW: usize = 16;

/// A namespace, by number: equal numbers are equal URIs.
pub type Uri = usize;

/// The prefixes bound at one place of a document. The default namespace is not among them: nothing that is
/// checked depends on it.
#[derive(Debug)]
pub struct Scope<'a> {
    bindings: Vec<Binding<'a>>,
    /// The innermost binding of each prefix.
    innermost: HashMap<&'a str, usize>,
    /// Numbers given to URIs, so that long ones are compared once.
    uris: HashMap<Cow<'a, str>, Uri>,
}

#[derive(Debug)]
struct Binding<'a> {
    prefix: &'a str,
    uri: Uri,
    /// The binding of the same prefix that this one hides.
    hides: Option<usize>,
}

impl<'a> Scope<'a> {
    /// The scope outside the root: only `xml` is bound.
    pub fn new() -> Self {
        let mut scope = Scope { bindings: Vec::new(), innermost: HashMap::new(), uris: HashMap::new() };
        scope.bind("xml", Cow::Borrowed(XML));
        scope
    }

    /// Binds `prefix` to `uri` until [`leave`](Self::leave).
    pub fn bind(&mut self, prefix: &'a str, uri: Cow<'a, str>) {
        let uri = self.number(uri);
        let hides = self.innermost.insert(prefix, self.bindings.len());
        self.bindings.push(Binding { prefix, uri, hides });
    }

    /// The number of a namespace, whether anything is bound to it or not.
    pub fn number(&mut self, uri: Cow<'a, str>) -> Uri {
        let next = self.uris.len();
        *self.uris.entry(uri).or_insert(next)
    }

    /// What `prefix` is bound to here.
    #[inline]
    pub fn uri(&self, prefix: &str) -> Option<Uri> {
        if self.bindings.len() > FEW {
            return self.innermost.get(prefix).map(|at| self.bindings[*at].uri);
        }
        self.bindings.iter().rev().find(|b| b.prefix == prefix).map(|b| b.uri)
    }

    /// How many bindings there are now; to come back to with [`leave`](Self::leave).
    #[inline]
    pub fn mark(&self) -> usize {
        self.bindings.len()
    }

    /// Undoes every binding made since `mark`.
    #[inline]
    pub fn leave(&mut self, mark: usize) {
        while self.bindings.len() > mark {
            let Some(last) = self.bindings.pop() else { return };
            match last.hides {
                Some(outer) => self.innermost.insert(last.prefix, outer),
                None => self.innermost.remove(last.prefix),
            };
        }
    }
}

/// Why a namespace declaration is not allowed (Namespaces in XML 1.0, §3, *Reserved Prefixes and Namespace
/// Names*, and §2.2, *No Prefix Undeclaring*). `prefix` is `None` for the default namespace.
pub fn forbidden(prefix: Option<&str>, uri: &str) -> Option<&'static str> {
    match prefix {
        Some("xmlns") => Some("the prefix xmlns is declared"),
        Some("xml") => (uri != XML).then_some("the prefix xml is bound to something else"),
        Some(_) if uri.is_empty() => Some("a prefix is bound to nothing"),
        _ if uri == XML || uri == XMLNS => Some("a reserved namespace is bound to something else"),
        _ => None,
    }
}

/// The URI that an attribute's value says: white space and references resolved (XML 1.0, §3.3.3). References
/// to entities of the document's own stay as they are.
pub fn uri(value: &str) -> Cow<'_, str> {
    if !value.contains(['&', '\t', '\n', '\r']) {
        return Cow::Borrowed(value);
    }
    let spaced = value.replace("\r\n", " ").replace(['\t', '\n', '\r'], " ");
    let read = quick_xml::escape::unescape(&spaced).map(Cow::into_owned);
    Cow::Owned(read.unwrap_or(spaced))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_bindings_hide_outer_ones_until_they_are_left() {
        for extra in [0, 40] {
            let names: Vec<String> = (0..extra).map(|i| format!("n{i}")).collect();
            let mut scope = Scope::new();
            for name in &names {
                scope.bind(name, Cow::Borrowed("urn:many"));
            }
            scope.bind("a", "urn:one".into());
            let (one, mark) = (scope.uri("a"), scope.mark());
            scope.bind("a", "urn:two".into());
            scope.bind("b", "urn:one".into());
            assert_ne!(scope.uri("a"), one);
            assert_eq!(scope.uri("b"), one);
            scope.leave(mark);
            assert_eq!((scope.uri("a"), scope.uri("b")), (one, None));
            assert!(scope.uri("xml").is_some());
        }
    }

    #[test]
    fn uris_are_read_as_attribute_values() {
        assert_eq!(uri("urn:a&amp;b&#x43;"), "urn:a&bC");
        assert_eq!(uri("urn:a\r\n\tb"), "urn:a  b");
        assert_eq!(uri("urn:&own;"), "urn:&own;");
    }
}
