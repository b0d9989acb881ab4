//! What rules write to the fields of an item that hold no HTML: what short texts say now, and what has been added
//! at the item's end. Nothing that identifies an item is ever written.

use std::collections::BTreeMap;

use super::added::{at_the_end, can_grow, element, is_hidden_author, json_tags, one_author};
use super::draft::ItemDraft;
use super::place::{Key, Place};
use super::{Feed, Field, Format, Item, Meaning};
use crate::html::entity::escape;
use crate::html::taken::{Taken, shorten};
use crate::span::Span;
use crate::xml::splice::{Edit, weight};

/// What a place takes beside what it says, about.
const NODE: usize = 64;

/// What has been written to an item.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    /// What places say now, and the edits by which they do.
    said: BTreeMap<Key, (String, Vec<Edit>)>,
    /// The one author, where all others have been taken out.
    author: Option<(String, Vec<Edit>)>,
    /// The address, where the item has no element for it.
    link: Option<String>,
    /// Categories that it did not have.
    terms: Vec<String>,
    /// What was taken from each of the fields.
    taken: Vec<(&'static str, Taken)>,
}

impl Written {
    /// What a place says now.
    pub fn at(&self, place: &Place<'_>) -> String {
        self.said.get(&place.key()).map_or_else(|| place.value(), |(words, _)| words.clone())
    }

    fn write(&mut self, name: &'static str, place: &Place<'_>, words: &str) {
        let before = self.at(place);
        if before != words {
            self.note(name, &before, words);
            self.said.insert(place.key(), (words.to_owned(), place.written(words)));
        }
    }

    fn note(&mut self, name: &'static str, before: &str, now: &str) {
        let size = |text: &str| i64::try_from(text.len()).unwrap_or(i64::MAX);
        let bytes = size(before) - size(now);
        let noted = self.taken.iter_mut().find(|(field, taken)| *field == name && taken.count > 0);
        if let Some((_, taken)) = noted {
            (taken.count, taken.bytes) = (taken.count + 1, taken.bytes + bytes);
        } else {
            let snippet = shorten(if before.is_empty() { now } else { before });
            self.taken.push((name, Taken { count: 1, bytes, snippet, ..Taken::default() }));
        }
    }

    /// Notes that a field was left alone, and why.
    pub fn spare(&mut self, name: &'static str, why: String) {
        self.taken.push((name, Taken { spared: vec![why], ..Taken::default() }));
    }

    /// Notes that the item goes into a topic of its own.
    pub fn note_topic(&mut self, topic: &str) {
        self.taken.push(("topic", Taken { count: 1, snippet: topic.to_owned(), ..Taken::default() }));
    }

    pub fn drain_taken(&mut self) -> Vec<(&'static str, Taken)> {
        std::mem::take(&mut self.taken)
    }

    /// The same for an item that begins elsewhere, at `to` instead of `from`. What was taken stays behind.
    pub fn moved(&self, from: u32, to: u32) -> Self {
        let there = |at: u32| at - from + to;
        let edit = |Edit { span, text }: &Edit| {
            let span = Span { start: there(span.start), end: there(span.end) };
            Edit { span, text: text.clone() }
        };
        let said = |((at, part), (words, edits)): (&Key, &(String, Vec<Edit>))| {
            ((there(*at), *part), (words.clone(), edits.iter().map(edit).collect()))
        };
        let author = self.author.as_ref();
        Written {
            said: self.said.iter().map(said).collect(),
            author: author.map(|(name, edits)| (name.clone(), edits.iter().map(edit).collect())),
            link: self.link.clone(),
            terms: self.terms.clone(),
            taken: Vec::new(),
        }
    }

    /// How many bytes of memory it takes beside its own, about.
    pub fn weight(&self) -> usize {
        let said =
            self.said.values().chain(&self.author).map(|(words, edits)| words.len() + weight(edits) + NODE);
        let terms = self.terms.iter().chain(&self.link).map(|term| term.len() + size_of::<String>());
        said.sum::<usize>() + terms.sum::<usize>()
    }

    /// Everything written, as edits of the source.
    pub fn edits(&self, feed: &Feed, item: &Item, html: Option<&str>) -> Vec<Edit> {
        let mut edits: Vec<Edit> = self.said.values().flat_map(|(_, edits)| edits.clone()).collect();
        edits.extend(self.author.iter().flat_map(|(_, edits)| edits.clone()));
        edits.extend(self.added(feed, item, html));
        edits
    }

