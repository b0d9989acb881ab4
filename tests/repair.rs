//! Repairs by cases that are data: files of `[[case]]` in `tests/repair/`.
//!
//! ```toml
//! [[case]]
//! about = "What this shows, in one sentence."
//! input = "<a>R&D</a>"
//! output = "<a>R&amp;D</a>"       # or `error`, the whole sentence; without either, nothing is to change
//! repairs = { Ampersand = 1 }     # every kind that is reported, and how often
//! cut-off = true                  # optional
//! ```
//!
//! Whatever comes out of a repair is also held to [`invariants`].

use std::collections::BTreeMap;
use std::path::PathBuf;

use limpid::cli::input::read_file;
use limpid::xml::check::check;
use limpid::xml::repair::{IllFormed, Repaired, Vocabulary, repair};
use limpid::xml::splice::splice;
use proptest::prelude::*;
use serde::Deserialize;

const VOCABULARY: Vocabulary<'static> = Vocabulary {
    prefixes: &[("dc", "http://purl.org/dc/elements/1.1/"), ("media", "http://search.yahoo.com/mrss/")],
    records: &["item", "entry"],
};

/// The most bytes of a case file.
const MAX_CASE: usize = 1 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Case {
    about: String,
    input: String,
    output: Option<String>,
    error: Option<String>,
    #[serde(default)]
    repairs: BTreeMap<String, u32>,
    #[serde(default)]
    cut_off: bool,
}

fn cases() -> Vec<Case> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/repair");
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).expect("there are cases").flatten() {
        let path = entry.path();
        let text = read_file(&path, MAX_CASE).expect("it can be read");
        let text = String::from_utf8(text).expect("it is text");
        let cases: Cases =
            toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        all.extend(cases.case);
    }
    all
}

fn run(text: &str) -> (Result<Repaired, IllFormed>, String) {
    let repaired = repair(text, &VOCABULARY);
    let out = repaired.as_ref().map_or_else(|_| String::new(), |repaired| splice(text, &repaired.edits));
    (repaired, out)
}

/// What another reader says of a text; `None` where it is known to be narrower than XML: it does not look
/// for declarations that are elsewhere, takes no namespaces from defaults of attributes, reads no markup
/// declarations but entities, and knows only version 1.0.
fn other_reader(text: &str) -> Option<Result<(), roxmltree::Error>> {
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let read = roxmltree::Document::parse_with_options(text, options).map(drop);
    let narrower = text.contains("<!DOCTYPE") || text.contains("version='1.1'");
    Some(read).filter(|read| read.is_ok() || !narrower)
}

/// What is repaired is well-formed, to every reader, and needs no repair.
fn invariants(out: &str) -> Result<(), String> {
    check(out).map_err(|fault| format!("byte {}: {fault}\n{out}", fault.at))?;
    if let Some(Err(error)) = other_reader(out) {
        return Err(format!("the other reader: {error}\n{out}"));
    }
    let again = repair(out, &VOCABULARY).map_err(|error| error.to_string())?;
    if again.edits.is_empty() { Ok(()) } else { Err(format!("repaired twice: {:?}", again.edits)) }
}

fn judge(case: &Case) -> Result<(), String> {
    let (repaired, out) = run(&case.input);
    let repaired = match (&case.error, repaired) {
        (Some(error), Err(found)) if found.to_string() == *error => return Ok(()),
        (None, Ok(repaired)) => repaired,
        (_, found) => return Err(format!("it came to {found:?}\n{out}")),
    };
    invariants(&out)?;
    let expected = case.output.as_ref().unwrap_or(&case.input);
    if out != *expected {
        return Err(format!("expected\n{expected}\nand found\n{out}\nby {:?}", repaired.repairs));
    }
    let kinds: BTreeMap<String, u32> =
        repaired.repairs.iter().map(|repair| (format!("{:?}", repair.kind), repair.count)).collect();
    if kinds != case.repairs || repaired.cut_off != case.cut_off {
        return Err(format!("reported {kinds:?}, cut off: {}", repaired.cut_off));
    }
    Ok(())
}

#[test]
fn cases_come_out_as_they_say() {
    let cases = cases();
    assert!(cases.len() >= 50, "{} cases", cases.len());
    let failures: Vec<String> = cases
        .iter()
        .filter_map(|case| judge(case).err().map(|error| format!("{}: {error}", case.about)))
        .collect();
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), cases.len(), failures.join("\n\n"));
}

/// Every kind of repair has a case.
#[test]
fn every_kind_has_a_case() {
    let cases = cases();
    let kinds: std::collections::BTreeSet<&String> =
        cases.iter().flat_map(|case| case.repairs.keys()).collect();
    assert_eq!(kinds.len(), 29, "{kinds:?}");
}

/// Pieces of which texts are made that are nearly XML.
fn piece() -> impl Strategy<Value = String> {
    let markup = prop::sample::select(
        &[
            "<a>",
            "</a>",
            "<b:c>",
            "</b:c>",
            "<item>",
            "</item>",
            "<entry",
            "<br>",
            "</",
            "<",
            ">",
            "/>",
            "/",
            "</A>",
            "<link>",
            "<a b='",
            "\"",
            "'",
            "=",
            " c=d",
            " b='1'",
            " b:x=\"2\"",
            " xmlns:b='urn:b'",
            " xmlns:e='urn:b'",
            " e:x='3'",
            " xmlns='u'",
            " xmlns:b=''",
            " xmlns:xml='u'",
            "x:y:z",
            "<:q>",
            "<a:>",
            "@x",
            "×",
            "\u{a0}",
        ][..],
    );
    let rest = prop::sample::select(
        &[
            "<![CDATA[",
            "]]>",
            "]",
            "]]",
            "<!--",
            "-->",
            "-",
            "--",
            "<?",
            "?>",
            "<?xml version='1.0'?>",
            "<?xml ",
            "<?p x?>",
            "<!DOCTYPE a [",
            "<!DOCTYPE a SYSTEM 's'>",
            "<!ENTITY e 'v'>",
            "]>",
            "&",
            "&amp;",
            "&e;",
            "&nbsp;",
            "&nbsp",
            "&#0;",
            "&#65;",
            "&#x",
            ";",
            "\0",
            "\u{1}",
            "\u{ffff}",
            "\u{fffd}",
            "\u{feff}",
            " ",
            "\n",
            "t",
            "é",
            "😀",
            "!",
            "[",
        ][..],
    );
    prop_oneof![3 => markup, 2 => rest].prop_map(str::to_owned)
}

