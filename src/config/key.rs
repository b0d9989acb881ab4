//! The key that addresses are signed with.

use std::path::Path;

use toml::Spanned;

use super::problem::Problem;
use super::raw::SecretFrom;
use super::secret::{Kind, Secret};

/// The fewest bytes of a key: as many as come out of the hash it is used with (RFC 2104 §3).
const MIN_KEY: usize = 32;

/// A key, in words.
const KEY: Kind = Kind { name: "a key", example: EXAMPLE, most: 4096 };

/// A password, in words.
const PASSWORD: Kind =
    Kind { name: "a password", example: "{ env = \"NAME\" }, or { file = \"PATH\" }", most: 4096 };

/// A key. `Debug` does not show it.
#[derive(Clone, Debug)]
pub struct Key(Secret);

impl Key {
    /// What it consists of.
    pub fn bytes(&self) -> &[u8] {
        self.0.bytes()
    }

    /// Reads a key from where the configuration says. Files are relative to `folder`.
    pub(super) fn read(
        from: &Spanned<SecretFrom>,
        folder: &Path,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let key = Secret::read(from, KEY, folder);
        let is_long_enough = |secret: Secret| {
            if secret.bytes().len() >= MIN_KEY { Ok(Key(secret)) } else { Err(too_short(from)) }
        };
        key.and_then(is_long_enough).map_err(|problem| problems.push(problem)).ok()
    }

    /// The same for what a person has to type, which may be shorter.
    pub(super) fn read_short(
        from: &Spanned<SecretFrom>,
        folder: &Path,
        problems: &mut Vec<Problem>,
    ) -> Option<Self> {
        let secret = Secret::read(from, PASSWORD, folder).map_err(|problem| problems.push(problem)).ok()?;
        if secret.bytes().is_empty() {
            problems.push(Problem::new("there is nothing in it", from.span()));
        }
        Some(Key(secret))
    }
}

/// How a key is named, for advice.
pub(super) const EXAMPLE: &str = "key = { env = \"LIMPID_KEY\" }, or { file = \"/run/secrets/limpid\" }";

fn too_short(from: &Spanned<SecretFrom>) -> Problem {
    let message = format!("the key is too short to be one: it has fewer than {MIN_KEY} bytes");
    Problem::new(message, from.span()).help("make one with: openssl rand -hex 32")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Option<Key> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("key"), text).unwrap();
        let from = SecretFrom { env: None, file: Some(Spanned::new(0..0, "key".to_owned())) };
        Key::read(&Spanned::new(0..0, from), folder.path(), &mut Vec::new())
    }

    #[test]
    fn a_key_is_long_enough_and_not_shown() {
        let text = "0123456789abcdef0123456789abcdef";
        let long = key(&format!("{text}\r\n")).unwrap();
        assert_eq!(long.bytes(), text.as_bytes());
        assert_eq!(format!("{long:?}"), "Key(Secret(…))");
        assert!(key(&text[1..]).is_none());
        assert!(key(&" \n".repeat(40)).is_none());
    }
}
