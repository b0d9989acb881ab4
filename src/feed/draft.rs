//! The draft: what becomes of each item and each field. Rules write to it and read through it; the source
//! stays as it is.

mod made;
mod moment;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use jiff::Timestamp;

use super::articles::{Articles, Login, Reach};
use super::body::Body;
use super::part::Part;
use super::read::Enclosure;
use super::title::{Title, fold};
use super::written::Written;
use super::{Feed, Field, Item, Meaning};
use crate::html::taken::Taken;
use crate::xml::splice::Edit;

pub use made::Made;
pub use moment::Moment;

/// A feed on its way through the rules.
#[derive(Debug)]
pub struct Draft<'f> {
    feed: &'f Feed,
    /// In the order in which they are to stand.
    items: Vec<ItemDraft<'f>>,
    /// What has been done to the feed itself: to which of its fields, and how.
    edits: Vec<(&'static str, Edit)>,
    taken: Vec<(&'static str, Taken)>,
    articles: &'f Articles,
    reach: Reach,
    login: Login,
    now: Timestamp,
    valid_until: Option<Timestamp>,
}

/// An item on its way through the rules.
#[derive(Debug)]
pub struct ItemDraft<'f> {
    feed: &'f Feed,
    item: &'f Item,
    index: usize,
    dropped: bool,
    /// Whether the receipt has it that it was dropped.
    is_noted: bool,
    title: Title<'f>,
    bodies: Vec<Body<'f>>,
    /// What other fields say now.
    written: Written,
    /// What identifies it, and the edit that says so, where it is a part of an item of the source.
    id: Option<(String, Option<Edit>)>,
    /// The one topic that it is to stand in.
    routed: Option<String>,
}

impl<'f> Draft<'f> {
    /// A draft in which nothing has changed yet. `now` is what the ages of items are counted from.
    pub fn new(feed: &'f Feed, now: Timestamp) -> Self {
        static NONE: LazyLock<Articles> = LazyLock::new(Articles::default);
        Draft::with_articles(feed, now, &NONE)
    }

    /// The same, with the articles that items stand for.
    pub fn with_articles(feed: &'f Feed, now: Timestamp, articles: &'f Articles) -> Self {
        let items = feed.items.iter().enumerate().map(|(index, item)| ItemDraft::new(feed, item, index));
        let (items, edits, taken) = (items.collect(), Vec::new(), Vec::new());
        Draft {
            feed,
            items,
            edits,
            taken,
            articles,
            reach: Reach::Public,
            login: Login::NOBODY,
            now,
            valid_until: None,
        }
    }

    /// The same for a feed that may reach so far, and asks for pages as this one.
    #[must_use]
    pub fn reaching(self, reach: Reach, login: Login) -> Self {
        Draft { reach, login, ..self }
    }

    /// How far the feed may reach.
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// As whom the feed asks for pages.
    pub fn login(&self) -> Login {
        self.login
    }

