//! The HTML that rules write: links and paragraphs, and where they may stand. It is XHTML too.

use url::Url;

use crate::html::outline::NodeId;
use crate::html::{Html, entity, tag};

/// An address on the web: `http` or `https`, relative ones joined to `base`. Anything else (`javascript:`,
/// `data:`) is none.
pub fn web_address(address: &str, base: Option<&Url>) -> Option<Url> {
    let address = address.trim();
    let absolute = match Url::parse(address) {
        Ok(url) => Some(url),
        Err(_) if base.is_some() => base.and_then(|base| base.join(address).ok()),
        Err(_) => address.starts_with("//").then(|| Url::parse(&format!("https:{address}")).ok()).flatten(),
    };
    absolute.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// Whether an address leads to the web from a page that is on it. Relative ones do.
pub fn leads_to_web(address: &str) -> bool {
    match Url::parse(address.trim()) {
        Ok(url) => matches!(url.scheme(), "http" | "https"),
        Err(error) => error == url::ParseError::RelativeUrlWithoutBase,
    }
}

/// A link around HTML.
pub fn link(address: &str, inside: &str) -> String {
    format!("<a href=\"{}\">{inside}</a>", entity::escape_attribute(address))
}

/// An image.
pub fn image(address: &str, alt: &str) -> String {
    format!("<img src=\"{}\" alt=\"{}\"/>", entity::escape_attribute(address), entity::escape_attribute(alt))
}

/// Whether a paragraph may stand where a node stands: not inside another one, nor inside words.
pub fn takes_paragraphs(html: &Html<'_>, id: NodeId) -> bool {
    html.outline().ancestors(id).all(|up| {
        let name = html.node(up).name;
        tag::is_block(name) && name != tag::P && name != tag::PRE && tag::heading_rank(name).is_none()
    })
}

/// The nearest element of this name around a node.
pub fn ancestor(html: &Html<'_>, id: NodeId, name: tag::Name) -> Option<NodeId> {
    html.outline().ancestors(id).find(|up| html.outline().is(*up, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_web_is_linked_to() {
        let base = Url::parse("https://a.example/p/one").unwrap();
        let address = |address| web_address(address, Some(&base)).map(String::from);
        assert_eq!(address("../b?c").unwrap(), "https://a.example/b?c");
        assert_eq!(address("//b.example/c").unwrap(), "https://b.example/c");
        assert_eq!(web_address(" //b.example/c", None).unwrap().as_str(), "https://b.example/c");
        for other in ["javascript:alert(1)", " java\tscript:alert(1)", "data:text/html,x", "about:blank"] {
            assert_eq!(address(other), None);
            assert!(!leads_to_web(other), "{other}");
        }
        assert_eq!(web_address("b.png", None), None);
        assert!(leads_to_web("b.png") && leads_to_web("//b.example") && leads_to_web("HTTPS://b.example"));
    }
}
