//! What a conversion could not carry over.

use std::collections::HashMap;

/// Something that could not be carried over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// Which item it was in, counted from 0; `None` for the feed itself.
    pub item: Option<usize>,
    /// Its name as the publisher wrote it, or a sentence on what is missing.
    pub what: String,
    /// How often.
    pub count: u32,
}

/// What has been lost so far.
#[derive(Debug, Default)]
pub(super) struct Losses {
    list: Vec<Lost>,
    places: HashMap<(Option<usize>, String), usize>,
    /// The item at hand.
    pub item: Option<usize>,
}

impl Losses {
    /// Something of the item at hand is lost.
    pub fn add(&mut self, what: impl Into<String>) {
        let (item, what) = (self.item, what.into());
        if let Some(place) = self.places.get(&(item, what.clone())) {
            self.list[*place].count += 1;
            return;
        }
        self.places.insert((item, what.clone()), self.list.len());
        self.list.push(Lost { item, what, count: 1 });
    }

    /// A part of something is lost: `part` of what `by` says.
    pub fn add_part(&mut self, by: &str, part: &str) {
        self.add(format!("{by}: {part}"));
    }

    /// Everything, that of the feed first and that of the items in their order.
    pub fn into_list(mut self) -> Vec<Lost> {
        self.list.sort_by_key(|lost| lost.item);
        self.list
    }
}
