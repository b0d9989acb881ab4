//! HTML with places in it for what an item says.

use regex::{Captures, Regex};

use crate::feed::draft::ItemDraft;
use crate::feed::{Feed, Field, Format, Ns};
use crate::html::entity;

use schemars::JsonSchema;
use serde::Deserialize;

/// Something that an item says of itself.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Said {
    /// Its title.
    Title,
    /// The page it stands for.
    Link,
    /// What identifies it.
    Guid,
    /// Who wrote it, with commas between several.
    Author,
    /// The page where it is talked about: RSS `comments`, Atom `replies`.
    Comments,
    /// The day it was published, or else last changed: `2026-05-04`, UTC.
    Date,
}

const NAMES: [(&str, Said); 6] = [
    ("title", Said::Title),
    ("link", Said::Link),
    ("guid", Said::Guid),
    ("author", Said::Author),
    ("comments", Said::Comments),
    ("date", Said::Date),
];

impl Said {
    /// What an item says; `None` where it does not.
    pub(super) fn of(self, feed: &Feed, item: &ItemDraft<'_>) -> Option<String> {
        let value = match self {
            Said::Title => item.title().into_owned(),
            Said::Link => item.link()?,
            Said::Guid => item.guid()?,
            Said::Author => item.authors().join(", "),
            Said::Comments => item.item().fields.iter().find_map(|field| comments(feed, field))?,
            Said::Date => item.date()?.strftime("%Y-%m-%d").to_string(),
        };
        Some(value.trim().to_owned()).filter(|value| !value.is_empty())
    }
}

/// The page of comments that a field names: RSS 2.0 `comments`, RFC 4685 §4 *The 'replies' Link Relation*.
fn comments(feed: &Feed, field: &Field) -> Option<String> {
    let name = feed.name(field);
    let is_page = match (feed.format, field.ns) {
        (Format::Json, _) => false,
        (_, Ns::Rss) => name == "comments",
        (_, Ns::Atom) => {
            let says = |attribute: &str| feed.attribute(field, attribute).unwrap_or_default();
            name == "link" && says("rel") == "replies" && !says("type").contains("atom")
        }
        _ => false,
    };
    is_page.then(|| feed.address(field)).flatten()
}

/// A piece of a template.
#[derive(Clone, Debug)]
enum Piece {
    Html(String),
    Said(Said),
    Group(usize),
}

/// A template, read.
#[derive(Clone, Debug)]
pub(super) struct Template(Vec<Piece>);

impl Template {
    /// Reads a template: `{title}` stands for what an item says, `{{` for a brace; with a `pattern`, `$1` for what
    /// its first group has found, and `$$` for a dollar sign.
    ///
    /// # Errors
    /// Where it names something that is not there.
    pub(super) fn parse(text: &str, pattern: Option<&Regex>) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut html = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '$']) {
            html.push_str(&rest[..at]);
            let (read, len) = placeholder(&rest[at..], pattern)?;
            match read {
                Piece::Html(literal) => html.push_str(&literal),
                other => {
                    pieces.push(Piece::Html(std::mem::take(&mut html)));
                    pieces.push(other);
                }
            }
            rest = &rest[at + len..];
        }
        pieces.push(Piece::Html(html + rest));
        Ok(Template(pieces))
    }

    /// The template for an item. `None` where the item does not say what it asks for.
    pub(super) fn fill(
        &self,
        feed: &Feed,
        item: &ItemDraft<'_>,
        found: Option<&Captures<'_>>,
    ) -> Option<String> {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Html(html) => out.push_str(html),
                Piece::Said(said) => out.push_str(&entity::escape_attribute(&said.of(feed, item)?)),
                Piece::Group(index) => {
                    let group = found.and_then(|found| found.get(*index)).map_or("", |group| group.as_str());
                    out.push_str(&entity::escape_attribute(group));
                }
            }
        }
        Some(out)
    }
}

/// What stands at a brace or a dollar sign, and how long it is.
fn placeholder(text: &str, pattern: Option<&Regex>) -> Result<(Piece, usize), String> {
    let literal = |shown: &str, len| Ok((Piece::Html(shown.to_owned()), len));
    if text.starts_with("{{") {
        return literal("{", 2);
    }
    if let Some(rest) = text.strip_prefix('{') {
        let end =
            rest.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_')).unwrap_or(rest.len());
        // A brace that is not around a name is a brace.
        return if end > 0 && rest[end..].starts_with('}') {
            Ok((said(&rest[..end])?, end + 2))
        } else {
            literal("{", 1)
        };
    }
    let Some(pattern) = pattern else { return literal("$", 1) };
    if text.starts_with("$$") {
        return literal("$", 2);
    }
    let digits = text[1..].bytes().take_while(u8::is_ascii_digit).count();
    match text[1..=digits].parse() {
        Ok(index) if index < pattern.captures_len() => Ok((Piece::Group(index), 1 + digits)),
        Ok(index) => Err(format!("`${index}` stands for a group that the pattern does not have")),
        Err(_) => literal("$", 1),
    }
}

fn said(name: &str) -> Result<Piece, String> {
    let known = NAMES.iter().find(|(known, _)| *known == name);
    known.map(|(_, said)| Piece::Said(*said)).ok_or_else(|| {
        let all: Vec<String> = NAMES.iter().map(|(name, _)| format!("`{{{name}}}`")).collect();
        format!("unknown placeholder `{{{name}}}`; known: {} (write `{{{{` for a brace)", all.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_an_error() {
        let pattern = Regex::new("(a)(b)?").unwrap();
        assert!(Template::parse("{title} { x } {{link}} $1", None).is_ok());
        assert!(Template::parse("$0 $2 $$3 $x", Some(&pattern)).is_ok());
        let error = |text: &str| Template::parse(text, Some(&pattern)).unwrap_err();
        assert!(error("{comment}").starts_with("unknown placeholder `{comment}`; known: `{title}`, "));
        assert!(error("$3").contains("`$3` stands for a group that the pattern does not have"));
    }
}
