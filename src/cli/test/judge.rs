//! One expectation: what comes of the saved feed, and what is wrong with that.

use std::path::Path;

use jiff::Timestamp;

use super::lines::{Line, compare, shortened};
use super::words::{Found, Words, folded};
use crate::cli::input;
use crate::config::{Config, Expectation, FeedConfig, Source};
use crate::feed::articles::Articles;
use crate::feed::{self, Feed};
use crate::fetch::{FetchError, Headers};
use crate::pipeline::{Form, Pipeline};
use crate::receipt::{Action, Receipt};

/// How many places of one text are shown.
const MAX_PLACES: usize = 3;

/// A saved feed, and what is done to it.
struct Saved<'c> {
    config: &'c FeedConfig,
    feed: Feed,
    now: Timestamp,
    topic: Option<&'c str>,
}

/// Something that was expected and is not there.
#[derive(Clone, Copy)]
enum Missing<'e> {
    /// An item with this title.
    Title(&'e str),
    /// A text.
    Text(&'e str),
}

/// What is wrong with what comes of a saved feed, in lines for a person; nothing where all is as expected.
///
/// # Errors
/// Where the saved feed can not be read, in one sentence.
pub(super) fn judge(
    config: &Config,
    feed: &FeedConfig,
    expected: &Expectation,
    now: Timestamp,
) -> Result<Vec<String>, String> {
    let path = config.path.as_deref().and_then(Path::parent).unwrap_or(Path::new("")).join(&expected.saved);
    let not_read = |error: &dyn std::fmt::Display| format!("can not read {}: {error}", path.display());
    let body = input::read_file(&path, config.fetch.max_body).map_err(|error| not_read(&error))?;
    let read = input::read_as(Some(feed), Source::Sample, body, &Headers::default());
    let saved = Saved {
        config: feed,
        feed: read.map_err(|error: FetchError| not_read(&error))?,
        now: expected.now.unwrap_or(now),
        topic: expected.topic.as_deref(),
    };
    let (served, _) = saved.after(&feed.pipeline, saved.topic)?;
    let mut failures = titles(expected, &served, &saved);
    failures.extend(texts(expected, &served, &saved));
    Ok(failures)
}

impl Saved<'_> {
    /// The words of the feed as it is served after these rules, and what they did.
    fn after(&self, pipeline: &Pipeline, topic: Option<&str>) -> Result<(Words, Receipt), String> {
        let form = Form { target: self.config.format, address: None };
        let editions = pipeline.editions(&self.feed, self.now, &form, &Articles::default());
        let Some(cleaned) = editions.take(topic) else {
            return Err(format!("the feed has no topic `{}`", topic.unwrap_or_default()));
        };
        let served =
            feed::parse(cleaned.text).map_err(|error| format!("what is served is no feed: {error}"))?;
        Ok((Words::of(&served), cleaned.receipt))
    }

    /// What became of each thing that is missing, by running the rules one by one until it is gone.
    fn taken(&self, missing: &[Missing<'_>]) -> Vec<String> {
        let mut answers = vec![None; missing.len()];
        let mut before = Words::of(&self.feed);
        answer(&mut answers, missing, |thing| (!thing.is_in(&before)).then(|| NOT_THERE.to_owned()));
        let labels: Vec<&str> = self.config.pipeline.labels().collect();
        for count in 0..=labels.len() {
            if answers.iter().all(Option::is_some) {
                break;
            }
            let Ok((words, receipt)) = self.after(&self.config.pipeline.first(count), None) else { break };
            let label = count.checked_sub(1).map(|last| labels[last]);
            answer(&mut answers, missing, |thing| {
                (!thing.is_in(&words)).then(|| thing.taken_by(label, &before, &receipt))
            });
            before = words;
        }
        // What no rule has taken is in another topic.
        answer(&mut answers, missing, |_| Some(format!("not in `{}`", self.topic.unwrap_or_default())));
        answers.into_iter().map(Option::unwrap_or_default).collect()
    }
}

const NOT_THERE: &str = "it is not in the saved feed";

fn answer(
    answers: &mut [Option<String>],
    missing: &[Missing<'_>],
    answer: impl Fn(&Missing<'_>) -> Option<String>,
) {
    for (known, thing) in answers.iter_mut().zip(missing).filter(|(known, _)| known.is_none()) {
        *known = answer(thing);
    }
}

impl Missing<'_> {
    fn is_in(&self, words: &Words) -> bool {
        match self {
            Missing::Title(title) => words.has_title(title),
            Missing::Text(text) => words.find(text).next().is_some(),
        }
    }

    /// What took it, where it was there `before` a step and is not after it.
    fn taken_by(&self, step: Option<&str>, before: &Words, receipt: &Receipt) -> String {
        let Some(step) = step else { return "the format of the feed has no place for it".to_owned() };
        let title = match self {
            Missing::Title(title) => Some(*title),
            Missing::Text(text) => before.find(text).next().and_then(|found| found.title),
        };
        let mut dropped = receipt.entries.iter().filter(|entry| entry.action == Action::Dropped);
        let is_dropped = dropped.any(|entry| entry.rule == step && Some(entry.title.as_str()) == title);
        match (self, title) {
            (Missing::Title(_), _) if is_dropped => format!("dropped by {step}"),
            (Missing::Title(_), _) => format!("changed by {step}"),
            (Missing::Text(_), Some(title)) if is_dropped => format!("dropped by {step} with {title:?}"),
            (Missing::Text(_), Some(title)) => format!("taken by {step} from {title:?}"),
            (Missing::Text(_), None) => format!("taken by {step}"),
        }
    }
}

/// What is wrong with the items.
fn titles(expected: &Expectation, served: &Words, saved: &Saved<'_>) -> Vec<String> {
    let all = |titles: &[String]| titles.iter().map(|title| folded(title)).collect::<Vec<_>>();
    let mut failures = Vec::new();
    if let Some(items) = expected.items.as_deref().map(all).filter(|items| *items != served.titles) {
        failures.push(in_lines(&items, served, saved));
    }
    let kept = all(&expected.keeps);
    let missing: Vec<&str> =
        kept.iter().map(String::as_str).filter(|title| !served.has_title(title)).collect();
    let things: Vec<Missing<'_>> = missing.iter().map(|title| Missing::Title(title)).collect();
    for (title, why) in missing.iter().zip(saved.taken(&things)) {
        failures.push(format!("keeps: {title:?} is missing{}", in_brackets(&why)));
    }
    for title in all(&expected.drops).into_iter().filter(|title| served.has_title(title)) {
        failures.push(format!("drops: {title:?} is there"));
    }
    failures
}

/// The items that were expected and those that are there, line by line.
fn in_lines(items: &[String], served: &Words, saved: &Saved<'_>) -> String {
    let lines = shortened(compare(items, &served.titles));
    let gone = lines.iter().filter_map(|line| match line {
        Line::Missing(title) if !served.has_title(title) => Some(Missing::Title(title)),
        _ => None,
    });
    let mut why = saved.taken(&gone.collect::<Vec<_>>()).into_iter();
    let mut out = vec!["items: (- expected, + served)".to_owned()];
    out.extend(lines.into_iter().map(|line| match line {
        Line::Same(title) => format!("    {title}"),
        Line::Missing(title) if served.has_title(title) => format!("  - {title} (elsewhere)"),
        Line::Missing(title) => format!("  - {title}{}", in_brackets(&why.next().unwrap_or_default())),
        Line::Extra(title) => format!("  + {title}"),
        Line::More(count) => format!("    … {count} more …"),
    }));
    out.join("\n")
}

/// What is wrong with the words.
fn texts(expected: &Expectation, served: &Words, saved: &Saved<'_>) -> Vec<String> {
    let mut failures = Vec::new();
    for text in expected.absent.iter().map(|text| folded(text)) {
        let places: Vec<Found<'_>> = served.find(&text).collect();
        failures.extend(places.iter().take(MAX_PLACES).map(|Found { title, excerpt }| {
            let place = title.map_or("the feed's own words".to_owned(), |title| format!("{title:?}"));
            format!("absent: {text:?} is in {place}: {excerpt}")
        }));
        if places.len() > MAX_PLACES {
            failures.push(format!("absent: {text:?} is in {} more texts", places.len() - MAX_PLACES));
        }
    }
    let wanted: Vec<String> = expected.present.iter().map(|text| folded(text)).collect();
    let missing: Vec<Missing<'_>> = wanted.iter().map(|text| Missing::Text(text)).collect();
    let missing: Vec<Missing<'_>> = missing.into_iter().filter(|text| !text.is_in(served)).collect();
    for (thing, why) in missing.iter().zip(saved.taken(&missing)) {
        let (Missing::Text(text) | Missing::Title(text)) = thing;
        failures.push(format!("present: {text:?} is missing{}", in_brackets(&why)));
    }
    failures
}

fn in_brackets(why: &str) -> String {
    if why.is_empty() { String::new() } else { format!(" ({why})") }
}
