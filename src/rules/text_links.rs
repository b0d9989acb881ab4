//! `text-links`: addresses in the text that lead somewhere.

use linkify::{LinkFinder, LinkKind};
use schemars::JsonSchema;
use serde::Deserialize;

use super::texts::{Written, outside};
use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::html::{entity, tag};

pub(super) const INFO: Info = Info {
    name: "text-links",
    summary: "Makes links of bare addresses in the text.",
    why: "A description that came as plain text names pages without linking them. Code and what is a link already \
          stay as they are.",
    example: "{ text-links = { mail = true } }",
    shorthand: Some("mail"),
    compile: compile::<TextLinks>,
    schema: schema::<TextLinks>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct TextLinks {
    /// Addresses of mail too, as `mailto:` links; `false` unless said otherwise.
    #[serde(default)]
    mail: bool,
}

impl Rule for TextLinks {
    fn apply(&self, draft: &mut Draft<'_>) {
        let finder = self.finder();
        draft.each_html(|html| {
            for id in outside(html, &[tag::A, tag::BUTTON]) {
                if let Some(linked) = linked(&finder, &Written::of(html, id)) {
                    html.replace(id, linked);
                }
            }
        });
    }
}

impl TextLinks {
    fn finder(&self) -> LinkFinder {
        let mut finder = LinkFinder::new();
        let kinds: &[LinkKind] = if self.mail { &[LinkKind::Url, LinkKind::Email] } else { &[LinkKind::Url] };
        finder.kinds(kinds);
        finder
    }
}

/// A text with its addresses as links; `None` where there are none.
fn linked(finder: &LinkFinder, text: &Written<'_>) -> Option<String> {
    if !text.words.contains([':', '@']) {
        return None;
    }
    let mut out = String::new();
    let mut at = 0;
    for link in finder.links(&text.words) {
        let Some(href) = address(link.kind(), link.as_str()) else { continue };
        out.push_str(&text.bytes(at..link.start()));
        let label = text.bytes(link.start()..link.end());
        let open = format!("<a href=\"{}\">", entity::escape_attribute(&href));
        out.extend([open.as_str(), label.as_str(), "</a>"]);
        at = link.end();
    }
    (at > 0).then(|| out + text.bytes(at..text.words.len()).as_str())
}

/// What a link is to lead to, where it is of a kind that may be linked.
fn address(kind: &LinkKind, text: &str) -> Option<String> {
    if *kind == LinkKind::Email {
        return Some(format!("mailto:{text}"));
    }
    let scheme = text.split_once("://")?.0;
    let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
    is_web.then(|| text.to_owned())
}
