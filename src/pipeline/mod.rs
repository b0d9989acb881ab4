//! The rules of a feed, one after the other, on a draft of it; and the feeds that come out.

mod edition;
mod note;
mod trace;

use std::sync::Arc;

use jiff::Timestamp;

use crate::convert::Target;
use crate::feed::articles::{Articles, Login, Reach};
use crate::feed::platform::{Platform, platforms_of};
use crate::feed::{Draft, Feed, Format};
use crate::guard::{Guard, Toll};
use crate::receipt::{Action, Entry, Receipt};
use crate::rules::Rule;
use crate::topics::{Share, Topics};
use crate::xml::splice::Edit;

pub use trace::{After, Fate, Place, Trace, Traced};

/// The rules of a feed, compiled.
#[derive(Clone, Debug)]
pub struct Pipeline {
    steps: Vec<Step>,
    guard: Guard,
    topics: Topics,
    reach: Reach,
    login: Login,
}

/// A rule, and the name it has in receipts.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name, after its pack's where it is of one: `substack/teasers`.
    pub label: String,
    /// What to do.
    pub rule: Arc<dyn Rule>,
    /// How much it may take in one refresh, where that is not as much as any other.
    pub guard: Option<Guard>,
    /// The platform whose feeds it is for; `None` for every feed.
    pub only: Option<Arc<Platform>>,
}

impl Step {
    /// A step for every feed.
    pub fn new(label: impl Into<String>, rule: impl Into<Arc<dyn Rule>>) -> Self {
        Step { label: label.into(), rule: rule.into(), guard: None, only: None }
    }
}

/// How a feed is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Form {
    /// In which format; `None` for its own.
    pub target: Option<Target>,
    /// Where readers read it, so that it does not lead them elsewhere.
    pub address: Option<Address>,
}

/// Where a feed is read, and its topics beside it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// Without an extension: `http://127.0.0.1:8080/feeds/NAME`. Where the query names the feed and its format,
    /// and there are no topics, the whole address. Every request for the feed shares it.
    pub base: Arc<str>,
    /// With its dot; empty where the address names no format.
    pub extension: String,
}

impl Address {
    /// The address of a topic, or of the feed itself.
    pub fn of(&self, topic: Option<&str>) -> String {
        let Address { base, extension } = self;
        topic.map_or_else(|| format!("{base}{extension}"), |topic| format!("{base}/{topic}{extension}"))
    }
}

/// A feed that has been through its rules.
#[derive(Debug)]
pub struct Cleaned {
    /// What to serve.
    pub text: String,
    /// Its format.
    pub format: Format,
    /// What was done, as edits of the source.
    pub edits: Vec<Edit>,
    /// What was done, for people.
    pub receipt: Receipt,
    /// When the result may be another although the source is the same.
    pub valid_until: Option<Timestamp>,
}

/// What comes out of one run of the rules.
#[derive(Debug)]
pub struct Editions {
    /// The feed itself.
    pub whole: Cleaned,
    /// Its topics, by name.
    pub topics: Vec<(String, Cleaned)>,
}

impl Editions {
    /// The feed itself, or one of its topics.
    pub fn take(self, topic: Option<&str>) -> Option<Cleaned> {
        let Some(topic) = topic else { return Some(self.whole) };
        self.topics.into_iter().find(|(name, _)| name == topic).map(|(_, cleaned)| cleaned)
    }
}

/// A feed whose rules have run, before anything is written.
#[derive(Debug)]
struct Settled<'f> {
    draft: Draft<'f>,
    entries: Vec<Entry>,
    shares: Vec<Share>,
}

impl Default for Pipeline {
    fn default() -> Self {
        Pipeline::new(Vec::new())
    }
}

impl Pipeline {
    /// A pipeline of these steps, which may take as much as they like.
    pub fn new(steps: Vec<Step>) -> Self {
        Pipeline {
            steps,
            guard: Guard::Off,
            topics: Topics::default(),
            reach: Reach::Public,
            login: Login::NOBODY,
        }
    }

    /// The same under a guard.
    #[must_use]
    pub fn guarded(self, guard: Guard) -> Self {
        Pipeline { guard, ..self }
    }

    /// The same for a feed with topics.
    #[must_use]
    pub fn with_topics(self, topics: Topics) -> Self {
        Pipeline { topics, ..self }
    }

    /// The same for a feed that may reach so far.
    #[must_use]
    pub fn reaching(self, reach: Reach) -> Self {
        Pipeline { reach, ..self }
    }

    /// How far its feed may reach.
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// The same for a feed that asks for pages as this one.
    #[must_use]
    pub fn asking_as(self, login: Login) -> Self {
        Pipeline { login, ..self }
    }

    /// These steps, and more after them.
    #[must_use]
    pub fn then(mut self, steps: Vec<Step>) -> Self {
        self.steps.extend(steps);
        self
    }

    /// The first so many steps: what comes of them is what the next one sees.
    #[must_use]
    pub fn first(&self, count: usize) -> Self {
        let steps = self.steps.iter().take(count).cloned().collect();
        Pipeline { steps, topics: self.topics.clone(), ..*self }
    }

