//! What a configuration file may say, section by section. Unknown keys are errors. What each key means is said
//! here: it is what editors show.

use bytesize::ByteSize;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

use crate::guard::Guard;
use crate::html::Selectors;
use crate::rules::values::{Age, Pattern, When, size};

/// How limpid listens, and how readers reach it.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Server {
    /// The address and port to listen on.
    #[schemars(with = "String", extend("default" = "127.0.0.1:8080"))]
    pub listen: Option<Spanned<String>>,
    /// How readers reach limpid, where that is not the address it listens on: behind a reverse proxy, say.
    #[schemars(with = "String", regex(pattern = "^https?://"))]
    pub public_url: Option<Spanned<String>>,
    /// How many connections may be open at a time; further ones wait until one is closed.
    #[schemars(with = "usize", range(min = 1), extend("default" = 10000))]
    pub max_connections: Option<Spanned<usize>>,
    /// The certificate that is shown to readers: with it limpid speaks https, and nothing else.
    #[schemars(with = "Option<Tls>")]
    pub tls: Option<Spanned<Tls>>,
}

/// A certificate and its key, both PEM. They are read again when they change.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The file of the certificate and those that lead from it to a root, its path relative to the configuration.
    #[schemars(with = "String", length(min = 1))]
    pub cert: Spanned<String>,
    /// The file of its private key.
    #[schemars(with = "String", length(min = 1))]
    pub key: Spanned<String>,
}

/// Who may read. Without it feeds are open to everybody; the pages of limpid, its metrics and receipts are too, where
/// it listens for this machine only.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Access {
    /// Opens everything to who sends it: `Authorization: Bearer …`. At least 32 bytes.
    #[schemars(with = "Option<KeyFrom>")]
    pub token: Option<Spanned<KeyFrom>>,
    /// Opens everything to who has the name and the password.
    #[schemars(with = "Option<BasicAuth>")]
    pub basic_auth: Option<Spanned<BasicAuth>>,
    /// Opens feeds to who has it in the address: `/s/SECRET/feeds/NAME`, for readers that can send nothing else. At
    /// least 32 letters, digits, `-` and `_`.
    #[schemars(with = "Option<KeyFrom>")]
    pub secret: Option<Spanned<KeyFrom>>,
    /// `"open"` opens the page of limpid, its metrics and receipts to everybody who can reach it.
    #[schemars(with = "Option<String>", extend("enum" = ["open"]))]
    pub pages: Option<Spanned<String>>,
}

/// Who may read a feed, instead of what `[access]` says.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct FeedAccess {
    /// Opens it to who sends it: `Authorization: Bearer …`. At least 32 bytes.
    #[schemars(with = "Option<KeyFrom>")]
    pub token: Option<Spanned<KeyFrom>>,
    /// Opens it to who has the name and the password.
    #[schemars(with = "Option<BasicAuth>")]
    pub basic_auth: Option<Spanned<BasicAuth>>,
    /// Opens it to who has it in the address: `/s/SECRET/feeds/NAME`.
    #[schemars(with = "Option<KeyFrom>")]
    pub secret: Option<Spanned<KeyFrom>>,
}

/// A name and a password.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BasicAuth {
    /// The name.
    pub user: String,
    /// The password.
    #[schemars(with = "KeyFrom")]
    pub password: Spanned<KeyFrom>,
}

/// How publishers are asked.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Fetch {
    /// For a whole request, redirects and body included.
    #[schemars(extend("default" = "30s"))]
    pub timeout: Age,
    /// The most bytes of a body, after its compression is undone.
    #[schemars(schema_with = "size", extend("default" = "16 MiB"))]
    pub max_body: ByteSize,
    /// No source is asked more often than this, however many readers ask limpid.
    #[schemars(extend("default" = "15m"))]
    pub min_interval: Age,
    /// How long a reader waits for the pages of items, where a rule wants them.
    #[schemars(extend("default" = "10s"))]
    pub wait_for_pages: Age,
    /// Whom to write to if limpid is a nuisance; publishers see it in the User-Agent.
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

/// What is kept.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Cache {
    /// For the feeds as they are served, compressed forms included.
    #[schemars(schema_with = "size", extend("default" = "128 MiB"))]
    pub memory: ByteSize,
}

impl Default for Cache {
    fn default() -> Self {
        Cache { memory: ByteSize::mib(128) }
    }
}

