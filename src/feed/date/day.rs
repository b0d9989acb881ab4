//! The day of a date: what is left of it without its clock.

use jiff::civil::Date;

use super::names;
use super::tokens::Token::{self, Number, Sign, Word};

/// Reads a day. One that stands alone may leave out its month and its day, as in W3CDTF; they are then the
/// first.
pub(super) fn day(tokens: &[Token], is_alone: bool) -> Option<Date> {
    let tokens = without_weekday(tokens);
    let is_said = |token: &&Token| !matches!(token, Word(word) if names::is_filler(word));
    let said: Vec<&Token> = tokens.iter().filter(is_said).collect();
    if said.iter().any(|token| matches!(token, Word(_))) {
        with_name(&said)
    } else {
        in_numbers(&said, is_alone)
    }
}

/// Without a weekday, whichever it is. Words with a comma behind them are one, whatever they are. `Mar` is
/// Tuesday in some languages: it is the month only where there is no other.
fn without_weekday<'t, 'a>(tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
    let is_month = |token: &Token| matches!(token, Word(word) if names::month(word).is_some());
    let is_name = |token: &Token| matches!(token, Word(_) | Sign('-' | '.'));
    let words = tokens.iter().take_while(|token| is_name(token)).count();
    let end = match (tokens.first(), tokens.get(words)) {
        (Some(Word(_)), Some(Sign(','))) => words,
        (Some(Word(word)), _) if names::is_weekday(word) => 1,
        _ => 0,
    };
    let (weekday, rest) = tokens.split_at(end);
    let rest = if weekday.iter().any(is_month) && !rest.iter().any(is_month) { tokens } else { rest };
    let is_left = |token: &Token| matches!(token, Sign(',' | '.')) || end > 0 && *token == Sign('-');
    let signs = rest.iter().take_while(|token| is_left(token)).count();
    &rest[signs..]
}

/// `5 September 2006`, `September 5, 2006`, `2006-Sep-05`. Only the first may have a short year.
fn with_name(tokens: &[&Token]) -> Option<Date> {
    let is_plus = |token: &&Token| matches!(token, Sign('+'));
    if tokens.iter().any(is_plus) {
        return None;
    }
    let parts: Vec<&Token> = tokens.iter().filter(|token| !matches!(token, Sign(_))).copied().collect();
    match parts[..] {
        [Number(year), Word(month), Number(day)] if year.len() == 4 => date(year, names::month(month)?, day),
        [Number(day), Word(month), Number(year)] => of(short_year(year)?, names::month(month)?, day),
        [Word(month), Number(day), Number(year)] => date(year, names::month(month)?, day),
        _ => None,
    }
}

/// `2006-09-05` and `20060905`; `9/5/2006`, `05.09.2006`; alone also `2006-09` and `2006`.
fn in_numbers(tokens: &[&Token], is_alone: bool) -> Option<Date> {
    // A comma before the clock; in Hungarian a dot behind the day.
    let tokens = if let [rest @ .., Sign('.' | ',')] = tokens { rest } else { tokens };
    match *tokens {
        [Number(all)] if all.len() == 8 => date(&all[..4], all[4..6].parse().ok()?, &all[6..]),
        [Number(year)] if is_alone => date(year, 1, "1"),
        [Number(year), Sign('-'), Number(month)] if is_alone => date(year, two(month)?, "1"),
        [Number(first), Sign(a), Number(second), Sign(b), Number(third)] if a == b => match a {
            '-' | '/' | '.' if first.len() == 4 => date(first, two(second)?, third),
            '/' if two(first)? <= 12 => date(third, two(first)?, second),
            '/' | '.' => date(third, two(second)?, first),
            '-' if two(first)? > 12 => date(third, two(second)?, first),
            '-' if two(second)? > 12 => date(third, two(first)?, second),
            _ => None,
        },
        _ => None,
    }
}

/// A date of a year in four digits.
fn date(year: &str, month: i8, day: &str) -> Option<Date> {
    of(if year.len() == 4 { year.parse().ok()? } else { return None }, month, day)
}

fn of(year: i16, month: i8, day: &str) -> Option<Date> {
    Date::new(year, month, two(day)?).ok()
}

/// A number of one or two digits.
fn two(digits: &str) -> Option<i8> {
    if digits.len() <= 2 { digits.parse().ok() } else { None }
}

/// A year of two, three or four digits (RFC 2822 §4.3).
fn short_year(digits: &str) -> Option<i16> {
    let year: i16 = digits.parse().ok()?;
    match digits.len() {
        2 if year < 50 => Some(2000 + year),
        2 | 3 => Some(1900 + year),
        4 => Some(year),
        _ => None,
    }
}
