//! `strip-attributes`: attributes that say nothing to a reader.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::html::outline::{Kind, NodeId};
use crate::html::{Html, Selectors};

pub(super) const INFO: Info = Info {
    name: "strip-attributes",
    summary: "Takes attributes away by name; a trailing `*` stands for any ending.",
    why: "Classes, inline styles and `data-` attributes steer the publisher's own page. In a reader they are weight.",
    example: "{ strip-attributes = ['data-*', 'style', 'class'] }",
    shorthand: Some("names"),
    compile: compile::<StripAttributes>,
    schema: schema::<StripAttributes>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct StripAttributes {
    /// Names of attributes; a trailing `*` stands for any ending.
    names: Vec<String>,
    /// Only on these elements.
    selector: Option<Selectors>,
}

impl Rule for StripAttributes {
    fn apply(&self, draft: &mut Draft<'_>) {
        draft.each_html(|html| {
            for id in self.elements(html) {
                let is_named = |key: &str| self.names.iter().any(|name| covers(name, key));
                for index in html.attrs_named(id, is_named) {
                    html.remove_attr(index);
                }
            }
        });
    }
}

impl StripAttributes {
    fn elements(&self, html: &Html<'_>) -> Vec<NodeId> {
        match &self.selector {
            Some(selector) => html.find(selector),
            None => html.outline().live().filter(|id| html.node(*id).kind == Kind::Element).collect(),
        }
    }
}

fn covers(name: &str, key: &str) -> bool {
    match name.strip_suffix('*') {
        Some(start) => key.get(..start.len()).is_some_and(|k| k.eq_ignore_ascii_case(start)),
        None => key.eq_ignore_ascii_case(name),
    }
}
