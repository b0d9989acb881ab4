//! Reading a list, as readers really write it: attributes in any case, types missing, bare `&`, any charset.

use quick_xml::events::{BytesStart, Event};
use thiserror::Error;

use super::Subscription;
use crate::decode::charset::{self, CharsetError};
use crate::html::entity;
use crate::xml::reader;
use crate::xml::repair::{IllFormed, Vocabulary, repair};
use crate::xml::splice::splice;
use crate::xml::tag::unescaped;

/// The most bytes of a list.
pub const MAX_BYTES: usize = 16 << 20;

/// The most feeds of a list.
pub const MAX_FEEDS: usize = 10_000;

/// How deep folders are read; what is in deeper ones counts as in the last that fits.
const MAX_DEPTH: usize = 16;

/// What a list holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// Its feeds, in its order.
    pub feeds: Vec<Subscription>,
    /// What entries are called that are neither feeds nor folders with something in them.
    pub others: Vec<String>,
}

/// Why a text is no list.
#[derive(Debug, Error)]
pub enum OpmlError {
    /// No text.
    #[error("it is no text, but something binary")]
    Charset(#[from] CharsetError),
    /// Too broken to be mended.
    #[error("it is not well-formed XML at line {line}: {cause}")]
    IllFormed {
        /// The line of it, from 1.
        line: usize,
        /// What is wrong there.
        cause: String,
    },
    /// Something else.
    #[error("it is no OPML: its root is <{0}>")]
    OtherXml(String),
    /// More than [`MAX_FEEDS`].
    #[error("it has more than {MAX_FEEDS} feeds")]
    TooMany,
}

impl From<IllFormed> for OpmlError {
    fn from(IllFormed { line, cause }: IllFormed) -> Self {
        let cause = cause.replace("the feed is cut off", "it is cut off");
        OpmlError::IllFormed { line, cause }
    }
}

/// Reads a list.
///
/// ```
/// let opml = "<opml><body><outline text='Weather'><outline XMLURL='https://a.example/?x&y'/></outline></body></opml>";
/// let read = limpid::opml::read(opml.into()).unwrap();
/// assert_eq!(read.feeds[0].address, "https://a.example/?x&y");
/// assert_eq!(read.feeds[0].folder, ["Weather"]);
/// ```
///
/// # Errors
/// Where it is no OPML, or too broken to be mended; the error goes on from the name of the file.
pub fn read(bytes: Vec<u8>) -> Result<Read, OpmlError> {
    let text = charset::decode(bytes, None, None)?.text;
    // Entries nest, so that none of them can be taken for the end of another.
    let edits = repair(&text, &Vocabulary { prefixes: &[], records: &[] })?.edits;
    let text = if edits.is_empty() { text } else { splice(&text, &edits) };
    let mut reading = Reading::default();
    let mut events = reader(&text).0;
    loop {
        match events.read_event() {
            Ok(Event::Start(tag)) => reading.start(&tag)?,
            Ok(Event::Empty(tag)) => {
                reading.start(&tag)?;
                reading.end();
            }
            Ok(Event::End(_)) => reading.end(),
            Ok(Event::Eof) => return Ok(reading.read),
            Ok(_) => {}
            Err(error) => return Err(OpmlError::IllFormed { line: 1, cause: error.to_string() }),
        }
    }
}

/// A list, as far as it has been read.
#[derive(Default)]
struct Reading {
    read: Read,
    /// The elements that are open.
    open: Vec<Open>,
    /// How many of them count as folders.
    folders: usize,
    is_opml: bool,
}

/// An element that is open.
struct Open {
    /// What it is called, where it is an entry.
    title: Option<String>,
    is_feed: bool,
    /// Whether something is in it.
    is_used: bool,
    /// Whether it counts as a folder of what is in it.
    is_folder: bool,
}

impl Reading {
    fn start(&mut self, tag: &BytesStart<'_>) -> Result<(), OpmlError> {
        let name = tag.local_name();
        let name: &str = name.as_ref();
        if !self.is_opml {
            self.is_opml = name.eq_ignore_ascii_case("opml");
            if !self.is_opml {
                return Err(OpmlError::OtherXml(name.chars().take(40).collect()));
            }
        }
        let is_entry = name.eq_ignore_ascii_case("outline");
        if is_entry && let Some(around) = self.open.last_mut() {
            around.is_used = true;
        }
        let found = if is_entry { Entry::of(tag) } else { Entry::default() };
        let is_feed = !found.address.is_empty();
        if is_feed {
            self.feed(&found)?;
        }
        let is_folder = is_entry && self.folders < MAX_DEPTH && !found.title.is_empty();
        self.folders += usize::from(is_folder);
        let title = is_entry.then_some(found.title);
        self.open.push(Open { title, is_feed, is_used: false, is_folder });
        Ok(())
    }

    fn end(&mut self) {
        let Some(open) = self.open.pop() else { return };
        self.folders -= usize::from(open.is_folder);
        if let Some(title) = open.title.filter(|_| !open.is_feed && !open.is_used) {
            self.read.others.push(title);
        }
    }

    fn feed(&mut self, entry: &Entry) -> Result<(), OpmlError> {
        if self.read.feeds.len() == MAX_FEEDS {
            return Err(OpmlError::TooMany);
        }
        let around = self.open.iter().filter(|open| open.is_folder).filter_map(|open| open.title.clone());
        let around: Vec<String> = around.collect();
        let folder = if around.is_empty() { entry.category.clone() } else { around };
        let (title, address) = (entry.title.clone(), entry.address.clone());
        self.read.feeds.push(Subscription { title, address, folder, is_page: entry.is_page });
        Ok(())
    }
}

/// What an `<outline>` says.
#[derive(Default)]
struct Entry {
    title: String,
    address: String,
    /// The folder that it names itself (OPML 2.0: `category="/Weather/Tides,other"`).
    category: Vec<String>,
    is_page: bool,
}

impl Entry {
    fn of(tag: &BytesStart<'_>) -> Self {
        let (mut text, mut title, mut entry) = (String::new(), String::new(), Entry::default());
        for attribute in tag.attributes().with_checks(false).flatten() {
            let key: &str = attribute.key.as_ref();
            let value = unescaped(&attribute.value);
            // Some escape twice; that is how titles and addresses never look.
            match key.to_ascii_lowercase().as_str() {
                "text" => entity::decode(&value).trim().clone_into(&mut text),
                "title" => entity::decode(&value).trim().clone_into(&mut title),
                "xmlurl" => value.replace("&amp;", "&").trim().clone_into(&mut entry.address),
                // FreshRSS: `HTML+XPath`, `XML+XPath`, `JSON+DotNotation`.
                "type" => entry.is_page = value.contains('+') && !value.contains('/'),
                "category" => entry.category = folder_of(&value),
                _ => {}
            }
        }
        entry.title = if text.is_empty() { title } else { text };
        entry
    }
}

/// The folder that a category stands for: one that begins with a slash.
fn folder_of(category: &str) -> Vec<String> {
    let first = category.split(',').find_map(|one| one.trim().strip_prefix('/'));
    let names = first.into_iter().flat_map(|first| first.split('/')).map(str::trim);
    names.filter(|name| !name.is_empty()).take(MAX_DEPTH).map(str::to_owned).collect()
}
