//! From a parsed feed to plain values.

mod about;
mod encoded;
mod json;
mod parts;
mod roles;
mod texts;

use std::collections::HashSet;

use super::base::{Resolver, join};
use super::element::{Element, Node, Scope};
use super::losses::Losses;
use super::model::{About, Channel, Entry, Link, Said};
use crate::feed::{Feed, Field, Format, Item, Ns};
use crate::span::Span;
use crate::xml::tag;
use roles::Role;

/// Reads a feed. `keeps_base` is whether the target can say what relative addresses are relative to; where it
/// can not, they are written out.
pub(super) fn read(feed: &Feed, keeps_base: bool, losses: &mut Losses) -> Channel {
    let scope = Scope::new(&feed.entities);
    let mut reader = Reader { feed, scope, resolver: Resolver::new(), losses, keeps_base };
    let mut channel = if feed.format == Format::Json { reader.json() } else { reader.xml() };
    settle_languages(&mut channel, reader.losses);
    reader.losses.item = None;
    if reader.resolver.is_exhausted() {
        reader.losses.add("relative addresses: there are too many to write them out");
    }
    channel
}

struct Reader<'f> {
    feed: &'f Feed,
    scope: Scope,
    resolver: Resolver,
    losses: &'f mut Losses,
    keeps_base: bool,
}

impl Reader<'_> {
    fn xml(&mut self) -> Channel {
        let feed = self.feed;
        let mut channel = Channel { lends_authors: self.is_atom(), ..Channel::default() };
        let (mut base, mut language) = (None, None);
        for root in &feed.roots {
            self.scope.enter(&feed.source, *root);
            base = join(base.as_deref(), self.tag_attribute(*root, "xml:base").as_deref());
            language = self.tag_attribute(*root, "xml:lang").or(language);
        }
        for field in outermost(&feed.fields) {
            self.channel_field(field, &mut channel, base.as_deref());
        }
        settle(&mut channel.about, language);
        for (index, item) in feed.items.iter().enumerate() {
            self.losses.item = Some(index);
            let entry = self.entry(item, base.as_deref());
            channel.entries.push(entry);
        }
        channel.about.base = base.filter(|_| self.keeps_base);
        channel
    }

    fn channel_field(&mut self, field: &Field, channel: &mut Channel, base: Option<&str>) {
        let role = roles::of(self.feed.format, field.ns, self.feed.name(field));
        if self.is_void(role, field) || self.about(role, field, &mut channel.about, base) {
            return;
        }
        match role {
            Role::Image => self.image(field, channel, base),
            Role::Icon if channel.icon.is_none() => {
                let address = self.address(field, &self.feed.value_of(field), base);
                channel.icon = Some(Said::new(self.by(field), address));
            }
            Role::Generator if channel.generator.is_none() => channel.generator = Some(self.generator(field)),
            Role::Link => self.link(field, &mut channel.about, base),
            Role::LeftOut => {}
            // RSS 1.0 names in the channel what stands beside it.
            Role::Own if self.is_reference(field) => {}
            Role::Own if matches!(self.feed.format, Format::Rss | Format::Rdf) => {
                match self.element(field, base) {
                    Some(element) => channel.own.push(element),
                    None => self.lose(field),
                }
            }
            _ => self.surplus(field, &mut channel.about.extras, base),
        }
    }

    fn entry(&mut self, item: &Item, outer: Option<&str>) -> Entry {
        let feed = self.feed;
        let mut entry = Entry::default();
        self.scope.enter(&feed.source, item.tag);
        let own = self.tag_attribute(item.tag, "xml:base");
        let base = join(outer, own.as_deref());
        entry.about.id = feed.id(item).map(|id| Said::new("id", id));
        entry.attributes = self.scope.foreign_attributes(&feed.source, item.tag);
        for field in outermost(&item.fields) {
            self.entry_field(field, &mut entry, base.as_deref());
        }
        if entry.about.link.is_none() {
            entry.about.link = feed.link(item).map(|link| self.resolver.address(None, &link)).map(Link::to);
        }
        settle(&mut entry.about, self.tag_attribute(item.tag, "xml:lang"));
        let page = entry.about.link.as_ref();
        entry.page = page.map(|link| self.resolver.address(base.as_deref(), &link.href));
        entry.about.base = base.filter(|_| self.keeps_base && own.is_some());
        self.scope.leave();
        entry
    }

    fn entry_field(&mut self, field: &Field, entry: &mut Entry, base: Option<&str>) {
        let role = roles::of(self.feed.format, field.ns, self.feed.name(field));
        if self.is_void(role, field) || self.about(role, field, &mut entry.about, base) {
            return;
        }
        match role {
            Role::Content => self.content(field, entry, base),
            Role::Link => self.entry_link(field, entry, base),
            Role::Enclosure => self.enclosures(field, entry, base),
            Role::Comments if entry.comments.is_none() => {
                let address = self.address(field, &self.feed.value_of(field), base);
                entry.comments = Some(Said::new(self.by(field), address));
            }
            Role::Source if entry.source.is_none() => self.source(field, entry, base),
            Role::LeftOut => {}
            _ => self.surplus(field, &mut entry.about.extras, base),
        }
    }

    /// A field that there is no other place for: of another namespace it is carried over as it is.
    fn surplus(&mut self, field: &Field, extras: &mut Vec<Element>, base: Option<&str>) {
        let is_foreign = !matches!(field.ns, Ns::Rss | Ns::Atom | Ns::Atom03 | Ns::Content | Ns::Xhtml);
        match self.element(field, base).filter(|_| is_foreign) {
            Some(element) => extras.push(element),
            None => self.lose(field),
        }
    }

    fn element(&mut self, field: &Field, base: Option<&str>) -> Option<Element> {
        let mut element = self.scope.element(&self.feed.source, self.feed.whole(field))?;
        if !self.keeps_base && base.is_some() {
            self.write_out(&mut element, base);
        }
        Some(element)
    }

    /// The addresses in an element's attributes, written out.
    fn write_out(&mut self, element: &mut Element, base: Option<&str>) {
        for (name, value) in &mut element.attributes {
            if matches!(name.local.as_str(), "url" | "href" | "src" | "resource") {
                *value = self.resolver.address(base, value);
            }
        }
        for child in &mut element.children {
            if let Node::Element(child) = child {
                self.write_out(child, base);
            }
        }
    }

    /// An address in a field, written out where the target or the field itself asks for it.
    fn address(&mut self, field: &Field, address: &str, base: Option<&str>) -> String {
        let own = self.feed.attribute(field, "xml:base");
        if self.keeps_base && own.is_none() {
            return address.to_owned();
        }
        let base = join(base, own.as_deref());
        self.resolver.address(base.as_deref(), address)
    }

    fn lose(&mut self, field: &Field) {
        self.losses.add(self.by(field));
    }

    /// The name of a field as the publisher wrote it.
    fn by(&self, field: &Field) -> String {
        if self.feed.format == Format::Json {
            return self.member(field).into_owned();
        }
        format!("<{}>", tag::name(&self.feed.source, field.tag).of(&self.feed.source))
    }

    /// Whether there is nothing in a field: no text, no element, no attribute. In other namespaces an element
    /// may say something by being there (`fh:complete`).
    fn is_void(&self, role: Role, field: &Field) -> bool {
        let has_text = field.inner.is_some() && !self.feed.text(field).value().trim().is_empty();
        let is_empty = !has_text && !field.has_children && !field.tag.of(&self.feed.source).contains('=');
        is_empty && role != Role::Extra
    }

    fn is_reference(&self, field: &Field) -> bool {
        let resource = tag::attribute_of_any_prefix(&self.feed.source, field.tag, "resource");
        self.feed.format == Format::Rdf && resource.is_some() && self.feed.value_of(field).is_empty()
    }

    fn tag_attribute(&self, tag: Span, name: &str) -> Option<String> {
        let value = tag::attribute(&self.feed.source, tag, name)?.trim().to_owned();
        Some(value).filter(|value| !value.is_empty())
    }

    fn is_atom(&self) -> bool {
        matches!(self.feed.format, Format::Atom | Format::Atom03)
    }
}

