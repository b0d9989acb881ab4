//! A feed as its words: what a reader shows of it.

use crate::feed::body::Body;
use crate::feed::title::Title;
use crate::feed::{Feed, Field, Meaning};

/// How many characters are shown on each side of a text that was found.
const AROUND: usize = 40;

/// The words of a feed. Tags are left out, entities resolved, runs of white space are single spaces.
#[derive(Debug)]
pub(super) struct Words {
    /// The titles of the items, in order.
    pub titles: Vec<String>,
    /// Every title and text.
    passages: Vec<Passage>,
}

/// A title or text.
#[derive(Debug)]
struct Passage {
    /// Which item it is of; `None` for the feed itself.
    item: Option<usize>,
    text: String,
}

/// Where a text was found.
#[derive(Debug)]
pub(super) struct Found<'w> {
    /// The title of the item; `None` for the feed itself.
    pub title: Option<&'w str>,
    /// The text with what stands around it.
    pub excerpt: String,
}

impl Words {
    /// The words of a feed.
    pub fn of(feed: &Feed) -> Self {
        let titles: Vec<String> =
            feed.items.iter().map(|item| Title::new(feed, item).words().into_owned()).collect();
        let own = feed.fields.iter().filter(|field| is_text(field) || field.meaning == Meaning::Title);
        let mut passages: Vec<Passage> =
            own.map(|field| Passage { item: None, text: text(feed, field) }).collect();
        for (index, item) in feed.items.iter().enumerate() {
            let (index, title) = (Some(index), titles[index].clone());
            passages.push(Passage { item: index, text: title });
            let texts = item.fields.iter().filter(|field| is_text(field));
            passages.extend(texts.map(|field| Passage { item: index, text: text(feed, field) }));
        }
        Words { titles, passages }
    }

    /// Whether an item has this title.
    pub fn has_title(&self, title: &str) -> bool {
        self.titles.iter().any(|known| known == title)
    }

    /// Where a text is: its first place in every title and text that holds it.
    pub fn find(&self, wanted: &str) -> impl Iterator<Item = Found<'_>> {
        self.passages.iter().filter_map(move |Passage { item, text }| {
            let at = text.find(wanted)?;
            let title = item.map(|item| self.titles[item].as_str());
            Some(Found { title, excerpt: excerpt(text, at, at + wanted.len()) })
        })
    }
}

/// White space as it is in the words of a feed.
pub(super) fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn is_text(field: &Field) -> bool {
    matches!(field.meaning, Meaning::Content | Meaning::Summary)
}

fn text(feed: &Feed, field: &Field) -> String {
    let html = Body::new(feed, field).and_then(|mut body| {
        let html = body.html();
        (!html.is_unread()).then(|| html.all_words().to_owned())
    });
    html.unwrap_or_else(|| folded(&feed.value_of(field)))
}

/// What stands at a place, with whole words before and after it.
fn excerpt(text: &str, start: usize, end: usize) -> String {
    let (before, found, after) = (&text[..start], &text[start..end], &text[end..]);
    let from = before.char_indices().rev().nth(AROUND).map_or(0, |(at, _)| at);
    let from = if from == 0 { 0 } else { before[from..].find(' ').map_or(from, |space| from + space + 1) };
    let to = after.char_indices().nth(AROUND).map_or(after.len(), |(at, _)| at);
    let to = if to == after.len() { to } else { after[..to].rfind(' ').unwrap_or(to) };
    let dots = |is_cut: bool| if is_cut { "…" } else { "" };
    format!("{}{}{found}{}{}", dots(from > 0), &before[from..], &after[..to], dots(to < after.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed;

    #[test]
    fn words_are_what_a_reader_shows() {
        let source = "<rss><channel><title>Tide &amp; time</title><description>Daily</description><item>\
            <title>High\n water</title><description>&lt;p&gt;Sub&lt;b&gt;scribe&lt;/b&gt;\n&amp;amp; read&lt;/p&gt;\
            </description></item></channel></rss>";
        let words = Words::of(&feed::parse(source.to_owned()).unwrap());
        assert!(words.has_title("High water") && !words.has_title("High"));
        let places = |text| words.find(text).map(|found| (found.title, found.excerpt)).collect::<Vec<_>>();
        assert_eq!(places("Subscribe & read"), [(Some("High water"), "Subscribe & read".to_owned())]);
        assert_eq!(places("Tide & time"), [(None, "Tide & time".to_owned())]);
        assert_eq!((places("subscribe").len(), places("<p>").len(), places("Daily").len()), (0, 0, 1));
    }

    #[test]
    fn an_excerpt_is_whole_words_around_a_text() {
        let text = format!("{}middle{}", "é word ".repeat(20), " wörter".repeat(20));
        let at = text.find("middle").unwrap();
        let shown = excerpt(&text, at, at + 6);
        assert!(shown.starts_with("…word é") || shown.starts_with("…é word"), "{shown}");
        assert!(shown.ends_with(" wörter…") && shown.contains(" word middle wörter "), "{shown}");
        assert_eq!(excerpt("a b c", 2, 3), "a b c");
    }
}
