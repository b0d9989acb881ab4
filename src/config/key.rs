//! The key that addresses are signed with: from the environment, or a file. It is in no log and no message.

use std::fmt;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use toml::Spanned;

use super::problem::Problem;
use super::raw::KeyFrom;
use crate::decode::read_at_most;

/// The fewest bytes of a key: as many as come out of the hash it is used with (RFC 2104 §3).
const MIN_KEY: usize = 32;

/// The most bytes of the file of a key.
const MAX_KEY: usize = 4096;

/// A key. `Debug` does not show it.
#[derive(Clone)]
pub struct Key(Arc<[u8]>);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    /// What it consists of.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Reads a key from where the configuration says. Files are relative to `folder`.
    pub(super) fn read(from: &Spanned<KeyFrom>, folder: &Path, problems: &mut Vec<Problem>) -> Option<Self> {
        let bytes = Key::bytes_of(from, folder, problems)?;
        let key = Key::of(&bytes).ok_or_else(|| too_short(from));
        key.map_err(|problem| problems.push(problem)).ok()
    }

    /// The same for what a person has to type, which may be shorter.
    pub(super) fn read_short(
        from: &Spanned<KeyFrom>,
        folder: &Path,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let bytes = Key::bytes_of(from, folder, problems)?;
        let bytes = bytes.trim_ascii_end();
        if bytes.is_empty() {
            problems.push(Problem::new("there is nothing in it", from.span()));
        }
        Some(Key(bytes.into()))
    }

    fn bytes_of(from: &Spanned<KeyFrom>, folder: &Path, problems: &mut Vec<Problem>) -> Option<Vec<u8>> {
        let read = match from.get_ref() {
            KeyFrom { env: Some(name), file: None } => {
                from_env(name.get_ref()).map_err(|message| Problem::new(message, name.span()))
            }
            KeyFrom { env: None, file: Some(name) } => {
                from_file(name.get_ref(), folder).map_err(|message| Problem::new(message, name.span()))
            }
            _ => {
                Err(Problem::new("a key is from one place: a variable or a file", from.span()).help(EXAMPLE))
            }
        };
        read.map_err(|problem| problems.push(problem)).ok()
    }

    /// White space at the end is not part of it: most files end with a line end.
    fn of(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.trim_ascii_end();
        (bytes.len() >= MIN_KEY).then(|| Key(bytes.into()))
    }
}

/// How a key is named, for advice.
pub(super) const EXAMPLE: &str = "key = { env = \"LIMPID_KEY\" }, or { file = \"/run/secrets/limpid\" }";

fn too_short(from: &Spanned<KeyFrom>) -> Problem {
    let message = format!("the key is too short to be one: it has fewer than {MIN_KEY} bytes");
    Problem::new(message, from.span()).help("make one with: openssl rand -hex 32")
}

fn from_env(name: &str) -> Result<Vec<u8>, String> {
    // No variable is called that, and looking for one may panic.
    let value = if name.is_empty() || name.contains(['=', '\0']) { None } else { std::env::var_os(name) };
    let value = value.ok_or_else(|| format!("the variable `{name}` is not set"))?;
    Ok(value.into_encoded_bytes())
}

fn from_file(name: &str, folder: &Path) -> Result<Vec<u8>, String> {
    let path = folder.join(name);
    let read = File::open(&path).and_then(|file| read_at_most(file, MAX_KEY));
    let read = read.map_err(|error| format!("can not read `{name}`: {error}"))?;
    read.ok_or_else(|| format!("`{name}` is larger than a key can be: {MAX_KEY} bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_long_enough_and_not_shown() {
        let text = "0123456789abcdef0123456789abcdef";
        let key = Key::of(format!("{text}\r\n").as_bytes()).unwrap();
        assert_eq!(key.bytes(), text.as_bytes());
        assert_eq!(format!("{key:?}"), "Key(…)");
        assert!(Key::of(&text.as_bytes()[1..]).is_none());
        assert!(Key::of(" \n".repeat(40).as_bytes()).is_none());
    }
}
