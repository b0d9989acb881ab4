//! The time of a day, and the zone behind it.

use jiff::civil::Time;
use jiff::tz::Offset;

use super::names;
use super::tokens::Token::{self, Number, Sign, Word};

/// A time of a day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// The time, 00:00 where it was written 24:00.
    pub(super) time: Time,
    /// Whether it was written 24:00, which is midnight of the day after (ISO 8601).
    pub(super) is_day_over: bool,
    /// What it is east of UTC.
    pub(super) offset: Offset,
}

/// Where a clock begins: digits with a colon behind them that are no offset, or digits behind a `T`.
pub(super) fn find(tokens: &[Token]) -> Option<usize> {
    let is_behind_sign = |at: usize| at > 0 && matches!(tokens[at - 1], Sign('+' | '-'));
    let is_behind_t = |at: usize| at > 0 && matches!(&tokens[at - 1], Word(t) if t == "t");
    (0..tokens.len()).find(|&at| match &tokens[at..] {
        [Number(hour), Sign(':'), Number(_), ..] => hour.len() <= 2 && !is_behind_sign(at),
        [Number(digits), ..] => matches!(digits.len(), 4 | 6) && is_behind_t(at),
        _ => false,
    })
}

/// Reads a clock, its half of the day, its zone; and what is behind them.
pub(super) fn clock<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<(Clock, &'t [Token<'a>])> {
    let ([hour, minute, second, nanosecond], rest) = digits(tokens)?;
    let (is_afternoon, rest) = half(rest);
    let (offset, rest) = zone(rest)?;
    let hour = match is_afternoon {
        None => hour,
        Some(_) if !(1..=12).contains(&hour) => return None,
        Some(is_afternoon) => hour % 12 + if is_afternoon { 12 } else { 0 },
    };
    let is_day_over = hour == 24 && minute == 0 && second == 0 && nanosecond == 0;
    let hour = if is_day_over { 0 } else { i8::try_from(hour).ok()? };
    // The leap second counts as the one before it, as in `jiff`.
    let second = if second == 60 { 59 } else { i8::try_from(second).ok()? };
    let time = Time::new(hour, i8::try_from(minute).ok()?, second, nanosecond).ok()?;
    Some((Clock { time, is_day_over, offset }, rest))
}

/// Hour, minute, second and nanosecond. Minutes and seconds have two digits.
fn digits<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<([i32; 4], &'t [Token<'a>])> {
    let two = |digits: &str| if digits.len() == 2 { number(digits) } else { None };
    match tokens {
        [Number(h), Sign(':'), Number(m), Sign(':'), Number(s), rest @ ..] => {
            let (nanosecond, rest) = match rest {
                [Sign('.'), Number(fraction), rest @ ..] => (nanoseconds(fraction)?, rest),
                _ => (0, rest),
            };
            Some(([number(h)?, two(m)?, two(s)?, nanosecond], rest))
        }
        [Number(h), Sign(':'), Number(m), rest @ ..] => Some(([number(h)?, two(m)?, 0, 0], rest)),
        [Number(all), rest @ ..] => {
            let part = |at| all.get(at..at + 2).map_or(Some(0), number);
            let (nanosecond, rest) = match rest {
                [Sign('.'), Number(fraction), rest @ ..] if all.len() == 6 => (nanoseconds(fraction)?, rest),
                _ => (0, rest),
            };
            Some(([part(0)?, part(2)?, part(4)?, nanosecond], rest))
        }
        _ => None,
    }
}

fn number(digits: &str) -> Option<i32> {
    digits.parse().ok()
}

/// The digits behind the point of a second. What is finer than a nanosecond is cut off.
fn nanoseconds(fraction: &str) -> Option<i32> {
    let digits = &fraction[..fraction.len().min(9)];
    let places = u32::try_from(9 - digits.len()).ok()?;
    Some(number(digits)? * 10_i32.pow(places))
}

/// Whether it is in the afternoon, where that is said.
fn half<'t, 'a>(tokens: &'t [Token<'a>]) -> (Option<bool>, &'t [Token<'a>]) {
    let (word, rest) = match tokens {
        [Word(a), Sign('.'), Word(m), Sign('.'), rest @ ..] if m == "m" => (a, rest),
        [Word(a), Sign('.'), Word(m), rest @ ..] if m == "m" => (a, rest),
        [Word(word), rest @ ..] if word == "am" || word == "pm" => (word, rest),
        _ => return (None, tokens),
    };
    match word.as_str() {
        "a" | "am" => (Some(false), rest),
        "p" | "pm" => (Some(true), rest),
        _ => (None, tokens),
    }
}

/// The zone behind a clock, UTC where there is none. `None` where it is out of range.
fn zone<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<(Offset, &'t [Token<'a>])> {
    match tokens {
        [Sign('+' | '-'), Number(_), ..] => {
            let (offset, rest) = offset(tokens, false)?;
            Some((offset, without_zone_name(rest)))
        }
        [Word(utc), Sign('+' | '-'), Number(_), ..] if matches!(utc.as_str(), "gmt" | "utc" | "ut") => {
            offset(&tokens[1..], true)
        }
        [Word(name), rest @ ..] => match names::zone(name) {
            Some(offset) => Some((offset, rest)),
            None if names::looks_like_zone(name) => Some((Offset::UTC, rest)),
            None => Some((Offset::UTC, tokens)),
        },
        _ => Some((Offset::UTC, tokens)),
    }
}

/// `+0200`, `+02:00`, `+02`; behind the name of UTC also `+2`.
fn offset<'t, 'a>(tokens: &'t [Token<'a>], may_be_short: bool) -> Option<(Offset, &'t [Token<'a>])> {
    let (sign, hours, minutes, rest) = match tokens {
        [Sign(sign), Number(h), Sign(':'), Number(m), rest @ ..] if h.len() <= 2 && m.len() == 2 => {
            (sign, number(h)?, number(m)?, rest)
        }
        [Sign(sign), Number(n), rest @ ..] => match n.len() {
            4 => (sign, number(&n[..2])?, number(&n[2..])?, rest),
            2 => (sign, number(n)?, 0, rest),
            1 if may_be_short => (sign, number(n)?, 0, rest),
            _ => return None,
        },
        _ => return None,
    };
    let seconds =
        ((0..24).contains(&hours) && (0..60).contains(&minutes)).then_some(hours * 3600 + minutes * 60)?;
    let seconds = if *sign == '-' { -seconds } else { seconds };
    Offset::from_seconds(seconds).ok().map(|offset| (offset, rest))
}

/// What is behind an offset, without the name that says the same again.
fn without_zone_name<'t, 'a>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    match tokens {
        [Word(name), rest @ ..] if names::zone(name).is_some() => rest,
        _ => tokens,
    }
}