    /// The feed it is of.
    pub fn feed(&self) -> &'f Feed {
        self.feed
    }

    /// The articles that items stand for, as far as they are there.
    pub fn articles(&self) -> &'f Articles {
        self.articles
    }

    /// Every item, dropped or not, in the order in which they are to stand.
    pub fn items(&self) -> &[ItemDraft<'f>] {
        &self.items
    }

    /// Every item, to look at and change.
    pub fn items_mut(&mut self) -> &mut [ItemDraft<'f>] {
        &mut self.items
    }

    /// The items that are still there.
    pub fn kept_mut(&mut self) -> impl Iterator<Item = &mut ItemDraft<'f>> {
        self.items.iter_mut().filter(|item| !item.dropped)
    }

    /// Drops every item still there for which `is_to_go` says so. It is told the time, and says with its
    /// answer until when that holds.
    pub fn drop_where(&mut self, is_to_go: impl Fn(&mut ItemDraft<'f>, &mut Moment) -> bool) {
        self.judge(|item, moment| {
            if is_to_go(item, moment) {
                item.dropped = true;
            }
        });
    }

    /// Looks at every item still there. What is looked for is told the time, and says until when its answer
    /// holds.
    pub fn judge(&mut self, mut look: impl FnMut(&mut ItemDraft<'f>, &mut Moment)) {
        let mut moment = Moment { now: self.now, until: self.valid_until };
        for item in self.items.iter_mut().filter(|item| !item.dropped) {
            look(item, &mut moment);
        }
        self.valid_until = moment.until;
    }

    /// How many items are still there.
    pub fn kept(&self) -> usize {
        self.items.iter().filter(|item| !item.dropped).count()
    }

    /// Puts the items in the order of their keys. Items with equal keys stay as they stand.
    pub fn sort_by_key<K: Ord>(&mut self, key: impl Fn(&ItemDraft<'f>) -> K) {
        let before: Vec<usize> = self.items.iter().map(ItemDraft::index).collect();
        self.items.sort_by_cached_key(key);
        let moved = self.items.iter().zip(before).filter(|(item, before)| item.index != *before);
        let count = u32::try_from(moved.count()).unwrap_or(u32::MAX);
        if count > 0 {
            self.taken.push(("order", Taken { count, ..Taken::default() }));
        }
    }

    /// Puts items in the place of an item: `parts` after it, and without it where nothing of it is left.
    pub fn split_each(&mut self, split: impl Fn(&mut ItemDraft<'f>) -> Vec<Part>) {
        let before = self.items.len();
        let mut items = Vec::with_capacity(before);
        for mut item in std::mem::take(&mut self.items) {
            let parts = if item.dropped { Vec::new() } else { split(&mut item) };
            let mut seen: HashMap<&str, usize> = HashMap::new();
            let made = parts.iter().map(|part| {
                let nth = seen.entry(part.key()).or_default();
                *nth += 1;
                item.part(part, *nth)
            });
            let made: Vec<ItemDraft<'f>> = made.collect();
            items.push(item);
            items.extend(made);
        }
        let count = u32::try_from(items.len() - before).unwrap_or(u32::MAX);
        if count > 0 {
            self.taken.push(("items", Taken { count, ..Taken::default() }));
        }
        self.items = items;
    }

    /// Edits the feed itself: a field of it is taken out, or says something else. An edit that has been made to
    /// the same place of that field before is replaced.
    pub(super) fn edit(&mut self, field: &'static str, edit: Edit, snippet: String) {
        let meets = |old: &Edit| {
            old.span == edit.span || (old.span.start < edit.span.end && edit.span.start < old.span.end)
        };
        let earlier = self.edits.iter().position(|(name, old)| *name == field && meets(old));
        let before = earlier.map_or(edit.span.len(), |at| self.edits.remove(at).1.text.len());
        let size = |len: usize| i64::try_from(len).unwrap_or(i64::MAX);
        let bytes = size(before) - size(edit.text.len());
        self.taken.push((field, Taken { count: 1, bytes, snippet, ..Taken::default() }));
        self.edits.push((field, edit));
    }

    /// What has been done to the feed itself, as edits of the source.
    pub(super) fn own_edits(&self) -> impl Iterator<Item = &Edit> {
        self.edits.iter().map(|(_, edit)| edit)
    }

    /// What has been put into a field of the feed itself.
    pub(super) fn put_into(&self, field: &'static str) -> Option<&Edit> {
        self.edits.iter().find(|(name, _)| *name == field).map(|(_, edit)| edit)
    }

    /// What has been done to the feed itself since this was last asked.
    pub fn drain_taken(&mut self) -> Vec<(&'static str, Taken)> {
        std::mem::take(&mut self.taken)
    }

    /// Every HTML text of the items still there.
    pub fn each_html(&mut self, mut change: impl FnMut(&mut crate::html::Html<'f>)) {
        for item in self.items.iter_mut().filter(|item| !item.dropped) {
            item.each_html(&mut change);
        }
    }

    /// When the result may be another, although the feed is the same: an item comes of an age that a
    /// rule asks for.
    pub fn valid_until(&self) -> Option<Timestamp> {
        self.valid_until
    }
}

impl<'f> ItemDraft<'f> {
    fn new(feed: &'f Feed, item: &'f Item, index: usize) -> Self {
        let texts = item.fields.iter().filter(|f| matches!(f.meaning, Meaning::Content | Meaning::Summary));
        let bodies = texts.filter_map(|field| Body::new(feed, field)).collect();
        let title = Title::new(feed, item);
        ItemDraft {
            feed,
            item,
            index,
            dropped: false,
            is_noted: false,
            title,
            bodies,
            written: Written::default(),
            routed: None,
            id: None,
        }
    }

    /// The same item of the source, with another title, other texts and an identity of its own.
    pub(super) fn copy(
        &self,
        title: Title<'f>,
        bodies: Vec<Body<'f>>,
        id: Option<(String, Option<Edit>)>,
    ) -> Self {
        let ItemDraft { feed, item, index, .. } = *self;
        let (written, routed) = (self.written.clone(), self.routed.clone());
        ItemDraft { feed, item, index, dropped: false, is_noted: false, title, bodies, written, routed, id }
    }

    /// What has been written to fields that hold no HTML.
    pub(super) fn written(&self) -> &Written {
        &self.written
    }

    /// The same, to write to.
    pub(super) fn written_mut(&mut self) -> &mut Written {
        &mut self.written
    }

    /// The feed it is of.
    pub fn feed(&self) -> &'f Feed {
        self.feed
    }

    /// Its HTML texts.
    pub(super) fn bodies(&self) -> &[Body<'f>] {
        &self.bodies
    }

    /// The HTML text that a field holds.
    pub(super) fn body_of(&mut self, field: &Field) -> Option<&mut Body<'f>> {
        self.bodies.iter_mut().find(|body| body.is_of(field))
    }

    /// The same, where it can be looked into.
    pub fn html_of(&mut self, field: &Field) -> Option<&mut crate::html::Html<'f>> {
        self.body_of(field).map(Body::html).filter(|html| !html.is_unread())
    }

    /// Whether a field is the one that its title is in.
    pub(super) fn is_title(&self, field: &Field) -> bool {
        !matches!(self.title, Title::Missing)
            && self.item.first(Meaning::Title).is_some_and(|title| title.tag == field.tag)
    }

    /// Whether it is a part of an item of the source.
    pub fn is_part(&self) -> bool {
        self.id.is_some()
    }

    /// Which item of the source it is, from 0.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Whether it was dropped since this was last asked.
    pub fn take_dropped(&mut self) -> bool {
        let is_new = self.dropped && !self.is_noted;
        self.is_noted = self.dropped;
        is_new
    }

    /// The item of the source.
    pub fn item(&self) -> &'f Item {
        self.item
    }

    /// Whether a rule has dropped it.
    pub fn is_dropped(&self) -> bool {
        self.dropped
    }

    /// Takes it out of the feed.
    pub fn drop_it(&mut self) {
        self.dropped = true;
    }

    /// Has it stand in this topic and nowhere else.
    pub fn route_to(&mut self, topic: &str) {
        if self.routed.as_deref() != Some(topic) {
            self.routed = Some(topic.to_owned());
            self.written.note_topic(topic);
        }
    }

    /// The one topic that it is to stand in, where there is one.
    pub fn routed(&self) -> Option<&str> {
        self.routed.as_deref()
    }

    /// Its title as a person reads it now.
    pub fn title(&self) -> Cow<'_, str> {
        self.title.words()
    }

    /// Its title, to change.
    pub fn title_mut(&mut self) -> &mut Title<'f> {
        &mut self.title
    }

    /// The address of the page it stands for.
    pub fn link(&self) -> Option<String> {
        self.written_link().or_else(|| self.feed.link(self.item))
    }

    /// What identifies it, as it stands.
    pub fn guid(&self) -> Option<String> {
        self.id.as_ref().map(|(id, _)| id.clone()).or_else(|| self.feed.id(self.item))
    }

    /// Its enclosures.
    pub fn enclosures(&self) -> Vec<Enclosure> {
        self.item.all(Meaning::Enclosure).flat_map(|field| self.feed.enclosures(field)).collect()
    }

    /// The media types of its enclosures.
    pub fn enclosure_types(&self) -> Vec<String> {
        let all = self.enclosures().into_iter().map(|enclosure| enclosure.media_type);
        all.filter(|media_type| !media_type.is_empty()).collect()
    }

    /// The addresses of the pictures that stand for it beside its texts: enclosures that are images, and what
    /// [`Feed::picture`] finds.
    pub fn pictures(&self) -> Vec<String> {
        let enclosed = self.enclosures().into_iter().filter(|e| e.media_type.starts_with("image/"));
        let others = self.item.fields.iter().filter_map(|field| self.feed.picture(field));
        enclosed.map(|enclosure| enclosure.url).chain(others).collect()
    }

    /// When it was published, or else when it was last changed.
    pub fn date(&self) -> Option<Timestamp> {
        self.feed.date(self.item)
    }

    /// Its HTML texts.
    pub fn each_html(&mut self, mut change: impl FnMut(&mut crate::html::Html<'f>)) {
        self.each_text(|html| {
            if !html.is_unread() {
                change(html);
            }
        });
    }

    /// Its HTML texts, those too that are too large or too broken to be looked into.
    pub fn each_text(&mut self, change: impl FnMut(&mut crate::html::Html<'f>)) {
        self.bodies.iter_mut().map(Body::html).for_each(change);
    }

    /// Its full text: the content, or the summary where that is all there is.
    pub fn main_html(&mut self) -> Option<&mut crate::html::Html<'f>> {
        let index = self.main_body()?;
        Some(self.bodies[index].html())
    }

    /// Notes that a rule has left a field alone that it was to change, and why.
    pub fn spare(&mut self, field: &'static str, why: String) {
        self.written.spare(field, why);
    }

    /// Puts another full text in the place of the one it has, or gives it one.
    pub fn set_html(&mut self, html: String) {
        match self.main_html() {
            Some(body) => body.replace_whole(html),
            None => self.bodies.push(Body::added(self.feed, html)),
        }
    }

    /// Whether it has a full text that is HTML.
    pub fn has_text(&self) -> bool {
        self.main_body().is_some()
    }

    /// How many bytes its full text took in the source.
    pub fn text_len(&self) -> usize {
        self.main_body().map_or(0, |index| self.bodies[index].source_len())
    }

    /// How many bytes of its full text are words now, about.
    pub fn words_len(&mut self) -> usize {
        self.main_html().map_or(0, |html| html.words_len())
    }

    /// Which of its HTML texts is the full one.
    pub(super) fn main_body(&self) -> Option<usize> {
        let longest = |m: Meaning| {
            let of = self.bodies.iter().enumerate().filter(|(_, b)| b.meaning() == m && !b.is_blank());
            of.max_by_key(|(_, b)| b.source_len()).map(|(i, _)| i)
        };
        longest(Meaning::Content).or_else(|| longest(Meaning::Summary))
    }

    /// The words of its full text. Plain text counts too.
    pub fn words(&mut self) -> Cow<'_, str> {
        let plain = self.item.first(Meaning::Content).or_else(|| self.item.first(Meaning::Summary));
        let feed = self.feed;
        match self.main_html() {
            Some(html) => Cow::Borrowed(html.all_words()),
            None => plain.map(|field| fold(feed.text(field).to_value())).unwrap_or_default(),
        }
    }

    /// What has been taken from each of its fields since this was last asked.
    pub fn drain_taken(&mut self, mut each: impl FnMut(&'static str, Taken)) {
        let title = self.title.drain_taken();
        if !title.is_nothing() {
            each("title", title);
        }
        for (name, taken) in self.written.drain_taken() {
            each(name, taken);
        }
        for body in &mut self.bodies {
            let name = if body.meaning() == Meaning::Content { "content" } else { "summary" };
            if let Some(taken) = body.opened_mut().map(crate::html::Html::drain_taken)
                && !taken.is_nothing()
            {
                each(name, taken);
            }
        }
    }

    /// Whether one of its texts is too large to be looked into.
    pub fn is_unread(&mut self) -> bool {
        self.bodies.iter_mut().any(|body| body.opened().is_some_and(crate::html::Html::is_unread))
    }

    /// Everything that has been done to its fields, as edits of the source in order.
    pub(super) fn lower_fields(&self) -> Vec<Edit> {
        let mut edits: Vec<Edit> = self.bodies.iter().flat_map(Body::lower).collect();
        edits.extend(self.title.lower());
        edits.extend(self.id.iter().filter_map(|(_, edit)| edit.clone()));
        let added = self.bodies.iter().find_map(Body::added_html);
        edits.extend(self.written.edits(self.feed, self.item, added.as_deref()));
        edits.sort_by_key(|edit| edit.span);
        edits
    }
}
