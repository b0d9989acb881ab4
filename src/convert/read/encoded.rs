//! Texts as only Atom 0.3 has them: in base64, and in several forms at once
//! (draft-ietf-atompub-format-00 §3.1, `mode` and `multipart/alternative`).

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use quick_xml::events::Event;

use super::super::prose::{Kind, Prose};
use super::Reader;
use crate::feed::{Field, Format};
use crate::span::{Span, offset};
use crate::xml;

/// Some leave out what fills it up at the end.
static BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl Reader<'_> {
    /// Whether a text is in base64.
    pub(super) fn is_base64(&self, field: &Field) -> bool {
        let is_it = |mode: String| mode.trim() == "base64";
        self.is_atom() && !field.has_children && self.feed.attribute(field, "mode").is_some_and(is_it)
    }

    /// A text that is in base64. `None` where it is not, or no text.
    pub(super) fn decoded(&self, field: &Field) -> Option<Prose> {
        let written: String = self.feed.text(field).value().split_ascii_whitespace().collect();
        let text = String::from_utf8(BASE64.decode(written).ok()?).ok()?;
        let is_html = rank(&self.media_type(field)).is_some_and(|rank| rank < PLAIN);
        let kind = if is_html { Kind::Html } else { Kind::Plain };
        Some(Prose::new(kind, text.replace("\r\n", "\n").trim()))
    }

    /// Of a text in several forms the one that says most: HTML, or else XHTML, or else words. The others are
    /// lost.
    pub(super) fn best_alternative(&mut self, field: &Field) -> Option<Field> {
        let is_several = self.feed.format == Format::Atom03 && field.has_children;
        if !is_several || !self.media_type(field).eq_ignore_ascii_case("multipart/alternative") {
            return None;
        }
        let forms = self.forms(field);
        let ranked = forms.iter().filter_map(|form| Some((rank(&self.media_type(form))?, form)));
        let best = ranked.min_by_key(|(rank, _)| *rank)?.1.clone();
        for form in forms.iter().filter(|form| form.tag != best.tag) {
            let media_type = self.media_type(form);
            let by = self.by(field);
            self.losses.add_part(&by, &format!("as {media_type}"));
        }
        Some(best)
    }

    fn media_type(&self, field: &Field) -> String {
        self.feed.attribute(field, "type").unwrap_or_default().trim().to_owned()
    }

    /// The elements of its own name directly in a field.
    fn forms(&self, field: &Field) -> Vec<Field> {
        let Some(inner) = field.inner else { return Vec::new() };
        let (mut reader, mark) = xml::reader(inner.of(&self.feed.source));
        let place = |at: u64| Some(inner.start + offset(mark + usize::try_from(at).ok()?));
        let (mut forms, mut open, mut depth) = (Vec::new(), None::<Field>, 0_usize);
        while let (Some(start), Ok(event)) = (place(reader.buffer_position()), reader.read_event()) {
            let Some(end) = place(reader.buffer_position()) else { break };
            if let (Event::Start(_) | Event::Empty(_), Some(form)) = (&event, &mut open) {
                form.has_children = true;
            }
            match event {
                Event::Start(tag) => {
                    if depth == 0 && tag.local_name().as_ref() == self.feed.name(field) {
                        open = Some(Field { tag: Span { start, end }, has_children: false, ..field.clone() });
                    }
                    depth += 1;
                }
                Event::End(_) => {
                    depth = depth.saturating_sub(1);
                    if let Some(form) = open.take_if(|_| depth == 0) {
                        let inner = Some(Span { start: form.tag.end, end: start });
                        forms.push(Field { inner, ..form });
                    }
                }
                Event::Eof => break,
                _ => {}
            }
        }
        forms
    }
}

/// The rank of words among the forms of a text.
const PLAIN: u8 = 2;

/// How much a form of a text says; the least is the most. `None` where it is no text.
fn rank(media_type: &str) -> Option<u8> {
    match media_type.to_ascii_lowercase().as_str() {
        "text/html" | "html" => Some(0),
        "application/xhtml+xml" | "xhtml" => Some(1),
        "" | "text/plain" | "text" => Some(PLAIN),
        _ => None,
    }
}
