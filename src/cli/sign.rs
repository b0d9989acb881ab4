//! `limpid sign`: the address of a feed that is not configured, for a reader to keep.

use std::path::Path;

use super::output::{complain, say};
use super::{Exit, input};
use crate::adhoc::{PATH, Terms};
use crate::convert::Target;

/// The arguments of `limpid sign`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The address of the publisher's feed.
    #[arg(value_name = "URL")]
    url: String,
    /// Apply a pack, or `auto` for those of the platform the feed is of; can be given more than once.
    #[arg(long, value_name = "NAME")]
    pack: Vec<String>,
    /// Keep only items whose title matches; can be given more than once.
    #[arg(long, value_name = "PATTERN")]
    keep_title: Vec<String>,
    /// Drop items whose title matches; can be given more than once.
    #[arg(long, value_name = "PATTERN")]
    drop_title: Vec<String>,
    /// Apply a rule, such as 'images = "slim"'; can be given more than once.
    #[arg(long, value_name = "TOML")]
    rule: Vec<String>,
    /// Keep at most so many items.
    #[arg(long, value_name = "ITEMS")]
    limit: Option<usize>,
    /// Serve it in this format, whatever it comes in.
    #[arg(long = "as", value_name = "FORMAT")]
    format: Option<Target>,
}

impl Args {
    /// The parameters of the address, in the order in which they apply.
    fn pairs(&self) -> Vec<(String, String)> {
        let named = |name: &str, values: &[String]| -> Vec<(String, String)> {
            values.iter().map(|value| (name.to_owned(), value.clone())).collect()
        };
        let mut pairs = named("url", std::slice::from_ref(&self.url));
        pairs.extend(named("pack", &self.pack));
        pairs.extend(named("keep-title", &self.keep_title));
        pairs.extend(named("drop-title", &self.drop_title));
        pairs.extend(named("rule", &self.rule));
        pairs.extend(self.limit.map(|limit| ("limit".to_owned(), limit.to_string())));
        pairs.extend(self.format.map(|format| ("as".to_owned(), format.extension().to_owned())));
        pairs
    }
}

/// Prints the signed address, once it is sure that it will be served.
pub fn run(args: &Args, config: Option<&Path>) -> Exit {
    match address(args, config) {
        Ok(address) => {
            say(&format!("{address}\n"));
            Exit::Success
        }
        Err(message) => {
            complain(&format!("{}\n", message.trim_end()));
            Exit::Usage
        }
    }
}

fn address(args: &Args, path: Option<&Path>) -> Result<String, String> {
    let config = input::configuration(path)?;
    let terms = Terms::of(&config).filter(|terms| terms.section().key.is_some());
    let terms = terms.ok_or("limpid: the configuration has no key to sign with: [ad-hoc] needs a `key`")?;
    let query = terms.signed(args.pairs()).map_err(|refused| format!("limpid: {}", refused.sentence))?;
    Ok(format!("{}{PATH}?{query}", config.server.own_url()))
}
