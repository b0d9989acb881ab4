//! Pictures that show what another one shows: the picture of the item again, one twice at the top, the blurred
//! copy of the one after it.

use super::image_figure::{is_alone, whole_picture};
use super::image_url::{is_blurred, is_preview, same_picture, sharp_name};
use super::lazy_address::address;
use super::markup::ancestor;
use crate::html::outline::{Kind, NodeId};
use crate::html::{Html, tag};

/// How many pictures at the top of a text are compared with each other.
const MAX_LEAD: usize = 16;

/// Takes out what stands twice: the first picture of a text where that is the `picture` of the item, and at the
/// top a picture that has been there already.
pub fn drop_duplicates(html: &mut Html<'_>, picture: Option<&str>) {
    let lead: Vec<(NodeId, String)> =
        lead(html).into_iter().filter_map(|img| Some((img, address(html, img, None)?))).collect();
    // A text that is nothing but the picture keeps it.
    let picture = picture.filter(|_| !lead.is_empty() && !html.all_words().is_empty());
    let mut shown: Vec<(NodeId, &str)> = Vec::new();
    for (img, address) in &lead {
        if shown.is_empty() && picture.is_some_and(|picture| same_picture(picture, address)) {
            drop_picture(html, *img);
        } else if let Some(first) = shown.iter_mut().find(|(_, other)| same_picture(other, address)) {
            let goes = if is_captioned(html, *img) && !is_captioned(html, first.0) {
                std::mem::replace(&mut first.0, *img)
            } else {
                *img
            };
            drop_picture(html, goes);
        } else {
            shown.push((*img, address));
        }
    }
}

/// The pictures before the first words of a text. Captions are no words here.
fn lead(html: &Html<'_>) -> Vec<NodeId> {
    let mut found = Vec::new();
    let mut passed = 0;
    for id in html.outline().live() {
        let node = html.node(id);
        if id < passed {
            continue;
        }
        match node.kind {
            Kind::Element if matches!(node.name, tag::FIGCAPTION | tag::SCRIPT | tag::STYLE) => {
                passed = node.next;
            }
            Kind::Element if node.name == tag::IMG => found.push(id),
            Kind::Text if !html.is_blank(id) => break,
            _ => {}
        }
        if found.len() == MAX_LEAD {
            break;
        }
    }
    found
}

fn is_captioned(html: &Html<'_>, img: NodeId) -> bool {
    ancestor(html, img, tag::FIGURE).is_some_and(|figure| !html.words(figure).is_empty())
}

/// Takes a picture out, with its link and its figure; a caption stays, it may name the photographer.
pub fn drop_picture(html: &mut Html<'_>, img: NodeId) {
    let figure = ancestor(html, img, tag::FIGURE).filter(|figure| is_alone(html, img, *figure));
    html.remove(figure.unwrap_or_else(|| whole_picture(html, img)));
}

/// Takes out the blurred copies that stand directly before the picture they are of.
pub fn drop_previews(html: &mut Html<'_>) {
    let images = html.named(tag::IMG);
    for pair in images.windows(2) {
        if is_preview_of(html, pair[0], pair[1]) {
            html.remove(ancestor(html, pair[0], tag::PICTURE).unwrap_or(pair[0]));
        }
    }
}

fn is_preview_of(html: &Html<'_>, img: NodeId, next: NodeId) -> bool {
    let Some(real) = address(html, next, None).filter(|real| !is_blurred(real) && !real.starts_with("data:"))
    else {
        return false;
    };
    let words_between = || (img + 1..next).any(|id| html.node(id).kind == Kind::Text && !html.is_blank(id));
    let is_preview = match address(html, img, None) {
        Some(own) => is_blurred(&own) && same_picture(&sharp_name(&own), &real),
        None => is_bare_preview(html, img, next),
    };
    is_preview && !words_between()
}

/// Whether an image holds a tiny picture, and stands beside the next one with no name of its own.
fn is_bare_preview(html: &Html<'_>, img: NodeId, next: NodeId) -> bool {
    let container = |img| {
        let picture = ancestor(html, img, tag::PICTURE).unwrap_or(img);
        html.outline().parent(picture)
    };
    html.attr(img, "src").is_some_and(|src| is_preview(&src))
        && has_no_name_of_its_own(html, img, next)
        && container(img) == container(next)
}

fn has_no_name_of_its_own(html: &Html<'_>, img: NodeId, next: NodeId) -> bool {
    let alt = html.attr(img, "alt").unwrap_or_default();
    alt.trim().is_empty() || html.attr(next, "alt").is_some_and(|other| other == alt)
}
