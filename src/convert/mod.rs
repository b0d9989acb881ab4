//! Conversion: a feed of any format becomes RSS 2.0, Atom 1.0 or JSON Feed 1.1.
//!
//! A feed is read into plain values ([`model`]) and written from them. What identifies its items, their
//! addresses and dates stay what they are. What the target has no room for is not dropped in silence: it is
//! listed, by the name the publisher gave it.

mod atom;
mod base;
pub mod element;
mod ids;
mod json;
mod losses;
mod media;
pub mod model;
pub mod page;
pub mod prose;
mod read;
mod rss;
mod said;
mod xhtml;
mod xml;

use jiff::Timestamp;
use jiff::fmt::rfc2822;

use crate::feed::{Feed, Format};
use ids::digest;
use losses::Losses;
pub use losses::Lost;

/// The formats a feed can be converted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, clap::ValueEnum)]
pub enum Target {
    /// RSS 2.0 (<https://www.rssboard.org/rss-profile>).
    Rss,
    /// Atom 1.0 (RFC 4287).
    Atom,
    /// JSON Feed 1.1 (<https://www.jsonfeed.org/version/1.1/>).
    Json,
}

/// A feed in another format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Converted {
    /// The feed.
    pub text: String,
    /// What could not be carried over: of the feed first, then of the items in their order.
    pub lost: Vec<Lost>,
}

impl Target {
    /// The target called `rss`, `atom` or `json`.
    pub fn named(name: &str) -> Option<Target> {
        match name {
            "rss" => Some(Target::Rss),
            "atom" => Some(Target::Atom),
            "json" => Some(Target::Json),
            _ => None,
        }
    }

    /// What the name of a file of it ends in, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Target::Rss => "rss",
            Target::Atom => "atom",
            Target::Json => "json",
        }
    }

    /// The media type it is served as.
    pub fn media_type(self) -> &'static str {
        self.format().media_type()
    }

    /// Whether a feed in this format needs no conversion. Older formats of a family do.
    pub fn is(self, format: Format) -> bool {
        self.format() == format
    }

    /// The target that a format is nearest to.
    pub fn nearest(format: Format) -> Target {
        match format {
            Format::Rss | Format::Rdf => Target::Rss,
            Format::Atom | Format::Atom03 => Target::Atom,
            Format::Json => Target::Json,
        }
    }

    /// The format of what comes out.
    pub fn format(self) -> Format {
        match self {
            Target::Rss => Format::Rss,
            Target::Atom => Format::Atom,
            Target::Json => Format::Json,
        }
    }
}

/// Converts a feed. `address` is where readers reach the result; the publisher's own addresses of the feed are
/// not carried over, so that readers stay.
///
/// ```
/// use limpid::convert::{Target, convert};
/// let text = "<rss version='2.0'><channel><title>T</title><item><title>A</title></item></channel></rss>";
/// let feed = limpid::feed::parse(text.to_owned())?;
/// let json = convert(&feed, Target::Json, None).text;
/// assert!(json.contains("\"version\": \"https://jsonfeed.org/version/1.1\""));
/// # Ok::<(), limpid::feed::ParseError>(())
/// ```
pub fn convert(feed: &Feed, target: Target, address: Option<&str>) -> Converted {
    let mut losses = Losses::default();
    // Only Atom says what relative addresses are relative to (RFC 4287 §2).
    let channel = read::read(feed, target == Target::Atom, &mut losses);
    losses.item = None;
    let text = match target {
        Target::Rss => rss::write(&channel, address, &mut losses),
        Target::Atom => atom::write(&channel, address, &mut losses),
        Target::Json => json::write(&channel, address, &mut losses),
    };
    Converted { text, lost: losses.into_list() }
}

/// A date as RSS has it, always in GMT.
fn rfc822(date: Timestamp) -> Option<String> {
    rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&date).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_have_names() {
        for target in [Target::Rss, Target::Atom, Target::Json] {
            assert_eq!(Target::named(target.extension()), Some(target));
        }
        assert!(!Target::Atom.is(Format::Atom03) && Target::Rss.is(Format::Rss));
    }
}
