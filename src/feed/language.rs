//! In which language an item is, where somebody says so.

use super::{Feed, Field, Item, Meaning, Ns};
use crate::span::Span;
use crate::xml::tag;

impl Feed {
    /// The language that an item is declared to be in, nearest first: `xml:lang` of its text (XML 1.0 §2.12), its
    /// own `dc:language`, `language` (JSON Feed 1.1) or `xml:lang`; else what the feed says of itself. As it is
    /// written, with `-` where some write `_`.
    pub fn language(&self, item: &Item) -> Option<String> {
        let of_text = item.all(Meaning::Content).chain(item.all(Meaning::Summary));
        let of_text = of_text.into_iter().find_map(|field| self.xml_lang(field.tag));
        let own = || self.named_language(&item.fields).or_else(|| self.xml_lang(item.tag));
        let of_feed = || self.named_language(&self.fields);
        let around = || self.roots.iter().rev().find_map(|root| self.xml_lang(*root));
        of_text.or_else(own).or_else(of_feed).or_else(around)
    }

    /// What a field says that is there for nothing else.
    fn named_language(&self, fields: &[Field]) -> Option<String> {
        let names_it = |field: &&Field| {
            matches!(field.ns, Ns::Rss | Ns::DublinCore) && self.name(field).eq_ignore_ascii_case("language")
        };
        fields.iter().filter(names_it).find_map(|field| language_tag(&self.value_of(field)))
    }

    fn xml_lang(&self, tag: Span) -> Option<String> {
        language_tag(&tag::attribute(&self.source, tag, "xml:lang")?)
    }
}

/// A language tag (RFC 5646), where a text can be one.
fn language_tag(text: &str) -> Option<String> {
    let tag = text.trim().replace('_', "-");
    let is_tag = tag.starts_with(|c: char| c.is_ascii_alphabetic())
        && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    is_tag.then_some(tag)
}

#[cfg(test)]
mod tests {
    use crate::feed::parse;

    fn languages(source: &str) -> Vec<String> {
        let feed = parse(source.to_owned()).unwrap();
        feed.items.iter().map(|item| feed.language(item).unwrap_or_default()).collect()
    }

    #[test]
    fn the_nearest_declaration_counts() {
        let rss = "<rss xmlns:d='http://purl.org/dc/elements/1.1/'><channel><language>en_GB</language>\
                   <item><title/></item><item><d:language>de</d:language></item></channel></rss>";
        assert_eq!(languages(rss), ["en-GB", "de"]);
        let atom = "<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='fr'><entry/><entry xml:lang='nl'>\
                    <content xml:lang='fy'>a</content></entry><entry xml:lang=''/></feed>";
        assert_eq!(languages(atom), ["fr", "fy", "fr"]);
        let json = r#"{"version":"https://jsonfeed.org/version/1.1","language":"sv","items":[{},{"language":"da"},{"language":7}]}"#;
        assert_eq!(languages(json), ["sv", "da", "sv"]);
    }

    #[test]
    fn nothing_said_is_nothing_known() {
        assert_eq!(languages("<rss><channel><language>in English</language><item/></channel></rss>"), [""]);
    }
}
