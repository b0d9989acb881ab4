//! Pages for people.

use std::sync::Arc;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::cache::known::Known;
use crate::config::FeedConfig;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}\
    code{font-size:.9em}li{margin:.6rem 0}small{color:#666}:root{color-scheme:light dark}";

/// A source as it may be named, and what is known of it.
type Asked = (String, Option<Arc<Known>>);

/// The front page: every feed with its address and its state.
pub fn home(own_url: &str, feeds: &[(&FeedConfig, Vec<Asked>)]) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { "limpid" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                h1 { "limpid" }
                @if feeds.is_empty() {
                    p { "No feeds are configured yet: add a " code { "[feeds.name]" } " to the configuration." }
                } @else {
                    p { "Copy an address into your feed reader." }
                }
                ul { @for (feed, sources) in feeds { li { (entry(own_url, feed, sources)) } } }
            }
        }
    };
    page.into_string()
}

fn entry(own_url: &str, feed: &FeedConfig, sources: &[Asked]) -> Markup {
    let name = &feed.name;
    html! {
        a href={ "/feeds/" (name) } { code { (own_url) "/feeds/" (name) } }
        " " small { a href={ "/feeds/" (name) "/receipt" } { "receipt" } }
        @for topic in feed.pipeline.topics() {
            br;
            a href={ "/feeds/" (name) "/" (topic) } { code { (own_url) "/feeds/" (name) "/" (topic) } }
        }
        @for (origin, known) in sources {
            br;
            small { "from " (origin) ": " (state(known.as_deref())) }
        }
    }
}

fn state(known: Option<&Known>) -> String {
    let Some(known) = known else { return "not asked for yet".to_owned() };
    match (&known.good, &known.problem) {
        (Some(good), None) => format!("{} items", good.feed.items.len()),
        (Some(good), Some(error)) => {
            format!("the copy of {} stands in: {error}", good.since.strftime("%F %H:%M UTC"))
        }
        (None, Some(error)) => error.to_string(),
        (None, None) => String::new(),
    }
}
