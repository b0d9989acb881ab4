//! What the fields of an item say, whatever its format calls them.

use serde::Deserialize;
use url::Url;

use super::{Feed, Field, Format, Item, Meaning, Ns, date};
use crate::json;
use crate::span::Span;
use crate::text::Text;
use crate::xml::tag;

/// Somebody who wrote something.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Person {
    /// The name.
    #[serde(deserialize_with = "text_or_nothing")]
    pub name: String,
    /// Where to write to.
    #[serde(skip)]
    pub email: String,
    /// A page of theirs.
    #[serde(deserialize_with = "text_or_nothing")]
    pub url: String,
    /// A picture of them.
    #[serde(deserialize_with = "text_or_nothing")]
    pub avatar: String,
}

/// A category or tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Term {
    /// The term.
    pub term: String,
    /// What it is a term of: Atom's `scheme`, RSS's `domain`.
    pub scheme: String,
    /// How to show it, where that is not the term.
    pub label: String,
}

/// A media file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Enclosure {
    /// Where it is.
    #[serde(deserialize_with = "text_or_nothing")]
    pub url: String,
    /// Its media type.
    #[serde(rename = "mime_type", deserialize_with = "text_or_nothing")]
    pub media_type: String,
    /// Its title.
    #[serde(deserialize_with = "text_or_nothing")]
    pub title: String,
    /// Its size in bytes, as it is written.
    #[serde(rename = "size_in_bytes", deserialize_with = "text_or_nothing")]
    pub length: String,
    /// How long it plays, in seconds, as it is written.
    #[serde(rename = "duration_in_seconds", deserialize_with = "text_or_nothing")]
    pub duration: String,
}

/// A string or a number of JSON as text; anything else says nothing.
fn text_or_nothing<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    Ok(match serde_json::Value::deserialize(from)? {
        serde_json::Value::String(text) => text.trim().to_owned(),
        serde_json::Value::Number(number) => number.to_string(),
        _ => String::new(),
    })
}

impl Feed {
    /// Who wrote an item: whom it names; in Atom else whom its source names, and in Atom and JSON Feed else whom
    /// the feed names (RFC 4287 §4.2.1, JSON Feed 1.1). A podcast may know its speaker only by Apple's name.
    pub fn authors(&self, item: &Item) -> Vec<Person> {
        let of = |fields: &[Field]| {
            let authors = fields.iter().filter(|field| field.meaning == Meaning::Author);
            authors.flat_map(|field| self.persons(field)).collect::<Vec<_>>()
        };
        let own = of(&item.fields);
        if !own.is_empty() {
            return own;
        }
        match self.format {
            Format::Atom | Format::Atom03 => {
                let of_source = self.source_authors(item);
                if of_source.is_empty() { of(&self.fields) } else { of_source }
            }
            Format::Json => of(&self.fields),
            Format::Rss | Format::Rdf => {
                let itunes = |field: &&Field| field.ns == Ns::Itunes && self.name(field) == "author";
                item.fields.iter().find(itunes).map(|field| self.rss_person(field)).into_iter().collect()
            }
        }
    }

    /// The authors in the `source` of an entry that was copied from another feed.
    pub fn source_authors(&self, entry: &Item) -> Vec<Person> {
        let source = entry.fields.iter().find(|field| field.ns == Ns::Atom && self.name(field) == "source");
        let Some(inner) = source.and_then(|source| source.inner) else { return Vec::new() };
        let authors = tag::children(&self.source, inner, "author").into_iter();
        authors.map(|author| self.person_in(author)).filter(|person| *person != Person::default()).collect()
    }

    /// Who a field names.
    pub fn persons(&self, field: &Field) -> Vec<Person> {
        match self.format {
            Format::Json => self.json_objects(field),
            Format::Atom | Format::Atom03 if field.has_children => vec![self.atom_person(field)],
            _ => Some(self.rss_person(field)).filter(|p| *p != Person::default()).into_iter().collect(),
        }
    }

    /// An Atom author's name stands in a child element (RFC 4287 §3.2).
    fn atom_person(&self, field: &Field) -> Person {
        field.inner.map(|inner| self.person_in(inner)).unwrap_or_default()
    }

    fn person_in(&self, inner: Span) -> Person {
        let child = |name: &str| {
            let inside = tag::child(&self.source, inner, name);
            let text = inside.map(|span| Text::parse_with(&self.source, span, &self.entities));
            text.map(|text| text.value().trim().to_owned()).unwrap_or_default()
        };
        let url = Some(child("uri")).filter(|uri| !uri.is_empty()).unwrap_or_else(|| child("url"));
        Person { name: child("name"), email: child("email"), url, ..Person::default() }
    }

    /// RSS: `lawyer@boyer.net (Lawyer Boyer)`, an address, or a name (RSS 2.0, `author`).
    fn rss_person(&self, field: &Field) -> Person {
        if field.has_children {
            return self.atom_person(field);
        }
        let text = self.value_of(field);
        let parts =
            text.split_once('(').and_then(|(mail, rest)| Some((mail.trim(), rest.strip_suffix(')')?)));
        let (email, name) = match parts {
            Some((mail, name)) if mail.contains('@') => (mail, name.trim()),
            _ => ("", text.as_ref()),
        };
        let is_mail = email.is_empty() && name.contains('@') && !name.contains(' ');
        let email = if is_mail { name } else { email };
        Person { name: name.to_owned(), email: email.to_owned(), ..Person::default() }
    }

