//! What a script is charged: steps of one item, and of one refresh. A step takes well under a microsecond.

use std::sync::atomic::{AtomicU64, Ordering};

use rhai::{Dynamic, EvalAltResult, Position};

/// How many steps a script may take for one item. Each operation is one; looking at a text is one more for
/// every [`BYTES`] bytes of it.
pub const MAX_STEPS: u64 = 1_000_000;

/// How many steps a script may take for all items of one refresh.
pub const MAX_STEPS_PER_REFRESH: u64 = 10_000_000;

/// How many bytes are looked at in one step.
const BYTES: usize = 64;

/// How many entries of an array or a map are looked at in one step.
const ENTRIES: u64 = 16;

/// How deep arrays and maps may nest. The engine walks through them by recursion.
const MAX_NESTED: usize = 16;

/// An error of a function that a script has called.
pub type Failure = Box<EvalAltResult>;

/// What is left of the steps. Counts, not clocks: the same script on the same item takes as many.
#[derive(Debug)]
pub struct Meter {
    max_steps: u64,
    max_steps_per_refresh: u64,
    of_item: AtomicU64,
    of_refresh: AtomicU64,
}

impl Meter {
    /// A meter for one refresh.
    pub fn new(max_steps: u64, max_steps_per_refresh: u64) -> Self {
        let (of_item, of_refresh) = (AtomicU64::new(max_steps), AtomicU64::new(max_steps_per_refresh));
        Meter { max_steps, max_steps_per_refresh, of_item, of_refresh }
    }

    /// Begins another item.
    pub fn begin(&self) {
        self.of_item.store(self.max_steps, Ordering::Relaxed);
    }

    /// Whether the refresh has no steps left.
    pub fn is_spent(&self) -> bool {
        self.of_refresh.load(Ordering::Relaxed) == 0
    }

    /// Takes steps; why there are not so many left, as one sentence.
    pub fn spend(&self, steps: u64) -> Result<(), String> {
        // An engine runs in one thread at a time; the atomics are there because it must be `Sync`.
        let take = |left: &AtomicU64| {
            let before = left.load(Ordering::Relaxed);
            left.store(before.saturating_sub(steps), Ordering::Relaxed);
            before >= steps
        };
        if !take(&self.of_refresh) {
            return Err(format!("it has taken {} steps in one refresh", self.max_steps_per_refresh));
        }
        if take(&self.of_item) {
            return Ok(());
        }
        Err(format!("it has taken {} steps for one item", self.max_steps))
    }

    /// Takes steps in a function of the script. No script can catch the error.
    pub fn charge(&self, steps: u64) -> Result<(), Failure> {
        self.spend(steps).map_err(|why| EvalAltResult::ErrorTerminated(why.into(), Position::NONE).into())
    }

    /// Takes the steps for looking at a text.
    pub fn look(&self, text: &str) -> Result<(), Failure> {
        self.charge(1 + steps_of(text.len()))
    }

    /// Takes the steps for looking at a value, with everything in it.
    pub fn look_at(&self, value: &Dynamic) -> Result<(), Failure> {
        self.charge(weight(value, 0).ok_or_else(|| Failure::from(too_deep()))?)
    }
}

fn steps_of(bytes: usize) -> u64 {
    (bytes / BYTES) as u64
}

fn too_deep() -> EvalAltResult {
    let why = format!("its arrays and maps nest more than {MAX_NESTED} deep");
    EvalAltResult::ErrorTerminated(why.into(), Position::NONE)
}

/// How many steps a value is worth; `None` where it nests too deep.
fn weight(value: &Dynamic, depth: usize) -> Option<u64> {
    if let Ok(text) = value.as_immutable_string_ref() {
        return Some(steps_of(text.len()));
    }
    let inside = |sum: u64, value: &Dynamic| Some(sum + weight(value, depth + 1)?);
    if let Ok(array) = value.as_array_ref() {
        (depth < MAX_NESTED).then_some(())?;
        return array.iter().try_fold(array.len() as u64 / ENTRIES, inside);
    }
    if let Ok(map) = value.as_map_ref() {
        (depth < MAX_NESTED).then_some(())?;
        return map.values().try_fold(map.len() as u64 / ENTRIES, inside);
    }
    Some(0)
}
