//! `images`: each picture as one plain `img`, as a link, or not at all.

use bytesize::ByteSize;
use schemars::JsonSchema;
use serde::Deserialize;

use super::image_figure::{
    bare_figure, bare_picture, bare_wrappers, drop_figure, is_alone, strip_all, whole_picture,
};
use super::image_lead::{drop_duplicates, drop_picture, drop_previews};
use super::image_url::unblurred;
use super::lazy_address::{self, settle_copies};
use super::markup::{ancestor, leads_to_web, link};
use super::{Info, Rule, compile, schema};
use crate::feed::Draft;
use crate::html::outline::NodeId;
use crate::html::{Html, entity, tag};

pub(super) const INFO: Info = Info {
    name: "images",
    summary: "Slims pictures to one plain img with src, alt, width and height in its figure with the caption; or turns \
              them into links; or drops them.",
    why: "A newsletter's picture is four sources, two srcsets, a JSON copy of itself and two buttons: 6 KB of markup \
          for one address. `max-width` (pixels) picks a smaller copy where there is one. Lazy sources are restored.",
    example: "{ images = { mode = 'slim', max-width = 800, max-inline = '20 kB', drop-duplicate-lead = true } }",
    shorthand: Some("mode"),
    compile: compile::<Images>,
    schema: schema::<Images>,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "Options")]
