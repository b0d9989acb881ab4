//! What podcasts and videos say in elements of other namespaces, for a target that has members of its own for it.

use super::element::Element;
use super::media::seconds;
use super::prose::{Kind, Prose};
use crate::feed::Ns;
use crate::feed::read::Enclosure;

/// Elements of other namespaces, and which of them have been understood.
pub(super) struct Extras<'e> {
    parts: Vec<Part<'e>>,
}

/// An element, at the top or in a group of Media RSS.
struct Part<'e> {
    element: &'e Element,
    group: Option<&'e Element>,
    is_understood: bool,
}

impl<'e> Extras<'e> {
    pub fn new(all: &'e [Element]) -> Self {
        let part = |element, group| Part { element, group, is_understood: false };
        let with_inner = all.iter().flat_map(|element| {
            let is_group = element.is(Ns::Media, "group") || element.is(Ns::Media, "content");
            let inside = element.elements().filter(move |_| is_group);
            std::iter::once(part(element, None)).chain(inside.map(move |inner| part(inner, Some(element))))
        });
        Extras { parts: with_inner.collect() }
    }

    /// What nobody has asked for, by name: of a group of which something has been understood, the rest.
    pub fn left(&self) -> Vec<String> {
        let mut left: Vec<String> = Vec::new();
        let mut at = 0;
        while let Some(top) = self.parts.get(at) {
            let inside = self.parts[at + 1..].iter().take_while(|part| part.group.is_some());
            let inside: Vec<&Part<'_>> = inside.collect();
            at += 1 + inside.len();
            if !top.is_understood && inside.iter().all(|part| !part.is_understood) {
                left.push(top.element.tag());
                continue;
            }
            let rest = inside.iter().filter(|part| !part.is_understood);
            left.extend(rest.map(|part| format!("{}: {}", top.element.tag(), part.element.tag())));
        }
        left
    }

    /// The first that `read` makes something of.
    fn first<T>(&mut self, read: impl Fn(&'e Element) -> Option<T>) -> Option<T> {
        self.first_part(|part| read(part.element))
    }

    fn first_part<T>(&mut self, read: impl Fn(&Part<'e>) -> Option<T>) -> Option<T> {
        let found = self.parts.iter_mut().find_map(|part| Some((read(part)?, part)));
        let (value, part) = found?;
        part.is_understood = true;
        Some(value)
    }

    /// How long it plays (`itunes:duration`).
    pub fn duration(&mut self) -> Option<String> {
        self.first(|element| {
            let value = element.value();
            (element.is(Ns::Itunes, "duration") && seconds(&value).is_some()).then_some(value)
        })
    }

    /// Who wrote it (`itunes:author`).
    pub fn author(&mut self) -> Option<String> {
        self.text(Ns::Itunes, "author")
    }

    /// What it is about: Apple's summary or subtitle, or the description of Media RSS, where films have it.
    pub fn summary(&mut self) -> Option<Prose> {
        let itunes = self.text(Ns::Itunes, "summary").or_else(|| self.text(Ns::Itunes, "subtitle"));
        itunes.map(|text| Prose::of_html(text.into())).or_else(|| self.description())
    }

    /// The description of Media RSS, but not what one of its pictures shows.
    pub fn description(&mut self) -> Option<Prose> {
        let is_of_picture = |part: &Part<'_>| part.group.is_some_and(is_picture);
        self.first_part(|part| {
            let element = Some(part.element).filter(|_| !is_of_picture(part))?;
            let kind = if element.attribute("type") == Some("html") { Kind::Html } else { Kind::Lines };
            let prose = Prose::new(kind, element.value());
            (element.is(Ns::Media, "description") && !prose.is_blank()).then_some(prose)
        })
    }

    /// A picture: Apple's, or that of Media RSS.
    pub fn image(&mut self) -> Option<String> {
        let itunes = self.first(|element| {
            let href = element.attribute("href").map(str::to_owned);
            element.is(Ns::Itunes, "image").then(|| href.unwrap_or_else(|| element.value()))
        });
        let url = |element: &Element| element.attribute("url").map(str::to_owned);
        itunes
            .or_else(|| self.first(|e| url(e).filter(|_| e.is(Ns::Media, "thumbnail"))))
            .or_else(|| self.first(|e| url(e).filter(|_| e.is(Ns::Media, "content") && is_picture(e))))
    }

    /// Media files that only Media RSS names.
    pub fn enclosures(&mut self) -> Vec<Enclosure> {
        let mut all = Vec::new();
        for part in self.parts.iter_mut().filter(|part| part.element.is(Ns::Media, "content")) {
            if let Some(enclosure) = enclosure(part.element) {
                part.is_understood = true;
                all.push(enclosure);
            }
        }
        all
    }

    fn text(&mut self, ns: Ns, local: &str) -> Option<String> {
        self.first(|element| {
            let value = element.value();
            (element.is(ns, local) && !value.is_empty()).then_some(value)
        })
    }
}

fn is_picture(element: &Element) -> bool {
    let medium = element.attribute("medium");
    medium == Some("image") || element.attribute("type").is_some_and(|kind| kind.starts_with("image/"))
}

fn enclosure(element: &Element) -> Option<Enclosure> {
    let of = |name| element.attribute(name).unwrap_or_default().to_owned();
    let is_played =
        element.attribute("type").is_some_and(|t| t.starts_with("audio/") || t.starts_with("video/"));
    Some(Enclosure {
        url: element.attribute("url").filter(|_| is_played)?.to_owned(),
        media_type: of("type"),
        title: String::new(),
        length: of("fileSize"),
        duration: of("duration"),
    })
}
