//! A feed before and after its rules, item by item.

use maud::{Markup, html};
use url::form_urlencoded;

use super::{Nav, frame, words};
use crate::feed::read::Enclosure;
use crate::pipeline::Fate;
use crate::preview::{Pair, Shown, Text, document};
use crate::receipt::{Action, Entry, Receipt};
use crate::rules;

/// How many items a page has.
pub const PER_PAGE: usize = 20;

/// How many of them are open.
const OPEN: usize = 3;

/// How many rules are named at a glance.
const FEW: usize = 3;

/// How many characters of an address are shown.
const ADDRESS: usize = 60;

/// The most bytes of changes that are shown.
const MAX_DIFF: usize = 256 << 10;

/// How a preview is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// As changes of the text, and not as items.
    pub is_raw: bool,
    /// With the pictures of its publisher.
    pub images: bool,
    /// From which item on.
    pub from: usize,
}

/// What a preview shows.
#[derive(Debug)]
pub struct Preview {
    /// The feed, and the topic of it.
    pub name: String,
    /// Where it is read: `/feeds/NAME`.
    pub path: String,
    /// What was done to it.
    pub receipt: Receipt,
    /// How many items there are, dropped or not.
    pub total: usize,
    /// Those of this page.
    pub pairs: Vec<Pair>,
    /// Every change, where that is asked for.
    pub diff: Option<String>,
    /// Whether it is served in another format than that in which it is shown.
    pub is_converted: bool,
}

impl Asked {
    /// What a query asks for; what makes no sense in it counts for nothing.
    pub fn of(query: &str) -> Self {
        let mut asked = Asked::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match (name.as_ref(), value.as_ref()) {
                ("view", "raw") => asked.is_raw = true,
                ("images", "1") => asked.images = true,
                ("from", from) => asked.from = from.parse().unwrap_or(0),
                _ => {}
            }
        }
        asked
    }

    /// The query that asks for this.
    fn query(self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("view", if self.is_raw { "raw" } else { "items" });
        if self.images {
            query.append_pair("images", "1");
        }
        if self.from > 0 {
            query.append_pair("from", &self.from.to_string());
        }
        format!("?{}", query.finish())
    }
}

/// The page.
pub fn page(preview: &Preview, asked: Asked) -> String {
    let Preview { name, path, receipt, diff, .. } = preview;
    let main = html! {
        h1 { (name) ": before and after" }
        (summary(receipt))
        (tabs(path, asked))
        (notes(receipt))
        @match diff {
            Some(diff) => (raw(diff, preview.is_converted)),
            None => {
                (pictures(asked))
                (items(&preview.pairs, asked.images))
                (turning(preview.total, asked))
            }
        }
    };
    frame(&format!("{name}: before and after"), Nav::Elsewhere, &main)
}

/// How much is left, in one sentence.
pub fn summary(receipt: &Receipt) -> Markup {
    let Receipt { items_in, items_out, bytes_in, bytes_out, .. } = receipt;
    html! {
        p.summary {
            strong { (items_out) " of " (items_in) } " items are served, "
            strong { (words::size(*bytes_out)) } " of " (words::size(*bytes_in)) "."
        }
    }
}

fn tabs(path: &str, asked: Asked) -> Markup {
    let to = |is_raw| Asked { is_raw, ..asked }.query();
    let current = |is_current: bool| is_current.then_some("page");
    html! {
        nav.tabs aria-label="Views" { ul {
            li { a href=(to(false)) aria-current=[current(!asked.is_raw)] { "Items" } }
            li { a href=(to(true)) aria-current=[current(asked.is_raw)] { "Raw changes" } }
            li { a href={ (path) "/receipt" } { "Receipt" } }
        } }
    }
}

/// What is to be said of the feed itself.
pub fn notes(receipt: &Receipt) -> Markup {
    let of_feed: Vec<&Entry> = receipt.entries.iter().filter(|entry| entry.item.is_none()).collect();
    let is_bad = |entry: &Entry| matches!(entry.action, Action::Guarded | Action::Failing);
    html! {
        @if !of_feed.is_empty() {
            section.notes aria-label="The feed itself" {
                ul { @for entry in of_feed { li.bad[is_bad(entry)] { (entry.to_string()) } } }
            }
        }
    }
}

