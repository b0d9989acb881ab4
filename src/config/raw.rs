//! What a configuration file may say, section by section. Unknown keys are errors. What each key means is said
//! here: it is what editors show.

use bytesize::ByteSize;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::json;
use toml::Spanned;

use crate::guard::Guard;
use crate::html::Selectors;
use crate::rules::values::{Age, Pattern, When, size};

mod access;
mod store;

pub use access::{Access, BasicAuth, FeedAccess};
pub use store::{PATIENCE, Store, store_size};

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
    #[schemars(with = "usize", range(min = 1), extend("default" = 11000))]
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
    /// Requests to one host start no sooner after each other than this, and no more than two are under way at a time:
    /// of all feeds, and of the pages of their items.
    #[schemars(extend("default" = "100ms"))]
    pub host_spacing: Age,
    /// The proxy that publishers are asked through: `http://`, `socks5://`, or `socks5h://` for one that looks names up
    /// itself.
    #[schemars(schema_with = "proxy")]
    #[serde(rename = "proxy")]
    _proxy: Option<IgnoredAny>,
    /// Files with certificates, in PEM, that are trusted beside those of the system.
    #[schemars(with = "Vec<String>", inner(length(min = 1)))]
    pub tls_roots: Vec<Spanned<String>>,
}

impl Default for Fetch {
    fn default() -> Self {
        Fetch {
            timeout: Age(jiff::SignedDuration::from_secs(30)),
            max_body: ByteSize::mib(16),
            min_interval: Age(jiff::SignedDuration::from_mins(15)),
            wait_for_pages: Age(jiff::SignedDuration::from_secs(10)),
            contact: None,
            host_spacing: Age(jiff::SignedDuration::from_millis(100)),
            _proxy: None,
            tls_roots: Vec::new(),
        }
    }
}

/// What is kept.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Cache {
    /// For the feeds as they are served, compressed forms included. A quarter as much again is for sources that are kept
    /// parsed.
    #[schemars(schema_with = "size", extend("default" = "128 MiB"))]
    pub memory: ByteSize,
    /// For how long after it was to be asked for again a copy is answered with at once, while that is done in the
    /// background. After that, readers wait for the publisher.
    #[schemars(extend("default" = "1d"))]
    pub stale_while_revalidate: Age,
    /// For how long the last good copy stands in where the publisher fails. After that, readers are told of the
    /// failure.
    #[schemars(extend("default" = "30d"))]
    pub stale_if_error: Age,
}

impl Default for Cache {
    fn default() -> Self {
        Cache {
            memory: ByteSize::mib(128),
            stale_while_revalidate: Age(jiff::SignedDuration::from_hours(24)),
            stale_if_error: Age(jiff::SignedDuration::from_hours(24 * 30)),
        }
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
    #[schemars(with = "SecretFrom")]
    pub key: Option<Spanned<SecretFrom>>,
    /// How many such feeds are kept at a time: so many for anyone, and so many for who has a signature.
    #[schemars(with = "usize", range(min = 1), extend("default" = 100))]
    pub max_feeds: Option<Spanned<usize>>,
    /// Whether signed addresses may lead to private networks, or to this machine. `false` unless said otherwise.
    #[schemars(with = "bool")]
    pub allow_private: Option<Spanned<bool>>,
}

/// Where a secret is from: `{ env = "NAME" }` or `{ file = "PATH" }`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["env"] }, { "required": ["file"] }]))]
pub struct SecretFrom {
    /// A variable of the environment.
    #[schemars(with = "Option<String>")]
    pub env: Option<Spanned<String>>,
    /// A file, its path relative to the configuration.
    #[schemars(with = "Option<String>")]
    pub file: Option<Spanned<String>>,
}

/// A text, or where it is from, where it is a secret.
pub fn given(generator: &mut SchemaGenerator) -> Schema {
    let from = generator.subschema_for::<SecretFrom>();
    json_schema!({ "anyOf": [{ "type": "string", "pattern": "\\S" }, from] })
}

/// Headers by their names.
fn headers(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "object",
        "propertyNames": { "pattern": "^[!#$%&'*+.^_`|~A-Za-z0-9-]+$" },
        "additionalProperties": given(generator)
    })
}

