//! The parts of a feed in XML that are made of several values: links, pictures, sources, media files.

use super::super::element::Element;
use super::super::model::{About, Channel, Entry, Generator, Image, Link, Said, Source};
use super::Reader;
use crate::feed::read::{Enclosure, Person};
use crate::feed::{Field, Ns, date};
use crate::text::Text;
use crate::xml::tag;

/// What leads to the publisher's own feed or its other pages (RFC 5005), or asks it for news (`WebSub`):
/// readers are to stay with this one.
const OWN_FEED: &[&str] = &[
    "self",
    "hub",
    "first",
    "last",
    "next",
    "prev",
    "previous",
    "current",
    "next-archive",
    "prev-archive",
    "http://schemas.google.com/g/2005#feed",
    "http://schemas.google.com/g/2005#post",
];

/// What a picture of RSS has beside its address.
const IMAGE_PARTS: &[&str] = &["title", "link", "width", "height", "description"];

/// The attributes of Atom's links (RFC 4287 §4.2.7).
const LINK_ATTRIBUTES: &[&str] = &["type", "hreflang", "title", "length"];

impl Reader<'_> {
    /// A link of an item; some say something that other formats have elements for.
    pub(super) fn entry_link(&mut self, field: &Field, entry: &mut Entry, base: Option<&str>) {
        let rel = self.rel(field);
        let is_page = self.feed.attribute(field, "type").is_none_or(|kind| kind.contains("html"));
        match rel.as_str() {
            "enclosure" => self.enclosures(field, entry, base),
            "replies" if is_page && entry.comments.is_none() => {
                let href = self.feed.address(field).unwrap_or_default();
                entry.comments = Some(Said::new(self.by(field), self.address(field, &href, base)));
            }
            _ => self.link(field, &mut entry.about, base),
        }
    }

    /// What a link is for; the long form of a registered relation means the short one (RFC 4287 §4.2.7.2).
    fn rel(&self, field: &Field) -> String {
        let rel = self.feed.attribute(field, "rel").unwrap_or_default();
        registered(rel.trim()).to_owned()
    }

    /// A link: RSS has the address as text, Atom in an attribute.
    pub(super) fn link(&mut self, field: &Field, about: &mut About, base: Option<&str>) {
        let rel = self.rel(field);
        if OWN_FEED.contains(&rel.as_str()) {
            return;
        }
        let Some(href) = self.feed.address(field).filter(|_| !field.has_children) else {
            return self.lose(field);
        };
        let href = self.address(field, &href, base);
        let given =
            LINK_ATTRIBUTES.iter().filter_map(|name| Some((*name, self.feed.attribute(field, name)?)));
        let attributes = given.collect();
        // In RSS, the page is what RSS's own element says.
        let is_own = matches!(field.ns, Ns::Rss) || self.is_atom();
        let is_page = rel.is_empty() || rel == "alternate";
        if is_page && is_own && about.link.is_none() {
            about.link = Some(Link { href, rel: String::new(), attributes });
            return;
        }
        let rel = if is_page { "alternate".to_owned() } else { rel };
        about.links.push(Said::new(self.by(field), Link { href, rel, attributes }));
    }

    pub(super) fn enclosures(&mut self, field: &Field, entry: &mut Entry, base: Option<&str>) {
        let by = self.by(field);
        let found: Vec<Enclosure> =
            self.feed.enclosures(field).into_iter().filter(|e| !e.url.is_empty()).collect();
        if found.is_empty() {
            return self.lose(field);
        }
        for mut enclosure in found {
            enclosure.url = self.address(field, &enclosure.url, base);
            // RSS asks for a length, and 0 is what to say where it is not known (RSS Profile §enclosure).
            if enclosure.length.trim() == "0" {
                enclosure.length.clear();
            }
            entry.enclosures.push(Said::new(by.as_str(), enclosure));
        }
    }

    /// RSS `image`, with elements in it; RSS 1.0 has one in the channel that only names it; Atom `logo`.
    pub(super) fn image(&mut self, field: &Field, channel: &mut Channel, base: Option<&str>) {
        let source = &self.feed.source;
        let child = |name: &str| {
            let inside = field.inner.and_then(|inner| tag::child(source, inner, name))?;
            let value = Text::parse_with(source, inside, &self.feed.entities).value().trim().to_owned();
            Some(value).filter(|value| !value.is_empty())
        };
        let reference = || tag::attribute_of_any_prefix(source, field.tag, "resource");
        let text = || Some(self.feed.value_of(field).into_owned()).filter(|_| !field.has_children);
        let url = child("url").or_else(reference).or_else(text).filter(|url| !url.is_empty());
        let parts: Vec<_> = IMAGE_PARTS.iter().filter_map(|name| Some((*name, child(name)?))).collect();
        let Some(url) = url else { return self.lose(field) };
        let new = Image { url: self.address(field, &url, base), parts };
        match &channel.image {
            None => {}
            Some(said) if said.value == new || new.parts.is_empty() && said.value.url == new.url => return,
            Some(said) if said.value.parts.is_empty() && said.value.url == new.url => {}
            Some(_) => return self.lose(field),
        }
        channel.image = Some(Said::new(self.by(field), new));
    }

    pub(super) fn generator(&self, field: &Field) -> Said<Generator> {
        let attribute = |name| self.feed.attribute(field, name);
        let uri = attribute("uri").or_else(|| attribute("url")).unwrap_or_default();
        let version = attribute("version").unwrap_or_default();
        Said::new(self.by(field), Generator { name: self.feed.value_of(field).into_owned(), uri, version })
    }

    /// RSS has an address and a title; Atom the head of a feed (RFC 4287 §4.2.11).
    pub(super) fn source(&mut self, field: &Field, entry: &mut Entry, base: Option<&str>) {
        let by = self.by(field);
        if !field.has_children {
            let url = self.feed.attribute(field, "url").unwrap_or_default().trim().to_owned();
            let title = self.feed.value_of(field).into_owned();
            entry.source = Some(Said::new(by, Source { title, url, ..Source::default() }));
            return;
        }
        let Some(element) = self.element(field, None) else { return self.lose(field) };
        let mut source = Source::default();
        for part in element.elements() {
            if !source.take(part) {
                self.losses.add_part(&by, &part.tag());
            }
        }
        for address in [&mut source.url, &mut source.site] {
            *address = self.address(field, address, base);
        }
        entry.source = Some(Said::new(by, source));
    }
}

fn registered(rel: &str) -> &str {
    rel.strip_prefix("http://www.iana.org/assignments/relation/").unwrap_or(rel)
}

impl Source {
    /// Takes one of the elements in it; `false` where there is no place for it.
    fn take(&mut self, part: &Element) -> bool {
        let href = || part.attribute("href").unwrap_or_default().to_owned();
        let rel = registered(part.attribute("rel").unwrap_or("alternate"));
        match (part.name.local.as_str(), rel) {
            ("title", _) => self.title = part.value(),
            ("id", _) => self.id = part.value(),
            ("updated", _) => self.updated = date::parse(&part.value()),
            ("link", "self") => self.url = href(),
            ("link", "alternate") => self.site = href(),
            ("link", rel) => return OWN_FEED.contains(&rel),
            ("author", _) => {
                let child = |name: &str| {
                    part.elements()
                        .find(|child| child.name.local == name)
                        .map(Element::value)
                        .unwrap_or_default()
                };
                let (name, email, url) = (child("name"), child("email"), child("uri"));
                let person = Person { name, email, url, ..Person::default() };
                if person != Person::default() {
                    self.authors.push(Said::new(part.tag(), person));
                }
            }
            _ => return false,
        }
        true
    }
}
