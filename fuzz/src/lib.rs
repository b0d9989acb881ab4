//! The properties that are fuzzed. Each is a function of bytes alone, so that what the fuzzer finds replays
//! without it: `cargo test` in this folder runs every file of `corpus/` through its property.

use jiff::Timestamp;
use limpid::config::{self, rule_step};
use limpid::convert::{self, Target};
use limpid::decode::charset;
use limpid::feed::{self, Feed, Field, Format};
use limpid::html::build::Syntax;
use limpid::html::{Html, Outline};
use limpid::pipeline::{Cleaned, Pipeline};
use limpid::receipt::Action;
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
    "{ sort = 'newest' }",
    "{ dedupe = ['guid', 'title'] }",
    "{ split = 'h2, li' }",
    "{ limit = 2 }",
];

/// A well-formed feed comes out without rules as it went in; one that was mended, as it was mended.
pub fn no_rules_is_identity(data: &[u8]) {
    let Ok(decoded) = charset::decode(data.to_vec(), None, None) else { return };
    let Ok(feed) = feed::parse(decoded.text.clone()) else { return };
    let cleaned = Pipeline::default().run(&feed, Timestamp::UNIX_EPOCH);
    assert_eq!(cleaned.text, feed.source);
    if feed.mended.is_empty() {
        assert_eq!(cleaned.text, decoded.text);
    } else {
        let again = feed::parse(cleaned.text.clone()).expect("what has been mended can be read");
        assert!(again.mended.is_empty(), "mended twice: {:?}", again.mended);
    }
}

/// Whatever comes in, and whatever the rules do to it, what comes out is well-formed. The first bytes choose
/// the rules.
pub fn output_is_well_formed(data: &[u8]) {
    let Some((pipeline, rest)) = chosen(data) else { return };
    let Ok(decoded) = charset::decode(rest.to_vec(), None, None) else { return };
    let Ok(feed) = feed::parse(decoded.text) else { return };
    let text = pipeline.run(&feed, Timestamp::UNIX_EPOCH).text;
    match feed.format {
        // RFC 8259 lets half of a surrogate pair stand; not every reader does.
        Format::Json => assert!(limpid::json::value(&text).is_ok(), "{text}"),
        _ => {
            assert!(limpid::xml::check::check(&text).is_ok(), "{text}");
            // It gives up on a depth of elements that feeds may have.
            assert!(is_well_formed(&text) || text.matches('<').count() > 500, "{text}");
        }
    }
}

/// What a reader with no part in this says of a document. It takes some names and versions for good that are
/// not, so what it refuses counts, and what it takes does not.
fn is_well_formed(text: &str) -> bool {
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    roxmltree::Document::parse_with_options(text, options).is_ok()
}

/// Whatever the rules do to a feed, what comes out is one, and the same one each time. The first bytes choose
/// the rules.
pub fn rules_leave_a_feed(data: &[u8]) {
    let Some((pipeline, rest)) = chosen(data) else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let Ok(feed) = feed::parse(text.to_owned()) else { return };
    let cleaned = pipeline.run(&feed, Timestamp::UNIX_EPOCH);
    let again = feed::parse(cleaned.text.clone()).expect("what comes out is a feed");
    assert_eq!(again.items.len(), cleaned.receipt.items_out);
    assert_eq!(pipeline.run(&feed, Timestamp::UNIX_EPOCH).text, cleaned.text);
}

/// The pipeline that the first three bytes choose, and what follows them.
fn chosen(data: &[u8]) -> Option<(Pipeline, &[u8])> {
    let [low, middle, high, rest @ ..] = data else { return None };
    let chosen = u32::from_le_bytes([*low, *middle, *high, 0]);
    let rules = RULES.iter().enumerate().filter(|(bit, _)| chosen & (1 << bit) != 0);
    let steps = rules.flat_map(|(_, rule)| rule_step("fuzz", rule).expect("the rules above compile"));
    Some((Pipeline::new(steps.collect()), rest))
}

