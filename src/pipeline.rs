//! The rules of a feed, one after the other, on a draft of it.

use jiff::Timestamp;

use crate::feed::draft::ItemDraft;
use crate::feed::{Draft, Feed, Mended};
use crate::html::page::Taken;
use crate::receipt::{Action, Entry, Receipt};
use crate::rules::Rule;
use crate::xml::splice::{Edit, splice};

/// The rules of a feed, compiled.
#[derive(Debug, Default)]
pub struct Pipeline {
    steps: Vec<Step>,
}

/// A rule, and the name it has in receipts.
#[derive(Debug)]
pub struct Step {
    /// Its name, after its pack's where it is of one: `substack/teasers`.
    pub label: String,
    /// What to do.
    pub rule: Box<dyn Rule>,
}

/// A feed that has been through its rules.
#[derive(Debug)]
pub struct Cleaned {
    /// What to serve.
    pub text: String,
    /// What was done, as edits of the source.
    pub edits: Vec<Edit>,
    /// What was done, for people.
    pub receipt: Receipt,
    /// When the result may be another although the source is the same.
    pub valid_until: Option<Timestamp>,
}

impl Pipeline {
    /// A pipeline of these steps.
    pub fn new(steps: Vec<Step>) -> Self {
        Pipeline { steps }
    }

    /// These steps, and more after them.
    #[must_use]
    pub fn then(mut self, steps: Vec<Step>) -> Self {
        self.steps.extend(steps);
        self
    }

    /// The names of the steps, in order.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().map(|step| step.label.as_str())
    }

    /// Runs the rules. The same feed, rules and time give the same bytes.
    pub fn run(&self, feed: &Feed, now: Timestamp) -> Cleaned {
        let mut draft = Draft::new(feed, now);
        let mut receipt =
            Receipt { bytes_in: feed.source.len(), items_in: feed.items.len(), ..Receipt::default() };
        receipt.entries.extend(feed.mended.iter().map(mended));
        for step in &self.steps {
            step.rule.apply(&mut draft);
            note(&step.label, &mut draft, &mut receipt.entries);
        }
        note_unread(&mut draft, &mut receipt.entries);
        let edits = draft.edits();
        let text = splice(&feed.source, &edits);
        receipt.bytes_out = text.len();
        receipt.items_out = feed.items.len() - receipt.dropped();
        Cleaned { text, edits, receipt, valid_until: draft.valid_until() }
    }
}

fn mended(mended: &Mended) -> Entry {
    let what = format!("{}, line {}", mended.what, mended.line);
    Entry::of_feed(Action::Mended, u32::try_from(mended.count).unwrap_or(u32::MAX), what)
}

/// Writes down what a rule has just done.
fn note(rule: &str, draft: &mut Draft<'_>, entries: &mut Vec<Entry>) {
    for (field, Taken { count, bytes, snippet, .. }) in draft.drain_taken() {
        let (rule, title) = (rule.to_owned(), String::new());
        let (item, action) = (None, Action::Changed);
        entries.push(Entry { rule, item, title, action, field, count, bytes, snippet });
    }
    for item in draft.items_mut() {
        note_item(rule, item, entries);
    }
}

fn note_item(rule: &str, item: &mut ItemDraft<'_>, entries: &mut Vec<Entry>) {
    let index = item.index();
    let entry = |title: &str, action, field, count, bytes, snippet| {
        let (rule, title) = (rule.to_owned(), title.to_owned());
        Entry { rule, item: Some(index), title, action, field, count, bytes, snippet }
    };
    if item.take_dropped() {
        let bytes = i64::try_from(item.item().span.len()).unwrap_or(i64::MAX);
        entries.push(entry(&item.title(), Action::Dropped, "item", 1, bytes, String::new()));
    }
    if item.is_dropped() {
        return;
    }
    let mut taken = Vec::new();
    item.drain_taken(|field, what| taken.push((field, what)));
    let title = item.title();
    for (field, what) in taken {
        if what.count > 0 {
            entries.push(entry(&title, Action::Changed, field, what.count, what.bytes, what.snippet));
        }
        for reason in what.spared {
            entries.push(entry(&title, Action::Spared, field, 1, 0, reason));
        }
    }
}

fn note_unread(draft: &mut Draft<'_>, entries: &mut Vec<Entry>) {
    for item in draft.items_mut() {
        if item.is_unread() {
            let item_index = Some(item.index());
            let (rule, title) = (String::new(), item.title().into_owned());
            let (action, field, snippet) = (Action::Unread, "content", String::new());
            entries.push(Entry { rule, item: item_index, title, action, field, count: 1, bytes: 0, snippet });
        }
    }
}
