//! The dates that feeds carry: RFC 2822 and RFC 3339 as `jiff` reads them, and then the forms that no
//! specification of feeds allows and that feeds are full of. `tests/dates.toml` has an example of each.

mod clock;
mod day;
mod names;
mod tokens;

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::fmt::rfc2822;
use jiff::tz::Offset;

use clock::{Clock, clock};
use tokens::{Token, tokens};

static RFC2822: rfc2822::DateTimeParser = rfc2822::DateTimeParser::new().relaxed_weekday(true);

/// The most bytes of a date. The longest that is known, with a comment that spells the zone out, has 70.
const MAX_LEN: usize = 160;

/// Reads a date as RSS writes it (RFC 822 as revised by RFC 2822 §3.3), as Atom does (RFC 3339), or in
/// another form that can be told for sure: that of RFC 850, of C's `asctime`, W3CDTF at any precision, names of
/// months in ten languages, Unix seconds. A date without a zone is taken for UTC. With slashes the month
/// stands first unless the first number is above 12, with dots the day; with dashes neither, so that
/// `05-09-2006` is `None`. So is whatever is out of range; it is never the current time.
///
/// ```
/// use limpid::feed::date::parse;
/// let date = parse(" Tue, 05 May 2026 16:46:00 GMT ").unwrap();
/// assert_eq!(parse("2026-05-05T18:46:00+02:00"), Some(date));
/// assert_eq!(parse("Dienstag, 5. Mai 2026 18:46 CEST"), Some(date));
/// ```
pub fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() > MAX_LEN {
        return None;
    }
    let standard = || RFC2822.parse_timestamp(text).ok().or_else(|| text.parse().ok());
    let other = || unix(text).or_else(|| read(&tokens(text)?));
    if has_other_zone(text) { other().or_else(standard) } else { standard().or_else(other) }
}

/// Whether a date ends with the name of a zone that is not of RFC 2822. `jiff` takes all of them for UTC, as
/// its §4.3 advises, where more is known here about many.
fn has_other_zone(text: &str) -> bool {
    let before_comment = text.split('(').next().unwrap_or_default().trim_end();
    let last = before_comment.rsplit(char::is_whitespace).next().unwrap_or_default();
    last.starts_with(|c: char| c.is_ascii_alphabetic()) && !["GMT", "UT", "Z"].contains(&last)
}

/// Unix time: 9 or 10 digits of seconds, 13 of milliseconds.
fn unix(text: &str) -> Option<Timestamp> {
    let number = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok())??;
    match text.len() {
        9 | 10 => Timestamp::from_second(number).ok(),
        13 => Timestamp::from_millisecond(number).ok(),
        _ => None,
    }
}

/// Reads the clock wherever it stands, and the day from what is before and after it.
fn read(tokens: &[Token]) -> Option<Timestamp> {
    let Some(at) = clock::find(tokens) else {
        let (days, offset) = trailing_zone(tokens);
        return timestamp(&Clock { time: Time::midnight(), is_day_over: false, offset }, days, true);
    };
    let (clock, after) = clock(&tokens[at..])?;
    let before = match &tokens[..at] {
        [before @ .., Token::Number(_), Token::Word(t)] if t == "t" => &tokens[..=before.len()],
        before => before,
    };
    timestamp(&clock, &[before, after].concat(), false)
}

/// A zone after a day without a clock.
fn trailing_zone<'t, 'a>(tokens: &'t [Token<'a>]) -> (&'t [Token<'a>], Offset) {
    let zone = |word: &str| names::month(word).is_none().then(|| names::zone(word))?;
    match tokens {
        [days @ .., Token::Word(last)] => zone(last).map_or((tokens, Offset::UTC), |offset| (days, offset)),
        _ => (tokens, Offset::UTC),
    }
}

fn timestamp(clock: &Clock, days: &[Token], is_day_alone: bool) -> Option<Timestamp> {
    let day = day::day(days, is_day_alone)?;
    let day = if clock.is_day_over { day.tomorrow().ok()? } else { day };
    clock.offset.to_timestamp(day.to_datetime(clock.time)).ok()
}
