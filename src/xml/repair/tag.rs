//! Start tags: each part of one mended, and the element opened.

use std::borrow::Cow;
use std::collections::HashSet;

use super::attribute::{Attribute, Ending, Form, Token};
use super::elements::Open;
use super::name::{fixed, fixed_element, lenient_run, parts};
use super::report::RepairKind;
use super::scan::{Scan, Stop};
use crate::span::Span;
use crate::xml::check::scope::{self, Uri};
use crate::xml::splice::Edit;

/// What is done with an attribute.
enum Fate {
    Keep,
    Delete(RepairKind),
    /// Another value takes the place of its own.
    Rebind(String),
}

impl<'a> Scan<'a> {
    /// A start tag, or a `<` that only looks like one: `a <b and c` never comes to a `>` or a `=`.
    pub(super) fn start_tag(&mut self) -> Result<(), Stop> {
        let start = self.cursor.at;
        let name = lenient_run(self.cursor.text, start + 1).text;
        let name_end = start + 1 + name.len();
        let next = memchr::memchr3(b'>', b'<', b'=', &self.cursor.text.as_bytes()[name_end..]);
        match next.map(|len| self.cursor.text.as_bytes()[name_end + len]) {
            None => return self.cut(start),
            Some(b'<') if name_end != self.root_name_end => {
                self.less_than();
                return Ok(());
            }
            _ => self.cursor.at = name_end,
        }
        let mut tokens = Vec::new();
        let ending = self.tokens(name, &mut tokens);
        if ending == Ending::CutOff {
            return self.cut(start);
        }
        let end = self.cursor.at;
        self.end_record_before(name, start);
        let gap = self.gap(start);
        let before = self.found.len();
        let outside = self.scope.mark();
        self.element_name(name, start);
        self.attributes(&tokens, name, start);
        self.finish_tag(ending, end);
        if ending == Ending::Empty {
            self.scope.leave(outside);
            self.count_empty(name);
        } else {
            let bracket = (ending == Ending::Plain).then_some(end);
            let record = self.is_record(name);
            let records = self.records;
            self.push_open(Open { name, start, gap, bracket, outside, record, before, records });
        }
        Ok(())
    }

    fn finish_tag(&mut self, ending: Ending, end: usize) {
        match ending {
            Ending::Empty => self.cursor.at = end + 2,
            Ending::Missing => self.insert(RepairKind::UnfinishedTag, end, ">"), // the white space is text
            Ending::Plain | Ending::CutOff => self.cursor.at = end + 1,
        }
    }

    fn element_name(&mut self, name: &'a str, start: usize) {
        let fixed = fixed_element(name);
        if fixed != name {
            let span = Span::new(start + 1, start + 1 + name.len());
            self.push(RepairKind::Name, start, Edit::replace(span, fixed));
        }
    }

