//! `embeds`: players of other sites as links.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use super::embeds_services::{Shown, is_of, shown, youtube_on};
use super::lazy_address::src;
use super::markup::{ancestor, image, link, takes_paragraphs, web_address};
use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::html::outline::{Kind, NodeId};
use crate::html::{Html, entity, tag};

pub(super) const INFO: Info = Info {
    name: "embeds",
    summary: "Turns players and other frames (iframe, embed, object) into links, with a picture where there is one; or \
              drops them; or has YouTube's played by another host.",
    why: "Most readers drop frames, and what they showed is gone without a trace; those that do not tell the far \
          end that you read the post.",
    example: "{ embeds = { except = ['bandcamp.com'], youtube = 'nocookie' } }",
    shorthand: Some("mode"),
    compile: compile::<Embeds>,
    schema: schema::<Embeds>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "Options")]
struct Embeds(Options);

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Options {
    /// What becomes of a frame: `link` (the default) or `drop`.
    #[serde(default)]
    mode: Mode,
    /// What becomes of `YouTube`'s frames: `"link"` (the default, as others), `"nocookie"` (they stay, on
    /// youtube-nocookie.com), or the address of a host with the same paths, such as an Invidious or Piped one:
    /// `"https://video.example"`.
    youtube: Option<YouTube>,
    /// Hosts whose frames are meant, with those below them; all, unless said otherwise.
    #[serde(default)]
    only: Vec<Host>,
    /// Hosts whose frames stay as they are, with those below them; none, unless said otherwise.
    #[serde(default)]
    except: Vec<Host>,
    /// Whether `video` elements are meant too. `false` unless said otherwise: most readers play them.
    #[serde(default)]
    video: bool,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Mode {
    #[default]
    Link,
    Drop,
}

/// The host that plays `YouTube`'s videos, as scheme and host; `None` where they become links.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
struct YouTube(Option<String>);

impl TryFrom<String> for YouTube {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_str() {
            "link" => return Ok(YouTube(None)),
            "nocookie" => return Ok(YouTube(Some("https://www.youtube-nocookie.com".to_owned()))),
            _ => {}
        }
        let origin = web_address(&text, None).filter(|url| url.path() == "/" && url.query().is_none());
        let origin = origin.map(|url| url.origin().ascii_serialization());
        origin.map(|origin| YouTube(Some(origin))).ok_or_else(|| {
            format!(
                "expected \"link\", \"nocookie\" or a host such as \"https://video.example\", not `{text}`"
            )
        })
    }
}

/// A host such as `youtube.com`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
struct Host(String);

impl TryFrom<String> for Host {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let url = Url::parse(&format!("https://{text}/")).ok();
        let host = url.filter(|_| !text.contains(['/', '@', ':', '?', '#']));
        let host = host.and_then(|url| Some(url.host_str()?.to_owned()));
        host.map(Host).ok_or_else(|| format!("expected a host such as \"youtube.com\", not `{text}`"))
    }
}

impl TryFrom<Options> for Embeds {
    type Error = &'static str;

    fn try_from(options: Options) -> Result<Self, Self::Error> {
        if !options.only.is_empty() && !options.except.is_empty() {
            return Err(
                "`only` and `except` contradict each other: where `only` some are meant, all others stay",
            );
        }
        if options.mode == Mode::Drop && options.youtube.is_some() {
            return Err("`youtube` says how frames stay, and `mode = \"drop\"` drops them; \
                        use `except = [\"youtube.com\"]` and a second `embeds`");
        }
        Ok(Embeds(options))
    }
}

impl Rule for Embeds {
    fn apply(&self, draft: &mut Draft<'_>) {
        for item in draft.kept_mut() {
            let base = item.link().and_then(|link| Url::parse(&link).ok());
            item.each_html(|html| {
                let mut seen = HashSet::new();
                for id in self.players(html) {
                    self.settle(html, id, base.as_ref(), &mut seen);
                }
            });
        }
    }
}

const LITE_YOUTUBE: tag::Name = tag::Name::of("lite-youtube");
const AMP_YOUTUBE: tag::Name = tag::Name::of("amp-youtube");

impl Embeds {
    fn players(&self, html: &Html<'_>) -> Vec<NodeId> {
        let is_player = |id: &NodeId| match html.node(*id).name {
            _ if html.node(*id).kind != Kind::Element => false,
            tag::IFRAME | tag::EMBED | LITE_YOUTUBE | AMP_YOUTUBE => true,
            tag::OBJECT => html.attr(*id, "type").is_none_or(|kind| !kind.trim().starts_with("image/")),
            // A gist is put in by a script.
            tag::SCRIPT => html.attr(*id, "src").is_some_and(|src| src.contains("//gist.github.com/")),
            tag::VIDEO => self.0.video,
            _ => false,
        };
        html.outline().live().filter(is_player).collect()
    }

