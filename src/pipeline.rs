//! The rules of a feed, one after the other, on a draft of it.

use std::sync::Arc;

use jiff::Timestamp;

use crate::convert::{self, Converted, Lost, Target};
use crate::decode::charset::redeclared;
use crate::feed::draft::ItemDraft;
use crate::feed::platform::Platform;
use crate::feed::{self, Draft, Feed, Format};
use crate::guard::Guard;
use crate::html::page::Taken;
use crate::receipt::{Action, Entry, Receipt};
use crate::rules::Rule;
use crate::xml::splice::{Edit, splice};

/// The rules of a feed, compiled.
#[derive(Clone, Debug, Default)]
pub struct Pipeline {
    steps: Vec<Step>,
}

/// A rule, and the name it has in receipts.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name, after its pack's where it is of one: `substack/teasers`.
    pub label: String,
    /// What to do.
    pub rule: Arc<dyn Rule>,
    /// How much it may take in one refresh, where that is not as much as any other.
    pub guard: Option<Guard>,
    /// The platform whose feeds it is for; `None` for every feed.
    pub only: Option<Arc<Platform>>,
}

impl Step {
    /// A step for every feed.
    pub fn new(label: impl Into<String>, rule: impl Into<Arc<dyn Rule>>) -> Self {
        Step { label: label.into(), rule: rule.into(), guard: None, only: None }
    }
}

/// How a feed is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Form {
    /// In which format; `None` for its own.
    pub target: Option<Target>,
    /// Where readers read it, so that it does not lead them elsewhere.
    pub address: Option<String>,
}

/// A feed that has been through its rules.
#[derive(Debug)]
pub struct Cleaned {
    /// What to serve.
    pub text: String,
    /// Its format.
    pub format: Format,
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

    /// Runs the rules, and writes the feed in the form that is asked for.
    pub fn render(&self, feed: &Feed, now: Timestamp, form: &Form) -> Cleaned {
        match form.target.filter(|target| !target.is(feed.format)) {
            None => self.run_at(feed, now, form.address.as_deref()),
            Some(target) => self.run(feed, now).converted(target, form.address.as_deref()),
        }
    }

    /// Runs the rules. The same feed, rules and time give the same bytes.
    pub fn run(&self, feed: &Feed, now: Timestamp) -> Cleaned {
        self.run_at(feed, now, None)
    }

    fn run_at(&self, feed: &Feed, now: Timestamp, address: Option<&str>) -> Cleaned {
        let mut draft = Draft::new(feed, now);
        let mut receipt =
            Receipt { bytes_in: feed.source.len(), items_in: feed.items.len(), ..Receipt::default() };
        receipt.entries.extend(feed.mended.iter().map(Entry::mended));
        for step in &self.steps {
            step.rule.apply(&mut draft);
            note(&step.label, &mut draft, &mut receipt.entries);
        }
        note_unread(&mut draft, &mut receipt.entries);
        if let Some(address) = address {
            draft.keep_readers_at(address);
            note("links-back", &mut draft, &mut receipt.entries);
        }
        let mut edits = draft.edits();
        let mut text = splice(&feed.source, &edits);
        if feed.source.is_ascii() && !text.is_ascii() {
            // Now it matters that what is served is UTF-8.
            edits.splice(0..0, redeclared(&feed.source));
            text = splice(&feed.source, &edits);
        }
        receipt.bytes_out = text.len();
        receipt.items_out = draft.items().iter().filter(|item| !item.is_dropped()).count();
        Cleaned { text, format: feed.format, edits, receipt, valid_until: draft.valid_until() }
    }
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
