//! Topics: subfeeds out of one feed, each with the items that its condition takes, and `rest` with what none
//! took. Every item lands somewhere.

use serde::Serialize;

use crate::feed::Draft;
use crate::rules::condition::Condition;

/// What holds the items that no topic took.
pub const REST: &str = "rest";

/// The topics of a feed.
#[derive(Clone, Debug, Default)]
pub struct Topics {
    each: Vec<(String, Condition)>,
    /// Whether an item is only of the first topic that takes it.
    is_exclusive: bool,
}

/// Which items a topic has taken.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Share {
    /// The topic.
    pub topic: String,
    /// The items, counted from 0 in the source, in the order in which they stand.
    pub items: Vec<usize>,
    /// Where they are in the draft.
    #[serde(skip)]
    pub(crate) at: Vec<usize>,
}

impl Topics {
    /// Topics in the order in which they are asked.
    pub fn new(each: Vec<(String, Condition)>, is_exclusive: bool) -> Self {
        Topics { each, is_exclusive }
    }

    /// Their names, `rest` last; none where there are no topics.
    pub fn names(&self) -> Vec<&str> {
        let rest = (!self.each.is_empty()).then_some(REST);
        self.each.iter().map(|(name, _)| name.as_str()).chain(rest).collect()
    }

    /// Shares out the items that are left. An item that a rule has sent to a topic is of that one alone.
    pub fn share_out(&self, draft: &mut Draft<'_>) -> Vec<Share> {
        let names = self.names();
        let mut shares: Vec<Share> = names
            .iter()
            .map(|name| Share { topic: (*name).to_owned(), items: Vec::new(), at: Vec::new() })
            .collect();
        let Some(rest) = shares.len().checked_sub(1) else { return shares };
        let mut takers: Vec<Vec<usize>> = Vec::new();
        draft.judge(|item, moment| {
            let sent = item.routed().and_then(|topic| names.iter().position(|name| *name == topic));
            let asked = self.each.iter().enumerate().filter(|_| sent.is_none());
            let mut taking =
                asked.filter(|(_, (_, condition))| condition.holds(item, moment)).map(|(at, _)| at);
            let mut all: Vec<usize> =
                if self.is_exclusive { taking.next().into_iter().collect() } else { taking.collect() };
            all.extend(sent);
            if all.is_empty() {
                all.push(rest);
            }
            takers.push(all);
        });
        let kept = draft.items().iter().enumerate().filter(|(_, item)| !item.is_dropped());
        for ((at, item), takers) in kept.zip(takers) {
            for taker in takers {
                shares[taker].items.push(item.index());
                shares[taker].at.push(at);
            }
        }
        shares
    }
}
