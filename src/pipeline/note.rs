//! Writing down what each step has done, item by item.

use super::memory::{Note, Recall};
use crate::feed::Draft;
use crate::feed::draft::ItemDraft;
use crate::guard::{Guard, Toll};
use crate::html::taken::Taken;
use crate::receipt::{Action, Entry};

/// A text is looked at closely where more than one in so many of its bytes was words that a rule took.
const WORTH_COUNTING: usize = 20;

/// Writes down what a step has just done, for the receipt and for the next time; and what it has taken, as far as the
/// guard asks.
pub(super) fn step<'f>(
    (at, rule): (usize, &str),
    draft: &mut Draft<'f>,
    guard: Guard,
    entries: &mut Vec<Entry>,
    recall: &mut Recall<'f>,
) -> Toll {
    for (field, Taken { count, bytes, snippet, .. }) in draft.drain_taken() {
        let (rule, title) = (rule.to_owned(), String::new());
        let (item, action) = (None, Action::Changed);
        entries.push(Entry { rule, item, title, action, field, count, bytes, snippet });
    }
    let mut toll = Toll::default();
    for one in draft.items_mut() {
        let noted = entries.len();
        let is_cut = item(rule, one, guard, entries);
        toll.cut += usize::from(is_cut);
        toll.left += usize::from(!one.is_dropped());
        toll.texts += usize::from(!one.is_dropped() && one.has_text());
        if entries.len() > noted {
            recall.note(one.index(), Note { step: at, is_cut, entries: entries[noted..].to_vec() });
        }
    }
    toll
}

/// Writes down what was done to an item; whether too much of its text was cut.
fn item(rule: &str, item: &mut ItemDraft<'_>, guard: Guard, entries: &mut Vec<Entry>) -> bool {
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
        return false;
    }
    let mut taken = Vec::new();
    item.drain_taken(|field, what| taken.push((field, what)));
    if taken.is_empty() {
        return false;
    }
    let words = taken.iter().map(|(_, what)| what.words).max().unwrap_or_default();
    let title = item.title();
    for (field, what) in taken {
        if what.count > 0 {
            entries.push(entry(&title, Action::Changed, field, what.count, what.bytes, what.snippet));
        }
        for reason in what.spared {
            entries.push(entry(&title, Action::Spared, field, 1, 0, reason));
        }
    }
    // Counting takes time: it is done where what was taken is worth it.
    let words = usize::try_from(words).unwrap_or_default();
    words * WORTH_COUNTING > item.text_len() && guard.is_cut(words, item.words_len())
}

/// Writes down which texts no rule could look into.
pub(super) fn unread(draft: &mut Draft<'_>, entries: &mut Vec<Entry>) {
    for item in draft.items_mut() {
        if item.is_unread() {
            let item_index = Some(item.index());
            let (rule, title) = (String::new(), item.title().into_owned());
            let (action, field, snippet) = (Action::Unread, "content", String::new());
            entries.push(Entry { rule, item: item_index, title, action, field, count: 1, bytes: 0, snippet });
        }
    }
}
