//! `item` as a script sees it: its fields, which of them can be written, and what was in them.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rhai::{Array, Dynamic, Engine, INT, ImmutableString, Map};

use super::engine::MAX_TEXT;
use super::meter::{Failure, Meter};
use crate::feed::draft::ItemDraft;
use crate::feed::read::Enclosure;
use crate::feed::{Feed, Meaning};
use crate::rules::condition::count_words;

/// The fields that a script can write.
pub const WRITTEN: &[&str] = &["title", "link", "author", "categories", "html"];

/// Those that it can not, and why not.
pub const READ: &[(&str, &str)] = &[
    ("guid", "it is what readers know the item by"),
    ("date", "an item keeps its date"),
    ("authors", "write `author`"),
    ("text", "write `html`"),
    ("words", "write `html`"),
    ("summary", "write `html`"),
    ("enclosures", "they can only be read"),
];

/// How many enclosures a script sees.
const MAX_ENCLOSURES: usize = 100;

/// What a script found, and what it has made of that. One that has no value is too large to look at.
pub type Fields = BTreeMap<&'static str, Dynamic>;

/// An item in a script. Copies of it are the same item.
#[derive(Clone, Debug)]
pub struct Item(Arc<Mutex<Fields>>);

impl Item {
    /// An item with these fields.
    pub fn new(fields: Fields) -> Self {
        Item(Arc::new(Mutex::new(fields)))
    }

    /// Its fields as they are now.
    pub fn fields(&self) -> MutexGuard<'_, Fields> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, name: &str) -> Result<Dynamic, Failure> {
        let value = self.fields().get(name).cloned();
        value.ok_or_else(|| format!("`item.{name}` is too large to look at, or too broken").into())
    }

    fn set(&self, name: &'static str, value: Dynamic) -> Result<(), Failure> {
        if name == "categories" {
            let is_text = |term: &Dynamic| term.is_string();
            if !value.as_array_ref().is_ok_and(|terms| terms.iter().all(is_text)) {
                return Err("`item.categories` is an array of texts".into());
            }
        } else if !value.is_string() {
            return Err(format!("`item.{name}` is a text, not {}", value.type_name()).into());
        }
        self.fields().insert(name, value);
        Ok(())
    }

    /// Gives it a category.
    fn tag(&self, term: ImmutableString) -> Result<(), Failure> {
        let mut terms = self.get("categories")?.into_typed_array::<ImmutableString>()?;
        terms.push(term);
        self.set("categories", terms.into_iter().map(Dynamic::from).collect::<Array>().into())
    }
}

/// Registers `item`.
pub fn register(engine: &mut Engine, meter: &Arc<Meter>) {
    engine.register_type_with_name::<Item>("item");
    for name in WRITTEN.iter().copied() {
        getter(engine, meter, name);
        engine.register_set(name, move |item: &mut Item, value: Dynamic| item.set(name, value));
    }
    for (name, why) in READ.iter().copied() {
        getter(engine, meter, name);
        engine.register_set(name, move |_: &mut Item, _: Dynamic| -> Result<(), Failure> {
            Err(format!("`item.{name}` can not be written: {why}").into())
        });
    }
    let meter = Arc::clone(meter);
    engine.register_fn("tag", move |item: &mut Item, term: ImmutableString| {
        meter.look_at(&item.get("categories")?)?;
        item.tag(term)
    });
}

fn getter(engine: &mut Engine, meter: &Arc<Meter>, name: &'static str) {
    let meter = Arc::clone(meter);
    engine.register_get(name, move |item: &mut Item| -> Result<Dynamic, Failure> {
        let value = item.get(name)?;
        meter.look_at(&value)?;
        Ok(value)
    });
}

/// The fields of an item as the rules before have left it. Its HTML is only read for a script that has a word
/// which is about it.
pub fn of(item: &mut ItemDraft<'_>, mentioned: &HashSet<String>) -> Fields {
    let mut fields = Fields::new();
    let authors = item.authors();
    put(&mut fields, "title", item.title().into_owned());
    put(&mut fields, "link", item.link().unwrap_or_default());
    put(&mut fields, "author", authors.join(", "));
    put(&mut fields, "guid", item.guid().unwrap_or_default());
    fields.insert("authors", texts(authors));
    fields.insert("categories", texts(item.categories()));
    fields.insert("date", item.date().map_or(Dynamic::UNIT, |date| Dynamic::from(date.as_second())));
    if mentioned.contains("enclosures") {
        fields.insert("enclosures", enclosures(item));
    }
    if mentioned.contains("summary") {
        put(&mut fields, "summary", item.summary());
    }
    let is_unread = ["html", "text", "words"].iter().any(|name| mentioned.contains(*name))
        && item.main_html().is_some_and(|html| html.is_unread());
    if mentioned.contains("html") && !is_unread {
        put(&mut fields, "html", item.main_html().map(|html| html.inside()).unwrap_or_default());
    }
    if (mentioned.contains("text") || mentioned.contains("words")) && !is_unread {
        let words = item.words().into_owned();
        fields.insert("words", number(count_words(&words)));
        put(&mut fields, "text", words);
    }
    fields
}

fn put(fields: &mut Fields, name: &'static str, text: String) {
    if text.len() <= MAX_TEXT {
        fields.insert(name, Dynamic::from(text));
    }
}

fn texts(texts: Vec<String>) -> Dynamic {
    Dynamic::from_array(texts.into_iter().map(Dynamic::from).collect())
}

fn number(number: usize) -> Dynamic {
    Dynamic::from(INT::try_from(number).unwrap_or(INT::MAX))
}

fn enclosures(item: &ItemDraft<'_>) -> Dynamic {
    let fields = item.item().all(Meaning::Enclosure);
    let all = fields.flat_map(|field| item.feed().enclosures(field)).take(MAX_ENCLOSURES);
    Dynamic::from_array(all.map(|enclosure| Dynamic::from_map(enclosure_map(enclosure))).collect())
}

fn enclosure_map(Enclosure { url, media_type, length, .. }: Enclosure) -> Map {
    let size = length.trim().parse::<INT>().map_or(Dynamic::UNIT, Dynamic::from);
    [("url", Dynamic::from(url)), ("type", Dynamic::from(media_type)), ("size", size)]
        .into_iter()
        .map(|(name, value)| (name.into(), value))
        .collect()
}

/// `feed` as a script sees it.
pub fn feed(feed: &Feed) -> Dynamic {
    let short = |text: Option<String>| text.filter(|text| text.len() <= MAX_TEXT).unwrap_or_default();
    let title = Dynamic::from(short(feed.value(Meaning::Title)));
    let link = Dynamic::from(short(feed.site()));
    Dynamic::from_map([("title".into(), title), ("link".into(), link)].into_iter().collect())
}

/// An item with something in every field, to try a script on.
pub fn sample() -> Fields {
    let mut fields = Fields::new();
    for name in ["title", "link", "author", "guid", "html", "text", "summary"] {
        put(&mut fields, name, name.to_owned());
    }
    let enclosure = Enclosure { length: "1".to_owned(), ..Enclosure::default() };
    fields.insert("authors", texts(vec!["author".to_owned()]));
    fields.insert("categories", texts(vec!["category".to_owned()]));
    fields.insert("enclosures", Dynamic::from_array(vec![Dynamic::from_map(enclosure_map(enclosure))]));
    fields.insert("date", number(0));
    fields.insert("words", number(1));
    fields
}
