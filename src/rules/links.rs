//! `links`: addresses without what tracks, and without the detours that track.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use super::address::Absolute;
use super::{Info, Rule, compile, redirects, schema, tracking};
use crate::feed::Draft;
use crate::html::outline::{Kind, NodeId};
use crate::html::{Html, tag};

pub(super) const INFO: Info = Info {
    name: "links",
    summary: "Takes tracking parameters (utm_source, fbclid, … and those you add) out of links, has links through a \
              redirect lead to their target, and makes addresses absolute where that is asked for.",
    why: "They tell the far end which newsletter you read, and somebody between you and it that you went there. The \
          rest of each address stays byte for byte.",
    example: "{ links = { strip = ['s_category', 's_origin'], keep = ['campaign_id'], absolute = true } }",
    shorthand: Some("strip"),
    compile: compile::<Links>,
    schema: schema::<Links>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "Options")]
struct Links(Options);

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Options {
    /// Parameters to take out beside the known ones; a trailing `*` stands for any ending.
    #[serde(default)]
    strip: Vec<String>,
    /// Parameters to leave in although they are known to track, or are among those of `strip`; a trailing `*` stands for any ending.
    #[serde(default)]
    keep: Vec<String>,
    /// Has a link that carries its target in itself (`https://www.google.com/url?q=…`, `https://l.facebook.com/…`,
    /// Google's AMP copies) lead there at once; `true` unless said otherwise. Nothing is asked of the network.
    #[serde(default = "yes")]
    unwrap: bool,
    /// Makes relative addresses in `href`, `src`, `srcset`, `poster` and `cite` absolute: they count from the item's
    /// link, or from the feed's page where it has none. `false` unless said otherwise.
    #[serde(default)]
    absolute: bool,
}

fn yes() -> bool {
    true
}

impl TryFrom<Options> for Links {
    type Error = String;

    fn try_from(options: Options) -> Result<Self, String> {
        match options.strip.iter().find(|name| options.keep.contains(name)) {
            Some(name) => Err(format!("`{name}` is both in `strip` and in `keep`")),
            None => Ok(Links(options)),
        }
    }
}

/// Attributes that hold one address.
const ADDRESSES: [&str; 4] = ["href", "src", "poster", "cite"];

impl Rule for Links {
    fn apply(&self, draft: &mut Draft<'_>) {
        let site = draft.feed().site().and_then(|link| Url::parse(&link).ok());
        let host = site.as_ref().and_then(|site| site.host_str().map(str::to_owned));
        let mut absolute = Absolute::new();
        for item in draft.kept_mut() {
            let base = if self.0.absolute { base(item.link(), site.as_ref()) } else { None };
            item.each_html(|html| {
                if let Some(base) = &base {
                    make_absolute(html, base, &mut absolute);
                }
                for id in html.named(tag::A) {
                    let cleaned = html.attr(id, "href").and_then(|href| self.clean(&href, host.as_deref()));
                    if let Some(href) = cleaned {
                        html.set_attr(id, "href", &href);
                    }
                }
            });
        }
    }
}

/// What the addresses of an item are relative to.
fn base(link: Option<String>, site: Option<&Url>) -> Option<Url> {
    let own = link.and_then(|link| match site {
        Some(site) => site.join(&link).ok(),
        None => Url::parse(&link).ok(),
    });
    own.or_else(|| site.cloned()).filter(|base| matches!(base.scheme(), "http" | "https"))
}

fn make_absolute(html: &mut Html<'_>, base: &Url, absolute: &mut Absolute) {
    let elements = html.outline().live().filter(|id| html.node(*id).kind == Kind::Element);
    for id in elements.collect::<Vec<NodeId>>() {
        for name in ADDRESSES {
            if let Some(address) = html.attr(id, name).and_then(|address| absolute.address(base, &address)) {
                html.set_attr(id, name, &address);
            }
        }
        if let Some(srcset) = html.attr(id, "srcset").and_then(|srcset| absolute.srcset(base, &srcset)) {
            html.set_attr(id, "srcset", &srcset);
        }
    }
}

impl Links {
    /// The address without detours and without what tracks; `None` where there is neither.
    fn clean(&self, href: &str, site: Option<&str>) -> Option<String> {
        let unwrapped = self.0.unwrap.then(|| redirects::unwrapped(href)).flatten();
        let address = unwrapped.as_deref().map_or(Cow::Borrowed(href), Cow::Borrowed);
        self.stripped(&address, site).or(unwrapped)
    }

    fn stripped(&self, href: &str, site: Option<&str>) -> Option<String> {
        let (rest, fragment) = href.split_once('#').map_or((href, None), |(r, f)| (r, Some(f)));
        let (page, query) = rest.split_once('?')?;
        let left: Vec<&str> = query.split('&').filter(|pair| !self.strips(pair, site)).collect();
        if left.len() == query.split('&').count() {
            return None;
        }
        let query = if left.is_empty() { String::new() } else { format!("?{}", left.join("&")) };
        let fragment = fragment.map(|f| format!("#{f}")).unwrap_or_default();
        Some(format!("{page}{query}{fragment}"))
    }

    /// Whether a parameter goes. What is to stay goes before all else, so that `strip` may name many and `keep` one
    /// of them.
    fn strips(&self, pair: &str, site: Option<&str>) -> bool {
        let name = pair.split('=').next().unwrap_or(pair).trim_start_matches("amp;");
        let is_in = |list: &[String]| list.iter().any(|known| tracking::covers(known, name));
        !is_in(&self.0.keep) && (is_in(&self.0.strip) || tracking::tracks(pair, site))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_not_both_taken_and_kept() {
        let error = toml::from_str::<Links>("strip = ['a', 'b']\nkeep = ['b']").unwrap_err();
        assert_eq!(error.message(), "`b` is both in `strip` and in `keep`");
        assert!(toml::from_str::<Links>("strip = ['a*']\nkeep = ['ab']").is_ok());
    }
}
