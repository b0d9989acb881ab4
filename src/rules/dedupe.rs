//! `dedupe`: each story once.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use super::verdict::{self, ALL};
use super::{Info, Rule, Scope, compile, schema, tracking};
use crate::feed::Draft;
use crate::feed::draft::ItemDraft;

pub(super) const INFO: Info = Info {
    name: "dedupe",
    summary: "Of items with the same `guid`, `link` or `title`, keeps one: a whole post before a teaser of it, else the \
              first in the order of the sources.",
    why: "The same story comes in five feeds, or twice in one, and once it is a preview. Links are compared without \
          tracking parameters, titles without case.",
    example: "{ dedupe = { by = ['guid', 'link'] } }",
    shorthand: Some("by"),
    compile: compile::<Dedupe>,
    schema: schema::<Dedupe>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Dedupe {
    /// What is the same in two items that are the same story: `guid`, `link` or `title`, or a list of which any will
    /// do.
    by: OneOrMore,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(from = "Written")]
struct OneOrMore(#[schemars(with = "Written")] Vec<By>);

#[derive(Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected `guid`, `link` or `title`, or a list of them")]
enum Written {
    One(By),
    More(Vec<By>),
}

impl From<Written> for OneOrMore {
    fn from(written: Written) -> Self {
        OneOrMore(match written {
            Written::One(by) => vec![by],
            Written::More(all) => all,
        })
    }
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum By {
    /// What identifies an item: RSS's `guid`, Atom's and JSON Feed's `id`; its link where it has none.
    Guid,
    /// The address of its page, without tracking parameters.
    Link,
    /// Its title, in any case.
    Title,
}

impl Rule for Dedupe {
    fn scope(&self) -> Scope {
        Scope::Order
    }

    fn apply(&self, draft: &mut Draft<'_>) {
        for by in &self.by.0 {
            let mut order: Vec<usize> = (0..draft.items().len()).collect();
            // Whatever order they stand in now: the sources' order says which one stays.
            order.sort_by_key(|at| draft.items()[*at].index());
            let mut same: BTreeMap<String, Vec<usize>> = BTreeMap::new();
            for at in order {
                let item = &draft.items()[at];
                if let Some(key) = by.key(item).filter(|_| !item.is_dropped()) {
                    same.entry(key).or_default().push(at);
                }
            }
            for all in same.into_values().filter(|all| all.len() > 1) {
                let is_whole = |at: &usize| verdict::teaser(&mut draft.items_mut()[*at], ALL).is_none();
                let best = all.iter().copied().find(is_whole).unwrap_or(all[0]);
                all.into_iter().filter(|at| *at != best).for_each(|at| draft.items_mut()[at].drop_it());
            }
        }
    }
}

impl By {
    /// What is the same in two items that are the same. What has none is like nothing else.
    fn key(self, item: &ItemDraft<'_>) -> Option<String> {
        let key = match self {
            By::Guid => item.guid().or_else(|| item.link())?,
            By::Link => comparable(&item.link()?),
            By::Title => item.title().to_lowercase(),
        };
        (!key.is_empty()).then_some(key)
    }
}

/// An address without what differs between two ways to one page: http or https, `www.`, a slash at the end,
/// parameters that track. The fragment counts: a page of changes has an item for each.
fn comparable(link: &str) -> String {
    let link = link.trim();
    let url = Url::parse(link).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let Some(url) = url else { return link.to_owned() };
    let host = url.host_str().unwrap_or_default();
    let host = host.strip_prefix("www.").unwrap_or(host);
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let query = url.query().and_then(|query| tracking::without(query, None));
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    let fragment = url.fragment().map(|fragment| format!("#{fragment}")).unwrap_or_default();
    format!("{host}{port}{}{query}{fragment}", url.path().trim_end_matches('/'))
}
