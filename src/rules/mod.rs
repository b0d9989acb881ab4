//! What limpid can do to a feed. One file a rule: what it does, why, its options, its logic.
//!
//! A rule knows the draft, the outline and its own options, nothing else. It does no I/O, and it cannot
//! fail: what can be wrong with it is found when the configuration is read.

pub mod condition;
pub mod tracking;
pub mod values;
pub mod verdict;

mod add;
mod address;
mod allowed;
mod author;
mod cards;
mod decode_base64;
mod dedupe;
mod drop;
mod embeds;
mod embeds_services;
mod enclosures;
mod extract;
mod feed;
mod full_text;
mod given;
mod highlight;
mod image_figure;
mod image_lead;
mod image_titles;
mod image_url;
mod images;
mod keep;
mod lazy;
mod lazy_address;
mod limit;
mod link;
mod links;
mod list;
mod markup;
mod max_age;
mod nl2br;
mod pixels;
mod quotes;
mod redirects;
mod remove;
mod remove_section;
mod replace;
mod rewrite;
mod sample;
mod sanitize;
mod script;
mod sort;
mod split;
mod strip_attributes;
mod tables;
mod tag;
mod teasers;
mod template;
mod text_links;
mod texts;
mod title;
mod unshout;
mod unwrap;

use std::fmt::Debug;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::DeserializeOwned;
use toml::de::{Error, ValueDeserializer};

use crate::feed::Draft;

/// What a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Each item alone: what it does to one follows from that item, what the feed says of itself, and the time. So it
    /// need not be done again to an item that is as it was.
    Item,
    /// Items beside each other: it drops some or puts them in another order, and changes none.
    Order,
    /// Anything.
    Feed,
}

/// Something to do to a feed.
pub trait Rule: Debug + Send + Sync {
    /// Does it. Rules see what the rules before them have done.
    fn apply(&self, draft: &mut Draft<'_>);

    /// What it looks at. `tests/cases.rs` holds rules to it.
    fn scope(&self) -> Scope {
        Scope::Item
    }

    /// Whether it is in order that no item is left: the rule says how many, or how old, and not which.
    fn may_empty(&self) -> bool {
        false
    }

    /// Whether it wants the articles of items.
    fn wants_articles(&self) -> bool {
        false
    }

    /// The topic that it puts items in.
    fn topic(&self) -> Option<&str> {
        None
    }
}

/// A rule as the registry knows it.
#[derive(Debug)]
pub struct Info {
    /// Its name in the configuration.
    pub name: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// Why one would want that.
    pub why: &'static str,
    /// An entry of a `rules` array that uses it.
    pub example: &'static str,
    /// The option that a bare value stands for: `{ limit = 50 }` is `{ limit = { items = 50 } }`.
    pub shorthand: Option<&'static str>,
    /// Reads its options.
    pub compile: fn(ValueDeserializer<'_>) -> Result<Box<dyn Rule>, Error>,
    /// What its options are, with their descriptions: for editors and the reference.
    pub schema: fn(&mut SchemaGenerator) -> Schema,
}

/// Every rule there is. `limpid rules`, the configuration and the tests take them from here.
pub const RULES: &[&Info] = &[
    &keep::INFO,
    &drop::INFO,
    &max_age::INFO,
    &sample::INFO,
    &dedupe::INFO,
    &sort::INFO,
    &limit::INFO,
    &split::INFO,
    &full_text::INFO,
    &teasers::INFO,
    &extract::INFO,
    &remove::INFO,
    &remove_section::INFO,
    &lazy::INFO,
    &images::INFO,
    &image_titles::INFO,
    &embeds::INFO,
    &cards::INFO,
    &tables::INFO,
    &enclosures::INFO,
    &quotes::INFO,
    &unwrap::INFO,
    &strip_attributes::INFO,
    &links::INFO,
    &pixels::INFO,
    &replace::INFO,
    &script::INFO,
    &decode_base64::INFO,
    &nl2br::INFO,
    &text_links::INFO,
    &highlight::INFO,
    &add::INFO,
    &sanitize::INFO,
    &title::INFO,
    &link::INFO,
    &author::INFO,
    &tag::INFO,
    &feed::INFO,
];

pub use sort::newest_first;

/// The rule of this name.
pub fn find(name: &str) -> Option<&'static Info> {
    RULES.iter().copied().find(|info| info.name == name)
}

/// The options of a rule as a JSON Schema, from the type that they are read as.
fn schema<R: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    R::json_schema(generator)
}

/// Reads the options of a rule whose options are its fields.
fn compile<R: Rule + DeserializeOwned + 'static>(
    options: ValueDeserializer<'_>,
) -> Result<Box<dyn Rule>, Error> {
    Ok(Box::new(R::deserialize(options)?))
}
