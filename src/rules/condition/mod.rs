//! Conditions on items: a table whose keys must all hold. `any`, `all` and `not` nest.

mod bounds;
mod check;
mod element;
mod language;
mod texts;

use schemars::JsonSchema;
use serde::Deserialize;

use super::values::{Age, When};
use super::verdict;
use crate::feed::Draft;
use crate::feed::draft::{ItemDraft, Moment};
use bounds::Bounds;
use element::Element;
use language::Languages;
use texts::Wanted;

/// A condition on an item.
///
/// ```
/// let text = "any = [ { title = 'harbour' }, { words = { under = 50 }, not = { author = 'desk' } } ]";
/// let condition: limpid::rules::condition::Condition = toml::from_str(text)?;
/// assert!(toml::from_str::<limpid::rules::condition::Condition>("").is_err());
/// # Ok::<(), toml::de::Error>(())
/// ```
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(try_from = "Keys")]
pub struct Condition(Box<Keys>);

#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Keys {
    /// The title, in words.
    title: Option<Wanted>,
    /// The full text without its tags; the summary where that is all there is.
    content: Option<Wanted>,
    /// The same with its tags.
    html: Option<Wanted>,
    /// The short text without its tags: the summary or description.
    summary: Option<Wanted>,
    /// The address of the page the item stands for.
    link: Option<Wanted>,
    /// The address of its comments: RSS `comments`, Atom's link `replies`.
    comments: Option<Wanted>,
    /// An author's name; any of several.
    author: Option<Wanted>,
    /// A category or tag; any of several.
    category: Option<Wanted>,
    /// What identifies the item: its guid or id, as it stands.
    guid: Option<Wanted>,
    /// The media type of an enclosure; any of several.
    enclosure_type: Option<Wanted>,
    /// The address of an enclosure; any of several.
    enclosure_url: Option<Wanted>,
    /// How many matches each pattern or word list of this table must have. Without it, one.
    at_least: Option<usize>,
    /// How many words the full text has.
    words: Option<Bounds>,
    /// How many enclosures there are.
    enclosures: Option<Bounds>,
    /// The language that the item, or else its feed, is declared to be in; `en` holds for `en-GB` too. One, or a
    /// list of which any will do. What declares none is in none.
    language: Option<Languages>,
    /// Dated less than this long ago. An item without a date is neither new nor old.
    newer_than: Option<Age>,
    /// Dated at least this long ago.
    older_than: Option<Age>,
    /// Dated at this time or after it.
    after: Option<When>,
    /// Dated before this time.
    before: Option<When>,
    /// Whether it is dated after now.
    future: Option<bool>,
    /// Whether it is only the beginning of a post.
    teaser: Option<bool>,
    /// An element by its qualified name, such as `itunes:duration`: whether there is one, or what it says.
    element: Option<Element>,
    /// What that element, or its `attribute`, must say.
    matches: Option<Wanted>,
    /// The attribute of that element which is meant, where it is not its text.
    attribute: Option<String>,
    /// Conditions of which at least one must hold.
    any: Option<Vec<Condition>>,
    /// Conditions that must all hold.
    all: Option<Vec<Condition>>,
    /// A condition that must not hold.
    not: Option<Condition>,
}

impl TryFrom<Keys> for Condition {
    type Error = String;

    fn try_from(mut keys: Keys) -> Result<Self, Self::Error> {
        keys.settle_element()?;
        match keys.contradiction() {
            Some(problem) => Err(problem),
            None => Ok(Condition(Box::new(keys))),
        }
    }
}

impl Condition {
    /// Whether it holds for an item as it is now, and (in `moment`) until when.
    pub fn holds(&self, item: &mut ItemDraft<'_>, moment: &mut Moment) -> bool {
        let keys = &*self.0;
        keys.fields_hold(item)
            && keys.dates_hold(item, moment)
            && keys.texts_hold(item)
            && keys.nested_hold(item, moment)
    }
}