    fn settle(&self, html: &mut Html<'_>, id: NodeId, base: Option<&Url>, seen: &mut HashSet<Url>) {
        if !html.outline().is_live(id) {
            return;
        }
        let Some(player) = address(html, id).and_then(|address| web_address(&address, base)) else {
            // What shows nothing of the web can not become a link.
            if self.0.mode == Mode::Drop && self.0.only.is_empty() {
                html.remove(id);
            }
            return;
        };
        let shown = shown(&player);
        if !self.is_meant(&player, shown.as_ref()) {
            return;
        }
        let is_copy = !seen.insert(player.clone()) && ancestor(html, id, tag::NOSCRIPT).is_some();
        if self.0.mode == Mode::Drop || is_copy {
            html.remove(id);
        } else if let Some(frame) = self.frame(&player).filter(|_| html.outline().is(id, tag::IFRAME)) {
            let own = html.attr(id, "src").and_then(|src| web_address(&src, base));
            if own.is_none_or(|own| own.as_str() != frame) {
                html.set_attr(id, "src", &frame);
            }
        } else {
            let written = written(html, id, &player, shown, base);
            html.replace(id, written);
        }
    }

    fn is_meant(&self, player: &Url, shown: Option<&Shown>) -> bool {
        let page = shown.and_then(|shown| Url::parse(&shown.page).ok());
        let hosts = [player.host_str(), page.as_ref().and_then(Url::host_str)];
        let named =
            |list: &[Host]| hosts.iter().flatten().any(|host| list.iter().any(|of| is_of(host, &of.0)));
        (self.0.only.is_empty() || named(&self.0.only)) && !named(&self.0.except)
    }

    /// The address of a frame of `YouTube` that is to stay.
    fn frame(&self, player: &Url) -> Option<String> {
        let origin = self.0.youtube.as_ref()?.0.as_ref()?;
        let is_there = player.origin().ascii_serialization() == *origin;
        if is_there { Some(player.to_string()) } else { youtube_on(origin, player) }
    }
}

/// The address that a player loads.
fn address(html: &Html<'_>, id: NodeId) -> Option<String> {
    let attr = |id, name| html.attr(id, name).map(std::borrow::Cow::into_owned);
    let watch = |id: String| format!("https://www.youtube.com/watch?v={id}");
    match html.node(id).name {
        tag::OBJECT => attr(id, "data").or_else(|| of_object(html, id)),
        tag::VIDEO => src(html, id).or_else(|| {
            let mut sources =
                html.outline().inside(id).filter(|inner| html.outline().is(*inner, tag::SOURCE));
            sources.find_map(|source| src(html, source))
        }),
        LITE_YOUTUBE => attr(id, "videoid").map(watch),
        AMP_YOUTUBE => attr(id, "data-videoid").map(watch),
        _ => src(html, id),
    }
}

/// How many nodes of an object are looked through for its address.
const FEW: usize = 64;

/// An object may have its address in a parameter, or in the player for those that know no objects.
fn of_object(html: &Html<'_>, id: NodeId) -> Option<String> {
    let names = ["movie", "src", "url"];
    html.outline().inside(id).take(FEW).find_map(|inner| match html.node(inner).name {
        tag::PARAM => {
            let name = html.attr(inner, "name")?.to_ascii_lowercase();
            html.attr(inner, "value").filter(|_| names.contains(&name.as_str())).map(Into::into)
        }
        tag::EMBED | tag::IFRAME => src(html, inner),
        _ => None,
    })
}

/// The link that stands in the place of a player.
fn written(html: &Html<'_>, id: NodeId, player: &Url, shown: Option<Shown>, base: Option<&Url>) -> String {
    let title = html.attr(id, "title").map(|title| title.trim().to_owned()).filter(|title| !title.is_empty());
    let is_video = html.outline().is(id, tag::VIDEO);
    let poster = html.attr(id, "poster").filter(|_| is_video);
    let poster = poster.and_then(|poster| web_address(&poster, base)).map(String::from);
    let is_named = is_video || shown.is_some();
    let (page, service, poster) = match shown {
        Some(Shown { service, page, poster }) => (page, service.to_owned(), poster),
        None => (player.to_string(), if is_video { "Video".to_owned() } else { host(player) }, poster),
    };
    let label = match title {
        Some(title) if !is_named || title.to_lowercase().contains(&service.to_lowercase()) => title,
        Some(title) => format!("{service}: {title}"),
        None => service,
    };
    let inside = poster.map_or_else(|| entity::escape(&label).into_owned(), |poster| image(&poster, &label));
    match ancestor(html, id, tag::A) {
        // A link can not stand in a link.
        Some(_) => inside,
        None if takes_paragraphs(html, id) => format!("<p>{}</p>", link(&page, &inside)),
        None => link(&page, &inside),
    }
}

fn host(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    host.strip_prefix("www.").unwrap_or(host).to_owned()
}
