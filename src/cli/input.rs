//! Reading what the command line names: files, standard input, the configuration.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::config::{self, Config, DEFAULT};
use crate::decode::read_at_most;

/// The most bytes of a configuration file.
const MAX_CONFIG: usize = 4 << 20;

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
    let usual =
        || ["limpid.toml", "config/limpid.toml"].map(PathBuf::from).into_iter().find(|path| path.is_file());
    let Some(path) = named.map(Path::to_owned).or_else(usual) else {
        return config::read(DEFAULT, None).map_err(|problems| problems.to_string());
    };
    let shown = path.display();
    let bytes =
        read_file(&path, MAX_CONFIG).map_err(|error| format!("limpid: can not read {shown}: {error}\n"))?;
    let text = String::from_utf8(bytes).map_err(|_| format!("limpid: {shown} is not UTF-8\n"))?;
    config::read(&text, Some(&path)).map_err(|problems| problems.to_string())
}
