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
    field: &'f Field,
    opened: Option<Box<Opened<'f>>>,
}

#[derive(Debug)]
struct Opened<'f> {
    text: Text<'f>,
    html: Html<'f>,
}

impl<'f> Body<'f> {
    /// The field, where it holds HTML; nothing is read yet.
    pub fn new(feed: &'f Feed, field: &'f Field) -> Option<Self> {
        field.inner?;
        (feed.text_kind(field) != TextKind::Plain).then_some(Body { feed, field, opened: None })
    }

    /// The same field as it is in the source.
    #[must_use]
    pub fn afresh(&self) -> Self {
        Body { feed: self.feed, field: self.field, opened: None }
    }

    /// Whether it is the full text or the summary.
    pub fn meaning(&self) -> Meaning {
        self.field.meaning
    }

    /// Whether there is nothing in it.
    pub fn is_blank(&self) -> bool {
        !self.field.has_children && self.feed.text(self.field).value().trim().is_empty()
    }

    /// How many bytes it takes in the source.
    pub fn source_len(&self) -> usize {
        self.field.inner.map_or(0, crate::span::Span::len)
    }

    /// Its HTML, as the rules before have left it.
    pub fn html(&mut self) -> &mut Html<'f> {
        let (feed, field) = (self.feed, self.field);
        let opened = self.opened.get_or_insert_with(|| {
            let text = feed.text(field);
            let xhtml = feed.text_kind(field) == TextKind::Xhtml;
            let syntax = if xhtml { Syntax::Xhtml } else { Syntax::Html };
            let html = Html::new(text.to_value(), syntax);
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
        if edits.is_empty() { edits } else { opened.text.lower(&self.feed.source, &edits) }
    }
}
