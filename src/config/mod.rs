//! The configuration: a TOML file, read strictly, every mistake reported at once and with its place.
//!
//! `raw` is what the file may say; what `read` makes of it is compiled and checked, so that nothing can go
//! wrong with it afterwards.

mod access;
mod adhoc;
pub mod append;
mod expectations;
mod feeds;
mod hosts;
mod key;
mod listing;
mod loops;
mod named;
pub mod naming;
mod packs;
mod problem;
mod proxy;
pub(crate) mod raw;
mod read;
mod request;
mod rule;
mod secret;
mod steps;
mod store;
mod table;
mod tls_roots;
mod tls;
mod topics;
mod tried;
mod word_lists;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use crate::convert::Target;
use crate::convert::page::PageSelectors;
use crate::decode::charset::Charset;
use crate::feed::articles::Reach;
use crate::pipeline::Pipeline;

pub use expectations::Expectation;
pub use feeds::{MAX_NAME, is_name};
pub use hosts::Hosts;
pub use key::Key;
pub use listing::{Listing, MAX_FOLDERS, as_folder, as_title};
pub use loops::is_own;
pub use named::files;
pub use packs::{AUTO, Compiled, PACKS, Pack, PackRule, Packs, pack_steps, platform_packs};
pub use problem::{Problem, Problems};
pub use proxy::{Proxy, Speaks, Via};
pub use read::read;
pub use request::FeedRequest;
pub use secret::Secret;
pub use steps::rule_step;
pub use store::{Place, Redis};
pub(crate) use topics::TAKEN;
pub use tried::written_out;

/// The configuration that limpid has without one: the annotated file of the repository.
pub const DEFAULT: &str = include_str!("../../config/limpid.toml");

/// A configuration in which everything has been checked.
#[derive(Debug)]
pub struct Config {
    /// Where it listens, and how readers reach it.
    pub server: Server,
    /// How it fetches.
    pub fetch: Fetch,
    /// What it keeps.
    pub cache: Cache,
    /// Where it keeps what outlives a restart; `None` for nowhere.
    pub store: Option<Store>,
    /// Who may read.
    pub access: Access,
    /// Which feeds it serves that are not configured; `None` for none.
    pub ad_hoc: Option<AdHoc>,
    /// The packs that its rules can name.
    pub packs: Packs,
    /// The feeds, in the order of the file.
    pub feeds: Vec<Arc<FeedConfig>>,
    /// The file it is from; `None` for the built-in one.
    pub path: Option<PathBuf>,
}

/// `[server]`
#[derive(Debug)]
pub struct Server {
    /// Address and port.
    pub listen: std::net::SocketAddr,
    /// How readers reach it, where that is not the address it listens on. Without a slash at its end.
    pub public_url: Option<String>,
    /// How many connections may be open at a time.
    pub max_connections: usize,
    /// With it, https is spoken and nothing else.
    pub tls: Option<Arc<rustls::ServerConfig>>,
}

impl Server {
    /// What it speaks, as addresses say it.
    pub fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    /// How readers reach it: as it is said, or else `here`.
    pub fn url_or(&self, here: &str) -> String {
        self.public_url.clone().unwrap_or_else(|| here.to_owned())
    }

    /// How readers reach it, as far as the configuration tells.
    pub fn own_url(&self) -> String {
        self.url_or(&format!("{}://{}", self.scheme(), self.listen))
    }
}

/// `[access]`
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// What opens everything; `None` where feeds are open to everybody.
    pub gate: Option<Arc<Gate>>,
    /// Whether the page, metrics and receipts are open to everybody.
    pub open_pages: bool,
}

/// What opens a feed: any of these.
#[derive(Clone, Debug)]
pub struct Gate {
    /// A bearer token.
    pub token: Option<Key>,
    /// A name, and its password.
    pub basic: Option<(String, Key)>,
    /// A part of the address.
    pub secret: Option<Key>,
}

/// What a feed says of who may read it.
#[derive(Clone, Debug, Default)]
pub enum FeedAccess {
    /// What holds for everything.
    #[default]
    AsAll,
    /// Everybody.
    Open,
    /// Whoever has something of this.
    Own(Arc<Gate>),
}

