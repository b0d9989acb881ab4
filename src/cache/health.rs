//! How the rules of each feed are doing: what they matched over time, and whether they still do.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use serde::{Deserialize, Serialize};
use tracing::{info, warn};

use super::history::{History, Taken};
use super::noted::{self, FirstMade};
use crate::config::FeedConfig;
use crate::receipt::{Action, Receipt};
use crate::store::Store;

/// After how many refreshes in which it matched a rule is known to match this feed.
const KNOWN_AFTER: u64 = 3;

/// In how many refreshes in a row such a rule must have matched nothing to count as broken.
const STOPPED_AFTER: u64 = 5;

/// How a rule is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It has matched something in the last refresh.
    Matches,
    /// It has matched before, and not in the last refresh.
    Idle,
    /// It has never matched anything: it may be mistyped.
    NeverMatched,
    /// It used to match and has not for a while: the publisher has changed something.
    StoppedMatching,
    /// It has dropped every item that there was, or was kept from doing so.
    MatchesEverything,
}

/// What a rule has done to a feed: since limpid was started, or since there is a store.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RuleHealth {
    /// The rule, as receipts name it.
    pub rule: String,
    /// How it is doing.
    pub state: State,
    /// In how many refreshes it has matched something.
    pub refreshes_matched: u64,
    /// How many items it has dropped or changed, all refreshes together.
    pub items: u64,
    /// How many bytes it has taken, all refreshes together.
    pub bytes: i64,
    /// When it last matched.
    pub last_match: Option<Timestamp>,
    /// In how many refreshes since it has not.
    pub refreshes_since: u64,
}

/// What is known of a feed's rules.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct FeedHealth {
    /// How often the rules have run on something new.
    pub refreshes: u64,
    /// Each rule, in the order in which they run.
    pub rules: Vec<RuleHealth>,
    /// Which sources and which rules that was on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    seen: Option<(u128, u128)>,
}

/// The health of all rules, and what is told of it as metrics.
#[derive(Debug, Default)]
pub struct Health {
    feeds: Mutex<HashMap<String, FeedHealth>>,
    histories: Mutex<HashMap<String, Arc<History>>>,
    made: FirstMade,
    store: Option<Arc<Store>>,
    metrics: Metrics,
}

/// What one rule has done in one refresh.
#[derive(Clone, Debug, Default)]
struct Done {
    items: HashSet<usize>,
    dropped: usize,
    bytes: i64,
    is_guarded: bool,
    is_of_feed: bool,
}

impl Health {
    /// What the store knows of these feeds, and what is to outlive a restart.
    pub fn lasting(store: Option<Arc<Store>>, feeds: &[Arc<FeedConfig>]) -> Self {
        let health = Health { store, ..Health::default() };
        let names: HashSet<&str> = feeds.iter().map(|feed| feed.name.as_str()).collect();
        if let Some(store) = &health.store {
            for (feed, noted) in noted::load(store, |name| names.contains(name), &health.made) {
                health.feeds().insert(feed.clone(), noted.health);
                health.histories().insert(feed, Arc::new(noted.history));
            }
        }
        health
    }

    /// Takes over what another limpid has noted of a feed, packed, where that is newer than what is noted here; and says
    /// whether what is noted here is newer.
    pub fn take_over(&self, feed: &str, note: &[u8]) -> bool {
        let Some(noted) = noted::read(note) else { return true };
        let last = |history: &History| history.last().map(|refresh| refresh.at);
        let (here, there) = (self.history(feed).and_then(|here| last(&here)), last(&noted.history));
        if here < there {
            self.made.remember(feed, noted.made);
            self.feeds().insert(feed.to_owned(), noted.health);
            self.histories().insert(feed.to_owned(), Arc::new(noted.history));
        }
        here > there
    }

    /// When these bytes of a feed, known by their tag, were first made.
    pub fn since(&self, feed: &str, tag: &str, now: Timestamp) -> Timestamp {
        self.made.since(feed, tag, now)
    }

    /// What it is to outlive a restart in, where it is.
    pub fn store(&self) -> Option<Arc<Store>> {
        self.store.clone()
    }

    /// Writes down what is noted of a feed at this moment. It waits for the disk.
    pub fn save(&self, store: &Store, feed: &str) {
        let health = self.feeds().get(feed).cloned().unwrap_or_default();
        let history = self.history(feed).map(|history| History::clone(&history)).unwrap_or_default();
        noted::save(store, feed, health, history, &self.made);
    }

