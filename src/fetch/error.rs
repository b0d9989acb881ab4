//! Why a publisher could not be asked, or what was wrong with the answer.

use std::error::Error as StdError;
use std::time::Duration;

use thiserror::Error;

use super::guard::Refused;
use super::proxy::NotThrough;
use crate::convert::page::PageError;
use crate::decode::charset::CharsetError;
use crate::decode::coding::CodingError;
use crate::feed::ParseError;

/// A failure on the publisher's side, or on the way there. `Display` is one sentence for a person; what is
/// behind it is its source.
#[derive(Debug, Error)]
pub enum FetchError {
    /// No connection: the name, the network, the port, TLS.
    #[error("the publisher can not be reached")]
    Unreachable(#[source] Box<dyn StdError + Send + Sync>),
    /// No connection: the proxy is not there, or refuses.
    #[error("the proxy that limpid is told to use does not connect to the publisher")]
    Proxy(#[source] Box<dyn StdError + Send + Sync>),
    /// Not within the deadline.
    #[error("the publisher did not answer within {0:?}")]
    Timeout(Duration),
    /// Another status than 200 or 304.
    #[error("the publisher answered {status}{}", describe(*.status))]
    Status {
        /// The status code.
        status: u16,
        /// When it wants to be asked again.
        retry_after: Option<Duration>,
    },
    /// More than [`MAX_REDIRECTS`](super) of them.
    #[error("the publisher redirects in circles")]
    TooManyRedirects,
    /// To nowhere, or from https to http.
    #[error("the publisher redirects to an address that can not be followed")]
    BadRedirect,
    /// To what is not public, for a feed that may not, or with a user name: one sentence, so that nobody learns
    /// from it what there is.
    #[error(
        "the address is not one that limpid connects to; one of a private network needs allow-private = true in the feed"
    )]
    Refused,
    /// To a host that strangers may not ask for.
    #[error("the publisher redirects to a host whose feeds need a signed address")]
    Elsewhere,
    /// Not asked: there is no place for what it would answer.
    #[error("too many feeds are asked for at the moment")]
    TooMany,
    /// What went wrong before a restart, as it was said then.
    #[error("{0}")]
    Before(String),
    /// Not an address that can be asked.
    #[error("the address of the source can not be asked")]
    BadAddress,
    /// Over the limit.
    #[error("the publisher's answer is larger than the limit of {0} bytes")]
    TooLarge(usize),
    /// The connection ended before the answer did, or what came is no HTTP.
    #[error("the publisher's answer broke off")]
    CutOff(#[source] Box<dyn StdError + Send + Sync>),
    /// Broken or unknown compression.
    #[error(transparent)]
    Coding(#[from] CodingError),
    /// No text.
    #[error(transparent)]
    Charset(#[from] CharsetError),
    /// No feed.
    #[error(transparent)]
    Parse(#[from] ParseError),
    /// A page in which nothing is an item.
    #[error(transparent)]
    Page(#[from] PageError),
}

impl From<hyper_util::client::legacy::Error> for FetchError {
    fn from(error: hyper_util::client::legacy::Error) -> Self {
        let mut causes = std::iter::successors(error.source(), |error| (*error).source());
        if causes.any(<dyn StdError>::is::<Refused>) {
            return FetchError::Refused;
        }
        let mut causes = std::iter::successors(error.source(), |error| (*error).source());
        if causes.any(<dyn StdError>::is::<NotThrough>) {
            return FetchError::Proxy(Box::new(error));
        }
        let connected = !error.is_connect();
        if connected { FetchError::CutOff(Box::new(error)) } else { FetchError::Unreachable(Box::new(error)) }
    }
}

impl FetchError {
    /// The error and everything behind it, for the log.
    pub fn chain(&self) -> String {
        let causes = std::iter::successors(self.source(), |error| (*error).source());
        causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
    }
}

fn describe(status: u16) -> &'static str {
    match status {
        401 | 403 => ": it does not let limpid in",
        404 => ": there is no such feed",
        410 => ": the feed is gone for good",
        429 => ": it is asked too often",
        508 => ": it leads in a circle",
        500..=599 => ": something is wrong on its side",
        _ => "",
    }
}
