//! The namespaces limpid looks into. Elements are matched by namespace, never by prefix: a feed may bind
//! any prefix it likes (Namespaces in XML 1.0, §2.1).

/// A namespace that fields come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ns {
    /// No namespace: RSS's own elements.
    None,
    /// Atom 1.0.
    Atom,
    /// RSS 1.0 *content* module: `content:encoded`.
    Content,
    /// Dublin Core elements: `dc:creator`, `dc:date`, `dc:subject`.
    DublinCore,
    /// Any other.
    Other,
}

impl Ns {
    /// The namespace a name resolves to. White space around a URI is forgiven.
    pub fn of(uri: &str) -> Ns {
        match uri.trim() {
            // RSS 2.0 has no namespace (§ Extending RSS); some feeds give it one of its old homes all the same.
            "" | "http://backend.userland.com/rss2" | "http://blogs.law.harvard.edu/tech/rss" => Ns::None,
            "http://www.w3.org/2005/Atom" => Ns::Atom,
            "http://purl.org/rss/1.0/modules/content/" => Ns::Content,
            "http://purl.org/dc/elements/1.1/" => Ns::DublinCore,
            _ => Ns::Other,
        }
    }
}
