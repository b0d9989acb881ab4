//! From a feed whose rules have run to what is served: the feed itself, or one of its topics, in the format that
//! is asked for.

use jiff::Timestamp;

use super::{Cleaned, Editions, Form, Settled, elsewhere};
use crate::convert::{self, Converted, Lost, Target};
use crate::decode::charset::redeclared;
use crate::feed::draft::ItemDraft;
use crate::feed::links_back::links_back;
use crate::feed::{self, Draft};
use crate::html::taken::shorten;
use crate::receipt::{Action, Entry};
use crate::topics::Share;
use crate::xml::splice::{Edit, splice};

impl Settled<'_> {
    /// The feed and its topics in a form.
    pub(super) fn editions(&self, form: &Form) -> Editions {
        let each = self.shares.iter().map(|share| (share.topic.clone(), self.edition(Some(share), form)));
        Editions { topics: each.collect(), whole: self.edition(None, form) }
    }

    /// The feed, or one of its topics, in a form.
    pub(super) fn edition(&self, share: Option<&Share>, form: &Form) -> Cleaned {
        let feed = self.draft.feed();
        let address =
            form.address.as_ref().map(|address| address.of(share.map(|share| share.topic.as_str())));
        match form.target.filter(|target| !target.is(feed.format)) {
            None => self.in_place(share, address.as_deref()),
            Some(target) => self.in_place(share, None).converted(target, address.as_deref()),
        }
    }

    /// In the feed's own format.
    fn in_place(&self, share: Option<&Share>, address: Option<&str>) -> Cleaned {
        let feed = self.draft.feed();
        let mut receipt = self.receipt();
        receipt.entries.extend(self.left_out(share));
        let mut back = Vec::new();
        for (edit, was) in address.map(|address| links_back(feed, address)).unwrap_or_default() {
            receipt.entries.push(led_back(&edit, &was));
            back.push(edit);
        }
        let is_in = self.members(share);
        receipt.items_out = is_in.iter().filter(|is_in| **is_in).count();
        let mut members = is_in.into_iter();
        let mut edits = self.draft.edits_of(|_| members.next().unwrap_or(false), back);
        let mut text = splice(&feed.source, &edits);
        if feed.source.is_ascii() && !text.is_ascii() {
            // Now it matters that what is served is UTF-8.
            edits.splice(0..0, redeclared(&feed.source));
            text = splice(&feed.source, &edits);
        }
        (receipt.bytes_out, receipt.bytes_kept) = (text.len(), text.len());
        Cleaned { text, format: feed.format, edits, receipt, valid_until: self.draft.valid_until() }
    }

    /// Which of the draft's items are of an edition.
    pub(super) fn members(&self, share: Option<&Share>) -> Vec<bool> {
        let items = self.draft.items();
        let Some(share) = share else { return items.iter().map(|item| self.is_of_the_whole(item)).collect() };
        let mut members = vec![false; items.len()];
        for at in &share.at {
            members[*at] = true;
        }
        members
    }

    /// What a rule has sent to a topic is of that one alone.
    fn is_of_the_whole(&self, item: &ItemDraft<'_>) -> bool {
        !item.is_dropped() && (self.shares.is_empty() || item.routed().is_none())
    }

    /// The items that are still there and not of this edition, with those that have them.
    fn left_out(&self, share: Option<&Share>) -> Vec<Entry> {
        let members = self.members(share);
        let items = self.draft.items().iter().enumerate();
        let others = items.filter(|(at, item)| !item.is_dropped() && !members[*at]);
        let each = others.map(|(at, item)| {
            let takers = self.shares.iter().filter(|share| share.at.binary_search(&at).is_ok());
            let takers: Vec<&str> = takers.map(|share| share.topic.as_str()).collect();
            elsewhere(item.index(), item.title().into_owned(), &takers)
        });
        each.collect()
    }
}

/// What the receipt says of a link that led readers elsewhere.
fn led_back(edit: &Edit, was: &str) -> Entry {
    let size = |len: usize| i64::try_from(len).unwrap_or(i64::MAX);
    let bytes = size(edit.span.len()) - size(edit.text.len());
    let (rule, title, snippet) = ("links-back".to_owned(), String::new(), shorten(was));
    Entry { rule, item: None, title, action: Action::Changed, field: "links", count: 1, bytes, snippet }
}

impl Cleaned {
    /// The same in another format. What that has no place for is in the receipt.
    fn converted(mut self, target: Target, address: Option<&str>) -> Self {
        let feed = match feed::parse(self.text.clone()) {
            Ok(feed) => feed,
            // A defect of limpid: edits leave a feed a feed. What is there is still worth serving.
            Err(error) => {
                tracing::error!(%error, "a cleaned feed can not be read");
                return self;
            }
        };
        let Converted { text, lost } = convert::convert(&feed, target, address);
        // Titles are only read where something of an item is lost.
        let draft =
            lost.iter().any(|lost| lost.item.is_some()).then(|| Draft::new(&feed, Timestamp::UNIX_EPOCH));
        self.receipt.entries.extend(lost.into_iter().map(|lost| lost_entry(lost, draft.as_ref())));
        self.receipt.bytes_out = text.len();
        Cleaned { text, format: target.format(), ..self }
    }
}

/// What a conversion could not carry. Its items are those that were left.
fn lost_entry(lost: Lost, draft: Option<&Draft<'_>>) -> Entry {
    let mut entry = Entry::of_feed(Action::Lost, lost.count, lost.what);
    if let Some(item) = lost.item.and_then(|item| draft?.items().get(item)) {
        entry.snippet = format!("{} of \u{201c}{}\u{201d}", entry.snippet, item.title());
    }
    entry
}
