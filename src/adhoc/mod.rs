//! Feeds that are not configured: from the query of `/clean?url=…` to a feed as if it were. Whose feeds may be asked
//! for `[ad-hoc]` says: those of its hosts by anyone, every other with a signature.

mod query;
mod signature;
mod wish;

use std::time::Duration;

use hyper::StatusCode;

pub use query::Query;
pub use wish::Wish;

use crate::config::{self, Config, Packs};
use crate::html::taken::shorten;

/// Where such feeds are asked for.
pub const PATH: &str = "/clean";

/// On which terms they are served.
#[derive(Clone, Debug)]
pub struct Terms {
    section: config::AdHoc,
    packs: Packs,
    /// The shortest time between two requests for a source.
    min_interval: Duration,
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The status to refuse with: 400 or 403.
    pub status: StatusCode,
    /// One sentence for the person. It holds nothing of the configuration, and of the request little.
    pub sentence: String,
}

impl Refused {
    /// What is asked for makes no sense.
    fn malformed(sentence: impl Into<String>) -> Self {
        Refused { status: StatusCode::BAD_REQUEST, sentence: sentence.into() }
    }

    /// A parameter makes no sense.
    fn parameter(name: &str, why: &str) -> Self {
        Refused::malformed(format!("`{name}`: {}.", one_line(why).trim_end_matches('.')))
    }

    /// It is not for everybody.
    fn forbidden(sentence: &str) -> Self {
        Refused { status: StatusCode::FORBIDDEN, sentence: sentence.to_owned() }
    }
}

/// The beginning of a text that came with the request, in one line.
fn one_line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    shorten(plain.trim())
}

impl Terms {
    /// Those of a configuration; `None` where it has no `[ad-hoc]`.
    pub fn of(config: &Config) -> Option<Self> {
        let (section, packs) = (config.ad_hoc.clone()?, config.packs.clone());
        Some(Terms { section, packs, min_interval: config.fetch.min_interval })
    }

    /// The section they are from.
    pub fn section(&self) -> &config::AdHoc {
        &self.section
    }

    /// A query with these names and values, in this order, signed. What is signed is what is served: it has been
    /// checked as a request is.
    ///
    /// # Errors
    /// Where the configuration has no key, or the request would be refused.
    pub fn signed(&self, pairs: Vec<(String, String)>) -> Result<String, Refused> {
        let query = Query::of(pairs)?;
        let key = self.section.key.as_ref();
        let key = key.ok_or_else(|| Refused::forbidden("The configuration has no key to sign with."))?;
        let signed = query.with_signature(signature::sign(key, &query.unsigned())).to_string();
        self.read(&signed)?;
        Ok(signed)
    }

    /// Whether a query is signed.
    ///
    /// # Errors
    /// Where it has a signature that is not right.
    fn is_signed(&self, query: &Query) -> Result<bool, Refused> {
        let Some(signature) = query.signature() else { return Ok(false) };
        let fits = |key| signature::fits(key, &query.unsigned(), signature);
        if self.section.key.as_ref().is_some_and(fits) {
            return Ok(true);
        }
        Err(Refused::forbidden("The signature is not that of this address: one of the two has been changed."))
    }
}
