//! `limpid opml`: moving in from a reader, and back.

use std::path::Path;

use clap::Subcommand;
use url::Url;

use super::output::{complain, say};
use super::{Exit, import, input};
use crate::config::{FeedAccess, FeedConfig};
use crate::opml::{subscriptions, write};
use crate::serve::secret_path;

/// The commands of `limpid opml`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Writes a reader's subscriptions into the configuration, each with the pack `auto`.
    Import(import::Args),
    /// Prints every feed and topic as a list that a reader imports: what `/opml` serves.
    Export(ExportArgs),
}

/// The arguments of `limpid opml export`.
#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// How readers reach limpid, where that is not what the configuration says.
    #[arg(long, value_name = "URL")]
    base: Option<Url>,
}

/// Does it.
pub fn run(command: &Command, config: Option<&Path>) -> Exit {
    match command {
        Command::Import(args) => import::run(args, config),
        Command::Export(args) => export(args, config),
    }
}

fn export(args: &ExportArgs, path: Option<&Path>) -> Exit {
    let config = match input::configuration(path) {
        Ok(config) => config,
        Err(message) => {
            complain(&format!("{}\n", message.trim_end()));
            return Exit::Usage;
        }
    };
    let base = args.base.as_ref().map(|base| base.as_str().trim_end_matches('/').to_owned());
    let base = base.unwrap_or_else(|| config.server.own_url());
    let secret = config.access.gate.as_deref().and_then(secret_path);
    let base = |feed: &FeedConfig| match (&feed.access, &secret) {
        (FeedAccess::AsAll, Some(secret)) => format!("{base}{secret}"),
        _ => base.clone(),
    };
    let list = subscriptions(config.feeds.iter().map(AsRef::as_ref), base);
    say(&write("limpid", &list));
    if secret.is_some() {
        complain("limpid: the addresses have the secret of [access] in them: the list is as secret\n");
    }
    Exit::Success
}
