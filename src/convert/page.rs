//! A feed out of a web page that has none: selectors say where its items are.

use std::borrow::Cow;
use std::collections::HashSet;

use thiserror::Error;
use url::Url;

use super::base::Resolver;
use super::losses::Losses;
use super::model::{Channel, Entry, Link, Said};
use super::prose::{Kind, Prose};
use super::{digest, rss};
use crate::feed::date;
use crate::html::build::Syntax;
use crate::html::outline::Kind as NodeKind;
use crate::html::tag::{self, Name};
use crate::html::{Html, NodeId, Selectors};

const A: Name = Name::of("a");
const BASE: Name = Name::of("base");
const HTML: Name = Name::of("html");
const META: Name = Name::of("meta");
const TIME: Name = Name::of("time");
const TITLE: Name = Name::of("title");

/// Where things are in a page. All but the items are looked for inside each item.
#[derive(Clone, Debug)]
pub struct PageSelectors {
    /// The items.
    pub item: Selectors,
    /// The title of one; without it, its first heading, or else its first link with words.
    pub title: Option<Selectors>,
    /// The link to its page; without it, the one in or around its title, or else the first.
    pub link: Option<Selectors>,
    /// When it was published: a `datetime`, or words; without it, a `time`.
    pub date: Option<Selectors>,
    /// Its text; without it, it has none.
    pub content: Option<Selectors>,
}

/// Why a page is no feed.
#[derive(Debug, Error)]
pub enum PageError {
    /// The selector of the items matches nothing.
    #[error("nothing in the page is an item by the `item` selector; the page may have changed")]
    NoItems,
    /// More elements than an outline holds.
    #[error("the page is too large to be looked into")]
    TooLarge,
}

/// Makes an RSS 2.0 feed of the page at `address`.
///
/// ```
/// use limpid::convert::page::{PageSelectors, feed_of_page};
/// use limpid::html::Selectors;
/// let item = Selectors::parse("article").unwrap();
/// let selectors = PageSelectors { item, title: None, link: None, date: None, content: None };
/// let page = "<title>News</title><article><h2><a href='/1'>One</a></h2></article>";
/// let feed = feed_of_page(page, &"https://a.example/news".parse().unwrap(), &selectors).unwrap();
/// assert!(feed.contains("<link>https://a.example/1</link>"));
/// ```
///
/// # Errors
/// Where there are no items in it.
pub fn feed_of_page(page: &str, address: &Url, selectors: &PageSelectors) -> Result<String, PageError> {
    let page = Page::read(page, address)?;
    let mut channel = page.channel(address);
    let mut seen = HashSet::new();
    let found = Found::of(&page.html, selectors);
    let entries = page.html.find(&selectors.item).into_iter().map(|item| page.entry(item, &found));
    // A page may show an item twice, as a teaser above and in the list below.
    channel.entries = entries.filter(|entry| seen.insert(name(entry))).collect();
    if channel.entries.is_empty() {
        return Err(PageError::NoItems);
    }
    Ok(rss::write(&channel, None, &mut Losses::default()))
}

/// What an entry is known by: its link, or else its words.
fn name(entry: &Entry) -> String {
    if let Some(link) = &entry.about.link {
        return link.href.clone();
    }
    let title = entry.about.title.as_ref().map(|title| title.value.text.as_str());
    digest(&[title, entry.content.as_ref().map(|content| content.value.text.as_str())])
}

/// What each of the selectors matches in the whole page.
struct Found {
    title: Option<Vec<NodeId>>,
    link: Option<Vec<NodeId>>,
    date: Option<Vec<NodeId>>,
    content: Option<Vec<NodeId>>,
}

impl Found {
    fn of(html: &Html<'_>, selectors: &PageSelectors) -> Self {
        let all = |selectors: &Option<Selectors>| selectors.as_ref().map(|selectors| html.find(selectors));
        Found {
            title: all(&selectors.title),
            link: all(&selectors.link),
            date: all(&selectors.date),
            content: all(&selectors.content),
        }
    }
}

struct Page<'p> {
    html: Html<'p>,
    base: String,
}

