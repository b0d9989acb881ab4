//! The file while limpid runs: opened anew where it has failed, and moved aside where it is none.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::{Semaphore, SemaphorePermit};
use tracing::{info, warn};

use super::Store;
use super::file::{File, Kept, Put, Unusable};
use super::record::{Body, Record};
use super::relied::{AllRelied, Relied};

/// The stores that are open. A file can be opened once only, and a new configuration may name that of the old one.
static OPEN: Mutex<Vec<(PathBuf, Weak<Store>)>> = Mutex::new(Vec::new());

/// A file that is open. All its methods wait for the disk: they are for threads that may.
#[derive(Debug)]
pub struct Disk {
    path: PathBuf,
    /// How many bytes of bodies, compressed, are kept.
    max_size: u64,
    state: Mutex<State>,
    /// Whose turn it is to write.
    queue: Semaphore,
    relied: AllRelied,
}

#[derive(Debug)]
struct State {
    /// `None` where it can not be used at the moment.
    file: Option<File>,
    problem: Option<String>,
    /// For each source the last that was written of it: what comes late is not written over it.
    written: HashMap<String, u64>,
}

/// Opens the store in this file. One that is broken is moved aside.
pub(super) fn open(path: &Path, max_size: u64) -> Arc<Store> {
    let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
    open.retain(|(_, store)| store.strong_count() > 0);
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let same = open.iter().find(|(known, store)| *known == path && store.strong_count() > 0);
    if let Some(store) = same.and_then(|(_, store)| store.upgrade()) {
        return store;
    }
    let state = State { file: None, problem: None, written: HashMap::new() };
    let (path_of, state, queue) = (path.clone(), Mutex::new(state), Semaphore::new(1));
    let disk = Disk { path: path_of, max_size, state, queue, relied: AllRelied::default() };
    disk.reopen(&mut disk.state());
    let store = Arc::new(Store::Disk(Box::new(disk)));
    open.push((path, Arc::downgrade(&store)));
    store
}

