//! `quotes`: text that lives only in a script's data becomes a quotation.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::html::outline::NodeId;
use crate::html::{Html, Selectors, entity};

pub(super) const INFO: Info = Info {
    name: "quotes",
    summary: "Turns an empty embed whose text stands as JSON in an attribute into a blockquote.",
    why: "A quoted post is drawn by a script on the publisher's page. In a reader there would be nothing.",
    example: "{ quotes = { selector = '.twitter-embed', attribute = 'data-attrs', text = 'full_text', author = 'name', url = 'url' } }",
    shorthand: None,
    compile: compile::<Quotes>,
    schema: schema::<Quotes>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Quotes {
    /// The embeds: the elements that the quotations take the place of.
    selector: Selectors,
    /// The attribute that holds the JSON.
    attribute: String,
    /// The key of the text in it.
    text: String,
    /// The key of who said it.
    author: Option<String>,
    /// The key of where it was said.
    url: Option<String>,
}

impl Rule for Quotes {
    fn apply(&self, draft: &mut Draft<'_>) {
        draft.each_html(|html| {
            for id in html.find(&self.selector) {
                if html.words(id).is_empty()
                    && let Some(quote) = self.quote(html, id)
                {
                    html.replace(id, quote);
                }
            }
        });
    }
}

impl Quotes {
    fn quote(&self, html: &Html<'_>, id: NodeId) -> Option<String> {
        let data: Value = serde_json::from_str(&html.attr(id, &self.attribute)?).ok()?;
        let value = |key: &str| data.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        // Such texts come from APIs that have escaped them for HTML already.
        let text = entity::decode(value(&self.text)?);
        let lines: Vec<_> = text.trim().lines().map(entity::escape).collect();
        let by = attribution(self.author.as_deref().and_then(value), self.url.as_deref().and_then(value));
        Some(format!("<blockquote><p>{}</p>{by}</blockquote>", lines.join("<br/>")))
    }
}

/// Who said it, and where.
fn attribution(author: Option<&str>, url: Option<&str>) -> String {
    let Some(label) = author.or(url) else { return String::new() };
    let label = entity::escape(label);
    match url.filter(|url| url.starts_with("https://") || url.starts_with("http://")) {
        Some(url) => format!("<p>— <a href=\"{}\">{label}</a></p>", entity::escape_attribute(url)),
        None => format!("<p>— {label}</p>"),
    }
}
