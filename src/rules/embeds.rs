//! `embeds`: players and frames as links, with a picture where there is one.

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use super::markup::{image, link, takes_paragraphs, web_address};
use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::html::outline::NodeId;
use crate::html::{Html, entity, tag};

pub(super) const INFO: Info = Info {
    name: "embeds",
    summary: "Turns frames into links: a video of YouTube into its poster and a link, any other frame into a link with its \
              title.",
    why: "Many readers show no frames at all, and those that do load the other site's scripts with them.",
    example: "{ embeds = { mode = 'link', youtube = 'nocookie' } }",
    shorthand: Some("mode"),
    compile: compile::<Embeds>,
    schema: schema::<Embeds>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "Options")]
struct Embeds(Options);

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Options {
    /// What becomes of a frame: a `link` (unless said otherwise), or `drop`.
    #[serde(default)]
    mode: Mode,
    /// Keeps YouTube's frames, with the player of another host: its address, such as `https://video.example`, or
    /// `nocookie` for the one of YouTube that sets no cookies. Without it they become links too.
    youtube: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Mode {
    /// A link to what the frame shows.
    #[default]
    Link,
    /// Nothing.
    Drop,
}

impl TryFrom<Options> for Embeds {
    type Error = String;

    fn try_from(mut options: Options) -> Result<Self, String> {
        if let Some(host) = &mut options.youtube {
            if host == "nocookie" {
                "https://www.youtube-nocookie.com".clone_into(host);
            }
            let url = Url::parse(host).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
            let url = url.ok_or_else(|| {
                format!("`youtube = \"{host}\"` is neither \"nocookie\" nor an address such as \"https://video.example\"")
            })?;
            url.as_str().trim_end_matches('/').clone_into(host);
        }
        Ok(Embeds(options))
    }
}

const EMBEDDING: [(tag::Name, &str); 3] = [(tag::IFRAME, "src"), (tag::EMBED, "src"), (tag::OBJECT, "data")];

impl Rule for Embeds {
    fn apply(&self, draft: &mut Draft<'_>) {
        draft.each_html(|html| {
            for (name, attribute) in EMBEDDING {
                for id in html.named(name) {
                    self.change(html, id, attribute);
                }
            }
        });
    }
}

impl Embeds {
    fn change(&self, html: &mut Html<'_>, id: NodeId, attribute: &'static str) {
        let held = html.attr(id, attribute).filter(|address| !address.starts_with("about:"));
        let address = held.or_else(|| html.attr(id, "data-src")).map(std::borrow::Cow::into_owned);
        let Some(url) = address.as_deref().and_then(|address| web_address(address, None)) else { return };
        match (youtube_id(&url), &self.0.youtube) {
            (Some(video), Some(host)) => {
                let player = format!("{host}/embed/{video}");
                if address.as_deref() != Some(player.as_str()) {
                    html.set_attr(id, attribute, &player);
                }
            }
            _ if self.0.mode == Mode::Drop => html.remove(id),
            (Some(video), None) => {
                let poster =
                    image(&format!("https://i.ytimg.com/vi/{video}/hqdefault.jpg"), &label(html, id, &url));
                put(html, id, link(&format!("https://www.youtube.com/watch?v={video}"), &poster));
            }
            (None, _) => {
                let words = entity::escape(&label(html, id, &url)).into_owned();
                put(html, id, link(url.as_str(), &words));
            }
        }
    }
}

/// In a paragraph of its own, where one may stand.
fn put(html: &mut Html<'_>, id: NodeId, link: String) {
    let written = if takes_paragraphs(html, id) { format!("<p>{link}</p>") } else { link };
    html.replace(id, written);
}

/// What a frame is called: its title, or where it is from.
fn label(html: &Html<'_>, id: NodeId, url: &Url) -> String {
    let title = html.attr(id, "title").map(|title| title.trim().to_owned()).filter(|title| !title.is_empty());
    title.unwrap_or_else(|| url.host_str().unwrap_or_default().trim_start_matches("www.").to_owned())
}

/// The id of the video that an address of a YouTube player names.
fn youtube_id(url: &Url) -> Option<String> {
    let host = url.host_str()?.trim_start_matches("www.").trim_start_matches("m.");
    if !matches!(host, "youtube.com" | "youtube-nocookie.com") {
        return None;
    }
    let id = url.path().strip_prefix("/embed/").or_else(|| url.path().strip_prefix("/v/"))?;
    let is_id = id.len() == 11 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    (is_id && id != "videoseries").then(|| id.to_owned())
}
