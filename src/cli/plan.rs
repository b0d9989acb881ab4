//! Which feeds of a list become feeds of the configuration, and which do not.

use std::collections::HashMap;

use url::Url;

use crate::config::naming::Names;
use crate::config::{Config, FeedConfig, MAX_FOLDERS, Part, Source, as_folder, as_title, is_own};
use crate::opml::{Read, Subscription};

/// What is to be done with a list.
#[derive(Debug, Default)]
pub struct Plan {
    /// Those that are new, in the order of the list.
    pub new: Vec<Candidate>,
    /// A line for each that is left out.
    pub left_out: Vec<String>,
}

/// A feed that is new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The name it is given.
    pub name: String,
    /// What it is called, where that is not its name.
    pub title: Option<String>,
    /// Where it is.
    pub address: Url,
    /// The folders it is in.
    pub folder: Vec<String>,
}

impl Plan {
    /// The plan for a list and a configuration.
    pub fn of(list: Read, config: &Config) -> Self {
        let (mut plan, mut names) = (Plan::default(), Names::of(config));
        let mut known = Known::of(config);
        for feed in list.feeds {
            match wanted(&feed, config, &known) {
                Ok(url) => {
                    let one = Candidate::new(&feed, url, &mut names);
                    known.add(&one.address, format!("it is in the list twice: see `{}`", one.name));
                    plan.new.push(one);
                }
                Err(reason) => plan.left_out.push(left_out(&feed, &reason)),
            }
        }
        let others =
            list.others.iter().map(|title| format!("left out: {}: there is no feed in it", called(title)));
        plan.left_out.extend(others);
        plan
    }
}

/// The address of a feed that is new.
///
/// # Errors
/// Why it is left out.
fn wanted(feed: &Subscription, config: &Config, known: &Known) -> Result<Url, String> {
    let url = address(&feed.address)?;
    if is_own(&url, &config.server) {
        return Err("it is limpid itself".to_owned());
    }
    if feed.is_page {
        return Err("it is a page that the reader makes a feed of: source-html does that here".to_owned());
    }
    known.find(&url).map_or(Ok(url.clone()), |known| Err(known.to_owned()))
}

impl Candidate {
    fn new(feed: &Subscription, address: Url, names: &mut Names) -> Self {
        let title = as_title(&feed.title);
        let name = names.make(title.as_deref().unwrap_or_default(), Some(&address));
        let folder = feed.folder.iter().filter_map(|folder| as_folder(folder)).take(MAX_FOLDERS).collect();
        Candidate { title: title.filter(|title| *title != name), name, address, folder }
    }
}

/// The addresses that are taken, each with what that means for a feed that has it too.
#[derive(Debug, Default)]
pub struct Known(HashMap<String, String>);

impl Known {
    /// Those of a configuration.
    pub fn of(config: &Config) -> Self {
        let mut known = Known::default();
        for feed in &config.feeds {
            for url in own(feed) {
                known.add(url, format!("it is configured already, as `{}`", feed.name));
            }
        }
        known
    }

    /// What it means that an address is taken; `None` where it is not.
    pub fn find(&self, url: &Url) -> Option<&str> {
        self.0.get(&key(url)).map(String::as_str)
    }

    fn add(&mut self, url: &Url, what: String) {
        self.0.entry(key(url)).or_insert(what);
    }
}

/// The addresses that a feed itself asks.
fn own(feed: &FeedConfig) -> impl Iterator<Item = &Url> {
    feed.parts.iter().filter_map(|part| match part {
        Part::Origin(origin) => match &origin.source {
            Source::Url(url) => Some(url),
            Source::Sample => None,
        },
        Part::Feed(..) => None,
    })
}

/// What two addresses of one feed have in common: all but http or https, and the fragment.
fn key(url: &Url) -> String {
    let (host, port) = (url.host_str().unwrap_or_default(), url.port().map(|port| format!(":{port}")));
    let query = url.query().map(|query| format!("?{query}"));
    format!("{host}{}{}{}", port.unwrap_or_default(), url.path(), query.unwrap_or_default())
}

/// An address as readers write it.
///
/// # Errors
/// Why it is none that limpid asks.
pub fn address(text: &str) -> Result<Url, String> {
    let plain = ["feed:", "itpc:", "pcast:"].into_iter().find_map(|scheme| {
        let rest = text.get(..scheme.len()).filter(|start| start.eq_ignore_ascii_case(scheme));
        rest.map(|_| &text[scheme.len()..])
    });
    let text = match plain {
        Some(rest) if rest.starts_with("//") => format!("http:{rest}"),
        Some(rest) => rest.to_owned(),
        None => text.to_owned(),
    };
    match Source::parse(&text) {
        Ok(Source::Url(url)) => Ok(url),
        Err(message) if has_user(&text) => Err(message),
        Ok(Source::Sample) | Err(_) => Err(NO_ADDRESS.to_owned()),
    }
}

/// Whether an address has a user name in it, and perhaps a password.
fn has_user(address: &str) -> bool {
    let rest = address.split_once("//").map_or(address, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().is_some_and(|authority| authority.contains('@'))
}

const NO_ADDRESS: &str = "it has no http or https address";

fn left_out(feed: &Subscription, reason: &str) -> String {
    let title = called(&feed.title);
    // What has a password in it is not shown.
    if has_user(&feed.address) {
        return format!("left out: {title}: {reason}");
    }
    format!("left out: {title} ({}): {reason}", shown(&feed.address))
}

fn called(title: &str) -> String {
    as_title(title).map_or_else(|| "an entry without a title".to_owned(), |title| shown(&title))
}

/// A text of somebody else's on a line of the terminal: without what would move the cursor, and not too long.
pub fn shown(text: &str) -> String {
    let plain: String = text.chars().filter(|c| !c.is_control()).collect();
    if plain.chars().count() <= 100 { plain } else { plain.chars().take(99).chain(['…']).collect() }
}
