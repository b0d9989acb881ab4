//! `enclosures`: an item's media files, shown at the end of its text.

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use super::markup::{image, link, web_address};
use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::feed::read::Enclosure;
use crate::html::entity::{escape, escape_attribute};

pub(super) const INFO: Info = Info {
    name: "enclosures",
    summary: "Shows an item's enclosures at the end of its text: sound and film with a player, pictures as pictures, other \
              files as links.",
    why: "Some readers do not show enclosures at all, or not beside the text that speaks of them.",
    example: "{ enclosures = { types = '^(audio|image)/' } }",
    shorthand: Some("types"),
    compile: compile::<Enclosures>,
    schema: schema::<Enclosures>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Enclosures {
    /// Only those of these media types; all unless said otherwise.
    types: Option<super::values::Pattern>,
}

impl Rule for Enclosures {
    fn apply(&self, draft: &mut Draft<'_>) {
        for item in draft.kept_mut() {
            let enclosures = item.enclosures();
            let Some(html) = item.main_html().filter(|html| !html.is_unread()) else { continue };
            let text = html.marked_text().into_owned();
            for enclosure in enclosures {
                let is_wanted = self.types.as_ref().is_none_or(|types| types.is_in(&enclosure.media_type));
                let Some(url) = web_address(&enclosure.url, None).filter(|_| is_wanted) else { continue };
                let written = escape_attribute(&enclosure.url);
                // What the text shows already is not shown again.
                if !text.contains(&enclosure.url) && !text.contains(&written) {
                    html.append(&shown(&enclosure, &url));
                }
            }
        }
    }
}

fn shown(enclosure: &Enclosure, url: &Url) -> String {
    let address = escape_attribute(&enclosure.url);
    let named = link(&enclosure.url, &escape(&label(enclosure, url)));
    match enclosure.media_type.split('/').next() {
        Some("audio") => format!("<p><audio controls=\"controls\" src=\"{address}\"></audio> {named}</p>"),
        Some("video") => format!("<p><video controls=\"controls\" src=\"{address}\"></video> {named}</p>"),
        Some("image") => format!("<p>{}</p>", image(&enclosure.url, &enclosure.title)),
        _ => format!("<p>{named}</p>"),
    }
}

/// Its title or the name of the file, with the size where it says one.
fn label(enclosure: &Enclosure, url: &Url) -> String {
    let file = url.path().rsplit('/').next().filter(|file| !file.is_empty()).unwrap_or(url.as_str());
    let name = if enclosure.title.is_empty() { file } else { &enclosure.title };
    match enclosure.length.trim().parse::<u64>() {
        Ok(bytes) if bytes > 0 => format!("{name} ({})", bytesize::ByteSize(bytes).display().si()),
        _ => name.to_owned(),
    }
}
