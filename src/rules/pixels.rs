//! `pixels`: images that nobody is meant to see.

use std::sync::LazyLock;

use regex::Regex;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::html::outline::NodeId;
use crate::html::{Html, tag};

pub(super) const INFO: Info = Info {
    name: "pixels",
    summary: "Takes out tracking pixels: images of at most 1 by 1, and images from addresses known to count readers.",
    why: "They report that, when and from where you opened a post.",
    example: "{ pixels = { urls = ['pixel.example.net/'] } }",
    shorthand: Some("urls"),
    compile: compile::<Pixels>,
    schema: schema::<Pixels>,
};

/// Parts of addresses that only ever count readers.
const KNOWN: &[&str] = &[
    "substack.com/o/",
    "substackcdn.com/open?",
    "medium.com/_/stat",
    "pixel.wp.com/",
    "stats.wordpress.com/",
    "feedburner.com/~r/",
    "/~ff/",
    "list-manage.com/track/open.php",
    "mailchimp.com/mctx/opens",
    "convertkit-mail.com/o/",
    "/wf/open?upn=",
    "awstrack.me/I0/",
    "/e2t/o/",
    "/e3t/Bto/",
    "vpdae.com/open/",
    "scorecardresearch.com/",
    "quantserve.com/pixel",
    "pheedo.com/",
    "feedsportal.com/",
    "counter.theconversation.com/",
    "statcounter.com/",
    "chartbeat.net/ping",
    "api.flattr.com/",
    "doubleclick.net/",
    "googlesyndication.com/",
    "amazon-adsystem.com/",
];

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Pixels {
    /// Parts of addresses to count as known beside the built-in ones.
    #[serde(default)]
    urls: Vec<String>,
}

impl Rule for Pixels {
    fn apply(&self, draft: &mut Draft<'_>) {
        draft.each_html(|html| {
            for id in html.named(tag::IMG) {
                if self.is_pixel(html, id) {
                    html.remove(id);
                }
            }
        });
    }
}

impl Pixels {
    fn is_pixel(&self, html: &Html<'_>, id: NodeId) -> bool {
        if tiny(html, id, "width") && tiny(html, id, "height") {
            return true;
        }
        let Some(src) = html.attr(id, "src") else { return false };
        is_known(&src) || self.urls.iter().any(|part| holds(&src, part))
    }
}

/// Whether an address holds one of the known parts.
fn is_known(src: &str) -> bool {
    ANY_KNOWN.is_match(src) && KNOWN.iter().any(|part| holds(src, part))
}

/// Any of the known parts, looked for all at once, wherever they begin: most addresses hold none.
static ANY_KNOWN: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = KNOWN.iter().map(|part| regex::escape(part)).collect::<Vec<_>>().join("|");
    Regex::new(&pattern).expect("constants, compiled in the tests")
});

/// Whether an address holds a part, from where a host or path begins: `x.example/` is not in `yx.example/`.
fn holds(src: &str, part: &str) -> bool {
    src.match_indices(part).any(|(at, _)| part.starts_with('/') || at == 0 || src[..at].ends_with(['/', '.']))
}

fn tiny(html: &Html<'_>, id: NodeId, side: &str) -> bool {
    html.attr(id, side).is_some_and(|value| matches!(value.trim().trim_end_matches("px"), "0" | "1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_parts_are_found_at_once_as_one_by_one() {
        for src in [
            "https://substack.com/o/x",
            "https://a.substack.com/o/x",
            "https://xsubstack.com/o/x",
            "https://a.example/~ff/b",
            "pixel.wp.com/g.gif",
            "https://a.example/pixel.wp.com/g.gif",
            "https://a.example/?u=pixel.wp.com/",
            "https://a.example/b.png",
        ] {
            assert_eq!(is_known(src), KNOWN.iter().any(|part| holds(src, part)), "{src}");
        }
    }
}
