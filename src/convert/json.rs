//! Writing JSON Feed 1.1 (<https://www.jsonfeed.org/version/1.1/>).

use serde::Serialize;
use serde_json::Number;

use super::ids;
use super::losses::Losses;
use super::media::{seconds, type_of};
use super::model::{About, Channel, Entry, Said};
use super::prose::{Kind, Prose};
use super::said::Extras;
use crate::feed::read::{Enclosure, Person};

/// Writes a feed.
pub(super) fn write(channel: &Channel, address: Option<&str>, losses: &mut Losses) -> String {
    let mut items = Vec::with_capacity(channel.entries.len());
    let head = head(channel, address, losses);
    for (index, (entry, id)) in channel.entries.iter().zip(ids::of(channel)).enumerate() {
        losses.item = Some(index);
        items.push(item(entry, id, losses));
    }
    let feed = Document { items, ..head };
    let text = serde_json::to_string_pretty(&feed).expect("texts, numbers and lists are always JSON");
    text + "\n"
}

#[derive(Serialize)]
struct Document {
    version: &'static str,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    home_page_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    feed_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    icon: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    favicon: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authors: Vec<Author>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    items: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    external_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_html: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_published: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_modified: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    authors: Vec<Author>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attachments: Vec<Attachment>,
}

#[derive(Serialize)]
struct Author {
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    url: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    avatar: String,
}

#[derive(Serialize)]
struct Attachment {
    url: String,
    mime_type: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_in_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_in_seconds: Option<Number>,
}

fn head(channel: &Channel, address: Option<&str>, losses: &mut Losses) -> Document {
    let about = &channel.about;
    let mut extras = Extras::new(&about.extras);
    let description = about.summary.as_ref().map(|summary| summary.value.clone());
    let feed = Document {
        version: "https://jsonfeed.org/version/1.1",
        title: about.title.as_ref().map(|title| title.value.to_line()).unwrap_or_default(),
        home_page_url: about.link.as_ref().map(|link| link.href.clone()),
        feed_url: address.map(str::to_owned),
        description: description.or_else(|| extras.summary()).map(|prose| prose.to_words().into_owned()),
        icon: channel.image.as_ref().map(|image| image.value.url.clone()).or_else(|| extras.image()),
        favicon: channel.icon.as_ref().map(|icon| icon.value.clone()),
        authors: authors(&about.authors, &mut extras, losses),
        language: about.language.as_ref().map(|language| language.value.clone()),
        items: Vec::new(),
    };
    lose_of_feed(channel, losses);
    lose_of_both(about, &extras, losses);
    feed
}

/// What JSON Feed has no members for, of the feed itself.
fn lose_of_feed(channel: &Channel, losses: &mut Losses) {
    let about = &channel.about;
    let dates = [&about.published, &about.updated].into_iter().flatten().map(|date| &date.by);
    let named = about.id.iter().map(|id| &id.by).chain(dates).chain(channel.generator.iter().map(|g| &g.by));
    for by in named.chain(about.categories.iter().map(|category| &category.by)) {
        losses.add(by.as_str());
    }
    for link in &about.links {
        losses.add(link.by.as_str());
    }
    for own in &channel.own {
        losses.add(own.tag());
    }
    let parts = channel.image.iter().flat_map(|image| image.value.parts.iter().map(|part| (&image.by, part)));
    for (by, (part, value)) in parts {
        let is_said = match *part {
            "title" => about.title.as_ref().is_some_and(|title| title.value.to_line() == *value),
            "link" => about.link.as_ref().is_some_and(|link| link.href == *value),
            _ => false,
        };
        if !is_said {
            losses.add_part(by, &format!("<{part}>"));
        }
    }
}

/// What JSON Feed has no members for, of feeds and items.
fn lose_of_both(about: &About, extras: &Extras<'_>, losses: &mut Losses) {
    for contributor in &about.contributors {
        losses.add(contributor.by.as_str());
    }
    if let Some(rights) = &about.rights {
        losses.add(rights.by.as_str());
    }
    for extra in extras.left() {
        losses.add(extra);
    }
}

