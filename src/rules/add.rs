//! `add`: HTML before or after a body.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::Deserialize;

use super::address::{Scheme, scheme};
use super::condition::Condition;
use super::template::{Said, Template};
use super::values::Pattern;
use super::{Info, Rule, compile, schema};
use crate::feed::draft::ItemDraft;
use crate::feed::{Draft, Feed};
use crate::html::build::Syntax;
use crate::html::{Html, NodeId};
use crate::xml::check::check;

pub(super) const INFO: Info = Info {
    name: "add",
    summary: "Adds HTML at the start or the end of the full text, with what the item says of itself in it.",
    why: "A link to the comments under every post, or a player for the video that an item is about. Nothing is added \
          where the item does not say what is asked for.",
    example: r#"{ add = { at = "end", html = '<p><a href="{comments}">Comments</a></p>' } }"#,
    shorthand: Some("html"),
    compile: compile::<Add>,
    schema: schema::<Options>,
};

#[derive(Debug, Deserialize)]
#[serde(try_from = "Options")]
struct Add {
    at: At,
    html: Template,
    when: Option<Condition>,
    from: Option<(Said, Pattern)>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Options {
    /// Where to put it; at the end unless said otherwise.
    #[serde(default)]
    at: At,
    /// What to put there. `{title}`, `{link}`, `{guid}`, `{author}`, `{comments}` (the address of the page where the item
    /// is talked about) and `{date}` (as 2026-05-04) stand for what the item says, escaped; `{{` for a brace. With a
    /// `pattern`, `$1` stands for what its first group has found, `$$` for a dollar sign.
    html: String,
    /// Only to items for which this condition holds.
    when: Option<Condition>,
    /// Where `pattern` looks.
    from: Option<Said>,
    /// Only to items in which this is found; goes with `from`.
    pattern: Option<Pattern>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum At {
    /// Before all else.
    Start,
    /// After all else.
    #[default]
    End,
}

impl TryFrom<Options> for Add {
    type Error = String;

    fn try_from(options: Options) -> Result<Self, String> {
        let Options { at, html, when, from, pattern } = options;
        if html.trim().is_empty() {
            return Err("`html` must not be empty".to_owned());
        }
        let html = Template::parse(&html, pattern.as_ref().map(Pattern::regex))?;
        let from = match (from, pattern) {
            (Some(from), Some(pattern)) => Some((from, pattern)),
            (None, None) => None,
            (Some(_), None) => return Err("`from` needs a `pattern` to look for there".to_owned()),
            (None, Some(_)) => return Err("`pattern` needs a `from`: where to look for it".to_owned()),
        };
        Ok(Add { at, html, when, from })
    }
}

impl Rule for Add {
    fn apply(&self, draft: &mut Draft<'_>) {
        let feed = draft.feed();
        draft.judge(|item, moment| {
            if self.when.as_ref().is_none_or(|when| when.holds(item, moment))
                && let Some(filled) = self.filled(feed, item)
                && let Some(html) = item.main_html().filter(|html| !html.is_unread())
            {
                self.put(html, &filled);
            }
        });
    }
}

impl Add {
    /// What to put into an item; `None` where the item does not say what is needed for it.
    fn filled(&self, feed: &Feed, item: &ItemDraft<'_>) -> Option<String> {
        let Some((from, pattern)) = &self.from else { return self.html.fill(feed, item, None) };
        let value = from.of(feed, item)?;
        self.html.fill(feed, item, Some(&pattern.regex().captures(&value)?))
    }

    fn put(&self, html: &mut Html<'_>, put: &str) {
        html.settle_all();
        let Some(inner) = html.inner() else { return };
        let text = inner.of(html.text()).trim();
        let is_there = match self.at {
            At::Start => text.starts_with(put.trim()),
            At::End => text.ends_with(put.trim()),
        };
        if is_there {
            return;
        }
        if let Some(why) = unfit(put, html.is_xhtml()) {
            html.spare_whole(why);
            return;
        }
        match self.at {
            At::Start => html.prepend(put),
            At::End => html.append(put),
        }
    }
}

/// Attributes whose address is followed or loaded.
const ADDRESSES: [&str; 6] = ["href", "src", "poster", "action", "formaction", "data"];

/// Why HTML can not be put into a body, where that is so: what a publisher says must not become a link that runs
/// a script.
fn unfit(put: &str, is_xhtml: bool) -> Option<&'static str> {
    if is_xhtml && check(&format!("<div>{put}</div>")).is_err() {
        return Some("what was to be added is not well-formed, as XHTML must be");
    }
    let html = Html::new(Cow::Borrowed(put), Syntax::Html);
    let leads_elsewhere = |id: NodeId| {
        let addresses = ADDRESSES.iter().filter_map(|name| html.attr(id, name));
        addresses.into_iter().any(|address| match scheme(&address) {
            Scheme::None => false,
            Scheme::Named(name) => !matches!(name.as_str(), "http" | "https" | "mailto"),
            Scheme::Doubtful => true,
        })
    };
    html.outline().live().any(leads_elsewhere).then_some("an address that was to be added is none of the web")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_go_together_is_an_error() {
        let error = |text: &str| toml::from_str::<Add>(text).unwrap_err().message().to_owned();
        assert_eq!(error("html = ' '"), "`html` must not be empty");
        assert_eq!(error("html = 'x'\nfrom = 'link'"), "`from` needs a `pattern` to look for there");
        assert_eq!(error("html = '$1'\npattern = '(a)'"), "`pattern` needs a `from`: where to look for it");
        assert!(error("html = '$2'\npattern = '(a)'\nfrom = 'link'").contains("does not have"));
        assert!(error("html = '{url}'").starts_with("unknown placeholder `{url}`; known: "));
        assert!(toml::from_str::<Add>("html = '$1 { x }'").is_ok());
    }
}
