//! Which elements are open, and what ends them.

use memchr::memchr2;

use super::name::{fixed_element, lenient_run, parts};
use super::report::RepairKind;
use super::scan::{Scan, Stop, starts_name};
use crate::span::Span;
use crate::xml::check::short;
use crate::xml::splice::Edit;

/// An element whose end is to come.
#[derive(Debug)]
pub(super) struct Open<'a> {
    /// Its name as written.
    pub name: &'a str,
    /// Where its start tag starts.
    pub start: usize,
    /// Where the white space before it starts.
    pub gap: usize,
    /// Where the `>` of that tag is, if it has one.
    pub bracket: Option<usize>,
    /// The bindings outside it.
    pub outside: usize,
    pub record: bool,
    /// How much had been found before it.
    pub before: usize,
    /// How many records had ended before it.
    pub records: usize,
}

impl Open<'_> {
    /// The end tag it should have.
    fn end_tag(&self) -> String {
        format!("</{}>", fixed_element(self.name))
    }
}

/// Elements of HTML that are always empty (WHATWG HTML §13.1.2, *void elements*) and mean nothing else.
const ALWAYS_EMPTY: [&str; 5] = ["br", "hr", "img", "input", "wbr"];

/// Those whose names feeds use for elements with text: `<link>` and `<source>` of RSS.
const EMPTY_WITHOUT_TEXT: [&str; 8] = ["area", "base", "col", "embed", "link", "meta", "param", "track"];

impl<'a> Scan<'a> {
    pub(super) fn is_record(&self, name: &str) -> bool {
        self.vocabulary.records.contains(&parts(name).1)
    }

    pub(super) fn push_open(&mut self, open: Open<'a>) {
        *self.counts.entry(open.name).or_default() += 1;
        self.open.push(open);
    }

    /// Counts an element that is empty, which may be a record.
    pub(super) fn count_empty(&mut self, name: &str) {
        self.records += usize::from(self.is_record(name));
    }