fn item(entry: &Entry, id: String, losses: &mut Losses) -> Item {
    let about = &entry.about;
    let mut extras = Extras::new(&about.extras);
    let (content, summary) = texts(entry, &mut extras);
    let content = content.unwrap_or_default();
    let is_html = content.kind == Kind::Html;
    let item = Item {
        id,
        url: about.link.as_ref().map(|link| link.href.clone()),
        external_url: external_url(about, losses),
        title: about.title.as_ref().map(|title| title.value.to_line()),
        content_html: is_html.then(|| content.text.clone()),
        content_text: (!is_html).then_some(content.text),
        summary: summary.map(|summary| summary.to_words().into_owned()),
        image: extras.image(),
        date_published: about.published.as_ref().map(|date| date.value.to_string()),
        date_modified: about.updated.as_ref().map(|date| date.value.to_string()),
        authors: authors(entry.authors(), &mut extras, losses),
        tags: tags(about, losses),
        language: about.language.as_ref().map(|language| language.value.clone()),
        attachments: attachments(entry, &mut extras, losses),
    };
    lose_of_item(entry, losses);
    lose_of_both(about, &extras, losses);
    item
}

fn lose_of_item(entry: &Entry, losses: &mut Losses) {
    if let Some(comments) = &entry.comments {
        losses.add(comments.by.as_str());
    }
    if let Some(source) = &entry.source {
        losses.add(source.by.as_str());
    }
    for (name, _) in &entry.attributes {
        losses.add(format!("{}:{}", name.prefix, name.local));
    }
}

/// The text of an item and its summary. An item has to have a text; what is the only one is it.
fn texts(entry: &Entry, extras: &mut Extras<'_>) -> (Option<Prose>, Option<Prose>) {
    let content = entry.content.as_ref().map(|content| content.value.clone());
    let summary = entry.about.summary.as_ref().map(|summary| summary.value.clone());
    match (content, summary) {
        (Some(content), Some(summary)) => (Some(content), Some(summary)),
        (Some(only), None) | (None, Some(only)) => (Some(only), extras.summary()),
        (None, None) => (extras.summary(), None),
    }
}

/// The page an item is about, where that is one and not the item's own.
fn external_url(about: &About, losses: &mut Losses) -> Option<String> {
    let is_about = |link: &&Said<_>| {
        let link: &super::model::Link = &link.value;
        matches!(link.rel.as_str(), "related" | "via")
    };
    let mut related = about.links.iter().filter(is_about);
    let only = related.next().filter(|_| related.next().is_none());
    for link in about.links.iter().filter(|link| only.is_none_or(|only| only.value != link.value)) {
        losses.add(link.by.as_str());
    }
    only.map(|link| link.value.href.clone())
}

fn authors(named: &[Said<Person>], extras: &mut Extras<'_>, losses: &mut Losses) -> Vec<Author> {
    if named.is_empty() {
        let podcast = extras.author().map(|name| Author { name, url: String::new(), avatar: String::new() });
        return podcast.into_iter().collect();
    }
    let each = named.iter().map(|author| {
        let Person { name, email, url, avatar } = author.value.clone();
        let name = if name.is_empty() && url.is_empty() { email.clone() } else { name };
        if !email.is_empty() && email != name {
            losses.add_part(&author.by, "email");
        }
        Author { name, url, avatar }
    });
    each.collect()
}

fn tags(about: &About, losses: &mut Losses) -> Vec<String> {
    let each = about.categories.iter().map(|category| {
        let term = &category.value;
        if !term.scheme.is_empty() {
            losses.add_part(&category.by, "scheme or domain");
        }
        if !term.label.is_empty() && term.label != term.term {
            losses.add_part(&category.by, "label");
        }
        term.term.clone()
    });
    each.collect()
}

fn attachments(entry: &Entry, extras: &mut Extras<'_>, losses: &mut Losses) -> Vec<Attachment> {
    let media = extras.enclosures();
    let is_new = |new: &Enclosure| !entry.enclosures.iter().take(32).any(|known| known.value.url == new.url);
    let media = media.into_iter().filter(is_new).map(|enclosure| Said::new("<media:content>", enclosure));
    let mut all: Vec<Said<Enclosure>> = entry.enclosures.iter().cloned().chain(media).collect();
    if let Some(first) = all.first_mut()
        && first.value.duration.is_empty()
        && let Some(duration) = extras.duration()
    {
        first.value.duration = duration;
    }
    all.into_iter().map(|enclosure| attachment(enclosure, losses)).collect()
}

fn attachment(said: Said<Enclosure>, losses: &mut Losses) -> Attachment {
    let size_in_bytes = said.size(losses);
    let Enclosure { url, media_type, title, duration, .. } = said.value;
    let duration_in_seconds = seconds(&duration);
    if duration_in_seconds.is_none() && !duration.is_empty() {
        losses.add_part(&said.by, "duration");
    }
    // JSON Feed asks for a type.
    let mime_type = if media_type.is_empty() { type_of(&url).to_owned() } else { media_type };
    Attachment { url, mime_type, title, size_in_bytes, duration_in_seconds }
}