    /// What stands at the item's end now.
    fn added(&self, feed: &Feed, item: &Item, html: Option<&str>) -> Vec<Edit> {
        let (mut edits, mut added) = (Vec::new(), Vec::new());
        added.extend(self.link.iter().map(|link| element(feed, item, Meaning::Link, link)));
        let is_new = self.author.as_ref().filter(|(_, edits)| edits.is_empty());
        added.extend(is_new.map(|(name, _)| element(feed, item, Meaning::Author, name)));
        if feed.format == Format::Json {
            let (edit, member) = json_tags(feed, item, &self.terms);
            edits.extend(edit);
            added.extend(member);
        } else {
            added.extend(self.terms.iter().map(|term| element(feed, item, Meaning::Category, term)));
        }
        added.extend(html.map(|html| element(feed, item, Meaning::Content, html)));
        edits.extend(at_the_end(feed, item, &added));
        edits
    }
}

impl ItemDraft<'_> {
    /// What a field says now, where it says one thing.
    pub fn says(&self, field: &Field) -> Option<String> {
        let written = self.written();
        match (field.meaning, &written.author) {
            (Meaning::Author, Some((name, _))) => Some(name.clone()),
            (Meaning::Title, _) if self.is_title(field) => Some(self.title().into_owned()),
            _ => self.feed().place(field).map(|place| written.at(&place)),
        }
    }

    /// Has a field say something else, in words. `name` is what the receipt calls it. What identifies an item stays
    /// as it is, and so do its dates.
    pub fn set_field(&mut self, name: &'static str, field: &Field, words: &str) {
        let has_one_author = self.written().author.is_some();
        let place = self.feed().place(field);
        match field.meaning {
            Meaning::Id | Meaning::Published | Meaning::Updated => {}
            Meaning::Author if has_one_author => self.set_author(words),
            Meaning::Title if self.is_title(field) => self.title_mut().set_all(words),
            _ => match (self.body_of(field), place) {
                (Some(body), _) => {
                    let html = escape(words).into_owned();
                    if body.html().marked_text() != html {
                        body.html().replace_whole(html);
                    }
                }
                (None, Some(place)) => self.written_mut().write(name, &place, words),
                (None, None) => {}
            },
        }
    }

    /// The words of a field that is read as HTML, or is the title.
    pub(super) fn words_of(&mut self, field: &Field) -> Option<String> {
        if self.is_title(field) {
            return Some(self.title().into_owned());
        }
        self.body_of(field).map(|body| body.html().all_words().to_owned())
    }

    /// Has it stand for another page. What identifies it stays.
    pub fn set_link(&mut self, link: &str) {
        let (feed, item) = (self.feed(), self.item());
        if self.link().as_deref() == Some(link) {
            return;
        }
        match feed.link_place(item) {
            Some(place) => self.written_mut().write("link", &place, link),
            None if can_grow(feed, item) => {
                let before = self.written_link().unwrap_or_default();
                self.written_mut().note("link", &before, link);
                self.written_mut().link = Some(link.to_owned());
            }
            None => {}
        }
    }

    /// Gives each of its authors another name. One that it has from its feed becomes its own.
    pub fn rename_authors(&mut self, rename: impl Fn(&str) -> String) {
        if let Some((name, _)) = self.written().author.clone() {
            self.set_author(&rename(&name));
            return;
        }
        let (feed, item) = (self.feed(), self.item());
        let hidden = item.fields.iter().filter(|field| is_hidden_author(feed, field));
        let places: Vec<Place<'_>> =
            feed.author_places(item).into_iter().chain(hidden.flat_map(|field| feed.names(field))).collect();
        for place in &places {
            let words = rename(&self.written().at(place));
            self.written_mut().write("author", place, &words);
        }
        if let ([], [name]) = (places.as_slice(), self.authors().as_slice()) {
            self.set_author(&rename(name));
        }
    }

    /// Has it be by one author, whoever it was by.
    pub fn set_author(&mut self, name: &str) {
        let (feed, item) = (self.feed(), self.item());
        let before = self.authors();
        if before == [name] {
            return;
        }
        let is_author = |field: &&Field| field.meaning == Meaning::Author || is_hidden_author(feed, field);
        let fields: Vec<&Field> = item.fields.iter().filter(is_author).collect();
        if fields.is_empty() && !can_grow(feed, item) {
            return;
        }
        let edits = one_author(feed, item, &fields, name);
        let written = self.written_mut();
        written.note("author", &before.join(", "), name);
        let is_in = |at: u32| fields.iter().any(|field| feed.whole(field).range().contains(&(at as usize)));
        written.said.retain(|(at, _), _| !is_in(*at));
        written.author = Some((name.to_owned(), edits));
    }

    /// Gives it a category. One that it has, in any case, is not given twice.
    pub fn add_category(&mut self, term: &str) {
        let term = term.trim();
        let folded = term.to_lowercase();
        let has_it = self.categories().iter().any(|known| known.to_lowercase() == folded);
        if !term.is_empty() && !has_it && can_grow(self.feed(), self.item()) {
            self.written_mut().note("category", "", term);
            self.written_mut().terms.push(term.to_owned());
        }
    }

    /// Renames its categories.
    pub fn rename_categories(&mut self, rename: impl Fn(&str) -> String) {
        for place in self.feed().category_places(self.item()) {
            let words = rename(&self.written().at(&place));
            self.written_mut().write("category", &place, &words);
        }
        let terms = std::mem::take(&mut self.written_mut().terms);
        for term in terms {
            let words = rename(&term);
            if words != term {
                self.written_mut().note("category", &term, &words);
            }
            self.written_mut().terms.push(words);
        }
    }

    /// The names of its authors as they are now.
    pub fn authors(&self) -> Vec<String> {
        if let Some((name, _)) = &self.written().author {
            return vec![name.clone()];
        }
        let places = self.feed().author_places(self.item());
        let own: Vec<String> =
            places.iter().map(|place| self.written().at(place)).filter(|name| !name.is_empty()).collect();
        if !own.is_empty() {
            return own;
        }
        self.feed().authors(self.item()).into_iter().map(|person| person.name).collect()
    }

    /// Its categories as they are now: the `term` of Atom's, the text of RSS's.
    pub fn categories(&self) -> Vec<String> {
        let places = self.feed().category_places(self.item());
        let own = places.iter().map(|place| self.written().at(place)).filter(|term| !term.is_empty());
        own.chain(self.written().terms.iter().cloned()).collect()
    }

    /// The address it has been given, where it has been given one.
    pub(super) fn written_link(&self) -> Option<String> {
        let written = self.written();
        let place = || self.feed().link_place(self.item());
        let said = (!written.said.is_empty()).then(place).flatten();
        let said = said.and_then(|place| written.said.get(&place.key()).map(|(words, _)| words.clone()));
        said.or_else(|| written.link.clone())
    }
}

