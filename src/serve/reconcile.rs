//! The store that a configuration names; and, where that is shared, what happens once it is there again.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use super::{App, Configured};
use crate::clock::Clock;
use crate::config::{self, Place};
use crate::store::Store;
use crate::store::shared::{Limits, Shared};

/// Opens a store. One that is shared is looked for from now on, and not waited for.
pub(super) fn opened(
    store: &config::Store,
    fetch: &config::Fetch,
    clock: &Arc<dyn Clock>,
) -> Option<Arc<Store>> {
    let max_size = store.max_size;
    match &store.place {
        Place::File(path) => Some(Store::open(path, max_size)),
        Place::Redis(redis) => {
            let (max_body, timeout, patience) = (fetch.max_body, fetch.timeout, store.timeout);
            let limits = Limits { max_size, max_body, timeout, patience };
            let shared = Shared::new(redis.client()?, redis.shown.clone(), limits, clock.clone());
            Some(Arc::new(Store::Shared(shared)))
        }
    }
}

impl App {
    /// Reconciles with what is shared, where something is: once at first, and each time that it is there again, until the
    /// application is dropped.
    pub(super) fn reconcile(&self) {
        let current = self.current();
        let Some(mut returns) = current.redis().map(|shared| shared.returns()) else { return };
        let current = Arc::downgrade(&self.current);
        tokio::spawn(async move {
            while returns.changed().await.is_ok() {
                let Some(current) = current.upgrade() else { return };
                let configured = current.read().unwrap_or_else(PoisonError::into_inner).clone();
                drop(current);
                configured.reconcile().await;
            }
        });
    }
}

impl Configured {
    pub(super) fn redis(&self) -> Option<&Arc<Shared>> {
        self.store.as_ref()?.shared()
    }

    /// Gives what is shared what is newer here, and takes over what is newer there.
    async fn reconcile(&self) {
        let (Some(shared), Some(store)) = (self.redis(), &self.store) else { return };
        for (_, origin) in self.feeds.iter().flat_map(|feed| feed.origins()) {
            self.sources.reconcile(origin).await;
        }
        self.articles.reconcile().await;
        let health = self.rendered.shared_health().clone();
        let names: Vec<&str> = self.feeds.iter().map(|feed| feed.name.as_str()).collect();
        let noted: HashMap<String, Vec<u8>> = shared.notes(&names).await.into_iter().collect();
        let is_newer = |name: &&&str| match noted.get(**name) {
            Some(note) => health.take_over(name, note),
            None => health.history(name).is_some(),
        };
        let newer: Vec<String> = names.iter().filter(is_newer).map(|name| (*name).to_owned()).collect();
        store.clone().later(move |store| newer.iter().for_each(|feed| health.save(store, feed))).await;
    }
}
