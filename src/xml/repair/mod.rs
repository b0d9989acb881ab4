//! Repairs of texts that are not well-formed: edits to the source, so that every byte they do not concern
//! stays as the publisher wrote it.
//!
//! A text that is well-formed is never edited. For one that is not, a lenient scanner walks over it and
//! edits what [`check`] would stop at, and what comes out is checked. A repair may bring together what was
//! harmless apart (`]<!--x-->]>`), so there are several rounds.

mod ampersand;
mod attribute;
mod elements;
mod name;
mod outside;
mod report;
mod scan;
mod tag;

use std::borrow::Cow;

use thiserror::Error;

use super::check::{Fault, chars, check};
use super::splice::{Edit, compose, splice};
use crate::span::{MAX_TEXT, Span};
use report::{Finding, Tally, in_source, line};
pub use report::{Repair, RepairKind};
use scan::{Scan, Stop};

/// How often what came out is repaired again.
const ROUNDS: usize = 4;

/// The most repairs that are made. Who has more than these has sent no feed.
const MAX_REPAIRS: usize = 1 << 21;

/// What the scanner knows of the kind of documents it repairs.
#[derive(Clone, Copy, Debug)]
pub struct Vocabulary<'a> {
    /// Prefixes everybody knows, each with its namespace's URI.
    pub prefixes: &'a [(&'a str, &'a str)],
    /// Local names of the elements that are items: `item`, `entry`.
    pub records: &'a [&'a str],
}

/// What is to be done to a text so that it is well-formed.
#[derive(Debug, Default)]
pub struct Repaired {
    /// The edits, sorted and disjoint; none where the text is well-formed.
    pub edits: Vec<Edit>,
    /// What they are for, one for each kind.
    pub repairs: Vec<Repair>,
    /// The end of the text was missing. Items that are complete have been kept.
    pub cut_off: bool,
}

/// Why a text can not be repaired.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}: {cause}")]
pub struct IllFormed {
    /// The line of the source, from 1.
    pub line: usize,
    /// What is wrong there.
    pub cause: String,
}

/// Finds the edits that make `text` well-formed (XML 1.0, fifth edition; Namespaces in XML 1.0), in linear
/// time.
///
/// ```
/// use limpid::xml::{repair::{repair, Vocabulary}, splice::splice};
/// let text = "<rss><channel><item><title>R&D</item></channel></rss>";
/// let vocabulary = Vocabulary { prefixes: &[], records: &["item"] };
/// let repaired = repair(text, &vocabulary)?;
/// let out = splice(text, &repaired.edits);
/// assert_eq!(out, "<rss><channel><item><title>R&amp;D</title></item></channel></rss>");
/// assert_eq!(repaired.repairs.len(), 2);
/// # Ok::<(), limpid::xml::repair::IllFormed>(())
/// ```
///
/// # Errors
/// Where the text can not be made well-formed in a sensible way: it is cut off before its first item ends, a
/// second document follows it, or it is no XML at all.
pub fn repair(text: &str, vocabulary: &Vocabulary<'_>) -> Result<Repaired, IllFormed> {
    let Err(fault) = check(text) else { return Ok(Repaired::default()) };
    let mut work = Work { source: text, edits: Vec::new(), tally: Tally::default(), cut_off: false };
    work.characters()?;
    let mut last = fault;
    for _ in 0..ROUNDS {
        work.round(vocabulary)?;
        match check(&work.text()) {
            Ok(()) => return Ok(work.done()),
            Err(fault) => last = fault,
        }
    }
    Err(work.ill_formed(&last))
}

/// A text under repair.
struct Work<'a> {
    source: &'a str,
    /// What has been done to the source so far.
    edits: Vec<Edit>,
    tally: Tally,
    cut_off: bool,
}

impl Work<'_> {
    /// The text as it is now.
    fn text(&self) -> Cow<'_, str> {
        if self.edits.is_empty() { self.source.into() } else { splice(self.source, &self.edits).into() }
    }

    /// Takes out the characters that XML can not hold, wherever they are.
    fn characters(&mut self) -> Result<(), IllFormed> {
        if self.source.len() > MAX_TEXT {
            return Err(IllFormed { line: 1, cause: "it is too long".into() });
        }
        let mut found: Vec<Finding> = Vec::new();
        let mut at = 0;
        while let Some(next) = chars::first_forbidden(&self.source[at..]) {
            let start = at + next;
            let rest = &self.source[start..];
            let len = rest.find(chars::is_xml).unwrap_or(rest.len());
            let edit = Edit::delete(Span::new(start, start + len));
            found.push(Finding { kind: Some(RepairKind::Character), at: start, edit });
            if found.len() > MAX_REPAIRS {
                return Err(too_many(self.source, start));
            }
            at = start + len;
        }
        self.tally.add(&found, &[]);
        self.edits = found.into_iter().map(|finding| finding.edit).collect();
        Ok(())
    }

    /// One walk over the text as it is now.
    fn round(&mut self, vocabulary: &Vocabulary<'_>) -> Result<(), IllFormed> {
        let text = self.text();
        if text.len() > MAX_TEXT {
            return Err(IllFormed { line: 1, cause: "it is too long".into() });
        }
        let scanned = Scan::new(&text, vocabulary).run().map_err(|stop| self.stopped(stop))?;
        let (findings, cut_off) = scanned;
        self.tally.add(&findings, &self.edits);
        self.cut_off |= cut_off;
        let edits = merged(findings);
        let first_round = self.edits.is_empty();
        self.edits = if first_round { edits } else { compose(self.source.len(), &self.edits, &edits) };
        Ok(())
    }

    fn stopped(&self, stop: Stop) -> IllFormed {
        let at = in_source(&self.edits, stop.at);
        IllFormed { line: line(self.source, at), cause: stop.cause }
    }

    fn ill_formed(&self, fault: &Fault) -> IllFormed {
        let at = in_source(&self.edits, fault.at);
        IllFormed { line: line(self.source, at), cause: fault.to_string() }
    }

    fn done(self) -> Repaired {
        let repairs = self.tally.report(self.source);
        Repaired { edits: self.edits, repairs, cut_off: self.cut_off }
    }
}

fn too_many(source: &str, at: usize) -> IllFormed {
    IllFormed { line: line(source, at), cause: format!("it has more than {MAX_REPAIRS} faults") }
}

/// The edits of all findings in order. What is put in at one place keeps the order in which it was found;
/// edits that touch become one.
fn merged(mut findings: Vec<Finding>) -> Vec<Edit> {
    findings.sort_by_key(|finding| finding.edit.span);
    let mut edits: Vec<Edit> = Vec::with_capacity(findings.len());
    for Finding { edit, .. } in findings {
        match edits.last_mut() {
            Some(last) if last.span.end == edit.span.start => {
                last.span.end = edit.span.end;
                last.text.push_str(&edit.text);
            }
            _ => edits.push(edit),
        }
    }
    edits
}

#[cfg(test)]
mod tests;
