//! A script on the items of one refresh, one after the other.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rhai::{Dynamic, Engine};

use super::Script;
use super::changes::Changes;
use super::code::failure;
use super::engine::{engine, scope};
use super::fields::{self, Fields, Item};
use super::meter::Meter;
use crate::feed::Feed;
use crate::feed::draft::ItemDraft;

/// For how many items a script may fail in one refresh.
pub const MAX_FAILURES: u64 = 20;

/// What a script has come to so far.
pub struct Refresh<'s> {
    script: &'s Script,
    meter: Arc<Meter>,
    engine: Engine,
    feed: Dynamic,
    failures: Cell<u64>,
    /// Why it is not run any more.
    stopped: Cell<Option<Stopped>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stopped {
    /// The next item is to say why.
    Now,
    /// An item has said why.
    Noted,
}

impl<'s> Refresh<'s> {
    /// A refresh of this feed.
    pub fn new(script: &'s Script, feed: &Feed) -> Self {
        let meter = Arc::new(Meter::new(script.max_steps, script.max_steps_per_refresh));
        let engine = engine(&meter);
        let (failures, stopped) = (Cell::new(0), Cell::new(None));
        Refresh { script, meter, engine, feed: fields::feed(feed), failures, stopped }
    }

    /// Runs it for an item; whether that is to go. Where it fails, the item stays as it was, and says why.
    pub fn drops(&self, item: &mut ItemDraft<'_>) -> bool {
        if let Some(stopped) = self.stopped.get() {
            self.stopped.set(Some(Stopped::Noted));
            if stopped == Stopped::Now {
                item.spare(
                    "item",
                    format!("the script is not run for this item or any after it: {}", self.why()),
                );
            }
            return false;
        }
        let before = fields::of(item, &self.script.code.mentioned);
        match self.run(&before, item) {
            Ok(None) => return true,
            Ok(Some(changes)) => changes.write(item),
            Err(why) => {
                item.spare("item", why);
                self.failures.set(self.failures.get() + 1);
            }
        }
        if self.meter.is_spent() || self.failures.get() == self.script.max_failures {
            self.stopped.set(Some(Stopped::Now));
        }
        false
    }

    fn why(&self) -> String {
        if self.meter.is_spent() {
            return format!("it has taken {} steps in one refresh", self.script.max_steps_per_refresh);
        }
        format!("it has failed for {}", self.failures.get())
    }

    /// What becomes of an item; nothing is left of it where there are no changes, not even none.
    fn run(&self, before: &Fields, item: &mut ItemDraft<'_>) -> Result<Option<Changes>, String> {
        let seen = Item::new(before.clone());
        let mut scope = scope(&seen, self.feed.clone());
        self.meter.begin();
        let eval = || self.engine.eval_ast_with_scope::<Dynamic>(&mut scope, &self.script.code.ast);
        // A defect of the interpreter costs the item, as a defect of the script does.
        let ran = catch_unwind(AssertUnwindSafe(eval));
        let value =
            ran.map_err(|_| "the script has broken its interpreter")?.map_err(|error| failure(&error))?;
        if value.as_bool() == Ok(false) {
            return Ok(None);
        }
        let after = seen.fields().clone();
        let changes = Changes::between(before, &after, self.script.max_bytes);
        let changes = changes.and_then(|changes| changes.fit(item).map(|()| changes));
        changes.map(Some).map_err(|why| format!("the script failed: {why}"))
    }
}
