//! What became of each feed over its last refreshes: what came in, what went out, and what each rule has taken.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::compact::{Reader, Writer};
use crate::receipt::Receipt;

/// How many refreshes are remembered of a feed.
pub const KEPT: usize = 60;

/// What receipts call limpid's own links: that these are changed is no removal.
const LINKS_BACK: &str = "links-back";

/// The last refreshes of a feed, the oldest first. A refresh is one that brought something new: other bytes from a
/// publisher, or other rules. There is one for every feed, so they are kept in few bytes, and read when they are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct History {
    /// What the feed calls itself, as its rules leave that; empty where it does not.
    pub title: String,
    /// At most [`KEPT`] refreshes.
    packed: Box<[u8]>,
}

/// As it is written down.
#[derive(Serialize, Deserialize)]
struct Written {
    title: String,
    refreshes: Vec<Refresh>,
}

/// What one refresh came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refresh {
    /// When the rules ran, to the second.
    pub at: Timestamp,
    /// Items of the source.
    pub items_in: usize,
    /// Items that are left.
    pub items_out: usize,
    /// Bytes of the source.
    pub bytes_in: usize,
    /// Bytes that are left, in the format of the source.
    pub bytes_out: usize,
    /// What each rule that did something has done, in the order of their names.
    pub taken: Vec<Taken>,
}

/// What a rule did in one refresh.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// The rule, as receipts name it.
    pub rule: String,
    /// How many items it has dropped or changed.
    pub items: usize,
    /// How many bytes it has taken; below zero where it has added some.
    pub bytes: i64,
}

/// What was removed: in one refresh, or in several together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Items that were dropped.
    pub items: usize,
    /// Bytes; what rules have added does not count against it.
    pub bytes: usize,
}

impl History {
    /// Notes a refresh; `taken` is what each rule did. The oldest one makes way.
    pub fn note(&mut self, title: String, receipt: &Receipt, taken: Vec<Taken>, now: Timestamp) {
        let mut refreshes = self.refreshes();
        refreshes.push(Refresh::of(receipt, taken, now));
        *self = Written { title, refreshes }.into();
    }

    /// The refreshes, the oldest first.
    pub fn refreshes(&self) -> Vec<Refresh> {
        let mut reader = Reader(&self.packed);
        let rules = names(&mut reader).unwrap_or_default();
        std::iter::from_fn(|| Refresh::read(&mut reader, &rules)).collect()
    }

    /// The last one.
    pub fn last(&self) -> Option<Refresh> {
        self.refreshes().pop()
    }
}

impl From<Written> for History {
    fn from(Written { title, refreshes }: Written) -> Self {
        let last = &refreshes[refreshes.len().saturating_sub(KEPT)..];
        let mut rules: Vec<&str> =
            last.iter().flat_map(|refresh| &refresh.taken).map(|taken| taken.rule.as_str()).collect();
        rules.sort_unstable();
        rules.dedup();
        let mut writer = Writer::default();
        writer.count(rules.len());
        for rule in &rules {
            writer.text(rule);
        }
        for refresh in last {
            refresh.write(&mut writer, &rules);
        }
        History { title, packed: writer.bytes() }
    }
}

impl From<History> for Written {
    fn from(history: History) -> Self {
        Written { refreshes: history.refreshes(), title: history.title }
    }
}

/// The names of all rules that have done something: refreshes have the numbers of theirs.
fn names<'b>(reader: &mut Reader<'b>) -> Option<Vec<&'b str>> {
    let count = reader.count()?;
    (0..count).map(|_| reader.text()).collect()
}

impl Refresh {
    fn of(receipt: &Receipt, taken: Vec<Taken>, at: Timestamp) -> Self {
        let own = receipt.entries.iter().filter(|entry| entry.rule == LINKS_BACK);
        let own: i64 = own.map(|entry| entry.bytes).sum();
        let kept = i64::try_from(receipt.bytes_kept).unwrap_or(i64::MAX).saturating_add(own);
        let Receipt { items_in, items_out, bytes_in, .. } = *receipt;
        let bytes_out = usize::try_from(kept).unwrap_or_default();
        let taken = taken.into_iter().filter(|taken| taken.rule != LINKS_BACK).collect();
        Refresh { at, items_in, items_out, bytes_in, bytes_out, taken }
    }

