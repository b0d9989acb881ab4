//! The same tokens as html5gum reads them.

use std::convert::Infallible;
use std::ops::{Deref, DerefMut};

use html5gum::{Emitter, Error, State, Tokenizer};
use proptest::prelude::*;

use super::{Tag, Token, Tokens};
use crate::html::build::Syntax;
use crate::html::outline::{Attr, AttrChange};
use crate::html::tag::{Content, Name, content};
use crate::span::{Span, offset};

/// Listens to html5gum's tokenizer, and writes down where things stand.
#[derive(Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a state of that tokenizer")]
struct Positions<'t> {
    source: &'t [u8],
    is_foreign: bool,
    tokens: Vec<Token>,
    attrs: Vec<Attr>,
    position: usize,
    /// Where the tag or comment starts.
    start: u32,
    is_end: bool,
    /// Whether a tag has begun and not ended.
    is_in_tag: bool,
    closes_itself: bool,
    name: Name,
    last_start: Name,
    attr: Option<Attr>,
    attrs_from: usize,
    text: Option<Span>,
    text_start: u32,
}

impl Positions<'_> {
    fn at(&self) -> u32 {
        offset(self.position)
    }

    fn before(&self) -> u32 {
        offset(self.position.saturating_sub(1))
    }

    fn flush_text(&mut self) {
        self.tokens.extend(self.text.take().filter(|text| !text.is_empty()).map(Token::Text));
    }

    fn flush_attr(&mut self) {
        let Some(mut attr) = self.attr.take().filter(|_| !self.is_end) else { return };
        if attr.value.start > attr.key.start {
            let before = self.source[attr.value.range().start - 1];
            let is_quoted =
                matches!(before, b'"' | b'\'') && self.source.get(attr.value.range().end) == Some(&before);
            attr.whole.end += u32::from(is_quoted);
        } else {
            let rest = &self.source[attr.whole.end as usize..];
            let space = rest.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            if rest.get(space) == Some(&b'=') {
                attr.whole.end += offset(space + 1);
            }
        }
        self.attrs.push(attr);
    }
}

struct Listener<'p, 't>(&'p mut Positions<'t>);

impl<'t> Deref for Listener<'_, 't> {
    type Target = Positions<'t>;

    fn deref(&self) -> &Positions<'t> {
        self.0
    }
}

impl DerefMut for Listener<'_, '_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        self.0
    }
}

impl Emitter for Listener<'_, '_> {
    type Token = Infallible;

    fn move_position(&mut self, by: isize) {
        self.position = self.position.saturating_add_signed(by);
    }

    fn should_emit_errors(&mut self) -> bool {
        false
    }

    fn pop_token(&mut self) -> Option<Infallible> {
        None
    }

    fn init_string(&mut self) {
        if self.text.is_none() {
            self.text_start = self.at();
        }
    }

    fn emit_string(&mut self, _: &[u8]) {
        self.text = Some(Span { start: self.text_start, end: self.at() });
    }

    fn start_open_tag(&mut self) {
        self.start = self.before();
    }

    fn init_start_tag(&mut self) {
        self.flush_text();
        (self.is_end, self.is_in_tag, self.closes_itself, self.name) = (false, true, false, Name::START);
        self.attrs_from = self.attrs.len();
    }

    fn init_end_tag(&mut self) {
        (self.is_end, self.is_in_tag, self.closes_itself, self.name) = (true, true, false, Name::START);
        self.attrs_from = self.attrs.len();
    }

    fn push_tag_name(&mut self, bytes: &[u8]) {
        self.name = self.name.fed(bytes);
    }

    fn init_attribute(&mut self) {
        self.flush_attr();
        let at = Span::empty(self.before());
        let (name, change) = (Name::START, AttrChange::Kept);
        self.attr = Some(Attr { name, key: at, value: at, whole: at, change });
    }

    fn push_attribute_name(&mut self, bytes: &[u8]) {
        let end = self.at();
        if let Some(attr) = &mut self.attr {
            attr.name = attr.name.fed(bytes);
            (attr.key.end, attr.whole.end) = (end, end);
        }
    }

    fn init_attribute_value(&mut self) {
        let at = self.at();
        if let Some(attr) = &mut self.attr {
            (attr.value, attr.whole.end) = (Span::empty(at), at);
        }
    }

    fn push_attribute_value(&mut self, _: &[u8]) {
        let end = self.at();
        if let Some(attr) = &mut self.attr {
            (attr.value.end, attr.whole.end) = (end, end);
        }
    }

    fn set_self_closing(&mut self) {
        self.closes_itself = true;
    }

    fn emit_current_tag(&mut self) -> Option<State> {
        self.flush_text();
        self.flush_attr();
        self.is_in_tag = false;
        let (name, span) = (self.name, Span { start: self.start, end: self.at() });
        let tag = Tag { name, span, closes_itself: self.closes_itself };
        if self.is_end {
            self.tokens.push(Token::End(tag));
            return None;
        }
        self.last_start = name;
        self.tokens.push(Token::Start(tag));
        self.text_start = self.at();
        match content(name) {
            _ if self.is_foreign => None,
            Content::Markup => None,
            Content::RcData => Some(State::RcData),
            Content::RawText => Some(State::RawText),
            Content::Script => Some(State::ScriptData),
            Content::PlainText => Some(State::PlainText),
        }
    }