/// Does something to each item still there for which a rule's `when` holds; without one, to each.
pub(super) fn each_where<'f>(
    draft: &mut Draft<'f>,
    when: Option<&Condition>,
    mut change: impl FnMut(&mut ItemDraft<'f>),
) {
    draft.judge(|item, moment| {
        if when.is_none_or(|when| when.holds(item, moment)) {
            change(item);
        }
    });
}

impl Keys {
    /// Whether a text key holds: one of its values matches, or all of them together often enough.
    fn found(&self, wanted: Option<&Wanted>, values: impl FnOnce() -> Vec<String>) -> bool {
        wanted.is_none_or(|wanted| wanted.is_in(&values(), self.at_least.unwrap_or(1)))
    }

    /// What can be told without looking into a text.
    fn fields_hold(&self, item: &mut ItemDraft<'_>) -> bool {
        let one = |value: Option<String>| value.into_iter().collect::<Vec<_>>();
        self.found(self.title.as_ref(), || vec![item.title().into_owned()])
            && self.found(self.link.as_ref(), || one(item.link()))
            && self.found(self.comments.as_ref(), || one(item.comments()))
            && self.found(self.guid.as_ref(), || one(item.guid()))
            && self.found(self.author.as_ref(), || item.authors())
            && self.found(self.category.as_ref(), || item.categories())
            && self.found(self.enclosure_type.as_ref(), || item.enclosure_types())
            && self.found(self.enclosure_url.as_ref(), || item.enclosure_urls())
            && self.enclosures.is_none_or(|bounds| bounds.hold(item.enclosure_count()))
            && self.language.as_ref().is_none_or(|languages| languages.hold(item))
            && self.element.as_ref().is_none_or(|element| element.holds(item, self.at_least.unwrap_or(1)))
    }

    /// An item without a date is neither new nor old, nor is it of the future.
    fn dates_hold(&self, item: &ItemDraft<'_>, moment: &mut Moment) -> bool {
        let asks_age = self.newer_than.is_some()
            || self.older_than.is_some()
            || self.after.is_some()
            || self.before.is_some();
        let Some(date) = item.date() else { return !asks_age && self.future != Some(true) };
        let mut has_age = |age: Age| date.checked_add(age.0).is_ok_and(|then| moment.has_come(then));
        self.newer_than.is_none_or(|age| !has_age(age))
            && self.older_than.is_none_or(has_age)
            && self.future.is_none_or(|wanted| moment.has_come(date) != wanted)
            && self.after.is_none_or(|when| date >= when.0)
            && self.before.is_none_or(|when| date < when.0)
    }

    fn texts_hold(&self, item: &mut ItemDraft<'_>) -> bool {
        let html = |item: &mut ItemDraft<'_>| item.main_html().map(|html| html.marked_text().into_owned());
        if !self.found(self.html.as_ref(), || html(item).into_iter().collect())
            || !self.found(self.summary.as_ref(), || vec![item.summary()])
        {
            return false;
        }
        if self.content.is_some() || self.words.is_some() {
            let (words, times) = (item.words(), self.at_least.unwrap_or(1));
            let is_long_enough = self.words.is_none_or(|bounds| bounds.hold(count_words(&words)));
            if !is_long_enough || !self.content.as_ref().is_none_or(|wanted| wanted.is_in(&[words], times)) {
                return false;
            }
        }
        self.teaser.is_none_or(|wanted| verdict::teaser(item, verdict::ALL).is_some() == wanted)
    }

    fn nested_hold(&self, item: &mut ItemDraft<'_>, moment: &mut Moment) -> bool {
        self.any.as_ref().is_none_or(|any| any.iter().any(|c| c.holds(item, moment)))
            && self.all.as_ref().is_none_or(|all| all.iter().all(|c| c.holds(item, moment)))
            && self.not.as_ref().is_none_or(|not| !not.holds(item, moment))
    }
}

/// How many words a text has whose white space has been folded.
pub fn count_words(text: &str) -> usize {
    text.split(' ').filter(|word| !word.is_empty()).count()
}
