//! `links`: addresses without what tracks.

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use super::{Info, Rule, compile, schema, tracking};
use crate::feed::Draft;
use crate::html::tag;

pub(super) const INFO: Info = Info {
    name: "links",
    summary: "Takes tracking parameters (utm_source, fbclid, … and those you add) out of links.",
    why: "They tell the far end which newsletter you read. The rest of each address stays byte for byte.",
    example: "{ links = { strip = ['s_category', 's_origin'] } }",
    shorthand: Some("strip"),
    compile: compile::<Links>,
    schema: schema::<Links>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Links {
    /// Parameters to take out beside the known ones; a trailing `*` stands for any ending.
    #[serde(default)]
    strip: Vec<String>,
}

impl Rule for Links {
    fn apply(&self, draft: &mut Draft<'_>) {
        let site = draft.feed().site().and_then(|link| Some(Url::parse(&link).ok()?.host_str()?.to_owned()));
        draft.each_html(|html| {
            for id in html.named(tag::A) {
                let cleaned = html.attr(id, "href").and_then(|href| self.clean(&href, site.as_deref()));
                if let Some(href) = cleaned {
                    html.set_attr(id, "href", &href);
                }
            }
        });
    }
}

impl Links {
    /// The address without what tracks; `None` where nothing does.
    fn clean(&self, href: &str, site: Option<&str>) -> Option<String> {
        let (rest, fragment) = href.split_once('#').map_or((href, None), |(r, f)| (r, Some(f)));
        let (page, query) = rest.split_once('?')?;
        let left: Vec<&str> =
            query.split('&').filter(|pair| !tracking::tracks(pair, site) && !self.strips(pair)).collect();
        if left.len() == query.split('&').count() {
            return None;
        }
        let query = if left.is_empty() { String::new() } else { format!("?{}", left.join("&")) };
        let fragment = fragment.map(|f| format!("#{f}")).unwrap_or_default();
        Some(format!("{page}{query}{fragment}"))
    }

    fn strips(&self, pair: &str) -> bool {
        let name = pair.split('=').next().unwrap_or(pair);
        self.strip.iter().any(|strip| match strip.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == strip,
        })
    }
}
