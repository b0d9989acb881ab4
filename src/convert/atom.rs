//! Writing Atom 1.0 (RFC 4287).

use jiff::Timestamp;

use super::base::Resolver;
use super::element::Element;
use super::losses::Losses;
use super::model::{About, Channel, Entry, Link, Said, Source};
use super::prose::{Kind, Prose};
use super::said::Extras;
use super::xml::Xml;
use super::{digest, ids};
use crate::feed::Ns;
use crate::feed::read::{Enclosure, Person};

/// How many authors are looked through for one of the same name. No real item has as many.
const MAX_TWINS: usize = 32;

const NAMESPACE: &str = "http://www.w3.org/2005/Atom";

/// Writes a feed.
pub(super) fn write(channel: &Channel, address: Option<&str>, losses: &mut Losses) -> String {
    let about = &channel.about;
    let root: Vec<(&str, &str)> = language_and_base(about);
    let mut atom = Atom { xml: Xml::new("feed", NAMESPACE, &root), losses };
    atom.feed(channel, address);
    for (index, (entry, id)) in channel.entries.iter().zip(ids::of(channel)).enumerate() {
        atom.losses.item = Some(index);
        atom.entry(entry, &id);
    }
    atom.xml.finish("feed")
}

struct Atom<'l> {
    xml: Xml,
    losses: &'l mut Losses,
}