    /// Mends the attributes, once what they declare is known.
    fn attributes(&mut self, tokens: &[Token<'a>], element: &'a str, start: usize) {
        let fates = self.fates(tokens, element, start);
        for (token, fate) in tokens.iter().zip(fates) {
            match token {
                Token::Junk(start, end) => {
                    self.push(RepairKind::JunkInTag, *start, Edit::delete(Span::new(*start, *end)));
                }
                Token::Attribute(attribute) => self.attribute_edits(attribute, fate),
            }
        }
    }

    fn attribute_edits(&mut self, attribute: &Attribute<'a>, fate: Fate) {
        let span = Span::new(attribute.from, attribute.end);
        match fate {
            Fate::Delete(kind) => self.push(kind, attribute.start, Edit::delete(span)),
            Fate::Keep => {
                self.space_before(attribute);
                self.attribute_name_edit(attribute);
                self.value_edits(attribute);
            }
            Fate::Rebind(uri) => {
                self.space_before(attribute);
                let text = format!("{}=\"{}\"", attribute.name, quick_xml::escape::escape(&*uri));
                let span = Span::new(attribute.start, attribute.end);
                self.push(RepairKind::Namespace, attribute.start, Edit::replace(span, text));
            }
        }
    }

    fn space_before(&mut self, attribute: &Attribute<'a>) {
        if attribute.from == attribute.start {
            // After something that is taken out, the space only takes its place.
            let junk = self.found.last().is_some_and(|f| {
                f.kind == Some(RepairKind::JunkInTag) && f.edit.span.range().end == attribute.start
            });
            let kind = (!junk).then_some(RepairKind::NoSpace);
            self.insert(kind, attribute.start, " ");
        }
    }

    fn attribute_name_edit(&mut self, attribute: &Attribute<'a>) {
        let name = fixed(attribute.name);
        if name != attribute.name {
            let span = Span::new(attribute.start, attribute.start + attribute.name.len());
            self.push(RepairKind::Name, attribute.start, Edit::replace(span, name));
        }
    }

    /// Quotes the value and escapes what stands in it. An attribute without a value gets an empty one, as in
    /// HTML (WHATWG HTML §13.1.2.3).
    fn value_edits(&mut self, attribute: &Attribute<'a>) {
        let (at, start) = (attribute.start, attribute.value_at);
        let end = start + attribute.value.len();
        let quote = match attribute.form {
            Form::Quoted => None,
            Form::Open(quote) => Some(if quote == b'"' { "\"" } else { "'" }),
            Form::Nothing => return self.insert(RepairKind::NoValue, end, "=\"\""),
            Form::Equals => return self.insert(RepairKind::NoValue, end, "\"\""),
            Form::Bare => Some("\""),
        };
        if attribute.form == Form::Bare {
            self.insert(RepairKind::UnquotedValue, start, "\"");
        }
        self.escape(start, end, attribute.form == Form::Bare);
        let Some(quote) = quote else { return };
        let kind = (attribute.form != Form::Bare).then_some(RepairKind::OpenQuote);
        self.push(kind, at, Edit::replace(Span::new(end, attribute.end), quote));
    }

    /// Escapes what an attribute's value can not hold.
    fn escape(&mut self, start: usize, end: usize, quotes: bool) {
        let mut at = start;
        while at < end {
            let rest = &self.cursor.text.as_bytes()[at..end];
            let next = rest.iter().position(|b| matches!(b, b'&' | b'<') || (quotes && *b == b'"'));
            let Some(next) = next else { return };
            at += next;
            match rest[next] {
                b'&' => at = self.ampersand(at),
                b'<' => {
                    self.push(RepairKind::LessThan, at, Edit::replace(Span::new(at, at + 1), "&lt;"));
                    at += 1;
                }
                _ => {
                    self.push(None, at, Edit::replace(Span::new(at, at + 1), "&quot;"));
                    at += 1;
                }
            }
        }
    }

    /// Binds what the attributes declare, and decides on each of them.
    fn fates(&mut self, tokens: &[Token<'a>], element: &'a str, start: usize) -> Vec<Fate> {
        let mut names = HashSet::new();
        let mut fates: Vec<Fate> = Vec::with_capacity(tokens.len());
        for token in tokens {
            fates.push(match token {
                Token::Attribute(a) if !names.insert(fixed(a.name)) => {
                    Fate::Delete(RepairKind::DuplicateAttribute)
                }
                Token::Attribute(a) => self.declared(a),
                Token::Junk(..) => Fate::Keep,
            });
        }
        if let (Some(prefix), _) = parts(&fixed_element(element)) {
            self.uri(&element[..prefix.len()], start);
        }
        let mut expanded = HashSet::new();
        for (token, fate) in tokens.iter().zip(&mut fates) {
            if let (Token::Attribute(a), Fate::Keep) = (token, &*fate)
                && let Some(key) = self.expanded(a)
                && !expanded.insert(key)
            {
                *fate = Fate::Delete(RepairKind::DuplicateAttribute);
            }
        }
        fates
    }

    /// The namespace and the local name of an attribute with a prefix.
    fn expanded(&mut self, attribute: &Attribute<'a>) -> Option<(Uri, Cow<'a, str>)> {
        let name = fixed(attribute.name);
        let (prefix, local) = parts(&name);
        let prefix = &attribute.name[..prefix.filter(|p| *p != "xmlns")?.len()];
        let local = Cow::Owned(local.to_owned());
        Some((self.uri(prefix, attribute.start), local))
    }

    /// Binds the prefix that an attribute declares, if it does.
    fn declared(&mut self, attribute: &Attribute<'a>) -> Fate {
        let prefix = match attribute.name.strip_prefix("xmlns") {
            Some("") => None,
            Some(rest) if fixed(attribute.name) == attribute.name => match rest.strip_prefix(':') {
                Some(prefix) => Some(prefix),
                None => return Fate::Keep,
            },
            _ => return Fate::Keep,
        };
        let uri = scope::uri(attribute.value);
        if scope::forbidden(prefix, &uri).is_none() {
            if let Some(prefix) = prefix {
                self.scope.bind(prefix, uri);
            }
            return Fate::Keep;
        }
        match prefix.filter(|p| uri.is_empty() && !matches!(*p, "xml" | "xmlns")) {
            None => Fate::Delete(RepairKind::Namespace),
            Some(prefix) => {
                let uri = self.missing_uri(prefix);
                self.scope.bind(prefix, Cow::Owned(uri.clone()));
                Fate::Rebind(uri)
            }
        }
    }

    /// What a prefix stands for that is bound to nothing.
    fn missing_uri(&self, prefix: &str) -> String {
        let known = self.vocabulary.prefixes.iter().find(|(known, _)| *known == prefix);
        known.map_or_else(|| format!("urn:undeclared:{prefix}"), |(_, uri)| (*uri).to_owned())
    }

    /// The number of the namespace of `prefix`, which is to be declared if it is not.
    fn uri(&mut self, prefix: &'a str, at: usize) -> Uri {
        if let Some(uri) = self.scope.uri(prefix).or_else(|| self.undeclared_uris.get(prefix).copied()) {
            return uri;
        }
        let uri = self.scope.number(Cow::Owned(self.missing_uri(prefix)));
        self.undeclared_uris.insert(prefix, uri);
        self.undeclared.push((prefix, at));
        uri
    }

    /// Declares in the root the prefixes that are declared nowhere.
    pub(super) fn declare_prefixes(&mut self) {
        for (prefix, at) in std::mem::take(&mut self.undeclared) {
            let uri = self.missing_uri(prefix);
            let known = self.vocabulary.prefixes.iter().any(|(known, _)| *known == prefix);
            let kind = if known { RepairKind::WellKnownPrefix } else { RepairKind::UnknownPrefix };
            let text = format!(" xmlns:{prefix}=\"{}\"", quick_xml::escape::escape(&*uri));
            let end = self.root_name_end;
            self.push(kind, at, Edit::replace(Span::new(end, end), text));
        }
    }
}