    /// Notes what the rules have done, once for each new state of the sources. `title` is the feed's own, as they leave
    /// it.
    pub fn note(&self, feed: &FeedConfig, source: u128, (title, receipt): (&str, &Receipt), now: Timestamp) {
        let mut feeds = self.feeds();
        let health = feeds.entry(feed.name.clone()).or_default();
        // How much there is is also told where the same was seen before a restart.
        self.metrics.note_feed(&feed.name, receipt);
        if health.seen.replace((source, feed.rules_digest)) == Some((source, feed.rules_digest)) {
            return;
        }
        let Receipt { items_in, items_out, bytes_in, bytes_out, .. } = *receipt;
        info!(feed = feed.name, items_in, items_out, bytes_in, bytes_out, "cleaned");
        for entry in receipt.entries.iter().filter(|entry| entry.action == Action::Guarded) {
            warn!(feed = feed.name, rule = entry.rule, why = entry.snippet, "a rule was not applied");
        }
        health.refreshes += 1;
        let done = done_by_rule(receipt);
        let before = std::mem::take(&mut health.rules);
        for label in feed.pipeline.labels() {
            let known = before.iter().find(|rule| rule.rule == label);
            let mut rule = known.cloned().unwrap_or_else(|| RuleHealth::new(label));
            let did = done.get(label).cloned().unwrap_or_default();
            rule.note(&did, receipt.items_in, now);
            if rule.state == State::StoppedMatching && rule.refreshes_since == STOPPED_AFTER {
                warn!(feed = feed.name, rule = label, "a rule that used to match has stopped matching");
            }
            self.metrics.note(&feed.name, &rule, &did);
            health.rules.push(rule);
        }
        let taken = done.iter().filter(|(_, done)| done.is_of_feed || !done.items.is_empty());
        let taken = taken.map(|(rule, done)| Taken {
            rule: (*rule).to_owned(),
            items: done.items.len(),
            bytes: done.bytes,
        });
        let mut histories = self.histories();
        let history = Arc::make_mut(histories.entry(feed.name.clone()).or_default());
        history.note(title.to_owned(), receipt, taken.collect(), now);
    }

    /// What became of a feed over its last refreshes.
    pub fn history(&self, feed: &str) -> Option<Arc<History>> {
        self.histories().get(feed).cloned()
    }

    /// What is known of a feed's rules.
    pub fn of(&self, feed: &str) -> FeedHealth {
        let known = self.feeds().get(feed).cloned().unwrap_or_default();
        FeedHealth { seen: None, ..known }
    }

    /// Forgets every feed but these.
    pub fn forget_others(&self, names: &HashSet<&str>) {
        let mut feeds = self.feeds();
        let gone: Vec<String> = feeds.keys().filter(|name| !names.contains(name.as_str())).cloned().collect();
        for name in gone {
            let rules = feeds.remove(&name).unwrap_or_default().rules;
            self.metrics.forget(&name, &rules);
        }
        self.histories().retain(|name, _| names.contains(name.as_str()));
        self.made.retain(|name| names.contains(name));
    }

    /// All of it as metrics.
    pub fn registry(&self) -> &Registry {
        &self.metrics.registry
    }

    /// A count is as good after a panic elsewhere as before.
    fn feeds(&self) -> MutexGuard<'_, HashMap<String, FeedHealth>> {
        self.feeds.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// So is what has been.
    fn histories(&self) -> MutexGuard<'_, HashMap<String, Arc<History>>> {
        self.histories.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn done_by_rule(receipt: &Receipt) -> BTreeMap<&str, Done> {
    let mut all: BTreeMap<&str, Done> = BTreeMap::new();
    for entry in &receipt.entries {
        let done = all.entry(entry.rule.as_str()).or_default();
        match entry.action {
            Action::Dropped | Action::Changed => {
                done.items.extend(entry.item);
                done.dropped += usize::from(entry.action == Action::Dropped);
                done.is_of_feed |= entry.item.is_none();
                done.bytes += entry.bytes;
            }
            Action::Guarded => done.is_guarded = true,
            _ => {}
        }
    }
    all
}

impl RuleHealth {
    fn new(label: &str) -> Self {
        RuleHealth {
            rule: label.to_owned(),
            state: State::NeverMatched,
            refreshes_matched: 0,
            items: 0,
            bytes: 0,
            last_match: None,
            refreshes_since: 0,
        }
    }

