//! The feed of a page: the page is one, or links to some, or there is one where there usually is.

use url::Url;

use super::plan::shown;
use super::survey::body;
use crate::config::{Origin, Source, as_title};
use crate::decode::charset;
use crate::feed::Feed;
use crate::feed::articles::Reach;
use crate::feed::sniff::{Looks, sniff};
use crate::fetch::{FetchError, Fetcher, Headers, reading};
use crate::html::build::Syntax;
use crate::html::{Html, tag};

/// How much of a page is looked at for links, in bytes: they stand in its head.
const HEAD: usize = 512 << 10;

/// How many links of a page are feeds at most.
const MAX_LINKS: usize = 50;

/// Where feeds usually are where no page links to them.
const USUAL: [&str; 5] = ["/feed", "/rss", "/atom.xml", "/index.xml", "/feed.json"];

/// Media types that are feeds when a page links to them. `application/json` is not: of most sites that is something else.
const TYPES: [&str; 8] = [
    "application/rss+xml",
    "application/atom+xml",
    "application/feed+json",
    "application/rdf+xml",
    "application/xml",
    "text/xml",
    "application/x-rss+xml",
    "application/x-atom+xml",
];

/// A feed that a page links to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where it is.
    pub address: Url,
    /// What the page calls it; empty where it does not.
    pub title: String,
}

/// What was found.
#[derive(Debug)]
pub struct Discovery {
    /// Where the feed is.
    pub address: Url,
    /// The feed.
    pub feed: Feed,
    /// The feeds that the page links to; none where the address is that of the feed.
    pub links: Vec<Link>,
}

/// Finds the feed of a page. `wanted` is which of several, from 1.
///
/// # Errors
/// Why there is none, in a sentence.
pub async fn discover(
    fetcher: &Fetcher,
    start: &Url,
    reach: Reach,
    wanted: Option<usize>,
) -> Result<Discovery, String> {
    let (body, headers, moved) = body(fetcher, start, reach).await.map_err(|error| sentence(&error))?;
    let at = headers.address.clone().unwrap_or_else(|| start.clone());
    let page = page(&body, &headers);
    let Some(page) = page else {
        let feed = read(body, &headers, start).map_err(|error| error.to_string())?;
        return Ok(Discovery { address: moved.unwrap_or_else(|| start.clone()), feed, links: Vec::new() });
    };
    let links = links(&page, &at);
    if links.is_empty() {
        return usual(fetcher, &at, reach).await;
    }
    let index = chosen(&links, wanted)?;
    let address = links[index].address.clone();
    let feed = feed(fetcher, &address, reach).await;
    let feed = feed.map_err(|error| format!("of {}: {}", shown(address.as_str()), sentence(&error)))?;
    Ok(Discovery { address, feed, links })
}

/// The text of a web page; `None` where the body is something else.
fn page(body: &[u8], headers: &Headers) -> Option<String> {
    let text = charset::decode(body.to_vec(), headers.charset.as_deref(), None).ok()?.text;
    (sniff(&text) == Looks::Html).then_some(text)
}

async fn feed(fetcher: &Fetcher, address: &Url, reach: Reach) -> Result<Feed, FetchError> {
    let (body, headers, _) = body(fetcher, address, reach).await?;
    read(body, &headers, address)
}

fn read(body: Vec<u8>, headers: &Headers, address: &Url) -> Result<Feed, FetchError> {
    reading::read(body, headers, &Origin::plain(Source::Url(address.clone())))
}

/// The first of the usual places that has a feed.
async fn usual(fetcher: &Fetcher, at: &Url, reach: Reach) -> Result<Discovery, String> {
    for place in USUAL {
        let Ok(address) = at.join(place) else { continue };
        if let Ok(feed) = feed(fetcher, &address, reach).await {
            return Ok(Discovery { address, feed, links: Vec::new() });
        }
    }
    Err(format!("the page links to no feed, and there is none at {}", USUAL.join(", ")))
}

