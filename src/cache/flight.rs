//! One request to a publisher, however many limpids: who is to ask, and what the others learn from it.

use std::sync::Arc;
use std::time::Duration;

use super::known::{Good, Known};
use super::saved;
use super::source::{Sources, key};
use crate::config::{Origin, Source};
use crate::store::record::{Body, Record};
use crate::store::shared::{Begun, Lease, Shared, Written};

/// What is to be done about a source that is due here.
enum Turn {
    /// Nothing: another limpid has asked.
    Learnt(Arc<Known>),
    /// It is to be asked, with what is known of it. Without a lease Redis is away.
    Ask(Option<Lease>, Option<Arc<Known>>),
}

impl Sources {
    /// What is known of a source that is due here: what another limpid has learnt in the meantime, where that is not due,
    /// or else what its publisher says.
    pub(super) async fn ask_or_learn(
        &self,
        name: &str,
        origin: &Arc<Origin>,
        before: Option<Arc<Known>>,
        floor: Duration,
    ) -> Arc<Known> {
        if let Some(shared) = self.shared(origin) {
            return Box::pin(self.ask_or_learn_of(shared, name, origin, before, floor)).await;
        }
        let known = self.ask(name, origin, before.as_deref(), floor).await;
        self.save(origin, &known);
        known
    }

    /// What is shared of a source, where that is: what is built in takes no asking.
    fn shared(&self, origin: &Origin) -> Option<&Arc<Shared>> {
        if matches!(origin.source, Source::Sample) { None } else { self.writer.as_ref()?.store().shared() }
    }

    async fn ask_or_learn_of(
        &self,
        shared: &Arc<Shared>,
        name: &str,
        origin: &Arc<Origin>,
        before: Option<Arc<Known>>,
        floor: Duration,
    ) -> Arc<Known> {
        let called = saved::name(&key(origin));
        let (lease, before) = match self.turn(shared, &called, origin, before).await {
            Turn::Learnt(known) => return known,
            Turn::Ask(lease, before) => (lease, before),
        };
        let known = self.ask(name, origin, before.as_deref(), floor).await;
        let Some(lease) = lease else {
            self.save(origin, &known);
            return known;
        };
        // Before anybody is answered: then whoever has the answer can count on the others having it.
        let body = wanted(&lease.has, known.good.as_ref()).await;
        let written = lease.finish(&saved::record(&known), body.as_deref()).await;
        // Another has asked in the meantime, because this one took longer than its lock held: what that one knows counts.
        if written == Some(Written::Refused)
            && let Some((record, packed)) = shared.find(&called).await
            && let Some(learnt) = self.learnt(record, packed, origin, before.as_deref()).await
        {
            return Arc::new(learnt);
        }
        known
    }

    /// Takes over what is newer there than here, and says whether the source is to be asked all the same.
    async fn turn(
        &self,
        shared: &Arc<Shared>,
        called: &str,
        origin: &Arc<Origin>,
        mut before: Option<Arc<Known>>,
    ) -> Turn {
        let (mut asked, mut is_broken) = (before.as_ref().map(|known| known.asked), false);
        loop {
            let here = before.as_ref().and_then(|known| known.good.as_ref());
            let digest = here.map_or("", |good| good.held.came.body.as_str());
            match shared.begin(called, asked, digest).await {
                // Each time it was asked later, and so this comes to an end.
                Begun::Learnt(record, packed) => {
                    asked = Some(record.asked);
                    let learnt = self.learnt(*record, packed, origin, before.as_deref()).await;
                    is_broken = learnt.is_none();
                    if let Some(known) = learnt.map(Arc::new) {
                        if !known.is_due(self.clock.now()) {
                            shared.note_taken_over();
                            return Turn::Learnt(known);
                        }
                        before = Some(known);
                    }
                }
                Begun::Ours(mut lease) => {
                    // What is there and can not be read is written anew.
                    if is_broken {
                        lease.has.clear();
                    }
                    return Turn::Ask(Some(lease), before);
                }
                Begun::Alone => return Turn::Ask(None, before),
            }
        }
    }

    /// What another limpid has written down.
    pub(super) async fn learnt(
        &self,
        record: Record,
        packed: Option<Vec<u8>>,
        origin: &Arc<Origin>,
        before: Option<&Known>,
    ) -> Option<Known> {
        let (origin, here) = (origin.clone(), before.and_then(|known| known.good.clone()));
        let (recent, max_body) = (self.recent.clone(), self.fetcher.max_body());
        let read = move || saved::known(record, packed, here.as_ref(), (&origin, &recent, max_body));
        tokio::task::spawn_blocking(read).await.ok()?
    }
}

impl Sources {
    /// After a Redis was away, or has lost everything: gives it what is known here of a source, where that is newer, and
    /// takes over what is newer there.
    pub async fn reconcile(&self, origin: &Arc<Origin>) {
        let (Some(shared), Some(known)) = (self.shared(origin), self.known.get(&key(origin)).await) else {
            return;
        };
        let (called, record) = (saved::name(&key(origin)), saved::record(&known));
        match shared.offer(&called, &record, None).await {
            Some(Written::BodyWanted) => {
                let body = wanted("", known.good.as_ref()).await;
                shared.offer(&called, &record, body.as_deref()).await;
            }
            Some(Written::Older) => {
                let Some((record, packed)) = shared.find(&called).await else { return };
                let Some(learnt) = self.learnt(record, packed, origin, Some(&known)).await else { return };
                if learnt.asked > known.asked {
                    self.known.insert(key(origin), Arc::new(learnt)).await;
                }
            }
            _ => {}
        }
    }
}

/// The body that is to be written: none where it is there already.
async fn wanted(has: &str, good: Option<&Good>) -> Option<Arc<Body>> {
    let held = good.filter(|good| good.held.came.body != has)?.held.clone();
    tokio::task::spawn_blocking(move || held.pack()).await.ok()?
}