impl<'p> Page<'p> {
    fn read(page: &'p str, address: &Url) -> Result<Self, PageError> {
        let html = Html::new(Cow::Borrowed(page), Syntax::Html);
        if html.is_unread() {
            return Err(PageError::TooLarge);
        }
        let base = html.named(BASE).into_iter().find_map(|id| html.attr(id, "href").map(Cow::into_owned));
        let base = base.and_then(|base| address.join(&base).ok()).unwrap_or_else(|| address.clone());
        Ok(Page { html, base: base.into() })
    }

    fn channel(&self, address: &Url) -> Channel {
        let mut channel = Channel::default();
        let about = &mut channel.about;
        let title = self.html.named(TITLE).first().map(|id| self.html.words(*id));
        let title = title.filter(|title| !title.is_empty()).unwrap_or_else(|| address.as_str().to_owned());
        about.title = Some(Said::new("<title>", Prose::new(Kind::Plain, title)));
        about.link = Some(Link::to(address.as_str()));
        about.summary = self.description().map(|text| Said::new("<meta>", Prose::new(Kind::Plain, text)));
        let language = self.html.named(HTML).into_iter().find_map(|id| self.attribute(id, "lang"));
        about.language = language.map(|language| Said::new("lang", language));
        channel
    }

    fn description(&self) -> Option<String> {
        let is_one = |id: &NodeId| {
            self.attribute(*id, "name").is_some_and(|name| name.eq_ignore_ascii_case("description"))
        };
        self.html.named(META).into_iter().find(is_one).and_then(|id| self.attribute(id, "content"))
    }

    fn entry(&self, item: NodeId, found: &Found) -> Entry {
        let mut entry = Entry::default();
        let title = match &found.title {
            Some(found) => self.first_in(item, found),
            None => self
                .first(item, |id| tag::heading_rank(self.html.node(id).name).is_some())
                .or_else(|| self.first(item, |id| self.is_link(id) && !self.html.words(id).is_empty())),
        };
        let words = title.map(|id| self.html.words(id)).filter(|words| !words.is_empty());
        entry.about.title = words.map(|words| Said::new("title", Prose::new(Kind::Plain, words)));
        entry.about.link = self.link(item, title, found).map(Link::to);
        if let Some(link) = &entry.about.link {
            entry.about.id = Some(Said::new("link", link.href.clone()));
        }
        entry.about.published = self.date(item, found).map(|date| Said::new("date", date));
        let content = found.content.as_ref().map(|found| self.all_in(item, found));
        let content = content.map(|ids| self.inside(&ids)).filter(|content| !content.trim().is_empty());
        entry.content = content.map(|content| Said::new("content", Prose::new(Kind::Html, content)));
        entry
    }

    fn link(&self, item: NodeId, title: Option<NodeId>, found: &Found) -> Option<String> {
        let in_or_around = |id: NodeId| {
            let around = || self.html.outline().ancestors(id).find(|up| self.is_link(*up));
            self.first(id, |id| self.is_link(id)).or_else(around)
        };
        let link = match &found.link {
            Some(found) => self.first_in(item, found).and_then(in_or_around),
            None => title.and_then(in_or_around).or_else(|| in_or_around(item)),
        };
        let address = self.attribute(link?, "href")?;
        Some(Resolver::new().address(Some(&self.base), &address))
    }

    fn date(&self, item: NodeId, found: &Found) -> Option<jiff::Timestamp> {
        let at = match &found.date {
            Some(found) => self.first_in(item, found)?,
            None => self.first(item, |id| self.html.node(id).name == TIME)?,
        };
        let said = ["datetime", "content", "title"].into_iter().filter_map(|name| self.attribute(at, name));
        said.chain([self.html.words(at)]).find_map(|text| date::parse(&text))
    }

    /// What stands between the tags of some elements, addresses written out.
    fn inside(&self, ids: &[NodeId]) -> String {
        let text = self.html.text();
        let inside = ids.iter().map(|id| {
            let node = self.html.node(*id);
            &text[node.open.end as usize..(node.close.start as usize).max(node.open.end as usize)]
        });
        let all: String = inside.collect();
        Resolver::new().html(Some(&self.base), &all).into_owned()
    }

