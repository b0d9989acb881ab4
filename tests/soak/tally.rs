//! What has happened, counted; and what should not have.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many mistakes are told of.
const TOLD: usize = 20;

/// The counts of a run.
#[derive(Debug, Default)]
pub struct Tally {
    counts: Mutex<BTreeMap<(&'static str, String), u64>>,
    wrong: Mutex<Vec<String>>,
}

impl Tally {
    /// One more of these.
    pub fn count(&self, table: &'static str, row: impl Into<String>) {
        *lock(&self.counts).entry((table, row.into())).or_default() += 1;
    }

    /// Something that should not have happened.
    pub fn wrong(&self, what: String) {
        lock(&self.wrong).push(what);
    }

    /// Fails the test where something was wrong.
    pub fn assert_right(&self) {
        let wrong = lock(&self.wrong);
        let told: Vec<&str> = wrong.iter().take(TOLD).map(String::as_str).collect();
        assert!(wrong.is_empty(), "{} mistakes, among them:\n{}", wrong.len(), told.join("\n"));
    }

    /// All of them, as a table.
    pub fn table(&self) -> String {
        let (counts, mut text, mut last) = (lock(&self.counts), String::new(), "");
        for ((table, row), count) in counts.iter() {
            if *table != last {
                let sum: u64 = counts.iter().filter(|((of, _), _)| of == table).map(|(_, count)| count).sum();
                let _ = writeln!(text, "{table:<42} {sum:>9}");
                last = table;
            }
            let _ = writeln!(text, "  {row:<40} {count:>9}");
        }
        text
    }
}

/// A count is as good after a panic elsewhere as before.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
