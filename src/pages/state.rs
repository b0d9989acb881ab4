//! How a feed is doing, in words: fresh, stale since, failing because.

use std::sync::Arc;

use jiff::Timestamp;
use maud::{Markup, html};

use super::words;
use crate::cache::known::Known;
use crate::config::Refresh;

/// A source as it may be named, and what is known of it.
pub type Asked = (String, Option<Arc<Known>>);

/// How a feed is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// It is not for who looks.
    Closed,
    /// Nobody has asked for it yet.
    Unasked,
    /// Its publishers do not have to be asked yet.
    Fresh,
    /// Its publishers are to be asked since then.
    Stale(Timestamp),
    /// So many of its sources failed when they were last asked.
    Failing(usize),
}

impl State {
    /// The state of a feed that is made of these sources.
    pub(super) fn of(sources: &[Asked], now: Timestamp) -> Self {
        let known: Vec<&Known> = sources.iter().filter_map(|(_, known)| known.as_deref()).collect();
        let failing = known.iter().filter(|known| known.problem.is_some()).count();
        if failing > 0 {
            return State::Failing(failing);
        }
        if known.len() < sources.len() || known.is_empty() {
            return State::Unasked;
        }
        let due = known.iter().filter(|known| known.is_due(now)).map(|known| known.due()).min();
        due.map_or(State::Fresh, State::Stale)
    }

    /// What it is called by the stylesheet.
    pub(super) fn class(self) -> &'static str {
        match self {
            State::Closed | State::Unasked => "state",
            State::Fresh => "state fresh",
            State::Stale(_) => "state stale",
            State::Failing(_) => "state failing",
        }
    }

    /// In a word or two.
    pub(super) fn badge(self, sources: usize) -> String {
        match self {
            State::Closed => "closed".to_owned(),
            State::Unasked => "not asked for yet".to_owned(),
            State::Fresh => "fresh".to_owned(),
            State::Stale(_) => "stale".to_owned(),
            State::Failing(failing) if sources > 1 => format!("{failing} of {sources} sources failing"),
            State::Failing(_) => "failing".to_owned(),
        }
    }
}

/// Why a feed is in its state, source by source where several are, and when it is polled next.
pub(super) fn sentences(state: State, sources: &[Asked], refresh: Refresh, now: Timestamp) -> Markup {
    html! {
        p.when {
            @match state {
                State::Closed => "It takes credentials that this page was not opened with.",
                State::Unasked => "No reader has asked for it yet; limpid asks its publisher when the first one does.",
                State::Fresh => (asked(sources, now)),
                State::Stale(since) => { "Stale since " (words::on(since)) ". " (asked(sources, now)) }
                State::Failing(_) => (asked(sources, now)),
            }
            " " (next(state, sources, refresh, now))
        }
        @for (origin, known) in sources {
            @if let Some((error, known)) = known.as_ref().and_then(|known| Some((known.problem.as_ref()?, known))) {
                p.why {
                    @if sources.len() > 1 { b { (origin) } ": failing because " } @else { "Failing because " }
                    (words::cause(error)) "; "
                    @if let Some(good) = &known.good {
                        "the copy of " (words::on(good.since)) " stands in."
                    } @else {
                        "there is no copy to stand in."
                    }
                }
            }
        }
    }
}

/// When its publishers were last asked: the one of them that was asked longest ago.
fn asked(sources: &[Asked], now: Timestamp) -> Markup {
    let asked = sources.iter().filter_map(|(_, known)| Some(known.as_ref()?.asked)).min();
    html! { @if let Some(asked) = asked { "Last poll " (words::from_now(asked, now)) "." } }
}

/// When a publisher is asked next.
fn next(state: State, sources: &[Asked], refresh: Refresh, now: Timestamp) -> Markup {
    if matches!(state, State::Closed | State::Unasked) {
        return html! {};
    }
    let due = sources.iter().filter_map(|(_, known)| Some(known.as_ref()?.due())).min();
    let due = due.filter(|due| *due > now);
    html! {
        "Next poll "
        @match (due, refresh) {
            (Some(due), Refresh::Background) => (words::from_now(due, now)),
            (Some(due), Refresh::OnDemand) => { (words::from_now(due, now)) " at the earliest, with a reader" }
            (None, Refresh::Background) => "any moment",
            (None, Refresh::OnDemand) => "when a reader asks",
        }
        "."
    }
}
