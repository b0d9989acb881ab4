//! The namespaces limpid looks into. Elements are matched by namespace, never by prefix: a feed may bind
//! any prefix it likes (Namespaces in XML 1.0, §2.1).

/// A namespace that fields come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ns {
    /// RSS's own elements: no namespace, or one of those that versions of RSS have had.
    Rss,
    /// Atom 1.0 (RFC 4287).
    Atom,
    /// Atom 0.3.
    Atom03,
    /// RDF, which RSS 0.90 and 1.0 are written in.
    Rdf,
    /// RSS 1.0 *content* module: `content:encoded`.
    Content,
    /// Dublin Core elements: `dc:creator`, `dc:date`, `dc:subject`.
    DublinCore,
    /// Dublin Core terms: `dcterms:issued`, `dcterms:modified`.
    DcTerms,
    /// Apple's podcast elements.
    Itunes,
    /// Media RSS.
    Media,
    /// RSS 1.0 *Syndication* module: `sy:updatePeriod`.
    Syndication,
    /// XHTML.
    Xhtml,
    /// Any other.
    Other,
}

impl Ns {
    /// The namespace a name resolves to. White space around a URI and the case of a host are forgiven.
    pub fn of(uri: &str) -> Ns {
        match uri.trim() {
            // RSS 2.0 has no namespace (§ Extending RSS); some feeds give it one of its old homes all the same.
            ""
            | "http://blogs.law.harvard.edu/tech/rss"
            | "http://cyber.law.harvard.edu/rss/"
            | "http://my.netscape.com/rdf/simple/0.9/"
            | "http://channel.netscape.com/rdf/simple/0.9/"
            | "http://my.netscape.com/publish/formats/rss-0.91.dtd"
            | "http://purl.org/rss/1.0/" => Ns::Rss,
            "http://www.w3.org/2005/Atom" => Ns::Atom,
            // Atom 0.3, and the names it had while it was being made.
            "http://purl.org/atom/ns#"
            | "http://purl.org/atom/"
            | "http://purl.org/echo/"
            | "http://purl.org/pie/"
            | "http://example.com/necho"
            | "http://example.com/newformat#" => Ns::Atom03,
            "http://www.w3.org/1999/02/22-rdf-syntax-ns#" => Ns::Rdf,
            "http://purl.org/rss/1.0/modules/content/" => Ns::Content,
            "http://purl.org/dc/elements/1.1/" | "http://purl.org/dc/elements/1.0/" => Ns::DublinCore,
            "http://purl.org/dc/terms/" => Ns::DcTerms,
            "http://purl.org/rss/1.0/modules/syndication/" => Ns::Syndication,
            "http://search.yahoo.com/mrss/" | "http://search.yahoo.com/mrss" => Ns::Media,
            "http://www.w3.org/1999/xhtml" => Ns::Xhtml,
            other if is_itunes(other) => Ns::Itunes,
            other if is_userland(other) => Ns::Rss,
            _ => Ns::Other,
        }
    }
}

/// RSS's old home gave it a namespace for each version: `http://backend.userland.com/rss2`.
fn is_userland(uri: &str) -> bool {
    const HOME: &str = "http://backend.userland.com/rss";
    uri.get(..HOME.len()).is_some_and(|start| start.eq_ignore_ascii_case(HOME))
}

/// Apple's namespace is written in every case there is.
fn is_itunes(uri: &str) -> bool {
    uri.eq_ignore_ascii_case("http://www.itunes.com/dtds/podcast-1.0.dtd")
        || uri.eq_ignore_ascii_case("http://www.itunes.com/dtds/podcast-1.0.dtd/")
}

/// The prefixes that feeds use, and forget to declare, with what they stand for.
pub const PREFIXES: &[(&str, &str)] = &[
    ("a10", "http://www.w3.org/2005/Atom"),
    ("admin", "http://webns.net/mvcb/"),
    ("app", "http://www.w3.org/2007/app"),
    ("atom", "http://www.w3.org/2005/Atom"),
    ("atom10", "http://www.w3.org/2005/Atom"),
    ("cc", "http://web.resource.org/cc/"),
    ("content", "http://purl.org/rss/1.0/modules/content/"),
    ("creativeCommons", "http://backend.userland.com/creativeCommonsRssModule"),
    ("dc", "http://purl.org/dc/elements/1.1/"),
    ("dcterms", "http://purl.org/dc/terms/"),
    ("enc", "http://purl.oclc.org/net/rss_2.0/enc#"),
    ("feedburner", "http://rssnamespace.org/feedburner/ext/1.0"),
    ("foaf", "http://xmlns.com/foaf/0.1/"),
    ("gd", "http://schemas.google.com/g/2005"),
    ("geo", "http://www.w3.org/2003/01/geo/wgs84_pos#"),
    ("georss", "http://www.georss.org/georss"),
    ("gml", "http://www.opengis.net/gml"),
    ("googleplay", "http://www.google.com/schemas/play-podcasts/1.0"),
    ("itunes", "http://www.itunes.com/dtds/podcast-1.0.dtd"),
    ("media", "http://search.yahoo.com/mrss/"),
    ("openSearch", "http://a9.com/-/spec/opensearchrss/1.0/"),
    ("opensearch", "http://a9.com/-/spec/opensearch/1.1/"),
    ("pingback", "http://madskills.com/public/xml/rss/module/pingback/"),
    ("podcast", "https://podcastindex.org/namespace/1.0"),
    ("psc", "http://podlove.org/simple-chapters"),
    ("rawvoice", "https://blubrry.com/developer/rawvoice-rss/"),
    ("rdf", "http://www.w3.org/1999/02/22-rdf-syntax-ns#"),
    ("slash", "http://purl.org/rss/1.0/modules/slash/"),
    ("spotify", "https://www.spotify.com/ns/rss"),
    ("sy", "http://purl.org/rss/1.0/modules/syndication/"),
    ("taxo", "http://purl.org/rss/1.0/modules/taxonomy/"),
    ("thr", "http://purl.org/syndication/thread/1.0"),
    ("trackback", "http://madskills.com/public/xml/rss/module/trackback/"),
    ("wfw", "http://wellformedweb.org/CommentAPI/"),
    ("xhtml", "http://www.w3.org/1999/xhtml"),
    ("xlink", "http://www.w3.org/1999/xlink"),
    ("xsi", "http://www.w3.org/2001/XMLSchema-instance"),
    ("yt", "http://www.youtube.com/xml/schemas/2015"),
];
