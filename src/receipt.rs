//! The receipt: what each rule took from each item. Every removal is in it.

use std::fmt::{self, Display};

use serde::Serialize;

use crate::feed::Mended;
use crate::topics::Share;

/// What was done to a feed.
#[derive(Clone, Debug, Default, Serialize, PartialEq, Eq)]
pub struct Receipt {
    /// Bytes of the source.
    pub bytes_in: usize,
    /// Bytes of what is served.
    pub bytes_out: usize,
    /// Bytes of it in the format of the source, before it was converted.
    #[serde(skip)]
    pub bytes_kept: usize,
    /// Items of the source.
    pub items_in: usize,
    /// Items of what is served.
    pub items_out: usize,
    /// What happened, in the order of the rules.
    pub entries: Vec<Entry>,
    /// Which topic has which items.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<Share>,
}

/// What one rule did to one field of one item, or to the whole item.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Entry {
    /// The rule: its name, after its pack's where it is of one.
    pub rule: String,
    /// The item, counted from 0 in the source; `None` for the feed itself.
    pub item: Option<usize>,
    /// The item's title; empty for the feed itself.
    pub title: String,
    /// What was done.
    pub action: Action,
    /// To which field; `item` for the whole.
    pub field: &'static str,
    /// How many things were taken or changed there.
    pub count: u32,
    /// How many bytes fewer there are.
    pub bytes: i64,
    /// The first of those things; the reason where one was spared.
    pub snippet: String,
}

/// What a rule did.
#[derive(Clone, Copy, Debug, Serialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// The item was dropped.
    Dropped,
    /// A field was changed.
    Changed,
    /// Something that the rule would have taken was left, for a reason.
    Spared,
    /// A text was too large, or too broken, to look into.
    Unread,
    /// The source was ill-formed there, and was mended before it was read.
    Mended,
    /// The format that was asked for has no place for it.
    Lost,
    /// A rule was stopped: it would have taken more than can have been meant.
    Guarded,
    /// The item is not of this topic, but of others.
    Elsewhere,
    /// A source of several failed, so that its items are missing, or are those of its last good copy.
    Failing,
}

impl Entry {
    /// Something that was mended in the source.
    pub fn mended(mended: &Mended) -> Self {
        let line = mended.line.map(|line| format!(", line {line}")).unwrap_or_default();
        let count = u32::try_from(mended.count).unwrap_or(u32::MAX);
        Entry::of_feed(Action::Mended, count, format!("{}{line}", mended.what))
    }

    /// What was done to a feed that this one is made of. Its items have other numbers here.
    #[must_use]
    pub fn of_part(mut self, feed: &str) -> Self {
        self.rule = if self.rule.is_empty() { feed.to_owned() } else { format!("{feed}: {}", self.rule) };
        if let Some(item) = self.item.take() {
            self.title = format!("{item}: {}", self.title);
        }
        self
    }

    /// A rule that the guard has stopped.
    pub fn guarded(rule: &str, why: String) -> Self {
        Entry { rule: rule.to_owned(), ..Entry::of_feed(Action::Guarded, 1, why) }
    }

    /// No rule for the feeds of one platform applies to this feed.
    pub fn unrecognised() -> Self {
        let why = "nothing in the feed tells which platform it was made with".to_owned();
        Entry { rule: "auto".to_owned(), ..Entry::of_feed(Action::Spared, 1, why) }
    }

    /// How many bytes of memory it takes, about.
    pub fn weight(&self) -> usize {
        size_of::<Entry>() + self.rule.len() + self.title.len() + self.snippet.len()
    }

    /// Something about the feed itself.
    pub fn of_feed(action: Action, count: u32, what: String) -> Self {
        let (rule, title) = (String::new(), String::new());
        Entry { rule, item: None, title, action, field: "feed", count, bytes: 0, snippet: what }
    }
}

impl Receipt {
    /// How many items were dropped.
    pub fn dropped(&self) -> usize {
        self.entries.iter().filter(|e| e.action == Action::Dropped).count()
    }

    /// How many bytes of memory it takes, about.
    pub fn weight(&self) -> usize {
        let entries: usize = self.entries.iter().map(Entry::weight).sum();
        let of = |share: &Share| {
            size_of::<Share>() + share.topic.len() + share.items.len() * size_of::<[usize; 2]>()
        };
        entries + self.topics.iter().map(of).sum::<usize>()
    }
}

impl Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} of {} items kept, {} of {} bytes",
            self.items_out, self.items_in, self.bytes_out, self.bytes_in
        )?;
        for share in &self.topics {
            let count = share.items.len();
            writeln!(f, "in {}: {count} {}", share.topic, if count == 1 { "item" } else { "items" })?;
        }
        let mut entries: Vec<&Entry> = self.entries.iter().collect();
        entries.sort_by_key(|entry| entry.item);
        let mut item = None;
        for entry in entries {
            if let Some(index) = entry.item.filter(|_| entry.item != item) {
                writeln!(f, "{index:>3}  {}", entry.title)?;
                item = entry.item;
            }
            writeln!(f, "       {entry}")?;
        }
        Ok(())
    }
}

impl Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Entry { rule, field, count, bytes, snippet, .. } = self;
        let snippet = snippet.replace(['\n', '\r', '\t'], " ");
        match self.action {
            Action::Dropped => write!(f, "{rule}: dropped, {bytes} bytes"),
            Action::Spared => write!(f, "{rule}: left alone: {snippet}"),
            Action::Changed if !snippet.is_empty() => {
                write!(f, "{rule}: {count} in {field}, {bytes} bytes: {snippet}")
            }
            Action::Changed => write!(f, "{rule}: {count} in {field}, {bytes} bytes"),
            Action::Mended => write!(f, "mended: {snippet}{}", times(*count)),
            Action::Lost => write!(f, "not carried over: {snippet}{}", times(*count)),
            Action::Guarded => write!(f, "WARNING: {rule} was not applied: {snippet}"),
            Action::Elsewhere => write!(f, "{rule}: {snippet}"),
            Action::Failing => write!(f, "failing: {snippet}"),
            Action::Unread => write!(f, "left alone: a text too large or too broken to look into"),
        }
    }
}

fn times(count: u32) -> String {
    if count == 1 { String::new() } else { format!(" ({count} times)") }
}
