//! The `[feeds.NAME.topics]` tables: subfeeds, each with the condition that an item must meet.

use std::ops::Range;

use toml::de::DeValue;

use super::feeds::is_name;
use super::problem::Problem;
use super::table::{Value, read_as};
use crate::pipeline::Step;
use crate::rules::condition::Condition;
use crate::topics::{REST, Topics};

/// Names that stand for something else below a feed's address.
pub const TAKEN: [&str; 3] = [REST, "receipt", "preview"];

/// Reads topics, in the order of the file. `exclusive = true` beside them has each item in one topic only.
pub(super) fn read(value: Value<'_>, problems: &mut Vec<Problem>) -> Topics {
    let span = value.span();
    let DeValue::Table(table) = value.into_inner() else {
        problems.push(Problem::new("expected a table of topics", span).help(EXAMPLE));
        return Topics::default();
    };
    let mut entries: Vec<_> = table.into_iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    let (mut each, mut is_exclusive, mistakes) = (Vec::new(), None, problems.len());
    for (name, value) in entries {
        match (name.get_ref().as_ref(), value.get_ref()) {
            ("exclusive", DeValue::Boolean(is_so)) => is_exclusive = Some(*is_so),
            (topic, _) if !is_name(topic) || TAKEN.contains(&topic) => {
                let problem = Problem::new(format!("`{topic}` can not be a topic's name"), name.span());
                problems.push(problem.help(format!(
                    "it becomes part of an address: letters, digits, `-` and `_`, and none of {}",
                    TAKEN.join(", ")
                )));
            }
            (topic, _) => {
                let topic = topic.to_owned();
                each.extend(read_as::<Condition>(value, problems).map(|condition| (topic, condition)));
            }
        }
    }
    if each.is_empty() && problems.len() == mistakes {
        problems.push(Problem::new("there is no topic in it", span).help(EXAMPLE));
    }
    Topics::new(each, is_exclusive.unwrap_or(false))
}

const EXAMPLE: &str = "ai = { title = '\\bAI\\b' }";

/// A rule can only send items to topics that there are.
pub(super) fn check_routes(
    topics: &Topics,
    steps: &[Step],
    feed: &Range<usize>,
    problems: &mut Vec<Problem>,
) {
    let known = topics.names();
    for (label, topic) in steps.iter().filter_map(|step| Some((&step.label, step.rule.topic()?))) {
        if !known.contains(&topic) {
            let message =
                format!("`{label}` sends items to the topic `{topic}`, which this feed does not have");
            let problem = Problem::new(message, feed.clone());
            problems.push(if known.is_empty() {
                problem.help(format!("[feeds.NAME.topics]\n{topic} = {{ teaser = true }}"))
            } else {
                problem.nearest_and_all(topic, "its topics", &known)
            });
        }
    }
}
