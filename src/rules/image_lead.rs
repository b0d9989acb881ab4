//! Pictures that are shown twice: the item's own as the first of the text, and blurred copies before the real one.

use super::image_figure::{drop_figure, whole_picture};
use super::image_url::{is_blurred, is_preview, same_picture, sharp_name};
use super::lazy_address::src;
use super::markup::ancestor;
use crate::html::outline::{Kind, NodeId};
use crate::html::{Html, tag};

/// Takes a picture out, with the figure that is about it alone.
pub fn drop_picture(html: &mut Html<'_>, img: NodeId) {
    let pictures = |html: &Html<'_>, figure: NodeId| {
        html.outline().inside(figure).filter(|id| html.outline().is(*id, tag::IMG)).count()
    };
    match ancestor(html, img, tag::FIGURE).filter(|figure| pictures(html, *figure) == 1) {
        Some(figure) => drop_figure(html, figure),
        None => html.remove(whole_picture(html, img)),
    }
    // What shows something else too has stayed.
    html.remove(whole_picture(html, img));
}

/// Takes the first picture out where it is the item's own, `picture`; else the first where the next one, with no
/// words between, is the same.
pub fn drop_duplicates(html: &mut Html<'_>, picture: Option<&str>) {
    let images = html.named(tag::IMG);
    let Some(first) = images.first().copied().filter(|first| !has_words_before(html, *first)) else { return };
    let Some(address) = src(html, first) else { return };
    if picture.is_some_and(|picture| same_picture(picture, &address)) {
        drop_picture(html, first);
    } else if let Some(second) = images.get(1).filter(|second| !has_words_before(html, **second))
        && src(html, *second).is_some_and(|second| same_picture(&second, &address))
    {
        drop_picture(html, *second);
    }
}

fn has_words_before(html: &Html<'_>, id: NodeId) -> bool {
    let is_words = |node: NodeId| html.node(node).kind == Kind::Text && !html.is_blank(node);
    html.outline().live().take_while(|node| *node < id).any(is_words)
}

/// Takes blurred copies out that stand right before the picture they are of.
pub fn drop_previews(html: &mut Html<'_>) {
    let images = html.named(tag::IMG);
    for pair in images.windows(2) {
        let [preview, real] = [pair[0], pair[1]];
        let (Some(small), Some(large)) = (src(html, preview), src(html, real)) else { continue };
        let is_of_it = is_preview(&small) || is_blurred(&small) && same_picture(&sharp_name(&small), &large);
        let beside = html.outline().parent(preview) == html.outline().parent(real);
        if is_of_it && beside && !is_blurred(&large) && !is_preview(&large) {
            html.remove(preview);
        }
    }
}
