//! Conditions that can not be meant: they hold for every item, or for none.

use super::Keys;
use super::element::Element;
use super::texts::Wanted;

impl Keys {
    /// What is wrong with these keys together.
    pub fn contradiction(&self) -> Option<String> {
        let is_before = self.after.zip(self.before).is_some_and(|(after, before)| after.0 >= before.0);
        let is_no_window = self.newer_than.zip(self.older_than).is_some_and(|(new, old)| new.0 <= old.0);
        let is_old_future = self.future == Some(true) && self.older_than.is_some();
        let checks = [
            (
                [&self.any, &self.all].into_iter().flatten().any(Vec::is_empty),
                "a list of conditions must not be empty",
            ),
            (self.is_empty() && self.at_least.is_none(), "a condition with no keys would match every item"),
            (self.at_least == Some(0), "`at-least = 0` would match every item"),
            (
                self.at_least.is_some() && !self.has_text(),
                "`at-least` counts the matches of a pattern beside it, and there is none",
            ),
            (is_before, "no date is both `after` and `before` these: `after` must be the earlier one"),
            (
                is_no_window,
                "no item is both `newer-than` and `older-than` these: `newer-than` must be the longer one",
            ),
            (is_old_future, "no item of the `future` is `older-than` anything"),
        ];
        checks.iter().find(|(is_wrong, _)| *is_wrong).map(|(_, problem)| (*problem).to_owned())
    }

    fn texts(&self) -> [Option<&Wanted>; 12] {
        [
            self.title.as_ref(),
            self.content.as_ref(),
            self.html.as_ref(),
            self.summary.as_ref(),
            self.link.as_ref(),
            self.comments.as_ref(),
            self.author.as_ref(),
            self.category.as_ref(),
            self.guid.as_ref(),
            self.enclosure_type.as_ref(),
            self.enclosure_url.as_ref(),
            self.element.as_ref().and_then(Element::matches),
        ]
    }

    fn has_text(&self) -> bool {
        self.texts().iter().any(Option::is_some)
    }

    fn is_empty(&self) -> bool {
        let others = [
            self.words.is_some(),
            self.enclosures.is_some(),
            self.language.is_some(),
            self.newer_than.is_some(),
            self.older_than.is_some(),
            self.after.is_some(),
            self.before.is_some(),
            self.future.is_some(),
            self.teaser.is_some(),
            self.element.is_some(),
            self.any.is_some(),
            self.all.is_some(),
            self.not.is_some(),
        ];
        !self.has_text() && !others.contains(&true)
    }
}

#[cfg(test)]
mod tests {
    use crate::rules::condition::Condition;

    fn problem(text: &str) -> String {
        toml::from_str::<Condition>(text).map_or_else(|error| error.message().to_owned(), |_| String::new())
    }

    #[test]
    fn what_can_not_be_meant_is_refused() {
        for (text, part) in [
            ("", "no keys"),
            ("at-least = 2", "there is none"),
            ("at-least = 2\nwords = { over = 1 }", "there is none"),
            ("at-least = 2\nelement = 'a:b'", "there is none"),
            ("title = 'a'\nat-least = 0", "every item"),
            ("any = []", "must not be empty"),
            ("after = '2026-05-02'\nbefore = '2026-05-02'", "earlier one"),
            ("newer-than = '1d'\nolder-than = '24h'", "longer one"),
            ("future = true\nolder-than = '1d'", "`future`"),
            ("language = []", "must not be empty"),
            ("language = 'en glish'", "no language"),
            ("language = ''", "no language"),
            ("matches = 'a'", "needs an `element`"),
            ("attribute = 'a'\ntitle = 'b'", "needs an `element`"),
            ("element = { name = 'a', matches = 'b' }\nmatches = 'c'", "both"),
            ("element = 'a b'", "no name"),
            ("title = 'foo|'", "nothing beside it"),
            ("title = {}", "expected `any-of`"),
            ("title = { any-of-file = 'x' }", "configuration file"),
            ("title = 3", "regular expression"),
        ] {
            assert!(problem(text).contains(part), "{text}: {}", problem(text));
        }
        for text in [
            "title = 'a'\nat-least = 2",
            "newer-than = '2d'\nolder-than = '1d'",
            "element = 'x'\nmatches = 'y'",
        ] {
            assert_eq!(problem(text), "");
        }
    }
}