/// Feeds that are not configured, at `/clean?url=…`. Without this section there are none.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(extend("anyOf" = [
    { "required": ["hosts"], "properties": { "hosts": { "minItems": 1 } } },
    { "required": ["key"] },
]))]
pub struct AdHoc {
    /// Whose feeds anyone may ask for: hosts, or `*.example.org` for whatever is below one (but not itself).
    #[schemars(with = "Vec<String>", inner(regex(pattern = r"^(\*\.)?[^/*@?#:]+$|^\[[0-9A-Fa-f:.]+\]$")))]
    pub hosts: Vec<Spanned<String>>,
    /// What addresses are signed with: with a right signature, any feed can be asked for.
    #[schemars(with = "KeyFrom")]
    pub key: Option<Spanned<KeyFrom>>,
    /// How many such feeds are kept at a time: so many for anyone, and so many for who has a signature.
    #[schemars(with = "usize", range(min = 1), extend("default" = 100))]
    pub max_feeds: Option<Spanned<usize>>,
    /// Whether signed addresses may lead to private networks, or to this machine. `false` unless said otherwise.
    #[schemars(with = "bool")]
    pub allow_private: Option<Spanned<bool>>,
}

/// Where a key is from: `{ env = "NAME" }` or `{ file = "PATH" }`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["env"] }, { "required": ["file"] }]))]
pub struct KeyFrom {
    /// A variable of the environment.
    #[schemars(with = "Option<String>")]
    pub env: Option<Spanned<String>>,
    /// A file, its path relative to the configuration.
    #[schemars(with = "Option<String>")]
    pub file: Option<Spanned<String>>,
}

/// Whether there is a guard, and from which share on it objects.
pub fn guard(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "anyOf": [{ "type": "boolean" }, { "type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1 }]
    })
}

/// A feed: where it is from, and what is done to it.
// Its `rules` are read one by one, and not with the rest.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(extend("oneOf" = [
    { "required": ["source"] },
    { "required": ["sources"] },
    { "required": ["source-html"] },
]))]
pub struct Feed {
    /// The publisher's feed: its address, or `feed:NAME` for another feed of this configuration.
    #[schemars(with = "Option<String>", regex(pattern = "^(https?://.|feed:.|sample:newsletter$)"))]
    pub source: Option<Spanned<String>>,
    /// Several sources, which become one feed with the newest items first.
    #[schemars(with = "Option<Vec<String>>", length(min = 1))]
    #[schemars(inner(regex(pattern = "^(https?://.|feed:.|sample:newsletter$)")))]
    pub sources: Option<Spanned<Vec<Spanned<String>>>>,
    /// A web page to make a feed of.
    #[schemars(with = "Option<SourceHtml>")]
    pub source_html: Option<Spanned<SourceHtml>>,
    /// The charset of the source, such as `windows-1251`, where the publisher does not say it, or lies.
    #[schemars(with = "Option<String>")]
    pub charset: Option<Spanned<String>>,
    /// The format it is served in; that of its (first) source unless said otherwise.
    #[schemars(with = "Option<String>", extend("enum" = ["rss", "atom", "json"]))]
    pub format: Option<Spanned<String>>,
    /// Its source is not asked more often than this; `min-interval` of `[fetch]` unless said otherwise.
    pub min_interval: Option<Age>,
    /// Whether its sources, what they redirect to and the pages of its items may be on this machine or its network:
    /// without it limpid connects to public addresses only.
    #[serde(default)]
    pub allow_private: bool,
    /// How much one rule may take in one refresh: a share of the words of most texts, 0.9 unless said otherwise, or
    /// `false` for as much as it likes.
    #[schemars(schema_with = "guard")]
    #[serde(default)]
    pub guard: Option<Guard>,
    /// What is expected of it: `limpid test` compares that with what comes of saved feeds.
    #[schemars(with = "Vec<Test>")]
    #[serde(default)]
    pub tests: Vec<Spanned<Test>>,
}

/// A web page, and by which CSS selectors the items of a feed are found in it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SourceHtml {
    /// The address of the page.
    #[schemars(with = "String", regex(pattern = "^https?://"))]
    pub url: Spanned<String>,
    /// The elements that are items.
    pub item: Selectors,
    /// An item's title.
    pub title: Option<Selectors>,
    /// An item's link.
    pub link: Option<Selectors>,
    /// An item's date.
    pub date: Option<Selectors>,
    /// An item's text.
    pub content: Option<Selectors>,
}

