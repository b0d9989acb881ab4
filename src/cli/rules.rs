//! `limpid rules`: what there is to do to a feed.

use super::Exit;
use super::output::{complain, say};
use crate::config::{PACKS, Problem};
use crate::reference;
use crate::rules::{self, RULES};

/// The arguments of `limpid rules`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A rule or pack to say more of.
    name: Option<String>,
    /// Print all of it as one page of Markdown: docs/rules.md.
    #[arg(long, conflicts_with_all = ["name", "schema"])]
    markdown: bool,
    /// Print a JSON Schema of the whole configuration, for editors: docs/limpid.schema.json.
    #[arg(long, conflicts_with = "name")]
    schema: bool,
}

/// Says what the rules and packs are, or all of one of them.
pub fn run(args: &Args) -> Exit {
    match &args.name {
        _ if args.markdown => say(&reference::markdown()),
        _ if args.schema => say(&reference::schema()),
        None => say(&reference::table()),
        Some(name) => return one(name),
    }
    Exit::Success
}

fn one(name: &str) -> Exit {
    if let Some(info) = rules::find(name) {
        say(&reference::rule_page(info));
        return Exit::Success;
    }
    if let Some(pack) = PACKS.iter().find(|pack| pack.name == name) {
        say(&reference::pack_page(pack));
        return Exit::Success;
    }
    let known = RULES.iter().map(|info| info.name).chain(PACKS.iter().map(|pack| pack.name));
    let known: Vec<&str> = known.collect();
    let Problem { message, help, .. } =
        Problem::new(format!("there is no rule or pack `{name}`"), 0..0).nearest_or_all(name, &known);
    complain(&format!("limpid: {message}; {}\n", help.unwrap_or_default()));
    Exit::Usage
}
