//! `decode-base64`: texts that the publisher's page decodes by script.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::html::outline::{Kind, NodeId};
use crate::html::{Html, Selectors, entity};

pub(super) const INFO: Info = Info {
    name: "decode-base64",
    summary: "Puts the words in place of base64 in the elements that a selector names.",
    why: "Some pages hide an answer or a joke in base64 until a reader clicks. In a feed nothing can be clicked.",
    example: "{ decode-base64 = 'span.spoiler' }",
    shorthand: Some("selector"),
    compile: compile::<DecodeBase64>,
    schema: schema::<DecodeBase64>,
};

/// The `=` at the end may be missing.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct DecodeBase64 {
    /// The elements whose whole text is base64 of UTF-8. One with other elements in it stays as it is.
    selector: Selectors,
}

impl Rule for DecodeBase64 {
    fn apply(&self, draft: &mut Draft<'_>) {
        draft.each_html(|html| {
            for id in html.find(&self.selector) {
                if let Some(text) = only_text(html, id).and_then(|text| decoded(&html.text_of(text))) {
                    let (open, close) = (html.node(id).open, html.node(id).close);
                    let (open, close) = (open.of(html.text()), close.of(html.text()));
                    let written = format!("{open}{}{close}", entity::escape(&text));
                    html.replace(id, written);
                }
            }
        });
    }
}

/// The text that is all an element holds.
fn only_text(html: &Html<'_>, id: NodeId) -> Option<NodeId> {
    let mut inside = html.outline().children(Some(id));
    let only = inside.next().filter(|_| inside.next().is_none())?;
    (html.node(only).kind == Kind::Text).then_some(only)
}

/// What base64 stands for (RFC 4648 §4; white space in it does not count). `None` where it is none, or no text.
fn decoded(written: &str) -> Option<String> {
    let written: String = written.split_ascii_whitespace().collect();
    let text = String::from_utf8(BASE64.decode(written).ok()?).ok()?;
    let is_text = !text.trim().is_empty() && !text.contains(|c: char| c.is_control() && !c.is_whitespace());
    is_text.then_some(text)
}
