//! The texts of a feed in XML: titles, summaries, contents.

use super::super::base::join;
use super::super::element;
use super::super::model::{Entry, Said};
use super::super::prose::{Kind, Prose};
use super::super::xhtml;
use super::Reader;
use crate::feed::read::Enclosure;
use crate::feed::{Field, TextKind};

impl Reader<'_> {
    /// A title, rights, or a subtitle: words, or HTML where there is markup in it.
    pub(super) fn short(&mut self, field: &Field, base: Option<&str>) -> Option<Said<Prose>> {
        let prose = self.prose(field, base)?;
        let mut short = match prose.kind {
            Kind::Html => Prose::of_html(prose.text.as_str().into()),
            Kind::Plain | Kind::Lines => prose,
        };
        if short.kind != Kind::Html {
            short.text = short.to_line();
        }
        Some(Said::new(self.by(field), short))
    }

    /// The subtitle of a feed, which is short, or the summary of an item, which need not be.
    pub(super) fn summary(&mut self, field: &Field, base: Option<&str>) -> Option<Said<Prose>> {
        if self.losses.item.is_none() {
            return self.short(field, base);
        }
        let prose = self.prose(field, base)?;
        Some(Said::new(self.by(field), prose))
    }

    /// The full text of an item; the longer one where there are two.
    pub(super) fn content(&mut self, field: &Field, entry: &mut Entry, base: Option<&str>) {
        if let Some(src) = self.feed.attribute(field, "src") {
            let url = self.address(field, &src, base);
            let media_type = self.feed.attribute(field, "type").unwrap_or_default();
            let enclosure = Enclosure { url, media_type, ..Enclosure::default() };
            entry.enclosures.push(Said::new(self.by(field), enclosure));
            return;
        }
        let Some(prose) = self.prose(field, base) else { return };
        let by = self.by(field);
        if let Some(language) = self.feed.attribute(field, "xml:lang") {
            match &entry.about.language {
                None => entry.about.language = Some(Said::new("xml:lang", language)),
                Some(said) if said.value == language => {}
                Some(_) => self.losses.add_part(&by, "xml:lang"),
            }
        }
        match &mut entry.content {
            Some(known) if known.value.text.len() >= prose.text.len() => self.losses.add(by),
            Some(known) => {
                let shorter = std::mem::replace(known, Said::new(by, prose));
                self.losses.add(shorter.by);
            }
            none => *none = Some(Said::new(by, prose)),
        }
    }

    /// A text with the addresses in it as the target needs them. `None` where it is blank, and, being lost,
    /// where it is no text.
    fn prose(&mut self, field: &Field, base: Option<&str>) -> Option<Prose> {
        if let Some(best) = self.best_alternative(field) {
            return self.prose(&best, base);
        }
        let Some(kind) = self.text_kind(field) else {
            self.lose(field);
            return None;
        };
        let own = self.feed.attribute(field, "xml:base");
        let base = join(base, own.as_deref());
        let mut prose = self.as_written(field, kind, base.as_deref()).filter(|prose| !prose.is_blank())?;
        if prose.kind != Kind::Html {
            return Some(prose);
        }
        if self.keeps_base {
            prose.base = base.filter(|_| own.is_some());
        } else {
            prose.text = self.resolver.html(base.as_deref(), &prose.text).into_owned();
        }
        Some(prose)
    }

    /// A text with its addresses as they are. `None`, being lost, where it is in base64 and no text.
    fn as_written(&mut self, field: &Field, kind: TextKind, base: Option<&str>) -> Option<Prose> {
        let entities = &self.feed.entities;
        if self.is_base64(field) {
            let decoded = self.decoded(field);
            if decoded.is_none() {
                self.lose(field);
            }
            return decoded;
        }
        let value = || self.feed.text(field).to_value().replace("\r\n", "\n");
        Some(match kind {
            _ if field.has_children => {
                Prose::new(Kind::Html, xhtml::to_html(&value(), base, &mut self.resolver, entities))
            }
            TextKind::Html => Prose::new(Kind::Html, value().trim()),
            TextKind::Plain | TextKind::Xhtml => {
                let raw = field.inner.map_or("", |inner| inner.of(&self.feed.source));
                Prose::new(Kind::Plain, element::characters(raw, entities))
            }
        })
    }

    /// The kind of a text; `None` where it is none that people read (RFC 4287 §4.1.3.1).
    fn text_kind(&self, field: &Field) -> Option<TextKind> {
        let kind = self.feed.text_kind(field);
        if !self.is_atom() {
            return Some(kind);
        }
        let media_type = self.feed.attribute(field, "type").unwrap_or_default();
        let media_type = media_type.trim();
        let is_text = !media_type.contains('/') || media_type.starts_with("text/");
        (is_text || media_type == "application/xhtml+xml").then_some(kind)
    }
}
