//! What html5gum's tokenizer says, as positions: the text itself is not copied.
//!
//! Source: WHATWG HTML §13.2.5 *Tokenization*, which html5gum implements.

use std::convert::Infallible;

use html5gum::{Emitter, Error, State};

use super::build::{Builder, Syntax};
use super::outline::{Attr, AttrChange};
use super::tag::Name;
use crate::span::{Span, offset};

/// The token that the tokenizer is at.
#[derive(Default)]
pub(super) struct Token {
    pub(super) position: usize,
    /// Where the tag or comment starts.
    pub(super) start: u32,
    pub(super) is_end: bool,
    /// Whether a tag has begun and not ended.
    pub(super) is_in_tag: bool,
    pub(super) self_closing: bool,
    pub(super) name: Name,
    /// The last start tag's name: the end tag that leaves `script`, `title` and the like.
    pub(super) last_start: Name,
    pub(super) attrs_from: u32,
    pub(super) attr: Option<Attr>,
    pub(super) text: Option<Span>,
    pub(super) text_start: u32,
}

/// Listens to the tokenizer and tells the builder where things stand. The text itself is not copied.
pub(super) struct Positions<'b, 'a>(pub(super) &'b mut Builder<'a>);

impl Positions<'_, '_> {
    #[inline]
    fn at(&self) -> u32 {
        offset(self.0.token.position)
    }

    #[inline]
    fn before(&self) -> u32 {
        offset(self.0.token.position.saturating_sub(1))
    }
}

impl Emitter for Positions<'_, '_> {
    type Token = Infallible;

    #[inline]
    fn move_position(&mut self, by: isize) {
        let token = &mut self.0.token;
        token.position = token.position.saturating_add_signed(by);
    }

    #[inline]
    fn should_emit_errors(&mut self) -> bool {
        false
    }

    #[inline]
    fn pop_token(&mut self) -> Option<Infallible> {
        None
    }

    #[inline]
    fn init_string(&mut self) {
        if self.0.token.text.is_none() {
            self.0.token.text_start = self.at();
        }
    }

    #[inline]
    fn emit_string(&mut self, _: &[u8]) {
        self.0.token.text = Some(Span { start: self.0.token.text_start, end: self.at() });
    }

    #[inline]
    fn start_open_tag(&mut self) {
        self.0.token.start = self.before();
    }

    #[inline]
    fn init_start_tag(&mut self) {
        self.0.flush_text();
        let attrs_from = self.0.attr_count();
        let token = &mut self.0.token;
        (token.is_end, token.self_closing, token.name) = (false, false, Name::START);
        token.is_in_tag = true;
        token.attrs_from = attrs_from;
    }

    #[inline]
    fn init_end_tag(&mut self) {
        let token = &mut self.0.token;
        (token.is_end, token.is_in_tag, token.name) = (true, true, Name::START);
    }

    #[inline]
    fn push_tag_name(&mut self, bytes: &[u8]) {
        let token = &mut self.0.token;
        token.name = token.name.fed(bytes);
        if self.0.syntax == Syntax::Xhtml
            && let Some(colon) = bytes.iter().rposition(|b| *b == b':')
        {
            self.0.token.name = Name::START.fed(&bytes[colon + 1..]);
        }
    }

    #[inline]
    fn init_attribute(&mut self) {
        self.0.flush_attr();
        let at = Span::empty(self.before());
        let (name, change) = (Name::START, AttrChange::Kept);
        self.0.token.attr = Some(Attr { name, key: at, value: at, whole: at, change });
    }

    #[inline]
    fn push_attribute_name(&mut self, bytes: &[u8]) {
        let end = self.at();
        if let Some(attr) = &mut self.0.token.attr {
            attr.name = attr.name.fed(bytes);
            attr.key.end = end;
            attr.whole.end = end;
        }
    }

    #[inline]
    fn init_attribute_value(&mut self) {
        let at = self.at();
        if let Some(attr) = &mut self.0.token.attr {
            attr.value = Span::empty(at);
            attr.whole.end = at;
        }
    }

    #[inline]
    fn push_attribute_value(&mut self, _: &[u8]) {
        let end = self.at();
        if let Some(attr) = &mut self.0.token.attr {
            attr.value.end = end;
            attr.whole.end = end;
        }
    }

    #[inline]
    fn set_self_closing(&mut self) {
        self.0.token.self_closing = true;
    }

    fn emit_current_tag(&mut self) -> Option<State> {
        self.0.flush_text();
        self.0.flush_attr();
        self.0.token.is_in_tag = false;
        let span = Span { start: self.0.token.start, end: self.at() };
        if self.0.token.is_end {
            self.0.end_tag(span);
            return None;
        }
        self.0.token.last_start = self.0.token.name;
        let state = self.0.start_tag(span);
        self.0.token.text_start = self.at();
        state
    }

    fn current_is_appropriate_end_tag_token(&mut self) -> bool {
        self.0.token.is_end && self.0.token.last_start == self.0.token.name
    }

    fn init_comment(&mut self) {
        self.0.flush_text();
    }

    fn emit_current_comment(&mut self) {
        let span = Span { start: self.0.token.start, end: self.at() };
        self.0.comment(span);
    }

    fn init_doctype(&mut self) {
        self.0.flush_text();
    }

    fn emit_current_doctype(&mut self) {
        self.emit_current_comment();
    }

    fn emit_eof(&mut self) {
        self.0.flush_text();
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&mut self) -> bool {
        self.0.foreign > 0 || self.0.syntax == Syntax::Xhtml
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
