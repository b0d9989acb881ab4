//! Entities that a document declares itself.
//!
//! Source: XML 1.0 (fifth edition), §4.2 *Entity Declarations*, §4.5 *Construction of Entity Replacement Text*.
//!
//! Only what is plain text is known here: nothing that holds markup, another entity or very many characters.
//! So nothing is ever expanded twice, and a text grows by no more than a factor.

use quick_xml::escape::unescape_with;
use quick_xml::events::Event;

/// The longest text, in bytes, that an entity may stand for.
const MAX_TEXT: usize = 128;

/// How many entities are known.
const MAX_ENTITIES: usize = 512;

/// Names of entities, and the text that each stands for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entities(Vec<(String, String)>);

impl Entities {
    /// Those that the internal subset of a document's DOCTYPE declares.
    ///
    /// ```
    /// use limpid::xml::entities::Entities;
    /// let entities = Entities::of("<!DOCTYPE rss [<!ENTITY co 'R&#38;D'><!ENTITY two '&co;&co;'>]><rss/>");
    /// assert_eq!(entities.text("co"), Some("R&D"));
    /// assert_eq!(entities.text("two"), None);
    /// ```
    pub fn of(source: &str) -> Self {
        let (mut reader, _) = super::reader(source);
        while let Ok(event) = reader.read_event() {
            match event {
                Event::DocType(doctype) => return Self::in_subset(&doctype),
                Event::Start(_) | Event::Empty(_) | Event::Eof => break,
                _ => {}
            }
        }
        Self::default()
    }

    fn in_subset(doctype: &str) -> Self {
        let each = doctype.split("<!ENTITY").skip(1).take(MAX_ENTITIES).filter_map(declaration);
        let mut all: Vec<(String, String)> = Vec::new();
        for (name, text) in each {
            // The first declaration of a name binds (§4.2).
            if all.iter().all(|(known, _)| *known != name) {
                all.push((name, text));
            }
        }
        Entities(all)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The text that an entity stands for.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str())
    }
}

/// ` name "text"`. What is external, a parameter entity, or more than text is passed over.
fn declaration(written: &str) -> Option<(String, String)> {
    let (name, rest) = written.trim_start().split_once(|c: char| c.is_ascii_whitespace())?;
    let rest = rest.trim_start();
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let (value, _) = rest[1..].split_once(quote)?;
    let is_text = value.len() <= MAX_TEXT && !value.contains(['<', '%']);
    // References to characters are resolved; one to an entity is not.
    let text = unescape_with(value, |_| None).ok().filter(|_| is_text)?;
    // `&#60;` would be markup where the entity stands.
    (!text.contains('<')).then(|| (name.to_owned(), text.into_owned()))
}
