//! `replace`: other words in the place of words.

use std::borrow::Cow;

use regex::Captures;
use schemars::JsonSchema;
use serde::Deserialize;

use super::texts::Written;
use super::values::Pattern;
use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::html::outline::{Kind, NodeId};
use crate::html::{Html, entity, tag};
use crate::span::Span;
use crate::xml::check::check;
use crate::xml::splice::{Edit, splice};

pub(super) const INFO: Info = Info {
    name: "replace",
    summary: "Replaces what a pattern matches in titles, in the words of the content or of links, or in the HTML itself.",
    why: "To take a prefix off every title, or a phrase out of every post. `$1` stands for the first group.",
    example: "{ replace = { in = 'title', pattern = '^The Pulse: ', with = '' } }",
    shorthand: None,
    compile: compile::<Replace>,
    schema: schema::<Replace>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Replace {
    /// Where to look.
    r#in: Place,
    /// What to look for.
    pattern: Pattern,
    /// What to put there: words, or HTML where that is looked at. `$1` and `$name` stand for what a group has
    /// matched, `$$` for a dollar sign.
    with: String,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Place {
    /// The title.
    Title,
    /// The words of every HTML text, each stretch between two tags by itself.
    Content,
    /// The words of links.
    LinkText,
    /// The HTML of every text as it is written, tags and references included. Of XHTML it is what is inside the
    /// element around all of it, and a text that would not be well-formed afterwards stays as it is.
    Html,
}

impl Rule for Replace {
    fn apply(&self, draft: &mut Draft<'_>) {
        match self.r#in {
            Place::Title => {
                for item in draft.kept_mut() {
                    item.title_mut().replace(|title| self.replaced(title).into_owned());
                }
            }
            Place::Content => draft.each_html(|html| self.in_texts(html, |_, _| true)),
            Place::LinkText => draft.each_html(|html| self.in_texts(html, is_in_link)),
            Place::Html => draft.each_html(|html| self.in_markup(html)),
        }
    }
}

impl Replace {
    fn replaced<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.pattern.regex().replace_all(text, self.with.as_str())
    }

    fn put(&self, found: &Captures<'_>) -> String {
        let mut put = String::new();
        found.expand(&self.with, &mut put);
        put
    }

    fn in_texts(&self, html: &mut Html<'_>, is_wanted: fn(&Html<'_>, NodeId) -> bool) {
        let texts =
            html.outline().live().filter(|id| html.node(*id).kind == Kind::Text && !is_code(html, *id));
        for id in texts.collect::<Vec<_>>() {
            let text = Written::of(html, id);
            let replaced = self.replaced(&text.words);
            if replaced == text.words || !is_wanted(html, id) {
                continue;
            }
            if text.is_section() {
                let words = replaced.into_owned();
                html.set_words(id, &words);
            } else {
                let written = self.written(&text);
                html.replace(id, written);
            }
        }
    }

    /// A text with other words in it. The rest is written as it was.
    fn written(&self, text: &Written<'_>) -> String {
        let mut out = String::new();
        let mut at = 0;
        for found in self.pattern.regex().captures_iter(&text.words) {
            let whole = found.get_match();
            out.push_str(&text.bytes(at..whole.start()));
            out.push_str(&entity::escape(&self.put(&found)));
            at = whole.end();
        }
        out + text.bytes(at..text.words.len()).as_str()
    }

    fn in_markup(&self, html: &mut Html<'_>) {
        let mut is_broken = false;
        html.rewrite(|html| {
            let edits = self.markup_edits(html);
            is_broken = html.is_xhtml() && !edits.is_empty() && check(&splice(html.text(), &edits)).is_err();
            if is_broken { Vec::new() } else { edits }
        });
        if is_broken {
            html.spare_whole("what would stand there is not well-formed, as XHTML must be");
        }
    }

    fn markup_edits(&self, html: &Html<'_>) -> Vec<Edit> {
        let Some(inner) = html.inner() else { return Vec::new() };
        let start = inner.range().start;
        let found = self.pattern.regex().captures_iter(inner.of(html.text()));
        let edits = found.map(|found| {
            let whole = found.get_match();
            Edit::replace(Span::new(start + whole.start(), start + whole.end()), self.put(&found))
        });
        edits.filter(|edit| edit.span.of(html.text()) != edit.text).collect()
    }
}

fn is_in_link(html: &Html<'_>, id: NodeId) -> bool {
    html.outline().ancestors(id).any(|up| html.outline().is(up, tag::A))
}

/// What stands in a script or style is not words, and escaping it would break it.
fn is_code(html: &Html<'_>, id: NodeId) -> bool {
    let code = [tag::SCRIPT, tag::STYLE, tag::IFRAME, tag::XMP, tag::NOEMBED, tag::NOFRAMES];
    html.outline().parent(id).is_some_and(|up| code.contains(&html.node(up).name))
}
