//! Topics: subfeeds out of one feed, each with the items that its condition takes, and `rest` with what none
//! took. Every item lands somewhere.

use serde::Serialize;

use crate::feed::Draft;
use crate::feed::draft::{ItemDraft, Moment};
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

    /// Shares out the items that are left. An item that a rule has sent to a topic is of that one alone. `known` says of
    /// an item which topics take it, where that is known.
    pub fn share_out<'k>(
        &self,
        draft: &mut Draft<'_>,
        known: impl Fn(usize) -> Option<&'k [usize]>,
    ) -> Vec<Share> {
        let names = self.names();
        let mut shares: Vec<Share> = names
            .iter()
            .map(|name| Share { topic: (*name).to_owned(), items: Vec::new(), at: Vec::new() })
            .collect();
        let Some(rest) = shares.len().checked_sub(1) else { return shares };
        let mut takers: Vec<Vec<usize>> = Vec::new();
        draft.judge(|item, moment| {
            let known = known(item.index()).map(<[usize]>::to_vec);
            takers.push(known.unwrap_or_else(|| self.taking(item, moment, rest)));
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

    /// Which topics take the only item of a draft, by their places among [`Topics::names`]; `None` where there are none,
    /// or the item is gone.
    pub fn takers(&self, draft: &mut Draft<'_>) -> Option<Vec<usize>> {
        let rest = self.names().len().checked_sub(1)?;
        let mut takers = None;
        draft.judge(|item, moment| takers = Some(self.taking(item, moment, rest)));
        takers
    }

    fn taking(&self, item: &mut ItemDraft<'_>, moment: &mut Moment, rest: usize) -> Vec<usize> {
        let sent = item.routed().and_then(|topic| self.names().iter().position(|name| *name == topic));
        let asked = self.each.iter().enumerate().filter(|_| sent.is_none());
        let mut taking = asked.filter(|(_, (_, condition))| condition.holds(item, moment)).map(|(at, _)| at);
        let mut all: Vec<usize> =
            if self.is_exclusive { taking.next().into_iter().collect() } else { taking.collect() };
        all.extend(sent);
        if all.is_empty() {
            all.push(rest);
        }
        all
    }
}