/// `[fetch]`
#[derive(Clone, Debug)]
pub struct Fetch {
    /// For a whole request, redirects and body included.
    pub timeout: Duration,
    /// The most bytes of a body, after its content coding is undone.
    pub max_body: usize,
    /// The shortest time between two requests for the same source.
    pub min_interval: Duration,
    /// How long a reader waits for the pages of items, where a rule wants them.
    pub wait_for_pages: Duration,
    /// Where a publisher can find whom to ask; part of the User-Agent.
    pub contact: Option<String>,
    /// The shortest time between the starts of two requests to one host.
    pub host_spacing: Duration,
    /// What publishers are asked through.
    pub proxy: Option<Proxy>,
    /// What is trusted beside the certificates of the system.
    pub tls_roots: Vec<CertificateDer<'static>>,
}

/// `[cache]`
#[derive(Clone, Copy, Debug)]
pub struct Cache {
    /// Bytes for the feeds as they are served, compressed forms included.
    pub memory: u64,
    /// For how long after it was due a copy is answered with while it is asked for.
    pub stale_while_revalidate: Duration,
    /// For how long after it was due a copy stands in where asking fails.
    pub stale_if_error: Duration,
}

/// `[store]`
#[derive(Clone, Debug)]
pub struct Store {
    /// Where it is.
    pub place: Place,
    /// The most bytes of bodies in it, compressed.
    pub max_size: u64,
    /// How long anything in a Redis is waited for.
    pub timeout: Duration,
}

/// When the sources of a feed are asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Refresh {
    /// When a reader asks for the feed.
    #[default]
    OnDemand,
    /// Whenever that is due.
    Background,
}

/// `[ad-hoc]`
#[derive(Clone, Debug)]
pub struct AdHoc {
    /// Whose feeds anyone may ask for.
    pub hosts: Arc<Hosts>,
    /// What addresses are signed with, to which the hosts do not matter.
    pub key: Option<Key>,
    /// How many such feeds are kept at a time, at least one.
    pub max_feeds: usize,
    /// How far signed addresses may lead.
    pub reach: Reach,
}

/// `[feeds.NAME]`
#[derive(Clone, Debug)]
pub struct FeedConfig {
    /// Its name, as in `/feeds/NAME`.
    pub name: String,
    /// What it is made of: one source, or several.
    pub parts: Vec<Part>,
    /// The format it is served in; `None` for that of its (first) source.
    pub format: Option<Target>,
    /// What is done to it.
    pub pipeline: Pipeline,
    /// What is done to it, as it is written: `rules`, `guard`, `topics`.
    pub written: String,
    /// A digest of its rules as they are written, of how far it may reach and as whom it asks, and of the program's
    /// version.
    pub rules_digest: u128,
    /// The shortest time between two requests for it.
    pub min_interval: Duration,
    /// When it is asked for.
    pub refresh: Refresh,
    /// Who may read it.
    pub access: FeedAccess,
    /// How it is listed.
    pub listing: Listing,
    /// What is expected of it, for `limpid test`.
    pub tests: Vec<Expectation>,
}

/// Something that a feed is made of.
#[derive(Clone, Debug)]
pub enum Part {
    /// What a publisher sends.
    Origin(Arc<Origin>),
    /// Another feed of this configuration, as its rules leave it, or a topic of it: `feed:NAME`,
    /// `feed:NAME/TOPIC`.
    Feed(Arc<FeedConfig>, Option<String>),
}

/// A source, and how it is to be read.
#[derive(Debug)]
pub struct Origin {
    /// Where it is.
    pub source: Source,
    /// What its bytes mean, where the publisher does not say, or lies.
    pub charset: Option<Charset>,
    /// Where the items are in it, where it is a web page.
    pub page: Option<PageSelectors>,
    /// A digest of how it is read, and of what its requests carry: the same source read in two ways is two, and so
    /// is what a publisher shows to two.
    pub reading: u128,
    /// How far it may lead: two feeds of which only one may connect to it do not share it.
    pub reach: Reach,
    /// What its requests carry beside what all do.
    pub request: Arc<FeedRequest>,
    /// By which part of a thousand of its interval it is asked later than it could be: where other sources are of the
    /// same host, so that they are not all asked at once.
    pub late: u32,
}