/// Items that the receipt says nothing of, and everything around the items, keep their bytes.
pub fn untouched_bytes_equal(data: &[u8]) {
    let Some((pipeline, rest)) = chosen(data) else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let Ok(feed) = feed::parse(text.to_owned()) else { return };
    let Cleaned { text, receipt, .. } = pipeline.run(&feed, Timestamp::UNIX_EPOCH);
    let touched: Vec<usize> = receipt.entries.iter().filter_map(|entry| entry.item).collect();
    let in_order = receipt.entries.iter().all(|entry| entry.item.is_some() || entry.action == Action::Mended);
    let mut at = 0;
    for (index, item) in feed.items.iter().enumerate().filter(|(index, _)| !touched.contains(index)) {
        let element = item.element().of(&feed.source);
        let from = if in_order { at } else { 0 };
        let found = text[from..].find(element);
        let found = found.unwrap_or_else(|| panic!("item {index} is not as it was: {element}\n{text}"));
        at = from + found + element.len();
    }
    // RSS 1.0 lists its items in the channel, so that a dropped one changes that too.
    let ends = feed.items.first().zip(feed.items.last());
    if let Some((first, last)) = ends.filter(|_| feed.listed.is_empty() && in_order) {
        assert!(text.starts_with(&feed.source[..first.span.start as usize]), "the head has changed: {text}");
        assert!(text.ends_with(&feed.source[last.span.end as usize..]), "the end has changed: {text}");
    }
}

/// A feed converted to any format is one, with the same items under the same names.
pub fn conversion_reparses(data: &[u8]) {
    let Ok(decoded) = charset::decode(data.to_vec(), None, None) else { return };
    let Ok(feed) = feed::parse(decoded.text) else { return };
    for target in [Target::Rss, Target::Atom, Target::Json] {
        let converted = convert::convert(&feed, target, Some("https://here.example/feeds/x"));
        let again = feed::parse(converted.text.clone());
        let again = again.unwrap_or_else(|error| panic!("{target:?}: {error}\n{}", converted.text));
        assert!(again.mended.is_empty(), "{target:?} is ill-formed: {:?}\n{}", again.mended, converted.text);
        assert!(target.is(again.format));
        assert_eq!(again.items.len(), feed.items.len(), "{target:?}: {}", converted.text);
        for (before, after) in feed.items.iter().zip(&again.items) {
            if let Some(id) = feed.id(before) {
                let written = said(&id);
                assert_eq!(
                    again.id(after).map(|id| said(&id)),
                    Some(written),
                    "{target:?}: {}",
                    converted.text
                );
            }
        }
        let twice = convert::convert(&feed, target, Some("https://here.example/feeds/x"));
        assert_eq!(twice.text, converted.text);
    }
}

/// An identity as far as XML can say it: without the characters that it can not hold, white space folded.
fn said(id: &str) -> String {
    let held: String =
        id.chars().filter(|c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}')).collect();
    held.split_whitespace().collect()
}

/// Rules change the members of a JSON Feed that they are about; every other value keeps its bytes, and the
/// members their order.
pub fn json_edit_keeps_rest(data: &[u8]) {
    let Some((pipeline, rest)) = chosen(data) else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let Ok(feed) = feed::parse(text.to_owned()) else { return };
    if feed.format != Format::Json {
        return;
    }
    let Cleaned { text, receipt, .. } = pipeline.run(&feed, Timestamp::UNIX_EPOCH);
    let again = feed::parse(text).expect("what comes out is a feed");
    let apart = |feed: &Feed, fields: &[Field], changed: &[&str]| -> Vec<String> {
        let all = fields.iter().filter(|field| !changed.contains(&feed.name(field)));
        all.map(|field| feed.whole(field).of(&feed.source).to_owned()).collect()
    };
    assert_eq!(apart(&feed, &feed.fields, &[]), apart(&again, &again.fields, &[]));
    // Where items move or are split, which is which can not be told by counting.
    let is_plain = receipt.entries.iter().all(|entry| entry.item.is_some() || entry.action == Action::Mended);
    let dropped = |index: &usize| {
        receipt.entries.iter().any(|entry| entry.item == Some(*index) && entry.action == Action::Dropped)
    };
    if is_plain {
        let kept = feed.items.iter().enumerate().filter(|(index, _)| !dropped(index)).map(|(_, item)| item);
        let kept: Vec<_> = kept.collect();
        assert_eq!(kept.len(), again.items.len());
        for (before, after) in kept.into_iter().zip(&again.items) {
            let changed = ["title", "content_html"];
            let (before, after) =
                (apart(&feed, &before.fields, &changed), apart(&again, &after.fields, &changed));
            assert_eq!(before, after);
        }
    }
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
        assert!(problems.messages().next().is_some());
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
    fn output_is_well_formed() {
        replay("output_is_well_formed", super::output_is_well_formed);
    }

    #[test]
    fn untouched_bytes_equal() {
        replay("untouched_bytes_equal", super::untouched_bytes_equal);
    }

    #[test]
    fn conversion_reparses() {
        replay("conversion_reparses", super::conversion_reparses);
    }

    #[test]
    fn json_edit_keeps_rest() {
        replay("json_edit_keeps_rest", super::json_edit_keeps_rest);
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
