//! The functions of scripts that search: regular expressions, and selectors on HTML. What they are asked for is
//! compiled once in a refresh, and costs steps by what it may take at worst.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rhai::{Engine, ImmutableString};

use super::functions::is_short;
use super::meter::{Failure, Meter};
use crate::html::build::Syntax;
use crate::html::{Html, Selectors};
use crate::rules::values::Pattern;

/// What compiling a pattern or a selector costs.
const COMPILING: u64 = 5000;

/// How many compiled patterns are kept in one refresh, and how many selectors.
const MAX_COMPILED: usize = 32;

/// How many groups a replacement may name.
const MAX_GROUPS: usize = 16;

/// For how many bytes one step is taken: of a text read as HTML, and of one that a small pattern goes through.
const BYTES: u64 = 8;

/// How many bytes after a match one step is taken for.
const AHEAD: u64 = 1024;

/// The sizes of compiled patterns that are told apart, in KiB. At worst a pattern takes as many times as long for
/// each byte.
const SIZES: [u64; 11] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

/// How many pairs of nodes a selector may compare in one step.
const PAIRS: u64 = 16;

/// Registers them.
pub fn register(engine: &mut Engine, meter: &Arc<Meter>) {
    let patterns = Arc::new(Compiled::new(Priced::new));
    let (of, known) = (Arc::clone(meter), Arc::clone(&patterns));
    engine.register_fn("matches", move |text: ImmutableString, pattern: ImmutableString| {
        Ok::<bool, Failure>(known.get(&of, &pattern)?.on(&of, &text)?.is_in(&text))
    });
    let (of, known) = (Arc::clone(meter), Arc::clone(&patterns));
    engine.register_fn("find", move |text: ImmutableString, pattern: ImmutableString| {
        let pattern = known.get(&of, &pattern)?;
        Ok::<String, Failure>(found(pattern.on(&of, &text)?, &text))
    });
    let of = Arc::clone(meter);
    engine.register_fn(
        "replace",
        move |text: ImmutableString, pattern: ImmutableString, with: ImmutableString| {
            of.look(&with)?;
            let pattern = patterns.get(&of, &pattern)?;
            replaced(pattern.on(&of, &text)?, &text, &with, &of)
        },
    );
    on_html(engine, meter);
}

fn on_html(engine: &mut Engine, meter: &Arc<Meter>) {
    let of = Arc::clone(meter);
    engine.register_fn("text_of", move |html: ImmutableString| {
        of.charge(html.len() as u64 / BYTES)?;
        Ok::<String, Failure>(Html::new(html.as_str().into(), Syntax::Html).all_words().to_owned())
    });
    let (selectors, of) = (Compiled::new(Selectors::parse), Arc::clone(meter));
    engine.register_fn("remove", move |html: ImmutableString, selector: ImmutableString| {
        of.charge(html.len() as u64 / BYTES)?;
        let selectors = selectors.get(&of, &selector)?;
        let mut page = Html::new(html.as_str().into(), Syntax::Html);
        of.charge(price(&selector, page.outline().len().into()))?;
        for id in page.find(&selectors) {
            page.remove(id);
        }
        Ok::<String, Failure>(page.marked_text().into_owned())
    });
}

/// The first group of the first match, or all of it; nothing where there is none.
fn found(pattern: &Pattern, text: &str) -> String {
    let found = pattern.regex().captures(text).and_then(|found| {
        let group = found.get(1).or_else(|| found.get(0))?;
        Some(group.as_str().to_owned())
    });
    found.unwrap_or_default()
}

/// A text with other words where a pattern matches. No longer than a text may be, however many those are.
fn replaced(pattern: &Pattern, text: &str, with: &str, meter: &Meter) -> Result<String, Failure> {
    if with.matches('$').count() > MAX_GROUPS {
        return Err(format!("a replacement can not name more than {MAX_GROUPS} groups").into());
    }
    let (mut out, mut end) = (String::new(), 0);
    for found in pattern.regex().captures_iter(text) {
        let whole = found.get_match();
        // A pattern may have looked as far as the end for each of its matches.
        meter.charge(1 + (text.len() - whole.end()) as u64 / AHEAD)?;
        out.push_str(&text[end..whole.start()]);
        found.expand(with, &mut out);
        end = whole.end();
        is_short(&out)?;
    }
    out.push_str(&text[end..]);
    Ok(out)
}

/// What a selector costs on so many nodes. What looks at one element alone goes through them once; what looks at
/// others beside, around or in it may compare all with all.
fn price(selector: &str, nodes: u64) -> u64 {
    let parts = selector.split(',').map(str::trim);
    let looks = parts.map(|part| {
        let looks_around = part.contains([' ', '~', '+', '>', ':']);
        if looks_around { nodes * (1 + part.matches(':').count() as u64) } else { 1 }
    });
    nodes * looks.sum::<u64>() / PAIRS
}

/// A pattern, and which of [`SIZES`] it has.
struct Priced {
    pattern: Pattern,
    size: u64,
}

impl Priced {
    fn new(source: &str) -> Result<Self, String> {
        let mut why = String::new();
        for size in SIZES {
            // A size of at most 1 MiB.
            match Pattern::within(source, usize::try_from(size << 10).unwrap_or(usize::MAX)) {
                Ok(pattern) => return Ok(Priced { pattern, size }),
                Err(error) => why = error,
            }
        }
        Err(why)
    }

    /// The pattern, to go through a text. The steps are taken.
    fn on(&self, meter: &Meter, text: &str) -> Result<&Pattern, Failure> {
        meter.charge(text.len() as u64 * self.size / BYTES)?;
        Ok(&self.pattern)
    }
}

/// What a refresh has compiled, by its source.
struct Compiled<T> {
    known: Mutex<HashMap<ImmutableString, Arc<T>>>,
    compile: fn(&str) -> Result<T, String>,
}

impl<T> Compiled<T> {
    fn new(compile: fn(&str) -> Result<T, String>) -> Self {
        Compiled { known: Mutex::default(), compile }
    }

    fn get(&self, meter: &Meter, source: &ImmutableString) -> Result<Arc<T>, Failure> {
        meter.look(source)?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(compiled) = known.get(source) {
            return Ok(Arc::clone(compiled));
        }
        meter.charge(COMPILING)?;
        let compiled = Arc::new((self.compile)(source)?);
        if known.len() == MAX_COMPILED {
            known.clear();
        }
        known.insert(source.clone(), Arc::clone(&compiled));
        Ok(compiled)
    }
}