/// Where a source is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A publisher.
    Url(Url),
    /// The newsletter that is built in, for trying limpid out.
    Sample,
}

impl Origin {
    /// A source that says itself how it is to be read.
    pub fn plain(source: Source) -> Self {
        Origin {
            source,
            charset: None,
            page: None,
            reading: 0,
            reach: Reach::Public,
            request: Arc::default(),
            late: 0,
        }
    }
}

impl Origin {
    /// How much later than after `interval` it is asked: always the same, and never sooner.
    pub fn lateness(&self, interval: Duration) -> Duration {
        interval * self.late / 1000
    }
}

impl Source {
    /// Reads a source as the configuration has it.
    ///
    /// # Errors
    /// What was expected, in one sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "sample:newsletter" {
            return Ok(Source::Sample);
        }
        let url = Url::parse(text).map_err(|_| expected_source(text))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(NO_USERS.to_owned());
        }
        match url.scheme() {
            "http" | "https" if url.has_host() => Ok(Source::Url(url)),
            _ => Err(expected_source(text)),
        }
    }

    /// How to name it in a log or message: without path, query or credentials, which may be secrets.
    pub fn origin(&self) -> String {
        match self {
            Source::Url(url) => url.origin().ascii_serialization(),
            Source::Sample => "sample:newsletter".to_owned(),
        }
    }
}

/// Says nothing of what the address is: it holds a secret.
const NO_USERS: &str = "an address with a user name or password in it is not a source: limpid would not send \
                        them; a feed has them in basic-auth = { user = \"me\", password = { env = \"NAME\" } }";

fn expected_source(text: &str) -> String {
    format!("`{text}` is not a source; expected an http or https address, or \"sample:newsletter\"")
}

impl FeedConfig {
    /// Whether a rule of it, or of a feed it is made of, wants the articles of items.
    pub fn wants_articles(&self) -> bool {
        let part = |part: &Part| matches!(part, Part::Feed(feed, _) if feed.wants_articles());
        self.pipeline.wants_articles() || self.parts.iter().any(part)
    }

    /// What tells it from another of the same name: its rules, sources and settings.
    pub fn identity(&self) -> impl PartialEq {
        let part = |part: &Part| match part {
            Part::Origin(origin) => (format!("{origin:?}"), 0),
            Part::Feed(feed, topic) => (format!("{} {topic:?}", feed.name), feed.rules_digest),
        };
        let parts: Vec<(String, u128)> = self.parts.iter().map(part).collect();
        (self.rules_digest, parts, self.format, self.min_interval)
    }

    /// Every source that it is made of, each with the feed that asks for it.
    pub fn origins(&self) -> Vec<(&FeedConfig, &Arc<Origin>)> {
        let each = self.parts.iter().flat_map(|part| match part {
            Part::Origin(origin) => vec![(self, origin)],
            Part::Feed(feed, _) => feed.origins(),
        });
        each.collect()
    }
}

impl Config {
    /// The feed of this name.
    pub fn feed(&self, name: &str) -> Option<&Arc<FeedConfig>> {
        self.feeds.iter().find(|feed| feed.name == name)
    }
}

#[cfg(test)]
mod tests {
    use rustls::server::ResolvesServerCertUsingSni;

    use super::*;

    #[test]
    fn its_own_address_is_what_is_said_or_where_it_listens_in_what_it_speaks() {
        let listen = std::net::SocketAddr::from(([127, 0, 0, 1], 8080));
        let mut server = Server { listen, public_url: None, max_connections: 1, tls: None };
        assert_eq!(server.own_url(), "http://127.0.0.1:8080");
        let tls = rustls::ServerConfig::builder().with_no_client_auth();
        server.tls = Some(Arc::new(tls.with_cert_resolver(Arc::new(ResolvesServerCertUsingSni::new()))));
        assert_eq!(server.own_url(), "https://127.0.0.1:8080");
        server.public_url = Some("https://feeds.example.org".to_owned());
        assert_eq!(server.own_url(), "https://feeds.example.org");
        assert_eq!(server.url_or("http://here.example"), "https://feeds.example.org");
    }
}
