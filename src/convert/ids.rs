//! What identifies the items that do not say so themselves.

use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_128;

use super::model::{Channel, Entry};

/// What identifies each entry: what it says, or the address of its page, where that is no other entry's too, or
/// else a digest of all that it says. Entries that say the same are counted.
pub(super) fn of(channel: &Channel) -> Vec<String> {
    let entries = &channel.entries;
    let mut known: HashMap<&str, u32> = HashMap::new();
    for name in entries.iter().filter_map(own_or_page) {
        *known.entry(name).or_default() += 1;
    }
    let mut made: HashMap<String, u32> = HashMap::new();
    let each = entries.iter().map(|entry| {
        let is_its_own = |name: &&str| entry.about.id.is_some() || known.get(name) == Some(&1);
        if let Some(name) = own_or_page(entry).filter(is_its_own) {
            return name.to_owned();
        }
        let id = of_all(entry, None);
        let count = made.entry(id.clone()).or_default();
        *count += 1;
        // No address begins with a space.
        if *count == 1 { id } else { of_all(entry, Some(&format!(" {count}"))) }
    });
    each.collect()
}

fn own_or_page(entry: &Entry) -> Option<&str> {
    entry.about.id.as_ref().map(|id| &id.value).or(entry.page.as_ref()).map(String::as_str)
}

/// A digest of everything that an entry says in words and addresses, and of a number.
fn of_all(entry: &Entry, number: Option<&str>) -> String {
    let about = &entry.about;
    let date = about.published.as_ref().or(about.updated.as_ref()).map(|date| date.value.to_string());
    let texts = [&about.title, &about.summary, &entry.content];
    let texts = texts.map(|text| text.as_ref().map(|text| text.value.text.as_str()));
    let links = about.link.iter().chain(about.links.iter().map(|link| &link.value));
    let files = entry.enclosures.iter().map(|enclosure| enclosure.value.url.as_str());
    let addresses = links.map(|link| link.href.as_str()).chain(files);
    let parts = texts.into_iter().chain([date.as_deref()]).chain(addresses.map(Some));
    digest(&parts.chain(number.map(Some)).collect::<Vec<_>>())
}

/// A name made of parts, the same for the same parts: a UUID of version 8, whose bits are anybody's
/// (RFC 9562 §5.8).
pub(super) fn digest(parts: &[Option<&str>]) -> String {
    let parts: Vec<&str> = parts.iter().map(|part| part.unwrap_or_default()).collect();
    let bits = xxh3_128(parts.join("\0").as_bytes());
    let bits = bits & !(0xf << 76) | 8 << 76;
    let bits = bits & !(3 << 62) | 2 << 62;
    let hex = format!("{bits:032x}");
    let cuts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    format!("urn:uuid:{}", cuts.join("-"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::model::{Link, Said};
    use crate::convert::prose::{Kind, Prose};

    fn entry(title: &str, link: &str) -> Entry {
        let mut entry = Entry::default();
        entry.about.title = Some(Said::new("<title>", Prose::new(Kind::Plain, title)));
        entry.about.link = Some(Link::to(link));
        entry.page = Some(link.to_owned()).filter(|link| !link.is_empty());
        entry
    }

    fn ids(entries: &[Entry]) -> Vec<String> {
        of(&Channel { entries: entries.to_vec(), ..Channel::default() })
    }

    #[test]
    fn digests_are_urns_and_stay() {
        let one = digest(&[Some("Tide"), None, Some("Ebb")]);
        assert_eq!(one, digest(&[Some("Tide"), None, Some("Ebb")]));
        assert_ne!(one, digest(&[Some("Tide"), Some("Ebb"), None]));
        assert_eq!((one.len(), &one[23..24]), (45, "8"));
    }

    #[test]
    fn what_is_the_same_in_everything_is_counted() {
        let both = ids(&[entry("Tide", ""), entry("Ebb", ""), entry("Tide", "")]);
        assert_ne!(both[0], both[2]);
        assert_eq!(both[..2], ids(&[entry("Tide", ""), entry("Ebb", "")]));
    }

    #[test]
    fn a_page_of_several_entries_identifies_none() {
        let page = "https://a.example/";
        assert_eq!(ids(&[entry("Tide", page)]), [page]);
        let shared = ids(&[entry("Tide", page), entry("Ebb", page)]);
        assert!(shared[0].starts_with("urn:") && shared[1].starts_with("urn:") && shared[0] != shared[1]);
    }
}
