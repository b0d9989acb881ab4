//! `lazy`: pictures and frames that scripts load late, as plain ones.

use schemars::JsonSchema;
use serde::Deserialize;

use super::image_url::{is_blurred, is_placeholder};
use super::lazy_address::{SRC, SRCSET, address, real, settle_copies, src};
use super::markup::leads_to_web;
use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::html::outline::{Kind, NodeId};
use crate::html::{Html, tag};

pub(super) const INFO: Info = Info {
    name: "lazy",
    summary: "Puts the addresses of lazily loaded pictures, frames and players back into src and srcset, and settles \
              their noscript copies.",
    why: "Readers run no scripts: a picture whose address stands in `data-src` never shows. Nothing else of the \
          markup changes; `images` does the same where it slims.",
    example: "{ lazy = { attributes = ['data-picture'] } }",
    shorthand: Some("attributes"),
    compile: compile::<Lazy>,
    schema: schema::<Lazy>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Lazy {
    /// Attributes that hold an address for `src`, beside the known ones (`data-src`, `data-original`, …); none
    /// unless said otherwise.
    #[serde(default)]
    attributes: Vec<String>,
}

const LOADED: [tag::Name; 5] = [tag::IMG, tag::SOURCE, tag::IFRAME, tag::VIDEO, tag::AUDIO];

impl Rule for Lazy {
    fn apply(&self, draft: &mut Draft<'_>) {
        draft.each_html(|html| {
            self.take_own(html);
            settle_copies(html);
            for id in loaded(html) {
                restore_srcset(html, id);
                restore_src(html, id);
                if let Some(poster) = real(html, id, "data-poster").filter(|_| needs(html, id, "poster")) {
                    move_to(html, id, "poster", &poster, &["data-poster"]);
                }
            }
        });
    }
}

impl Lazy {
    /// From the attributes that the configuration names.
    fn take_own(&self, html: &mut Html<'_>) {
        if self.attributes.is_empty() {
            return;
        }
        let names: Vec<&str> = self.attributes.iter().map(String::as_str).collect();
        for id in loaded(html) {
            let found = names.iter().find_map(|name| real(html, id, name));
            if let Some(address) =
                found.filter(|address| may_load(html, id, address) && needs(html, id, "src"))
            {
                move_to(html, id, "src", &address, &names);
            }
        }
    }
}

fn loaded(html: &Html<'_>) -> Vec<NodeId> {
    let outline = html.outline();
    let is_loaded = |id: &NodeId| {
        let node = html.node(*id);
        node.kind == Kind::Element && LOADED.contains(&node.name)
    };
    outline.live().filter(is_loaded).collect()
}

/// Whether an element has no address in an attribute, or one that stands in for another.
fn needs(html: &Html<'_>, id: NodeId, name: &str) -> bool {
    html.attr(id, name).is_none_or(|value| is_placeholder(&value) || is_blurred(&value))
}

/// A frame is a page: only those of the web are let in.
fn may_load(html: &Html<'_>, id: NodeId, address: &str) -> bool {
    !html.outline().is(id, tag::IFRAME) || leads_to_web(address)
}

fn restore_srcset(html: &mut Html<'_>, id: NodeId) {
    if !matches!(html.node(id).name, tag::IMG | tag::SOURCE) || !needs(html, id, "srcset") {
        return;
    }
    if let Some(set) = SRCSET.iter().find_map(|name| real(html, id, name)) {
        move_to(html, id, "srcset", &set, SRCSET);
    }
}

fn restore_src(html: &mut Html<'_>, id: NodeId) {
    let is_held_back = SRC.iter().any(|name| html.attr(id, name).is_some());
    if !needs(html, id, "src") || !(is_held_back || html.attr(id, "src").is_some()) {
        return;
    }
    let address = if html.outline().is(id, tag::IMG) { address(html, id, None) } else { src(html, id) };
    if let Some(address) = address.filter(|address| may_load(html, id, address)) {
        move_to(html, id, "src", &address, SRC);
    }
}

/// Gives an element an attribute, and takes away those it had the same value in.
fn move_to(html: &mut Html<'_>, id: NodeId, name: &'static str, value: &str, from: &[&str]) {
    let held: Vec<usize> = html
        .attr_keys(id)
        .into_iter()
        .filter(|(_, key)| {
            from.contains(&key.as_str()) && html.attr(id, key).is_some_and(|held| held == value)
        })
        .map(|(index, _)| index)
        .collect();
    if html.attr(id, name).is_none_or(|own| own != value) {
        html.set_attr(id, name, value);
    }
    for index in held {
        html.remove_attr(index);
    }
}
