//! The dates that feeds carry: `tests/dates.toml`, one line a date; and what must be so of any.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use limpid::cli::input::read_file;
use limpid::feed::date;
use proptest::prelude::*;

/// The most bytes of the file of dates.
const MAX_FILE: usize = 1 << 20;

#[test]
fn every_date_means_what_it_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/dates.toml");
    let text = String::from_utf8(read_file(&path, MAX_FILE).expect("it is there")).expect("it is UTF-8");
    let sections: toml::Table = text.parse().expect("it is TOML");
    let dates = sections.iter().flat_map(|(_, section)| section.as_table().expect("a table of dates"));
    let mut count = 0;
    let mut wrong = Vec::new();
    for (written, meant) in dates {
        count += 1;
        let meant = meant.as_str().expect("a date or \"none\"");
        let meant: Option<Timestamp> = (meant != "none").then(|| meant.parse().expect("RFC 3339"));
        let got = date::parse(written);
        if got != meant {
            wrong.push(format!("{written}: {got:?} and not {meant:?}"));
        }
    }
    assert!(count >= 150, "{count} dates");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Forms that say everything down to the second.
const TO_THE_SECOND: [&str; 22] = [
    "%a, %d %b %Y %H:%M:%S GMT",
    "%a, %d %b %Y %H:%M:%S %z",
    "%a, %d %b %Y %H:%M:%S %:z",
    "%a, %d %b %Y %H:%M:%S GMT%:z",
    "%A, %d-%b-%Y %H:%M:%S GMT",
    "%A, %-d. %B %Y %H:%M:%S",
    "%a %b %e %H:%M:%S %Y",
    "%a %b %d %Y %H:%M:%S GMT%z",
    "%B %-d, %Y %-I:%M:%S %p",
    "%b. %-d, %Y, %I:%M:%S %p UTC",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S %:z",
    "%Y%m%dT%H%M%SZ",
    "%Y%m%dT%H%M%S%z",
    "%Y/%m/%d %H:%M:%S",
    "%Y-%b-%d %H:%M:%S",
    "%-m/%-d/%Y %-I:%M:%S %p",
    "%d.%m.%Y %H:%M:%S",
    "%H:%M:%S, %-d %B %Y",
    "%s",
];

proptest! {
    #[test]
    fn nothing_panics(text in any::<String>()) {
        let _ = date::parse(&text);
    }

    #[test]
    fn nothing_like_a_date_panics(
        bits in prop::collection::vec("[0-9]{1,5}|[-+/:., ()TZ]|Mar|mai|Tue|Di|am|p\\.m\\.|GMT|JST|de|é|١", 0..16)
    ) {
        let _ = date::parse(&bits.concat());
        let _ = date::parse(&bits.join(" "));
    }

    #[test]
    fn what_is_written_is_read(second in 100_000_000_i64..7_000_000_000, form in prop::sample::select(&TO_THE_SECOND[..])) {
        let instant = Timestamp::from_second(second).expect("it is in range");
        let written = instant.to_zoned(TimeZone::UTC).strftime(form).to_string();
        prop_assert_eq!(date::parse(&written), Some(instant), "{}", written);
    }

    #[test]
    fn days_are_read(days in 1200_i64..80_000, form in prop::sample::select(&["%Y-%m-%d", "%Y%m%d", "%d %b %Y", "%b %-d, %Y", "%A, %B %-d, %Y", "%d.%m.%Y", "%m/%d/%Y"][..])) {
        let instant = Timestamp::from_second(days * 86_400).expect("it is in range");
        let written = instant.strftime(form).to_string();
        prop_assert_eq!(date::parse(&written), Some(instant), "{}", written);
    }

    #[test]
    fn milliseconds_are_read(millisecond in 1_000_000_000_000_i64..9_999_999_999_999) {
        let instant = Timestamp::from_millisecond(millisecond).expect("it is in range");
        prop_assert_eq!(date::parse(&millisecond.to_string()), Some(instant));
        prop_assert_eq!(date::parse(&instant.strftime("%d %b %Y %H:%M:%S%.f GMT").to_string()), Some(instant));
    }
}