impl Atom<'_> {
    fn feed(&mut self, channel: &Channel, address: Option<&str>) {
        let about = &channel.about;
        self.text("title", about.title.as_ref(), true);
        self.text("subtitle", about.summary.as_ref(), false);
        self.xml.text("id", &[], &feed_id(about));
        if let Some(address) = address {
            self.xml.empty("link", &[("rel", "self"), ("type", "application/atom+xml"), ("href", address)]);
        }
        self.links(about);
        self.feed_dates(channel);
        self.feed_authors(channel);
        self.people("contributor", &about.contributors);
        self.categories(about);
        self.text("rights", about.rights.as_ref(), false);
        self.feed_parts(channel);
        for own in &channel.own {
            self.losses.add(own.tag());
        }
        self.extras(about);
    }

    /// A feed has one date: when it last changed. Where it does not say, that is when its newest entry did.
    fn feed_dates(&mut self, channel: &Channel) {
        let about = &channel.about;
        let own = about.updated.as_ref().or(about.published.as_ref()).map(|date| date.value);
        let of =
            |entry: &Entry| entry.about.updated.as_ref().or(entry.about.published.as_ref()).map(|d| d.value);
        match own.or_else(|| channel.entries.iter().filter_map(of).max()) {
            Some(date) => self.xml.text("updated", &[], &date.to_string()),
            None => self.losses.add("no date: Atom asks for one"),
        }
        if let (Some(published), Some(updated)) = (&about.published, &about.updated)
            && published.value != updated.value
        {
            self.losses.add(published.by.as_str());
        }
    }

    /// Elements of other namespaces, but for Apple's name of an author where that is said already.
    fn extras(&mut self, about: &About) {
        let podcast = Extras::new(&about.extras).author().filter(|_| about.authors.is_empty());
        let known = about.authors.iter().take(MAX_TWINS).map(|author| author.value.name.as_str());
        let known: Vec<&str> = known.chain(podcast.as_deref()).collect();
        let is_said =
            |extra: &&Element| extra.is(Ns::Itunes, "author") && known.contains(&extra.value().as_str());
        for extra in about.extras.iter().filter(|extra| !is_said(extra)) {
            self.xml.element(extra);
        }
    }

    /// Those it names; podcasts name theirs in Apple's element. `false` where there is nobody.
    fn authors(&mut self, about: &About) -> bool {
        self.people("author", &about.authors);
        let podcast = Extras::new(&about.extras).author().filter(|_| about.authors.is_empty());
        let is_podcast = podcast.is_some();
        if let Some(name) = podcast {
            self.person("author", &Person { name, ..Person::default() });
        }
        is_podcast || !about.authors.is_empty()
    }

    /// A feed has to name an author unless all of its entries do (RFC 4287 §4.1.1).
    fn feed_authors(&mut self, channel: &Channel) {
        let names_nobody =
            |entry: &Entry| entry.authors().is_empty() && Extras::new(&entry.about.extras).author().is_none();
        let is_needed = channel.entries.is_empty() || channel.entries.iter().any(names_nobody);
        if !self.authors(&channel.about) && is_needed {
            self.losses.add("no author: Atom asks for one");
        }
    }

    fn feed_parts(&mut self, channel: &Channel) {
        if let Some(generator) = &channel.generator {
            let said = &generator.value;
            let attributes = [("uri", said.uri.as_str()), ("version", said.version.as_str())];
            let attributes: Vec<_> = attributes.into_iter().filter(|(_, value)| !value.is_empty()).collect();
            self.xml.text("generator", &attributes, &said.name);
        }
        if let Some(icon) = &channel.icon {
            self.xml.text("icon", &[], &icon.value);
        }
        let Some(image) = &channel.image else { return };
        self.xml.text("logo", &[], &image.value.url);
        for (part, value) in &image.value.parts {
            let is_said = match *part {
                "title" => channel.about.title.as_ref().is_some_and(|title| title.value.to_line() == *value),
                "link" => channel.about.link.as_ref().is_some_and(|link| link.href == *value),
                _ => false,
            };
            if !is_said {
                self.losses.add_part(&image.by, &format!("<{part}>"));
            }
        }
    }

    fn entry(&mut self, entry: &Entry, id: &str) {
        let about = &entry.about;
        let foreign = self.xml.attributes(&entry.attributes);
        let mut attributes = language_and_base(about);
        attributes.extend(foreign.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        self.xml.open("entry", &attributes);
        self.text("title", about.title.as_ref(), true);
        self.xml.text("id", &[], id);
        self.links(about);
        if let Some(comments) = &entry.comments {
            self.xml.empty("link", &[("rel", "replies"), ("type", "text/html"), ("href", &comments.value)]);
        }
        for enclosure in &entry.enclosures {
            self.enclosure(enclosure);
        }
        self.entry_dates(about);
        self.authors(about);
        self.people("contributor", &about.contributors);
        self.categories(about);
        self.text("rights", about.rights.as_ref(), false);
        if let Some(source) = &entry.source {
            self.source(&source.value);
        }
        self.texts(entry);
        self.entry_extras(entry);
        self.xml.close("entry");
    }

    /// An entry has to say when it last changed; where it does not, that is when it was published. The date of
    /// the feed is no date of its entries: it is another one with each fetch.
    fn entry_dates(&mut self, about: &About) {
        if let Some(published) = &about.published {
            self.xml.text("published", &[], &published.value.to_string());
        }
        match about.updated.as_ref().or(about.published.as_ref()) {
            Some(date) => self.xml.text("updated", &[], &date.value.to_string()),
            None => self.losses.add("no date: Atom asks for one"),
        }
    }

    /// The only text of an item is all of it, unless it says that it is a summary. An entry without a page has
    /// to have content (RFC 4287 §4.1.2), which then is the summary too.
    fn texts(&mut self, entry: &Entry) {
        let summary = entry.about.summary.as_ref();
        let is_description =
            summary.is_some_and(|said| said.by.to_ascii_lowercase().ends_with("description>"));
        let podcast = Extras::new(&entry.about.extras).summary().filter(|_| entry.content.is_none());
        let podcast = podcast.map(|summary| Said::new("", summary));
        let (summary, needs_content) = (summary.or(podcast.as_ref()), entry.about.link.is_none());
        if entry.content.is_none() && (is_description || needs_content) {
            return self.text("content", summary, needs_content);
        }
        self.text("summary", summary, false);
        self.text("content", entry.content.as_ref(), false);
    }

    fn entry_extras(&mut self, entry: &Entry) {
        if let Some(duration) = entry.duration(self.losses) {
            let name = self.xml.known("itunes", "duration");
            self.xml.text(&name, &[], &duration);
        }
        self.extras(&entry.about);
    }

    /// A text construct (RFC 4287 §3.1); an empty one where it has to be there. Where lines matter it is HTML:
    /// readers may join those of text.
    fn text(&mut self, name: &str, said: Option<&Said<Prose>>, is_needed: bool) {
        match said.map(|said| &said.value) {
            Some(prose) => {
                let base = prose.base.as_deref().map(|base| ("xml:base", base));
                let has_lines = prose.kind == Kind::Lines && prose.text.trim().contains('\n');
                if prose.kind == Kind::Html || has_lines {
                    let attributes: Vec<_> = base.into_iter().chain([("type", "html")]).collect();
                    self.xml.html(name, &attributes, &prose.to_html());
                } else {
                    self.xml.text(name, &[], &prose.text);
                }
            }
            None if is_needed => self.xml.empty(name, &[]),
            None => {}
        }
    }

    fn links(&mut self, about: &About) {
        for link in about.link.iter().chain(about.links.iter().map(|link| &link.value)) {
            let Link { href, rel, attributes } = link;
            let rel = if rel.is_empty() { "alternate" } else { rel };
            let mut all = vec![("rel", rel), ("href", href.as_str())];
            all.extend(attributes.iter().map(|(name, value)| (*name, value.as_str())));
            self.xml.empty("link", &all);
        }
    }

    fn enclosure(&mut self, enclosure: &Said<Enclosure>) {
        let Enclosure { url, media_type, title, .. } = &enclosure.value;
        let length = enclosure.size(self.losses).map(|size| size.to_string()).unwrap_or_default();
        let all = [("href", url), ("type", media_type), ("length", &length), ("title", title)];
        let given = all.into_iter().filter(|(_, value)| !value.is_empty());
        let given = given.map(|(name, value)| (name, value.as_str()));
        let attributes: Vec<(&str, &str)> = std::iter::once(("rel", "enclosure")).chain(given).collect();
        self.xml.empty("link", &attributes);
    }

    fn people(&mut self, name: &str, people: &[Said<Person>]) {
        for person in people {
            self.person(name, &person.value);
            if !person.value.avatar.is_empty() {
                self.losses.add_part(&person.by, "avatar");
            }
        }
    }

    /// A person construct (RFC 4287 §3.2), which has to have a name.
    fn person(&mut self, name: &str, person: &Person) {
        let Person { name: shown, email, url, .. } = person;
        let shown = [shown, email, url].into_iter().find(|text| !text.is_empty());
        self.xml.open(name, &[]);
        self.xml.text("name", &[], shown.map_or("", String::as_str));
        for (part, value) in [("uri", url), ("email", email)] {
            if !value.is_empty() {
                self.xml.text(part, &[], value);
            }
        }
        self.xml.close(name);
    }

    fn categories(&mut self, about: &About) {
        for category in &about.categories {
            let term = &category.value;
            let all = [("term", &term.term), ("scheme", &term.scheme), ("label", &term.label)];
            let given = all.into_iter().filter(|(_, value)| !value.is_empty());
            let attributes: Vec<(&str, &str)> = given.map(|(name, value)| (name, value.as_str())).collect();
            self.xml.empty("category", &attributes);
        }
    }

    fn source(&mut self, source: &Source) {
        let Source { title, url, site, id, updated, authors } = source;
        self.xml.open("source", &[]);
        self.xml.text("title", &[], title);
        if !id.is_empty() {
            self.xml.text("id", &[], id);
        }
        for (rel, href) in [("self", url), ("alternate", site)] {
            if !href.is_empty() {
                self.xml.empty("link", &[("rel", rel), ("href", href)]);
            }
        }
        if let Some(updated) = updated {
            self.xml.text("updated", &[], &Timestamp::to_string(updated));
        }
        for author in authors {
            self.person("author", &author.value);
        }
        self.xml.close("source");
    }
}

fn language_and_base(about: &About) -> Vec<(&str, &str)> {
    let language = about.language.as_ref().map(|language| ("xml:lang", language.value.as_str()));
    let base = about.base.as_deref().map(|base| ("xml:base", base));
    language.into_iter().chain(base).collect()
}

/// What identifies a feed: what it says, or its page, or else a digest of its title.
fn feed_id(about: &About) -> String {
    let own = about.id.as_ref().map(|id| id.value.clone());
    let page = || Some(Resolver::new().address(about.base.as_deref(), &about.link.as_ref()?.href));
    let title = about.title.as_ref().map(|title| title.value.text.as_str());
    own.or_else(page).unwrap_or_else(|| digest(&[title]))
}
