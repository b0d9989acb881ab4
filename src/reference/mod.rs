//! What is derived from the registry of rules, from the packs, and from the types that a configuration is read
//! as: what `limpid rules` prints, `docs/rules.md`, and the JSON Schema for editors.

mod kinds;
mod markdown;
mod options;
mod packs;
mod page;
mod plain;
mod schema;
mod wrap;

pub use markdown::markdown;
pub use options::{Choice, RuleOption, condition_keys, options, takes_a_condition};
pub use page::{pack_page, rule_page, table};
pub use schema::{names_alone, schema};
