//! The proxy over HTTP: a real listener, a scripted publisher, a clock that tests turn. Nothing sleeps: what
//! has to wait waits for an event. The tests carry the number of the behaviour they hold limpid to.

#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

mod client;
mod log;
mod network;
mod proxy;
mod publisher;

mod access;
mod adhoc;
mod again;
mod bad_input;
mod browsers;
mod clients;
mod failures;
mod formats;
mod freshness;
mod full_text;
mod guard;
mod https;
mod input;
mod limits;
mod memory;
mod merge;
mod metrics;
mod moving;
mod opml;
mod pages;
mod playground;
mod polling;
mod preview;
mod readings;
mod redis;
mod receipts;
mod reload;
mod requests;
mod serving;
mod shared;
mod store;
mod through;
mod tls;
mod topics;
mod turns;
mod without_redis;

use std::future::Future;
use std::time::Duration;

/// How long anything may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(20);

/// A small feed, in which every byte counts.
const FEED: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\">\n<channel>\n\
    <title>Tide tables</title>\n<link>https://tides.example.org/</link>\n<!-- kept -->\n\
    <item>\n<title>High water</title>\n<guid>tides-1</guid>\n<description><![CDATA[<p>At six.</p>]]></description>\n</item>\n\
    <item>\n<title>Sponsored: oilskins</title>\n<guid>tides-2</guid>\n<description>Buy &amp; save</description>\n</item>\n\
    <item>\n<title>Low water</title>\n<guid>tides-3</guid>\n<pubDate>Fri, 12 Jun 2026 15:00:12 GMT</pubDate>\n</item>\n\
    </channel>\n</rss>\n";

/// Another feed, with this title.
fn titled(title: &str) -> String {
    FEED.replace("Tide tables", title)
}

/// What the future comes to; a failed test where it does not come to anything.
async fn soon<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("nothing has happened for too long")
}

/// Lets everything else that can run do so.
async fn others_run() {
    for _ in 0..2000 {
        tokio::task::yield_now().await;
    }
}
