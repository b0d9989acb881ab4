//! The log, as far as tests ask for it: how often the rules of a feed have run, and every line in one text.

use std::fmt::{Debug, Write};
use std::sync::{Mutex, Once, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber, span};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());
static START: Once = Once::new();

/// Starts to keep the log. All tests of the process share it.
pub fn keep() {
    START.call_once(|| {
        let all = tracing_subscriber::registry().with(Keep);
        tracing::subscriber::set_global_default(all).expect("nothing else keeps the log");
    });
}

/// Every line that holds this text.
pub fn lines_with(text: &str) -> Vec<String> {
    let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    lines.iter().filter(|line| line.contains(text)).cloned().collect()
}

/// How often the rules of a feed have run. Only tests that have the name to themselves can tell.
pub fn runs_of(feed: &str) -> usize {
    lines_with(&format!("feed={feed:?}")).iter().filter(|line| line.contains("message=cleaned")).count()
}

struct Keep;

impl<S: Subscriber + for<'l> LookupSpan<'l>> Layer<S> for Keep {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.target().starts_with("limpid")
    }

    fn on_new_span(&self, attributes: &span::Attributes<'_>, _: &span::Id, _: Context<'_, S>) {
        let mut line = Line(attributes.metadata().name().to_owned());
        attributes.record(&mut line);
        line.put();
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        line.put();
    }
}

struct Line(String);

impl Line {
    fn put(self) {
        LINES.lock().unwrap_or_else(PoisonError::into_inner).push(self.0);
    }
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Writing to a string cannot fail.
        let _ = write!(self.0, " {}={value:?}", field.name());
    }
}