struct Images(Options);

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Options {
    /// What becomes of a picture: `slim` (one plain img, the default), `link` (a link to it, with its alternative
    /// text), or `drop`.
    #[serde(default)]
    mode: Mode,
    /// The width in pixels that a picture need not exceed: of several copies, the narrowest that fills it. Without
    /// it, the address stays.
    max_width: Option<u32>,
    /// How much data a picture may hold in its own address (`data:`), in bytes as it is written, such as
    /// `"20 kB"`; one with more is dropped. Without it, all stay.
    #[schemars(schema_with = "super::values::size")]
    #[serde(default)]
    max_inline: Option<ByteSize>,
    /// Whether a picture goes that has been shown already: the first of the text where it is the item's own
    /// (enclosure, `media:content`, JSON Feed's `image`) too, and one that stands twice at the top. `false` unless
    /// said otherwise.
    #[serde(default)]
    drop_duplicate_lead: bool,
    /// Whether blurred copies go that stand before the picture they are of, and parameters that blur a picture.
    /// `false` unless said otherwise.
    #[serde(default)]
    unblur: bool,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Mode {
    #[default]
    Slim,
    Link,
    Drop,
}

impl TryFrom<Options> for Images {
    type Error = String;

    fn try_from(options: Options) -> Result<Self, Self::Error> {
        let of_what_stays = [
            ("max-width", options.max_width.is_some()),
            ("drop-duplicate-lead", options.drop_duplicate_lead),
            ("unblur", options.unblur),
        ];
        let contradiction = match options.mode {
            Mode::Slim => None,
            _ if options.max_inline.is_some() => Some("max-inline"),
            Mode::Link => None,
            Mode::Drop => of_what_stays.into_iter().find(|(_, is_set)| *is_set).map(|(name, _)| name),
        };
        match contradiction {
            Some(name) if options.mode == Mode::Link => {
                Err(format!("`{name}` is for `mode = \"slim\"`, and `link` leaves no pictures"))
            }
            Some(name) => {
                Err(format!("`{name}` is for pictures that stay, and `mode = \"drop\"` drops them all"))
            }
            None => Ok(Images(options)),
        }
    }
}

const KEPT: &[&str] = &["src", "alt", "width", "height", "title"];

impl Rule for Images {
    fn apply(&self, draft: &mut Draft<'_>) {
        for item in draft.kept_mut() {
            let pictures = if self.0.drop_duplicate_lead { item.pictures() } else { Vec::new() };
            // What readers show above the text is the first; authors' portraits are sent in the same way.
            let picture = pictures.iter().find(|address| !address.contains("gravatar.com/avatar"));
            item.each_html(|html| self.change(html, picture.map(String::as_str)));
        }
    }
}

impl Images {
    fn change(&self, html: &mut Html<'_>, picture: Option<&str>) {
        settle_copies(html);
        if self.0.unblur {
            drop_previews(html);
        }
        if self.0.drop_duplicate_lead {
            drop_duplicates(html, picture);
        }
        for figure in html.named(tag::FIGURE) {
            match self.0.mode {
                Mode::Slim => bare_figure(html, figure),
                Mode::Link => {}
                Mode::Drop => drop_figure(html, figure),
            }
        }
        for img in html.named(tag::IMG) {
            match self.0.mode {
                Mode::Slim if self.is_too_large(html, img) => drop_picture(html, img),
                Mode::Slim => self.slim(html, img),
                Mode::Link => self.link(html, img),
                Mode::Drop => html.remove(whole_picture(html, img)),
            }
        }
    }

    /// The one address an image is to have.
    fn address(&self, html: &Html<'_>, img: NodeId) -> Option<String> {
        let address = lazy_address::address(html, img, self.0.max_width)?;
        Some(unblurred(&address).filter(|_| self.0.unblur).unwrap_or(address))
    }

    /// Whether an image holds more data than it may, and knows no other address.
    fn is_too_large(&self, html: &Html<'_>, img: NodeId) -> bool {
        let address = self.0.max_inline.and_then(|max| {
            let address = self.address(html, img).or_else(|| html.attr(img, "src").map(Into::into))?;
            let data = address.trim().strip_prefix("data:")?.split_once(',')?.1.len();
            Some(data as u64 > max.as_u64())
        });
        address == Some(true)
    }

    fn slim(&self, html: &mut Html<'_>, img: NodeId) {
        self.plain(html, img);
        let figure = ancestor(html, img, tag::FIGURE);
        if let Some(figure) = figure {
            bare_wrappers(html, img, figure);
        } else if let Some(picture) = ancestor(html, img, tag::PICTURE) {
            bare_picture(html, picture);
        }
    }

    /// The image with one address and what belongs to it.
    fn plain(&self, html: &mut Html<'_>, img: NodeId) {
        let chosen = self.address(html, img);
        let size = |html: &Html<'_>, side: &str| {
            html.attr(img, side)?.trim().trim_end_matches("px").parse::<u32>().ok()
        };
        let (width, height) = (size(html, "width"), size(html, "height"));
        strip_all(html, img, KEPT);
        if let Some(chosen) = chosen
            && html.attr(img, "src").is_none_or(|src| src != chosen)
        {
            html.set_attr(img, "src", &chosen);
        }
        if let (Some(max), Some(width)) = (self.0.max_width, width)
            && width > max
        {
            html.set_attr(img, "width", &max.to_string());
            if let Some(height) = height {
                let scaled = (u64::from(height) * u64::from(max) + u64::from(width) / 2) / u64::from(width);
                html.set_attr(img, "height", &scaled.to_string());
            }
        }
    }

    fn link(&self, html: &mut Html<'_>, img: NodeId) {
        let Some(address) = self.address(html, img).or_else(|| html.attr(img, "src").map(Into::into)) else {
            return;
        };
        let label = html.attr(img, "alt").map(|alt| alt.trim().to_owned()).filter(|alt| !alt.is_empty());
        let label = label.unwrap_or_else(|| "Image".to_owned());
        let words = entity::escape(&label).into_owned();
        let link = if leads_to_web(&address) { link(&address, &words) } else { words.clone() };
        let picture = ancestor(html, img, tag::PICTURE).unwrap_or(img);
        match ancestor(html, img, tag::A) {
            None => html.replace(picture, link),
            Some(around) if is_alone(html, img, around) => html.replace(around, link),
            // A link can not stand in a link; beside other things in one, the picture becomes words.
            Some(_) => html.replace(picture, words),
        }
    }
}
