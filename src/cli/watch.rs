//! Whether the files of a configuration have changed.
//!
//! They are looked at every second: a handful of `stat` calls. Watching them through the kernel would need a watch on
//! each folder on the way, because editors put a new file in the place of the old one, and on both sides of the links
//! through which a mounted `ConfigMap` is exchanged; and on network file systems it says nothing.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::input;
use crate::config;

/// The time between two looks.
pub const LOOK: Duration = Duration::from_secs(1);

/// What tells one state of a file from another: device, number, size, and the times of its content and of itself. A
/// file that was put in the place of another differs in its number even where all else is the same.
type Mark = Option<(u64, u64, u64, (i64, i64), (i64, i64))>;

/// The files of a configuration, as they were when it was read.
#[derive(Debug)]
pub struct Watch {
    path: PathBuf,
    files: Vec<PathBuf>,
    read: Vec<Mark>,
    seen: Vec<Mark>,
}

impl Watch {
    /// The configuration at this path and every file that it names, as they are now. To be called before they are
    /// read: what changes in between is then seen afterwards.
    pub fn of(path: &Path) -> Self {
        let mut watch =
            Watch { path: path.to_owned(), files: Vec::new(), read: Vec::new(), seen: Vec::new() };
        watch.renew();
        watch
    }

    /// Takes the files as they are now for those that are read.
    pub fn renew(&mut self) {
        let before = mark(&self.path);
        if let Ok(text) = input::configuration_text(&self.path) {
            self.files = config::files(&text, self.path.parent().unwrap_or(Path::new("")));
        }
        self.read = self.marks();
        self.read[0] = before;
        self.seen.clone_from(&self.read);
    }

    /// Whether something has changed since it was read, and has stood still since the last look: a file that is
    /// being written is half a file.
    pub fn look(&mut self) -> bool {
        let now = self.marks();
        let stands_still = now == self.seen;
        self.seen = now;
        stands_still && self.seen != self.read
    }

    fn marks(&self) -> Vec<Mark> {
        std::iter::once(&self.path).chain(&self.files).map(|path| mark(path)).collect()
    }
}

/// Links are followed. `None` where there is no such file.
fn mark(path: &Path) -> Mark {
    let data = std::fs::metadata(path).ok()?;
    let (content, file) = ((data.mtime(), data.mtime_nsec()), (data.ctime(), data.ctime_nsec()));
    Some((data.dev(), data.ino(), data.size(), content, file))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    const TEXT: &str = "[packs]\nown = \"own.toml\"\n";

    fn watched() -> (tempfile::TempDir, Watch) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("limpid.toml"), TEXT).unwrap();
        fs::write(folder.path().join("own.toml"), "rules = []").unwrap();
        let watch = Watch::of(&folder.path().join("limpid.toml"));
        (folder, watch)
    }

    #[test]
    fn a_change_counts_once_it_stands_still() {
        let (folder, mut watch) = watched();
        assert!(!watch.look() && !watch.look());
        fs::write(folder.path().join("limpid.toml"), format!("{TEXT}#")).unwrap();
        assert!(!watch.look());
        fs::write(folder.path().join("limpid.toml"), format!("{TEXT}# more")).unwrap();
        assert!(!watch.look());
        assert!(watch.look());
        watch.renew();
        assert!(!watch.look() && !watch.look());
    }

    #[test]
    fn a_file_in_the_place_of_another_is_seen() {
        let (folder, mut watch) = watched();
        // As editors do it: the same text, and so the same size.
        fs::write(folder.path().join(".limpid.toml.swp"), TEXT).unwrap();
        fs::rename(folder.path().join(".limpid.toml.swp"), folder.path().join("limpid.toml")).unwrap();
        assert!(!watch.look() && watch.look());
        watch.renew();
        fs::remove_file(folder.path().join("own.toml")).unwrap();
        assert!(!watch.look() && watch.look());
        watch.renew();
        fs::write(folder.path().join("own.toml"), "rules = []").unwrap();
        assert!(!watch.look() && watch.look());
    }

    #[test]
    fn a_mounted_folder_that_is_exchanged_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let inside = |name: &str| folder.path().join(name);
        for version in ["v1", "v2"] {
            fs::create_dir(inside(version)).unwrap();
            fs::write(inside(version).join("limpid.toml"), TEXT).unwrap();
        }
        symlink("v1", inside("..data")).unwrap();
        symlink("..data/limpid.toml", inside("limpid.toml")).unwrap();
        let mut watch = Watch::of(&inside("limpid.toml"));
        symlink("v2", inside("..data_tmp")).unwrap();
        fs::rename(inside("..data_tmp"), inside("..data")).unwrap();
        assert!(!watch.look() && watch.look());
    }
}
