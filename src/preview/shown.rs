//! An item as a reader would show it.

use jiff::Timestamp;
use url::Url;
use xxhash_rust::xxh3::xxh3_64;

use super::MAX_SHOWN;
use super::cuts::{Cut, cuts};
use super::mark::marked;
use crate::feed::draft::ItemDraft;
use crate::feed::read::{Enclosure, Person};
use crate::feed::{Draft, Feed, Meaning};
use crate::html::build::Syntax;
use crate::html::entity;
use crate::pipeline::{Fate, Place, Traced};
use crate::receipt::Entry;

/// An item before and after the rules.
#[derive(Debug)]
pub struct Pair {
    /// What has become of it.
    pub place: Place,
    /// As its publisher has it; `None` for what rules have made an item of its own.
    pub before: Option<Shown>,
    /// As it is served; `None` where it is not.
    pub after: Option<Shown>,
    /// What the receipt says of it.
    pub entries: Vec<Entry>,
}

/// An item as a reader would show it.
#[derive(Debug, Default)]
pub struct Shown {
    /// Its title, in words.
    pub title: String,
    /// When it was published.
    pub date: Option<Timestamp>,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// The address of its page.
    pub link: Option<String>,
    /// Its media files.
    pub enclosures: Vec<Enclosure>,
    /// Its full text, where it has one.
    pub text: Option<Text>,
}

/// A text to be shown.
#[derive(Debug)]
pub struct Text {
    /// HTML as its publisher wrote it, with what was taken marked: not to be shown before it is sanitised.
    pub html: String,
    /// The attribute that marks carry.
    pub mark: String,
    /// How many bytes of how many are shown, where that is not all.
    pub shortened: Option<(usize, usize)>,
    /// Whether its item is dropped.
    pub is_struck: bool,
    /// What addresses in it are relative to.
    pub base: Option<Url>,
}

/// The items at these places.
pub(super) fn pairs(source: &Feed, served: Option<&Feed>, traced: &Traced, places: &[Place]) -> Vec<Pair> {
    // Conditions are not asked here: the time does not matter.
    let mut before = Draft::new(source, Timestamp::UNIX_EPOCH);
    let mut after = served.map(|served| Draft::new(served, Timestamp::UNIX_EPOCH));
    let entries = &traced.cleaned.receipt.entries;
    let each = places.iter().map(|place| {
        let own = before.items_mut().get_mut(place.item).filter(|_| !place.is_part);
        let gone = |html: &str, end: usize| cuts(html, end, traced.trace.of(place.item));
        let items = after.as_mut().map(Draft::items_mut);
        let left = match place.fate {
            Fate::Served(nth) => items.and_then(|items| items.get_mut(nth)),
            Fate::Dropped | Fate::Elsewhere => None,
        };
        let is_struck = place.fate == Fate::Dropped;
        let struck = |item| shown(item, gone).struck(is_struck);
        Pair {
            place: *place,
            before: own.map(struck),
            after: left.map(|item| shown(item, |_, _| Vec::new())),
            entries: entries.iter().filter(|entry| entry.item == Some(place.item)).cloned().collect(),
        }
    });
    each.collect()
}

impl Shown {
    fn struck(mut self, is_struck: bool) -> Self {
        self.text = self.text.map(|text| Text { is_struck, ..text });
        self
    }
}

/// An item, with what `gone` says of its text marked in it.
fn shown(item: &mut ItemDraft<'_>, gone: impl Fn(&str, usize) -> Vec<Cut>) -> Shown {
    let link = item.link();
    let authors = item.feed().authors(item.item());
    let base = [link.clone(), item.feed().site()].into_iter().flatten();
    let base = base.into_iter().find_map(|address| Url::parse(&address).ok());
    Shown {
        title: item.title().into_owned(),
        date: item.date(),
        authors: authors.iter().map(name).filter(|name| !name.is_empty()).collect(),
        link,
        enclosures: item.enclosures(),
        text: text(item, gone).map(|text| Text { base, ..text }),
    }
}

fn name(person: &Person) -> String {
    let names = [&person.name, &person.email, &person.url];
    names.into_iter().find(|name| !name.is_empty()).cloned().unwrap_or_default()
}

fn text(item: &mut ItemDraft<'_>, gone: impl Fn(&str, usize) -> Vec<Cut>) -> Option<Text> {
    let own = item.item();
    let plain = own.first(Meaning::Content).or_else(|| own.first(Meaning::Summary));
    let feed = item.feed();
    if let Some(html) = item.main_html() {
        let whole = html.text();
        let end = whole.floor_char_boundary(MAX_SHOWN);
        let syntax = if html.is_xhtml() && end == whole.len() { Syntax::Xhtml } else { Syntax::Html };
        let mark = format!("data-cut-{:016x}", xxh3_64(whole.as_bytes()));
        let cuts = gone(whole, end);
        let html = marked(&whole[..end], syntax, &cuts, &mark);
        return Some(Text {
            html,
            mark,
            shortened: shortened(end, whole.len()),
            is_struck: false,
            base: None,
        });
    }
    let words = plain.map(|field| feed.value_of(field)).filter(|words| !words.is_empty())?;
    let end = words.floor_char_boundary(MAX_SHOWN);
    let html = format!("<pre>{}</pre>", entity::escape(&words[..end]));
    let mark = "data-cut".to_owned();
    Some(Text { html, mark, shortened: shortened(end, words.len()), is_struck: false, base: None })
}

fn shortened(shown: usize, all: usize) -> Option<(usize, usize)> {
    (shown < all).then_some((shown, all))
}
