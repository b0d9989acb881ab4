//! `tables`: tables that only lay things out, as blocks.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::html::outline::{Kind, NodeId};
use crate::html::{Html, tag};

pub(super) const INFO: Info = Info {
    name: "tables",
    summary: "Takes tables apart that only lay out a page: what is in their cells stands one after the other.",
    why: "Newsletters are built of tables in tables for mail programs; on a narrow screen they are unreadable. A table \
          with headings, a caption or several columns is left alone, unless it is to be `all`.",
    example: "{ tables = 'layout' }",
    shorthand: Some("which"),
    compile: compile::<Tables>,
    schema: schema::<Tables>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Tables {
    /// Which tables: those of `layout` (unless said otherwise), or `all`.
    #[serde(default)]
    which: Which,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Which {
    /// Tables with `role="presentation"`, and those with one cell a row and neither headings nor a caption.
    #[default]
    Layout,
    /// Every table.
    All,
}

impl Rule for Tables {
    fn apply(&self, draft: &mut Draft<'_>) {
        draft.each_html(|html| {
            // Those in others first: what they leave is then in the cells of those.
            for table in html.named(tag::TABLE).into_iter().rev() {
                if self.which == Which::All || is_layout(html, table) {
                    take_apart(html, table);
                }
            }
        });
    }
}

/// The parts of a table itself, not those of tables in it.
fn parts(html: &Html<'_>, table: NodeId) -> Vec<NodeId> {
    let mut own = Vec::new();
    let mut passed = 0;
    for id in html.outline().inside(table) {
        if id < passed || html.node(id).kind != Kind::Element {
            continue;
        }
        match html.node(id).name {
            tag::TABLE => passed = html.node(id).next,
            tag::TBODY
            | tag::THEAD
            | tag::TFOOT
            | tag::TR
            | tag::TD
            | tag::TH
            | tag::CAPTION
            | tag::COL
            | COLGROUP => {
                own.push(id);
            }
            _ => {}
        }
    }
    own
}

const COLGROUP: tag::Name = tag::Name::of("colgroup");

fn is_layout(html: &Html<'_>, table: NodeId) -> bool {
    if html.attr(table, "role").is_some_and(|role| matches!(role.trim(), "presentation" | "none")) {
        return true;
    }
    let parts = parts(html, table);
    let is_data = |id: &NodeId| matches!(html.node(*id).name, tag::TH | tag::CAPTION | tag::THEAD);
    let rows: Vec<NodeId> = parts.iter().copied().filter(|id| html.node(*id).name == tag::TR).collect();
    let cells: Vec<NodeId> = parts.iter().copied().filter(|id| html.node(*id).name == tag::TD).collect();
    let in_row = |row: NodeId| {
        let from = cells.partition_point(|cell| *cell < row);
        cells[from..].iter().take_while(|cell| **cell < html.node(row).next).count()
    };
    !parts.iter().any(is_data) && rows.into_iter().all(|row| in_row(row) <= 1)
}

/// Takes the tags of a table away. Cells become blocks, so that the words in them do not run together.
fn take_apart(html: &mut Html<'_>, table: NodeId) {
    for id in parts(html, table) {
        match html.node(id).name {
            tag::COL | COLGROUP => html.remove(id),
            tag::TD | tag::TH | tag::CAPTION if !has_block(html, id) && !html.words(id).is_empty() => {
                let inside: Vec<NodeId> = html.outline().children(Some(id)).collect();
                html.replace(id, format!("<div>{}</div>", html.extract(&inside)));
            }
            _ => html.unwrap(id),
        }
    }
    html.unwrap(table);
}

/// Whether all that a cell says stands in blocks.
fn has_block(html: &Html<'_>, cell: NodeId) -> bool {
    let is_block = |id: NodeId| html.node(id).kind == Kind::Element && tag::is_block(html.node(id).name);
    html.outline().children(Some(cell)).all(|id| is_block(id) || html.is_blank(id))
}