    /// These steps after one that comes first.
    #[must_use]
    pub fn after(mut self, first: Step) -> Self {
        self.steps.insert(0, first);
        self
    }

    /// The names of the steps, in order.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().map(|step| step.label.as_str())
    }

    /// Whether a rule wants the articles of items.
    pub fn wants_articles(&self) -> bool {
        self.steps.iter().any(|step| step.rule.wants_articles())
    }

    /// The names of the topics, `rest` last.
    pub fn topics(&self) -> Vec<&str> {
        self.topics.names()
    }

    /// Runs the rules. The same feed, rules and time give the same bytes.
    pub fn run(&self, feed: &Feed, now: Timestamp) -> Cleaned {
        self.render(feed, now, &Form::default())
    }

    /// Runs the rules, and writes the feed in the form that is asked for.
    pub fn render(&self, feed: &Feed, now: Timestamp, form: &Form) -> Cleaned {
        self.settled(feed, now, &Articles::default(), &mut Trace::Off).edition(None, form)
    }

    /// The same, and each of its topics, with the articles that items stand for.
    pub fn editions(&self, feed: &Feed, now: Timestamp, form: &Form, articles: &Articles) -> Editions {
        let settled = self.settled(feed, now, articles, &mut Trace::Off);
        let each =
            settled.shares.iter().map(|share| (share.topic.clone(), settled.edition(Some(share), form)));
        Editions { topics: each.collect(), whole: settled.edition(None, form) }
    }

    /// Runs the rules, without those that the guard stops.
    fn settled<'f>(
        &self,
        feed: &'f Feed,
        now: Timestamp,
        articles: &'f Articles,
        trace: &mut Trace,
    ) -> Settled<'f> {
        let mut stopped: Vec<(usize, String)> = Vec::new();
        loop {
            let mut draft = Draft::with_articles(feed, now, articles).reaching(self.reach, self.login);
            let mut entries: Vec<Entry> = feed.mended.iter().map(Entry::mended).collect();
            trace.begin();
            // Each turn stops one step more, so there are no more turns than steps.
            if let Some(objection) = self.apply(&mut draft, &stopped, &mut entries, trace) {
                stopped.push(objection);
                continue;
            }
            note::unread(&mut draft, &mut entries);
            let guarded = stopped.into_iter().map(|(at, why)| Entry::guarded(&self.steps[at].label, why));
            entries.splice(0..0, guarded);
            let shares = self.topics.share_out(&mut draft);
            return Settled { draft, entries, shares };
        }
    }

    /// Which steps are for this feed. Where some are for one platform's, and the feed is of none, the receipt says so.
    fn due(&self, feed: &Feed, entries: &mut Vec<Entry>) -> Vec<bool> {
        let known: Vec<&Arc<Platform>> = self.steps.iter().filter_map(|step| step.only.as_ref()).collect();
        let of = platforms_of(feed, known.iter().copied());
        if of.is_empty() && !known.is_empty() {
            entries.push(Entry::unrecognised());
        }
        let is_due = |step: &Step| {
            step.only.as_ref().is_none_or(|only| of.iter().any(|platform| Arc::ptr_eq(platform, only)))
        };
        self.steps.iter().map(is_due).collect()
    }

    /// Applies the steps that are not stopped; where the guard objects to one, which, and why.
    fn apply(
        &self,
        draft: &mut Draft<'_>,
        stopped: &[(usize, String)],
        entries: &mut Vec<Entry>,
        trace: &mut Trace,
    ) -> Option<(usize, String)> {
        let due = self.due(draft.feed(), entries);
        for (at, step) in self.steps.iter().enumerate() {
            if !due[at] || stopped.iter().any(|(stopped, _)| *stopped == at) {
                continue;
            }
            let guard = step.guard.unwrap_or(self.guard);
            let before = if step.rule.may_empty() { 0 } else { draft.kept() };
            let noted = entries.len();
            step.rule.apply(draft);
            let toll = note::step(&step.label, draft, guard, entries);
            trace.step(&step.label, draft, &entries[noted..]);
            if let Some(why) = guard.objection(Toll { before, ..toll }) {
                return Some((at, why));
            }
        }
        None
    }
}

impl Settled<'_> {
    /// What the receipt begins with.
    fn receipt(&self) -> Receipt {
        let feed = self.draft.feed();
        let (bytes_in, items_in) = (feed.source.len(), feed.items.len());
        let topics = self.shares.clone();
        Receipt { bytes_in, items_in, topics, entries: self.entries.clone(), ..Receipt::default() }
    }
}

/// What is not of an edition, because it is of another one.
fn elsewhere(item: usize, title: String, topics: &[&str]) -> Entry {
    let snippet = format!("taken by {}", topics.join(", "));
    let (rule, action, field) = ("topics".to_owned(), Action::Elsewhere, "item");
    Entry { rule, item: Some(item), title, action, field, count: 1, bytes: 0, snippet }
}