/// The address of a proxy, with a user and password where it wants them.
fn proxy(generator: &mut SchemaGenerator) -> Schema {
    let address = json!({ "type": "string", "pattern": "^(http|socks5h?)://[^@]+$" });
    json_schema!({
        "anyOf": [address, {
            "type": "object",
            "properties": { "url": address, "user": { "type": "string" }, "password": given(generator) },
            "required": ["url", "user", "password"],
            "additionalProperties": false
        }]
    })
}

/// The same, or `none`.
fn proxy_or_none(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({ "anyOf": [{ "const": "none" }, proxy(generator)] })
}

/// How a publisher lets the feed in (RFC 7617).
#[derive(JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "for the schema: what it may say is read by hand, for no message may show it")]
pub struct FeedLogin {
    /// The name of the user.
    #[schemars(regex(pattern = "^[^:]*$"))]
    user: String,
    /// The password: a text, `{ env = "NAME" }` or `{ file = "PATH" }`.
    #[schemars(schema_with = "given")]
    password: String,
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
    /// What it is called in `/opml`; its name unless said otherwise.
    #[schemars(with = "Option<String>", regex(pattern = "\\S"))]
    pub title: Option<Spanned<String>>,
    /// The folder it is in there: `Weather`, or `Weather/Tides` for one in another.
    #[schemars(with = "Option<String>", regex(pattern = r"^[^/]*[^/\s][^/]*(/[^/]*[^/\s][^/]*)*$"))]
    pub folder: Option<Spanned<String>>,
    /// The charset of the source, such as `windows-1251`, where the publisher does not say it, or lies.
    #[schemars(with = "Option<String>")]
    pub charset: Option<Spanned<String>>,
    /// The format it is served in; that of its (first) source unless said otherwise.
    #[schemars(with = "Option<String>", extend("enum" = ["rss", "atom", "json"]))]
    pub format: Option<Spanned<String>>,
    /// Its source is not asked more often than this; `min-interval` of `[fetch]` unless said otherwise.
    pub min_interval: Option<Age>,
    /// When its sources are asked: when a reader asks limpid, unless said otherwise, or in the `background` whenever
    /// that is due, so that no reader is the first to see that there is something new.
    #[serde(default)]
    pub refresh: Option<super::Refresh>,
    /// Whether its sources, what they redirect to and the pages of its items may be on this machine or its network:
    /// without it limpid connects to public addresses only.
    #[serde(default)]
    pub allow_private: bool,
    /// Headers that are sent to the source, and to no other scheme, host or port. A value is a text,
    /// `{ env = "NAME" }` or `{ file = "PATH" }`.
    #[schemars(schema_with = "headers")]
    #[serde(rename = "headers", default)]
    _headers: Option<IgnoredAny>,
    /// The cookies that are sent to the source: a text, `{ env = "NAME" }` or `{ file = "PATH" }`.
    #[schemars(schema_with = "given")]
    #[serde(rename = "cookie", default)]
    _cookie: Option<IgnoredAny>,
    /// The user and password that are sent to the source.
    #[schemars(with = "FeedLogin")]
    #[serde(rename = "basic-auth", default)]
    _basic_auth: Option<IgnoredAny>,
    /// What the source is told of who asks, in place of limpid's own name.
    #[schemars(with = "String", regex(pattern = "\\S"))]
    #[serde(rename = "user-agent", default)]
    _user_agent: Option<IgnoredAny>,
    /// The proxy that its source and the pages of its items are asked through, or `none`; that of `[fetch]` unless
    /// said otherwise.
    #[schemars(schema_with = "proxy_or_none")]
    #[serde(rename = "proxy", default)]
    _proxy: Option<IgnoredAny>,
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
