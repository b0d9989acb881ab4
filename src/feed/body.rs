//! A field that holds HTML, read when a rule first looks at it.

use super::{Feed, Field, Meaning, TextKind};
use crate::html::Html;
use crate::html::build::Syntax;
use crate::text::{CDATA_OPEN, Text};
use crate::xml::splice::Edit;

/// A content or summary of an item.
#[derive(Debug)]
pub struct Body<'f> {
    feed: &'f Feed,
    /// `None` for a text that the item did not have.
    field: Option<&'f Field>,
    /// What had been made of it before it was opened, as edits of what it says.
    laid: Vec<Edit>,
    opened: Option<Box<Opened<'f>>>,
}

#[derive(Debug)]
struct Opened<'f> {
    /// What it is written in; `None` for a text that the item did not have.
    text: Option<Text<'f>>,
    html: Html<'f>,
}

impl<'f> Body<'f> {
    /// The field, where it holds HTML; nothing is read yet.
    pub fn new(feed: &'f Feed, field: &'f Field) -> Option<Self> {
        field.inner?;
        (feed.text_kind(field) != TextKind::Plain).then_some(Body {
            feed,
            field: Some(field),
            laid: Vec::new(),
            opened: None,
        })
    }

    /// A full text that the item did not have.
    pub fn added(feed: &'f Feed, text: String) -> Self {
        let mut html = Html::new("".into(), Syntax::Html);
        html.replace_whole(text);
        Body { feed, field: None, laid: Vec::new(), opened: Some(Box::new(Opened { text: None, html })) }
    }

    /// What it says, where the item did not have it.
    pub fn added_html(&self) -> Option<String> {
        let html = self.opened().filter(|_| self.field.is_none())?;
        Some(html.marked_text().into_owned())
    }

    /// The same field as it is in the source.
    #[must_use]
    pub fn afresh(&self) -> Self {
        self.laid(Vec::new())
    }

    /// The same field with these edits of what it says.
    #[must_use]
    pub(super) fn laid(&self, edits: Vec<Edit>) -> Self {
        Body { feed: self.feed, field: self.field, laid: edits, opened: None }
    }

    /// What has been done to it, as edits of what it says; `None` where it can not be told that way.
    pub(super) fn made(&self) -> Option<Vec<Edit>> {
        let html = match &self.opened {
            None => return Some(self.laid.clone()),
            Some(opened) => &opened.html,
        };
        (self.field.is_some() && !html.is_unread()).then(|| html.edits())
    }

    /// Whether it is what this field holds.
    pub fn is_of(&self, field: &Field) -> bool {
        self.field.is_some_and(|own| own.tag == field.tag)
    }

    /// Whether it is the full text or the summary.
    pub fn meaning(&self) -> Meaning {
        self.field.map_or(Meaning::Content, |field| field.meaning)
    }

    /// Whether there is nothing in it.
    pub fn is_blank(&self) -> bool {
        let is_blank = |field: &Field| self.feed.text(field).value().trim().is_empty();
        self.field.is_some_and(|field| !field.has_children && !self.begins(field) && is_blank(field))
    }

    /// Whether its first byte tells that there is something in it, as it nearly always does.
    fn begins(&self, field: &Field) -> bool {
        let raw = field.inner.map_or("", |inner| inner.of(&self.feed.source)).trim_start();
        let begins = |text: &str| text.starts_with(|c: char| c.is_ascii_alphanumeric());
        let section = raw.strip_prefix(CDATA_OPEN);
        begins(raw)
            || raw.starts_with("&lt;")
            || section.is_some_and(|text| text.starts_with('<') || begins(text))
    }

    /// How many bytes it takes in the source.
    pub fn source_len(&self) -> usize {
        self.field.and_then(|field| field.inner).map_or(0, crate::span::Span::len)
    }

    /// Its HTML, as the rules before have left it.
    pub fn html(&mut self) -> &mut Html<'f> {
        let (feed, field) = (self.feed, self.field);
        let opened = self.opened.get_or_insert_with(|| {
            let text = field.map(|field| feed.text(field));
            let xhtml = field.is_some_and(|field| feed.text_kind(field) == TextKind::Xhtml);
            let syntax = if xhtml { Syntax::Xhtml } else { Syntax::Html };
            let value = text.as_ref().map(Text::to_value).unwrap_or_default();
            let html = Html::edited(value, syntax, std::mem::take(&mut self.laid));
            Box::new(Opened { text, html })
        });
        opened.html.settle();
        &mut opened.html
    }

    /// Its HTML where a rule has looked at it, as that rule has left it.
    pub fn opened(&self) -> Option<&Html<'f>> {
        self.opened.as_ref().map(|opened| &opened.html)
    }

    /// The same, to change.
    pub fn opened_mut(&mut self) -> Option<&mut Html<'f>> {
        self.opened.as_mut().map(|opened| &mut opened.html)
    }

    /// What has been done to it, as edits of the feed's source.
    pub fn lower(&self) -> Vec<Edit> {
        let Some(opened) = &self.opened else {
            let text = self.field.filter(|_| !self.laid.is_empty()).map(|field| self.feed.text(field));
            return text.map(|text| text.lower(&self.feed.source, &self.laid)).unwrap_or_default();
        };
        let edits = opened.html.edits();
        match &opened.text {
            Some(text) if !edits.is_empty() => text.lower(&self.feed.source, &edits),
            _ => Vec::new(),
        }
    }
}
