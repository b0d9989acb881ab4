//! Character data of XML, piece by piece.
//!
//! Source: XML 1.0 (fifth edition), §2.4 *Character Data and Markup*, §2.7 *CDATA Sections*, §4.6
//! *Predefined Entities*.

use memchr::memmem;
use quick_xml::events::Event;

use super::{CDATA_CLOSE, CDATA_OPEN, Reading, Style};
use crate::span::Span;
use crate::xml::entities::Entities;
use crate::xml::reader;

/// Reads a mix of text, references and CDATA sections.
/// `entities` are those that the document declares.
pub(super) fn read(reading: &mut Reading<'_>, entities: &Entities) {
    let (mut reader, mark) = reader(reading.raw);
    reader.config_mut().check_end_names = false;
    let mut start = mark;
    if mark > 0 {
        reading.verbatim(Span::new(0, mark), Style::Escaped);
    }
    loop {
        // The document has been scanned whole before, so errors cannot come from here; if one did, what is
        // left would still be text.
        let event = reader.read_event().unwrap_or(Event::Eof);
        let end = mark + usize::try_from(reader.buffer_position()).unwrap_or(reading.raw.len());
        let span = Span::new(start, end);
        match event {
            Event::Eof => return,
            Event::CData(_) => {
                let inside = Span::new(start + CDATA_OPEN.len(), end - CDATA_CLOSE.len());
                reading.verbatim(inside, Style::CData);
            }
            Event::GeneralRef(reference) => match resolve(&reference) {
                Some(c) => reading.reference(span, Style::Escaped, c.encode_utf8(&mut [0; 4])),
                None => match entities.text(&reference) {
                    Some(text) => reading.reference(span, Style::Escaped, text),
                    None => reading.verbatim(span, Style::Escaped),
                },
            },
            Event::Text(_) => reading.verbatim(span, Style::Escaped),
            _ => {} // comments and instructions say nothing
        }
        start = end;
    }
}

fn resolve(reference: &quick_xml::events::BytesRef<'_>) -> Option<char> {
    if let Some(c) = reference.resolve_char_ref().ok().flatten() {
        return Some(c);
    }
    let text = quick_xml::escape::resolve_xml_entity(reference)?;
    text.chars().next()
}

/// The inside of `raw` where it is one CDATA section and nothing else.
pub(super) fn only_cdata(raw: &str) -> Option<Span> {
    let inside = raw.strip_prefix(CDATA_OPEN)?.strip_suffix(CDATA_CLOSE)?;
    let whole = memmem::find(inside.as_bytes(), CDATA_CLOSE.as_bytes()).is_none();
    whole.then(|| Span::new(CDATA_OPEN.len(), CDATA_OPEN.len() + inside.len()))
}
