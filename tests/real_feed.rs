//! A real newsletter, where a copy of it is at hand: its text is its publisher's, so it is not part of this
//! repository. Point `LIMPID_REAL_FEED` at one, or these tests say that they skip.

use std::path::PathBuf;
use std::process::Command;

use limpid::feed::{self, Feed, Meaning};

const KEPT: [usize; 8] = [0, 2, 5, 6, 9, 12, 13, 17];

fn real_feed() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/feeds/pragmatic-engineer.xml");
    let path = std::env::var_os("LIMPID_REAL_FEED").map_or_else(|| PathBuf::from(beside), PathBuf::from);
    if path.is_file() {
        return Some(path);
    }
    eprintln!("skipped: there is no {}", path.display());
    None
}

/// Runs `limpid clean` and gives its two outputs.
fn clean(args: &[&str]) -> Option<(String, String, String)> {
    let path = real_feed()?;
    let out = Command::new(env!("CARGO_BIN_EXE_limpid"))
        .arg("clean")
        .args(args)
        .arg(&path)
        .output()
        .expect("it starts");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let text = |bytes| String::from_utf8(bytes).expect("it is UTF-8");
    #[allow(clippy::disallowed_methods, reason = "a fixture of known size")]
    let source = std::fs::read_to_string(path).expect("it can be read");
    Some((source, text(out.stdout), text(out.stderr)))
}

fn html(feed: &Feed, index: usize) -> String {
    let field = feed.items[index].first(Meaning::Content).expect("it has a content");
    feed.text(field).value().to_owned()
}

#[test]
fn without_rules_it_comes_out_as_it_went_in() {
    let Some((source, out, _)) = clean(&[]) else { return };
    assert!(source == out, "the bytes differ");
}

#[test]
fn the_same_rules_give_the_same_bytes() {
    let Some((_, first, _)) = clean(&["--pack", "substack"]) else { return };
    let Some((_, second, _)) = clean(&["--pack", "substack"]) else { return };
    assert!(first == second, "the bytes differ");
}

#[test]
fn the_pack_keeps_whole_posts_and_their_pictures() {
    let Some((source, out, _)) = clean(&["--pack", "substack"]) else { return };
    let before = feed::parse(source).expect("a feed");
    assert_eq!(feed::parse(out.clone()).expect("a feed").items.len(), KEPT.len());
    for bloat in ["srcset", "data-attrs", "<svg", "<button", "<picture", "Brought to You by"] {
        assert!(!out.contains(bloat), "{bloat} is left");
    }
    // The card of another newsletter goes with its picture. It is no sponsor section, whatever its words are.
    assert!(!out.contains("Brought to you by Chris Riccomini"));
    let but_for_cards = clean(&["--rule", "pack = 'substack'\nexcept = ['promotions', 'posts']"]);
    let after = feed::parse(but_for_cards.expect("it is there").1).expect("a feed");
    assert!(html(&after, 2).contains("Brought to you by Chris Riccomini"));
    for (new, old) in KEPT.into_iter().enumerate() {
        let (was, is) = (html(&before, old), html(&after, new));
        // Pictures and captions stand in figures; those of sponsor sections are gone with them.
        let body = match (was.find("Brought to You by"), was.find("In this episode")) {
            (Some(start), Some(end)) => format!("{}{}", &was[..start], &was[end..]),
            _ => was,
        };
        let count = |text: &str, part: &str| text.matches(part).count();
        assert_eq!(count(&is, "<img "), count(&body, "<img "), "pictures of item {old}");
        assert_eq!(count(&is, "<figure>"), count(&body, "<figure>"), "figures of item {old}");
        let captions = |text: &str| -> Vec<String> {
            text.split("<figcaption")
                .skip(1)
                .map(|c| {
                    c[c.find('>').map_or(0, |i| i + 1)..]
                        .split("</figcaption>")
                        .next()
                        .unwrap_or("")
                        .to_owned()
                })
                .collect()
        };
        assert_eq!(captions(&is).len(), captions(&body).len(), "captions of item {old}");
        for figure in is.split("<figure>").skip(1) {
            let figure = figure.split("</figure>").next().expect("split gives one at least");
            assert_eq!(count(figure, "<img "), 1, "{figure}");
        }
    }
}

#[test]
fn all_but_the_bodies_is_as_in_the_source() {
    let Some((source, out, _)) = clean(&["--pack", "substack"]) else { return };
    let (before, after) = (feed::parse(source).expect("a feed"), feed::parse(out).expect("a feed"));
    let head = |feed: &Feed| feed.source[..feed.items[0].span.start as usize].to_owned();
    assert_eq!(head(&before), head(&after));
    for (new, old) in KEPT.into_iter().enumerate() {
        let rest = |feed: &Feed, index: usize| -> String {
            let item = &feed.items[index];
            let content = item.first(Meaning::Content).and_then(|f| f.inner).expect("it has a content");
            let span = item.span;
            format!(
                "{}{}",
                &feed.source[span.start as usize..content.start as usize],
                &feed.source[content.end as usize..span.end as usize]
            )
        };
        assert_eq!(rest(&before, old), rest(&after, new), "item {old}");
    }
}

#[test]
fn the_receipt_names_what_was_taken() {
    let Some((_, _, receipt)) = clean(&["--pack", "substack", "--receipt=json"]) else { return };
    let receipt: serde_json::Value = serde_json::from_str(&receipt).expect("it is JSON");
    let entries = receipt["entries"].as_array().expect("entries");
    let items = |key: &str, value: &str| -> Vec<u64> {
        entries.iter().filter(|e| e[key] == value).filter_map(|e| e["item"].as_u64()).collect()
    };
    assert_eq!(items("action", "dropped"), [1, 3, 4, 7, 8, 10, 11, 14, 15, 16, 18, 19]);
    assert_eq!(items("rule", "substack/sponsors"), [2, 5, 9, 12, 17]);
}
