//! Feeds for browsers: with a stylesheet, which readers never see.
//!
//! Source: *Associating Style Sheets with XML documents 1.0*, RFC 7303.

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::html::entity::escape_attribute;
use crate::span::Span;
use crate::xml::splice::{Edit, splice};

/// What feeds are to browsers: they show that, where they would save or hand on what names itself a feed.
pub(super) const XML: &str = "application/xml; charset=utf-8";

/// A feed with an instruction to use this stylesheet behind its XML declaration. Instructions of its own are left out:
/// their stylesheets are not here, and a browser that looks for one in vain may show nothing at all.
pub(super) fn styled(text: &str, stylesheet: &str) -> String {
    let href = escape_attribute(stylesheet);
    let instruction = format!("<?xml-stylesheet type=\"text/css\" href=\"{href}\"?>");
    let mut edits = vec![Edit::replace(Span::empty(behind_declaration(text)), instruction)];
    edits.extend(own_instructions(text).into_iter().map(|span| Edit::replace(span, String::new())));
    splice(text, &edits)
}

/// Where the XML declaration ends, or would end.
fn behind_declaration(text: &str) -> u32 {
    let start = text.len() - text.trim_start_matches('\u{feff}').len();
    let has_declaration =
        text[start..].strip_prefix("<?xml").is_some_and(|rest| rest.starts_with([' ', '\t', '\r', '\n']));
    let end = has_declaration.then(|| text[start..].find("?>")).flatten();
    position(end.map_or(start, |end| start + end + "?>".len()))
}

/// Where a feed says which stylesheets to use: before its first element.
fn own_instructions(text: &str) -> Vec<Span> {
    let start = text.len() - text.trim_start_matches('\u{feff}').len();
    let mut reader = Reader::from_str(&text[start..]);
    let mut found = Vec::new();
    let mut from = reader.buffer_position();
    loop {
        match reader.read_event() {
            Ok(Event::PI(instruction)) if instruction.target() == "xml-stylesheet" => {
                let at =
                    |place: u64| position(start.saturating_add(usize::try_from(place).unwrap_or(usize::MAX)));
                found.push(Span { start: at(from), end: at(reader.buffer_position()) });
            }
            Ok(Event::Start(_) | Event::Empty(_) | Event::Eof) | Err(_) => return found,
            Ok(_) => {}
        }
        from = reader.buffer_position();
    }
}

/// A text is no longer than spans can tell.
fn position(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_instruction_stands_behind_the_declaration() {
        let instruction = "<?xml-stylesheet type=\"text/css\" href=\"/a?b&amp;c\"?>";
        for (before, after) in [
            ("", "<rss/>"),
            ("<?xml version=\"1.0\"?>", "\n<!-- ?> <?xml-stylesheet?> --><rss/>"),
            ("\u{feff}<?xml\nversion='1.0' ?>", "<rss/>"),
            ("\u{feff}", "<rss/>"),
            ("", "<?xml-stylesheets x?><rss><?xml-stylesheet href='x'?></rss>"),
        ] {
            let expected = format!("{before}{instruction}{after}");
            assert_eq!(styled(&format!("{before}{after}"), "/a?b&c"), expected);
        }
    }

    #[test]
    fn instructions_of_its_own_are_left_out() {
        for start in ["", "\u{feff}", "<?xml version=\"1.0\"?>", "\u{feff}<?xml version=\"1.0\"?>"] {
            let own = "<?xml-stylesheet\ttype='text/xsl' href='/a.xsl'?>";
            let text = format!("{start}{own}\n<!-- é --><!DOCTYPE rss [<!ENTITY a \"b\">]>{own}<rss/>");
            let expected = text.replace(own, "");
            let instruction = "<?xml-stylesheet type=\"text/css\" href=\"/a\"?>";
            let served = styled(&text, "/a");
            assert_eq!(served.replacen(instruction, "", 1), expected);
            assert!(served.starts_with(&format!("{start}{instruction}")), "{served}");
        }
    }
}
