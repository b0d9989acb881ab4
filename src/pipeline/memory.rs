//! What the rules made of the items of a feed the last time, so that they need only be asked about those that are new.
//!
//! It is of the steps that come before the first that looks at several items at once: what those do to an item follows
//! from its bytes, from what the feed says of itself, and from the time. Served is the same with it and without; the tests
//! hold every case of every rule to that.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use super::Settled;
use crate::feed::draft::{ItemDraft, Made};
use crate::feed::{Draft, Feed, Format, Meaning};
use crate::guard::Toll;
use crate::receipt::{Action, Entry};

/// What was made of the items of one feed by the rules of one configuration.
#[derive(Debug, Default)]
pub struct Memory {
    /// A digest of what all of that follows from beside the items themselves.
    ground: u128,
    /// By the digest of an item.
    items: HashMap<u128, Arc<Kept>>,
}

/// What was made of an item.
#[derive(Debug)]
struct Kept {
    made: Made,
    /// What each step did to it that did something.
    notes: Vec<Note>,
    /// Which topics take it, where that follows from the item too.
    takers: Option<Vec<usize>>,
    /// Since when, and until when that holds.
    since: Timestamp,
    until: Option<Timestamp>,
}

/// What a step did to an item.
#[derive(Clone, Debug)]
pub(super) struct Note {
    pub(super) step: usize,
    /// Whether it cut too much of its text.
    pub(super) is_cut: bool,
    pub(super) entries: Vec<Entry>,
}

impl Memory {
    /// How many bytes it takes, about.
    pub fn weight(&self) -> usize {
        size_of::<Memory>() + self.items.values().map(|kept| kept.weight()).sum::<usize>()
    }

    /// How many items it is of.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether it is of none.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

impl Kept {
    fn weight(&self) -> usize {
        let of = |note: &Note| size_of::<Note>() + note.entries.iter().map(Entry::weight).sum::<usize>();
        let notes = self.notes.iter().map(of);
        size_of::<Kept>() + self.made.weight() + notes.sum::<usize>()
    }

    fn holds(&self, now: Timestamp) -> bool {
        self.since <= now && self.until.is_none_or(|until| now < until)
    }

    /// Whether a step, or one before it, has dropped the item.
    fn is_dropped_by(&self, step: usize) -> bool {
        let drops = |note: &Note| note.entries.iter().any(|entry| entry.action == Action::Dropped);
        self.notes.iter().any(|note| note.step <= step && drops(note))
    }
}

/// A run that remembers.
#[derive(Debug, Default)]
pub(super) struct Recall<'f> {
    now: Timestamp,
    ground: u128,
    /// The digest of each item of the source; none where nothing is to be remembered.
    digests: Vec<u128>,
    /// What is remembered, by the place of the item in the source.
    known: HashMap<usize, Arc<Kept>>,
    aside: Vec<ItemDraft<'f>>,
    /// Whether the steps that run are of each item alone.
    is_open: bool,
    /// What is learnt about the others.
    notes: HashMap<usize, Vec<Note>>,
    made: HashMap<usize, Made>,
    takers: HashMap<usize, Vec<usize>>,
}

impl<'f> Recall<'f> {
    /// A run that neither remembers nor keeps anything.
    pub(super) fn nothing(now: Timestamp) -> Self {
        Recall { now, ..Recall::default() }
    }

    /// Sets the items aside that are remembered. `run` are the steps that run.
    pub(super) fn begin(before: &Memory, run: &[usize], draft: &mut Draft<'f>, now: Timestamp) -> Self {
        let feed = draft.feed();
        let ground = ground(feed, run);
        let digests: Vec<u128> =
            feed.items.iter().map(|item| xxh3_128(item.span.of(&feed.source).as_bytes())).collect();
        let find = |digest: &u128| {
            let kept = before.items.get(digest).filter(|_| before.ground == ground);
            kept.filter(|kept| kept.holds(now)).cloned()
        };
        let known = digests.iter().enumerate().filter_map(|(at, digest)| Some((at, find(digest)?))).collect();
        let mut recall = Recall { ground, digests, known, is_open: true, ..Recall::nothing(now) };
        recall.aside = draft.set_aside(|item| recall.known.contains_key(&item.index()));
        for item in &mut recall.aside {
            item.lay(&recall.known[&item.index()].made);
        }
        recall
    }

    /// Adds to what a step has done what it did to the items that are set aside, as it would stand had they been there.
    pub(super) fn tell(&self, step: usize, toll: &mut Toll, entries: &mut Vec<Entry>) {
        for item in &self.aside {
            let (index, kept) = (item.index(), &self.known[&item.index()]);
            let is_left = !kept.is_dropped_by(step);
            toll.before += usize::from(step.checked_sub(1).is_none_or(|before| !kept.is_dropped_by(before)));
            toll.left += usize::from(is_left);
            toll.texts += usize::from(is_left && item.has_text());
            for note in kept.notes.iter().filter(|note| note.step == step) {
                toll.cut += usize::from(note.is_cut);
                entries.extend(note.entries.iter().map(|entry| Entry { item: Some(index), ..entry.clone() }));
            }
        }
        entries.sort_by_key(|entry| entry.item);
    }

    /// Keeps what a step has done to an item.
    pub(super) fn note(&mut self, index: usize, note: Note) {
        if self.is_open {
            self.notes.entry(index).or_default().push(note);
        }
    }

