//! Reading what the command line names: files, standard input, the configuration.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::config::{self, Config, DEFAULT, FeedConfig, Origin, Problem, Source};
use crate::decode::read_at_most;
use crate::feed::Feed;
use crate::fetch::{FetchError, Headers, reading};

/// The most bytes of a configuration file.
pub const MAX_CONFIG: usize = 4 << 20;

/// Reads at most `max` bytes; more is an error.
///
/// # Errors
/// Where there is more, or reading fails.
pub fn read_bounded(from: impl Read, max: usize) -> io::Result<Vec<u8>> {
    let too_large = || io::Error::other(format!("it is larger than the limit of {max} bytes"));
    read_at_most(from, max)?.ok_or_else(too_large)
}

/// Reads a file of at most `max` bytes.
///
/// # Errors
/// Where it is larger, or can not be read.
pub fn read_file(path: &Path, max: usize) -> io::Result<Vec<u8>> {
    read_bounded(File::open(path)?, max)
}

/// The configuration: the file that was named, or the first of the usual ones, or the built-in one.
///
/// # Errors
/// A message for the person, ready to print.
pub fn configuration(named: Option<&Path>) -> Result<Config, String> {
    let Some(path) = configuration_path(named) else {
        return config::read(DEFAULT, None).map_err(|problems| problems.to_string());
    };
    let text = configuration_text(&path)?;
    config::read(&text, Some(&path)).map_err(|problems| problems.to_string())
}

/// The file of the configuration; `None` for the built-in one.
pub fn configuration_path(named: Option<&Path>) -> Option<PathBuf> {
    let usual =
        || ["limpid.toml", "config/limpid.toml"].map(PathBuf::from).into_iter().find(|path| path.is_file());
    named.map(Path::to_owned).or_else(usual)
}

/// The text of a configuration file.
///
/// # Errors
/// A message for the person, ready to print.
pub fn configuration_text(path: &Path) -> Result<String, String> {
    let shown = path.display();
    let bytes =
        read_file(path, MAX_CONFIG).map_err(|error| format!("limpid: can not read {shown}: {error}\n"))?;
    String::from_utf8(bytes).map_err(|_| format!("limpid: {shown} is not UTF-8\n"))
}

/// A configured feed.
///
/// # Errors
/// A message for the person, where there is none of this name.
pub fn configured(config: &Config, name: &str) -> Result<Arc<FeedConfig>, String> {
    config.feed(name).cloned().ok_or_else(|| {
        let names: Vec<&str> = config.feeds.iter().map(|feed| feed.name.as_str()).collect();
        let message = format!("limpid: there is no feed `{name}` in the configuration");
        let Problem { message, help, .. } =
            Problem::new(message, 0..0).nearest_and_all(name, "it has", &names);
        format!("{message}; {}", help.unwrap_or_default())
    })
}

/// Reads a body as a configured feed has it read; where the feed has several sources, as the first of them.
/// Without a feed, as what `source` sends.
///
/// # Errors
/// Where the bytes are no feed.
pub fn read_as(
    named: Option<&FeedConfig>,
    source: Source,
    body: Vec<u8>,
    headers: &Headers,
) -> Result<Feed, FetchError> {
    let origin = named.and_then(|feed| Some(feed.origins().first()?.1.clone()));
    let origin = origin.unwrap_or_else(|| Arc::new(Origin::plain(source)));
    reading::read(body, headers, &origin)
}
