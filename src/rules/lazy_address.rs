//! Where pages that load pictures late keep the addresses, and what stands in for them until then.

use super::image_url::{is_blurred, is_placeholder, narrow_candidate, narrowed, widest_candidate};
use super::markup::ancestor;
use crate::html::outline::{Kind, NodeId};
use crate::html::{Html, tag};

/// Attributes that hold what scripts put into `src`.
pub const SRC: &[&str] = &[
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

/// Attributes that hold what scripts put into `srcset`.
pub const SRCSET: &[&str] = &["data-srcset", "data-lazy-srcset"];

/// The value of an attribute, where it is no placeholder.
pub fn real(html: &Html<'_>, id: NodeId, name: &str) -> Option<String> {
    html.attr(id, name).filter(|value| !is_placeholder(value)).map(std::borrow::Cow::into_owned)
}

/// The address of an element: the one a script would put in, where its own is a placeholder or blurred.
pub fn src(html: &Html<'_>, id: NodeId) -> Option<String> {
    let own = real(html, id, "src").filter(|own| !is_blurred(own));
    own.or_else(|| SRC.iter().find_map(|name| real(html, id, name)))
}

/// The candidates of an element, of whatever attribute.
pub fn srcset(html: &Html<'_>, id: NodeId) -> Option<String> {
    ["srcset"].iter().chain(SRCSET).find_map(|name| real(html, id, name))
}

/// The one address an image is to have: at most `max_width` pixels wide, where there is such a copy.
pub fn address(html: &Html<'_>, img: NodeId, max_width: Option<u32>) -> Option<String> {
    let src = src(html, img);
    if let (Some(max), Some(src)) = (max_width, &src)
        && let Some(narrow) = narrowed(src, max)
    {
        return Some(narrow);
    }
    match (src, max_width) {
        (Some(src), None) => Some(src),
        (Some(src), Some(max)) => {
            srcset(html, img).and_then(|set| narrow_candidate(&set, Some(&src), max)).or(Some(src))
        }
        (None, max) => {
            let of_set = |set: String| {
                max.and_then(|max| narrow_candidate(&set, None, max)).or_else(|| widest_candidate(&set))
            };
            let set = srcset(html, img).or_else(|| last_source(html, img));
            // A blurred copy is better than none.
            set.and_then(of_set).or_else(|| real(html, img, "src"))
        }
    }
}

/// The candidates of the last `source` of the picture around an image: the most widely understood one.
fn last_source(html: &Html<'_>, img: NodeId) -> Option<String> {
    let picture = ancestor(html, img, tag::PICTURE)?;
    let first = html.outline().inside(picture).take_while(|id| id - picture <= FEW);
    let sources = first.filter(|id| html.outline().is(*id, tag::SOURCE));
    sources.filter_map(|id| srcset(html, id)).last()
}

/// How many nodes of a picture or figure are looked through for other addresses of an image.
const FEW: NodeId = 64;

/// A `noscript` with a copy in it, and what it is a copy of: nothing where a figure holds only the copy.
struct Copied {
    noscript: NodeId,
    of: Option<NodeId>,
}

/// `noscript` copies of lazy images and frames: the copy goes where the original can stand for itself, and the
/// original goes where only the copy has an address.
pub fn settle_copies(html: &mut Html<'_>) {
    let copies = html.named(tag::NOSCRIPT).into_iter().filter_map(|noscript| copied(html, noscript));
    for Copied { noscript, of } in copies.collect::<Vec<_>>() {
        match of {
            None => html.unwrap(noscript),
            Some(of) if !html.outline().is_live(of) => {}
            Some(of) if address(html, of, None).is_some() => html.remove(noscript),
            Some(of) => {
                html.remove(of);
                html.unwrap(noscript);
            }
        }
    }
}

fn copied(html: &Html<'_>, noscript: NodeId) -> Option<Copied> {
    let outline = html.outline();
    let holds = |name: &tag::Name| outline.inside(noscript).any(|id| outline.is(id, *name));
    let name = [tag::IMG, tag::IFRAME].into_iter().find(holds)?;
    let mut before = std::iter::successors(outline.prev(noscript), |id| outline.prev(*id));
    let before = before.find(|id| html.node(*id).kind == Kind::Element);
    if let Some(of) = before.filter(|id| outline.is(*id, name)) {
        return Some(Copied { noscript, of: Some(of) });
    }
    let figure = ancestor(html, noscript, tag::FIGURE)?;
    if html.node(figure).next - figure > FEW {
        return None;
    }
    let mut beside = outline.inside(figure).filter(|id| outline.is(*id, name));
    let of = beside.find(|id| ancestor(html, *id, tag::NOSCRIPT).is_none());
    Some(Copied { noscript, of })
}