fn pictures(asked: Asked) -> Markup {
    let query = Asked { images: !asked.images, ..asked }.query();
    html! {
        p.quiet {
            @if asked.images {
                "Pictures are loaded from where the feed has them. " a href=(query) { "Leave them out" }
            } @else {
                "Pictures are not loaded, so that nobody learns that you look. " a href=(query) { "Load them" }
            }
        }
    }
}

/// Items, before and after.
pub fn items(pairs: &[Pair], images: bool) -> Markup {
    // Those that have changed, or else any.
    let changed = pairs.iter().filter(|pair| !is_unchanged(pair)).count();
    let mut seen = 0;
    let each = pairs.iter().map(|pair| {
        let counts = changed == 0 || !is_unchanged(pair);
        seen += usize::from(counts);
        item(pair, counts && seen <= OPEN, images)
    });
    html! { @for item in each { (item) } }
}

fn is_unchanged(pair: &Pair) -> bool {
    let is_changed = pair.entries.iter().any(|entry| entry.action == Action::Changed);
    matches!(pair.place.fate, Fate::Served(_)) && !is_changed && !pair.place.is_part
}

fn item(pair: &Pair, is_open: bool, images: bool) -> Markup {
    let number = pair.place.item + 1;
    html! {
        details.item id={ "item-" (number) } open[is_open] {
            summary { h2 { (heading(pair)) } " " (state(pair)) }
            (reason(pair))
            div.sides.one[is_unchanged(pair) || pair.before.is_none() || pair.after.is_none()] {
                @if let Some(before) = &pair.before {
                    @let name = if is_unchanged(pair) { "Unchanged" } else { "Before" };
                    (side(name, "before", number, before, images))
                }
                @if let Some(after) = pair.after.as_ref().filter(|_| !is_unchanged(pair)) {
                    (side("After", "after", number, after, images))
                }
            }
        }
    }
}

fn heading(pair: &Pair) -> Markup {
    let shown = pair.after.as_ref().or(pair.before.as_ref());
    let title = shown.map_or("", |shown| shown.title.as_str());
    let title = if title.is_empty() { "(without a title)" } else { title };
    html! { @if pair.place.fate == Fate::Dropped { del { (title) } } @else { (title) } }
}

/// What has become of it, in a few words.
fn state(pair: &Pair) -> Markup {
    let rules: Vec<&str> = named(&pair.entries, Action::Changed);
    match pair.place.fate {
        Fate::Dropped => {
            html! { span.fate.dropped { "dropped by " (named(&pair.entries, Action::Dropped).join(", ")) } }
        }
        Fate::Elsewhere => html! { span.fate { "in other topics" } },
        Fate::Served(_) if pair.place.is_part => html! { span.fate.changed { "a part of another item" } },
        Fate::Served(_) if rules.is_empty() => html! { span.fate { "unchanged" } },
        Fate::Served(_) if rules.len() > FEW => {
            html! { span.fate.changed { "changed by " (rules.len()) " rules" } }
        }
        Fate::Served(_) => html! { span.fate.changed { "changed by " (rules.join(", ")) } },
    }
}

/// The rules that have done something, each once.
fn named(entries: &[Entry], action: Action) -> Vec<&str> {
    let mut rules: Vec<&str> = Vec::new();
    for entry in entries.iter().filter(|entry| entry.action == action) {
        if !rules.contains(&entry.rule.as_str()) {
            rules.push(&entry.rule);
        }
    }
    rules
}

/// What each rule did to it.
fn reason(pair: &Pair) -> Markup {
    let all = html! { ul.done { @for entry in &pair.entries { li { (entry.to_string())
        @if let Some(summary) = (entry.action == Action::Dropped).then(|| what(&entry.rule)).flatten() {
            ". " span.quiet { (summary) }
        }
    } } } };
    html! {
        @if pair.entries.len() > FEW {
            details.all { summary { "What each rule did" } (all) }
        } @else if !pair.entries.is_empty() {
            (all)
        }
    }
}

/// What a rule is for, where it goes by its own name: `teasers`, or `substack/teasers`.
fn what(label: &str) -> Option<&'static str> {
    rules::find(label.rsplit('/').next().unwrap_or(label)).map(|info| info.summary)
}

