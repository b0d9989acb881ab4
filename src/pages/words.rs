//! Sizes, numbers and times, in words.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::cache::history::Removed;

/// So many bytes: `812 bytes`, `4.1 KB`, `41 KB`. A KB is a thousand.
pub fn size(bytes: usize) -> String {
    let units = [("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1000)];
    // What would be rounded to a thousand of a unit is one of the next.
    let Some((name, unit)) = units.into_iter().find(|(_, unit)| bytes >= unit - unit / 2000) else {
        return counted(bytes, "byte");
    };
    let tenths = (bytes * 10 + unit / 2) / unit;
    if tenths < 100 {
        format!("{}.{} {name}", tenths / 10, tenths % 10)
    } else {
        format!("{} {name}", (bytes + unit / 2) / unit)
    }
}

/// So many things: `1 item`, `3 items`.
pub fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// What was removed: `3 items, 41 KB`.
pub fn removed(removed: Removed) -> String {
    match (removed.items, removed.bytes) {
        (0, 0) => "nothing".to_owned(),
        (0, bytes) => size(bytes),
        (items, bytes) => format!("{}, {}", counted(items, "item"), size(bytes)),
    }
}

/// A length of time, in the unit that fits: `45 seconds`, `12 minutes`, `3 hours`, `2 days`.
pub fn span(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..=89 => (seconds, "second"),
        90..=5_399 => ((seconds + 30) / 60, "minute"),
        5_400..=129_599 => ((seconds + 1_800) / 3_600, "hour"),
        _ => ((seconds + 43_200) / 86_400, "day"),
    };
    counted(usize::try_from(count).unwrap_or(usize::MAX), unit)
}

/// A time as it is seen from now, in words; what it is exactly is in the markup.
pub fn from_now(time: Timestamp, now: Timestamp) -> Markup {
    let seconds = time.duration_since(now).as_secs();
    let words = match seconds {
        0 => "now".to_owned(),
        1.. => format!("in {}", span(seconds.unsigned_abs())),
        _ => format!("{} ago", span(seconds.unsigned_abs())),
    };
    html! { time datetime=(instant(time)) title=(date(time)) { (words) } }
}

/// A time as a date.
pub fn on(time: Timestamp) -> Markup {
    html! { time datetime=(instant(time)) { (date(time)) } }
}

/// The day of a time.
pub fn day(time: Timestamp) -> Markup {
    html! { time datetime=(instant(time)) title=(date(time)) { (time.strftime("%-d %B %Y").to_string()) } }
}

fn date(time: Timestamp) -> String {
    time.strftime("%-d %B %Y, %H:%M UTC").to_string()
}

/// To the second.
fn instant(time: Timestamp) -> String {
    time.strftime("%FT%TZ").to_string()
}

/// An error as the end of a sentence: without capitals or a full stop of its own.
pub fn cause(error: &impl std::fmt::Display) -> String {
    error.to_string().trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        for (bytes, expected) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (999, "999 bytes"),
            (1000, "1.0 KB"),
            (4_149, "4.1 KB"),
            (9_949, "9.9 KB"),
            (9_950, "10 KB"),
            (41_400, "41 KB"),
            (999_400, "999 KB"),
            (999_600, "1.0 MB"),
            (12_345_678, "12 MB"),
            (1_999_999_999, "2.0 GB"),
        ] {
            assert_eq!(size(bytes), expected);
        }
    }

    #[test]
    fn spans_are_in_one_unit() {
        for (seconds, expected) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (89, "89 seconds"),
            (90, "2 minutes"),
            (5_399, "90 minutes"),
            (5_400, "2 hours"),
            (86_400, "24 hours"),
            (172_800, "2 days"),
        ] {
            assert_eq!(span(seconds), expected);
        }
    }

    #[test]
    fn removals_name_what_there_is() {
        assert_eq!(removed(Removed { items: 3, bytes: 41_000 }), "3 items, 41 KB");
        assert_eq!(removed(Removed { items: 1, bytes: 0 }), "1 item, 0 bytes");
        assert_eq!(removed(Removed { items: 0, bytes: 5 }), "5 bytes");
        assert_eq!(removed(Removed::default()), "nothing");
    }

    #[test]
    fn times_have_both_forms() {
        let (now, then) = (Timestamp::UNIX_EPOCH, Timestamp::from_second(720).unwrap());
        let words = from_now(then, now).into_string();
        let expected = "<time datetime=\"1970-01-01T00:12:00Z\" title=\"1 January 1970, 00:12 UTC\">in 12 minutes</time>";
        assert_eq!(words, expected);
        assert!(from_now(now, then).into_string().contains("12 minutes ago"));
    }
}