/// Which of several feeds: the one that is wanted, or the first that is not of comments.
fn chosen(links: &[Link], wanted: Option<usize>) -> Result<usize, String> {
    match wanted {
        None => Ok(links.iter().position(|link| !link.is_of_comments()).unwrap_or(0)),
        Some(number) if (1..=links.len()).contains(&number) => Ok(number - 1),
        Some(number) => Err(format!("there is no feed {number}: the page links to {}", links.len())),
    }
}

impl Link {
    fn is_of_comments(&self) -> bool {
        let title = self.title.to_lowercase();
        let is_called_so = ["comment", "komment", "coment"].iter().any(|word| title.contains(word));
        is_called_so || self.address.path().split('/').any(|part| part == "comments")
    }
}

/// The feeds that a page links to (WHATWG HTML §4.6.7.1), relative to its `<base>`.
pub fn links(page: &str, at: &Url) -> Vec<Link> {
    let end = page.floor_char_boundary(HEAD.min(page.len()));
    let html = Html::new(page[..end].into(), Syntax::Html);
    let based = html.named(tag::BASE).into_iter().find_map(|id| html.attr(id, "href"));
    let base = based.and_then(|base| at.join(base.trim()).ok()).unwrap_or_else(|| at.clone());
    let mut links: Vec<Link> = Vec::new();
    for id in html.named(tag::LINK) {
        let attr = |name| html.attr(id, name).unwrap_or_default();
        let (rel, media, href) = (attr("rel"), attr("type").to_ascii_lowercase(), attr("href"));
        let is_alternate = rel.split_ascii_whitespace().any(|word| word.eq_ignore_ascii_case("alternate"));
        let media = media.split(';').next().unwrap_or_default().trim();
        let address = base.join(href.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let Some(address) = address.filter(|_| is_alternate && TYPES.contains(&media) && !href.is_empty())
        else {
            continue;
        };
        if links.len() < MAX_LINKS && links.iter().all(|link| link.address != address) {
            links.push(Link { address, title: as_title(&attr("title")).unwrap_or_default() });
        }
    }
    links
}

/// An error, with what to do about it here.
fn sentence(error: &FetchError) -> String {
    match error {
        FetchError::Refused => {
            "the address is not one that limpid connects to; --allow-private gives leave for \
                                this machine and its network"
                .to_owned()
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_links_to_its_feeds() {
        let page = "<!doctype html><head><base href='/blog/'>\
            <link rel=stylesheet href=a.css><link REL='nofollow Alternate' type='application/rss+xml; charset=utf-8' \
            href='comments/feed' title='Blog &raquo; Comments Feed'>\
            <LINK rel=alternate type=application/atom+xml href=' ../atom.xml?a=1&amp;b=2 '>\
            <link rel=alternate type=application/atom+xml href='../atom.xml?a=1&amp;b=2'>\
            <link rel=alternate type=application/json href=/wp-json/><link rel=alternate hreflang=de href=/de/>\
            <link rel=alternate type=text/xml href='javascript:alert(1)'><!-- <link rel=alternate \
            type=application/rss+xml href=/no> --></head>";
        let links = links(page, &Url::parse("https://a.example/x/y").unwrap());
        let found: Vec<(&str, &str)> =
            links.iter().map(|link| (link.address.as_str(), link.title.as_str())).collect();
        let expected = [
            ("https://a.example/blog/comments/feed", "Blog » Comments Feed"),
            ("https://a.example/atom.xml?a=1&b=2", ""),
        ];
        assert_eq!(found, expected);
        assert_eq!((chosen(&links, None), chosen(&links, Some(1))), (Ok(1), Ok(0)));
        assert!(chosen(&links, Some(3)).is_err() && chosen(&links, Some(0)).is_err());
        assert_eq!(chosen(&links[..1], None), Ok(0), "of comments alone, those");
    }
}
