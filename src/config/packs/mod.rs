//! Packs: named lists of rules, for what one platform does to its feeds or for one purpose. Those that are
//! built in are one file each in `config/packs`; a person may have more of their own.

mod choose;
mod own;
mod read;

use std::sync::{Arc, OnceLock};

use super::problem::Problems;
use crate::feed::platform::Platform;
use crate::pipeline::Step;

pub(super) use choose::Chosen;

/// A pack that is built in, as it is written.
#[derive(Debug)]
pub struct Pack {
    /// Its name in the configuration.
    pub name: &'static str,
    /// Its text, TOML.
    pub text: &'static str,
}

/// The pack of this name, as it is written.
macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        &[$(Pack { name: $name, text: include_str!(concat!("../../../config/packs/", $name, ".toml")) }),*]
    };
}

/// Every pack that is built in: those of platforms, in the order in which `auto` applies them, then the others.
pub const PACKS: &[Pack] = built_in![
    "substack",
    "ghost",
    "wordpress",
    "medium",
    "beehiiv",
    "squarespace",
    "mailchimp",
    "reddit",
    "youtube",
    "feedburner",
    "sponsors",
    "trackers",
    "pictures",
    "social",
];

/// The name that stands for the packs of all platforms, each for the feeds that are of it.
pub const AUTO: &str = "auto";

/// A pack, read and compiled.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// Its name in the configuration.
    pub name: String,
    /// What it is for, in one sentence.
    pub summary: Option<String>,
    /// What the feeds it is for are known by.
    pub platform: Option<Arc<Platform>>,
    /// Its rules, in order.
    pub rules: Vec<PackRule>,
    /// A digest of its text.
    digest: u128,
}

/// A rule of a pack.
#[derive(Clone, Debug)]
pub struct PackRule {
    /// Its name in the pack.
    pub name: String,
    /// The rule, labelled `pack/name`.
    pub step: Step,
    /// Whether it applies unless it is switched off, or only where it is switched on.
    pub is_on: bool,
}

impl Compiled {
    /// Compiles a pack that is built in.
    ///
    /// # Errors
    /// Every mistake in its text.
    pub fn of(pack: &Pack) -> Result<Self, Problems> {
        read::read(pack.name, pack.name, pack.text)
    }
}

/// One that is built in, compiled when it is first asked for: the patterns of all together take megabytes.
fn built_in(name: &str) -> Option<&'static Compiled> {
    static COMPILED: [OnceLock<Compiled>; PACKS.len()] = [const { OnceLock::new() }; PACKS.len()];
    let at = PACKS.iter().position(|pack| pack.name == name)?;
    let compile = || Compiled::of(&PACKS[at]).expect("the packs are compiled in, and the tests compile each");
    Some(COMPILED[at].get_or_init(compile))
}

/// Every pack that a configuration can name.
#[derive(Clone, Debug, Default)]
pub struct Packs {
    /// The person's own, by name; `None` where the file of one can not be read.
    own: Vec<(String, Option<Compiled>)>,
}

/// What there is of a name.
enum Found<'p> {
    Pack(&'p Compiled),
    /// A pack of the person's own, and what is wrong with it has been said.
    Broken,
    Nothing,
}

impl Packs {
    /// The names of all of them, `auto` too.
    pub fn names(&self) -> Vec<&str> {
        let own = self.own.iter().map(|(name, _)| name.as_str());
        let built_in = PACKS.iter().map(|pack| pack.name).filter(|name| !self.is_own(name));
        own.chain(built_in).chain([AUTO]).collect()
    }

    /// Whether there is a pack of this name.
    pub fn has(&self, name: &str) -> bool {
        self.names().contains(&name)
    }

    fn is_own(&self, name: &str) -> bool {
        self.own.iter().any(|(own, _)| own == name)
    }

    /// A pack of the person's own goes before one that is built in.
    fn find(&self, name: &str) -> Found<'_> {
        match self.own.iter().find(|(own, _)| own == name) {
            Some((_, Some(pack))) => Found::Pack(pack),
            Some((_, None)) => Found::Broken,
            None => built_in(name).map_or(Found::Nothing, Found::Pack),
        }
    }

    /// What the packs of platforms know those by, each with the name of its pack.
    pub fn platforms(&self) -> Vec<(&str, &Arc<Platform>)> {
        self.of_platforms().map(|(pack, platform)| (pack.name.as_str(), platform)).collect()
    }

    /// The packs of platforms: those that are built in, then the person's own.
    fn of_platforms(&self) -> impl Iterator<Item = (&Compiled, &Arc<Platform>)> {
        let own = self.own.iter().filter(|(name, _)| PACKS.iter().all(|pack| pack.name != name));
        let names = PACKS.iter().map(|pack| pack.name).chain(own.map(|(name, _)| name.as_str()));
        names.filter_map(|name| match self.find(name) {
            Found::Pack(pack) => Some((pack, pack.platform.as_ref()?)),
            Found::Broken | Found::Nothing => None,
        })
    }
}

/// The built-in packs that are of platforms: those that `auto` stands for.
pub fn platform_packs() -> Vec<&'static Pack> {
    let is_of_platform =
        |pack: &&Pack| built_in(pack.name).is_some_and(|compiled| compiled.platform.is_some());
    PACKS.iter().filter(is_of_platform).collect()
}

/// The rules of a built-in pack that apply unless they are switched off. Their steps are labelled
/// `pack/rule`.
///
/// # Errors
/// Every mistake in its text.
pub fn pack_steps(pack: &Pack) -> Result<Vec<Step>, Problems> {
    let rules = Compiled::of(pack)?.rules;
    Ok(rules.into_iter().filter(|rule| rule.is_on).map(|rule| rule.step).collect())
}
