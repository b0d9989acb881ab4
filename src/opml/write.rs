//! Writing a list: folders in the order in which they first appear, and everything of one folder together.

use std::collections::HashMap;
use std::fmt::{Arguments, Write};

use super::Subscription;

/// A folder, while it is filled.
#[derive(Default)]
struct Folder<'s> {
    name: &'s str,
    inside: Vec<Inside>,
}

/// What is in a folder, by its place among all of its kind.
enum Inside {
    Folder(usize),
    Feed(usize),
}

/// Writes a list with this title. The same list is the same text: there is no date in it.
///
/// ```
/// use limpid::opml::{Subscription, write};
/// let tides = Subscription {
///     title: "Tides & winds".into(),
///     address: "https://feeds.example.org/feeds/tides".into(),
///     folder: vec!["Weather".into()],
///     is_page: false,
/// };
/// let opml = write("limpid", &[tides]);
/// assert!(opml.contains("<outline text=\"Weather\" title=\"Weather\">"));
/// assert!(opml.contains("text=\"Tides &amp; winds\""));
/// ```
pub fn write(title: &str, all: &[Subscription]) -> String {
    let folders = folders(all);
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<opml version=\"2.0\">\n  <head>\n    <title>{}</title>\n  \
         </head>\n  <body>\n",
        escaped(title)
    );
    put(&folders, 0, 2, all, &mut out);
    out.push_str("  </body>\n</opml>\n");
    out
}

/// The folders, the first of which is that of everything.
fn folders(all: &[Subscription]) -> Vec<Folder<'_>> {
    let mut folders = vec![Folder::default()];
    let mut known: HashMap<&[String], usize> = HashMap::new();
    for (index, feed) in all.iter().enumerate() {
        let mut at = 0;
        for depth in 1..=feed.folder.len() {
            at = *known.entry(&feed.folder[..depth]).or_insert_with(|| {
                let new = folders.len();
                folders.push(Folder { name: &feed.folder[depth - 1], inside: Vec::new() });
                folders[at].inside.push(Inside::Folder(new));
                new
            });
        }
        folders[at].inside.push(Inside::Feed(index));
    }
    folders
}

fn put(folders: &[Folder<'_>], at: usize, depth: usize, all: &[Subscription], out: &mut String) {
    let indent = "  ".repeat(depth);
    for inside in &folders[at].inside {
        match inside {
            Inside::Feed(index) => {
                let Subscription { title, address, .. } = &all[*index];
                let (title, address) = (escaped(title), escaped(address));
                line(
                    out,
                    format_args!(
                        "{indent}<outline type=\"rss\" text=\"{title}\" title=\"{title}\" xmlUrl=\"{address}\"/>"
                    ),
                );
            }
            Inside::Folder(index) => {
                let name = escaped(folders[*index].name);
                line(out, format_args!("{indent}<outline text=\"{name}\" title=\"{name}\">"));
                put(folders, *index, depth + 1, all, out);
                line(out, format_args!("{indent}</outline>"));
            }
        }
    }
}

fn line(out: &mut String, text: Arguments<'_>) {
    // Writing to a string can not fail.
    let _ = writeln!(out, "{text}");
}

/// A text as an attribute's value, or between tags. What XML can not hold is left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\r' | '\t' => out.push(' '),
            '\u{fffe}' | '\u{ffff}' => {}
            c if c < ' ' => {}
            c => out.push(c),
        }
    }
    out
}