    fn pop(&mut self) -> Option<Open<'a>> {
        let open = self.open.pop()?;
        self.scope.leave(open.outside);
        self.records += usize::from(open.record);
        if let Some(count) = self.counts.get_mut(open.name) {
            *count -= 1;
        }
        Some(open)
    }

    /// Ends the open record of this name, and what is open in it, before the start tag at `start`.
    pub(super) fn end_record_before(&mut self, name: &'a str, start: usize) {
        if self.is_record(name) && self.counts.get(name).is_some_and(|count| *count > 0) {
            let gap = self.gap(start);
            self.end_down_to(name, gap);
            self.end_innermost(gap);
        }
    }

    /// Ends what is open in the innermost element of this name, of which there is one.
    fn end_down_to(&mut self, name: &str, at: usize) {
        while self.open.last().is_some_and(|open| open.name != name) {
            self.end_innermost(at);
        }
    }

    /// Ends the innermost element at `at`, or at once if it is one that is always empty.
    fn end_innermost(&mut self, at: usize) {
        let Some(open) = self.pop() else { return };
        if let Some(bracket) = open.bracket.filter(|_| self.is_void(&open)) {
            self.insert_at(RepairKind::VoidElement, open.start, bracket, "/");
        } else {
            self.insert_at(RepairKind::MissingEnd, open.start, at, &open.end_tag());
        }
    }

    fn insert_at(&mut self, kind: RepairKind, at: usize, place: usize, text: &str) {
        self.push(kind, at, Edit::replace(Span::new(place, place), text));
    }

    fn is_void(&self, open: &Open<'a>) -> bool {
        let (_, local) = parts(open.name);
        let is = |names: &[&str]| names.iter().any(|name| local.eq_ignore_ascii_case(name));
        let after = open.bracket.map_or("", |bracket| &self.cursor.text[bracket + 1..]).trim_ascii_start();
        let has_text = !after.starts_with('<') || after.starts_with("<![CDATA[");
        is(&ALWAYS_EMPTY) || (is(&EMPTY_WITHOUT_TEXT) && !has_text)
    }

    /// An end tag, whatever it ends.
    pub(super) fn end_tag(&mut self) -> Result<(), Stop> {
        let (text, start) = (self.cursor.text, self.cursor.at);
        let mut after = self.cursor;
        after.at += 2;
        after.space();
        let name_at = after.at;
        let name = lenient_run(text, name_at).text;
        let name_end = name_at + name.len();
        if !starts_name(text, name_at) && after.peek().is_some_and(|b| b != b'>') {
            self.less_than();
            return Ok(());
        }
        let Some(len) = memchr2(b'>', b'<', &text.as_bytes()[name_end..]) else { return self.cut(start) };
        let closing = name_end + len;
        let finished = text.as_bytes()[closing] == b'>';
        // White space before the next tag is text.
        let junk = Span::new(name_end, name_end + text[name_end..closing].trim_ascii_end().len());
        let end = if finished { closing + 1 } else { junk.range().end };
        if !self.close(name, Span::new(name_at, name_end), start) {
            self.delete(RepairKind::StrayEnd, start, end);
            return Ok(());
        }
        if name_at > start + 2 {
            self.delete(RepairKind::JunkInTag, start + 2, name_at);
        }
        if !junk.is_empty() {
            self.push(RepairKind::JunkInTag, start, Edit::delete(junk));
        }
        if !finished {
            self.insert(RepairKind::UnfinishedTag, name_end, ">");
        }
        self.cursor.at = end;
        Ok(())
    }

    /// Closes what an end tag ends, whose name stands at `span`; `false` if that is nothing.
    fn close(&mut self, name: &'a str, span: Span, start: usize) -> bool {
        let Some(innermost) = self.open.last().map(|open| open.name) else { return false };
        let mut written = fixed_element(name);
        if innermost != name {
            if innermost.eq_ignore_ascii_case(name) {
                written = fixed_element(innermost);
                self.push(RepairKind::EndTagCase, start, Edit::replace(span, written));
                self.pop();
                return true;
            }
            if self.counts.get(name).is_none_or(|count| *count == 0) {
                return false;
            }
            self.end_down_to(name, start);
        }
        self.pop();
        if written != name {
            self.push(RepairKind::Name, start, Edit::replace(span, written));
        }
        true
    }

    /// The text ends in what starts at `at`, or there if that is its end. Only complete records stay.
    pub(super) fn cut(&mut self, at: usize) -> Result<(), Stop> {
        let text = self.cursor.text;
        let record = self.open.iter().position(|open| open.record);
        let incomplete = record.and_then(|index| self.open.get(index));
        let gap = if at < text.len() { self.gap(at) } else { at };
        let (start, from, before, records) = incomplete
            .map_or((at, gap, self.found.len(), self.records), |o| (o.start, o.gap, o.before, o.records));
        if records == 0 {
            return Err(self.never_closed(record, at));
        }
        self.found.truncate(before);
        self.undeclared.retain(|(_, seen)| *seen < from);
        let kept = &self.open[..record.unwrap_or(self.open.len())];
        let closing: Vec<String> = kept.iter().rev().map(Open::end_tag).collect();
        self.push(RepairKind::CutOff, start, Edit::replace(Span::new(from, text.len()), closing.concat()));
        self.open.clear();
        self.cursor.at = text.len();
        self.cut_off = true;
        Ok(())
    }

    /// Names the field that the text breaks off in, or the innermost element around.
    fn never_closed(&self, record: Option<usize>, at: usize) -> Stop {
        let field = record.and_then(|index| self.open.get(index + 1));
        let open = field.or(self.open.last());
        let tag = || lenient_run(self.cursor.text, at + 1).text;
        let (name, at) = open.map_or_else(|| (tag(), at), |open| (open.name, open.start));
        Stop { at, cause: format!("the feed is cut off: <{}> is never closed", short(name)) }
    }
}