    /// The categories in a field.
    pub fn terms(&self, field: &Field) -> Vec<Term> {
        let one = |term: String, scheme: &str, label: &str| {
            let attribute = |name| self.attribute(field, name).unwrap_or_default();
            (!term.is_empty()).then(|| Term { term, scheme: attribute(scheme), label: attribute(label) })
        };
        match self.format {
            Format::Json => self.json_strings(field).into_iter().map(Term::of).collect(),
            Format::Atom | Format::Atom03 => {
                let term = self.attribute(field, "term").unwrap_or_else(|| self.value_of(field).into_owned());
                one(term.trim().to_owned(), "scheme", "label").into_iter().collect()
            }
            _ => one(self.value_of(field).into_owned(), "domain", "").into_iter().collect(),
        }
    }

    /// The media files in a field.
    pub fn enclosures(&self, field: &Field) -> Vec<Enclosure> {
        if self.format == Format::Json {
            return self.json_objects(field);
        }
        let attribute = |name| self.attribute(field, name).map(|v| v.trim().to_owned());
        let url = attribute("href").or_else(|| attribute("url"));
        let Some(url) = url.or_else(|| tag::attribute_of_any_prefix(&self.source, field.tag, "resource"))
        else {
            return Vec::new();
        };
        let of = |name| attribute(name).unwrap_or_default();
        vec![Enclosure {
            url,
            media_type: of("type"),
            title: of("title"),
            length: of("length"),
            duration: String::new(),
        }]
    }

    /// The address of the picture in a field of an item: `media:content` that says it is one and
    /// `media:thumbnail` (Media RSS 1.5.1), `image` and `banner_image` (JSON Feed 1.1).
    pub fn picture(&self, field: &Field) -> Option<String> {
        let says = |name, what: &str| self.attribute(field, name).is_some_and(|v| v.trim().starts_with(what));
        let address = match (self.format, field.ns, self.name(field)) {
            (Format::Json, _, "image" | "banner_image") => Some(self.value_of(field).into_owned()),
            (Format::Json, ..) => None,
            (_, Ns::Media, "content") if says("medium", "image") || says("type", "image/") => {
                self.attribute(field, "url")
            }
            (_, Ns::Media, "thumbnail") => self.attribute(field, "url"),
            _ => None,
        };
        address.map(|address| address.trim().to_owned()).filter(|address| !address.is_empty())
    }

    /// The address in a field: an attribute, or its text.
    pub fn address(&self, field: &Field) -> Option<String> {
        let address = self.attribute(field, "href").unwrap_or_else(|| self.value_of(field).into_owned());
        let address = address.trim();
        (!address.is_empty()).then(|| address.to_owned())
    }

    /// The address of the page that the feed is of.
    pub fn site(&self) -> Option<String> {
        self.fields.iter().filter(|f| f.meaning == Meaning::Link).find_map(|field| self.address(field))
    }

    /// The address of the page that an item stands for.
    pub fn link(&self, item: &Item) -> Option<String> {
        let link =
            item.all(Meaning::Link).find_map(|field| Some(self.based(item, field, self.address(field)?)));
        link.or_else(|| self.permalink(item))
    }

    /// An address as `xml:base` makes it absolute (RFC 4287 §2): the one of the field, of the item, of the feed.
    fn based(&self, item: &Item, field: &Field, address: String) -> String {
        if self.format == Format::Json || Url::parse(&address).is_ok() {
            return address;
        }
        let tags = self.roots.iter().copied().chain([item.tag, field.tag]);
        let bases = tags.filter_map(|span| tag::attribute(&self.source, span, "xml:base"));
        let base = bases.fold(None, |base: Option<Url>, next| match base {
            Some(base) => base.join(&next).ok(),
            None => Url::parse(&next).ok(),
        });
        base.and_then(|base| base.join(&address).ok()).map_or(address, Into::into)
    }

    /// RSS: a `guid` is the address unless it says `isPermaLink="false"`.
    fn permalink(&self, item: &Item) -> Option<String> {
        let guid = item.first(Meaning::Id).filter(|_| self.format == Format::Rss)?;
        let says_no = self.attribute(guid, "isPermaLink").is_some_and(|v| v.trim() == "false");
        let id = self.value_of(guid);
        (!says_no && id.starts_with("http")).then(|| id.into_owned())
    }

    /// What identifies an item, as it stands. RSS 1.0 has it in the item's own tag.
    pub fn id(&self, item: &Item) -> Option<String> {
        let id = item.first(Meaning::Id).map(|field| self.value_of(field).into_owned());
        let about = || tag::attribute_of_any_prefix(&self.source, item.tag, "about");
        id.or_else(|| (self.format == Format::Rdf).then(about).flatten()).filter(|id| !id.is_empty())
    }

    /// When an item was published, or else when it was last changed.
    pub fn date(&self, item: &Item) -> Option<jiff::Timestamp> {
        let dates = item.all(Meaning::Published).chain(item.all(Meaning::Updated));
        dates.into_iter().find_map(|field| date::parse(&self.value_of(field)))
    }

    fn json_objects<T: for<'de> Deserialize<'de>>(&self, field: &Field) -> Vec<T> {
        let Some(inner) = field.inner.filter(|_| field.has_children) else { return Vec::new() };
        let one = |span: Span| serde_json::from_str(span.of(&self.source)).ok();
        match inner.of(&self.source).as_bytes().first() {
            Some(b'[') => json::elements(&self.source, inner).into_iter().filter_map(one).collect(),
            _ => one(inner).into_iter().collect(),
        }
    }

    fn json_strings(&self, field: &Field) -> Vec<String> {
        let elements = field.inner.map(|inner| json::elements(&self.source, inner)).unwrap_or_default();
        let strings = elements.into_iter().filter_map(|element| json::string(&self.source, element));
        strings.map(|inside| Text::json(&self.source, inside).value().trim().to_owned()).collect()
    }
}

impl Term {
    /// A bare term.
    pub fn of(term: String) -> Self {
        Term { term, ..Term::default() }
    }
}
