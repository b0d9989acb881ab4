//! What those who operate limpid ask for, and what is tidied up when feeds are gone.

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use hyper::{Method, StatusCode};

use super::Configured;
use crate::cache::source::key;
use crate::config::FeedConfig;
use crate::metrics::FeedState;
use crate::respond::{self, Answer};

impl Configured {
    /// Whether requests had better be sent here. A configuration with mistakes does not stand in their way: the one
    /// before it is still followed.
    pub(super) fn ready(&self, method: &Method) -> Answer {
        if self.state.is_draining.load(Ordering::Relaxed) {
            let sentence = "limpid is about to end; requests under way may finish.";
            return respond::failure(method, StatusCode::SERVICE_UNAVAILABLE, sentence, None);
        }
        let store = self.store_problem();
        let sentence = if let Some(problem) = store {
            let lost = if self.redis().is_some() { "is not shared" } else { "will not outlive a restart" };
            format!("ready, but what is known {lost}: {problem}\n")
        } else if self.state.is_outdated.load(Ordering::Relaxed) {
            "ready, but the configuration that was read last has mistakes: limpid stays with the one before it, and \
             its log says what is wrong\n"
                .to_owned()
        } else {
            "ready\n".to_owned()
        };
        respond::text(method, StatusCode::OK, sentence)
    }

    /// Every metric, in the text form.
    pub(super) async fn metrics_text(&self) -> String {
        let mut states = Vec::with_capacity(self.feeds.len());
        for feed in &self.feeds {
            states.push(self.state_of(feed).await);
        }
        let shared = self.redis().map(|shared| shared.registry());
        let others: Vec<_> = [self.rendered.health().registry()].into_iter().chain(shared).collect();
        self.metrics.text(&others, &states)
    }

    async fn state_of(&self, feed: &FeedConfig) -> FeedState {
        let (mut oldest, mut failing, mut is_known) = (None, 0, true);
        for (_, origin) in feed.origins() {
            let Some(known) = self.sources.peek(origin).await else {
                is_known = false;
                continue;
            };
            oldest = oldest.into_iter().chain([known.asked]).min();
            failing += usize::from(known.problem.is_some());
        }
        let age = oldest.filter(|_| is_known).map(|asked| self.clock.now().duration_since(asked).as_secs());
        // A clock that has gone back makes nothing younger than new.
        FeedState { feed: feed.name.clone(), age: age.map(|age| age.max(0)), failing }
    }

    /// Forgets what belongs to feeds that are not configured any more. A source that could not yet be asked again is
    /// remembered: its feed may come back.
    pub(super) async fn forget_others(&self, before: &Configured) {
        let names: HashSet<&str> = self.by_name.keys().map(String::as_str).collect();
        self.rendered.health().forget_others(&names);
        for gone in before.feeds.iter().filter(|feed| !names.contains(feed.name.as_str())) {
            self.metrics.forget(&gone.name);
        }
        let origins = self.feeds.iter().flat_map(|feed| feed.origins());
        self.sources.forget_others(&origins.map(|(_, origin)| key(origin)).collect()).await;
    }
}
