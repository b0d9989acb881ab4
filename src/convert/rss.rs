//! Writing RSS 2.0, as the RSS Advisory Board's profile has it (<https://www.rssboard.org/rss-profile>), with
//! `content:encoded`, Dublin Core and Atom's elements for what RSS has no words for.

use super::losses::Losses;
use super::media::type_of;
use super::model::{About, Channel, Entry, Image, Link, Said, Source};
use super::prose::Prose;
use super::said::Extras;
use super::xml::Xml;
use super::{ids, rfc822};
use crate::feed::read::{Enclosure, Person};

/// How many bytes may be added by naming the feed's authors in every item that names none, in one feed.
const MAX_LENT: usize = 16 << 20;

/// Writes a feed.
pub(super) fn write(channel: &Channel, address: Option<&str>, losses: &mut Losses) -> String {
    let xml = Xml::new("rss", "", &[("version", "2.0")]);
    let mut rss = Rss { xml, losses, room: MAX_LENT };
    rss.xml.open("channel", &[]);
    rss.channel(channel, address);
    for (index, (entry, id)) in channel.entries.iter().zip(ids::of(channel)).enumerate() {
        rss.losses.item = Some(index);
        rss.item(channel, entry, &id);
    }
    rss.xml.close("channel");
    rss.xml.finish("rss")
}

struct Rss<'l> {
    xml: Xml,
    losses: &'l mut Losses,
    room: usize,
}

