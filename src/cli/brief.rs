//! A receipt in a few lines: what each rule did, and not to which item.

use crate::receipt::{Action, Entry, Receipt};

/// How many lines there are at most of what is neither dropped nor changed.
const MAX_NOTES: usize = 5;

/// What one rule did.
struct Did<'r> {
    rule: &'r str,
    dropped: usize,
    things: u32,
    items: usize,
    bytes: i64,
}

/// The receipt, shortened.
pub fn brief(receipt: &Receipt) -> String {
    let Receipt { items_in, items_out, bytes_in, bytes_out, .. } = receipt;
    let mut lines = vec![format!("{items_out} of {items_in} items kept, {bytes_out} of {bytes_in} bytes")];
    for Did { rule, dropped, things, items, bytes } in sums(&receipt.entries) {
        if dropped > 0 {
            lines.push(format!("  {rule}: {dropped} dropped"));
        }
        if things > 0 {
            let noun = if items == 1 { "item" } else { "items" };
            lines.push(format!("  {rule}: {things} in {items} {noun}, {bytes} bytes"));
        }
    }
    let notes =
        receipt.entries.iter().filter(|entry| entry.item.is_none() && entry.action != Action::Changed);
    lines.extend(notes.take(MAX_NOTES).map(|note| format!("  {note}")));
    lines.join("\n") + "\n"
}

/// What each rule did, in the order of the rules.
fn sums(entries: &[Entry]) -> Vec<Did<'_>> {
    let mut sums: Vec<Did<'_>> = Vec::new();
    let done = entries.iter().filter(|entry| matches!(entry.action, Action::Dropped | Action::Changed));
    for entry in done {
        let at = sums.iter().position(|did| did.rule == entry.rule).unwrap_or_else(|| {
            sums.push(Did { rule: &entry.rule, dropped: 0, things: 0, items: 0, bytes: 0 });
            sums.len() - 1
        });
        if entry.action == Action::Dropped {
            sums[at].dropped += 1;
        } else {
            sums[at].things = sums[at].things.saturating_add(entry.count);
            sums[at].items += 1;
            sums[at].bytes += entry.bytes;
        }
    }
    sums
}
