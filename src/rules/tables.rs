//! `tables`: tables that only lay a page out, without their tags.

use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::markup::ancestor;
use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::html::outline::{Kind, NodeId};
use crate::html::{Html, tag};

pub(super) const INFO: Info = Info {
    name: "tables",
    summary: "Unwraps tables that lay a page out: their cells become blocks, one under the other.",
    why: "A newsletter made for mail is tables in tables, 600 pixels wide; on a telephone they do not fit. Tables with \
          headings or a caption are data and stay.",
    example: "{ tables = { which = 'layout' } }",
    shorthand: Some("which"),
    compile: compile::<Tables>,
    schema: schema::<Tables>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Tables {
    /// Which tables: `layout` (the default: no `th`, no caption, and one cell a row, a table inside, or
    /// `role="presentation"`) or `all`.
    #[serde(default)]
    which: Which,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Which {
    #[default]
    Layout,
    All,
}

/// What a table is made of, and what tells whether it is data.
#[derive(Default)]
struct Table {
    /// Rows, groups of rows, columns.
    parts: Vec<NodeId>,
    cells: Vec<NodeId>,
    has_headings: bool,
    is_outer: bool,
    /// Whether a row has two cells.
    is_wide: bool,
}

impl Rule for Tables {
    fn apply(&self, draft: &mut Draft<'_>) {
        draft.each_html(|html| {
            let tables = tables(html);
            let mut unwrapped: Vec<_> =
                tables.into_iter().filter(|(id, table)| self.is_meant(html, *id, table)).collect();
            unwrapped.sort_by_key(|(id, _)| *id);
            for (id, table) in &unwrapped {
                html.unwrap(*id);
                table.parts.iter().for_each(|part| html.unwrap(*part));
            }
            let cells = unwrapped.iter().flat_map(|(_, table)| table.cells.iter());
            let cells: Vec<NodeId> = cells.copied().collect();
            settle_cells(html, cells);
        });
    }
}

impl Tables {
    fn is_meant(&self, html: &Html<'_>, id: NodeId, table: &Table) -> bool {
        let role = || html.attr(id, "role").map(|role| role.trim().to_ascii_lowercase());
        let is_presentation = || role().is_some_and(|role| role == "presentation" || role == "none");
        self.which == Which::All
            || !table.has_headings && (!table.is_wide || table.is_outer || is_presentation())
    }
}

const COLGROUP: tag::Name = tag::Name::of("colgroup");

/// Every table with its parts, in one pass.
fn tables(html: &Html<'_>) -> HashMap<NodeId, Table> {
    let mut tables: HashMap<NodeId, Table> = HashMap::new();
    let mut last_row: HashMap<NodeId, Option<NodeId>> = HashMap::new();
    for id in html.outline().live().filter(|id| html.node(*id).kind == Kind::Element) {
        let name = html.node(id).name;
        if !is_part(name) && !is_cell(name) && name != tag::TABLE {
            continue;
        }
        let around = ancestor(html, id, tag::TABLE);
        let of = around.and_then(|around| tables.get_mut(&around));
        match of {
            Some(of) if name == tag::TABLE => of.is_outer = true,
            Some(of) if is_part(name) => of.parts.push(id),
            Some(of) => {
                of.cells.push(id);
                of.has_headings |= matches!(name, tag::TH | tag::CAPTION);
                let row = ancestor(html, id, tag::TR);
                of.is_wide |=
                    name == tag::TD && around.and_then(|table| last_row.insert(table, row)) == Some(row);
            }
            None => {}
        }
        if name == tag::TABLE {
            tables.insert(id, Table::default());
        }
    }
    tables
}

fn is_part(name: tag::Name) -> bool {
    matches!(name, tag::TR | tag::TBODY | tag::THEAD | tag::TFOOT | tag::COL) || name == COLGROUP
}

fn is_cell(name: tag::Name) -> bool {
    matches!(name, tag::TD | tag::TH | tag::CAPTION)
}

/// Cells become blocks. Those that hold cells in turn are only unwrapped, so that nothing is written twice.
fn settle_cells(html: &mut Html<'_>, mut cells: Vec<NodeId>) {
    cells.sort_unstable();
    let inner = cells.iter().enumerate().map(|(i, id)| {
        let holds_cell = cells.get(i + 1).is_some_and(|next| *next < html.node(*id).next);
        (*id, !holds_cell)
    });
    for (id, is_innermost) in inner.collect::<Vec<_>>() {
        let children: Vec<NodeId> = html.outline().children(Some(id)).collect();
        let said: Vec<NodeId> = children.iter().copied().filter(|child| !html.is_blank(*child)).collect();
        if said.is_empty() {
            html.remove(id);
        } else if said.iter().all(|child| is_block(html, *child)) {
            html.unwrap(id);
        } else if is_innermost {
            let written = format!("<div>{}</div>", html.extract(&children));
            html.replace(id, written);
        } else {
            html.unwrap(id);
            // What follows must not run into the last words.
            if let Some(last) = said.last().filter(|last| !is_block(html, **last)) {
                html.put_after(*last, "<br/>");
            }
        }
    }
}

fn is_block(html: &Html<'_>, id: NodeId) -> bool {
    let node = html.node(id);
    node.kind == Kind::Element && tag::is_block(node.name)
}
