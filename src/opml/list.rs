//! The feeds of a configuration as a list of subscriptions.

use super::Subscription;
use crate::config::FeedConfig;

/// One entry for each feed, and one for each topic of it behind that. `base` is what readers reach a feed by: what stands
/// before `/feeds/NAME`.
pub fn subscriptions<'c>(
    feeds: impl IntoIterator<Item = &'c FeedConfig>,
    base: impl Fn(&FeedConfig) -> String,
) -> Vec<Subscription> {
    let mut all = Vec::new();
    for feed in feeds {
        let title = feed.listing.title.as_ref().unwrap_or(&feed.name);
        let address = format!("{}/feeds/{}", base(feed), feed.name);
        let folder = &feed.listing.folder;
        let topics = feed.pipeline.topics().into_iter().map(|topic| Subscription {
            title: format!("{title}: {topic}"),
            address: format!("{address}/{topic}"),
            folder: folder.clone(),
            is_page: false,
        });
        let topics: Vec<Subscription> = topics.collect();
        all.push(Subscription { title: title.clone(), address, folder: folder.clone(), is_page: false });
        all.extend(topics);
    }
    all
}