    fn is_link(&self, id: NodeId) -> bool {
        self.html.node(id).name == A && self.html.attr(id, "href").is_some()
    }

    /// The first element in another, itself among them, for which something holds.
    fn first(&self, item: NodeId, holds: impl Fn(NodeId) -> bool) -> Option<NodeId> {
        let elements =
            (item..self.html.node(item).next).filter(|id| self.html.node(*id).kind == NodeKind::Element);
        elements.into_iter().find(|id| holds(*id))
    }

    fn first_in(&self, item: NodeId, found: &[NodeId]) -> Option<NodeId> {
        self.all_in(item, found).first().copied()
    }

    /// Of what was found in the page, what is in an item; what is inside another of them does not count again.
    fn all_in(&self, item: NodeId, found: &[NodeId]) -> Vec<NodeId> {
        let start = found.partition_point(|id| *id < item);
        let mut end = item;
        let in_item = found[start..].iter().copied().take_while(|id| *id < self.html.node(item).next);
        let mut all = Vec::new();
        for id in in_item {
            if id >= end {
                end = self.html.node(id).next;
                all.push(id);
            }
        }
        all
    }

    fn attribute(&self, id: NodeId, name: &str) -> Option<String> {
        self.html.attr(id, name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(page: &str, css: [&str; 5]) -> Result<String, PageError> {
        let selector = |css: &str| (!css.is_empty()).then(|| Selectors::parse(css).unwrap());
        let [item, title, link, date, content] = css;
        let selectors = PageSelectors {
            item: selector(item).unwrap(),
            title: selector(title),
            link: selector(link),
            date: selector(date),
            content: selector(content),
        };
        feed_of_page(page, &"https://a.example/news/".parse().unwrap(), &selectors)
    }

    fn items(feed: &str) -> Vec<&str> {
        feed.split("<item>").skip(1).map(|item| item.split("</item>").next().unwrap()).collect()
    }

    #[test]
    fn selectors_say_where_things_are() {
        let page = r#"<html lang="en"><head><title>Quay &amp; News</title><base href="/b/">
            <meta name="Description" content="What happens"></head><body>
            <div class="x"><h3>Not this</h3><h2 class="t">One</h2><a href="more">More</a>
              <span class="d" title="2026-05-04T09:00:00Z">today</span><p>A <a href="z">z</a></p><p>B</p></div>
            <div class="x"><a href="https://b.example/2"><h2 class="t">Two</h2></a><span class="d">4 May 2026</span></div>
            <div class="x"><h2 class="t">Again</h2><a href="/b/more">One, again</a></div></body></html>"#;
        let feed = feed(page, [".x", ".t", "", ".d", "p"]).unwrap();
        assert!(
            feed.contains("<title>Quay &amp; News</title>") && feed.contains("<description>What happens")
        );
        let items = items(&feed);
        assert_eq!(items.len(), 2, "{feed}");
        assert!(items[0].contains("<link>https://a.example/b/more</link>"), "{feed}");
        assert!(
            items[0].contains("<pubDate>Mon, 4 May 2026 09:00:00")
                || items[0].contains("<pubDate>Mon, 04 May 2026 09:00:00"),
            "{feed}"
        );
        assert!(items[0].contains(r#"A <a href="https://a.example/b/z">z</a>"#), "{feed}");
        assert!(
            items[1].contains("<link>https://b.example/2</link>") && items[1].contains("May 2026 00:00:00"),
            "{feed}"
        );
    }

    #[test]
    fn without_them_what_is_usual_is_found() {
        let page = "<ul><li><a href='?id=1'>One</a> <time datetime='2026-05-04'>May</time></li><li>No link</li><li>No link</li></ul>";
        let feed = feed(page, ["li", "", "", "", ""]).unwrap();
        let items = items(&feed);
        assert!(
            items[0].contains("<title>One</title>")
                && items[0].contains("<link>https://a.example/news/?id=1</link>")
        );
        assert!(items[0].contains("<pubDate>"), "{feed}");
    }

    #[test]
    fn a_page_without_items_is_an_error() {
        assert!(feed("<p>x</p>", ["article", "", "", "", ""]).unwrap_err().to_string().contains("`item`"));
    }
}
