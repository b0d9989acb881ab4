//! A field that holds HTML, read when a rule first looks at it.

use super::{Feed, Field, Meaning, TextKind};
use crate::html::Html;
use crate::html::build::Syntax;
use crate::text::Text;
use crate::xml::splice::Edit;

/// A content or summary of an item.
#[derive(Debug)]
pub struct Body<'f> {
    feed: &'f Feed,
    /// `None` for a text that the item did not have.
    field: Option<&'f Field>,
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
        (feed.text_kind(field) != TextKind::Plain).then_some(Body { feed, field: Some(field), opened: None })
    }

    /// A full text that the item did not have.
    pub fn added(feed: &'f Feed, text: String) -> Self {
        let mut html = Html::new("".into(), Syntax::Html);
        html.replace_whole(text);
        Body { feed, field: None, opened: Some(Box::new(Opened { text: None, html })) }
    }

    /// What it says, where the item did not have it.
    pub fn added_html(&self) -> Option<String> {
        let html = self.opened().filter(|_| self.field.is_none())?;
        Some(html.marked_text().into_owned())
    }

    /// The same field as it is in the source.
    #[must_use]
    pub fn afresh(&self) -> Self {
        Body { feed: self.feed, field: self.field, opened: None }
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
        self.field.is_some_and(|field| !field.has_children && self.feed.text(field).value().trim().is_empty())
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
            let html = Html::new(text.as_ref().map(Text::to_value).unwrap_or_default(), syntax);
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
        let Some(opened) = &self.opened else { return Vec::new() };
        let edits = opened.html.edits();
        match &opened.text {
            Some(text) if !edits.is_empty() => text.lower(&self.feed.source, &edits),
            _ => Vec::new(),
        }
    }
}
