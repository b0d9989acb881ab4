//! Fields by the names that people know them by: `itunes:duration`, `comments`, `_my_member`.

use super::draft::ItemDraft;
use super::ns::PREFIXES;
use super::scope::declared;
use super::{Feed, Field, Format, Item, Meaning, Ns};
use crate::xml::tag;

impl Feed {
    /// The fields of an item with a qualified name. A usual prefix ([`PREFIXES`]) stands for its namespace,
    /// whatever prefix the feed has for that; any other prefix is taken as the feed writes it. Without a prefix it
    /// is an element of the format's own. In JSON it is the name of a member.
    pub fn fields_named<'f>(&'f self, item: &'f Item, name: &str) -> Vec<&'f Field> {
        if self.format == Format::Json {
            return item.fields.iter().filter(|field| self.member_name(field) == name).collect();
        }
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        let like_it = item.fields.iter().filter(|field| self.name(field).eq_ignore_ascii_case(local));
        let is_it = |field: &&Field| match prefix {
            "" => self.is_own(field, local),
            _ => self.name(field) == local && self.is_of(item, field, prefix),
        };
        like_it.filter(is_it).collect()
    }

    /// The name of a member, which may be written with escapes.
    fn member_name(&self, field: &Field) -> String {
        serde_json::from_str(field.tag.of(&self.source)).unwrap_or_default()
    }

    /// Whether an element is of the format itself, by this name. RSS's own names are read in any case.
    fn is_own(&self, field: &Field, local: &str) -> bool {
        match self.format {
            Format::Atom | Format::Atom03 => {
                matches!(field.ns, Ns::Atom | Ns::Atom03 | Ns::Rss) && self.name(field) == local
            }
            _ => field.ns == Ns::Rss,
        }
    }

    /// Whether an element is of the namespace that a prefix stands for.
    fn is_of(&self, item: &Item, field: &Field, prefix: &str) -> bool {
        let written = tag::name(&self.source, field.tag).of(&self.source);
        let written = written.split_once(':').map_or("", |(prefix, _)| prefix);
        let Some((_, wanted)) = PREFIXES.iter().find(|(known, _)| *known == prefix) else {
            return written == prefix;
        };
        let ns = Ns::of(wanted);
        if ns != Ns::Other || field.ns != Ns::Other {
            return field.ns == ns;
        }
        let tags: Vec<_> = self.roots.iter().copied().chain([item.tag, field.tag]).collect();
        let scope = declared(&self.source, &tags);
        let bound = scope.get(written).map_or("", |uri| uri.trim());
        // A namespace that nobody knows may be another version of the one that is meant.
        bound == *wanted || (written == prefix && !PREFIXES.iter().any(|(_, known)| *known == bound))
    }
}

impl<'f> ItemDraft<'f> {
    /// Its fields with a qualified name such as `itunes:duration`: see [`Feed::fields_named`].
    pub fn fields_named(&self, name: &str) -> Vec<&'f Field> {
        self.feed().fields_named(self.item(), name)
    }

    /// What a field says now, in words: of HTML without its tags.
    pub fn said(&mut self, field: &Field) -> String {
        if let Some(words) = self.words_of(field) {
            return words;
        }
        self.says(field).unwrap_or_else(|| self.feed().value_of(field).into_owned())
    }

    /// The words of its short text: the summary, or the description.
    pub fn summary(&mut self) -> String {
        let all: Vec<&Field> = self.item().all(Meaning::Summary).collect();
        all.into_iter().map(|field| self.said(field)).find(|words| !words.is_empty()).unwrap_or_default()
    }

    /// Where it is commented on: RSS's `comments`, or a link of Atom with the relation `replies` (RFC 4685 §4).
    pub fn comments(&self) -> Option<String> {
        let feed = self.feed();
        let own = self.fields_named("comments").into_iter().filter(|_| feed.format != Format::Json);
        let mut own = own.filter_map(|field| self.says(field)).filter(|address| !address.is_empty());
        let replies = || {
            let links = self.fields_named("atom:link").into_iter();
            let mut links = links.filter(|link| feed.attribute(link, "rel").as_deref() == Some("replies"));
            links.find_map(|link| feed.attribute(link, "href"))
        };
        own.next().or_else(replies).map(|address| address.trim().to_owned())
    }

    /// The addresses of its media files.
    pub fn enclosure_urls(&self) -> Vec<String> {
        let fields: Vec<&Field> = self.item().all(Meaning::Enclosure).collect();
        let each = fields.into_iter().flat_map(|field| match self.says(field) {
            Some(now) if self.feed().format != Format::Json => vec![now],
            _ => self.feed().enclosures(field).into_iter().map(|file| file.url).collect(),
        });
        each.filter(|url| !url.is_empty()).collect()
    }

    /// How many media files it has.
    pub fn enclosure_count(&self) -> usize {
        self.item().all(Meaning::Enclosure).map(|field| self.feed().enclosures(field).len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use crate::feed::{Draft, parse};
    use jiff::Timestamp;

    fn said(source: &str, name: &str) -> Vec<String> {
        let feed = parse(source.to_owned()).unwrap();
        let mut draft = Draft::new(&feed, Timestamp::UNIX_EPOCH);
        let item = &mut draft.items_mut()[0];
        item.fields_named(name).into_iter().map(|field| item.said(field)).collect()
    }

    #[test]
    fn usual_prefixes_stand_for_namespaces() {
        let source = "<rss xmlns:i='http://www.itunes.com/DTDs/Podcast-1.0.dtd' xmlns:itunes='https://other.example/'\
                      xmlns:f='http://rssnamespace.org/feedburner/ext/1.0' xmlns:x='https://x.example/'><channel><item>\
                      <i:duration>1</i:duration><itunes:duration>2</itunes:duration><f:origLink>3</f:origLink>\
                      <x:origLink>4</x:origLink><Source>5</Source><podcast:season xmlns:podcast='https://old.example/'>6</podcast:season>\
                      </item></channel></rss>";
        assert_eq!(said(source, "itunes:duration"), ["1"]);
        assert_eq!(said(source, "feedburner:origLink"), ["3"]);
        assert_eq!(said(source, "x:origLink"), ["4"]);
        assert_eq!(said(source, "source"), ["5"]);
        assert_eq!(said(source, "podcast:season"), ["6"]);
        assert!(said(source, "duration").is_empty() && said(source, "slash:season").is_empty());
    }

    #[test]
    fn own_elements_of_atom_and_members_of_json() {
        let atom = "<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:entry><a:rights>1</a:rights>\
                    <a:title type='html'>&lt;b>x&lt;/b> y</a:title></a:entry></a:feed>";
        assert_eq!(said(atom, "rights"), ["1"]);
        assert_eq!(said(atom, "atom:rights"), ["1"]);
        assert_eq!(said(atom, "title"), ["x y"]);
        let json = r#"{"version":"https://jsonfeed.org/version/1","items":[{"\u005fx":7,"y":"z","n":null}]}"#;
        assert_eq!(said(json, "_x"), ["7"]);
        assert_eq!(said(json, "y"), ["z"]);
        assert_eq!(said(json, "n"), [""]);
    }
}
