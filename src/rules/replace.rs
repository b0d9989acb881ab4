//! `replace`: other words in the place of words.

use schemars::JsonSchema;
use serde::Deserialize;

use super::values::Pattern;
use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::html::outline::{Kind, NodeId};
use crate::html::{Html, tag};

pub(super) const INFO: Info = Info {
    name: "replace",
    summary: "Replaces what a pattern matches in titles, in the words of the content, or in the words of links.",
    why: "To take a prefix off every title, or a phrase out of every post. `$1` stands for the first group.",
    example: "{ replace = { in = 'title', pattern = '^The Pulse: ', with = '' } }",
    shorthand: None,
    compile: compile::<Replace>,
    schema: schema::<Replace>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Replace {
    /// Where to look.
    r#in: Place,
    /// What to look for; every place where it matches.
    pattern: Pattern,
    /// What to put there. `$1` or `${name}` stands for a group of the pattern, `$$` for a dollar.
    with: String,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Place {
    /// In titles.
    Title,
    /// In the words of the content and the summary; tags stay as they are.
    Content,
    /// In the words of links in the content.
    LinkText,
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
        }
    }
}

impl Replace {
    fn replaced<'t>(&self, text: &'t str) -> std::borrow::Cow<'t, str> {
        self.pattern.regex().replace_all(text, self.with.as_str())
    }

    fn in_texts(&self, html: &mut Html<'_>, is_wanted: fn(&Html<'_>, NodeId) -> bool) {
        let texts =
            html.outline().live().filter(|id| html.node(*id).kind == Kind::Text && !is_code(html, *id));
        for id in texts.collect::<Vec<_>>() {
            let words = html.text_of(id).into_owned();
            let replaced = self.replaced(&words);
            if replaced != words && is_wanted(html, id) {
                html.set_words(id, &replaced);
            }
        }
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
