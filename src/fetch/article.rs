//! From the bytes of an item's page to its article.

use std::borrow::Cow;
use std::collections::HashMap;

use ammonia::{Builder, UrlRelative};
use dom_smoothie::{Config, Readability};
use thiserror::Error;
use url::Url;

use super::Headers;
use crate::decode::charset::{CharsetError, decode};
use crate::feed::articles::Wanted;
use crate::html::build::Syntax;
use crate::html::outline::{Kind, NodeId};
use crate::html::srcset::candidates;
use crate::html::{Html, Outline, Selectors};

/// The most bytes of a page that is looked into, and of an article.
pub const MAX_PAGE: usize = 4 << 20;

/// How deep elements may stand in each other: real pages stay under 100, and what builds trees of them may
/// recurse.
const MAX_DEPTH: usize = 256;

/// Why there is no article.
#[derive(Debug, Error)]
pub enum ArticleError {
    /// A picture, a PDF, a feed.
    #[error("it is {0}, not a web page")]
    NotHtml(String),
    /// No text.
    #[error(transparent)]
    Charset(#[from] CharsetError),
    /// Too many elements, or too deep.
    #[error("its elements are too many, or stand too deep in each other")]
    TooDeep,
    /// The selector matches nothing, or nothing reads like an article.
    #[error("nothing in it is the article")]
    Nothing,
}

/// Takes the article out of a page: what the selector names, or what reads like one. What is left is safe to show
/// (no scripts, handlers, frames or forms), and its addresses are absolute.
///
/// # Errors
/// Where there is no article in it, in words that go on from "its page was not read:".
pub fn extract(body: Vec<u8>, headers: &Headers, wanted: &Wanted) -> Result<String, ArticleError> {
    let is_html = |media_type: &String| media_type.contains("html");
    if let Some(other) = headers.media_type.as_ref().filter(|media_type| !is_html(media_type)) {
        return Err(ArticleError::NotHtml(other.clone()));
    }
    let page = decode(body, headers.charset.as_deref(), None)?.text;
    let outline = Outline::build(&page, Syntax::Html);
    if outline.is_empty() || depth(&outline) > MAX_DEPTH {
        return Err(ArticleError::TooDeep);
    }
    let address = headers.address.clone().or_else(|| Url::parse(&wanted.address).ok());
    let article = match &wanted.selector {
        Some(selector) => selected(&page, selector),
        None => readable(&page, address.as_ref()),
    };
    let article = article.map(|article| without(article, wanted.without.as_deref()));
    let clean = article.map(|article| safe(&article, address.as_ref())).ok_or(ArticleError::Nothing)?;
    let says_something = |html: &str| {
        let html = Html::new(Cow::Borrowed(html), Syntax::Html);
        html.outline().live().any(|id| html.node(id).kind == Kind::Element || !html.is_blank(id))
    };
    if says_something(&clean) { Ok(clean) } else { Err(ArticleError::Nothing) }
}

/// How deep elements stand in each other.
fn depth(outline: &Outline) -> usize {
    let mut open: Vec<NodeId> = Vec::new();
    let mut deepest = 0;
    for id in outline.live() {
        while open.pop_if(|end| *end <= id).is_some() {}
        if outline.node(id).kind == Kind::Element {
            open.push(outline.node(id).next);
            deepest = deepest.max(open.len());
        }
    }
    deepest
}

/// The elements that a selector names, without those in each other.
fn selected(page: &str, selector: &str) -> Option<String> {
    let html = Html::new(Cow::Borrowed(page), Syntax::Html);
    let mut end = 0;
    let mut outermost = html.find(&Selectors::parse(selector).ok()?);
    outermost.retain(|id| {
        *id >= end && {
            end = html.node(*id).next;
            true
        }
    });
    (!outermost.is_empty()).then(|| html.extract(&outermost))
}

fn readable(page: &str, address: Option<&Url>) -> Option<String> {
    let config = Config { disable_json_ld: true, ..Config::default() };
    let mut reading = Readability::new(page, address.map(Url::as_str), Some(config)).ok()?;
    reading.parse().ok().map(|article| article.content.to_string())
}

fn without(article: String, selector: Option<&str>) -> String {
    let Some(selector) = selector.and_then(|css| Selectors::parse(css).ok()) else { return article };
    let mut html = Html::new(Cow::Owned(article), Syntax::Html);
    for id in html.find(&selector) {
        html.remove(id);
    }
    html.marked_text().into_owned()
}

/// HTML that does nothing but show, with absolute addresses.
fn safe(article: &str, address: Option<&Url>) -> String {
    let media = ["picture", "source", "audio", "video", "track"];
    let attributes = HashMap::from([
        ("img", ["srcset", "sizes"].as_slice()),
        ("source", &["src", "srcset", "sizes", "type", "media"]),
        ("audio", &["src", "controls"]),
        ("video", &["src", "controls", "poster", "width", "height"]),
        ("track", &["src", "kind", "srclang", "label"]),
    ]);
    let mut builder = Builder::default();
    builder.add_tags(media).link_rel(None);
    for (tag, names) in attributes {
        builder.add_tag_attributes(tag, names);
    }
    if let Some(base) = address.cloned() {
        builder.url_relative(UrlRelative::RewriteWithBase(base.clone()));
        builder.attribute_filter(move |_, name, value| match name {
            "srcset" => Some(Cow::Owned(absolute_srcset(value, &base))),
            _ => Some(Cow::Borrowed(value)),
        });
    }
    builder.clean(article).to_string().trim().to_owned()
}

fn absolute_srcset(srcset: &str, base: &Url) -> String {
    let each = candidates(srcset).into_iter().filter_map(|(address, descriptor)| {
        let address = base.join(address).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
        Some(format!("{address} {descriptor}").trim().to_owned())
    });
    each.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::articles::{Login, Reach};

    fn extracted(page: &str, selector: Option<&str>, without: Option<&str>) -> Result<String, String> {
        let wanted = Wanted {
            address: "https://a.example/post/1".into(),
            selector: selector.map(Into::into),
            without: without.map(Into::into),
            version: 0,
            reach: Reach::Public,
            login: Login::NOBODY,
        };
        extract(page.as_bytes().to_vec(), &Headers::default(), &wanted).map_err(|error| error.to_string())
    }

    #[test]
    fn what_a_selector_names_is_safe_and_absolute() {
        let page = "<html><body><nav>Menu</nav><article onclick='x()'><p>One <a href='/two'>two</a></p><script>x()</script>\
                    <img src='a.png' srcset='a.png 1x, /b.png 2x'><p class=ad>Buy</p><iframe src='https://x.example/'></iframe>\
                    </article></body></html>";
        let expected = "<article><p>One <a href=\"https://a.example/two\">two</a></p>\
                        <img src=\"https://a.example/post/a.png\" srcset=\"https://a.example/post/a.png 1x, https://a.example/b.png 2x\"></article>";
        assert_eq!(extracted(page, Some("article"), Some(".ad")), Ok(expected.to_owned()));
        assert_eq!(extracted(page, Some("main"), None), Err("nothing in it is the article".to_owned()));
    }

    #[test]
    fn what_reads_like_an_article_is_found() {
        let words =
            "The keeper wound the clock each night, and wrote the hour in the book, however rough the sea. "
                .repeat(12);
        let page = format!(
            "<html><head><title>Clock</title></head><body><nav><a href='/'>Home</a><a href='/about'>About</a></nav>\
             <main><h1>Clock</h1><div class='post'><p>{words}</p><p>{words}</p></div></main><footer>All rights</footer></body></html>"
        );
        let article = extracted(&page, None, None).expect("there is one");
        assert!(article.contains("The keeper wound") && !article.contains("All rights"), "{article}");
    }

    #[test]
    fn hostile_pages_are_refused() {
        let deep = "<div>".repeat(90_000);
        assert!(extracted(&deep, None, None).is_err_and(|why| why.contains("too deep")));
        let many = "<p>x".repeat(120_000);
        assert!(extracted(&many, None, None).is_err_and(|why| why.contains("too many")));
        let pdf = Headers { media_type: Some("application/pdf".into()), ..Headers::default() };
        let wanted = Wanted {
            address: "https://a.example/".into(),
            selector: None,
            without: None,
            version: 0,
            reach: Reach::Public,
            login: Login::NOBODY,
        };
        let error = extract(b"%PDF".to_vec(), &pdf, &wanted).expect_err("it is no page");
        assert_eq!(error.to_string(), "it is application/pdf, not a web page");
    }
}
