//! Which rules of a pack a configuration asks for.

use std::sync::Arc;

use toml::Spanned;

use super::{AUTO, Compiled, Found, PackRule, Packs};
use crate::config::problem::Problem;
use crate::config::raw::PackUse;
use crate::feed::platform::Platform;
use crate::pipeline::Step;

/// The rules that were asked for.
#[derive(Debug, Default)]
pub struct Chosen {
    /// The rules, in order.
    pub steps: Vec<Step>,
    /// Digests of the packs that they are from.
    pub digests: Vec<u128>,
}

/// A rule that can be asked for.
struct Offer<'p> {
    pack: &'p Compiled,
    rule: &'p PackRule,
    /// The feeds it is for.
    only: Option<&'p Arc<Platform>>,
}

impl Offer<'_> {
    /// What it is called: of one pack by its name there, of all packs with the pack's before it.
    fn name(&self) -> &str {
        if self.only.is_some() { &self.rule.step.label } else { &self.rule.name }
    }

    /// Whether a list names it.
    fn is_in(&self, list: &[Spanned<String>]) -> bool {
        list.iter().any(|one| one.get_ref() == self.name())
    }

    /// Whether a list names it, or the pack that it is of among others.
    fn is_covered_by(&self, list: &[Spanned<String>]) -> bool {
        self.is_in(list) || self.only.is_some() && list.iter().any(|one| one.get_ref() == &self.pack.name)
    }

    fn is_wanted(&self, PackUse { only, except, also, .. }: &PackUse) -> bool {
        let of_rest = match only {
            Some(only) => self.is_in(only.get_ref()) || self.rule.is_on && self.is_covered_by(only.get_ref()),
            None => {
                self.rule.is_on && !except.as_ref().is_some_and(|except| self.is_covered_by(except.get_ref()))
            }
        };
        of_rest || self.is_in(also)
    }

    fn step(&self) -> Step {
        Step { only: self.only.cloned(), ..self.rule.step.clone() }
    }
}

impl Packs {
    /// The rules that apply where a pack is asked for by its name alone; `None` where there is no such pack.
    pub fn steps(&self, name: &str) -> Option<Vec<Step>> {
        let offers = self.offers(name)?;
        Some(offers.iter().filter(|offer| offer.rule.is_on).map(Offer::step).collect())
    }

    /// The rules of a pack that are asked for.
    pub(in crate::config) fn choose(&self, wanted: &PackUse, problems: &mut Vec<Problem>) -> Chosen {
        let name = wanted.pack.get_ref();
        let Some(offers) = self.offers(name) else {
            let problem = Problem::new(format!("unknown pack `{name}`"), wanted.pack.span());
            problems.push(problem.nearest_or_all(name, &self.names()));
            return Chosen::default();
        };
        contradictions(wanted, problems);
        // What is wrong with a broken pack has been said; which parts it has is anybody's guess.
        if !matches!(self.find(name), Found::Broken) {
            check_names(wanted, &offers, problems);
        }
        let chosen: Vec<&Offer<'_>> = offers.iter().filter(|offer| offer.is_wanted(wanted)).collect();
        let mut digests: Vec<u128> = chosen.iter().map(|offer| offer.pack.digest).collect();
        digests.dedup();
        Chosen { steps: chosen.into_iter().map(Offer::step).collect(), digests }
    }

    /// What there is to ask for under the name of a pack.
    fn offers(&self, name: &str) -> Option<Vec<Offer<'_>>> {
        if name == AUTO {
            let all = self.of_platforms().flat_map(|(pack, platform)| {
                pack.rules.iter().map(move |rule| Offer { pack, rule, only: Some(platform) })
            });
            return Some(all.collect());
        }
        match self.find(name) {
            Found::Pack(pack) => {
                Some(pack.rules.iter().map(|rule| Offer { pack, rule, only: None }).collect())
            }
            Found::Broken => Some(Vec::new()),
            Found::Nothing => None,
        }
    }
}

/// Parts can not be wanted and not wanted.
fn contradictions(wanted: &PackUse, problems: &mut Vec<Problem>) {
    let Some(except) = &wanted.except else { return };
    if wanted.only.is_some() {
        let problem = Problem::new("`only` and `except` exclude each other", except.span());
        problems.push(problem.help("`only` says which parts are used, `except` which are not: give one"));
    }
    for both in &wanted.also {
        if except.get_ref().iter().any(|except| except.get_ref() == both.get_ref()) {
            let message = format!("`{}` is in `also` and in `except`", both.get_ref());
            problems.push(Problem::new(message, both.span()));
        }
    }
}

/// Every part that is named has to be there. Of `auto`, whole packs can be used or left out; switched on are
/// single rules.
fn check_names(wanted: &PackUse, offers: &[Offer<'_>], problems: &mut Vec<Problem>) {
    let known: Vec<&str> = offers.iter().map(Offer::name).collect();
    let of_many = offers.iter().filter(|offer| offer.only.is_some());
    let mut packs: Vec<&str> = of_many.map(|offer| offer.pack.name.as_str()).collect();
    packs.dedup();
    let lists = wanted.only.iter().chain(&wanted.except).flat_map(Spanned::get_ref);
    let parts = lists.filter(|part| !packs.contains(&part.get_ref().as_str())).chain(&wanted.also);
    for part in parts.filter(|part| !known.contains(&part.get_ref().as_str())) {
        let (name, pack) = (part.get_ref().as_str(), wanted.pack.get_ref());
        if packs.contains(&name) {
            let message =
                format!("`{name}` is a whole pack: `also` names single rules, as in `youtube/shorts`");
            problems.push(Problem::new(message, part.span()));
            continue;
        }
        let problem = Problem::new(format!("the pack `{pack}` has no part `{name}`"), part.span());
        problems.push(if packs.is_empty() {
            problem.nearest_and_all(name, "its parts", &known)
        } else {
            problem.nearest_in_packs(name, &known, &packs)
        });
    }
}
