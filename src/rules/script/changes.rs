//! What a script has made of an item, checked as a whole before any of it is written.

use rhai::ImmutableString;
use url::Url;

use super::fields::Fields;
use crate::feed::draft::ItemDraft;
use crate::feed::title::Title;
use crate::feed::{Format, Meaning};

/// How many bytes a script may write to one item.
pub const MAX_BYTES: u64 = 4 << 20;

/// What is to be written. Fields that are as they were are not.
#[derive(Debug, Default)]
pub struct Changes {
    title: Option<String>,
    link: Option<String>,
    author: Option<String>,
    html: Option<String>,
    terms: Vec<String>,
}

impl Changes {
    /// What differs between two states of an item.
    ///
    /// # Errors
    /// Why it can not be written, as one sentence.
    pub fn between(before: &Fields, after: &Fields, max_bytes: u64) -> Result<Self, String> {
        let written = |name: &str| {
            let text = |fields: &Fields| {
                fields.get(name).and_then(|value| value.clone().try_cast::<ImmutableString>())
            };
            text(after).filter(|now| text(before).as_ref() != Some(now)).map(|now| now.to_string())
        };
        let html = written("html");
        let changes = Changes {
            title: written("title").map(|title| folded(&title)),
            link: written("link"),
            author: written("author").map(|author| folded(&author)),
            html,
            terms: new_terms(&terms(before), &terms(after))?,
        };
        let texts = [&changes.title, &changes.link, &changes.author, &changes.html];
        let texts = texts.into_iter().flatten().chain(&changes.terms);
        if texts.map(|text| text.len() as u64).sum::<u64>() > max_bytes {
            return Err(format!("it has written more than {max_bytes} bytes"));
        }
        Ok(changes)
    }

    /// Whether an item has a place for all of it.
    ///
    /// # Errors
    /// Why not, as one sentence.
    pub fn fit(&self, item: &mut ItemDraft<'_>) -> Result<(), String> {
        if self.title.is_some() && matches!(item.title_mut(), Title::Missing) {
            return Err("the item has no title that could be written".to_owned());
        }
        if self.author.as_ref().is_some_and(String::is_empty) {
            return Err("`item.author` can not be empty".to_owned());
        }
        if let Some(link) = &self.link
            && !is_link(link)
        {
            return Err(format!("`item.link` is no address that begins with http: or https:: {link:?}"));
        }
        if self.html.is_some() && item.main_html().is_none() {
            let is_atom = matches!(item.feed().format, Format::Atom | Format::Atom03);
            if item.item().fields.is_empty() || is_atom && item.item().first(Meaning::Content).is_some() {
                return Err("the item has no place for HTML".to_owned());
            }
        }
        Ok(())
    }

    /// Writes it.
    pub fn write(self, item: &mut ItemDraft<'_>) {
        if let Some(title) = self.title {
            item.title_mut().set_all(&title);
        }
        if let Some(link) = self.link {
            item.set_link(&link);
        }
        if let Some(author) = self.author {
            item.set_author(&author);
        }
        for term in self.terms {
            item.add_category(&term);
        }
        if let Some(html) = self.html {
            item.set_html(html);
        }
    }
}

fn terms(fields: &Fields) -> Vec<ImmutableString> {
    let terms = fields.get("categories").and_then(|value| value.clone().into_typed_array().ok());
    terms.unwrap_or_default()
}

/// The categories that an item did not have. What it has, it keeps: they are the publisher's own.
fn new_terms(before: &[ImmutableString], after: &[ImmutableString]) -> Result<Vec<String>, String> {
    let rest = after.strip_prefix(before);
    let rest =
        rest.ok_or("categories can be added at the end of `item.categories`, not taken out or changed")?;
    let terms = rest.iter().map(|term| folded(term));
    let mut new: Vec<String> = Vec::new();
    for term in terms.filter(|term| !term.is_empty()) {
        if !new.contains(&term) {
            new.push(term);
        }
    }
    Ok(new)
}

/// Words on one line, without characters that XML can not have.
fn folded(text: &str) -> String {
    let is_shown = |c: &char| c.is_whitespace() || !(c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'));
    let shown: String = text.chars().filter(is_shown).collect();
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_link(link: &str) -> bool {
    let is_plain = !link.contains(|c: char| c.is_whitespace() || c.is_control());
    is_plain && Url::parse(link).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}