impl Disk {
    /// Waits until it is one's turn to write.
    pub(super) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // The queue is never closed.
        self.queue.acquire().await.ok()
    }

    /// What is known of a source, and its body, packed: see [`Body::unpack`].
    pub fn get(&self, key: &str) -> Option<Kept> {
        self.read(|file| file.get(key))
    }

    /// What is known of a source, and whether there is a body of it.
    pub fn record(&self, key: &str) -> Option<(Record, bool)> {
        self.read(|file| file.record(key))
    }

    /// Relies on the body that is written under this key now: where it has to make way for others, it is kept in memory.
    pub fn rely_on(&self, key: &str) -> Arc<Relied> {
        self.relied.add(key)
    }

    /// A body that is relied on, packed.
    pub fn body(&self, relied: &Relied) -> Option<Vec<u8>> {
        let found = relied.body().or_else(|| self.read(|file| file.body(&relied.key)));
        // It may have had to make way just now.
        found.or_else(|| relied.body())
    }

    fn read<T>(&self, what: impl FnOnce(&File) -> Result<Option<T>, redb::Error>) -> Option<T> {
        let mut state = self.state();
        if state.file.is_none() {
            self.reopen(&mut state);
        }
        let found = what(state.file.as_ref()?);
        found.map_err(|error| warn!(%error, "the store can not be read")).ok()?
    }

    /// Writes what is known of a source or a page, and its body where that is a new one. Of sources `turn` grows: what
    /// has a smaller one than what is written already is left out. Says whether it is in the file.
    pub fn put(&self, key: &str, record: &Record, body: Option<&Body>, turn: Option<u64>) -> bool {
        self.put_all(&[Put { key, record, body, turn }]).into_iter().all(|is_there| is_there)
    }

    /// The same for many, in one transaction, and for each of them.
    pub fn put_all(&self, puts: &[Put<'_>]) -> Vec<bool> {
        let mut state = self.state();
        let written = &state.written;
        let is_late =
            |put: &Put<'_>| put.turn.zip(written.get(put.key)).is_some_and(|(turn, last)| *last > turn);
        // What is larger than all there is room for would have everything make way, and then itself.
        let fits = |put: &Put<'_>| {
            put.body.is_none_or(|body| (body.bytes().len() + put.key.len()) as u64 <= self.max_size)
        };
        let now = puts.iter().filter(|put| !is_late(put));
        let now: Vec<Put<'_>> = now.map(|put| Put { body: put.body.filter(|_| fits(put)), ..*put }).collect();
        let late: Vec<bool> = puts.iter().map(is_late).collect();
        let mut gone = Vec::new();
        let write = |file: &mut File| {
            gone = file.put(&now, self.max_size)?;
            Ok(())
        };
        let is_written = now.is_empty() || self.write(&mut state, write);
        if is_written {
            let turns = now.iter().filter_map(|put| Some((put.key.to_owned(), put.turn?)));
            state.written.extend(turns);
        }
        let is_there = |put: &Put<'_>| fits(put) && !gone.iter().any(|(gone, _)| gone == put.key);
        let there = puts.iter().zip(late).map(|(put, late)| late || (is_written && is_there(put)));
        let there = there.collect();
        for (key, body) in gone {
            self.relied.give_back(&key, body);
        }
        there
    }

    /// What is noted of every feed, packed: see [`Body::unpack_any`].
    pub fn notes(&self) -> Vec<(String, Vec<u8>)> {
        let state = self.state();
        let found = state.file.as_ref().map_or_else(|| Ok(Vec::new()), File::notes);
        found.inspect_err(|error| warn!(%error, "the store can not be read")).unwrap_or_default()
    }

    /// Writes what is noted of a feed, or that there is no such feed any more. Says whether it is in the file.
    pub fn put_note(&self, feed: &str, note: Option<&Body>) -> bool {
        self.write(&mut self.state(), |file| file.note(feed, note))
    }

    /// Writes something, and says whether it is in the file.
    fn write(&self, state: &mut State, what: impl FnOnce(&mut File) -> Result<(), redb::Error>) -> bool {
        if state.file.is_none() {
            self.reopen(state);
        }
        let Some(file) = &mut state.file else { return false };
        let written = what(file);
        if written.is_err() {
            // After an error a file has to be opened anew.
            state.file = None;
        }
        self.note(state, written.as_ref().err().map(ToString::to_string).as_deref());
        written.is_ok()
    }

    /// What is wrong with the store at the moment, in one sentence.
    pub fn problem(&self) -> Option<String> {
        self.state().problem.clone()
    }

    fn reopen(&self, state: &mut State) {
        state.file = None;
        let opened = match File::open(&self.path) {
            Err(Unusable::Broken(why)) => {
                self.move_aside(&why);
                File::open(&self.path)
            }
            other => other,
        };
        match opened {
            Ok(file) => {
                state.file = Some(file);
                self.note(state, None);
            }
            Err(Unusable::Broken(why) | Unusable::Closed(why)) => self.note(state, Some(&why)),
        }
    }

    /// Notes what is wrong, or that nothing is; the log gets one line for each change.
    fn note(&self, state: &mut State, why: Option<&str>) {
        let path = self.path.display();
        let problem = why
            .as_ref()
            .map(|_| format!("the store {path} can not be used: feeds are served, and kept only in memory"));
        if let (Some(said), Some(why)) = (&problem, why)
            && state.problem.is_none()
        {
            warn!(cause = why, "{said}");
        }
        if problem.is_none() && state.problem.is_some() {
            info!("the store {path} can be used again");
        }
        state.problem = problem;
    }

    fn move_aside(&self, why: &str) {
        let mut aside = self.path.clone().into_os_string();
        aside.push(".broken");
        let (path, aside) = (self.path.display(), PathBuf::from(aside));
        match std::fs::rename(&self.path, &aside) {
            Ok(()) => {
                let aside = aside.display();
                warn!(
                    cause = why,
                    "the store {path} can not be read: it is {aside} now, and a new one is begun"
                );
            }
            Err(error) => warn!(%error, cause = why, "the store {path} can not be read, nor moved aside"),
        }
    }

    /// A file is written to in transactions: it is as good after a panic elsewhere as before.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
