//! `image-titles`: what stands in the title of a picture, as words below it.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::Deserialize;

use super::image_figure::is_alone;
use super::markup::{ancestor, takes_paragraphs};
use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::html::outline::{Kind, NodeId};
use crate::html::{Html, entity, tag};

pub(super) const INFO: Info = Info {
    name: "image-titles",
    summary: "Puts the title of a picture below it, as a caption.",
    why: "In many webcomics the second joke is in the title, which shows where a mouse rests on the picture: never on \
          a telephone.",
    example: "{ image-titles = { from = 'title' } }",
    shorthand: Some("from"),
    compile: compile::<ImageTitles>,
    schema: schema::<ImageTitles>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ImageTitles {
    /// Which attribute: `title` (the default) or `alt`, the text that stands for the picture.
    #[serde(default)]
    from: From,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum From {
    #[default]
    Title,
    Alt,
}

impl Rule for ImageTitles {
    fn apply(&self, draft: &mut Draft<'_>) {
        let name = match self.from {
            From::Title => "title",
            From::Alt => "alt",
        };
        draft.each_html(|html| {
            let captions = html.named(tag::FIGCAPTION).into_iter();
            let captioned: HashSet<NodeId> =
                captions.filter_map(|id| ancestor(html, id, tag::FIGURE)).collect();
            for img in html.named(tag::IMG) {
                let figure = ancestor(html, img, tag::FIGURE);
                if figure.is_some_and(|figure| captioned.contains(&figure)) {
                    continue;
                }
                let title = html.attr(img, name).map(|title| folded(&title)).unwrap_or_default();
                if !title.is_empty() && !is_icon(html, img) {
                    caption(html, img, figure, &title);
                }
            }
        });
    }
}

fn folded(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Pictures narrower or lower than this, in pixels, are icons and pixels that count readers.
const ICON: u32 = 50;

/// Whether a picture is one of those that stand between words: small by its own account, or an emoji.
fn is_icon(html: &Html<'_>, img: NodeId) -> bool {
    let is_small = |side| {
        let size =
            html.attr(img, side).and_then(|size| size.trim().trim_end_matches("px").parse::<u32>().ok());
        size.is_some_and(|size| size < ICON)
    };
    let is_emoji = || {
        let class = html.attr(img, "class").unwrap_or_default();
        class.split_whitespace().any(|class| matches!(class, "emoji" | "wp-smiley"))
    };
    is_small("width") || is_small("height") || is_emoji()
}

fn caption(html: &mut Html<'_>, img: NodeId, figure: Option<NodeId>, title: &str) {
    let picture = ancestor(html, img, tag::PICTURE).unwrap_or(img);
    let link = ancestor(html, picture, tag::A).filter(|link| is_alone(html, img, *link));
    let whole = link.unwrap_or(picture);
    if follows(html, whole, title) {
        return;
    }
    let words = entity::escape(title);
    let written = match figure {
        Some(figure) if is_alone(html, img, figure) => {
            // Below everything else in the figure, and directly in it.
            let last = html.outline().children(Some(figure)).last();
            html.put_after(last.unwrap_or(whole), &format!("<figcaption>{words}</figcaption>"));
            return;
        }
        _ if takes_paragraphs(html, whole) => format!("<p><em>{words}</em></p>"),
        _ => format!("<br/><em>{words}</em>"),
    };
    html.put_after(whole, &written);
}

/// How many siblings of a picture are looked through for words.
const NEAR: usize = 8;

/// Whether the words below a picture are its title already.
fn follows(html: &Html<'_>, whole: NodeId, title: &str) -> bool {
    let says = |id: NodeId| {
        // A sibling may be the rest of the text; no more of it is read than can be the title.
        let is_short = html.node(id).span().len() <= title.len().saturating_mul(8) + 256;
        is_short && html.words(id) == title
    };
    let is_break = |id: &NodeId| html.is_blank(*id) || html.outline().is(*id, tag::BR);
    let mut after = html.outline().after(whole).take(NEAR).skip_while(is_break);
    if let Some(next) = after.next() {
        return says(next);
    }
    // Alone in its paragraph: the words may be the next one.
    let Some(around) =
        html.outline().parent(whole).filter(|up| matches!(html.node(*up).name, tag::P | tag::DIV))
    else {
        return false;
    };
    let mut after = html.outline().after(around).take(NEAR).filter(|id| html.node(*id).kind != Kind::Comment);
    after.find(|id| !html.is_blank(*id)).is_some_and(says)
}