/// A pack, or a part of it: `{ pack = "substack", except = ["teasers"] }`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PackUse {
    /// The pack.
    #[schemars(with = "String")]
    pub pack: Spanned<String>,
    /// Only these rules of it, by name.
    #[schemars(with = "Option<Vec<String>>")]
    pub only: Option<Spanned<Vec<Spanned<String>>>>,
    /// The rules of it that are left out, by name.
    #[schemars(with = "Option<Vec<String>>")]
    pub except: Option<Spanned<Vec<Spanned<String>>>>,
    /// Rules of it that are off unless they are asked for.
    #[schemars(with = "Vec<String>")]
    #[serde(default)]
    pub also: Vec<Spanned<String>>,
}

/// A pack's file without what is read on its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pack {
    pub summary: Option<String>,
    /// This one only has to be a number by now; those below are only for the list of what is known here.
    #[serde(rename = "version")]
    _version: Option<u32>,
    #[serde(rename = "detect")]
    _detect: Option<IgnoredAny>,
    #[serde(rename = "rules")]
    _rules: Option<IgnoredAny>,
}

/// `[detect]`: what the feeds of a platform are known by.
#[derive(Debug, Deserialize)]
#[serde(try_from = "DetectKeys")]
pub struct Detect {
    pub generator: Option<Pattern>,
    pub markup: Vec<String>,
    pub beside: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DetectKeys {
    generator: Option<Pattern>,
    #[serde(default)]
    markup: Vec<String>,
    #[serde(default)]
    beside: bool,
}

impl TryFrom<DetectKeys> for Detect {
    type Error = &'static str;

    fn try_from(DetectKeys { generator, markup, beside }: DetectKeys) -> Result<Self, Self::Error> {
        if generator.is_none() && markup.is_empty() {
            return Err("expected a `generator`, a list of `markup`, or both");
        }
        if markup.iter().any(|part| part.trim().is_empty()) {
            return Err("an empty `markup` stands in every feed");
        }
        Ok(Detect { generator, markup, beside })
    }
}

/// What may stand beside a rule in a `rules` array.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Beside {
    /// What the rule is called in receipts.
    #[schemars(with = "Option<String>", regex(pattern = "^[A-Za-z0-9-]{1,64}$"))]
    pub name: Option<Spanned<Label>>,
    /// How much this rule may take in one refresh, where that is not as much as any other of the feed.
    #[schemars(schema_with = "guard")]
    #[serde(default)]
    pub guard: Option<Guard>,
}

/// What may stand beside a rule in a pack.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BesideInPack {
    pub name: Option<Spanned<Label>>,
    pub guard: Option<Guard>,
    pub enabled: Option<bool>,
}

/// A name that a rule or a pack is given: letters, digits and `-`.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Label(pub String);

/// How long a rule's or pack's name may be.
const MAX_LABEL: usize = 64;

impl TryFrom<String> for Label {
    type Error = String;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        let is_good = (1..=MAX_LABEL).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if is_good {
            return Ok(Label(name));
        }
        Err(format!("`{name}` is not a name: letters, digits and `-`, at most {MAX_LABEL} of them"))
    }
}

/// What is expected of a saved feed: `[[feeds.NAME.tests]]`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = [
    { "required": ["items"] },
    { "required": ["keeps"] },
    { "required": ["drops"] },
    { "required": ["absent"] },
    { "required": ["present"] },
]))]
pub struct Test {
    /// What the test is called; its place among the feed's tests unless said otherwise.
    pub name: Option<String>,
    /// The saved feed: a file, its path relative to the configuration. Of several sources it stands for the first.
    #[schemars(with = "String", length(min = 1))]
    pub feed: Spanned<String>,
    /// What the ages of items are counted from; the time of the test unless said otherwise.
    pub now: Option<When>,
    /// The topic of the feed that is looked at.
    #[schemars(with = "Option<String>")]
    pub topic: Option<Spanned<String>>,
    /// Exactly these titles, in this order.
    pub items: Option<Vec<String>>,
    /// Titles that must be there.
    #[serde(default)]
    pub keeps: Vec<String>,
    /// Titles that must not be there.
    #[serde(default)]
    pub drops: Vec<String>,
    /// Texts that must not be in it: words as a reader shows them, in the same case.
    #[schemars(with = "Vec<String>", inner(length(min = 1)))]
    #[serde(default)]
    pub absent: Vec<Spanned<String>>,
    /// Texts that must be in it.
    #[schemars(with = "Vec<String>", inner(length(min = 1)))]
    #[serde(default)]
    pub present: Vec<Spanned<String>>,
}
