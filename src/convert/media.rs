//! What formats ask for of media files, and publishers leave out or write in several ways: types, sizes,
//! durations.

use serde_json::Number;

/// The type of what nothing is known of (RFC 2046 §4.5.1).
const UNKNOWN: &str = "application/octet-stream";

/// The longest duration that is taken for one, in seconds: about 300 years.
const MAX_SECONDS: f64 = 1e10;

/// The media type of a file whose publisher does not say it: by the end of its name.
pub(super) fn type_of(address: &str) -> &'static str {
    let path = address.split(['?', '#']).next().unwrap_or(address);
    let name = path.rsplit('/').next().unwrap_or(path);
    let Some((_, extension)) = name.rsplit_once('.') else { return UNKNOWN };
    match extension.to_ascii_lowercase().as_str() {
        "mp3" => "audio/mpeg",
        "m4a" => "audio/mp4",
        "ogg" | "oga" | "opus" => "audio/ogg",
        "wav" => "audio/wav",
        "mp4" | "m4v" => "video/mp4",
        "webm" => "video/webm",
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "pdf" => "application/pdf",
        "epub" => "application/epub+zip",
        _ => UNKNOWN,
    }
}

/// A size in bytes; JSON may have a whole number as `1.5e3`.
pub(super) fn size(text: &str) -> Option<u64> {
    let text = text.trim();
    let is_number = text.starts_with(|c: char| c.is_ascii_digit());
    let whole = || {
        let number: f64 = text.parse().ok().filter(|number: &f64| number.fract() == 0.0)?;
        format!("{number:.0}").parse().ok()
    };
    text.parse().ok().or_else(whole).filter(|_| is_number)
}

/// A duration in seconds, whole where it is: `HH:MM:SS`, `MM:SS` or a number of seconds.
pub(super) fn seconds(text: &str) -> Option<Number> {
    let parts: Vec<&str> = text.trim().split(':').map(str::trim).collect();
    let (last, before) = parts.split_last()?;
    let is_number = |part: &&str| part.starts_with(|c: char| c.is_ascii_digit());
    if before.len() > 2 || !parts.iter().all(is_number) {
        return None;
    }
    let minutes = before
        .iter()
        .try_fold(0_u64, |total, part| total.checked_mul(60)?.checked_add(part.parse().ok()?))?
        .checked_mul(60)?;
    if let Ok(seconds) = last.parse::<u64>() {
        return minutes.checked_add(seconds).map(Number::from);
    }
    let fraction: f64 = last.parse().ok()?;
    // Of what is longer than anybody has heard, parts of a second say nothing.
    let minutes = f64::from(u32::try_from(minutes).ok()?);
    Some(minutes + fraction).filter(|seconds| *seconds < MAX_SECONDS).and_then(Number::from_f64)
}

/// A duration in whole seconds, as podcasts have it.
pub(super) fn whole_seconds(text: &str) -> Option<u64> {
    let number = seconds(text)?;
    number.as_u64().or_else(|| size(&format!("{:.0}", number.as_f64()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_told_by_names() {
        assert_eq!(type_of("https://a.example/a.b/Tide.MP3?x=.pdf#y"), "audio/mpeg");
        assert_eq!(type_of("https://a.example/t.jpeg"), "image/jpeg");
        assert_eq!(type_of("https://mp3.example"), UNKNOWN);
        assert_eq!(type_of("https://a.example/mp3"), UNKNOWN);
    }

    #[test]
    fn durations_are_seconds() {
        let read = |text| seconds(text).map(|n| n.to_string());
        assert_eq!(read("1:02:03").unwrap(), "3723");
        assert_eq!(read("02:03").unwrap(), "123");
        assert_eq!(read(" 90 ").unwrap(), "90");
        assert_eq!(read("90.5").unwrap(), "90.5");
        assert_eq!(read("00:01:02.25").unwrap(), "62.25");
        let wrong = ["soon", "1:2:3:4", "-1", "", "NaN", "-0:30", "inf", "1e999", "1:", ":30", "1:30:xx"];
        assert!(wrong.iter().all(|text| read(text).is_none()));
        assert_eq!(read("99999999999999999999:00"), None);
        assert_eq!(whole_seconds("61.5"), Some(62));
    }

    #[test]
    fn sizes_are_whole_numbers() {
        assert_eq!(size(" 18432000 "), Some(18_432_000));
        assert_eq!((size("1.5e3"), size("1.0")), (Some(1500), Some(1)));
        let wrong = ["-1", "1.5", "12 MB", "1e999", "NaN", "99999999999999999999", "+5", ""];
        assert!(wrong.iter().all(|text| size(text).is_none()));
    }
}
