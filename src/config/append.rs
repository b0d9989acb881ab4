//! Feeds that are written at the end of a configuration. What was there before stays byte for byte.

use toml_edit::{Array, DocumentMut, Item, Table, value};

/// A feed to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NewFeed {
    /// Its name, which no other feed has.
    pub name: String,
    /// What it is called in lists of feeds, where that is not its name.
    pub title: Option<String>,
    /// Where it is from.
    pub source: String,
    /// The folders it is in, the outermost first.
    pub folder: Vec<String>,
    /// Whether it has leave to connect to this machine and its network.
    pub allow_private: bool,
    /// The packs of its rules, in order.
    pub packs: Vec<String>,
    /// Words for a person, which stand beside the packs. One line.
    pub note: Option<String>,
}

/// The text of a configuration with these feeds at its end. The text there was is the beginning of it.
///
/// ```
/// use limpid::config::append::{NewFeed, appended};
/// let feed = NewFeed {
///     name: "tides".into(),
///     source: "https://tides.example.org/feed".into(),
///     packs: vec!["auto".into()],
///     ..NewFeed::default()
/// };
/// let text = appended("[server]\nlisten = \"[::1]:80\" # mine", &[feed]);
/// assert_eq!(
///     text,
///     "[server]\nlisten = \"[::1]:80\" # mine\n\n\
///      [feeds.tides]\nsource = \"https://tides.example.org/feed\"\nrules = [\"auto\"]\n"
/// );
/// ```
pub fn appended(text: &str, feeds: &[NewFeed]) -> String {
    if feeds.is_empty() {
        return text.to_owned();
    }
    let new = written(feeds);
    let gap = if text.is_empty() || text == "\u{feff}" {
        ""
    } else if text.ends_with('\n') {
        "\n"
    } else {
        "\n\n"
    };
    let all = format!("{gap}{new}");
    // As the lines before end.
    let all = if text.contains("\r\n") { all.replace('\n', "\r\n") } else { all };
    format!("{text}{all}")
}

/// The feeds as they are written, and nothing else.
pub fn written(feeds: &[NewFeed]) -> String {
    let mut all = Table::new();
    all.set_implicit(true);
    for (index, feed) in feeds.iter().enumerate() {
        let mut table = table(feed);
        table.decor_mut().set_prefix(if index == 0 { "" } else { "\n" });
        all.insert(&feed.name, Item::Table(table));
    }
    let mut document = DocumentMut::new();
    document.insert("feeds", Item::Table(all));
    document.to_string()
}

fn table(feed: &NewFeed) -> Table {
    let mut table = Table::new();
    if let Some(title) = &feed.title {
        table.insert("title", value(title));
    }
    table.insert("source", value(&feed.source));
    if !feed.folder.is_empty() {
        table.insert("folder", value(feed.folder.join("/")));
    }
    if feed.allow_private {
        table.insert("allow-private", value(true));
    }
    let mut rules = Array::from_iter(&feed.packs);
    if let Some(note) = &feed.note {
        rules.decor_mut().set_suffix(format!("  # {note}"));
    }
    table.insert("rules", value(rules));
    table
}
