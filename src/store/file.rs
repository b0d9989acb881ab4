//! The file: tables, transactions, and what to do with a file that is none.

use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use redb::{Database, Durability, ReadableDatabase, ReadableTable, TableDefinition};

use super::record::{Body, Record};

/// The version of all that is written. Another one is not read.
const FORMAT: u64 = 1;

const ABOUT: TableDefinition<'_, &str, u64> = TableDefinition::new("about");
const RECORDS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("records");
const BODIES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("bodies");
/// What is known of each feed, packed.
const NOTES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("notes");
/// See [`Sizes`].
const SIZES: TableDefinition<'_, &str, (u64, i64)> = TableDefinition::new("sizes");

/// How much of the file is kept in memory.
const MEMORY: usize = 4 << 20;

/// For each source how many bytes are kept of it, and when it was last asked for, in seconds.
type Sizes = HashMap<String, (u64, i64)>;

/// What is known of a source, and its body, packed.
pub type Kept = (Record, Option<Vec<u8>>);

/// What is to be written of a source or a page.
#[derive(Clone, Copy, Debug)]
pub struct Put<'p> {
    /// What it is known by.
    pub key: &'p str,
    /// What is known of it.
    pub record: &'p Record,
    /// Its body, where that is a new one.
    pub body: Option<&'p Body>,
    /// Grows with everything that is learnt of sources; pages have none.
    pub turn: Option<u64>,
}

/// An open file.
#[derive(Debug)]
pub struct File {
    database: Database,
    sizes: Sizes,
    /// The bytes of all of them.
    all: u64,
}

/// Why a file can not be used.
#[derive(Debug)]
pub enum Unusable {
    /// What is in it is not what limpid writes, or not any more.
    Broken(String),
    /// It can not be opened or written to, whatever is in it.
    Closed(String),
}

impl From<redb::Error> for Unusable {
    fn from(error: redb::Error) -> Self {
        let is_broken = match &error {
            redb::Error::Io(error) => {
                matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof)
            }
            redb::Error::Corrupted(_)
            | redb::Error::UpgradeRequired(_)
            | redb::Error::RepairAborted
            | redb::Error::TableTypeMismatch { .. }
            | redb::Error::TypeDefinitionChanged { .. } => true,
            _ => false,
        };
        if is_broken { Unusable::Broken(error.to_string()) } else { Unusable::Closed(error.to_string()) }
    }
}

impl File {
    /// Opens a file, or makes one, for nobody else to read: addresses of feeds may be secrets. Every page of it is
    /// checked.
    ///
    /// # Errors
    /// Where it can not be used.
    pub fn open(path: &Path) -> Result<Self, Unusable> {
        make(path).map_err(|error| Unusable::Closed(error.to_string()))?;
        // What is no such file at all may be met with a panic.
        catch_unwind(AssertUnwindSafe(|| File::read(path)))
            .unwrap_or_else(|_| Err(Unusable::Broken("it can not be read".to_owned())))
    }

    fn read(path: &Path) -> Result<Self, Unusable> {
        let database = Database::builder()
            .set_cache_size(MEMORY)
            .set_check_integrity_on_open(true)
            .create(path)
            .map_err(redb::Error::from)?;
        let (version, sizes) = begin(&database)?;
        if version != FORMAT {
            return Err(Unusable::Broken(format!(
                "its format is {version}, and that of this limpid {FORMAT}"
            )));
        }
        let all = sizes.iter().map(|(key, (size, _))| weight(key, *size)).sum();
        Ok(File { database, sizes, all })
    }

    /// What is known of a source, and its body, packed.
    ///
    /// # Errors
    /// Where the file can not be read.
    pub fn get(&self, key: &str) -> Result<Option<Kept>, redb::Error> {
        let reading = self.database.begin_read()?;
        let record = reading.open_table(RECORDS)?.get(key)?.and_then(|bytes| Record::decode(bytes.value()));
        let body = reading.open_table(BODIES)?.get(key)?.map(|bytes| bytes.value().to_vec());
        Ok(record.map(|record| (record, body)))
    }

    /// What is known of a source, and whether there is a body of it.
    ///
    /// # Errors
    /// Where the file can not be read.
    pub fn record(&self, key: &str) -> Result<Option<(Record, bool)>, redb::Error> {
        let reading = self.database.begin_read()?;
        let record = reading.open_table(RECORDS)?.get(key)?.and_then(|bytes| Record::decode(bytes.value()));
        Ok(record.map(|record| (record, self.sizes.get(key).is_some_and(|(size, _)| *size > 0))))
    }

    /// The body of a source, packed.
    ///
    /// # Errors
    /// Where the file can not be read.
    pub fn body(&self, key: &str) -> Result<Option<Vec<u8>>, redb::Error> {
        let body = self.database.begin_read()?.open_table(BODIES)?.get(key)?;
        Ok(body.map(|bytes| bytes.value().to_vec()))
    }

