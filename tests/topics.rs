//! Topics: out of one run of the rules, and every item lands somewhere.

use std::collections::BTreeSet;

use jiff::Timestamp;
use limpid::config;
use limpid::feed::articles::Articles;
use limpid::feed::{self, Feed};
use limpid::pipeline::{Address, Cleaned, Editions, Form, Pipeline};
use limpid::receipt::Action;
use proptest::prelude::*;

/// The pipeline of the feed `f` of a configuration.
fn pipeline(more: &str) -> Pipeline {
    let text = format!("[feeds.f]\nsource = \"https://a.example/\"\n{more}");
    let config = config::read(&text, None).unwrap_or_else(|problems| panic!("{problems}"));
    config.feed("f").expect("it is configured").pipeline.clone()
}

/// A feed of items with these titles.
fn rss(titles: &[&str]) -> Feed {
    let item = |(nth, title): (usize, &&str)| {
        format!(
            "\n  <item><title>{title}</title><guid>{nth}</guid><description><![CDATA[<p>On {title}.</p>]]></description></item>"
        )
    };
    let items: String = titles.iter().enumerate().map(item).collect();
    feed::parse(format!("<rss version=\"2.0\"><channel><title>T</title>{items}\n</channel></rss>"))
        .expect("it is well-formed")
}

fn editions(pipeline: &Pipeline, feed: &Feed) -> Editions {
    pipeline.editions(feed, Timestamp::UNIX_EPOCH, &Form::default(), &Articles::default())
}

/// The titles in a feed.
fn titles(cleaned: &Cleaned) -> Vec<String> {
    let feed = feed::parse(cleaned.text.clone()).expect("what is served can be read");
    let title = |item: &feed::Item| {
        item.first(feed::Meaning::Title).map(|field| feed.value_of(field).into_owned()).unwrap_or_default()
    };
    feed.items.iter().map(title).collect()
}

/// The titles of each topic.
fn shared(editions: &Editions) -> Vec<(&str, Vec<String>)> {
    editions.topics.iter().map(|(name, cleaned)| (name.as_str(), titles(cleaned))).collect()
}

const TOPICS: &str = "[feeds.f.topics]\nrust = { title = 'rust' }\nweb = { title = 'web' }\n";

#[test]
fn each_topic_has_its_items_and_the_rest_has_the_others() {
    let feed = rss(&["Rust now", "Gardens", "Rust on the web", "Web fonts"]);
    let editions = editions(&pipeline(TOPICS), &feed);
    assert_eq!(
        shared(&editions),
        [
            ("rust", vec!["Rust now".into(), "Rust on the web".into()]),
            ("web", vec!["Rust on the web".into(), "Web fonts".into()]),
            ("rest", vec!["Gardens".to_owned()]),
        ]
    );
    // The feed itself has all of them, byte for byte.
    assert_eq!(editions.whole.text, feed.source);
    let shares = &editions.whole.receipt.topics;
    let items: Vec<(&str, &[usize])> =
        shares.iter().map(|s| (s.topic.as_str(), s.items.as_slice())).collect();
    assert_eq!(items, [("rust", [0, 2].as_slice()), ("web", &[2, 3]), ("rest", &[1])]);
}

#[test]
fn an_exclusive_item_is_of_the_first_topic_only() {
    let feed = rss(&["Rust on the web", "Web fonts"]);
    let editions = editions(&pipeline(&format!("{TOPICS}exclusive = true\n")), &feed);
    assert_eq!(titles(&editions.topics[0].1), ["Rust on the web"]);
    assert_eq!(titles(&editions.topics[1].1), ["Web fonts"]);
    assert!(titles(&editions.topics[2].1).is_empty());
}

#[test]
fn a_topic_says_who_took_what_it_does_not_have() {
    let feed = rss(&["Rust on the web", "Gardens"]);
    let editions = editions(&pipeline(TOPICS), &feed);
    let entries: Vec<String> = editions.topics[2].1.receipt.entries.iter().map(ToString::to_string).collect();
    assert_eq!(entries, ["topics: taken by rust, web"]);
    let web = &editions.topics[1].1.receipt;
    assert_eq!((web.items_in, web.items_out), (2, 1));
    assert!(web.entries.iter().all(|entry| entry.action == Action::Elsewhere && entry.item == Some(1)));
}

#[test]
fn topics_see_what_the_rules_have_left() {
    let rules = "rules = [{ drop = { title = 'old' } }, { replace = { in = 'title', pattern = 'Oxide', with = 'Rust' } }]\n";
    let feed = rss(&["Old Rust", "Oxide", "Web"]);
    let editions = editions(&pipeline(&format!("{rules}{TOPICS}")), &feed);
    assert_eq!(titles(&editions.whole), ["Rust", "Web"]);
    assert_eq!(titles(&editions.topics[0].1), ["Rust"]);
    assert_eq!(titles(&editions.topics[1].1), ["Web"]);
}

#[test]
fn each_topic_keeps_readers_at_its_own_address() {
    let source = "<rss version=\"2.0\" xmlns:a=\"http://www.w3.org/2005/Atom\"><channel><title>T</title>\
                  <a:link rel=\"self\" href=\"https://a.example/\"/><item><title>Rust</title></item></channel></rss>";
    let feed = feed::parse(source.to_owned()).expect("it is well-formed");
    let address = Address { base: "http://here/feeds/f".into(), extension: ".rss".into() };
    let form = Form { target: None, address: Some(address) };
    let editions = pipeline(TOPICS).editions(&feed, Timestamp::UNIX_EPOCH, &form, &Articles::default());
    assert!(editions.whole.text.contains("href=\"http://here/feeds/f.rss\""));
    assert!(editions.topics[0].1.text.contains("href=\"http://here/feeds/f/rust.rss\""));
}

proptest! {
    /// Every item lands: in one topic at least, in exactly one where topics are exclusive, and the other way round
    /// nothing stands in a topic that was not there.
    #[test]
    fn every_item_lands(
        words in prop::collection::vec(prop::sample::select(vec!["rust", "web", "rust web", "tea", "old", ""]), 0..12),
        is_exclusive: bool,
        drops: bool,
    ) {
        let feed = rss(&words);
        let rules = if drops { "guard = false\nrules = [{ drop = { title = 'old' } }, { sort = 'title' }]\n" } else { "" };
        let exclusive = if is_exclusive { "exclusive = true\n" } else { "" };
        let editions = editions(&pipeline(&format!("{rules}{TOPICS}{exclusive}")), &feed);
        let shares = &editions.whole.receipt.topics;
        let landed: Vec<usize> = shares.iter().flat_map(|share| share.items.clone()).collect();
        let kept = |nth: &usize| !(drops && words[*nth] == "old");
        let all: BTreeSet<usize> = (0..words.len()).filter(kept).collect();
        prop_assert_eq!(landed.iter().copied().collect::<BTreeSet<_>>(), all.clone());
        if is_exclusive {
            prop_assert_eq!(landed.len(), all.len());
        }
        for ((_, cleaned), share) in editions.topics.iter().zip(shares) {
            let expected: Vec<&str> = share.items.iter().map(|nth| words[*nth]).collect();
            prop_assert_eq!(titles(cleaned), expected);
        }
    }
}
