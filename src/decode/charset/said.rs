//! What is said about a charset, and what is to be said about that.

use super::label::{Charset, charset_named};
use super::{Reading, declaration};

/// How much of a label is shown, in characters.
const SHOWN: usize = 40;

/// The Content-Type of the answer.
const HTTP: &str = "HTTP";

/// The XML declaration.
const FEED: &str = "the feed";

/// What somebody says.
pub(super) struct Said {
    /// Who: [`HTTP`] or [`FEED`].
    by: &'static str,
    /// As it is written.
    label: String,
    /// What that means, where it is known.
    pub(super) charset: Option<Charset>,
}

/// What HTTP and the declaration say, the one that is to be believed first.
pub(super) fn said(http: Option<&str>, body: &[u8]) -> Vec<Said> {
    let http = http.map(|label| label.trim_matches(['"', '\'', ' ', '\t'])).filter(|label| !label.is_empty());
    let by = |by, label: &str| {
        let shown = label.chars().filter(|c| !c.is_control()).take(SHOWN).collect();
        Said { by, label: shown, charset: charset_named(label) }
    };
    let http = http.map(|label| by(HTTP, label));
    http.into_iter().chain(declaration::declared(body).map(|label| by(FEED, label))).collect()
}

impl Said {
    /// The charset, unless it is UTF-16 or UTF-32. Those are seen, and need not be said; what says so and is
    /// not is mostly a string that was once UTF-16 in the memory of a program.
    pub(super) fn narrow(&self) -> Option<Charset> {
        self.charset.filter(|charset| !charset.is_wide())
    }

    /// Whether this is right about a reading. About ASCII most are.
    fn is_right(&self, reading: &Reading, is_ascii: bool) -> bool {
        self.charset
            .is_some_and(|charset| charset.is_of_family(reading.charset) || is_ascii && !charset.is_wide())
    }
}

/// The charsets that bytes are to be tried with that are not UTF-8, each once.
pub(super) fn others(said: &[Said]) -> impl Iterator<Item = Charset> {
    let first = said.first().and_then(Said::narrow);
    let second = said.get(1).and_then(Said::narrow).filter(|second| first != Some(*second));
    first.into_iter().chain(second).filter(|charset| *charset != Charset::UTF_8)
}

/// The sentence about a reading, if one is due.
pub(super) fn note(reading: &Reading, said: &[Said]) -> Option<String> {
    let parts = [about_charset(reading, said), replaced(reading.charset, reading.broken)];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn about_charset(reading: &Reading, said: &[Said]) -> Option<String> {
    let name = reading.charset.name();
    let is_ascii = reading.charset == Charset::UTF_8 && reading.text.is_ascii();
    let is_right = |said: &&Said| said.is_right(reading, is_ascii);
    if said.is_empty() {
        let is_plain = reading.charset == Charset::UTF_8;
        return (!is_plain).then(|| format!("no charset is declared; taken for {name}"));
    }
    let wrong = said.iter().find(|said| !is_right(said))?;
    let Said { by, label, charset } = wrong;
    if said.iter().any(|said| is_right(&said)) {
        let is_rival = wrong.narrow().is_some_and(|other| other != Charset::UTF_8);
        let is_open = is_rival && !reading.charset.is_wide() && reading.charset != Charset::UTF_8;
        return is_open.then(|| format!("{by} says {label}, and {name} was believed"));
    }
    Some(match charset {
        None => format!("{by} says {label}, which is not known; taken for {name}"),
        Some(_) if reading.is_guess => format!("{by} says {label}, which does not fit; taken for {name}"),
        Some(_) if *by == HTTP => format!("{by} says {label}, and the feed is {name}"),
        Some(_) => format!("{by} says {label} and is {name}"),
    })
}

/// What was replaced, if anything was.
pub(super) fn replaced(charset: Charset, broken: usize) -> Option<String> {
    let sequences = if broken == 1 { "sequence" } else { "sequences" };
    (broken > 0).then(|| format!("{broken} broken {} {sequences} replaced by U+FFFD", charset.name()))
}
