//! `full-text`: the article of an item's own page in the place of the item's text.

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;
use xxhash_rust::xxh3::xxh3_64;

use super::condition::Condition;
use super::{Info, Rule, Scope, compile, schema};
use crate::feed::Draft;
use crate::feed::articles::{Login, Reach, Wanted};
use crate::feed::draft::ItemDraft;
use crate::html::Selectors;

pub(super) const INFO: Info = Info {
    name: "full-text",
    summary: "Puts the article of an item's own page in the place of the item's text.",
    why: "Some feeds only hold the first lines. The page is fetched once, under the same limits as feeds; where that \
          fails the item stays as it was, and the receipt says why.",
    example: "{ full-text = { selector = 'article .post', when = { words = { under = 100 } } } }",
    shorthand: Some("selector"),
    compile: compile::<FullText>,
    schema: schema::<FullText>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct FullText {
    /// What of the page is the article, as a CSS selector; without it, what reads like one.
    selector: Option<Css>,
    /// What of the article is left out, as a CSS selector.
    without: Option<Css>,
    /// Only items for which this holds: `{ words = { under = 100 } }`, `{ teaser = true }`.
    when: Option<Condition>,
    /// For at most so many items, the first of the feed; 20 unless said otherwise.
    #[serde(default = "some")]
    items: usize,
}

fn some() -> usize {
    20
}

/// A CSS selector that is compiled where the page is read.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
struct Css(String);

impl TryFrom<String> for Css {
    type Error = String;

    fn try_from(css: String) -> Result<Self, String> {
        Selectors::parse(&css).map(|_| Css(css))
    }
}

impl Rule for FullText {
    fn scope(&self) -> Scope {
        Scope::Feed
    }

    fn apply(&self, draft: &mut Draft<'_>) {
        let (articles, reach, login) = (draft.articles(), draft.reach(), draft.login());
        let mut left = self.items;
        draft.judge(|item, moment| {
            if left == 0 || !self.when.as_ref().is_none_or(|when| when.holds(item, moment)) {
                return;
            }
            left -= 1;
            let Some(wanted) = self.wanted(item, reach, login) else { return };
            match articles.get(wanted) {
                Some(Ok(html)) => item.set_html(html.clone()),
                Some(Err(why)) => item.spare("content", format!("its page was not read: {why}")),
                None => {}
            }
        });
    }

    fn wants_articles(&self) -> bool {
        true
    }
}

impl FullText {
    fn wanted(&self, item: &mut ItemDraft<'_>, reach: Reach, login: Login) -> Option<Wanted> {
        let mut address = Url::parse(&item.link()?).ok()?;
        if !matches!(address.scheme(), "http" | "https") {
            return None;
        }
        address.set_fragment(None);
        let title = item.title().into_owned();
        let said = format!("{title}\n{}", item.words());
        Some(Wanted {
            address: address.into(),
            selector: self.selector.as_ref().map(|css| css.0.clone()),
            without: self.without.as_ref().map(|css| css.0.clone()),
            version: xxh3_64(said.as_bytes()),
            reach,
            login,
        })
    }
}