#[cfg(test)]
mod tests {
    use crate::feed::{Draft, parse};
    use jiff::Timestamp;

    /// Has fields of the first item say something, by their names, one after the other.
    fn written(source: &str, fields: &[(&str, &str)]) -> String {
        let feed = parse(source.to_owned()).unwrap();
        let mut draft = Draft::new(&feed, Timestamp::UNIX_EPOCH);
        let item = &mut draft.items_mut()[0];
        for (name, words) in fields {
            match *name {
                "= author" => item.set_author(words),
                "= link" => item.set_link(words),
                "= title" => item.title_mut().set_all(words),
                _ => {
                    for field in item.fields_named(name) {
                        item.set_field("field", field, words);
                        assert_eq!(item.said(field), *words, "{name}");
                    }
                }
            }
        }
        draft.render()
    }

    #[test]
    fn a_field_is_written_once_whichever_way() {
        let source = "<rss><channel><item><title>a</title><author>a@a.example (A)</author><link>l</link>\
                      <description>&lt;p&gt;x&lt;/p&gt;</description><rating>1</rating></item></channel></rss>";
        let fields = [
            ("author", "B"),
            ("= author", "C"),
            ("author", "D"),
            ("link", "m"),
            ("= link", "n"),
            ("link", "o"),
            ("= title", "b"),
            ("title", "c"),
            ("description", "y & z"),
            ("rating", "2"),
            ("rating", "3"),
        ];
        let expected = "<rss><channel><item><title>c</title>\
                        <dc:creator xmlns:dc=\"http://purl.org/dc/elements/1.1/\">D</dc:creator><link>o</link>\
                        <description>y &amp;amp; z</description><rating>3</rating></item></channel></rss>";
        assert_eq!(written(source, &fields), expected);
    }

    #[test]
    fn what_identifies_an_item_and_its_dates_stay() {
        let source = "<rss><channel><item><guid>1</guid><pubDate>Tue, 05 May 2026 12:00:00 GMT</pubDate></item></channel></rss>";
        let feed = parse(source.to_owned()).unwrap();
        let mut draft = Draft::new(&feed, Timestamp::UNIX_EPOCH);
        let item = &mut draft.items_mut()[0];
        for field in &item.item().fields {
            item.set_field("field", field, "2");
        }
        assert_eq!(draft.render(), source);
    }

    #[test]
    fn an_attribute_keeps_its_quotes() {
        let source = "<feed xmlns='http://www.w3.org/2005/Atom'><entry><category term='a'/></entry></feed>";
        let expected = "<feed xmlns='http://www.w3.org/2005/Atom'><entry><category term='\u{1f6f3}&#39;&quot;&lt;'/></entry></feed>";
        let written = written(source, &[("category", "\u{1f6f3}'\"<")]);
        assert_eq!(written, expected);
    }
}
