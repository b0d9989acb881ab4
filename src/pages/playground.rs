//! Rules, tried out: a feed, the rules that are to be tried on it, and what comes of them.

use maud::{Markup, html};
use url::form_urlencoded;

use super::{Nav, frame, preview};
use crate::config::PACKS;
use crate::preview::Pair;
use crate::receipt::Receipt;
use crate::rules::RULES;

/// Where it is.
pub const PATH: &str = "/playground";

/// How many items are shown.
pub const SHOWN: usize = 10;

/// What was filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// The name of a configured feed; empty where the address counts.
    pub feed: String,
    /// The address of a feed.
    pub url: String,
    /// The rules, TOML.
    pub rules: String,
    /// Whether pictures are loaded.
    pub images: bool,
    /// Whether the rules that the feed has are to be filled in, and nothing tried yet.
    pub is_load: bool,
}

/// What came of it.
#[derive(Debug)]
pub enum Outcome {
    /// Nothing was tried yet.
    Nothing,
    /// There are mistakes in the rules: as `limpid check` draws them.
    Mistaken(String),
    /// There is no feed to try them on: why, in one sentence.
    NoFeed(String),
    /// The feed before and after.
    Tried(Box<Tried>),
}

/// A feed before and after the rules that were tried.
#[derive(Debug)]
pub struct Tried {
    /// What they did.
    pub receipt: Receipt,
    /// How many items there are.
    pub total: usize,
    /// The first of them.
    pub pairs: Vec<Pair>,
    /// The table for a configuration.
    pub configuration: String,
    /// Whether a rule wants other pages, which are not asked for here.
    pub lacks_articles: bool,
}

impl Form {
    /// Reads a form as browsers send it (WHATWG URL §5.1). What it does not know counts for nothing.
    pub fn read(text: &[u8]) -> Self {
        let mut form = Form::default();
        for (name, value) in form_urlencoded::parse(text) {
            match name.as_ref() {
                "feed" => form.feed = value.into_owned(),
                "url" => value.trim().clone_into(&mut form.url),
                // Browsers send lines as they end on the network.
                "rules" => form.rules = value.replace("\r\n", "\n"),
                "images" => form.images = value == "1",
                "do" => form.is_load = value == "load",
                _ => {}
            }
        }
        form
    }
}

/// The page. `feeds` are those that can be picked.
pub fn page(feeds: &[&str], form: &Form, outcome: &Outcome) -> String {
    let main = html! {
        h1 { "Playground" }
        p { "Try rules on a feed. Nothing is written anywhere: copy what you like into your configuration." }
        div.bench {
            form #playground method="post" action=(PATH) data-start[matches!(outcome, Outcome::Nothing)] {
                (which_feed(feeds, form))
                (which_rules(form, outcome))
                p { label { input type="checkbox" name="images" value="1" checked[form.images]; " Load pictures from where the feed has them" } }
                p { button.main name="do" value="try" { "Try" } }
            }
            section #result aria-label="Result" { (result(form, outcome)) }
        }
        (known())
    };
    frame("Playground", Nav::Playground, main)
}

fn which_feed(feeds: &[&str], form: &Form) -> Markup {
    html! {
        @if !feeds.is_empty() {
            p {
                label for="feed" { "Feed" }
                select #feed name="feed" {
                    option value="" selected[form.feed.is_empty()] { "The address below" }
                    @for name in feeds { option value=(name) selected[form.feed == *name] { (name) } }
                }
                " " button name="do" value="load" { "Take its rules" }
            }
        }
        p {
            label for="url" { "Address of another feed" }
            input #url name="url" type="text" inputmode="url" autocomplete="off" spellcheck="false"
                placeholder="https://blog.example.org/feed" value=(form.url);
        }
    }
}

fn which_rules(form: &Form, outcome: &Outcome) -> Markup {
    let is_mistaken = matches!(outcome, Outcome::Mistaken(_));
    let described = if is_mistaken { "rules-help problems" } else { "rules-help" };
    html! {
        p.wide {
            label for="rules" { "Rules" }
            span #rules-help.quiet { "As in a configuration: " code { "rules = [ … ]" } ", and " code { "[topics]" } " where there are some." }
            textarea #rules name="rules" rows="14" spellcheck="false" autocapitalize="off" autocomplete="off"
                aria-describedby=(described) aria-invalid=[is_mistaken.then_some("true")] { "\n" (form.rules) }
        }
        pre #problems role="alert" hidden[!is_mistaken] { @if let Outcome::Mistaken(report) = outcome { (report) } }
    }
}

fn result(form: &Form, outcome: &Outcome) -> Markup {
    html! {
        @match outcome {
            Outcome::Nothing => p #status role="status" { "Nothing has been tried yet." },
            Outcome::Mistaken(_) => p #status role="status" { "There are mistakes in the rules." },
            Outcome::NoFeed(why) => p #status.bad role="status" { (why) },
            Outcome::Tried(tried) => (shown(form, tried)),
        }
    }
}

fn shown(form: &Form, tried: &Tried) -> Markup {
    let Tried { receipt, total, pairs, configuration, lacks_articles } = tried;
    html! {
        div #status role="status" { (preview::summary(receipt)) }
        @if *lacks_articles { p.quiet { "Pages of items are not asked for here: full-text does nothing." } }
        @if !receipt.topics.is_empty() {
            ul { @for share in &receipt.topics { li { "In " strong { (share.topic) } ": " (share.items.len()) } } }
        }
        (preview::notes(receipt))
        (preview::items(pairs, form.images))
        @if *total > pairs.len() { p.quiet { "The first " (pairs.len()) " of " (total) " items are shown." } }
        h2 { "For your configuration" }
        pre #configuration tabindex="0" aria-label="Configuration" { (configuration) }
    }
}

/// What rules and packs there are.
fn known() -> Markup {
    html! {
        details.known {
            summary { h2 { "Rules and packs there are" } }
            dl { @for info in RULES {
                dt { code { (info.name) } }
                dd { (info.summary) br; code { (info.example) } }
            } }
            p { "Packs: " @for (at, pack) in PACKS.iter().enumerate() { @if at > 0 { ", " } code { "\"" (pack.name) "\"" } } ", and " code { "\"auto\"" } "." }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_read_as_browsers_send_them() {
        let form = Form::read(
            b"feed=&url=+https%3A%2F%2Fa.example%2F&rules=rules+%3D+%5B%0D%0A%5D&images=1&do=try&x=y",
        );
        let expected = Form {
            url: "https://a.example/".to_owned(),
            rules: "rules = [\n]".to_owned(),
            images: true,
            ..Form::default()
        };
        assert_eq!(form, expected);
        assert!(Form::read(b"do=load").is_load && Form::read(b"\xff%zz&=&&") == Form::default());
    }
}
