//! Names for feeds that nobody has given one: of their titles, in letters that an address can hold.

use std::collections::HashSet;

use deunicode::deunicode_with_tofu;
use url::Url;

use super::{Config, MAX_NAME};

/// How long a name is made, so that there is room for a number behind it.
const LONG_ENOUGH: usize = 48;

/// The names that are taken.
#[derive(Clone, Debug, Default)]
pub struct Names(HashSet<String>);

impl Names {
    /// Those of a configuration.
    pub fn of(config: &Config) -> Self {
        Names(config.feeds.iter().map(|feed| feed.name.to_ascii_lowercase()).collect())
    }

    /// Takes a name. Whether nothing has it yet, in any case of its letters.
    pub fn take(&mut self, name: &str) -> bool {
        self.0.insert(name.to_ascii_lowercase())
    }

    /// Takes a name for a feed with this title, or without one at this address. The same feeds in the same order get
    /// the same names.
    pub fn make(&mut self, title: &str, address: Option<&Url>) -> String {
        let host = address.and_then(Url::host_str).unwrap_or_default();
        let bases = [slug(title), slug(host.strip_prefix("www.").unwrap_or(host)), "feed".to_owned()];
        let base = bases.into_iter().find(|base| !base.is_empty()).unwrap_or_default();
        let numbered = (2_usize..).map(|number| format!("{base}-{number}"));
        let mut names = std::iter::once(base.clone()).chain(numbered);
        let free = names.find(|name| self.take(name)).unwrap_or_default();
        debug_assert!(free.len() <= MAX_NAME, "no list of feeds has that many of one name");
        free
    }
}

/// A text in small letters, digits and single `-`. Letters of other scripts become those that sound like them.
fn slug(text: &str) -> String {
    let text = text.replace(['\'', '’', '`'], "");
    let latin = deunicode_with_tofu(&text, "-").to_ascii_lowercase();
    let words = latin.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let mut slug = String::new();
    for word in words {
        let room = LONG_ENOUGH.saturating_sub(slug.len() + 1);
        if slug.is_empty() {
            slug.push_str(&word[..word.len().min(LONG_ENOUGH)]);
        } else if word.len() <= room {
            slug.push('-');
            slug.push_str(word);
        } else {
            break;
        }
    }
    slug
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::is_name;

    #[test]
    fn names_are_of_titles_and_none_is_taken_twice() {
        let mut names = Names::default();
        assert!(names.take("Tides"));
        let address = Url::parse("https://www.tides.example.org/feed").unwrap();
        for (title, name) in [
            ("Tides", "tides-2"),
            ("  TIDES! ", "tides-3"),
            ("Bob’s & Ann's Blog", "bobs-anns-blog"),
            ("Café über Ærø", "cafe-uber-aero"),
            ("Новости моря", "novosti-moria"),
            ("", "tides-example-org"),
            ("…", "tides-example-org-2"),
            (
                "The longest of all titles that anybody has ever given to a feed of theirs",
                "the-longest-of-all-titles-that-anybody-has-ever",
            ),
        ] {
            assert_eq!(names.make(title, Some(&address)), name, "{title}");
            assert!(is_name(name));
        }
        let word = "a".repeat(300);
        assert!(is_name(&names.make(&word, Some(&address))) && is_name(&names.make(&word, Some(&address))));
    }
}
