//! Pages for people: rendered here, with one stylesheet, and nothing that is anybody else's. They work without JavaScript.

pub mod playground;
pub mod preview;
mod style;

use std::sync::Arc;

use maud::{DOCTYPE, Markup, html};

use crate::cache::known::Known;
use crate::config::FeedConfig;
use crate::route::Asset;

/// Where in limpid a page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nav {
    /// The list of feeds.
    Feeds,
    /// Where rules are tried out.
    Playground,
    /// Below it, or nowhere in particular.
    Elsewhere,
}

/// What the navigation leads to, in its order.
const NAV: &[(Nav, &str, &str)] = &[(Nav::Feeds, "/", "Feeds"), (Nav::Playground, "/playground", "Playground")];

/// A page: what every page has, around what is its own. `title` is for the window, without the name of limpid.
pub fn frame(title: &str, nav: Nav, main: Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · limpid" }
                link rel="stylesheet" href=(Asset::Style.address());
                link rel="icon" type="image/svg+xml" href=(Asset::Icon.address());
                script src=(Asset::Script.address()) defer {}
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                header {
                    a.brand href="/" { img src=(Asset::Icon.address()) alt=""; "limpid" }
                    nav aria-label="limpid" { ul {
                        @for (place, href, name) in NAV {
                            li { a href=(href) aria-current=[(*place == nav).then_some("page")] { (name) } }
                        }
                    } }
                }
                main #main tabindex="-1" { (main) }
                footer { "limpid " (env!("CARGO_PKG_VERSION")) ". What no rule has taken is as its publisher wrote it." }
            }
        }
    };
    page.into_string()
}

/// A source as it may be named, and what is known of it.
type Asked = (String, Option<Arc<Known>>);

/// The front page: every feed with its address and its state.
pub fn home(own_url: &str, feeds: &[(&FeedConfig, Vec<Asked>)]) -> String {
    let main = html! {
        h1 { "Feeds" }
        @if feeds.is_empty() {
            p { "No feeds are configured yet: add a " code { "[feeds.name]" } " to the configuration." }
        } @else {
            p { "Copy an address into your feed reader." }
        }
        ul { @for (feed, sources) in feeds { li { (entry(own_url, feed, sources)) } } }
    };
    frame("Feeds", Nav::Feeds, main)
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
