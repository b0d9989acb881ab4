//! Conditions on items: a table whose keys must all hold. `any`, `all` and `not` nest.

use schemars::JsonSchema;
use serde::Deserialize;

use super::values::{Age, Pattern, When};
use super::verdict;
use crate::feed::draft::{ItemDraft, Moment};

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
    /// What the title matches.
    title: Option<Pattern>,
    /// What the words of the full text match: tags left out, entities resolved, white space folded.
    content: Option<Pattern>,
    /// What the markup of the full text matches.
    html: Option<Pattern>,
    /// What the address of its page matches.
    link: Option<Pattern>,
    /// What the name of one of its authors matches.
    author: Option<Pattern>,
    /// What one of its categories matches.
    category: Option<Pattern>,
    /// What its identity matches: RSS's `guid`, Atom's and JSON Feed's `id`.
    guid: Option<Pattern>,
    /// What the media type of one of its enclosures matches, such as `^audio/`.
    enclosure_type: Option<Pattern>,
    /// How many words the full text has.
    words: Option<Range>,
    /// It was published (or, where that is not said, last changed) less than this long ago. An item without a date is
    /// neither new nor old.
    newer_than: Option<Age>,
    /// It was published this long ago or longer.
    older_than: Option<Age>,
    /// It was published at this time or later.
    after: Option<When>,
    /// It was published before this time.
    before: Option<When>,
    /// Whether it is the beginning of a post that goes on behind a paywall: whether it ends in a lone link to its own page.
    teaser: Option<bool>,
    /// At least one of these conditions holds.
    any: Option<Vec<Condition>>,
    /// Every one of these conditions holds.
    all: Option<Vec<Condition>>,
    /// This condition does not hold.
    not: Option<Condition>,
}

/// Bounds on a number of words.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Range {
    /// More words than this.
    over: Option<usize>,
    /// Fewer words than this.
    under: Option<usize>,
}

impl Range {
    fn holds(self, words: usize) -> bool {
        self.over.is_none_or(|over| words > over) && self.under.is_none_or(|under| words < under)
    }
}

impl TryFrom<Keys> for Condition {
    type Error = &'static str;

    fn try_from(keys: Keys) -> Result<Self, Self::Error> {
        if [&keys.any, &keys.all].into_iter().flatten().any(Vec::is_empty) {
            return Err("a list of conditions must not be empty");
        }
        if keys.is_empty() {
            return Err("a condition with no keys would match every item");
        }
        Ok(Condition(Box::new(keys)))
    }
}

impl Keys {
    fn is_empty(&self) -> bool {
        let patterns = [
            &self.title,
            &self.content,
            &self.html,
            &self.link,
            &self.author,
            &self.category,
            &self.guid,
            &self.enclosure_type,
        ];
        patterns.into_iter().all(Option::is_none)
            && self.words.is_none()
            && self.newer_than.is_none()
            && self.older_than.is_none()
            && self.after.is_none()
            && self.before.is_none()
            && self.teaser.is_none()
            && self.any.is_none()
            && self.all.is_none()
            && self.not.is_none()
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

impl Keys {
    fn fields_hold(&self, item: &ItemDraft<'_>) -> bool {
        let one = |pattern: &Option<Pattern>, value: &dyn Fn() -> Option<String>| {
            pattern.as_ref().is_none_or(|p| value().is_some_and(|v| p.is_in(&v)))
        };
        let some = |pattern: &Option<Pattern>, values: &dyn Fn() -> Vec<String>| {
            pattern.as_ref().is_none_or(|p| values().iter().any(|v| p.is_in(v)))
        };
        one(&self.title, &|| Some(item.title().into_owned()))
            && one(&self.link, &|| item.link())
            && one(&self.guid, &|| item.guid())
            && some(&self.author, &|| item.authors())
            && some(&self.category, &|| item.categories())
            && some(&self.enclosure_type, &|| item.enclosure_types())
    }

    /// An item without a date is neither new nor old.
    fn dates_hold(&self, item: &ItemDraft<'_>, moment: &mut Moment) -> bool {
        let asks = self.newer_than.is_some()
            || self.older_than.is_some()
            || self.after.is_some()
            || self.before.is_some();
        if !asks {
            return true;
        }
        let Some(date) = item.date() else { return false };
        let mut has_age = |age: Age| date.checked_add(age.0).is_ok_and(|then| moment.has_come(then));
        self.newer_than.is_none_or(|age| !has_age(age))
            && self.older_than.is_none_or(has_age)
            && self.after.is_none_or(|when| date >= when.0)
            && self.before.is_none_or(|when| date < when.0)
    }

    fn texts_hold(&self, item: &mut ItemDraft<'_>) -> bool {
        if let Some(pattern) = &self.html
            && !item.main_html().is_some_and(|html| pattern.is_in(&html.marked_text()))
        {
            return false;
        }
        if self.content.is_some() || self.words.is_some() {
            let words = item.words();
            let found = self.content.as_ref().is_none_or(|pattern| pattern.is_in(&words));
            if !found || !self.words.is_none_or(|range| range.holds(count_words(&words))) {
                return false;
            }
        }
        self.teaser.is_none_or(|wanted| verdict::teaser(item).is_some() == wanted)
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
