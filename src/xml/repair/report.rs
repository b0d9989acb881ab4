//! What was repaired, for the person to read.

use std::collections::BTreeMap;

use crate::xml::splice::Edit;

/// The most characters of the source that a report shows.
const SNIPPET: usize = 80;

/// How many of them stand before the place itself.
const BEFORE: usize = 30;

/// What kind of fault was repaired. `Display` says it in words that a number of times can follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RepairKind {
    /// White space or text before the XML declaration or the root element: taken out.
    TextBefore,
    /// Text after the root element: taken out.
    TextAfter,
    /// An XML declaration that is not the first thing: taken out.
    StrayDeclaration,
    /// A malformed XML declaration: written anew.
    Declaration,
    /// A document type declaration that is malformed or in the wrong place: taken out.
    Doctype,
    /// A character that XML can not hold: taken out.
    Character,
    /// A reference to such a character: taken out.
    CharacterReference,
    /// A `&` that starts no reference known: escaped.
    Ampersand,
    /// A named reference that only HTML knows: written as a number.
    HtmlEntity,
    /// A `<` that starts no markup, or stands in an attribute's value: escaped.
    LessThan,
    /// `]]>` in text: escaped.
    CdataEnd,
    /// `--` in a comment: spaced out.
    CommentDashes,
    /// A processing instruction without a proper name or end: mended.
    Instruction,
    /// An attribute's value without quotes: quoted.
    UnquotedValue,
    /// A quote that never closes: closed.
    OpenQuote,
    /// An attribute without a value: given an empty one.
    NoValue,
    /// An attribute given twice: the later one taken out.
    DuplicateAttribute,
    /// No white space before an attribute: put in.
    NoSpace,
    /// Stray characters in a tag: taken out.
    JunkInTag,
    /// A tag without its `>`: given one.
    UnfinishedTag,
    /// A name that is none: the characters it can not hold become `_`.
    Name,
    /// A declaration of a namespace that is not allowed: taken out, or given a namespace.
    Namespace,
    /// A well-known prefix that is not declared: declared.
    WellKnownPrefix,
    /// Another prefix that is not declared: declared as a namespace of its own.
    UnknownPrefix,
    /// An end tag that differs from its start tag in case: changed to match.
    EndTagCase,
    /// An element without its end: ended.
    MissingEnd,
    /// An element of HTML that is always empty, written without an end: ended at once.
    VoidElement,
    /// An end tag of nothing that is open: taken out.
    StrayEnd,
    /// The end of the feed: an incomplete item is taken out, and what is open is closed.
    CutOff,
}

impl std::fmt::Display for RepairKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            RepairKind::TextBefore => "white space or text before the start of the XML",
            RepairKind::TextAfter => "text after the end of the XML",
            RepairKind::StrayDeclaration => "an XML declaration that is not at the start",
            RepairKind::Declaration => "a malformed XML declaration",
            RepairKind::Doctype => "a malformed or misplaced document type declaration",
            RepairKind::Character => "a character that XML can not hold",
            RepairKind::CharacterReference => "a reference to a character that XML can not hold",
            RepairKind::Ampersand => "a bare &",
            RepairKind::HtmlEntity => "a name for a character that HTML knows and XML does not",
            RepairKind::LessThan => "a bare <",
            RepairKind::CdataEnd => "]]> in text",
            RepairKind::CommentDashes => "-- in a comment",
            RepairKind::Instruction => "a malformed processing instruction",
            RepairKind::UnquotedValue => "an attribute's value without quotes",
            RepairKind::OpenQuote => "a quote that is never closed",
            RepairKind::NoValue => "an attribute without a value",
            RepairKind::DuplicateAttribute => "an attribute given twice",
            RepairKind::NoSpace => "no white space between attributes",
            RepairKind::JunkInTag => "stray characters in a tag",
            RepairKind::UnfinishedTag => "a tag without its >",
            RepairKind::Name => "a name with characters that names can not have",
            RepairKind::Namespace => "a namespace declared in a way that is not allowed",
            RepairKind::WellKnownPrefix => "a well-known prefix that is not declared",
            RepairKind::UnknownPrefix => "a prefix that is not declared",
            RepairKind::EndTagCase => "an end tag in another case than its start tag",
            RepairKind::MissingEnd => "an element without its end tag",
            RepairKind::VoidElement => "an empty element of HTML that is not closed",
            RepairKind::StrayEnd => "an end tag of nothing that is open",
            RepairKind::CutOff => "the end is missing",
        })
    }
}

/// All repairs of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// The kind.
    pub kind: RepairKind,
    /// The line of the first one in the source, from 1.
    pub line: usize,
    /// How many there are.
    pub count: u32,
    /// What stands there in the source: some of that line, at most 80 characters.
    pub snippet: String,
}

/// One repair: an edit, and what it is for. Edits that only complete another have no kind.
#[derive(Debug)]
pub(super) struct Finding {
    pub kind: Option<RepairKind>,
    /// The byte at which the fault shows.
    pub at: usize,
    pub edit: Edit,
}

/// Repairs counted by kind, with the byte of the source at which the first of each is.
#[derive(Debug, Default)]
pub(super) struct Tally(BTreeMap<RepairKind, (usize, u32)>);

impl Tally {
    /// Counts findings in a text that `edits` have made of the source.
    pub fn add(&mut self, findings: &[Finding], edits: &[Edit]) {
        let mut here = Tally::default();
        for finding in findings {
            let Some(kind) = finding.kind else { continue };
            let (first, count) = here.0.entry(kind).or_insert((finding.at, 0));
            *first = finding.at.min(*first);
            *count += 1;
        }
        for (kind, (at, count)) in here.0 {
            let at = in_source(edits, at);
            let entry = self.0.entry(kind).or_insert((at, 0));
            *entry = (entry.0.min(at), entry.1 + count);
        }
    }

    /// The report, in the order in which the first of each kind stands in the source.
    pub fn report(self, source: &str) -> Vec<Repair> {
        let mut all: Vec<_> = self.0.into_iter().collect();
        all.sort_by_key(|(kind, (at, _))| (*at, *kind));
        let repair = |(kind, (at, count))| Repair {
            kind,
            line: line(source, at),
            count,
            snippet: snippet(source, at),
        };
        all.into_iter().map(repair).collect()
    }
}

/// Where the byte `at` of the text that `edits` make of a source stands in that source; for what was put in,
/// where it was put.
pub(super) fn in_source(edits: &[Edit], at: usize) -> usize {
    let (mut source, mut edited) = (0, 0);
    for edit in edits {
        let kept = edit.span.range().start - source;
        if at < edited + kept {
            break;
        }
        source += kept;
        edited += kept + edit.text.len();
        if at < edited {
            return source;
        }
        source = edit.span.range().end;
    }
    source + (at - edited)
}

/// The line of a byte, from 1.
pub(super) fn line(text: &str, at: usize) -> usize {
    memchr::memchr_iter(b'\n', &text.as_bytes()[..at.min(text.len())]).count() + 1
}

/// What stands around a byte, in its line.
fn snippet(text: &str, at: usize) -> String {
    let at = text.floor_char_boundary(at.min(text.len()));
    let before: Vec<char> = text[..at].chars().rev().take_while(|c| *c != '\n').take(BEFORE).collect();
    let after = text[at..].chars().take_while(|c| *c != '\n');
    let shown = before.into_iter().rev().chain(after).take(SNIPPET);
    shown.map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}
