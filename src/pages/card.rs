//! One feed on the front page.

use std::collections::BTreeMap;

use jiff::Timestamp;
use maud::{Markup, html};

use super::home::Card;
use super::{chart, state, words};
use crate::cache::history::{Refresh, Removed};

/// The formats that every feed is there in, and what they are called.
const FORMATS: [(&str, &str); 3] = [("rss", "RSS"), ("atom", "Atom"), ("json", "JSON")];

pub(super) fn card(own_url: &str, card: &Card<'_>, now: Timestamp) -> Markup {
    let (name, title, state) = (&card.feed.name, card.title(), card.state(now));
    let path = format!("/feeds/{name}");
    html! {
        li.feed data-find=(card.searched()) {
            article aria-labelledby={ "title-" (name) } {
                div.head {
                    h2 id={ "title-" (name) } { a href=(path) { (title) } }
                    span class=(state.class()) { (state.badge(card.sources.len())) }
                }
                (state::sentences(state, &card.sources, card.feed.refresh, now))
                @if !card.is_closed { (result(card, now)) }
                (address(&format!("address-{name}"), &title, &format!("{own_url}{path}")))
                @if card.has_secret {
                    p.quiet { "Readers that send no credentials use its secret address, which is not shown here." }
                }
                p.links {
                    @for (ending, format) in FORMATS { a href={ (path) "." (ending) } { (format) } " " }
                    @if !card.is_closed { a href={ (path) "/preview" } { "Before and after" } }
                    @if !card.is_closed { a href={ (path) "/receipt" } { "Receipt" } }
                }
                @if !card.is_closed { (topics(own_url, card, &title)) }
            }
        }
    }
}

/// An address to copy: a field that can be selected, a button where there is a script, and a link for readers that
/// take `feed:`.
fn address(id: &str, title: &str, url: &str) -> Markup {
    html! {
        div.address {
            input id=(id) type="text" readonly value=(url) aria-label={ "Address of " (title) } size="30";
            button.copy type="button" data-copy=(id) aria-label={ "Copy the address of " (title) } hidden { "Copy" }
            a href={ "feed:" (url) } aria-label={ "Subscribe to " (title) } { "Subscribe" }
        }
    }
}

/// What limpid has made of a feed: at the last refresh, and over time.
fn result(card: &Card<'_>, now: Timestamp) -> Markup {
    let known = || card.sources.iter().filter_map(|(_, known)| known.as_ref()?.good.as_ref());
    let refreshes = card.history.as_ref().map(|history| history.refreshes()).unwrap_or_default();
    html! {
        @if let Some(last) = refreshes.last() {
            (sizes(last))
            p.removed {
                "Removed " strong { (words::removed(last.removed())) } " "
                span.quiet { "at the last refresh, " (words::from_now(last.at, now)) }
            }
            (over_time(&refreshes))
            (by_rule(&refreshes))
        } @else if known().next().is_some() {
            @let items = known().map(|good| good.held.summary.items).sum();
            p { (words::counted(items, "item")) " from its publisher; the rules have not run yet since the start." }
        }
    }
}

/// What came in and what went out, as bars and in numbers.
fn sizes(last: &Refresh) -> Markup {
    let (items_in, items_out) = (last.items_in, last.items_out);
    let (bytes_in, bytes_out) = (last.bytes_in, last.bytes_out);
    html! {
        dl.sizes {
            div {
                dt { "Items" }
                dd {
                    (chart::bars(items_in, items_out))
                    span { (words::counted(items_in, "item")) " in, " (items_out) " out" }
                }
            }
            div {
                dt { "Size" }
                dd {
                    (chart::bars(bytes_in, bytes_out))
                    span { (words::size(bytes_in)) " in, " (words::size(bytes_out)) " out" }
                }
            }
        }
    }
}

fn over_time(refreshes: &[Refresh]) -> Markup {
    let count = refreshes.len();
    html! {
        @if let Some(first) = refreshes.first().filter(|_| count > 1) {
            p.time {
                span {
                    strong { (words::removed(Removed::of(refreshes))) } " in " (count) " refreshes, "
                    span.quiet { "since " (words::day(first.at)) }
                }
                " " (chart::sparkline(refreshes))
            }
        }
    }
}

/// What each rule did at the last refresh, and in all that are remembered.
fn by_rule(refreshes: &[Refresh]) -> Markup {
    let mut rules: BTreeMap<&str, (Did, Did)> = BTreeMap::new();
    for (at, refresh) in refreshes.iter().enumerate() {
        for taken in &refresh.taken {
            let (at_last, all) = rules.entry(&taken.rule).or_default();
            all.add(taken.items, taken.bytes);
            if at + 1 == refreshes.len() {
                at_last.add(taken.items, taken.bytes);
            }
        }
    }
    html! {
        @if !rules.is_empty() {
            details {
                summary { "What each rule did" }
                div.scroll tabindex="0" role="group" aria-label="What each rule did" { table {
                    thead { tr { th scope="col" { "Rule" } th scope="col" { "Last refresh" } th scope="col" { "All" } } }
                    tbody { @for (rule, (at_last, all)) in &rules {
                        tr { th scope="row" { code { (rule) } } td { (at_last.words()) } td { (all.words()) } }
                    } }
                } }
            }
        }
    }
}

/// What a rule did to how many items.
#[derive(Clone, Copy, Debug, Default)]
struct Did {
    items: usize,
    bytes: i64,
}

impl Did {
    fn add(&mut self, items: usize, bytes: i64) {
        self.items = self.items.saturating_add(items);
        self.bytes = self.bytes.saturating_add(bytes);
    }

    fn words(self) -> String {
        let bytes = usize::try_from(self.bytes.unsigned_abs()).unwrap_or(usize::MAX);
        match self.bytes {
            ..0 => format!("{}, {} added", words::counted(self.items, "item"), words::size(bytes)),
            _ => words::removed(Removed { items: self.items, bytes }),
        }
    }
}

fn topics(own_url: &str, card: &Card<'_>, title: &str) -> Markup {
    let (name, topics) = (&card.feed.name, card.feed.pipeline.topics());
    html! {
        @if !topics.is_empty() {
            details {
                summary { "Topics: " (topics.join(", ")) }
                ul.topics { @for topic in topics {
                    @let path = format!("/feeds/{name}/{topic}");
                    li {
                        a href=(path) { (topic) }
                        (address(&format!("address-{name}-{topic}"), &format!("{topic} of {title}"), &format!("{own_url}{path}")))
                    }
                } }
            }
        }
    }
}
