//! What stands around a picture: its figure, its link, its sources, and the furniture of the publisher's page.

use super::image_url::same_image;
use super::markup::ancestor;
use crate::html::outline::{Kind, NodeId};
use crate::html::{Html, tag};

/// A picture without its tags and sources.
pub fn bare_picture(html: &mut Html<'_>, picture: NodeId) {
    let sources = html.outline().inside(picture).filter(|id| html.outline().is(*id, tag::SOURCE));
    for source in sources.collect::<Vec<_>>() {
        html.remove(source);
    }
    html.unwrap(picture);
}

/// A figure with a picture in it: without what is laid over the picture, without attributes.
pub fn bare_figure(html: &mut Html<'_>, figure: NodeId) {
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
pub fn bare_wrappers(html: &mut Html<'_>, img: NodeId, figure: NodeId) {
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

pub fn strip_all(html: &mut Html<'_>, id: NodeId, kept: &[&str]) {
    let is_to_go = |key: &str| !kept.iter().any(|kept| key.eq_ignore_ascii_case(kept));
    for index in html.attrs_named(id, is_to_go) {
        html.remove_attr(index);
    }
}

/// What a figure may show beside pictures.
const OTHERS: [tag::Name; 6] = [tag::VIDEO, tag::AUDIO, tag::IFRAME, tag::TABLE, tag::PRE, tag::BLOCKQUOTE];

/// A figure of pictures goes as a whole, caption and all; one that shows something else too stays.
pub fn drop_figure(html: &mut Html<'_>, figure: NodeId) {
    let inside = || html.outline().inside(figure);
    let shows_other = inside().any(|id| OTHERS.contains(&html.node(id).name));
    if !shows_other && inside().any(|id| html.outline().is(id, tag::IMG)) {
        html.remove(figure);
    }
}

/// What goes with an image: the link around it, or its picture.
pub fn whole_picture(html: &Html<'_>, img: NodeId) -> NodeId {
    let link = ancestor(html, img, tag::A).filter(|link| is_alone(html, img, *link));
    link.or_else(|| ancestor(html, img, tag::PICTURE)).unwrap_or(img)
}

/// How many nodes an element around a lone image may have; more are not looked through.
const FEW: NodeId = 64;

/// Whether an image is all that an element around it shows.
pub fn is_alone(html: &Html<'_>, img: NodeId, around: NodeId) -> bool {
    if html.node(around).next - around > FEW {
        return false;
    }
    let shows = |id: &NodeId| {
        let node = html.node(*id);
        *id != img
            && match node.kind {
                Kind::Text => !html.is_blank(*id),
                Kind::Element => node.name == tag::IMG || OTHERS.contains(&node.name),
                Kind::Comment => false,
            }
    };
    !html.outline().inside(around).any(|id| shows(&id))
}
