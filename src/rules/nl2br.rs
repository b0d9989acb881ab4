//! `nl2br`: lines that are lines only in the source.

use schemars::JsonSchema;
use serde::Deserialize;

use super::texts::{Written, outside};
use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::html::outline::{Kind, NodeId};
use crate::html::{Html, entity, tag};

pub(super) const INFO: Info = Info {
    name: "nl2br",
    summary: "Turns line ends in the text into `<br/>`, where a body has no paragraphs or line breaks of its own.",
    why: "Some publishers send plain text as HTML. A reader then shows it as one long line.",
    example: "{ nl2br = { always = true } }",
    shorthand: Some("always"),
    compile: compile::<LineEnds>,
    schema: schema::<LineEnds>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct LineEnds {
    /// Also in bodies that have paragraphs, lists or line breaks of their own; `false` unless said otherwise.
    #[serde(default)]
    always: bool,
}

impl Rule for LineEnds {
    fn apply(&self, draft: &mut Draft<'_>) {
        draft.each_html(|html| {
            if !self.always && has_lines(html) {
                return;
            }
            for id in outside(html, &[]) {
                if let Some(broken) = broken(html, id) {
                    html.replace(id, broken);
                }
            }
        });
    }
}

/// Whether a body is set in lines already. The element around all of XHTML does not count.
fn has_lines(html: &Html<'_>) -> bool {
    let inner = html.inner().unwrap_or_default();
    let sets_lines = |id: NodeId| tag::is_block(html.node(id).name) || html.outline().is(id, tag::BR);
    html.outline()
        .live()
        .filter(|id| html.node(*id).kind == Kind::Element)
        .any(|id| html.node(id).open.start >= inner.start && sets_lines(id))
}

/// A text with its line ends as elements; `None` where it has none.
fn broken(html: &Html<'_>, id: NodeId) -> Option<String> {
    let text = Written::of(html, id);
    let raw = html.node(id).open.of(html.text());
    let raw = if raw.starts_with("<!") { entity::escape(&text.words) } else { raw.into() };
    if !raw.contains(['\n', '\r']) {
        return None;
    }
    let is_inline = |id: NodeId| {
        let node = html.node(id);
        let shows = !matches!(node.name, tag::BR | tag::SCRIPT | tag::STYLE);
        node.kind == Kind::Element && shows && !tag::is_block(node.name)
    };
    let follows = html.outline().prev(id).is_some_and(is_inline);
    let leads = html.outline().after(id).next().is_some_and(is_inline);
    let broken = with_breaks(&raw, follows, leads);
    (broken != raw).then_some(broken)
}

/// Line ends at the start count where something in the same line stands before them, and so at the end.
fn with_breaks(raw: &str, follows: bool, leads: bool) -> String {
    let body = raw.trim_matches(|c: char| c.is_ascii_whitespace());
    if body.is_empty() {
        return if follows && leads { breaks(raw) } else { raw.to_owned() };
    }
    let start = raw.len() - raw.trim_start_matches(|c: char| c.is_ascii_whitespace()).len();
    let (before, after) = (&raw[..start], &raw[start + body.len()..]);
    let edge = |space: &str, counts: bool| if counts { breaks(space) } else { space.to_owned() };
    format!("{}{}{}", edge(before, follows), breaks(body), edge(after, leads))
}

fn breaks(text: &str) -> String {
    text.replace("\r\n", "\n").replace(['\n', '\r'], "<br/>")
}
