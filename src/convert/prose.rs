//! Texts: words or HTML, and how to say one as the other.

use std::borrow::Cow;

use crate::html::build::Syntax;
use crate::html::outline::Kind as NodeKind;
use crate::html::{Html, entity};

/// What a text is written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Words; white space is only between them.
    #[default]
    Plain,
    /// Words whose line breaks are meant (JSON Feed's `content_text`, Media RSS descriptions).
    Lines,
    /// HTML.
    Html,
}

/// A text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prose {
    /// What it is written in.
    pub kind: Kind,
    /// The text itself.
    pub text: String,
    /// What relative addresses in it are relative to, where that is not what holds for the whole item.
    pub base: Option<String>,
}

impl Prose {
    /// A text of a kind.
    pub fn new(kind: Kind, text: impl Into<String>) -> Self {
        Prose { kind, text: text.into(), base: None }
    }

    /// A short text that is HTML or words: HTML where there are elements in it, or else words, without comments
    /// and with references resolved.
    pub fn of_html(text: Cow<'_, str>) -> Self {
        let nodes = Nodes::of(&text);
        match nodes {
            Nodes::Elements => Prose::new(Kind::Html, text),
            Nodes::Comments => Prose::new(Kind::Plain, words(&text)),
            Nodes::Text => Prose::new(Kind::Plain, entity::decode(&text)),
        }
    }

    /// Whether it says nothing.
    pub fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// The text as HTML.
    pub fn to_html(&self) -> Cow<'_, str> {
        match self.kind {
            Kind::Html => Cow::Borrowed(&self.text),
            Kind::Plain => entity::escape(&self.text),
            Kind::Lines => lines(&self.text),
        }
    }

    /// The words of the text.
    pub fn to_words(&self) -> Cow<'_, str> {
        match self.kind {
            Kind::Html => Cow::Owned(words(&self.text)),
            Kind::Plain | Kind::Lines => Cow::Borrowed(&self.text),
        }
    }

    /// The words of the text on one line.
    pub fn to_line(&self) -> String {
        self.to_words().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// A short text as RSS has it, which does not say whether that is HTML: words that could be taken for HTML
    /// are escaped as HTML, so that they are read as what they are.
    pub fn in_rss(&self) -> Cow<'_, str> {
        if self.kind == Kind::Html {
            return Cow::Borrowed(&self.text);
        }
        let is_ambiguous = entity::decode(&self.text) != self.text || Nodes::of(&self.text) != Nodes::Text;
        if is_ambiguous { entity::escape(&self.text) } else { Cow::Borrowed(&self.text) }
    }
}

/// What a browser would find in a text.
#[derive(PartialEq, Eq)]
enum Nodes {
    Text,
    /// Comments, and perhaps text.
    Comments,
    /// Elements, and perhaps comments and text.
    Elements,
}

impl Nodes {
    fn of(text: &str) -> Self {
        if !text.contains('<') {
            return Nodes::Text;
        }
        let html = Html::new(Cow::Borrowed(text), Syntax::Html);
        let has = |kind| html.outline().live().any(|id| html.node(id).kind == kind);
        match () {
            () if html.is_unread() || has(NodeKind::Element) => Nodes::Elements,
            () if has(NodeKind::Comment) => Nodes::Comments,
            () => Nodes::Text,
        }
    }
}

fn words(html: &str) -> String {
    let read = Html::new(Cow::Borrowed(html), Syntax::Html);
    // What is too large for an outline is kept as it is rather than lost.
    if read.is_unread() { html.to_owned() } else { read.all_words().to_owned() }
}

/// Line breaks as HTML has them; a line is what the author made it.
fn lines(text: &str) -> Cow<'_, str> {
    let escaped = entity::escape(text.trim());
    if escaped.contains('\n') { Cow::Owned(escaped.replace('\n', "<br>\n")) } else { escaped }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_texts_are_words_unless_there_are_elements() {
        let of = |text| Prose::of_html(Cow::Borrowed(text));
        assert_eq!(of("R&amp;D <3 ebb"), Prose::new(Kind::Plain, "R&D <3 ebb"));
        assert_eq!(of("The <em>ebb</em>").kind, Kind::Html);
        assert_eq!(of("R&amp;D <!-- not now -->ebb"), Prose::new(Kind::Plain, "R&D ebb"));
        assert_eq!(of("The <em>ebb</em> &amp; flow").to_line(), "The ebb & flow");
    }

    #[test]
    fn words_that_look_like_html_are_escaped_for_rss() {
        let rss = |text: &str| Prose::new(Kind::Plain, text).in_rss().into_owned();
        assert_eq!(rss("R&D <3"), "R&D <3");
        assert_eq!(rss("How <b> works"), "How &lt;b&gt; works");
        assert_eq!(rss("What &amp; is"), "What &amp;amp; is");
    }

    #[test]
    fn lines_stay_lines() {
        let lines = Prose::new(Kind::Lines, "Ebb <1 m\nFlow\n");
        assert_eq!(lines.to_html(), "Ebb &lt;1 m<br>\nFlow");
        assert_eq!(Prose::new(Kind::Plain, "a\n b").to_html(), "a\n b");
    }
}
