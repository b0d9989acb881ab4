//! `sanitize`: nothing but what a reader may be shown.
//!
//! It works by marks, so that what is allowed stays byte for byte, in HTML and in XHTML alike. That is safe because of
//! what it lets through: no element whose content is read by other rules than HTML's own (no SVG, no `style`, no
//! `noscript`, frames only empty), no comment that could end early, no tag that is not finished, no end tag of
//! nothing. A tokenizer that follows the standard then finds the same tags in it whatever stands around it. The
//! result is read again until there is nothing left to take, because what is left may come together to a tag. The
//! tests have an independent sanitizer look at it.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, de};

use super::allowed::{self, Verdict, frame_host};
use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::html::outline::{Kind, NodeId};
use crate::html::{Html, entity};
use crate::span::Span;
use crate::xml::splice::Edit;

pub(super) const INFO: Info = Info {
    name: "sanitize",
    summary: "Takes out everything that is not on a list of harmless elements, attributes and kinds of addresses: scripts, \
              styles, forms, frames.",
    why: "For readers that show what they are sent. Text, links, lists, tables, pictures, audio and video stay. `frames` \
          names the hosts whose frames stay.",
    example: "{ sanitize = { frames = ['www.youtube-nocookie.com', 'player.vimeo.com'] } }",
    shorthand: Some("frames"),
    compile: compile::<Sanitize>,
    schema: schema::<Sanitize>,
};

/// How deep elements may nest. A text that goes deeper becomes its words: readers go down into it, and not all of
/// them stop in time.
const MAX_DEPTH: usize = 200;

/// How often a text is read again. One that then still has something to take has been made to.
const MAX_PASSES: usize = 4;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Sanitize {
    /// The hosts whose frames (`iframe`) may stay, each by its whole name, such as `www.youtube-nocookie.com`; none unless
    /// said otherwise.
    #[serde(default, deserialize_with = "hosts")]
    frames: Vec<String>,
}

fn hosts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let named = Vec::<String>::deserialize(deserializer)?;
    let is_plain = |host: &str| host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'));
    let read = |host: String| match frame_host(&format!("//{host}/")) {
        Some(read) if read.eq_ignore_ascii_case(&host) && is_plain(&read) => Ok(read),
        _ => {
            Err(de::Error::custom(format!("`{host}` is not the name of a host, such as \"www.youtube.com\"")))
        }
    };
    named.into_iter().map(read).collect()
}

impl Rule for Sanitize {
    fn apply(&self, draft: &mut Draft<'_>) {
        for item in draft.kept_mut() {
            item.each_text(|html| self.clean(html));
        }
    }
}

impl Sanitize {
    fn clean(&self, html: &mut Html<'_>) {
        html.settle_all();
        for _ in 0..MAX_PASSES {
            if html.is_unread() || is_deep(html) {
                break;
            }
            let has_marked = self.mark(html);
            let has_cut = html.rewrite(unowned);
            if !has_marked && !has_cut {
                return;
            }
        }
        only_words(html);
    }

    /// Marks what is not allowed; whether there was anything.
    fn mark(&self, html: &mut Html<'_>) -> bool {
        let mut has_marked = false;
        let mut gone_until = 0;
        for id in html.outline().live().collect::<Vec<_>>() {
            if id < gone_until {
                continue;
            }
            let (is_wrong, is_gone) = match html.node(id).kind {
                Kind::Element => self.mark_element(html, id),
                Kind::Comment => remove_if(html, id, !is_plain_comment(html, id)),
                Kind::Text => (write_out(html, id), false),
            };
            has_marked |= is_wrong;
            if is_gone {
                gone_until = html.node(id).next;
            }
        }
        has_marked
    }

    /// Whether anything was wrong with an element, and whether it is gone with all that is in it.
    fn mark_element(&self, html: &mut Html<'_>, id: NodeId) -> (bool, bool) {
        let name = element_name(html, id);
        match allowed::element(&name) {
            Verdict::Allowed => (remove_attributes(html, id, &name), false),
            Verdict::Frame if !self.is_frame(html, id) => remove_if(html, id, true),
            Verdict::Frame => (remove_attributes(html, id, &name) | empty(html, id), true),
            Verdict::Unwrap => {
                html.unwrap(id);
                (true, false)
            }
            Verdict::Remove => remove_if(html, id, true),
        }
    }

    /// Whether a frame may stay: it is of an allowed host, and it ends.
    fn is_frame(&self, html: &Html<'_>, id: NodeId) -> bool {
        let host = html.attr(id, "src").and_then(|src| frame_host(&src));
        let ends = html.is_xhtml() || !html.node(id).close.is_empty();
        ends && host.is_some_and(|host| self.frames.contains(&host))
    }
}

