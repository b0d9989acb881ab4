//! An item's title: words in most feeds, markup in some.

use std::borrow::Cow;

use super::body::Body;
use super::{Feed, Field, Item, Meaning, TextKind};
use crate::html::entity;
use crate::html::outline::{Kind, NodeId};
use crate::html::taken::{Taken, shorten};
use crate::span::Span;
use crate::xml::splice::Edit;

/// A title on its way through the rules.
#[derive(Debug)]
pub enum Title<'f> {
    /// The item has none, or one with nothing in it, or one too broken to look into.
    Missing,
    /// Words, perhaps with character references.
    Words(Words<'f>),
    /// HTML or XHTML with elements in it.
    Markup(Body<'f>),
}

/// A title without elements.
#[derive(Debug)]
pub struct Words<'f> {
    feed: &'f Feed,
    field: &'f Field,
    changed: Option<String>,
    taken: Taken,
}

impl Feed {
    /// What the feed calls itself, in words; empty where it does not.
    pub fn title(&self) -> String {
        let field = self.fields.iter().find(|field| field.meaning == Meaning::Title);
        Title::of(self, field).words().into_owned()
    }
}

impl<'f> Title<'f> {
    /// The title of an item, unchanged.
    pub fn new(feed: &'f Feed, item: &'f Item) -> Self {
        Title::of(feed, item.first(Meaning::Title))
    }

    /// A title that stands in this field.
    fn of(feed: &'f Feed, field: Option<&'f Field>) -> Self {
        let Some(field) = field.filter(|field| field.inner.is_some()) else {
            return Title::Missing;
        };
        let may_be_markup = field.has_children || feed.text(field).value().contains('<');
        let body = Body::new(feed, field).filter(|_| may_be_markup);
        if let Some(mut body) = body {
            let html = body.html();
            if html.is_unread() {
                return Title::Missing;
            }
            if html.outline().live().any(|id| html.node(id).kind != Kind::Text) {
                return Title::Markup(body);
            }
        }
        Title::Words(Words { feed, field, changed: None, taken: Taken::default() })
    }

    /// Its words as they are now: references resolved, white space folded.
    pub fn words(&self) -> Cow<'_, str> {
        match self {
            Title::Missing => Cow::Borrowed(""),
            Title::Words(title) => fold(title.words()),
            Title::Markup(body) => {
                Cow::Borrowed(body.opened().map(crate::html::Html::all_words).unwrap_or_default())
            }
        }
    }

    /// Changes its words. In markup, each text between tags by itself.
    pub fn replace(&mut self, change: impl Fn(&str) -> String) {
        match self {
            Title::Missing => {}
            Title::Words(title) => title.set(change(&fold(title.words()))),
            Title::Markup(body) => {
                for id in texts(body) {
                    set_text(body, id, &change);
                }
                body.html();
            }
        }
    }

    /// Has it say something else, without markup (but for the element that XHTML asks for). An item without a
    /// title stays without.
    pub fn set_all(&mut self, words: &str) {
        match self {
            Title::Missing => {}
            Title::Words(title) => title.set(words.to_owned()),
            Title::Markup(body) => body.html().replace_whole(entity::escape(words).into_owned()),
        }
    }

    /// Puts words before it.
    pub fn prefix(&mut self, words: &str) {
        match self {
            Title::Missing => {}
            Title::Words(title) => title.set(format!("{words}{}", fold(title.words()))),
            Title::Markup(body) => {
                let html = body.html();
                let first =
                    html.outline().live().find(|id| html.node(*id).kind == Kind::Text && !html.is_blank(*id));
                if let Some(first) = first {
                    html.put_before(outermost_inline(html, first), words);
                }
                body.html();
            }
        }
    }

    /// Puts words after it.
    pub fn suffix(&mut self, words: &str) {
        match self {
            Title::Missing => {}
            Title::Words(title) => title.set(format!("{}{words}", fold(title.words()))),
            Title::Markup(body) => {
                if let Some(last) = texts(body).last() {
                    let html = body.html();
                    html.put_words_after(outermost_inline(html, *last), words);
                }
                body.html();
            }
        }
    }

    /// What has been taken from it since this was last asked.
    pub fn drain_taken(&mut self) -> Taken {
        match self {
            Title::Missing => Taken::default(),
            Title::Words(title) => std::mem::take(&mut title.taken),
            Title::Markup(body) => body.html().drain_taken(),
        }
    }

    /// What has been done to it, as edits of the feed's source.
    pub fn lower(&self) -> Vec<Edit> {
        match self {
            Title::Missing => Vec::new(),
            Title::Words(title) => title.lower(),
            Title::Markup(body) => body.lower(),
        }
    }
}

fn texts(body: &mut Body<'_>) -> Vec<NodeId> {
    let html = body.html();
    html.outline().live().filter(|id| html.node(*id).kind == Kind::Text && !html.is_blank(*id)).collect()
}

fn set_text(body: &mut Body<'_>, id: NodeId, change: impl Fn(&str) -> String) {
    let Some(html) = body.opened_mut() else { return };
    let before = html.text_of(id).into_owned();
    let after = change(&before);
    if after != before {
        html.set_words(id, &after);
    }
}

/// The outermost element that begins with this text and is no block: what stands before it stands before
/// the title's words.
fn outermost_inline(html: &crate::html::Html<'_>, text: NodeId) -> NodeId {
    let inline = |up: &NodeId| !crate::html::tag::is_block(html.node(*up).name);
    html.outline().ancestors(text).take_while(inline).last().unwrap_or(text)
}

impl Words<'_> {
    /// What it says now, where that is not what it said.
    pub(super) fn changed(&self) -> Option<String> {
        self.changed.clone()
    }

    /// Has it say these words, as it did before.
    pub(super) fn put(&mut self, words: String) {
        self.changed = Some(words);
    }

    fn words(&self) -> Cow<'_, str> {
        if let Some(changed) = &self.changed {
            return Cow::Borrowed(changed);
        }
        let value = self.feed.text(self.field).to_value();
        match self.feed.text_kind(self.field) {
            TextKind::Plain => value,
            TextKind::Html | TextKind::Xhtml => Cow::Owned(entity::decode(&value).into_owned()),
        }
    }

    fn set(&mut self, words: String) {
        let before = fold(self.words()).into_owned();
        if before == words {
            return;
        }
        let size = |text: &str| i64::try_from(text.len()).unwrap_or(i64::MAX);
        self.taken.count = 1;
        self.taken.bytes += size(&before) - size(&words);
        self.taken.snippet = shorten(&before);
        self.changed = Some(words);
    }

    fn lower(&self) -> Vec<Edit> {
        let Some(words) = &self.changed else { return Vec::new() };
        let text = self.feed.text(self.field);
        let plain = self.feed.text_kind(self.field) == TextKind::Plain;
        // RSS does not say whether a title is HTML; readers take it for HTML where it has references.
        let is_encoded = !plain && entity::decode(text.value()) != text.value();
        let written = if is_encoded { entity::escape(words) } else { Cow::Borrowed(words.as_str()) };
        let whole = Span::new(0, text.value().len());
        text.lower(&self.feed.source, &[Edit::replace(whole, written)])
    }
}

/// Runs of white space as single spaces, none at the ends.
pub(super) fn fold(text: Cow<'_, str>) -> Cow<'_, str> {
    let is_folded =
        !text.contains("  ") && text.trim().len() == text.len() && !text.contains(['\n', '\r', '\t']);
    if is_folded { text } else { Cow::Owned(text.split_whitespace().collect::<Vec<_>>().join(" ")) }
}
