//! What a feed was made with. Publishers use domains of their own, so the host says nothing; the generator and
//! the markup do.

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
}

/// How a feed was recognised; the surer, the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Known {
    /// By what stands in it.
    Markup,
    /// By its own word.
    Generator,
}

impl Platform {
    /// How a feed is known to be of this platform, if it is.
    pub fn knows(&self, feed: &Feed) -> Option<Known> {
        let generator = feed.fields.iter().find(|field| field.meaning == Meaning::Generator);
        let says_so = |pattern: &Regex| {
            generator.is_some_and(|field| {
                pattern.is_match(&feed.value_of(field))
                    || feed.attribute(field, "uri").is_some_and(|uri| pattern.is_match(&uri))
            })
        };
        if self.generator.as_ref().is_some_and(says_so) {
            return Some(Known::Generator);
        }
        let holds = |markup: &String| Finder::new(markup).find(feed.source.as_bytes()).is_some();
        self.markup.iter().any(holds).then_some(Known::Markup)
    }
}