fn remove_if(html: &mut Html<'_>, id: NodeId, is_wrong: bool) -> (bool, bool) {
    if is_wrong {
        html.remove(id);
    }
    (is_wrong, is_wrong)
}

/// Takes out what is inside a frame; whether there was anything.
fn empty(html: &mut Html<'_>, id: NodeId) -> bool {
    let inside: Vec<NodeId> = html.outline().children(Some(id)).collect();
    for id in &inside {
        html.remove(*id);
    }
    !inside.is_empty()
}

/// The name of an element as it is written, lower-case; in XHTML without its prefix. Two names never count as one here.
fn element_name(html: &Html<'_>, id: NodeId) -> String {
    let tag = html.node(id).open.of(html.text()).trim_start_matches('<');
    let end = tag.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>')).unwrap_or(tag.len());
    let name = tag[..end].to_ascii_lowercase();
    match name.rsplit_once(':') {
        Some((_, local)) if html.is_xhtml() => local.to_owned(),
        _ => name,
    }
}

fn remove_attributes(html: &mut Html<'_>, id: NodeId, element: &str) -> bool {
    let wrong: Vec<usize> = html
        .attr_values(id)
        .into_iter()
        .filter(|(_, key, value)| {
            let is_of_xml = html.is_xhtml() && allowed::is_of_xml(key);
            !is_of_xml && !allowed::attribute(element, key, value)
        })
        .map(|(index, ..)| index)
        .collect();
    for index in &wrong {
        html.remove_attr(*index);
    }
    !wrong.is_empty()
}

/// Whether every reader agrees where a comment ends.
fn is_plain_comment(html: &Html<'_>, id: NodeId) -> bool {
    let text = html.node(id).open.of(html.text());
    let inside = text.strip_prefix("<!--").and_then(|text| text.strip_suffix("-->"));
    inside.is_some_and(|inside| {
        !inside.starts_with(['>', '-', '[']) && !inside.ends_with(['-', '<', '!']) && !inside.contains("--")
    })
}

/// Writes a text of XHTML out as words where a reader that takes it for HTML would see something else: a CDATA
/// section, an entity of the feed's own.
fn write_out(html: &mut Html<'_>, id: NodeId) -> bool {
    let raw = html.node(id).open.of(html.text());
    let is_doubtful = html.is_xhtml() && (raw.starts_with("<!") || has_unknown_entity(raw));
    if is_doubtful {
        let words = entity::escape(&html.text_of(id)).into_owned();
        html.replace(id, words);
    }
    is_doubtful
}

fn has_unknown_entity(raw: &str) -> bool {
    raw.split('&').skip(1).any(|after| {
        let name = after.split(';').next().unwrap_or_default();
        let reference = format!("&{name};");
        !name.starts_with('#') && name.len() < after.len() && entity::decode(&reference) == reference
    })
}

/// What belongs to no node: end tags of nothing, which would end something around the text, and a tag at the end that is
/// not finished. XHTML has none of these.
fn unowned(html: &Html<'_>) -> Vec<Edit> {
    if html.is_xhtml() || html.is_unread() {
        return Vec::new();
    }
    let outline = html.outline();
    let nodes = (0..outline.len()).map(|id| outline.node(id));
    let mut owned: Vec<Span> = nodes.flat_map(|node| [node.open, node.close]).collect();
    owned.push(Span::new(html.text().len(), html.text().len()));
    owned.sort_unstable();
    let mut at = 0;
    let mut edits = Vec::new();
    for span in owned {
        if span.start > at {
            edits.push(Edit::delete(Span { start: at, end: span.start }));
        }
        at = at.max(span.end);
    }
    edits
}

/// Whether elements nest too deep.
fn is_deep(html: &Html<'_>) -> bool {
    let mut ends: Vec<NodeId> = Vec::new();
    for id in 0..html.outline().len() {
        while ends.last().is_some_and(|end| *end <= id) {
            ends.pop();
        }
        if html.node(id).kind == Kind::Element {
            ends.push(html.node(id).next);
        }
        if ends.len() > MAX_DEPTH {
            return true;
        }
    }
    false
}

/// Puts its words in the place of a text; all that is written there, where it could not be read.
fn only_words(html: &mut Html<'_>) {
    html.rewrite(|html| {
        let words = if html.is_unread() { html.text().to_owned() } else { html.all_words().to_owned() };
        let words = entity::escape(&words);
        let written = if html.is_xhtml() {
            format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{words}</div>")
        } else {
            words.into_owned()
        };
        vec![Edit::replace(Span::new(0, html.text().len()), written)]
    });
}

#[cfg(test)]
mod tests;
