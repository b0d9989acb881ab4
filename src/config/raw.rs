//! What a configuration file may say, section by section. Unknown keys are errors.

use bytesize::ByteSize;
use serde::Deserialize;
use toml::Spanned;

use crate::guard::Guard;
use crate::html::Selectors;
use crate::rules::values::Age;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Server {
    pub listen: Option<Spanned<String>>,
    pub public_url: Option<Spanned<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Fetch {
    pub timeout: Age,
    pub max_body: ByteSize,
    pub min_interval: Age,
    pub wait_for_pages: Age,
    pub contact: Option<String>,
}

impl Default for Fetch {
    fn default() -> Self {
        Fetch {
            timeout: Age(jiff::SignedDuration::from_secs(30)),
            max_body: ByteSize::mib(16),
            min_interval: Age(jiff::SignedDuration::from_mins(15)),
            wait_for_pages: Age(jiff::SignedDuration::from_secs(10)),
            contact: None,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Cache {
    pub memory: ByteSize,
}

impl Default for Cache {
    fn default() -> Self {
        Cache { memory: ByteSize::mib(128) }
    }
}

/// `[feeds.NAME]` without its `rules`, which are read one by one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Feed {
    pub source: Option<Spanned<String>>,
    pub sources: Option<Spanned<Vec<Spanned<String>>>>,
    pub source_html: Option<Spanned<SourceHtml>>,
    pub charset: Option<Spanned<String>>,
    pub format: Option<Spanned<String>>,
    pub min_interval: Option<Age>,
    pub guard: Option<Guard>,
}

/// `source-html = { url = "https://…", item = "article" }`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceHtml {
    pub url: Spanned<String>,
    pub item: Selectors,
    pub title: Option<Selectors>,
    pub link: Option<Selectors>,
    pub date: Option<Selectors>,
    pub content: Option<Selectors>,
}

/// `{ pack = "substack", except = ["teasers"] }`
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackUse {
    pub pack: Spanned<String>,
    #[serde(default)]
    pub except: Vec<Spanned<String>>,
}
