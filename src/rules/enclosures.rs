//! `enclosures`: the media files of an item, below its text.

use std::collections::HashSet;

use bytesize::ByteSize;
use schemars::JsonSchema;
use serde::Deserialize;

use super::image_url::same_picture;
use super::markup::{image, link, web_address};
use super::values::Pattern;
use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::feed::draft::ItemDraft;
use crate::feed::read::Enclosure;
use crate::html::outline::{Kind, NodeId};
use crate::html::{Html, entity, tag};

pub(super) const INFO: Info = Info {
    name: "enclosures",
    summary: "Lists the media files of an item below its text: players for audio and video, pictures, links with type \
              and size.",
    why: "Many readers show an episode's text and hide its file, or know nothing of a second one.",
    example: "{ enclosures = { as = 'players', type = '^audio/' } }",
    shorthand: Some("as"),
    compile: compile::<Enclosures>,
    schema: schema::<Enclosures>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Enclosures {
    /// How they are shown: `players` (the default: audio and video with controls and a link, pictures as pictures,
    /// others as links) or `links`.
    #[serde(default, rename = "as")]
    shown: Shown,
    /// Which ones, by media type; all unless said otherwise.
    #[serde(rename = "type")]
    media_type: Option<Pattern>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Shown {
    #[default]
    Players,
    Links,
}

/// How many files of one item are listed.
const MAX_LISTED: usize = 100;

impl Rule for Enclosures {
    fn apply(&self, draft: &mut Draft<'_>) {
        draft.kept_mut().for_each(|item| self.list(item));
    }
}

impl Enclosures {
    fn list(&self, item: &mut ItemDraft<'_>) {
        let mut all = item.enclosures();
        all.retain(|one| {
            let is_meant = self.media_type.as_ref().is_none_or(|wanted| wanted.is_in(&one.media_type));
            is_meant && web_address(&one.url, None).is_some()
        });
        all.truncate(MAX_LISTED);
        if all.is_empty() {
            return;
        }
        let Some(html) = item.main_html().filter(|html| !html.is_unread()) else { return };
        let Some(last) = last_in_body(html) else { return };
        let (mut there, pictures) = addresses(html);
        let mut written = String::new();
        for one in all {
            let is_picture = one.media_type.starts_with("image/");
            let is_there = is_picture && pictures.iter().any(|picture| same_picture(picture, &one.url));
            if !is_there && there.insert(one.url.clone()) {
                written.push_str(&self.written(&one));
            }
        }
        if !written.is_empty() {
            html.put_after(last, &written);
        }
    }

    fn written(&self, one: &Enclosure) -> String {
        let name = if one.title.is_empty() { file_name(&one.url) } else { &one.title };
        let kind = one.media_type.split('/').next().unwrap_or_default();
        if self.shown == Shown::Players && kind == "image" {
            return format!("<p>{}</p>", image(&one.url, &one.title));
        }
        let said = format!("{}{}", link(&one.url, &entity::escape(name)), facts(one));
        match kind {
            "audio" | "video" if self.shown == Shown::Players => {
                let address = entity::escape_attribute(&one.url);
                format!("<p><{kind} controls=\"controls\" src=\"{address}\"></{kind}><br/>{said}</p>")
            }
            _ => format!("<p>{said}</p>"),
        }
    }
}

/// The type and the size of a file, as far as they are known.
fn facts(one: &Enclosure) -> String {
    let size = one.length.trim().parse::<u64>().ok().filter(|size| *size > 0);
    let size = size.map(|size| ByteSize(size).display().si().to_string());
    let known = [Some(one.media_type.clone()).filter(|kind| !kind.is_empty()), size];
    let known: Vec<String> = known.into_iter().flatten().collect();
    if known.is_empty() { String::new() } else { format!(" ({})", entity::escape(&known.join(", "))) }
}

/// The file an address ends in, or else the address.
fn file_name(address: &str) -> &str {
    let path = address.split(['?', '#']).next().unwrap_or(address);
    match path.rsplit('/').next() {
        Some(name) if !name.is_empty() && path.matches('/').count() > 2 => name,
        _ => address,
    }
}

/// The addresses that a text leads to or shows already, and those of the first pictures among them.
fn addresses(html: &Html<'_>) -> (HashSet<String>, Vec<String>) {
    let (mut all, mut pictures) = (HashSet::new(), Vec::new());
    for id in html.outline().live().filter(|id| html.node(*id).kind == Kind::Element) {
        let named = ["src", "href", "data"].iter().filter_map(|name| html.attr(id, name));
        let named: Vec<String> = named.map(|address| address.trim().to_owned()).collect();
        if html.outline().is(id, tag::IMG) && pictures.len() < MAX_LISTED {
            pictures.extend(named.first().cloned());
        }
        all.extend(named);
    }
    (all, pictures)
}

/// The last node of a text, after which something can be put: inside the element around all of it, if there is one.
/// Nothing, where the text ends in what is no markup: what would be put there would not be seen.
fn last_in_body(html: &Html<'_>) -> Option<NodeId> {
    let is_whole = |id: &NodeId| !html.is_torn(*id);
    let end = (0..html.outline().len()).rev().find(is_whole)?;
    let is_open = |id: NodeId| {
        let node = html.node(id);
        match node.kind {
            Kind::Comment => !node.open.of(html.text()).ends_with('>'),
            Kind::Element => tag::content(node.name) != tag::Content::Markup && node.close.is_empty(),
            Kind::Text => false,
        }
    };
    let around: Vec<NodeId> = [end].into_iter().chain(html.outline().ancestors(end)).collect();
    let is_unfinished = around.last().is_some_and(|top| html.node(*top).close.is_empty());
    if is_unfinished && around.into_iter().any(is_open) {
        return None;
    }
    let mut last = None;
    loop {
        let mut inside = html.outline().children(last).filter(|id| !html.is_blank(*id));
        match (inside.next(), inside.next()) {
            (Some(only), None) if is_wrapper(html, only) => last = Some(only),
            _ => return html.outline().children(last).filter(is_whole).last(),
        }
    }
}

/// Whether an element stands around a whole text: what is put at the end goes inside.
fn is_wrapper(html: &Html<'_>, id: NodeId) -> bool {
    let node = html.node(id);
    let names = [tag::HTML, tag::BODY, tag::DIV, tag::ARTICLE, tag::MAIN, tag::SECTION];
    node.kind == Kind::Element && names.contains(&node.name) && !node.close.is_empty()
}