    fn note(&mut self, done: &Done, items_in: usize, now: Timestamp) {
        let has_matched = done.is_of_feed || done.is_guarded || !done.items.is_empty();
        self.items += u64::try_from(done.items.len()).unwrap_or(u64::MAX);
        self.bytes = self.bytes.saturating_add(done.bytes);
        if has_matched {
            (self.refreshes_matched, self.refreshes_since) = (self.refreshes_matched + 1, 0);
            self.last_match = Some(now);
        } else {
            self.refreshes_since += 1;
        }
        let is_known = self.refreshes_matched >= KNOWN_AFTER;
        self.state = match has_matched {
            true if done.is_guarded || (items_in > 0 && done.dropped == items_in) => State::MatchesEverything,
            true => State::Matches,
            false if self.last_match.is_none() => State::NeverMatched,
            false if is_known && self.refreshes_since >= STOPPED_AFTER => State::StoppedMatching,
            false => State::Idle,
        };
    }
}

/// What a rule's metrics are told apart by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRule {
    feed: String,
    rule: String,
}

/// What a feed's metrics are told apart by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfFeed {
    feed: String,
    side: Side,
}

/// Before the rules, or after them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Side {
    In,
    Out,
}

impl EncodeLabelValue for Side {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), fmt::Error> {
        let side = if *self == Side::In { "in" } else { "out" };
        EncodeLabelValue::encode(&side, encoder)
    }
}

#[derive(Debug)]
struct Metrics {
    registry: Registry,
    items: Family<OfRule, Counter>,
    bytes: Family<OfRule, Counter>,
    guarded: Family<OfRule, Counter>,
    idle: Family<OfRule, Gauge>,
    feed_items: Family<OfFeed, Gauge>,
    feed_bytes: Family<OfFeed, Gauge>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("limpid");
        let (items, bytes, guarded, idle) =
            <(Family<_, _>, Family<_, _>, Family<_, _>, Family<_, _>)>::default();
        let (feed_items, feed_bytes) = <(Family<_, _>, Family<_, _>)>::default();
        registry.register("rule_items", "Items that a rule has dropped or changed", items.clone());
        let help = "Bytes that a rule has taken";
        registry.register_with_unit("rule_removed", help, Unit::Bytes, bytes.clone());
        registry.register("rule_stopped", "Refreshes in which the guard stopped a rule", guarded.clone());
        let help = "Refreshes since a rule last matched, or since the start";
        registry.register("rule_idle_refreshes", help, idle.clone());
        registry.register("feed_items", "Items of a feed, before and after its rules", feed_items.clone());
        let help = "Size of a feed, before and after its rules";
        registry.register_with_unit("feed_size", help, Unit::Bytes, feed_bytes.clone());
        Metrics { registry, items, bytes, guarded, idle, feed_items, feed_bytes }
    }
}

impl Metrics {
    fn note(&self, feed: &str, rule: &RuleHealth, done: &Done) {
        let of = OfRule { feed: feed.to_owned(), rule: rule.rule.clone() };
        self.items.get_or_create(&of).inc_by(u64::try_from(done.items.len()).unwrap_or(u64::MAX));
        self.bytes.get_or_create(&of).inc_by(u64::try_from(done.bytes).unwrap_or(0));
        self.guarded.get_or_create(&of).inc_by(u64::from(done.is_guarded));
        self.idle.get_or_create(&of).set(i64::try_from(rule.refreshes_since).unwrap_or(i64::MAX));
    }

    fn forget(&self, feed: &str, rules: &[RuleHealth]) {
        for rule in rules {
            let of = OfRule { feed: feed.to_owned(), rule: rule.rule.clone() };
            self.items.remove(&of);
            self.bytes.remove(&of);
            self.guarded.remove(&of);
            self.idle.remove(&of);
        }
        for side in [Side::In, Side::Out] {
            let of = OfFeed { feed: feed.to_owned(), side };
            self.feed_items.remove(&of);
            self.feed_bytes.remove(&of);
        }
    }

    fn note_feed(&self, feed: &str, receipt: &Receipt) {
        let set = |family: &Family<OfFeed, Gauge>, side, value: usize| {
            let of = OfFeed { feed: feed.to_owned(), side };
            family.get_or_create(&of).set(i64::try_from(value).unwrap_or(i64::MAX));
        };
        set(&self.feed_items, Side::In, receipt.items_in);
        set(&self.feed_items, Side::Out, receipt.items_out);
        set(&self.feed_bytes, Side::In, receipt.bytes_in);
        set(&self.feed_bytes, Side::Out, receipt.bytes_out);
    }
}
