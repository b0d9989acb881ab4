//! `image-titles`: what a picture says when the mouse rests on it, as its caption.

use schemars::JsonSchema;
use serde::Deserialize;

use super::image_figure::is_alone;
use super::markup::{ancestor, takes_paragraphs};
use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::html::outline::NodeId;
use crate::html::{Html, entity, tag};

pub(super) const INFO: Info = Info {
    name: "image-titles",
    summary: "Shows the title of a picture as its caption.",
    why: "Comics on the web keep their second joke in the title, which no phone shows.",
    example: "{ image-titles = { from = 'title' } }",
    shorthand: Some("from"),
    compile: compile::<ImageTitles>,
    schema: schema::<ImageTitles>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ImageTitles {
    /// The attribute that is shown: `title` (unless said otherwise) or `alt`.
    #[serde(default)]
    from: From,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum From {
    /// The title.
    #[default]
    Title,
    /// The alternative text.
    Alt,
}

impl Rule for ImageTitles {
    fn apply(&self, draft: &mut Draft<'_>) {
        let name = match self.from {
            From::Title => "title",
            From::Alt => "alt",
        };
        draft.each_html(|html| {
            for img in html.named(tag::IMG) {
                let words = html.attr(img, name).map(|words| words.trim().to_owned());
                if let Some(words) = words.filter(|words| !words.is_empty()) {
                    caption(html, img, &words);
                }
            }
        });
    }
}

fn caption(html: &mut Html<'_>, img: NodeId, words: &str) {
    let caption = format!("<figcaption>{}</figcaption>", entity::escape(words));
    if let Some(figure) = ancestor(html, img, tag::FIGURE) {
        // A figure has one caption, and it is its author's.
        let has_caption = html.outline().inside(figure).any(|id| html.outline().is(id, tag::FIGCAPTION));
        let last = html.outline().children(Some(figure)).last();
        if let Some(last) = last.filter(|_| !has_caption) {
            html.put_after(last, &caption);
        }
        return;
    }
    let around = ancestor(html, img, tag::A).filter(|link| is_alone(html, img, *link));
    let picture = around.or_else(|| ancestor(html, img, tag::PICTURE)).unwrap_or(img);
    let inside = html.extract(&[picture]);
    if takes_paragraphs(html, picture) {
        html.replace(picture, format!("<figure>{inside}{caption}</figure>"));
    } else if !has_been_said(html, picture, words) {
        html.put_after(picture, &format!("<br/><small>{}</small>", entity::escape(words)));
    }
}

/// Whether the words stand right after the picture already.
fn has_been_said(html: &Html<'_>, picture: NodeId, words: &str) -> bool {
    let mut after =
        html.outline().after(picture).filter(|id| !html.is_blank(*id) && !html.outline().is(*id, tag::BR));
    after.next().is_some_and(|id| html.words(id) == words)
}
