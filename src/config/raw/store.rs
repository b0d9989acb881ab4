//! The `[store]` section.

use std::time::Duration;

use bytesize::ByteSize;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

use super::given;
use crate::rules::values::{Age, size};

/// What outlives a restart: the last good copy of each source, and when it may be asked again. Without this section it
/// is all kept in memory.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(extend("oneOf" = [{ "required": ["path"] }, { "required": ["url"] }]))]
pub struct Store {
    /// The file that it is in; it is made where there is none. Its path is relative to the configuration.
    #[schemars(with = "Option<String>", length(min = 1))]
    pub path: Option<Spanned<String>>,
    /// The Redis that it is in, which other limpids use as well: `redis://127.0.0.1:6379`, or `rediss://` for one that
    /// speaks TLS; from a variable or a file where the address has a password.
    #[schemars(schema_with = "given")]
    #[serde(rename = "url")]
    _url: Option<IgnoredAny>,
    /// The most bytes of feeds, compressed; those that have not been asked for longest make way.
    #[schemars(schema_with = "size", extend("default" = "1 GiB"))]
    #[serde(default = "store_size")]
    pub max_size: ByteSize,
    /// How long anything in a Redis is waited for; after that limpid goes on from memory until it is there again.
    #[schemars(with = "Age", extend("default" = "500ms"))]
    pub timeout: Option<Spanned<Age>>,
}

/// How long a Redis is waited for unless it is said otherwise: on a network of its own it takes less than a millisecond.
pub const PATIENCE: Duration = Duration::from_millis(500);

/// How much is kept unless it is said otherwise.
pub fn store_size() -> ByteSize {
    ByteSize::gib(1)
}
