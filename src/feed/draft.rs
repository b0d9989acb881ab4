//! The draft: what becomes of each item and each field. Rules write to it and read through it; the source
//! stays as it is.

use std::borrow::Cow;

use jiff::Timestamp;

use super::body::Body;
use super::title::{Title, fold};
use super::{Feed, Field, Item, Meaning, date};
use crate::html::page::Taken;
use crate::xml::splice::Edit;
use crate::xml::tag;
use crate::xml::text::Text;

/// A feed on its way through the rules.
#[derive(Debug)]
pub struct Draft<'f> {
    feed: &'f Feed,
    items: Vec<ItemDraft<'f>>,
    now: Timestamp,
    valid_until: Option<Timestamp>,
}

/// An item on its way through the rules.
#[derive(Debug)]
pub struct ItemDraft<'f> {
    feed: &'f Feed,
    item: &'f Item,
    dropped: bool,
    title: Title<'f>,
    bodies: Vec<Body<'f>>,
}

impl<'f> Draft<'f> {
    /// A draft in which nothing has changed yet. `now` is what the ages of items are counted from.
    pub fn new(feed: &'f Feed, now: Timestamp) -> Self {
        let items = feed.items.iter().map(|item| ItemDraft::new(feed, item)).collect();
        Draft { feed, items, now, valid_until: None }
    }

    /// The feed it is of.
    pub fn feed(&self) -> &'f Feed {
        self.feed
    }

    /// Every item, dropped or not, in the order of the source.
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
        let mut moment = Moment { now: self.now, until: self.valid_until };
        for item in self.items.iter_mut().filter(|item| !item.dropped) {
            if is_to_go(item, &mut moment) {
                item.dropped = true;
            }
        }
        self.valid_until = moment.until;
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

/// The time at which conditions are judged, and until when what they say holds.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Now.
    pub now: Timestamp,
    /// The first time at which one of the answers changes.
    pub until: Option<Timestamp>,
}

impl Moment {
    /// Whether `then` has come; notes that the answer changes when it does.
    pub fn has_come(&mut self, then: Timestamp) -> bool {
        let come = then <= self.now;
        if !come && self.until.is_none_or(|until| then < until) {
            self.until = Some(then);
        }
        come
    }
}

impl<'f> ItemDraft<'f> {
    fn new(feed: &'f Feed, item: &'f Item) -> Self {
        let texts = item.fields.iter().filter(|f| matches!(f.meaning, Meaning::Content | Meaning::Summary));
        let bodies = texts.filter_map(|field| Body::new(feed, field)).collect();
        ItemDraft { feed, item, dropped: false, title: Title::new(feed, item), bodies }
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

    /// Its title as a person reads it now.
    pub fn title(&self) -> Cow<'_, str> {
        self.title.words()
    }

    /// Its title, to change.
    pub fn title_mut(&mut self) -> &mut Title<'f> {
        &mut self.title
    }

    /// The address of the page it stands for.
    pub fn link(&self) -> Option<Cow<'f, str>> {
        self.item
            .all(Meaning::Link)
            .find_map(|field| self.address(field, "href"))
            .or_else(|| self.permalink())
    }

    /// RSS: a `guid` is the address unless it says `isPermaLink="false"`.
    fn permalink(&self) -> Option<Cow<'f, str>> {
        let guid = self.item.first(Meaning::Id)?;
        let says_no = self.feed.attribute(guid, "isPermaLink").is_some_and(|v| v.trim() == "false");
        let id = self.value(guid);
        (!says_no && id.starts_with("http")).then_some(id)
    }

    fn address(&self, field: &Field, attribute: &str) -> Option<Cow<'f, str>> {
        let address = self.feed.attribute(field, attribute).map_or_else(|| self.value(field), Cow::Owned);
        (!address.is_empty()).then_some(address)
    }

    /// What identifies it, as it stands.
    pub fn guid(&self) -> Option<Cow<'f, str>> {
        self.item.first(Meaning::Id).map(|field| self.value(field))
    }

    /// The names of its authors.
    pub fn authors(&self) -> Vec<String> {
        self.item.all(Meaning::Author).map(|field| self.author(field)).collect()
    }

    /// An Atom author's name stands in a child element (RFC 4287 §3.2); RSS has it as text.
    fn author(&self, field: &Field) -> String {
        let Some(inner) = field.inner.filter(|_| field.has_children) else {
            return self.value(field).into_owned();
        };
        let name = tag::child(&self.feed.source, inner, "name");
        name.map(|name| Text::parse(&self.feed.source, name).value().trim().to_owned()).unwrap_or_default()
    }

    /// Its categories: the `term` of Atom's, the text of RSS's.
    pub fn categories(&self) -> Vec<String> {
        let all = self.item.all(Meaning::Category);
        all.filter_map(|field| self.address(field, "term")).map(Cow::into_owned).collect()
    }

    /// The media types of its enclosures.
    pub fn enclosure_types(&self) -> Vec<String> {
        let all = self.item.all(Meaning::Enclosure);
        all.filter_map(|field| self.feed.attribute(field, "type")).collect()
    }

    /// When it was published, or else when it was last changed.
    pub fn date(&self) -> Option<Timestamp> {
        let dates = self.item.all(Meaning::Published).chain(self.item.all(Meaning::Updated));
        dates.into_iter().find_map(|field| date::parse(&self.value(field)))
    }

    /// Its HTML texts.
    pub fn each_html(&mut self, mut change: impl FnMut(&mut crate::html::Html<'f>)) {
        for body in &mut self.bodies {
            let html = body.html();
            if !html.is_unread() {
                change(html);
            }
        }
    }

    /// Its full text: the content, or the summary where that is all there is.
    pub fn main_html(&mut self) -> Option<&mut crate::html::Html<'f>> {
        let longest = |m: Meaning, bodies: &[Body<'f>]| {
            let of = bodies.iter().enumerate().filter(|(_, b)| b.meaning() == m && !b.is_blank());
            of.max_by_key(|(_, b)| b.source_len()).map(|(i, _)| i)
        };
        let index =
            longest(Meaning::Content, &self.bodies).or_else(|| longest(Meaning::Summary, &self.bodies))?;
        Some(self.bodies[index].html())
    }

    /// The words of its full text. Plain text counts too.
    pub fn words(&mut self) -> String {
        if let Some(html) = self.main_html() {
            return html.all_words();
        }
        let plain = self.item.first(Meaning::Content).or_else(|| self.item.first(Meaning::Summary));
        plain.map(|field| fold(self.feed.text(field).to_value()).into_owned()).unwrap_or_default()
    }

    /// What has been taken from each of its fields since this was last asked.
    pub fn drain_taken(&mut self, mut each: impl FnMut(&'static str, Taken)) {
        let title = self.title.drain_taken();
        if !title.is_nothing() {
            each("title", title);
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
        edits.sort_by_key(|edit| edit.span);
        edits
    }

    fn value(&self, field: &Field) -> Cow<'f, str> {
        match self.feed.text(field).to_value() {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
        }
    }
}
