//! What a feed was made with. Publishers use domains of their own, so the host says nothing; the generator and
//! the markup do.

use std::sync::Arc;

use memchr::memmem::Finder;
use regex::Regex;

use super::{Feed, Meaning};

/// What the feeds of a platform are known by.
#[derive(Clone, Debug)]
pub struct Platform {
    /// What it is called.
    pub name: String,
    /// What the feed's `generator` says.
    pub generator: Option<Regex>,
    /// What stands in the feed, in its markup or its text; any of these.
    pub markup: Vec<String>,
    /// Whether it passes on what other platforms have made: then a feed can be of it and of another.
    pub beside: bool,
}

impl Platform {
    /// Whether the feed itself says that it is of this platform.
    fn is_named_by(&self, feed: &Feed) -> bool {
        let generator = feed.fields.iter().find(|field| field.meaning == Meaning::Generator);
        self.generator.as_ref().zip(generator).is_some_and(|(pattern, field)| {
            pattern.is_match(&feed.value_of(field))
                || feed.attribute(field, "uri").is_some_and(|uri| pattern.is_match(&uri))
        })
    }

    /// Whether something of this platform stands in the feed.
    fn is_seen_in(&self, feed: &Feed) -> bool {
        self.markup.iter().any(|part| Finder::new(part).find(feed.source.as_bytes()).is_some())
    }
}

/// Of these platforms those that a feed is of. Its own word counts for more than what stands in it: a post
/// about a platform may quote its markup.
pub fn platforms_of<'p>(
    feed: &Feed,
    platforms: impl IntoIterator<Item = &'p Arc<Platform>>,
) -> Vec<&'p Arc<Platform>> {
    let mut each: Vec<&Arc<Platform>> = Vec::new();
    for platform in platforms {
        if !each.iter().any(|known| Arc::ptr_eq(known, platform)) {
            each.push(platform);
        }
    }
    let is_named = each.iter().any(|platform| !platform.beside && platform.is_named_by(feed));
    each.retain(|platform| {
        platform.is_named_by(feed) || (platform.beside || !is_named) && platform.is_seen_in(feed)
    });
    each
}
