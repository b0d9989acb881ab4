//! `[access]`, and `access` of a feed.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::SecretFrom;

/// Who may read. Without it feeds are open to everybody; the pages of limpid, its metrics and receipts are too, where
/// it listens for this machine only.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Access {
    /// Opens everything to who sends it: `Authorization: Bearer …`. At least 32 bytes.
    #[schemars(with = "Option<SecretFrom>")]
    pub token: Option<Spanned<SecretFrom>>,
    /// Opens everything to who has the name and the password.
    #[schemars(with = "Option<BasicAuth>")]
    pub basic_auth: Option<Spanned<BasicAuth>>,
    /// Opens feeds to who has it in the address: `/s/SECRET/feeds/NAME`, for readers that can send nothing else. At
    /// least 32 letters, digits, `-` and `_`.
    #[schemars(with = "Option<SecretFrom>")]
    pub secret: Option<Spanned<SecretFrom>>,
    /// `"open"` opens the page of limpid, its metrics and receipts to everybody who can reach it.
    #[schemars(with = "Option<String>", extend("enum" = ["open"]))]
    pub pages: Option<Spanned<String>>,
}

/// Who may read a feed, instead of what `[access]` says.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct FeedAccess {
    /// Opens it to who sends it: `Authorization: Bearer …`. At least 32 bytes.
    #[schemars(with = "Option<SecretFrom>")]
    pub token: Option<Spanned<SecretFrom>>,
    /// Opens it to who has the name and the password.
    #[schemars(with = "Option<BasicAuth>")]
    pub basic_auth: Option<Spanned<BasicAuth>>,
    /// Opens it to who has it in the address: `/s/SECRET/feeds/NAME`.
    #[schemars(with = "Option<SecretFrom>")]
    pub secret: Option<Spanned<SecretFrom>>,
}

/// A name and a password.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BasicAuth {
    /// The name.
    pub user: String,
    /// The password.
    #[schemars(with = "SecretFrom")]
    pub password: Spanned<SecretFrom>,
}
