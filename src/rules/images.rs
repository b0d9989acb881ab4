//! `images`: each picture as one plain `img`, as a link, or not at all.

use schemars::JsonSchema;
use serde::Deserialize;

use super::image_url::{is_placeholder, narrow_candidate, narrowed, same_image, widest_candidate};
use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::html::outline::{Kind, NodeId};
use crate::html::{Html, entity, tag};

pub(super) const INFO: Info = Info {
    name: "images",
    summary: "Slims pictures to one plain img with src, alt, width and height in its figure with the caption; or turns \
              them into links; or drops them.",
    why: "A newsletter's picture is four sources, two srcsets, a JSON copy of itself and two buttons: 6 KB of markup \
          for one address. `max-width` (pixels) picks a smaller copy where there is one. Lazy sources are restored.",
    example: "{ images = { mode = 'slim', max-width = 800 } }",
    shorthand: Some("mode"),
    compile: compile::<Images>,
    schema: schema::<Images>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Images {
    #[serde(default)]
    /// What becomes of a picture; `slim` unless said otherwise.
    mode: Mode,
    /// How wide a picture may be, in pixels: a smaller copy is taken where the publisher has one. Any width unless said
    /// otherwise.
    max_width: Option<u32>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Mode {
    #[default]
    /// One plain `img`, in its figure with the caption.
    Slim,
    /// A link with the picture's `alt` text for words.
    Link,
    /// Nothing; a figure of pictures goes with its caption.
    Drop,
}

/// Where scripts that load images late keep the address.
const LAZY: &[&str] = &[
    "data-src",
    "data-original",
    "data-orig",
    "data-url",
    "data-orig-file",
    "data-large-file",
    "data-medium-file",
    "data-image",
    "data-lazy-src",
];

const KEPT: &[&str] = &["src", "alt", "width", "height", "title"];

impl Rule for Images {
    fn apply(&self, draft: &mut Draft<'_>) {
        draft.each_html(|html| {
            settle_copies(html);
            for figure in html.named(tag::FIGURE) {
                match self.mode {
                    Mode::Slim => bare_figure(html, figure),
                    Mode::Link => {}
                    Mode::Drop => drop_figure(html, figure),
                }
            }
            for img in html.named(tag::IMG) {
                match self.mode {
                    Mode::Slim => self.slim(html, img),
                    Mode::Link => self.link(html, img),
                    Mode::Drop => html.remove(whole_picture(html, img)),
                }
            }
        });
    }
}

impl Images {
    fn slim(&self, html: &mut Html<'_>, img: NodeId) {
        self.plain(html, img);
        let figure = ancestor(html, img, tag::FIGURE);
        if let Some(figure) = figure {
            bare_wrappers(html, img, figure);
        } else if let Some(picture) = ancestor(html, img, tag::PICTURE) {
            bare_picture(html, picture);
        }
    }

    /// The image with one address and what belongs to it.
    fn plain(&self, html: &mut Html<'_>, img: NodeId) {
        let chosen = address(html, img, self.max_width);
        let size = |html: &Html<'_>, side: &str| {
            html.attr(img, side)?.trim().trim_end_matches("px").parse::<u32>().ok()
        };
        let (width, height) = (size(html, "width"), size(html, "height"));
        strip_all(html, img, KEPT);
        if let Some(chosen) = chosen
            && html.attr(img, "src").is_none_or(|src| src != chosen)
        {
            html.set_attr(img, "src", &chosen);
        }
        if let (Some(max), Some(width)) = (self.max_width, width)
            && width > max
        {
            html.set_attr(img, "width", &max.to_string());
            if let Some(height) = height {
                let scaled = (u64::from(height) * u64::from(max) + u64::from(width) / 2) / u64::from(width);
                html.set_attr(img, "height", &scaled.to_string());
            }
        }
    }

    fn link(&self, html: &mut Html<'_>, img: NodeId) {
        let Some(address) =
            address(html, img, self.max_width).or_else(|| html.attr(img, "src").map(Into::into))
        else {
            return;
        };
        let label = html.attr(img, "alt").map(|alt| alt.trim().to_owned()).filter(|alt| !alt.is_empty());
        let label = label.unwrap_or_else(|| "Image".to_owned());
        let link =
            format!("<a href=\"{}\">{}</a>", entity::escape_attribute(&address), entity::escape(&label));
        let picture = ancestor(html, img, tag::PICTURE).unwrap_or(img);
        match ancestor(html, img, tag::A) {
            None => html.replace(picture, link),
            Some(around) if is_alone(html, img, around) => html.replace(around, link),
            // A link can not stand in a link; beside other things in one, the picture becomes words.
            Some(_) => html.replace(picture, entity::escape(&label).into_owned()),
        }
    }
}

/// The one address an image is to have.
fn address(html: &Html<'_>, img: NodeId, max_width: Option<u32>) -> Option<String> {
    let src = html.attr(img, "src").filter(|src| !is_placeholder(src)).map(std::borrow::Cow::into_owned);
    let lazy = || LAZY.iter().find_map(|name| html.attr(img, name)).map(std::borrow::Cow::into_owned);
    let src = src.or_else(lazy);
    if let (Some(max), Some(src)) = (max_width, &src)
        && let Some(narrow) = narrowed(src, max)
    {
        return Some(narrow);
    }
    let own = || html.attr(img, "srcset").or_else(|| html.attr(img, "data-srcset"));
    match (src, max_width) {
        (Some(src), None) => Some(src),
        (Some(src), Some(max)) => own().and_then(|set| narrow_candidate(&set, Some(&src), max)).or(Some(src)),
        (None, max) => {
            let set = own().map(std::borrow::Cow::into_owned).or_else(|| last_source(html, img))?;
            max.and_then(|max| narrow_candidate(&set, None, max)).or_else(|| widest_candidate(&set))
        }
    }
}

/// `noscript` copies of lazy images: the copy goes where the image can stand for itself, and the image goes
/// where only the copy has an address.
fn settle_copies(html: &mut Html<'_>) {
    for noscript in html.named(tag::NOSCRIPT) {
        let holds_image = html.outline().inside(noscript).any(|id| html.outline().is(id, tag::IMG));
        let mut before = std::iter::successors(html.outline().prev(noscript), |id| html.outline().prev(*id));
        let lazy = before.find(|id| html.node(*id).kind == Kind::Element);
        let Some(lazy) = lazy.filter(|id| holds_image && html.outline().is(*id, tag::IMG)) else { continue };
        if address(html, lazy, None).is_some() {
            html.remove(noscript);
        } else {
            html.remove(lazy);
            html.unwrap(noscript);
        }
    }
}

fn ancestor(html: &Html<'_>, id: NodeId, name: tag::Name) -> Option<NodeId> {
    html.outline().ancestors(id).find(|up| html.outline().is(*up, name))
}

/// The srcset of the last `source` of the picture around an image: the most widely understood one.
fn last_source(html: &Html<'_>, img: NodeId) -> Option<String> {
    let picture = ancestor(html, img, tag::PICTURE)?;
    let sources = html.outline().inside(picture).filter(|id| html.outline().is(*id, tag::SOURCE));
    sources.filter_map(|id| html.attr(id, "srcset")).last().map(Into::into)
}

/// A picture without its tags and sources.
fn bare_picture(html: &mut Html<'_>, picture: NodeId) {
    let sources = html.outline().inside(picture).filter(|id| html.outline().is(*id, tag::SOURCE));
    for source in sources.collect::<Vec<_>>() {
        html.remove(source);
    }
    html.unwrap(picture);
}

/// A figure with a picture in it: without what is laid over the picture, without attributes.
fn bare_figure(html: &mut Html<'_>, figure: NodeId) {
    let inside: Vec<NodeId> = html.outline().inside(figure).collect();
    if !inside.iter().any(|id| html.outline().is(*id, tag::IMG)) {
        return;
    }
    strip_all(html, figure, &[]);
    // A caption is left as it is, and a figure in the figure has a turn of its own.
    let mut passed = 0;
    for id in inside.into_iter().filter(|id| html.node(*id).kind == Kind::Element).collect::<Vec<_>>() {
        if id < passed {
            continue;
        }
        match html.node(id).name {
            tag::FIGCAPTION => {
                strip_all(html, id, &[]);
                passed = html.node(id).next;
            }
            tag::FIGURE => passed = html.node(id).next,
            _ if html.outline().is_live(id) => bare_container(html, id),
            _ => {}
        }
    }
}

/// Furniture goes; of a container that holds pictures and no words, the tags go.
fn bare_container(html: &mut Html<'_>, id: NodeId) {
    let holds_image =
        |html: &Html<'_>| html.outline().inside(id).any(|inner| html.outline().is(inner, tag::IMG));
    if is_furniture(html, id) {
        html.remove(id);
    } else if html.outline().is(id, tag::DIV) && holds_image(html) && html.words(id).is_empty() {
        html.unwrap(id);
    }
}

/// What still stands between an image and its figure: a picture goes, a link stays where it leads elsewhere.
fn bare_wrappers(html: &mut Html<'_>, img: NodeId, figure: NodeId) {
    let between: Vec<NodeId> = html.outline().ancestors(img).take_while(|up| *up != figure).collect();
    let src = html.attr(img, "src").map(std::borrow::Cow::into_owned).unwrap_or_default();
    for id in between {
        match html.node(id).name {
            tag::PICTURE => bare_picture(html, id),
            tag::A if html.attr(id, "href").is_none_or(|href| same_image(&href, &src)) => html.unwrap(id),
            tag::A => strip_all(html, id, &["href"]),
            _ => {}
        }
    }
}

/// Buttons and icons that the publisher's page lays over a picture: they hold no words and no media.
fn is_furniture(html: &Html<'_>, id: NodeId) -> bool {
    let node = html.node(id);
    let media = [tag::IMG, tag::VIDEO, tag::AUDIO, tag::IFRAME, tag::FIGCAPTION, tag::OBJECT, tag::EMBED];
    let holds_media = || html.outline().inside(id).any(|inner| media.contains(&html.node(inner).name));
    node.kind == Kind::Element
        && matches!(node.name, tag::DIV | tag::BUTTON | tag::SVG)
        && !holds_media()
        && html.words(id).is_empty()
}

fn strip_all(html: &mut Html<'_>, id: NodeId, kept: &[&str]) {
    for (index, key) in html.attr_keys(id) {
        if !kept.contains(&key.as_str()) {
            html.remove_attr(index);
        }
    }
}

/// A figure of pictures goes as a whole, caption and all; one that shows something else too stays.
fn drop_figure(html: &mut Html<'_>, figure: NodeId) {
    let others = [tag::VIDEO, tag::AUDIO, tag::IFRAME, tag::TABLE, tag::PRE, tag::BLOCKQUOTE];
    let inside = || html.outline().inside(figure);
    let shows_other = inside().any(|id| others.contains(&html.node(id).name));
    if !shows_other && inside().any(|id| html.outline().is(id, tag::IMG)) {
        html.remove(figure);
    }
}

/// What goes with an image: the link around it, or its picture.
fn whole_picture(html: &Html<'_>, img: NodeId) -> NodeId {
    let link = ancestor(html, img, tag::A).filter(|link| is_alone(html, img, *link));
    link.or_else(|| ancestor(html, img, tag::PICTURE)).unwrap_or(img)
}

/// How many nodes an element around a lone image may have; more are not looked through.
const FEW: NodeId = 64;

/// Whether an image is all that an element around it shows.
fn is_alone(html: &Html<'_>, img: NodeId, around: NodeId) -> bool {
    if html.node(around).next - around > FEW {
        return false;
    }
    let shows = |id: &NodeId| {
        *id != img
            && (html.node(*id).kind == Kind::Text && !html.is_blank(*id) || html.outline().is(*id, tag::IMG))
    };
    !html.outline().inside(around).any(|id| shows(&id))
}
