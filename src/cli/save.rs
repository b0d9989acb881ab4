//! The configuration file, while feeds are put at its end.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::input::{self, MAX_CONFIG};
use crate::config::append::{NewFeed, appended};
use crate::config::{self, Config};

/// The file that is written where there is no configuration.
const USUAL: &str = "limpid.toml";

/// A configuration file, as it was when it was read.
#[derive(Debug)]
pub struct Kept {
    /// Where it is.
    pub path: PathBuf,
    /// What it says.
    pub config: Config,
    /// Its text; `None` where there is no file yet.
    text: Option<String>,
}

impl Kept {
    /// Reads the file that was named, or the first of the usual ones. One that is not there says nothing.
    ///
    /// # Errors
    /// A message for the person, ready to print: it can not be read, or has mistakes.
    pub fn open(named: Option<&Path>) -> Result<Self, String> {
        let path = input::configuration_path(named).unwrap_or_else(|| PathBuf::from(USUAL));
        let text = if path.exists() { Some(input::configuration_text(&path)?) } else { None };
        let config = config::read(text.as_deref().unwrap_or_default(), Some(&path));
        let config = config.map_err(|problems| problems.to_string())?;
        Ok(Kept { path, config, text })
    }

    /// Its text with these feeds at the end, and what that says.
    ///
    /// # Errors
    /// A message for the person, ready to print: nothing can be put there.
    pub fn with(&self, feeds: &[NewFeed]) -> Result<(String, Config), String> {
        let shown = self.path.display();
        let text = appended(self.text.as_deref().unwrap_or_default(), feeds);
        if text.len() > MAX_CONFIG {
            return Err(format!(
                "limpid: {shown} would be larger than {MAX_CONFIG} bytes; nothing is written"
            ));
        }
        let read = config::read(&text, Some(&self.path));
        let config = read.map_err(|problems| {
            let first = problems.messages().next().unwrap_or_default();
            // Of many feeds all have the same problem.
            let report = if feeds.len() == 1 { problems.to_string() } else { String::new() };
            format!(
                "limpid: {shown} can not have [feeds.NAME] at its end ({first}); nothing is written\n{report}"
            )
        })?;
        Ok((text, config))
    }

    /// Writes a text in its place: in a file beside it, which is then given its name, so that whoever reads it sees the
    /// old text or the new one.
    ///
    /// # Errors
    /// A message for the person: it has changed since it was read, or can not be written.
    pub fn save(&self, text: &str) -> Result<(), String> {
        let shown = self.path.display();
        let now = if self.path.exists() { Some(input::configuration_text(&self.path)?) } else { None };
        if now != self.text {
            return Err(format!("limpid: {shown} has changed in the meantime; nothing is written"));
        }
        // A link stays one.
        let path = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        replace(&path, text).map_err(|error| format!("limpid: can not write {shown}: {error}"))
    }
}

fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = folder.join(format!(".{name}.{}.new", std::process::id()));
    let written = write(&beside, path, text).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // What was there is as it was; what is left over is of no use.
        let _ = fs::remove_file(&beside);
        return written;
    }
    // That the new name outlives a crash as well. Not every file system can promise it.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// Writes a file of its own, with the owner and the permissions of the one whose place it will take.
fn write(beside: &Path, path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(beside)?;
    if let Ok(before) = fs::metadata(path) {
        keep_owner(beside, &before);
        file.set_permissions(before.permissions())?;
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Only who may give files away can keep another owner; for everybody else it is the same one.
fn keep_owner(beside: &Path, before: &fs::Metadata) {
    use std::os::unix::fs::{MetadataExt, chown};
    let _ = chown(beside, Some(before.uid()), Some(before.gid()));
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn feed() -> NewFeed {
        NewFeed { name: "tides".into(), source: "https://tides.example/feed".into(), ..NewFeed::default() }
    }

    #[test]
    fn a_file_keeps_its_permissions_and_a_link_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real.toml"), folder.path().join("limpid.toml"));
        fs::write(&real, "# mine\n").unwrap();
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        symlink("real.toml", &link).unwrap();
        let kept = Kept::open(Some(&link)).unwrap();
        let (text, config) = kept.with(&[feed()]).unwrap();
        assert_eq!(config.feeds.len(), 1);
        kept.save(&text).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
        assert_eq!(input::configuration_text(&real).unwrap(), text);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left over");
    }

    #[test]
    fn what_has_changed_in_the_meantime_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("limpid.toml");
        let kept = Kept::open(Some(&path)).unwrap();
        let (text, _) = kept.with(&[feed()]).unwrap();
        fs::write(&path, "# of somebody else\n").unwrap();
        assert!(kept.save(&text).unwrap_err().contains("has changed"));
        assert_eq!(input::configuration_text(&path).unwrap(), "# of somebody else\n");
        fs::remove_file(&path).unwrap();
        kept.save(&text).unwrap();
        assert_eq!(input::configuration_text(&path).unwrap(), text);
    }

    #[test]
    fn what_can_not_be_appended_to_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("limpid.toml");
        fs::write(&path, "feeds = { a = { source = \"sample:newsletter\" } }\n").unwrap();
        let error = Kept::open(Some(&path)).unwrap().with(&[feed()]).unwrap_err();
        assert!(error.contains("nothing is written"), "{error}");
    }
}