/// A feed, into which pieces fall.
fn broken_feed() -> impl Strategy<Value = String> {
    const FEED: &str = "<?xml version='1.0'?>\n<!DOCTYPE rss [<!ENTITY e 'v'>]>\n<rss xmlns:b='urn:b'><channel>\
        <title>x</title>\n<item b:x='1' c=\"2\"><link>y</link><d><![CDATA[<p>z]]></d><!-- c --></item>\n\
        <item><p>1<br/>2</p>&e;</item></channel></rss>\n";
    prop::collection::vec((0..FEED.len(), 0usize..4, piece()), 1..5).prop_map(|mut falls| {
        falls.sort_unstable();
        let mut text = FEED.to_owned();
        for (at, gone, piece) in falls.into_iter().rev() {
            let end = (at + gone).min(text.len());
            if text.is_char_boundary(at) && text.is_char_boundary(end) {
                text.replace_range(at..end, &piece);
            }
        }
        text
    })
}

fn holds(text: &str) -> Result<(), TestCaseError> {
    let (repaired, out) = run(text);
    if let Ok(repaired) = repaired {
        invariants(&out).map_err(TestCaseError::fail)?;
        prop_assert_eq!(repaired.edits.is_empty(), repaired.repairs.is_empty());
        prop_assert!(repaired.repairs.iter().all(|r| r.count > 0 && r.snippet.chars().count() <= 80));
    }
    // What is accepted as it stands is accepted by the other reader.
    if check(text).is_ok() {
        prop_assert!(other_reader(text).is_none_or(|read| read.is_ok()), "{text}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_out_is_well_formed(pieces in prop::collection::vec(piece(), 0..24)) {
        holds(&pieces.concat())?;
        holds(&format!("<r>{}</r>", pieces.concat()))?;
    }

    #[test]
    fn broken_feeds_come_out_well_formed(text in broken_feed()) {
        holds(&text)?;
    }

    #[test]
    fn a_feed_cut_off_anywhere_is_repaired_or_refused(at in 0usize..200) {
        let text = "<rss><channel><title>é</title>\n<item><a b='1'>x</a></item>\n<item><![CDATA[y]]><!-- z --></item>\
            <item>&amp;</item></channel></rss>";
        let text = &text[..text.floor_char_boundary(at)];
        holds(text)?;
        let first_item_ends = 59;
        prop_assert_eq!(repair(text, &VOCABULARY).is_ok(), at >= first_item_ends, "{}", text);
    }
}

/// Texts made to cost time. What would take quadratic time here would take minutes, and be seen.
#[test]
fn hostile_texts_take_linear_time() {
    const MANY: usize = 300_000;
    for (start, many, end) in [
        ("<r>", "<a>", "</r>"),
        ("<r>", "</a>", "</r>"),
        ("<r><b>", "<a></b><b>", "</r>"),
        ("<r>", "<item>", "</r>"),
        ("<r><item/>", "<a>", ""),
        ("<r ", "a ", "/>"),
        ("<r ", "a='1' ", "/>"),
        ("<r><a b='", "<a b=\"<", "'/></r>"),
        ("<r>", "<a b='x>", "</r>"),
        ("<r>", "&", "</r>"),
        ("<r>", "]", ">&</r>"),
        ("<r>", "<!-->", "</r>"),
        ("<r>", "<?p ", "</r>"),
        ("<r>", "<", "</r>"),
        ("<r>", "<a\n", "</r>"),
        ("<r><!--", "-", "--></r>"),
        ("<r>", "\0a", "</r>"),
        ("", "<br>", "<r/>"),
        ("<r/>", "<script>", ""),
        ("<r/>", "x<", ""),
        ("", "<!DOCTYPE a [", "<r/>"),
        ("<r>", "<p:a/>", "</r>"),
        ("<r>", "</r", ""),
    ] {
        let text = format!("{start}{}{end}", many.repeat(MANY));
        let (repaired, out) = run(&text);
        if repaired.is_ok() {
            assert!(check(&out).is_ok(), "{start}{many}{end}");
        }
    }
}

#[test]
fn many_different_names_take_linear_time() {
    let many = |form: fn(usize) -> String| (0..100_000).map(form).collect::<String>();
    let attributes = many(|i| format!(" a{i}='' b:a{i}=''"));
    let prefixes = many(|i| format!(" xmlns:p{i}='u{i}'"));
    let uses = many(|i| format!("<p{i}:a p{i}:b='' p0:b=''/>"));
    assert!(check(&format!("<r xmlns:b='{}'{attributes}/>", "u".repeat(1 << 20))).is_ok());
    assert!(check(&format!("<r{prefixes}>{uses}</r>").replacen("<p0:a p0:b=''", "<p0:a", 1)).is_ok());
    let (_, out) = run(&format!("<r{attributes}>{uses}</r>"));
    assert!(check(&out).is_ok());
    assert!(check(&format!("{}{}", "<a>".repeat(1_000_000), "</a>".repeat(1_000_000))).is_ok());
}