    /// Ends what is done to an item alone: from here on it is seen as it is when it is laid anew, whether it was remembered
    /// or not, so that the same comes of it whichever it was. What was read of it is not needed any more.
    pub(super) fn end_item(&mut self, item: &mut ItemDraft<'f>, takers: Option<Vec<usize>>) {
        let Some(made) = item.made() else { return };
        item.lay(&made);
        if self.is_open {
            self.made.insert(item.index(), made);
        }
        self.takers.extend(takers.map(|takers| (item.index(), takers)));
    }

    /// Ends what is remembered: the steps from here on see all items.
    pub(super) fn end(&mut self, draft: &mut Draft<'f>) {
        self.is_open = false;
        draft.hold_until(self.known.values().filter_map(|kept| kept.until).min());
        draft.put_back(std::mem::take(&mut self.aside));
    }

    /// Which topics take an item, where that is remembered.
    pub(super) fn takers(&self, index: usize) -> Option<&[usize]> {
        let known = || self.known.get(&index)?.takers.as_deref();
        self.takers.get(&index).map(Vec::as_slice).or_else(known)
    }

    /// What to remember of this run. `are_lasting` is whether what topics took follows from each item alone.
    pub(super) fn learnt(self, settled: &Settled<'_>, are_lasting: bool) -> Memory {
        let Recall { now, ground, digests, mut known, mut notes, mut made, .. } = self;
        let mut takers: HashMap<usize, Vec<usize>> = HashMap::new();
        for (topic, share) in settled.shares.iter().enumerate().filter(|_| are_lasting) {
            share.items.iter().for_each(|item| takers.entry(*item).or_default().push(topic));
        }
        let until = settled.draft.valid_until();
        let items = digests.into_iter().enumerate().filter_map(|(index, digest)| {
            if let Some(kept) = known.remove(&index) {
                return Some((digest, kept));
            }
            let (made, notes) = (made.remove(&index)?, notes.remove(&index).unwrap_or_default());
            Some((digest, Arc::new(Kept { made, notes, takers: takers.remove(&index), since: now, until })))
        });
        Memory { ground, items: items.collect() }
    }
}

/// A digest of what the steps see beside the items: which of them run, and what the feed says of itself, but for when it
/// was changed, which it is at every change.
fn ground(feed: &Feed, run: &[usize]) -> u128 {
    let mut digest = Xxh3::new();
    let mut feed_in = |bytes: &[u8]| {
        digest.update(&bytes.len().to_le_bytes());
        digest.update(bytes);
    };
    feed_in(&[feed.format as u8]);
    for step in run {
        feed_in(&step.to_le_bytes());
    }
    if let Some(end) = feed.roots.last().filter(|_| feed.format != Format::Json) {
        feed_in(&feed.source.as_bytes()[..end.range().end]);
    }
    let is_date = |name: &str| name == "lastBuildDate";
    for field in &feed.fields {
        let is_dated =
            matches!(field.meaning, Meaning::Published | Meaning::Updated) || is_date(feed.name(field));
        if !is_dated {
            feed_in(feed.whole(field).of(&feed.source).as_bytes());
        }
    }
    digest.digest128()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use jiff::SignedDuration;

    use super::*;
    use crate::feed::articles::Articles;
    use crate::feed::parse;
    use crate::pipeline::{Form, Pipeline, Step};
    use crate::rules::Rule;

    /// Counts the items that it sees, marks each, and holds until a time.
    #[derive(Debug)]
    struct Counting(Arc<AtomicUsize>, Option<Timestamp>);

    impl Rule for Counting {
        fn apply(&self, draft: &mut Draft<'_>) {
            draft.hold_until(self.1);
            self.0.fetch_add(draft.kept(), Ordering::Relaxed);
            draft.kept_mut().for_each(|item| item.title_mut().suffix("!"));
        }
    }

    fn feed(channel: &str, titles: &[&str]) -> Feed {
        let item = |title: &&str| format!("<item><title>{title}</title></item>");
        let items: String = titles.iter().map(item).collect();
        parse(format!("<rss><channel>{channel}{items}</channel></rss>")).unwrap()
    }

    #[test]
    fn only_what_is_new_is_asked_for() {
        let seen = Arc::new(AtomicUsize::new(0));
        let now: Timestamp = "2026-05-05T12:00:00Z".parse().unwrap();
        let until = now + SignedDuration::from_hours(1);
        let rule: Arc<dyn Rule> = Arc::new(Counting(seen.clone(), Some(until)));
        let pipeline = Pipeline::new(vec![Step::new("count", rule)]);
        let mut memory = Memory::default();
        let mut run = |feed: &Feed, now: Timestamp| {
            let (form, articles) = (Form::default(), Articles::default());
            let (editions, learnt) = pipeline.editions_after(&memory, feed, now, &form, &articles);
            assert_eq!(editions.whole.text.matches("!</title>").count(), feed.items.len());
            memory = learnt;
            seen.swap(0, Ordering::Relaxed)
        };
        assert_eq!(run(&feed("<title>t</title>", &["a", "b", "c"]), now), 3);
        // One comes, one goes, and the feed has been built again.
        let date = "<title>t</title><lastBuildDate>Tue, 05 May 2026 12:30:00 GMT</lastBuildDate>";
        assert_eq!(run(&feed(date, &["new", "a", "b"]), now), 1);
        assert_eq!(run(&feed(date, &["new", "a", "b, corrected"]), now), 1);
        // The feed says something else of itself, which a rule may look at.
        assert_eq!(run(&feed("<title>u</title>", &["new", "a"]), now), 2);
        assert_eq!(run(&feed("<title>u</title>", &["new", "a"]), until), 2);
        assert_eq!(run(&feed("<title>u</title>", &["new", "a"]), now), 2, "the clock has gone back");
    }
}