impl Rss<'_> {
    fn channel(&mut self, channel: &Channel, address: Option<&str>) {
        let about = &channel.about;
        let title = about.title.as_ref().map(|title| title.value.in_rss()).unwrap_or_default();
        self.xml.text("title", &[], &title);
        match &about.link {
            Some(link) => self.xml.text("link", &[], &link.href),
            None => self.losses.add("no link: RSS asks for one"),
        }
        let subtitle = about.summary.as_ref().map(|summary| summary.value.in_rss()).unwrap_or_default();
        self.xml.text("description", &[], &subtitle);
        if let Some(address) = address {
            let link = self.xml.known("atom", "link");
            self.xml.empty(&link, &[("rel", "self"), ("type", "application/rss+xml"), ("href", address)]);
        }
        if let Some(language) = &about.language {
            self.xml.text("language", &[], &language.value);
        }
        if let Some(rights) = &about.rights {
            self.xml.text("copyright", &[], &rights.value.to_line());
        }
        self.channel_people(about);
        self.date("pubDate", about.published.as_ref());
        self.date("lastBuildDate", about.updated.as_ref());
        self.categories(about);
        self.channel_parts(channel);
        if let Some(id) = &about.id {
            let name = self.xml.known("atom", "id");
            self.xml.text(&name, &[], &id.value);
        }
        self.rest(about);
    }

    /// A person with an e-mail address is what RSS's own element is for.
    fn channel_people(&mut self, about: &About) {
        let mut has_editor = false;
        for author in &about.authors {
            let name = if has_editor { "author" } else { "managingEditor" };
            match written(&author.value).filter(|_| !has_editor) {
                Some(editor) => {
                    has_editor = true;
                    self.xml.text(name, &[], &editor);
                }
                None => self.creator(&author.value),
            }
            self.lose_of_person(author);
        }
    }

    fn channel_parts(&mut self, channel: &Channel) {
        if let Some(generator) = &channel.generator {
            let said = &generator.value;
            let name = format!("{} {}", said.name, said.version);
            self.xml.text("generator", &[], name.trim());
            if !said.uri.is_empty() {
                self.losses.add_part(&generator.by, "its address");
            }
        }
        for own in &channel.own {
            self.xml.element(&own.clone().in_rss());
        }
        match (&channel.image, &channel.icon) {
            (Some(image), icon) => {
                self.image(&image.value, &channel.about);
                if let Some(icon) = icon {
                    let name = self.xml.known("atom", "icon");
                    self.xml.text(&name, &[], &icon.value);
                }
            }
            (None, Some(icon)) => {
                let image = Image { url: icon.value.clone(), parts: Vec::new() };
                self.image(&image, &channel.about);
            }
            (None, None) => {}
        }
    }

    /// RSS asks for the title and link of a picture; those of the feed are what they are to be.
    fn image(&mut self, image: &Image, about: &About) {
        let part = |name: &str| image.parts.iter().find(|(n, _)| *n == name).map(|(_, value)| value.clone());
        let title = part("title").or_else(|| about.title.as_ref().map(|title| title.value.to_line()));
        let link = part("link").or_else(|| about.link.as_ref().map(|link| link.href.clone()));
        self.xml.open("image", &[]);
        self.xml.text("url", &[], &image.url);
        self.xml.text("title", &[], &title.unwrap_or_default());
        self.xml.text("link", &[], &link.unwrap_or_default());
        for name in ["width", "height", "description"] {
            if let Some(value) = part(name) {
                self.xml.text(name, &[], &value);
            }
        }
        self.xml.close("image");
    }

    fn item(&mut self, channel: &Channel, entry: &Entry, id: &str) {
        let about = &entry.about;
        let attributes = self.xml.attributes(&entry.attributes);
        let attributes: Vec<_> = attributes.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        self.xml.open("item", &attributes);
        if let Some(title) = &about.title {
            self.xml.text("title", &[], &title.value.in_rss());
        }
        if let Some(link) = &about.link {
            self.xml.text("link", &[], &link.href);
        }
        self.guid(entry, id);
        self.dates(about);
        self.people(channel, entry);
        self.categories(about);
        if let Some(comments) = &entry.comments {
            self.xml.text("comments", &[], &comments.value);
        }
        if let Some(source) = &entry.source {
            self.source(source);
        }
        for enclosure in &entry.enclosures {
            self.enclosure(enclosure);
        }
        self.texts(entry);
        self.item_rest(entry);
        self.xml.close("item");
    }

    /// Only an identifier that is the address of the page is a permalink.
    fn guid(&mut self, entry: &Entry, id: &str) {
        let is_page = entry.about.link.as_ref().is_some_and(|link| link.href == id) && id.starts_with("http");
        let attributes: &[(&str, &str)] = if is_page { &[] } else { &[("isPermaLink", "false")] };
        self.xml.text("guid", attributes, id);
    }

    /// RSS has one date; where there are two, the other is Atom's.
    fn dates(&mut self, about: &About) {
        self.date("pubDate", about.published.as_ref().or(about.updated.as_ref()));
        if let (Some(published), Some(updated)) = (&about.published, &about.updated)
            && published.value != updated.value
        {
            let name = self.xml.known("atom", "updated");
            self.xml.text(&name, &[], &updated.value.to_string());
        }
    }

    fn date(&mut self, name: &str, date: Option<&Said<jiff::Timestamp>>) {
        let Some(date) = date else { return };
        match rfc822(date.value) {
            Some(written) => self.xml.text(name, &[], &written),
            None => self.losses.add(date.by.as_str()),
        }
    }

    fn people(&mut self, channel: &Channel, entry: &Entry) {
        let authors = channel.authors_of(entry);
        let is_lent = entry.authors().is_empty();
        if is_lent && !self.has_room_for(authors) {
            self.losses.add("the authors of the feed: there are too many to name them in each item");
            return;
        }
        let mut has_author = false;
        for author in authors {
            match written(&author.value).filter(|_| !has_author) {
                Some(written) => {
                    has_author = true;
                    self.xml.text("author", &[], &written);
                }
                None => self.creator(&author.value),
            }
            if !is_lent {
                self.lose_of_person(author);
            }
        }
    }

    fn has_room_for(&mut self, authors: &[Said<Person>]) -> bool {
        let size = authors.iter().map(|author| author.value.name.len() + author.value.email.len() + 32).sum();
        let left = self.room.checked_sub(size);
        self.room = left.unwrap_or(self.room);
        left.is_some()
    }

    fn creator(&mut self, person: &Person) {
        let name = self.xml.known("dc", "creator");
        self.xml.text(&name, &[], shown(person));
    }

    fn lose_of_person(&mut self, person: &Said<Person>) {
        let Person { name, email, url, avatar } = &person.value;
        let is_shown = written(&person.value).is_some() || shown(&person.value) == email;
        let parts = [("email", email, !is_shown), ("url", url, name != url), ("avatar", avatar, true)];
        for (part, value, is_lost) in parts {
            if is_lost && !value.is_empty() && shown(&person.value) != value {
                self.losses.add_part(&person.by, part);
            }
        }
    }

    fn categories(&mut self, about: &About) {
        for category in &about.categories {
            let term = &category.value;
            let domain = ("domain", term.scheme.as_str());
            let attributes: &[(&str, &str)] = if term.scheme.is_empty() { &[] } else { &[domain] };
            self.xml.text("category", attributes, &term.term);
            if !term.label.is_empty() && term.label != term.term {
                self.losses.add_part(&category.by, "label");
            }
        }
    }

    /// The source of RSS is the address of a feed; without one there is nothing to write.
    fn source(&mut self, source: &Said<Source>) {
        let Source { title, url, site, id, updated, .. } = &source.value;
        if url.is_empty() {
            self.losses.add(source.by.as_str());
            return;
        }
        self.xml.text("source", &[("url", url)], title);
        let is_lost = [
            ("<id>", !id.is_empty() && id != url),
            ("<link>", !site.is_empty()),
            ("<updated>", updated.is_some()),
        ];
        for (part, _) in is_lost.iter().filter(|(_, is_lost)| *is_lost) {
            self.losses.add_part(&source.by, part);
        }
    }

    fn enclosure(&mut self, enclosure: &Said<Enclosure>) {
        let Enclosure { url, media_type, title, .. } = &enclosure.value;
        let length = enclosure.size(self.losses).unwrap_or_default().to_string();
        let media_type = if media_type.is_empty() { type_of(url) } else { media_type };
        self.xml.empty("enclosure", &[("url", url), ("length", &length), ("type", media_type)]);
        if !title.is_empty() {
            self.losses.add_part(&enclosure.by, "title");
        }
    }

    /// An item has a title or a description (RSS 2.0, Elements of item), so where there is neither, the content
    /// is the description.
    fn texts(&mut self, entry: &Entry) {
        let fallback = || Extras::new(&entry.about.extras).summary();
        let summary = entry.about.summary.as_ref().map(|summary| summary.value.clone());
        let summary = summary.or_else(|| fallback().filter(|_| entry.content.is_none()));
        let content = entry.content.as_ref().map(|content| &content.value);
        let needs_one = entry.about.title.as_ref().is_none_or(|title| title.value.is_blank());
        match (summary.filter(|summary| !summary.is_blank()), content) {
            (None, content) if needs_one => {
                let content = content.map(Prose::to_html).unwrap_or_default();
                self.xml.html("description", &[], &content);
            }
            (summary, content) => {
                if let Some(summary) = summary {
                    self.xml.html("description", &[], &summary.to_html());
                }
                if let Some(content) = content {
                    let name = self.xml.known("content", "encoded");
                    self.xml.html(&name, &[], &content.to_html());
                }
            }
        }
    }

    fn item_rest(&mut self, entry: &Entry) {
        let about = &entry.about;
        if let Some(rights) = &about.rights {
            let name = self.xml.known("dc", "rights");
            self.xml.text(&name, &[], &rights.value.to_line());
        }
        if let Some(language) = &about.language {
            let name = self.xml.known("dc", "language");
            self.xml.text(&name, &[], &language.value);
        }
        if let Some(duration) = entry.duration(self.losses) {
            let name = self.xml.known("itunes", "duration");
            self.xml.text(&name, &[], &duration);
        }
        self.rest(about);
    }

    /// What feeds and items both have, and RSS has no words for.
    fn rest(&mut self, about: &About) {
        for contributor in &about.contributors {
            let name = self.xml.known("dc", "contributor");
            self.xml.text(&name, &[], shown(&contributor.value));
            self.lose_of_person(contributor);
        }
        for link in &about.links {
            self.link(&link.value);
        }
        for extra in &about.extras {
            self.xml.element(extra);
        }
    }

    fn link(&mut self, link: &Link) {
        let name = self.xml.known("atom", "link");
        let mut attributes = vec![("rel", link.rel.as_str()), ("href", link.href.as_str())];
        attributes.extend(link.attributes.iter().map(|(name, value)| (*name, value.as_str())));
        self.xml.empty(&name, &attributes);
    }
}

/// Somebody as RSS has them, who needs an e-mail address: `desk@a.example (Harbour desk)`.
fn written(person: &Person) -> Option<String> {
    let Person { name, email, .. } = person;
    let is_mail = email.contains('@') && !email.contains(['(', ')', ' ']);
    is_mail
        .then(|| if name.is_empty() || name == email { email.clone() } else { format!("{email} ({name})") })
}

/// The name of somebody, or what there is instead.
fn shown(person: &Person) -> &str {
    let Person { name, email, url, .. } = person;
    [name, email, url].into_iter().find(|text| !text.is_empty()).map_or("", String::as_str)
}
