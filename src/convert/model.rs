//! A feed as plain values, whatever its format: what a conversion reads into and writes from.

use jiff::Timestamp;

use super::element::Element;
use super::losses::Losses;
use super::media::{seconds, size, whole_seconds};
use super::prose::Prose;
use crate::feed::Ns;
use crate::feed::read::{Enclosure, Person, Term};

/// Something, with the name of what said it, as the publisher wrote it: `<rights>`, `banner_image`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said<T> {
    /// The name of the element, in angle brackets, or of the member.
    pub by: String,
    /// What it says.
    pub value: T,
}

/// What feeds and items both say of themselves.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// What identifies it, as it stands.
    pub id: Option<Said<String>>,
    /// The title.
    pub title: Option<Said<Prose>>,
    /// The page it stands for.
    pub link: Option<Link>,
    /// Other addresses.
    pub links: Vec<Said<Link>>,
    /// Who wrote it.
    pub authors: Vec<Said<Person>>,
    /// Who else had a hand in it.
    pub contributors: Vec<Said<Person>>,
    /// Its categories or tags.
    pub categories: Vec<Said<Term>>,
    /// When it was published.
    pub published: Option<Said<Timestamp>>,
    /// When it was last changed.
    pub updated: Option<Said<Timestamp>>,
    /// The subtitle of a feed, the summary of an item.
    pub summary: Option<Said<Prose>>,
    /// Who may do what with it.
    pub rights: Option<Said<Prose>>,
    /// The language it is in (RFC 5646).
    pub language: Option<Said<String>>,
    /// What relative addresses in it are relative to, where the target can say so.
    pub base: Option<String>,
    /// Elements of other namespaces, as they are.
    pub extras: Vec<Element>,
}

/// A feed.
#[derive(Clone, Debug, Default)]
pub struct Channel {
    /// What it says of itself.
    pub about: About,
    /// Its picture: RSS `image`, Atom `logo`, JSON Feed `icon`.
    pub image: Option<Said<Image>>,
    /// Its small picture: Atom `icon`, JSON Feed `favicon`.
    pub icon: Option<Said<String>>,
    /// The software that wrote it.
    pub generator: Option<Said<Generator>>,
    /// RSS's own elements that nothing else has: `ttl`, `cloud`, `skipHours` and so on.
    pub own: Vec<Element>,
    /// Whether its authors are those of the entries that name none (RFC 4287 §4.2.1, JSON Feed 1.1).
    pub lends_authors: bool,
    /// Its items, in the order of the source.
    pub entries: Vec<Entry>,
}

/// An item or entry.
#[derive(Clone, Debug, Default)]
pub struct Entry {
    /// What it says of itself.
    pub about: About,
    /// The whole address of its page, which identifies it where it does not say what does.
    pub page: Option<String>,
    /// The full text.
    pub content: Option<Said<Prose>>,
    /// Its media files.
    pub enclosures: Vec<Said<Enclosure>>,
    /// The page with the comments on it.
    pub comments: Option<Said<String>>,
    /// The feed it was taken from.
    pub source: Option<Said<Source>>,
    /// Attributes of other namespaces on its element.
    pub attributes: Vec<super::element::Attribute>,
}

/// An address and what it is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Where it leads.
    pub href: String,
    /// What it is for (RFC 4287 §4.2.7.2); empty for the page itself.
    pub rel: String,
    /// Further attributes: `type`, `hreflang`, `title`, `length`.
    pub attributes: Vec<(&'static str, String)>,
}

/// The picture of a feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// Where it is.
    pub url: String,
    /// What else RSS says of it: names as RSS has them, and values.
    pub parts: Vec<(&'static str, String)>,
}

/// The software that wrote a feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Generator {
    /// Its name.
    pub name: String,
    /// Its page.
    pub uri: String,
    /// Its version.
    pub version: String,
}

/// The feed that an item was taken from.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// Its title.
    pub title: String,
    /// Its address.
    pub url: String,
    /// Atom: its page, its identifier, and when it was last changed.
    pub site: String,
    /// Atom: what identifies it.
    pub id: String,
    /// Atom: when it was last changed.
    pub updated: Option<Timestamp>,
    /// Atom: who wrote it, and so the item where that names nobody (RFC 4287 §4.2.1).
    pub authors: Vec<Said<Person>>,
}

impl<T> Said<T> {
    /// Something that `by` says.
    pub fn new(by: impl Into<String>, value: T) -> Self {
        Said { by: by.into(), value }
    }
}

impl Said<Enclosure> {
    /// Its size in bytes. One that is no number is lost.
    pub(super) fn size(&self, losses: &mut Losses) -> Option<u64> {
        let size = size(&self.value.length);
        if size.is_none() && !self.value.length.trim().is_empty() {
            losses.add_part(&self.by, "length");
        }
        size
    }
}

impl Link {
    /// The page itself.
    pub fn to(href: impl Into<String>) -> Self {
        Link { href: href.into(), ..Link::default() }
    }

    /// Its type and language, as far as it says them.
    pub fn kind(&self) -> (String, String) {
        let of = |name: &str| self.attributes.iter().find(|(known, _)| *known == name);
        let of = |name| of(name).map(|(_, value)| value.to_ascii_lowercase()).unwrap_or_default();
        (of("type"), of("hreflang"))
    }

    /// An address for a purpose.
    pub fn related(rel: &str, href: impl Into<String>) -> Self {
        Link { href: href.into(), rel: rel.to_owned(), attributes: Vec::new() }
    }
}

impl Channel {
    /// Who wrote an entry: those it or its source names, or else those of the feed.
    pub fn authors_of<'c>(&'c self, entry: &'c Entry) -> &'c [Said<Person>] {
        let own = entry.authors();
        if own.is_empty() && self.lends_authors { &self.about.authors } else { own }
    }
}

impl Entry {
    /// Who wrote it: those it names, or else those of the feed it was taken from (RFC 4287 §4.2.1).
    pub fn authors(&self) -> &[Said<Person>] {
        let of_source = self.source.iter().map(|source| &source.value.authors);
        let named = std::iter::once(&self.about.authors).chain(of_source);
        named.into_iter().find(|authors| !authors.is_empty()).map_or(&[], Vec::as_slice)
    }

    /// How long it plays, for a target that says so once for the item: the duration of its first media file,
    /// where no element says it already. What the others say is lost.
    pub(super) fn duration(&self, losses: &mut Losses) -> Option<String> {
        let is_said = self.about.extras.iter().any(|extra| extra.is(Ns::Itunes, "duration"));
        let (first, others) = self.enclosures.split_first()?;
        for other in others.iter().filter(|other| !other.value.duration.is_empty()) {
            losses.add_part(&other.by, "duration");
        }
        let duration = Some(&first.value.duration).filter(|duration| !duration.is_empty() && !is_said)?;
        let whole = whole_seconds(duration);
        if whole.is_none() {
            losses.add_part(&first.by, "duration");
        } else if seconds(duration).and_then(|exact| exact.as_u64()) != whole {
            // Podcasts have whole seconds.
            losses.add_part(&first.by, "duration: parts of a second");
        }
        whole.map(|whole| whole.to_string())
    }
}
