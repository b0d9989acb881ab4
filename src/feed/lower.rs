//! From a draft to edits of the source, and from those to the feed that is served.

use std::collections::{HashMap, HashSet};

use super::draft::ItemDraft;
use super::place::in_quotes;
use super::{Draft, Format, Listed};
use crate::span::{Span, offset};
use crate::xml::splice::{Edit, splice, splice_within};
use crate::xml::tag;

impl Draft<'_> {
    /// Everything that has been done, as edits of the source: sorted and disjoint.
    pub fn edits(&self) -> Vec<Edit> {
        self.edits_of(|item| !item.is_dropped(), Vec::new())
    }

    /// The same of a feed with only some of the items, and with more edits of the feed itself.
    pub fn edits_of(&self, mut is_in: impl FnMut(&ItemDraft<'_>) -> bool, more: Vec<Edit>) -> Vec<Edit> {
        let kept: Vec<&ItemDraft<'_>> = self.items().iter().filter(|item| is_in(item)).collect();
        let mut edits = more;
        edits.extend(self.own_edits().cloned());
        edits.extend(self.list_edits(&kept));
        if kept.is_sorted_by(|a, b| a.index() < b.index()) {
            self.lower_in_place(&kept, &mut edits);
        } else {
            self.lower_in_new_order(&kept, &mut edits);
        }
        edits.sort_by_key(|edit| edit.span);
        edits
    }

    /// The feed with everything applied. Where nothing was done it is the source, byte for byte.
    pub fn render(&self) -> String {
        splice(&self.feed().source, &self.edits())
    }

    /// Items that are gone are taken out, the others are edited where they stand.
    fn lower_in_place(&self, kept: &[&ItemDraft<'_>], edits: &mut Vec<Edit>) {
        let items = &self.feed().items;
        let mut rest = kept.iter().peekable();
        for (index, item) in items.iter().enumerate() {
            match rest.next_if(|kept| kept.index() == index) {
                Some(kept) => edits.extend(kept.lower_fields()),
                None => edits.push(Edit::delete(item.span)),
            }
        }
        // In JSON the comma belongs to the second of two: without the first, the next one does without it.
        let first_kept = kept.first().map_or(0, |item| item.index());
        if self.feed().format == Format::Json && first_kept > 0 {
            let (first, kept) = (&items[0], &items[first_kept]);
            edits.retain(|edit| edit.span.start >= kept.tag.start || edit.span.end <= first.span.start);
            edits.push(Edit::delete(Span { start: first.tag.start, end: kept.tag.start }));
        }
    }

    /// Each item is written, edited, in the place of another one; the last place takes what is left.
    fn lower_in_new_order(&self, kept: &[&ItemDraft<'_>], edits: &mut Vec<Edit>) {
        let places = &self.feed().items;
        for (at, place) in places.iter().enumerate() {
            let is_last = at + 1 == places.len();
            let here =
                if is_last { &kept[at.min(kept.len())..] } else { kept.get(at..=at).unwrap_or_default() };
            let text = here.iter().enumerate().map(|(nth, item)| self.moved(item, at + nth == 0));
            let edit = Edit::replace(place.span, text.collect::<String>());
            if edit.text != place.span.of(&self.feed().source) {
                edits.push(edit);
            }
        }
    }

    /// An item with its edits, to stand elsewhere.
    fn moved(&self, item: &ItemDraft<'_>, is_first: bool) -> String {
        let source = &self.feed().source;
        let span = item.item().span;
        let text = splice_within(source, span, item.lower_fields());
        if self.feed().format != Format::Json {
            return text;
        }
        let lead = item.item().tag.start - span.start;
        let space = text[..lead as usize].trim_start().trim_start_matches(',');
        let comma = if is_first { "" } else { "," };
        format!("{comma}{space}{}", &text[lead as usize..])
    }

    /// RSS 1.0: what is gone is no longer listed in the channel either, and what has moved is listed in its
    /// order.
    fn list_edits(&self, kept: &[&ItemDraft<'_>]) -> Vec<Edit> {
        let (feed, listed) = (self.feed(), &self.feed().listed);
        let is_as_it_was = kept.len() == feed.items.len() && kept.is_sorted_by(|a, b| a.index() < b.index());
        if listed.is_empty() || is_as_it_was {
            return Vec::new();
        }
        let order: HashMap<String, usize> =
            kept.iter().enumerate().filter_map(|(at, item)| Some((item.guid()?, at))).collect();
        let all: HashSet<String> = feed.items.iter().filter_map(|item| feed.id(item)).collect();
        if kept.iter().any(|item| item.is_part()) {
            return self.listed_anew(kept);
        }
        let stays = |entry: &Listed| order.contains_key(&entry.resource) || !all.contains(&entry.resource);
        let mut sorted: Vec<&Listed> = listed.iter().filter(|entry| stays(entry)).collect();
        sorted.sort_by_key(|entry| order.get(&entry.resource).copied().unwrap_or(usize::MAX));
        let mut sorted = sorted.into_iter();
        let each = listed.iter().filter_map(|place| {
            if !stays(place) {
                return Some(Edit::delete(place.span));
            }
            let entry = sorted.next().filter(|entry| entry.span != place.span)?;
            Some(Edit::replace(place.span, entry.span.of(&feed.source)))
        });
        each.collect()
    }

    /// RSS 1.0: where items have become several, the table of contents is written anew.
    fn listed_anew(&self, kept: &[&ItemDraft<'_>]) -> Vec<Edit> {
        let (source, listed) = (&self.feed().source, &self.feed().listed);
        let ids = kept.iter().filter_map(|item| item.guid());
        let all: Option<String> =
            listed.first().map(|entry| ids.filter_map(|id| entry.of(source, &id)).collect());
        let edits = listed.iter().zip(all.map(Some).into_iter().chain(std::iter::repeat(None)));
        edits.map(|(place, text)| Edit::replace(place.span, text.unwrap_or_default())).collect()
    }
}

impl Listed {
    /// An entry like this one for another item.
    pub fn of(&self, source: &str, resource: &str) -> Option<String> {
        let start = self.span.end - offset(self.span.of(source).trim_start().len());
        let tag = Span { start, end: self.span.end };
        let value = tag::attribute_value_of_any_prefix(source, tag, "resource")?;
        Some(splice_within(source, self.span, [Edit::replace(value, in_quotes(resource))]))
    }
}
