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

/// Reads the expectations of a feed with these topics.
pub(super) fn read(
    tests: Vec<Spanned<raw::Test>>,
    topics: &[&str],
    problems: &mut Vec<Problem>,
) -> Vec<Expectation> {
    for test in &tests {
        problems.extend(contradictions(test.get_ref()).map(|what| Problem::new(what, test.span())));
        if let Some(topic) = &test.get_ref().topic
            && !topics.contains(&topic.get_ref().as_str())
        {
            let problem = Problem::new(format!("this feed has no topic `{}`", topic.get_ref()), topic.span());
            problems.push(if topics.is_empty() {
                problem
            } else {
                problem.nearest_and_all(topic.get_ref(), "its topics", topics)
            });
        }
    }
    let each = tests.into_iter().enumerate();
    each.map(|(index, test)| expectation(index + 1, test, problems)).collect()
}

/// What can not be expected at once.
fn contradictions(test: &raw::Test) -> impl Iterator<Item = String> {
    let raw::Test { items, keeps, drops, absent, present, .. } = test;
    let wanted = keeps.iter().chain(items.iter().flatten());
    let titles = wanted
        .filter(|title| drops.contains(title))
        .map(|title| format!("no feed both keeps and drops \u{201c}{title}\u{201d}"));
    let missing = items.iter().flat_map(|items| keeps.iter().filter(|title| !items.contains(title)));
    let missing =
        missing.map(|title| format!("\u{201c}{title}\u{201d} is in `keeps` and not among the `items`"));
    let is_present = |text: &&Spanned<String>| present.iter().any(|one| one.get_ref() == text.get_ref());
    let texts = absent
        .iter()
        .filter(is_present)
        .map(|text| format!("no text is both absent and present: \u{201c}{}\u{201d}", text.get_ref()));
    titles.chain(missing).chain(texts).collect::<Vec<_>>().into_iter()
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
        topic: topic.map(Spanned::into_inner),
        items,
        keeps,
        drops,
        absent,
        present,
    }
}
