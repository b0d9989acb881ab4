//! `[[feeds.NAME.tests]]`: what a person expects of a feed.

use std::path::PathBuf;

use jiff::Timestamp;
use toml::Spanned;

use super::problem::Problem;
use super::raw;

/// What is expected of a saved feed.
#[derive(Clone, Debug)]
pub struct Expectation {
    /// What it is called; `test 2` where it has no name.
    pub name: String,
    /// The saved feed, relative to the folder of the configuration.
    pub saved: PathBuf,
    /// What the ages of items are counted from; `None` for the time of the test.
    pub now: Option<Timestamp>,
    /// The topic whose feed is looked at; `None` for the feed itself.
    pub topic: Option<String>,
    /// Exactly these titles, in this order.
    pub items: Option<Vec<String>>,
    /// Titles that must be there.
    pub keeps: Vec<String>,
    /// Titles that must not be there.
    pub drops: Vec<String>,
    /// Words that must not be there.
    pub absent: Vec<String>,
    /// Words that must be there.
    pub present: Vec<String>,
}

/// Reads the expectations of a feed.
pub(super) fn read(tests: Vec<Spanned<raw::Test>>, problems: &mut Vec<Problem>) -> Vec<Expectation> {
    let each = tests.into_iter().enumerate();
    each.map(|(index, test)| expectation(index + 1, test, problems)).collect()
}

fn expectation(number: usize, test: Spanned<raw::Test>, problems: &mut Vec<Problem>) -> Expectation {
    let span = test.span();
    let raw::Test { name, feed, now, topic, items, keeps, drops, absent, present } = test.into_inner();
    if feed.get_ref().trim().is_empty() {
        let problem = Problem::new("expected the path of a saved feed", feed.span());
        problems.push(problem.help("feed = \"saved/blog.xml\", relative to this file"));
    }
    let expected = [keeps.len(), drops.len(), absent.len(), present.len()];
    if items.is_none() && expected == [0; 4] {
        let problem = Problem::new("a test that expects nothing would always pass", span);
        problems.push(problem.help("expect `items`, `keeps`, `drops`, `absent` or `present`"));
    }
    let mut words = |texts: Vec<Spanned<String>>| -> Vec<String> {
        for text in texts.iter().filter(|text| text.get_ref().trim().is_empty()) {
            problems.push(Problem::new("a text without words is in every feed", text.span()));
        }
        texts.into_iter().map(Spanned::into_inner).collect()
    };
    let (absent, present) = (words(absent), words(present));
    Expectation {
        name: name.unwrap_or_else(|| format!("test {number}")),
        saved: PathBuf::from(feed.into_inner()),
        now: now.map(|when| when.0),
        topic,
        items,
        keeps,
        drops,
        absent,
        present,
    }
}