fn side(heading: &str, class: &str, number: usize, shown: &Shown, images: bool) -> Markup {
    let Shown { title, date, authors, link, enclosures, text } = shown;
    html! {
        section.side class=(class) {
            h3 { (heading) }
            p.title { (title) }
            p.quiet {
                @if let Some(date) = date { time datetime=(date) { (date.strftime("%-d %B %Y, %H:%M")) " UTC" } }
                @if !authors.is_empty() { " · " (authors.join(", ")) }
            }
            @if let Some(link) = link { p.quiet { (address(link)) } }
            @for enclosure in enclosures { p.quiet { (media(enclosure)) } }
            @match text {
                Some(text) => (text_frame(&format!("{heading}, item {number}: {title}"), text, images)),
                None => p.quiet { "It has no text." },
            }
        }
    }
}

/// An address, to follow where that is harmless.
fn address(link: &str) -> Markup {
    let is_web = link.starts_with("https://") || link.starts_with("http://");
    let plain = link.trim_start_matches("https://").trim_start_matches("http://");
    let end = plain.char_indices().nth(ADDRESS).map(|(at, _)| at);
    let shown = end.map_or(plain.to_owned(), |end| format!("{}…", &plain[..end]));
    html! {
        @if is_web { a href=(link) title=(link) rel="noopener noreferrer" { (shown) } } @else { (shown) }
    }
}

fn media(enclosure: &Enclosure) -> Markup {
    let Enclosure { url, media_type, .. } = enclosure;
    let media_type = if media_type.is_empty() { "a file" } else { media_type };
    html! { "With " (media_type) ": " (address(url)) }
}

fn text_frame(title: &str, text: &Text, images: bool) -> Markup {
    html! {
        // Nothing in it runs; links open beside it.
        iframe.text title=(title) sandbox="allow-popups allow-popups-to-escape-sandbox" loading="lazy"
            srcdoc=(document(title, text, images)) {}
        @if let Some((shown, all)) = text.shortened {
            p.quiet { "The first " (words::size(shown)) " of " (words::size(all)) " are shown." }
        }
    }
}

/// The way to the other items.
fn turning(total: usize, asked: Asked) -> Markup {
    let from = |from| Asked { from, ..asked }.query();
    let next = asked.from.saturating_add(PER_PAGE);
    html! {
        @if total > PER_PAGE {
            nav.pages aria-label="More items" { ul {
                @if asked.from > 0 { li { a rel="prev" href=(from(asked.from.saturating_sub(PER_PAGE))) { "Items before these" } } }
                @if next < total { li { a rel="next" href=(from(next)) { "Further items (" (total - next) ")" } } }
            } }
        }
    }
}

/// Every change of the text, one by one.
fn raw(diff: &str, is_converted: bool) -> Markup {
    let shown = &diff[..diff.floor_char_boundary(MAX_DIFF)];
    html! {
        p.quiet {
            "Every change to the source, under the item it is in: what was there, and what is there now. All else is served byte for byte."
            @if is_converted { " After that it is written in another format, which is not shown here." }
        }
        @if diff.is_empty() { p { "Nothing is changed." } }
        @else { pre.diff tabindex="0" aria-label="Changes" { @for line in shown.lines() { (change(line)) "\n" } } }
        @if shown.len() < diff.len() {
            p.quiet { "The first " (words::size(shown.len())) " of " (words::size(diff.len())) " are shown; " code { "limpid clean --diff" } " writes all of it." }
        }
    }
}

fn change(line: &str) -> Markup {
    match line.as_bytes().first() {
        Some(b'-') => html! { del { (line) } },
        Some(b'+') => html! { ins { (line) } },
        _ => html! { strong { (line) } },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_read_as_they_are_written() {
        for asked in [
            Asked::default(),
            Asked { is_raw: true, images: true, from: 20 },
            Asked { is_raw: false, images: true, from: 0 },
        ] {
            assert_eq!(Asked::of(asked.query().trim_start_matches('?')), asked);
        }
        assert_eq!(Asked::of("from=-1&images=2&view=x&other"), Asked::default());
    }
}