/// What only shows once all fields have been read.
fn settle(about: &mut About, language: Option<String>) {
    if let Some(language) = language.filter(|_| about.language.is_none()) {
        about.language = Some(Said::new("xml:lang", language));
    }
    if about.link.is_none()
        && let Some(first) = about.links.iter().position(|link| link.value.rel == "alternate")
    {
        about.link = Some(Link { rel: String::new(), ..about.links.remove(first).value });
    }
    let Some(page) = &about.link else { return };
    about.links.retain(|link| link.value.rel != "alternate" || link.value.href != page.href);
    // There is one page of a type and language (RFC 4287 §4.1.2); any other has to do with it.
    let mut kinds = HashSet::from([page.kind()]);
    for link in about.links.iter_mut().filter(|link| link.value.rel == "alternate") {
        if !kinds.insert(link.value.kind()) {
            "related".clone_into(&mut link.value.rel);
        }
    }
}

/// Languages are tags (RFC 5646 §2.1), which some write like `en_GB`. What else there is is lost.
fn settle_languages(channel: &mut Channel, losses: &mut Losses) {
    let items = channel.entries.iter_mut().enumerate().map(|(index, entry)| (Some(index), &mut entry.about));
    for (item, about) in std::iter::once((None, &mut channel.about)).chain(items) {
        let Some(language) = &mut about.language else { continue };
        language.value = language.value.trim().replace('_', "-");
        let is_subtag =
            |part: &str| matches!(part.len(), 1..=8) && part.bytes().all(|b| b.is_ascii_alphanumeric());
        let is_tag = language.value.split('-').all(is_subtag)
            && language.value.starts_with(|c: char| c.is_ascii_alphabetic());
        if !is_tag {
            losses.item = item;
            losses.add(language.by.as_str());
            about.language = None;
        }
    }
}

/// The fields that stand in no other.
fn outermost(fields: &[Field]) -> impl Iterator<Item = &Field> {
    let mut end = 0;
    fields.iter().filter(move |field| {
        let is_nested = field.tag.start < end;
        end = end.max(field.inner.map_or(field.tag.end, |inner| inner.end));
        !is_nested
    })
}
