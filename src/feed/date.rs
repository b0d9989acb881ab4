//! The dates that feeds carry.

use jiff::Timestamp;
use jiff::fmt::rfc2822;

static RFC2822: rfc2822::DateTimeParser = rfc2822::DateTimeParser::new().relaxed_weekday(true);

/// Reads a date as RSS writes it (RFC 822 as revised by RFC 2822 §3.3) or as Atom does (RFC 3339).
/// `None` where it is neither; never the current time.
///
/// ```
/// let date = limpid::feed::date::parse(" Tue, 05 May 2026 16:46:00 GMT ").unwrap();
/// assert_eq!(date, limpid::feed::date::parse("2026-05-05T18:46:00+02:00").unwrap());
/// ```
pub fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    RFC2822.parse_timestamp(text).ok().or_else(|| text.parse().ok())
}
