//! What the rules made of the items of each feed the last time, so that a feed with one new item costs one item.

use std::sync::Arc;

use jiff::Timestamp;
use moka::sync::Cache;

use crate::config::FeedConfig;
use crate::feed::Feed;
use crate::feed::articles::Articles;
use crate::pipeline::{Editions, Form, Memory};

/// What was made of items, bounded by bytes. What has made way for others is made again.
#[derive(Clone, Debug)]
pub struct Memories {
    /// By the name of a feed, and the digest of its rules.
    each: Cache<(String, u128), Arc<Memory>>,
}

impl Memories {
    /// Room for so many bytes.
    pub fn new(bytes: u64) -> Self {
        let weigh = |(name, _): &(String, u128), memory: &Arc<Memory>| {
            u32::try_from(name.len() + memory.weight()).unwrap_or(u32::MAX)
        };
        Memories { each: Cache::builder().max_capacity(bytes).weigher(weigh).build() }
    }

    /// A feed as its rules make it, and its topics, after what they made of it the last time.
    pub fn editions(
        &self,
        config: &FeedConfig,
        feed: &Feed,
        form: &Form,
        now: Timestamp,
        articles: &Articles,
    ) -> Editions {
        let key = (config.name.clone(), config.rules_digest);
        let before = self.each.get(&key).unwrap_or_default();
        let (editions, memory) = config.pipeline.editions_after(&before, feed, now, form, articles);
        if !memory.is_empty() {
            self.each.insert(key, Arc::new(memory));
        }
        editions
    }
}
