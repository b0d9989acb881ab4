//! Marks that platforms leave where they cut a post off.

use std::sync::LazyLock;

use memchr::memmem;
use regex::Regex;

use super::ending::{last_children, words_after};
use super::same_page;
use crate::html::outline::{Kind, NodeId};
use crate::html::{Html, Selectors};

/// How many words may follow a mark whatever they are: a button, a way to sign in. Where more follow, the post
/// goes on.
const FEW: usize = 12;

/// How many words the line of a plugin has, which may follow as well.
const MAX_AFTER: usize = 40;

/// Medium's item of a post for members: a picture, a line, and a link.
static SNIPPET: LazyLock<Selectors> = LazyLock::new(|| selectors(".medium-feed-item, .medium-feed-snippet"));

/// The link in it.
static SNIPPET_LINK: LazyLock<Selectors> = LazyLock::new(|| selectors(".medium-feed-link"));

/// Boxes that ask for money: Ghost's, and Substack's and other newsletters'.
static BOXES: LazyLock<Selectors> = LazyLock::new(|| {
    selectors(".gh-post-upgrade-cta, .gh-post-upgrade-cta-content, .paywall, .paywall-jump, #paywall")
});

/// Links by which `WordPress` and its themes go on.
static MORE: LazyLock<Selectors> = LazyLock::new(|| {
    selectors(
        "a[class*='read-more'], a[class*='readmore'], a[class*='more-link'], a[class*='continue-reading']",
    )
});

/// How `WordPress` ends an excerpt.
static CUT_OFF: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\[(…|\.\.\.)\]\W*$").expect("a constant, compiled in the tests"));

/// How the line begins that plugins put after it.
static APPEARED_FIRST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^\W*(the post|der beitrag|l.article|la entrada|l.articolo|het bericht)\b.*\b(appeared first on|erschien zuerst|est apparu en premier|se publicó primero|proviene da|verscheen eerst)\b")
        .expect("a constant, compiled in the tests")
});

/// How many words it ends with: where the post appeared. They are counted here: a pattern that counts words of every
/// script takes megabytes.
const MAX_NAME: usize = 12;

/// Whether a text is such a line.
fn is_of_plugin(words: &str) -> bool {
    let is_between = |c: char| !c.is_alphanumeric() && c != '_';
    let name = APPEARED_FIRST.find(words).map(|line| words[line.end()..].split(is_between));
    name.is_some_and(|name| name.filter(|word| !word.is_empty()).count() <= MAX_NAME)
}

fn selectors(css: &str) -> Selectors {
    Selectors::parse(css).expect("a constant, parsed in the tests")
}

/// Whether one of these stands in the text as it is written: most posts have none of them, and need no closer look.
fn mentions(html: &Html<'_>, parts: &[&str]) -> bool {
    parts.iter().any(|part| memmem::find(html.text().as_bytes(), part.as_bytes()).is_some())
}

/// What there is to take out, where a mark says that the post is cut off: it may be nothing.
pub fn mark(html: &Html<'_>, page: Option<&str>) -> Option<Vec<NodeId>> {
    snippet(html)
        .or_else(|| comment(html))
        .or_else(|| boxed(html))
        .or_else(|| more(html, page?))
        .or_else(|| page.and_then(|_| cut_off(html)))
}

fn snippet(html: &Html<'_>) -> Option<Vec<NodeId>> {
    if !mentions(html, &["medium-feed-"]) {
        return None;
    }
    html.find(&SNIPPET).first()?;
    Some(html.find(&SNIPPET_LINK).into_iter().take(1).collect())
}

/// Ghost's `<!--members-only-->`, where what follows it has been left out.
fn comment(html: &Html<'_>) -> Option<Vec<NodeId>> {
    if !mentions(html, &["members-only"]) {
        return None;
    }
    let is_mark = |id: &NodeId| {
        let node = html.node(*id);
        let inside = node.open.of(html.text()).trim_start_matches("<!--").trim_end_matches("-->");
        node.kind == Kind::Comment && inside.trim() == "members-only"
    };
    let mark = html.outline().live().filter(is_mark).last()?;
    is_near_the_end(html, mark).then(|| vec![mark])
}

fn boxed(html: &Html<'_>) -> Option<Vec<NodeId>> {
    if !mentions(html, &["paywall", "gh-post-upgrade-cta"]) {
        return None;
    }
    // The first one that is near the end; it may hold others.
    let found = html.find(&BOXES);
    let last = *found.last()?;
    let around = found.iter().copied().find(|id| *id <= last && last < html.node(*id).next)?;
    is_near_the_end(html, around).then(|| vec![around])
}

fn more(html: &Html<'_>, page: &str) -> Option<Vec<NodeId>> {
    if !mentions(html, &["read-more", "readmore", "more-link", "continue-reading"]) {
        return None;
    }
    let last = html.find(&MORE).into_iter().next_back()?;
    let leads_there = html.attr(last, "href").is_some_and(|href| same_page(&href, page));
    (leads_there && is_near_the_end(html, last)).then(|| vec![last])
}

/// `[…]` at the end of the text, before the line that plugins add.
fn cut_off(html: &Html<'_>) -> Option<Vec<NodeId>> {
    let blocks = last_children(html, None, 2);
    let end = match blocks.as_slice() {
        [before, last] if is_of_plugin(&html.words(*last)) => *before,
        [.., last] => *last,
        [] => return None,
    };
    CUT_OFF.is_match(&html.words(end)).then(Vec::new)
}

/// Whether the post does not go on after a mark. A line of a plugin is no post.
fn is_near_the_end(html: &Html<'_>, mark: NodeId) -> bool {
    words_after(html, mark, MAX_AFTER)
        .is_some_and(|words| words.is_empty() || is_of_plugin(&words.join(" ")) || words.len() <= FEW)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::build::Syntax;

    fn is_marked(text: &str) -> bool {
        mark(&Html::new(text.into(), Syntax::Html), Some("https://a.example/p")).is_some()
    }

    #[test]
    fn the_line_of_a_plugin_ends_with_a_name() {
        let line = |name: &str| format!("The post “High water” appeared first on {name}.");
        assert!(is_of_plugin(&line("Tides & Ünïcode")) && is_of_plugin(&line(&"a ".repeat(12))));
        assert!(!is_of_plugin(&line(&"a ".repeat(13))) && !is_of_plugin("It appeared first on Tides."));
    }

    #[test]
    fn marks_are_at_the_end() {
        let prose = "and so it goes on for quite a while with more words than a button has, on and on";
        for text in [
            "<div class='medium-feed-item'><p class='medium-feed-snippet'>a</p></div>",
            "<p>a</p><!--members-only-->",
            "<p>a</p><!-- members-only --><p></p>",
            "<p>a</p><div class='x gh-post-upgrade-cta'><div class='gh-post-upgrade-cta-content'><h2>b</h2></div></div><p>Sign in</p>",
            "<p>a <a class='more-link' href='https://a.example/p#more-7'>Continue</a></p><p>The post A appeared first on B.</p>",
            "<p>a [&#8230;]</p><p>The post A appeared first on B.</p>",
            "a [...]",
        ] {
            assert!(is_marked(text), "{text}");
            assert!(!is_marked(&format!("{text}<p>{prose}</p>")) || text.contains("medium"), "{text}");
        }
        for text in [
            "",
            "<p>a […] b</p>",
            "<p>members-only</p>",
            "<!-- for members-only, they said -->",
            "<a class='read-more' href='https://a.example/other'>More</a>",
        ] {
            assert!(!is_marked(text), "{text}");
        }
    }
}
