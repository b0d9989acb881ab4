//! What the fields of an item say, whatever its format calls them.

use serde::Deserialize;

use super::{Feed, Field, Format, Item, Meaning, date};
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
        let child = |name: &str| {
            let inside = field.inner.and_then(|inner| tag::child(&self.source, inner, name));
            inside.map(|span| Text::parse(&self.source, span).value().trim().to_owned()).unwrap_or_default()
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
        let link = item.all(Meaning::Link).find_map(|field| self.address(field));
        link.or_else(|| self.permalink(item))
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
