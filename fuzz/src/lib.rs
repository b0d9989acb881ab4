//! The properties that are fuzzed. Each is a function of bytes alone, so that what the fuzzer finds replays
//! without it: `cargo test` in this folder runs every file of `corpus/` through its property.

use jiff::Timestamp;
use limpid::config::{self, rule_step};
use limpid::decode::charset;
use limpid::feed;
use limpid::html::build::Syntax;
use limpid::html::{Html, Outline};
use limpid::pipeline::Pipeline;
use limpid::xml::splice::splice;

/// Rules that between them touch everything that can be touched.
const RULES: &[&str] = &[
    "{ drop = { title = 'q' } }",
    "{ teasers = 'trim' }",
    "{ teasers = 'mark' }",
    "{ remove = 'em, p + p, div:has(img)' }",
    "{ remove = { text = 'x' } }",
    "{ remove-section = { heading = '.', at-most = 0.9 } }",
    "{ images = { max-width = 10 } }",
    "{ images = 'link' }",
    "{ unwrap = 'div, b' }",
    "{ strip-attributes = ['c*', 'style'] }",
    "\"links\"",
    "\"pixels\"",
    "{ quotes = { selector = '[data-x]', attribute = 'data-x', text = 't', url = 'u' } }",
    "{ replace = { in = 'content', pattern = 'a', with = '<&]]>' } }",
    "{ replace = { in = 'title', pattern = 'a', with = ']]>&lt;' } }",
    "\"substack\"",
];

/// Without rules, a feed comes out as it went in.
pub fn no_rules_is_identity(data: &[u8]) {
    let Ok(text) = charset::decode(data.to_vec(), None) else { return };
    let Ok(feed) = feed::parse(text.clone()) else { return };
    let cleaned = Pipeline::default().run(&feed, Timestamp::UNIX_EPOCH);
    assert_eq!(cleaned.text, text);
}

/// Whatever the rules do to a feed, what comes out is one, and the same one each time. The first two bytes
/// choose the rules.
pub fn rules_leave_a_feed(data: &[u8]) {
    let [low, high, rest @ ..] = data else { return };
    let chosen = u16::from_le_bytes([*low, *high]);
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let Ok(feed) = feed::parse(text.to_owned()) else { return };
    let rules = RULES.iter().enumerate().filter(|(bit, _)| chosen & (1 << bit) != 0);
    let steps = rules.flat_map(|(_, rule)| rule_step("fuzz", rule).expect("the rules above compile"));
    let pipeline = Pipeline::new(steps.collect());
    let cleaned = pipeline.run(&feed, Timestamp::UNIX_EPOCH);
    let again = feed::parse(cleaned.text.clone()).expect("what comes out is a feed");
    assert_eq!(again.items.len(), cleaned.receipt.items_out);
    assert_eq!(pipeline.run(&feed, Timestamp::UNIX_EPOCH).text, cleaned.text);
}

/// Every position in an outline is in the text, on a character's border; nodes nest; and an outline
/// without marks changes nothing.
pub fn outline_covers_its_text(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for syntax in [Syntax::Html, Syntax::Xhtml] {
        let outline = Outline::build(text, syntax);
        for id in 0..outline.len() {
            let node = outline.node(id);
            assert!(text.get(node.span().range()).is_some(), "{node:?}");
            assert!(id < node.next && node.next <= outline.len());
            assert!(outline.ancestors(id).all(|up| up < id && outline.node(up).next >= node.next));
        }
        let mut html = Html::new(text.into(), syntax);
        assert!(html.edits().is_empty());
        for id in html.outline().live().collect::<Vec<_>>() {
            for (index, _) in html.attr_keys(id) {
                html.remove_attr(index);
            }
            html.set_attr(id, "title", "<'\"&");
        }
        splice(text, &html.edits());
    }
}

/// Any text is a configuration or a list of mistakes that can be shown.
pub fn configuration_is_read_or_refused(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Err(problems) = config::read(text, None) {
        assert!(!problems.all.is_empty());
        assert!(!problems.report(false).is_empty());
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    fn replay(target: &str, property: fn(&[u8])) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
        let mut count = 0;
        for entry in std::fs::read_dir(&folder).expect("there is a corpus").flatten() {
            let data = std::fs::read(entry.path()).expect("it can be read");
            eprintln!("{}", entry.path().display());
            property(&data);
            count += 1;
        }
        assert!(count > 0, "the corpus of {target} is empty");
    }

    #[test]
    fn no_rules_is_identity() {
        replay("no_rules_is_identity", super::no_rules_is_identity);
    }

    #[test]
    fn rules_leave_a_feed() {
        replay("rules_leave_a_feed", super::rules_leave_a_feed);
    }

    #[test]
    fn outline_covers_its_text() {
        replay("outline_covers_its_text", super::outline_covers_its_text);
    }

    #[test]
    fn configuration_is_read_or_refused() {
        replay("configuration_is_read_or_refused", super::configuration_is_read_or_refused);
    }
}
