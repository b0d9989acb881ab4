//! From a draft to edits of the source, and from those to the feed that is served.

use super::Draft;
use crate::xml::splice::{Edit, splice};

impl Draft<'_> {
    /// Everything that has been done, as edits of the source: sorted and disjoint.
    pub fn edits(&self) -> Vec<Edit> {
        let each = self.items().iter().flat_map(|item| {
            if item.is_dropped() { vec![Edit::delete(item.item().span)] } else { item.lower_fields() }
        });
        each.collect()
    }

    /// The feed with everything applied. Where nothing was done it is the source, byte for byte.
    pub fn render(&self) -> String {
        splice(&self.feed().source, &self.edits())
    }
}
