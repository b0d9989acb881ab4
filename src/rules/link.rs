//! `link`: the page that an item stands for.

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use super::condition::{Condition, each_where};
use super::given::Given;
use super::rewrite::Rewrite;
use super::values::Pattern;
use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::feed::draft::ItemDraft;
use crate::html::Selectors;

pub(super) const INFO: Info = Info {
    name: "link",
    summary: "Has items stand for another page: their address rewritten, taken from an element, or from their text.",
    why: "Some feeds link to a redirect that counts clicks, others to a page of comments where the story is one \
          link further on. What identifies an item stays.",
    example: "{ link = { selector = 'a', text = '^\\[link\\]$' } }",
    shorthand: None,
    compile: compile::<Link>,
    schema: schema::<Options>,
};

#[derive(Debug, Deserialize)]
#[serde(try_from = "Options")]
struct Link {
    from: From,
    rewrite: Option<Rewrite>,
    when: Option<Condition>,
}

/// Where the address is taken from.
#[derive(Debug)]
enum From {
    Itself,
    Given(Given),
    /// A link in its text, by its element and perhaps its words.
    Text(Selectors, Option<Pattern>),
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Options {
    /// Where the address is taken from: `comments`, `guid`, `enclosure`, or an element such as `feedburner:origLink`.
    from: Option<Given>,
    /// A CSS selector for the link in the item's text that it is to stand for; the first that matches.
    selector: Option<Selectors>,
    /// What the words of that link must match.
    text: Option<Pattern>,
    /// What is replaced in the address.
    pattern: Option<Pattern>,
    /// What stands in its place; `$1` is the first group.
    with: Option<String>,
    /// Only items for which this holds. Without it, all.
    when: Option<Condition>,
}

impl TryFrom<Options> for Link {
    type Error = String;

    fn try_from(options: Options) -> Result<Self, Self::Error> {
        let Options { from, selector, text, pattern, with, when } = options;
        let rewrite = Rewrite::read(pattern, with)?;
        let from = match (from, selector, text) {
            (Some(_), Some(_), _) => {
                return Err("an address is taken `from` an element, or by a `selector`".to_owned());
            }
            (_, None, Some(_)) => return Err("`text` needs a `selector`".to_owned()),
            (Some(Given::Link), ..) => {
                return Err("an address is not taken from itself; leave `from` out".to_owned());
            }
            (Some(from), None, None) => From::Given(from),
            (None, Some(selector), text) => From::Text(selector, text),
            (None, None, None) if rewrite.is_some() => From::Itself,
            (None, None, None) => {
                return Err("expected `pattern` and `with`, `from`, or `selector`".to_owned());
            }
        };
        Ok(Link { from, rewrite, when })
    }
}

impl Rule for Link {
    fn apply(&self, draft: &mut Draft<'_>) {
        each_where(draft, self.when.as_ref(), |item| {
            if let Some(address) = self.address(item) {
                item.set_link(&address);
            }
        });
    }
}

impl Link {
    /// The new address, where it is one of the web. A relative one is taken from the page that the item stands for.
    fn address(&self, item: &mut ItemDraft<'_>) -> Option<String> {
        let base = item.link().and_then(|link| Url::parse(&link).ok());
        let found = match &self.from {
            From::Itself => item.link()?,
            From::Given(given) => absolute(&given.first(item)?, base.as_ref())?,
            From::Text(selector, text) => in_text(item, selector, text.as_ref(), base.as_ref())?,
        };
        match &self.rewrite {
            None => Some(found),
            Some(rewrite) => {
                let rewritten = rewrite.of(&found);
                if rewritten == found && matches!(self.from, From::Itself) {
                    return None;
                }
                absolute(&rewritten, base.as_ref())
            }
        }
    }
}

/// An address of the web, as it is written where it is absolute.
fn absolute(address: &str, base: Option<&Url>) -> Option<String> {
    let address = address.trim();
    if address.is_empty() {
        return None;
    }
    let (url, written) = match (Url::parse(address), base) {
        (Ok(url), _) => (url, Some(address.to_owned())),
        (Err(_), base) => (base?.join(address).ok()?, None),
    };
    let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
    let written = written.filter(|written| !written.contains(|c: char| c.is_whitespace() || c.is_control()));
    is_web.then(|| written.unwrap_or_else(|| url.into()))
}

fn in_text(
    item: &mut ItemDraft<'_>,
    selector: &Selectors,
    text: Option<&Pattern>,
    base: Option<&Url>,
) -> Option<String> {
    let html = item.main_html()?;
    let mut links = html.find(selector).into_iter();
    links.find_map(|id| {
        let address = absolute(&html.attr(id, "href")?, base)?;
        text.is_none_or(|text| text.is_in(&html.words(id))).then_some(address)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_of_the_web() {
        let base = Url::parse("https://a.example/b/c").unwrap();
        let absolute = |text: &str| absolute(text, Some(&base));
        assert_eq!(absolute(" HTTP://B.example ").as_deref(), Some("HTTP://B.example"));
        assert_eq!(absolute("../d?e").as_deref(), Some("https://a.example/d?e"));
        assert_eq!(absolute("//b.example/").as_deref(), Some("https://b.example/"));
        assert_eq!(absolute("https://b.example/a b").as_deref(), Some("https://b.example/a%20b"));
        for none in ["", "javascript:alert(1)", "mailto:a@b.example", "data:,x", "https://"] {
            assert_eq!(absolute(none), None, "{none}");
        }
    }
}
