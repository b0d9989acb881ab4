//! `dedupe`: each story once.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use super::{Info, Rule, compile, schema, tracking};
use crate::feed::Draft;
use crate::feed::draft::ItemDraft;

pub(super) const INFO: Info = Info {
    name: "dedupe",
    summary: "Of items with the same `guid`, `link` or `title`, keeps one: the first in the order of the sources.",
    why: "The same story comes in five feeds, or twice in one. Links are compared without tracking parameters, \
          titles without case.",
    example: "{ dedupe = { by = ['guid', 'link'] } }",
    shorthand: Some("by"),
    compile: compile::<Dedupe>,
    schema: schema::<Dedupe>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Dedupe {
    /// What makes two items the same story: any one of these.
    by: OneOrMore,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(from = "Written")]
struct OneOrMore(Vec<By>);

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
    fn apply(&self, draft: &mut Draft<'_>) {
        for by in &self.by.0 {
            let mut order: Vec<usize> = (0..draft.items().len()).collect();
            // Whatever order they stand in now: the sources' order says which one stays.
            order.sort_by_key(|at| draft.items()[*at].index());
            let mut seen = HashSet::new();
            for at in order {
                let item = &mut draft.items_mut()[at];
                if item.is_dropped() {
                    continue;
                }
                if let Some(key) = by.key(item)
                    && !seen.insert(key)
                {
                    item.drop_it();
                }
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
