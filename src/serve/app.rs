//! What is served, while configurations come and go.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use hyper::Request;
use hyper::body::Incoming;
use rustls::ServerConfig;
use tracing::{Instrument, Span, error, info, info_span, warn};

use super::{Configured, access};
use crate::clock::Clock;
use crate::config::{Config, FeedConfig};
use crate::fetch::guard::{Internet, Network};
use crate::metrics::Metrics;
use crate::respond::Answer;

/// Everything that answering takes. The configuration can be exchanged while it is serving.
#[derive(Debug)]
pub struct App {
    /// How readers reach it where the configuration does not say it.
    here: String,
    pub(super) current: Arc<RwLock<Arc<Configured>>>,
    state: Arc<State>,
}

/// How the process is doing, for those who operate it.
#[derive(Debug, Default)]
pub(super) struct State {
    /// Whether the last configuration that was read had mistakes, so that the one before it is still followed.
    pub(super) is_outdated: AtomicBool,
    /// Whether it is about to end.
    pub(super) is_draining: AtomicBool,
}

impl App {
    /// An application for this configuration. `here` is how readers reach it where that does not say it, without a
    /// slash at its end.
    pub fn new(config: Config, here: String, clock: Arc<dyn Clock>) -> Self {
        App::on(&(Arc::new(Internet) as Arc<dyn Network>), config, here, clock)
    }

    /// The same on another network than the internet.
    pub fn on(network: &Arc<dyn Network>, config: Config, here: String, clock: Arc<dyn Clock>) -> Self {
        let state = Arc::<State>::default();
        let first = Configured::new(network, config, &here, clock, state.clone());
        let app = App { here, current: Arc::new(RwLock::new(Arc::new(first))), state };
        app.reconcile();
        app
    }

    /// Answers a request, to its end by the configuration that it came under.
    pub async fn answer(&self, request: Request<Incoming>) -> Answer {
        let span = span(&request);
        let current = self.current();
        async move {
            let started = Instant::now();
            let (parts, body) = request.into_parts();
            let (answer, about) = current.routed(&parts.method, &parts.uri, &parts.headers, body).await;
            current.note(&about, &answer, started);
            answer
        }
        .instrument(span)
        .await
    }

    /// Answers a request for what others have just asked for. Everything else is `None`, and for [`App::answer`]: what that
    /// takes, which is kilobytes, is not to be moved about where it is not needed.
    pub fn answer_at_once(&self, request: &Request<Incoming>) -> Option<Answer> {
        let (current, started) = (self.current(), Instant::now());
        let (answer, about) = current.again(request.method(), request.uri(), request.headers())?;
        span(request).in_scope(|| current.note(&about, &answer, started));
        Some(answer)
    }

    /// Follows this configuration from the next request on. What is known of sources and rendered feeds stays: a feed
    /// that has not changed is neither asked for nor made again, and one with other rules is not asked for.
    pub async fn reconfigure(&self, config: Config) {
        let before = self.current();
        let after = Arc::new(before.after(config, &self.here));
        if before.server.listen != after.server.listen {
            let (old, new) = (before.server.listen, after.server.listen);
            warn!(%old, %new, "[server] listen is only read at the start: limpid still listens where it did");
        }
        if before.server.max_connections != after.server.max_connections {
            warn!("[server] max-connections is only read at the start: the limit is what it was");
        }
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = after.clone();
        self.state.is_outdated.store(false, Ordering::Relaxed);
        after.metrics.note_reload(true);
        let (added, removed, changed) = differences(&before.feeds, &after.feeds);
        info!(feeds = after.feeds.len(), added, removed, changed, "the configuration has been read again");
        after.forget_others(&before).await;
    }

    /// Stays with the configuration there is: `report` says what is wrong with the one that was to come after it.
    pub fn keep(&self, report: &str) {
        self.state.is_outdated.store(true, Ordering::Relaxed);
        self.current().metrics.note_reload(false);
        error!("the new configuration has mistakes; limpid stays with the one it has\n{}", report.trim_end());
    }

    /// Says that the process is about to end: whoever sends requests here had better send them elsewhere.
    pub fn drain(&self) {
        self.state.is_draining.store(true, Ordering::Relaxed);
    }

    /// Waits until nothing is left to do in the background.
    pub async fn settled(&self) {
        self.current().settled().await;
    }

    /// What is wrong with what is to outlive a restart, in one sentence; feeds are served all the same.
    pub fn store_problem(&self) -> Option<String> {
        self.current().store_problem()
    }

    /// How many connections may be open at a time.
    pub fn max_connections(&self) -> usize {
        self.current().server.max_connections
    }

    /// With which certificate new connections are spoken to; `None` where they are in clear text.
    pub fn tls(&self) -> Option<Arc<ServerConfig>> {
        self.current().server.tls.clone()
    }

    /// What is counted.
    pub fn metrics(&self) -> Arc<Metrics> {
        self.current().metrics.clone()
    }

    pub(super) fn current(&self) -> Arc<Configured> {
        self.current.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn span(request: &Request<Incoming>) -> Span {
    info_span!("request", method = %request.method(), path = access::shown(request.uri().path()))
}

/// How many feeds there are that were not there before, are not there any more, and are not what they were.
fn differences(before: &[Arc<FeedConfig>], after: &[Arc<FeedConfig>]) -> (usize, usize, usize) {
    let names = |feeds: &[Arc<FeedConfig>]| -> BTreeSet<String> {
        feeds.iter().map(|feed| feed.name.clone()).collect()
    };
    let (old, new) = (names(before), names(after));
    let is_changed = |feed: &&Arc<FeedConfig>| {
        before.iter().any(|old| old.name == feed.name && old.identity() != feed.identity())
    };
    let changed = after.iter().filter(is_changed).count();
    (new.difference(&old).count(), old.difference(&new).count(), changed)
}
