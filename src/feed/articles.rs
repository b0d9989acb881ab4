//! The articles that items stand for, taken out of their pages. Rules ask for them; fetching them is not theirs.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use xxhash_rust::xxh3::xxh3_128;

/// How far a feed leads limpid: its sources, what they redirect to, and the pages of its items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// To public addresses: those that mean the same host to everybody.
    #[default]
    Public,
    /// To this machine and its network as well.
    Anywhere,
}

/// As whom pages are asked for: stands for what the requests of a feed carry, and tells nothing of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Login(pub u128);

impl Login {
    /// As anybody.
    pub const NOBODY: Login = Login(0);
}

/// An article that a rule wants.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Wanted {
    /// The address of its page: http or https.
    pub address: String,
    /// What of the page it is, as a CSS selector; `None` for what reads like one.
    pub selector: Option<String>,
    /// What of that is left out, as a CSS selector.
    pub without: Option<String>,
    /// A digest of what the feed itself says in the item: when it changes, the page may have changed too.
    pub version: u64,
    /// How far the feed may reach that the item is in: one that may not gets nothing that another one may.
    pub reach: Reach,
    /// As whom that feed asks: what was shown to one is not for another.
    pub login: Login,
}

/// The articles that there are, or why there are none.
#[derive(Debug, Default)]
pub struct Articles {
    known: HashMap<Wanted, Result<String, String>>,
    missed: Mutex<Vec<Wanted>>,
}

impl Articles {
    /// These articles.
    pub fn new(known: HashMap<Wanted, Result<String, String>>) -> Self {
        Articles { known, missed: Mutex::default() }
    }

    /// An article, as HTML, or why there is none. Notes that it is wanted where nothing is known of it.
    pub fn get(&self, wanted: Wanted) -> Option<&Result<String, String>> {
        let known = self.known.get(&wanted);
        if known.is_none() {
            // A list of names is as good after a panic elsewhere as before.
            self.missed.lock().unwrap_or_else(PoisonError::into_inner).push(wanted);
        }
        known
    }

    /// What was wanted and is not there, each once.
    pub fn missed(&self) -> Vec<Wanted> {
        let missed = self.missed.lock().unwrap_or_else(PoisonError::into_inner);
        let mut seen = std::collections::HashSet::new();
        missed.iter().filter(|wanted| seen.insert(*wanted)).cloned().collect()
    }

    /// What is known, to add to.
    pub fn known(&self) -> &HashMap<Wanted, Result<String, String>> {
        &self.known
    }

    /// A digest of all that is known, whatever the order it came in.
    pub fn digest(&self) -> u128 {
        let each = self.known.iter().map(|known| xxh3_128(format!("{known:?}").as_bytes()));
        each.fold(0, u128::wrapping_add)
    }
}
