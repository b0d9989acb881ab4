//! The engine that scripts run in: a small part of rhai, and limits to everything.

use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use rhai::{Array, Dynamic, Engine, INT, OptimizationLevel, Scope};

use super::fields::{self, Item};
use super::functions;
use super::meter::Meter;

/// How long a text may be, in bytes.
pub const MAX_TEXT: usize = 1 << 20;

/// How many entries an array may have, with those of arrays in it.
pub const MAX_ARRAY: usize = 10_000;

/// How many entries a map may have, with those of maps in it.
const MAX_MAP: usize = 1000;

/// How deep functions may call each other.
const MAX_CALLS: usize = 16;

/// How deep expressions and blocks may nest.
const MAX_DEPTH: usize = 32;

/// The same in functions.
const MAX_DEPTH_IN_FUNCTIONS: usize = 24;

/// How many variables there may be at a time.
const MAX_VARIABLES: usize = 128;

/// How many functions a script may have.
const MAX_FUNCTIONS: usize = 64;

/// What of rhai there is not. No code from text, no output, and no functions as values: what they capture could
/// nest without end, or hold itself.
const ABSENT: &[&str] = &["eval", "print", "debug", "Fn", "call", "curry", "this", "is_shared", "global"];

/// An engine for one refresh.
pub fn engine(meter: &Arc<Meter>) -> Engine {
    let mut engine = Engine::new_raw();
    engine
        .set_optimization_level(OptimizationLevel::None)
        .set_strict_variables(true)
        .set_allow_anonymous_fn(false)
        .set_fail_on_invalid_map_property(true)
        .set_max_string_size(MAX_TEXT)
        .set_max_array_size(MAX_ARRAY)
        .set_max_map_size(MAX_MAP)
        .set_max_call_levels(MAX_CALLS)
        .set_max_expr_depths(MAX_DEPTH, MAX_DEPTH_IN_FUNCTIONS)
        .set_max_variables(MAX_VARIABLES)
        .set_max_functions(MAX_FUNCTIONS);
    for symbol in ABSENT {
        engine.disable_symbol(*symbol);
    }
    engine.register_iterator::<Array>();
    engine.register_iterator::<Range<INT>>();
    engine.register_iterator::<RangeInclusive<INT>>();
    charge(&mut engine, meter);
    functions::register(&mut engine, meter);
    fields::register(&mut engine, meter);
    engine
}

/// Has every operation cost a step, and every look at a variable what it is worth: operators that copy, compare
/// or search a text are as long as the text.
fn charge(engine: &mut Engine, meter: &Arc<Meter>) {
    let of_operations = Arc::clone(meter);
    engine.on_progress(move |_| of_operations.spend(1).err().map(Dynamic::from));
    let of_variables = Arc::clone(meter);
    #[allow(deprecated, reason = "not deprecated, says its note, but may change with a version of rhai")]
    engine.on_var(move |name, _, context| {
        context.scope().get(name).map_or(Ok(()), |value| of_variables.look_at(value))?;
        Ok(None)
    });
}

/// The variables that a script finds.
pub fn scope(item: &Item, feed: Dynamic) -> Scope<'static> {
    let mut scope = Scope::new();
    scope.push("item", item.clone());
    scope.push_constant_dynamic("feed", feed);
    scope
}