    fn write(&self, writer: &mut Writer, rules: &[&str]) {
        writer.signed(self.at.as_second());
        for count in [self.items_in, self.items_out, self.bytes_in, self.bytes_out] {
            writer.count(count);
        }
        writer.count(self.taken.len());
        for taken in &self.taken {
            writer.count(rules.binary_search(&taken.rule.as_str()).unwrap_or_default());
            writer.count(taken.items);
            writer.signed(taken.bytes);
        }
    }

    fn read(reader: &mut Reader<'_>, rules: &[&str]) -> Option<Self> {
        let at = Timestamp::from_second(reader.signed()?).ok()?;
        let (items_in, items_out) = (reader.count()?, reader.count()?);
        let (bytes_in, bytes_out) = (reader.count()?, reader.count()?);
        let taken = (0..reader.count()?).map(|_| {
            let rule = (*rules.get(reader.count()?)?).to_owned();
            Some(Taken { rule, items: reader.count()?, bytes: reader.signed()? })
        });
        let taken = taken.collect::<Option<Vec<Taken>>>()?;
        Some(Refresh { at, items_in, items_out, bytes_in, bytes_out, taken })
    }

    /// What was removed in it.
    pub fn removed(&self) -> Removed {
        Removed {
            items: self.items_in.saturating_sub(self.items_out),
            bytes: self.bytes_in.saturating_sub(self.bytes_out),
        }
    }
}

impl Removed {
    /// What was removed in all of these together.
    pub fn of(refreshes: &[Refresh]) -> Self {
        refreshes.iter().map(Refresh::removed).fold(Removed::default(), Removed::and)
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Removed {
            items: self.items.saturating_add(other.items),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::receipt::{Action, Entry};

    fn receipt(bytes_kept: usize) -> Receipt {
        Receipt { bytes_in: 100, bytes_kept, items_in: 5, items_out: 3, ..Receipt::default() }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn it_is_bounded_and_the_oldest_makes_way() {
        let mut history = History::default();
        for second in 0..200 {
            history.note("Tides".to_owned(), &receipt(60), Vec::new(), at(second));
        }
        let times: Vec<i64> = history.refreshes().iter().map(|refresh| refresh.at.as_second()).collect();
        assert_eq!(times, (140..200).collect::<Vec<i64>>());
        assert_eq!(Removed::of(&history.refreshes()), Removed { items: 2 * KEPT, bytes: 40 * KEPT });
    }

    #[test]
    fn own_links_and_what_is_added_are_no_removal() {
        let entry = Entry { rule: LINKS_BACK.to_owned(), bytes: 7, ..led() };
        let mut history = History::default();
        let led = Receipt { entries: vec![entry], ..receipt(93) };
        let taken = Taken { rule: LINKS_BACK.to_owned(), items: 0, bytes: 7 };
        history.note(String::new(), &led, vec![taken], at(0));
        let last = history.last().unwrap();
        assert_eq!((last.removed().bytes, last.bytes_out, last.taken.len()), (0, 100, 0));
        history.note(String::new(), &receipt(140), Vec::new(), at(1));
        assert_eq!(history.last().unwrap().removed(), Removed { items: 2, bytes: 0 });
    }

    fn led() -> Entry {
        Entry::of_feed(Action::Changed, 1, String::new())
    }

    #[test]
    fn it_takes_few_bytes() {
        let mut history = History::default();
        for second in 0..200 {
            let taken = |n| Taken { rule: format!("substack/rule-{n}"), items: 20, bytes: 40_000 };
            let receipt = Receipt { bytes_in: 100_000, items_in: 20, items_out: 18, ..receipt(60_000) };
            history.note(String::new(), &receipt, (0..5).map(taken).collect(), at(1_781_524_800 + second));
        }
        assert!(history.packed.len() < 3000, "{}", history.packed.len());
    }

    #[test]
    fn it_comes_back_as_it_was_written() {
        let mut history = History::default();
        let taken = |rule: &str, bytes| Taken { rule: rule.to_owned(), items: 2, bytes };
        let both = vec![taken("substack/teasers", 40), taken("limit", -7)];
        history.note("Tides".to_owned(), &receipt(60), both.clone(), at(7));
        history.note("Tides".to_owned(), &receipt(60), vec![taken("drop", 1)], at(8));
        assert_eq!(history.refreshes()[0].taken, both);
        let written = serde_json::to_string(&history).unwrap();
        assert_eq!(serde_json::from_str::<History>(&written).unwrap(), history);
    }
}
