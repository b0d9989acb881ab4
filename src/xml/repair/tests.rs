use super::*;
use proptest::prelude::*;

const VOCABULARY: Vocabulary<'static> = Vocabulary { prefixes: &[("dc", "urn:dc")], records: &["item"] };

#[test]
fn a_report_says_where_the_first_of_each_kind_is() {
    let text = "<rss>\n<item>\u{1}\u{2} & x</item>\n<item>y &\u{3} z &nbsp;<dc:date/></item>\n</rss>";
    let repaired = repair(text, &VOCABULARY).unwrap();
    let report: Vec<_> = repaired.repairs.iter().map(|r| (r.kind, r.line, r.count, &*r.snippet)).collect();
    assert_eq!(
        report,
        [
            (RepairKind::Character, 2, 2, "<item>   & x</item>"),
            (RepairKind::Ampersand, 2, 2, "<item>   & x</item>"),
            (RepairKind::HtmlEntity, 3, 1, "<item>y &  z &nbsp;<dc:date/></item>"),
            (RepairKind::WellKnownPrefix, 3, 1, "<item>y &  z &nbsp;<dc:date/></item>"),
        ]
    );
}

#[test]
fn a_snippet_is_short() {
    let long = "é".repeat(300);
    let repaired = repair(&format!("<rss>{long}&{long}</rss>"), &VOCABULARY).unwrap();
    assert_eq!(repaired.repairs[0].snippet.chars().count(), 80);
    assert!(repaired.repairs[0].snippet.contains('&'));
}

#[test]
fn a_fault_behind_repairs_is_told_by_its_line_in_the_source() {
    let error = repair("\n\n<?xml version='1.0'?>\n<rss/>\n\u{1}<rss/>", &VOCABULARY).unwrap_err();
    assert_eq!(error, IllFormed { line: 5, cause: "a second document follows the first".into() });
}

#[test]
fn what_is_well_formed_is_not_edited() {
    let repaired = repair("<a>\n<b c='1'/>&amp;</a>\n", &VOCABULARY).unwrap();
    assert!(repaired.edits.is_empty() && repaired.repairs.is_empty() && !repaired.cut_off);
}

#[test]
fn more_faults_than_a_feed_has_are_refused() {
    let error = repair(&format!("<a>{}</a>", "&".repeat(MAX_REPAIRS + 1)), &VOCABULARY).unwrap_err();
    assert!(error.cause.contains("faults"), "{error}");
    let error = repair(&format!("<a>{}</a>", "x\0".repeat(MAX_REPAIRS + 1)), &VOCABULARY).unwrap_err();
    assert!(error.cause.contains("faults"), "{error}");
}

proptest! {
    #[test]
    fn a_place_in_what_was_kept_is_found_in_the_source(
        source in "[a-z]{1,40}", cuts in prop::collection::vec((0usize..40, "[A-Z]{0,3}"), 0..4), at in 0usize..40,
    ) {
        let mut starts: Vec<_> = cuts.into_iter().filter(|(start, _)| start + 1 < source.len()).collect();
        starts.sort();
        starts.dedup_by_key(|(start, _)| *start / 2);
        let edits: Vec<Edit> =
            starts.into_iter().map(|(start, put)| Edit::replace(Span::new(start / 2 * 2, start / 2 * 2 + 1), put)).collect();
        let edited = splice(&source, &edits);
        let at = at.min(edited.len() - 1);
        let found = in_source(&edits, at);
        if edited.as_bytes()[at].is_ascii_lowercase() {
            prop_assert_eq!(source.as_bytes()[found], edited.as_bytes()[at]);
        } else {
            prop_assert!(edits.iter().any(|e| e.span.range().start == found));
        }
    }
}