    fn current_is_appropriate_end_tag_token(&mut self) -> bool {
        self.is_end && self.last_start == self.name
    }

    fn init_comment(&mut self) {
        self.flush_text();
    }

    fn emit_current_comment(&mut self) {
        let span = Span { start: self.start, end: self.at() };
        self.tokens.push(Token::Comment(span));
    }

    fn init_doctype(&mut self) {
        self.flush_text();
    }

    fn emit_current_doctype(&mut self) {
        self.emit_current_comment();
    }

    fn emit_eof(&mut self) {
        self.flush_text();
        // What looks like the end tag of a script, and is not, is text.
        let is_text =
            self.tokens.last().is_some_and(|last| matches!(last, Token::Text(text) if text.end > self.start));
        if self.is_in_tag && !is_text {
            let attrs_from = self.attrs_from;
            self.attrs.truncate(attrs_from);
            let span = Span { start: self.start, end: offset(self.source.len()) };
            self.tokens.push(Token::Torn(span));
        }
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&mut self) -> bool {
        self.is_foreign
    }

    fn emit_error(&mut self, _: Error) {}
    fn set_last_start_tag(&mut self, _: Option<&[u8]>) {}
    fn set_force_quirks(&mut self) {}
    fn push_comment(&mut self, _: &[u8]) {}
    fn push_doctype_name(&mut self, _: &[u8]) {}
    fn set_doctype_public_identifier(&mut self, _: &[u8]) {}
    fn set_doctype_system_identifier(&mut self, _: &[u8]) {}
    fn push_doctype_public_identifier(&mut self, _: &[u8]) {}
    fn push_doctype_system_identifier(&mut self, _: &[u8]) {}
}

/// What html5gum reads.
fn theirs(text: &str, is_foreign: bool) -> (Vec<Token>, Vec<Attr>) {
    let mut positions = Positions { source: text.as_bytes(), is_foreign, ..Positions::default() };
    let Ok(()) = Tokenizer::new_with_emitter(text, Listener(&mut positions)).finish();
    (positions.tokens, positions.attrs)
}

/// What we read.
fn ours(text: &str, is_foreign: bool) -> (Vec<Token>, Vec<Attr>) {
    let (mut tokens, mut all, mut attrs) = (Tokens::new(text, Syntax::Html), Vec::new(), Vec::new());
    while let Some(token) = tokens.next(is_foreign, &mut attrs) {
        if let Token::Start(tag) = token
            && !is_foreign
        {
            tokens.enter(tag.name, content(tag.name));
        }
        all.push(token);
    }
    (all, attrs)
}

fn agree(text: &str) {
    for is_foreign in [false, true] {
        let (theirs, ours) = (theirs(text, is_foreign), ours(text, is_foreign));
        assert_eq!(ours.0, theirs.0, "{text:?}, foreign: {is_foreign}");
        let attrs = |all: &[Attr]| {
            all.iter().map(|a| (a.name, a.key, a.value_or_nothing(), a.whole)).collect::<Vec<_>>()
        };
        assert_eq!(attrs(&ours.1), attrs(&theirs.1), "{text:?}, foreign: {is_foreign}");
    }
}

impl Attr {
    /// Where its value stands; where that is empty it stands nowhere in particular.
    fn value_or_nothing(&self) -> Option<Span> {
        Some(self.value).filter(|value| !value.is_empty())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn we_read_what_html5gum_reads(
        pieces in prop::collection::vec(
            prop_oneof![
                "[<>/!?=\"' -]{1,3}",
                "</?[a-zA-Z]{1,2}",
                "[ab\n\t=é&;-]{1,4}",
                prop::sample::select(&[
                    "<!--", "-->", "--!>", "<!-", "<!doctype html>", "<!DOCTYPE a \"b", "<script>", "<script ", "</script>",
                    "</SCRIPT ", "<script", "</script", "<style>", "</style>", "</style", "<title>", "</title/", "<textarea>",
                    "</textarea>", "<plaintext>", "<xmp>", "</xmp a='b'>", "<p class=a b='c' d=\"e\">", "<br/>", "<br a=b/>", "</>",
                    "<a href=\"x>y\">", "<a b = c>", "<a =>", "<a b=>", "<a b= >", "<![x]>", "<?xml a?>", "</ a>", "<a/b/>",
                ][..]).prop_map(str::to_owned),
            ],
            0..12,
        )
    ) {
        agree(&pieces.concat());
    }
}

#[test]
fn sections_are_texts_in_what_is_foreign_and_comments_elsewhere() {
    let text = "a<![CDATA[b>c]]>d";
    let spans = |all: &[(usize, usize)]| all.iter().map(|(a, b)| Span::new(*a, *b)).collect::<Vec<_>>();
    let [a, b, c] = spans(&[(0, 1), (1, 16), (16, 17)])[..] else { panic!() };
    assert_eq!(ours(text, true).0, [Token::Text(a), Token::Text(b), Token::Text(c)]);
    let [b, c] = spans(&[(1, 12), (12, 17)])[..] else { panic!() };
    assert_eq!(ours(text, false).0, [Token::Text(a), Token::Comment(b), Token::Text(c)]);
    assert_eq!(ours("<![CDATA[b", true).0, [Token::Text(Span::new(0, 10))]);
}
