//! A part of an item that becomes an item of its own.

use xxhash_rust::xxh3::xxh3_64;

use super::body::Body;
use super::draft::ItemDraft;
use super::place::in_quotes;
use super::title::Title;
use super::{Feed, Field, Format, Item, Meaning};
use crate::span::Span;
use crate::text::{Style, encode};
use crate::xml::splice::Edit;
use crate::xml::tag;

/// What a part says for itself.
#[derive(Clone, Debug, Default)]
pub struct Part {
    /// Its title, in words.
    pub title: String,
    /// The page it stands for; empty where that is the whole item's.
    pub link: String,
    /// Its place in that page: an `id` in the HTML.
    pub anchor: String,
    /// Its HTML.
    pub html: String,
}

impl Part {
    /// What tells it from the other parts: its title, or else all it says.
    pub fn key(&self) -> &str {
        if self.title.is_empty() { &self.html } else { &self.title }
    }
}

impl<'f> ItemDraft<'f> {
    /// An item that is a part of this one: a copy of it, with a title, text, link and identity of its own. The
    /// identity follows from the whole's and the part's title, so that it stays when parts come or go; it is
    /// the `nth` part of that key, from 1.
    #[must_use]
    pub fn part(&self, part: &Part, nth: usize) -> ItemDraft<'f> {
        let (feed, item) = (self.feed(), self.item());
        let again = if nth > 1 { format!("-{nth}") } else { String::new() };
        let digest = format!("{:016x}{again}", xxh3_64(part.key().as_bytes()));
        let mut title = Title::new(feed, item);
        if !part.title.is_empty() {
            title.set_all(&part.title);
        }
        let id = format!("{}#{digest}", self.guid().unwrap_or_default());
        let edit = self.guid().and_then(|_| identity(feed, item, &id));
        let anchor = if part.anchor.is_empty() { &digest } else { &part.anchor };
        let link = match self.link() {
            Some(link) if !part.link.is_empty() => Some(absolute(&part.link, &link)),
            Some(link) => Some(format!("{}#{anchor}", link.split('#').next().unwrap_or(&link))),
            None => None,
        };
        let mut bodies: Vec<Body<'f>> = self.bodies().iter().map(Body::afresh).collect();
        let main = self.main_body();
        for (index, body) in bodies.iter_mut().enumerate() {
            body.html().put_whole(if Some(index) == main { part.html.clone() } else { String::new() });
        }
        let mut copy = self.copy(title, bodies, Some((id, edit)));
        if let Some(link) = link {
            copy.set_link(&link);
        }
        // That is part of being a part.
        copy.written_mut().drain_taken();
        copy
    }
}

/// A link of the page at `base`, absolute where that can be.
fn absolute(link: &str, base: &str) -> String {
    let joined = url::Url::parse(base).and_then(|base| base.join(link));
    joined.map_or_else(|_| link.to_owned(), Into::into)
}

/// An edit by which an item has another identity.
fn identity(feed: &Feed, item: &Item, id: &str) -> Option<Edit> {
    match item.first(Meaning::Id) {
        Some(field) => text(feed, field, id),
        None if feed.format == Format::Rdf => {
            let value = tag::attribute_value_of_any_prefix(&feed.source, item.tag, "about")?;
            Some(Edit::replace(value, in_quotes(id)))
        }
        None => None,
    }
}

/// An edit by which a field says something else.
fn text(feed: &Feed, field: &Field, words: &str) -> Option<Edit> {
    let inner = field.inner?;
    if field.has_children {
        // A number, in JSON.
        let quoted = format!("\"{}\"", encode(words, Style::Json));
        return (feed.format == Format::Json).then(|| Edit::replace(inner, quoted));
    }
    let text = feed.text(field);
    let whole = Span::new(0, text.value().len());
    text.lower(&feed.source, &[Edit::replace(whole, words)]).into_iter().reduce(|all, next| {
        // Text in several pieces: what stands in the first says it, the others are emptied.
        Edit { span: Span { start: all.span.start, end: next.span.end }, text: all.text + next.text.as_str() }
    })
}