    /// Writes what is known of sources, and their bodies where those are new ones, in one transaction. Where there would
    /// be more than `most` bytes, those that have not been asked for longest make way: their bodies are handed back.
    ///
    /// # Errors
    /// Where the file can not be written to. Then it is as it was, and has to be opened anew.
    pub fn put(&mut self, puts: &[Put<'_>], most: u64) -> Result<Vec<(String, Vec<u8>)>, redb::Error> {
        let mut handed_back = Vec::new();
        let mut writing = self.database.begin_write()?;
        writing.set_durability(Durability::Immediate)?;
        {
            let (mut records, mut bodies) = (writing.open_table(RECORDS)?, writing.open_table(BODIES)?);
            let mut table = writing.open_table(SIZES)?;
            for Put { key, record, body, .. } in puts {
                let before = self.sizes.get(*key).map_or(0, |(size, _)| *size);
                let size = (body.map_or(before, |body| body.bytes.len() as u64), record.asked.as_second());
                records.insert(*key, record.encode().as_slice())?;
                table.insert(*key, size)?;
                if let Some(body) = body {
                    bodies.insert(*key, body.bytes.as_slice())?;
                }
                let gone = self.make_room(key, size, most);
                self.note_size(key, Some(size));
                for key in gone {
                    records.remove(key.as_str())?;
                    let body = bodies.remove(key.as_str())?;
                    handed_back.extend(body.map(|body| (key.clone(), body.value().to_vec())));
                    table.remove(key.as_str())?;
                    self.note_size(&key, None);
                }
            }
        }
        writing.commit()?;
        Ok(handed_back)
    }

    /// Which of them make way, those that have not been asked for longest first, where there would be more than `most`
    /// bytes with as many of this source.
    fn make_room(&self, key: &str, (size, asked): (u64, i64), most: u64) -> Vec<String> {
        let before = self.sizes.get(key).map_or(0, |(size, _)| weight(key, *size));
        let mut all = (self.all - before).saturating_add(weight(key, size));
        if all <= most {
            return Vec::new();
        }
        let others = self.sizes.iter().filter(|(other, _)| *other != key);
        let mut oldest: Vec<(i64, bool, &str, u64)> =
            others.map(|(other, (size, asked))| (*asked, false, other.as_str(), *size)).collect();
        oldest.push((asked, true, key, size));
        oldest.sort_unstable();
        let making_way = oldest.into_iter().take_while(|(_, _, key, size)| {
            let is_needed = all > most;
            all = all.saturating_sub(weight(key, *size));
            is_needed
        });
        making_way.map(|(_, _, key, _)| key.to_owned()).collect()
    }

    /// Notes how much there is of a source from now on.
    fn note_size(&mut self, key: &str, size: Option<(u64, i64)>) {
        let before = match size {
            Some(size) => self.sizes.insert(key.to_owned(), size),
            None => self.sizes.remove(key),
        };
        self.all -= before.map_or(0, |(size, _)| weight(key, size));
        self.all += size.map_or(0, |(size, _)| weight(key, size));
    }

    /// What is noted of every feed, packed.
    ///
    /// # Errors
    /// Where the file can not be read.
    pub fn notes(&self) -> Result<Vec<(String, Vec<u8>)>, redb::Error> {
        let notes = self.database.begin_read()?.open_table(NOTES)?;
        let mut all = Vec::new();
        for note in notes.iter()? {
            let (feed, note) = note?;
            all.push((feed.value().to_owned(), note.value().to_vec()));
        }
        Ok(all)
    }

    /// Writes what is noted of a feed, or that there is no such feed any more.
    ///
    /// # Errors
    /// Where the file can not be written to. Then it is as it was.
    pub fn note(&mut self, feed: &str, note: Option<&Body>) -> Result<(), redb::Error> {
        let mut writing = self.database.begin_write()?;
        writing.set_durability(Durability::Immediate)?;
        {
            let mut notes = writing.open_table(NOTES)?;
            if let Some(note) = note {
                notes.insert(feed, note.bytes.as_slice())?;
            } else {
                notes.remove(feed)?;
            }
        }
        Ok(writing.commit()?)
    }
}

/// Makes the file, where there is none.
fn make(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Which format a file has, and how much there is of each source. A new file gets ours.
fn begin(database: &Database) -> Result<(u64, Sizes), redb::Error> {
    let writing = database.begin_write()?;
    let (version, mut sizes) = {
        let mut about = writing.open_table(ABOUT)?;
        let known = about.get("format")?.map(|version| version.value());
        if known.is_none() {
            about.insert("format", FORMAT)?;
        }
        (known.unwrap_or(FORMAT), HashMap::new())
    };
    if version == FORMAT {
        writing.open_table(RECORDS)?;
        writing.open_table(BODIES)?;
        writing.open_table(NOTES)?;
        for entry in writing.open_table(SIZES)?.iter()? {
            let (key, size) = entry?;
            sizes.insert(key.value().to_owned(), size.value());
        }
    }
    writing.commit()?;
    Ok((version, sizes))
}

/// How many bytes count of a source.
fn weight(key: &str, size: u64) -> u64 {
    size.saturating_add(key.len() as u64)
}
