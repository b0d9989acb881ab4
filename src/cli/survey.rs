//! Asking feeds what they are: each once, a few at a time, all of them in a bounded time.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use url::{Host, Url};

use crate::clock::{Clock, SystemClock};
use crate::config::{FeedRequest, Origin, Packs, Source};
use crate::feed::Feed;
use crate::feed::articles::Reach;
use crate::feed::platform::platforms_of;
use crate::fetch::guard::Network;
use crate::fetch::politeness::Validators;
use crate::fetch::{Answer, Ask, FetchError, Fetcher, Headers, reading};

/// How many feeds are asked at a time. Of one host they wait for their turn.
const AT_ONCE: usize = 16;

/// How long it takes in all at most, unless it is told otherwise.
pub const AT_MOST: Duration = Duration::from_mins(10);

/// What came of asking a feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It is a feed, for which there are these packs.
    Packs(Vec<String>),
    /// Why it could not be read, in one sentence.
    Failed(String),
    /// There was no time left for it.
    NotAsked,
}

/// Who asks, and how far that may reach.
#[derive(Clone, Debug)]
pub struct Survey {
    /// With which it is asked.
    pub fetcher: Fetcher,
    /// Where names lead.
    pub network: Arc<dyn Network>,
    /// What platforms are known by.
    pub packs: Packs,
    /// Whether what is on this machine or its network is asked as well.
    pub allow_private: bool,
    /// How long it may take in all. What has not answered by then counts as not asked.
    pub at_most: Duration,
}

impl Survey {
    /// Asks all of them, and calls `each` after every one. What comes back is in their order, with whether it is one that
    /// needs leave to connect to.
    pub async fn run(&self, addresses: &[Url], each: impl Fn()) -> Vec<(Found, bool)> {
        let mut found = vec![(Found::NotAsked, false); addresses.len()];
        let asked = addresses.iter().enumerate();
        let asked = asked.map(|(index, url)| async move { (index, self.one(url).await) });
        let all = async {
            let mut asked = std::pin::pin!(stream::iter(asked).buffer_unordered(AT_ONCE));
            while let Some((index, one)) = asked.next().await {
                found[index] = one;
                each();
            }
        };
        // Those that were under way have not answered.
        let _ = tokio::time::timeout(self.at_most, all).await;
        found
    }

    async fn one(&self, url: &Url) -> (Found, bool) {
        let is_private = self.allow_private && self.is_private(url).await;
        let found = match self.feed(url, is_private).await {
            Ok(feed) => Found::Packs(packs_for(&feed, &self.packs)),
            Err(error) => Found::Failed(error.to_string()),
        };
        (found, is_private)
    }

    async fn feed(&self, url: &Url, is_private: bool) -> Result<Feed, FetchError> {
        let reach = if is_private { Reach::Anywhere } else { Reach::Public };
        let (body, headers, _) = body(&self.fetcher, url, reach).await?;
        reading::read(body, &headers, &Origin::plain(Source::Url(url.clone())))
    }

    /// Whether an address itself leads to this machine or its network. Where it redirects to does not count: that is for
    /// the publisher to say, and not for the person who gives leave.
    async fn is_private(&self, url: &Url) -> bool {
        let port = url.port_or_known_default().unwrap_or(0);
        let is_public = |address: &std::net::SocketAddr| self.network.is_public(*address);
        match url.host() {
            Some(Host::Ipv4(address)) => !is_public(&(address, port).into()),
            Some(Host::Ipv6(address)) => !is_public(&(address, port).into()),
            Some(Host::Domain(name)) => {
                let found = self.network.lookup(name.to_owned()).await;
                found.is_ok_and(|all| all.iter().any(|address| !is_public(address)))
            }
            None => false,
        }
    }
}

/// What an address answers, and where it has moved to for good.
///
/// # Errors
/// Why it can not be had.
pub async fn body(
    fetcher: &Fetcher,
    url: &Url,
    reach: Reach,
) -> Result<(Vec<u8>, Headers, Option<Url>), FetchError> {
    let (request, validators) = (FeedRequest::default(), Validators::default());
    let now = SystemClock.now();
    let ask = Ask { feed: "new", url, reach, request: &request, validators: &validators, now };
    let answer = fetcher.fetch(ask).await?;
    let moved = answer.moved().cloned();
    match answer {
        Answer::Body(body, headers) => Ok((body, headers, moved)),
        Answer::NotModified(_) => Err(FetchError::Status { status: 304, retry_after: None }),
    }
}

/// The packs of the platforms that a feed is of.
pub fn packs_for(feed: &Feed, packs: &Packs) -> Vec<String> {
    let known = packs.platforms();
    let of = platforms_of(feed, known.iter().map(|(_, platform)| *platform));
    let is_of = |platform: &Arc<_>| of.iter().any(|one| Arc::ptr_eq(one, platform));
    known.iter().filter(|(_, platform)| is_of(platform)).map(|(name, _)| (*name).to_owned()).collect()
}
