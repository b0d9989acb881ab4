//! What each rule does to the full text of each item, written down while the rules run: for people who want to see it
//! in its place. Serving feeds does without.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Cleaned, Form, Pipeline, Settled};
use crate::feed::articles::Articles;
use crate::feed::{Draft, Feed};
use crate::receipt::{Action, Entry};
use crate::topics::Share;
use crate::xml::splice::Edit;

/// What is written down on the way.
#[derive(Clone, Debug, Default)]
pub enum Trace {
    /// Nothing.
    #[default]
    Off,
    /// For each item, by its place in the source: its full text after each rule that has changed it.
    On(BTreeMap<usize, Vec<After>>),
}

/// A text after a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct After {
    /// The rule, by its name in receipts.
    pub rule: String,
    /// All that has been done to the text so far, as edits of what the source says there.
    pub edits: Vec<Edit>,
}

/// A run of the rules, and what they did on the way.
#[derive(Debug)]
pub struct Traced {
    /// What came of it.
    pub cleaned: Cleaned,
    /// The full texts of items, after each rule.
    pub trace: Trace,
    /// Every item, dropped or not, in the order in which they stand.
    pub places: Vec<Place>,
}

/// An item, and what has become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which item of the source it is, or is a part of.
    pub item: usize,
    /// Whether it is a part that has become an item of its own.
    pub is_part: bool,
    /// What has become of it.
    pub fate: Fate,
}

/// What has become of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is served, as the item with this number, from 0.
    Served(usize),
    /// A rule has dropped it.
    Dropped,
    /// It is served in another topic.
    Elsewhere,
}

impl Trace {
    /// Forgets what is written down: the rules begin anew.
    pub(super) fn begin(&mut self) {
        if let Trace::On(texts) = self {
            texts.clear();
        }
    }

    /// Writes down what a rule has done; `entries` are what the receipt says of that.
    pub(super) fn step(&mut self, rule: &str, draft: &mut Draft<'_>, entries: &[Entry]) {
        let Trace::On(texts) = self else { return };
        let of_texts = entries.iter().filter(|entry| entry.action == Action::Changed);
        let of_texts = of_texts.filter(|entry| matches!(entry.field, "content" | "summary"));
        let changed: BTreeSet<usize> = of_texts.filter_map(|entry| entry.item).collect();
        for item in draft.items_mut().iter_mut().filter(|item| !item.is_part()) {
            let index = item.index();
            if !changed.contains(&index) {
                continue;
            }
            let edits = item.main_html().map(|html| html.edits()).unwrap_or_default();
            let so_far = texts.entry(index).or_default();
            if so_far.last().map_or(&[][..], |after| &after.edits) != edits {
                so_far.push(After { rule: rule.to_owned(), edits });
            }
        }
    }

    /// The full text of an item after each rule that has changed it.
    pub fn of(&self, item: usize) -> &[After] {
        match self {
            Trace::Off => &[],
            Trace::On(texts) => texts.get(&item).map_or(&[], Vec::as_slice),
        }
    }
}

impl Pipeline {
    /// Runs the rules, and writes down what each does: to the feed itself, or to one of its topics. `None` where it has
    /// no such topic.
    pub fn traced(
        &self,
        feed: &Feed,
        now: Timestamp,
        form: &Form,
        articles: &Articles,
        topic: Option<&str>,
    ) -> Option<Traced> {
        let mut trace = Trace::On(BTreeMap::new());
        let (settled, _) = self.settled(feed, now, articles, &mut trace, None);
        let share = match topic {
            Some(topic) => Some(settled.shares.iter().find(|share| share.topic == topic)?),
            None => None,
        };
        let places = settled.places(share);
        Some(Traced { cleaned: settled.edition(share, form), trace, places })
    }
}

impl Settled<'_> {
    /// What has become of each item in an edition.
    fn places(&self, share: Option<&Share>) -> Vec<Place> {
        let mut served = 0;
        let each = self.draft.items().iter().zip(self.members(share)).map(|(item, is_in)| {
            let fate = if is_in {
                served += 1;
                Fate::Served(served - 1)
            } else if item.is_dropped() {
                Fate::Dropped
            } else {
                Fate::Elsewhere
            };
            Place { item: item.index(), is_part: item.is_part(), fate }
        });
        each.collect()
    }
}
