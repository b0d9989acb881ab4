//! The rules of a feed, one after the other, on a draft of it; and the feeds that come out.

mod edition;
mod memory;
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
use crate::rules::{Rule, Scope};
use crate::topics::{Share, Topics};
use crate::xml::splice::Edit;
use memory::Recall;

pub use memory::Memory;
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

/// What a step has done.
#[derive(Debug, Default)]
struct Done {
    toll: Toll,
    entries: Vec<Entry>,
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
        self.settled(feed, now, &Articles::default(), &mut Trace::Off, None).0.edition(None, form)
    }

    /// The same, and each of its topics, with the articles that items stand for.
    pub fn editions(&self, feed: &Feed, now: Timestamp, form: &Form, articles: &Articles) -> Editions {
        self.settled(feed, now, articles, &mut Trace::Off, None).0.editions(form)
    }

    /// The same, after what was made of its items the last time, which is only asked for of those that are new; and what
    /// to remember of it the next time.
    pub fn editions_after(
        &self,
        before: &Memory,
        feed: &Feed,
        now: Timestamp,
        form: &Form,
        articles: &Articles,
    ) -> (Editions, Memory) {
        let (settled, memory) = self.settled(feed, now, articles, &mut Trace::Off, Some(before));
        (settled.editions(form), memory)
    }

    /// Runs the rules, without those that the guard stops.
    fn settled<'f>(
        &self,
        feed: &'f Feed,
        now: Timestamp,
        articles: &'f Articles,
        trace: &mut Trace,
        before: Option<&Memory>,
    ) -> (Settled<'f>, Memory) {
        let mut stopped: Vec<(usize, String)> = Vec::new();
        loop {
            let mut draft = Draft::with_articles(feed, now, articles).reaching(self.reach, self.login);
            let mut entries: Vec<Entry> = feed.mended.iter().map(Entry::mended).collect();
            trace.begin();
            let mut run = self.due(feed, &mut entries);
            run.retain(|at| stopped.iter().all(|(stopped, _)| stopped != at));
            let mut recall = match before {
                Some(before) => Recall::begin(before, &run, &mut draft, now),
                None => Recall::nothing(now),
            };
            // Each turn stops one step more, so there are no more turns than steps.
            if let Some(objection) = self.apply(&run, &mut draft, &mut recall, &mut entries, trace) {
                stopped.push(objection);
                continue;
            }
            note::unread(&mut draft, &mut entries);
            let guarded = stopped.into_iter().map(|(at, why)| Entry::guarded(&self.steps[at].label, why));
            entries.splice(0..0, guarded);
            let shares = self.topics.share_out(&mut draft, |item| recall.takers(item));
            let settled = Settled { draft, entries, shares };
            let are_lasting = run.iter().all(|at| self.steps[*at].rule.scope() != Scope::Feed);
            let memory = recall.learnt(&settled, are_lasting);
            return (settled, memory);
        }
    }

    /// The steps that are for this feed. Where some are for one platform's, and the feed is of none, the receipt says so.
    fn due(&self, feed: &Feed, entries: &mut Vec<Entry>) -> Vec<usize> {
        let known: Vec<&Arc<Platform>> = self.steps.iter().filter_map(|step| step.only.as_ref()).collect();
        let of = platforms_of(feed, known.iter().copied());
        if of.is_empty() && !known.is_empty() {
            entries.push(Entry::unrecognised());
        }
        let is_due = |step: &Step| {
            step.only.as_ref().is_none_or(|only| of.iter().any(|platform| Arc::ptr_eq(platform, only)))
        };
        self.steps.iter().enumerate().filter(|(_, step)| is_due(step)).map(|(at, _)| at).collect()
    }

    /// Applies steps; where the guard objects to one, which, and why.
    fn apply<'f>(
        &self,
        run: &[usize],
        draft: &mut Draft<'f>,
        recall: &mut Recall<'f>,
        entries: &mut Vec<Entry>,
        trace: &mut Trace,
    ) -> Option<(usize, String)> {
        let alone = run.iter().take_while(|at| self.steps[**at].rule.scope() == Scope::Item).count();
        let (first, later) = run.split_at(alone);
        let is_all = later.is_empty();
        let done = self.alone(first, is_all, draft, recall, trace);
        for (at, Done { mut toll, entries: mut noted }) in first.iter().zip(done) {
            recall.tell(*at, &mut toll, &mut noted);
            entries.append(&mut noted);
            let objection = self.objection(*at, toll);
            if objection.is_some() {
                return objection;
            }
        }
        recall.end(draft);
        later.iter().find_map(|at| {
            let Done { toll, entries: mut noted } = self.step(*at, draft, recall, trace);
            entries.append(&mut noted);
            self.objection(*at, toll)
        })
    }

    /// Applies the steps that look at each item alone, item by item: what is read of one is at hand for all of them, and
    /// need not be kept for long. `is_all` is whether no step comes after them.
    fn alone<'f>(
        &self,
        steps: &[usize],
        is_all: bool,
        draft: &mut Draft<'f>,
        recall: &mut Recall<'f>,
        trace: &mut Trace,
    ) -> Vec<Done> {
        let mut all: Vec<Done> = steps.iter().map(|_| Done::default()).collect();
        let fresh = draft.set_aside(|_| true);
        let mut ready = Vec::with_capacity(fresh.len());
        for item in fresh {
            draft.put_back(vec![item]);
            for (at, done) in steps.iter().zip(&mut all) {
                let Done { toll, mut entries } = self.step(*at, draft, recall, trace);
                done.toll += toll;
                done.entries.append(&mut entries);
            }
            let takers = if is_all { self.topics.takers(draft) } else { None };
            draft.items_mut().iter_mut().for_each(|item| recall.end_item(item, takers.clone()));
            ready.append(&mut draft.set_aside(|_| true));
        }
        draft.put_back(ready);
        all
    }

    /// Applies a step.
    fn step<'f>(&self, at: usize, draft: &mut Draft<'f>, recall: &mut Recall<'f>, trace: &mut Trace) -> Done {
        let (step, before, mut entries) = (&self.steps[at], draft.kept(), Vec::new());
        step.rule.apply(draft);
        let guard = step.guard.unwrap_or(self.guard);
        let toll = note::step((at, &step.label), draft, guard, &mut entries, recall);
        trace.step(&step.label, draft, &entries);
        Done { toll: Toll { before, ..toll }, entries }
    }

    /// Whether the guard objects to a step, and why.
    fn objection(&self, at: usize, toll: Toll) -> Option<(usize, String)> {
        let step = &self.steps[at];
        let before = if step.rule.may_empty() { 0 } else { toll.before };
        let why = step.guard.unwrap_or(self.guard).objection(Toll { before, ..toll });
        why.map(|why| (at, why))
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
