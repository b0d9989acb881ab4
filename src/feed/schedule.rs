//! How often a feed says that it is to be asked for.
//!
//! Source: RSS 2.0 `ttl`, `skipHours`, `skipDays`; RSS 1.0 Syndication module `updatePeriod`, `updateFrequency`.

use std::time::Duration;

use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Feed, Field, Format, Ns};
use crate::text::Text;
use crate::xml::tag;

/// The longest that polls are skipped in a row: a weekend. A feed that names every hour and every day would never be
/// asked for.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(48);

/// When a feed wants to be asked for, by its own account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// For how long a copy is good.
    pub ttl: Option<Duration>,
    /// How often it is written to, more or less: most feeds have what their software is delivered with.
    pub period: Option<Duration>,
    /// A bit for each hour of the day (GMT) in which nothing new comes.
    hours: u32,
    /// A bit for each day of the week, Monday first.
    days: u8,
}

impl Schedule {
    /// What a feed says. What makes no sense is not said.
    ///
    /// ```
    /// let text = "<rss version='2.0'><channel><title>T</title><ttl>60</ttl></channel></rss>";
    /// let feed = limpid::feed::parse(text.to_owned())?;
    /// let schedule = limpid::feed::schedule::Schedule::of(&feed);
    /// assert_eq!(schedule.ttl, Some(std::time::Duration::from_hours(1)));
    /// # Ok::<(), limpid::feed::ParseError>(())
    /// ```
    pub fn of(feed: &Feed) -> Self {
        if feed.format == Format::Json {
            return Schedule::default();
        }
        let (mut schedule, mut times) = (Schedule::default(), None);
        let mut base = None;
        for field in &feed.fields {
            let value = || feed.value_of(field).trim().to_ascii_lowercase();
            match (field.ns, feed.name(field)) {
                (Ns::Rss, "ttl") => schedule.ttl = minutes(&value()),
                (Ns::Rss, "skipHours") => schedule.hours = hours(feed, field),
                (Ns::Rss, "skipDays") => schedule.days = days(feed, field),
                (Ns::Syndication, "updatePeriod") => base = period(&value()),
                (Ns::Syndication, "updateFrequency") => times = value().parse().ok(),
                _ => {}
            }
        }
        schedule.period = base.map(|base| base / times.unwrap_or(1).max(1));
        schedule
    }

    /// The first moment at or after `due` that is not in an hour or on a day which it leaves out.
    pub fn open_from(&self, due: Timestamp) -> Timestamp {
        let latest = due.saturating_add(LONGEST_PAUSE).unwrap_or(due);
        let mut at = due;
        while self.is_skipped(at) {
            let past = at.as_second().rem_euclid(3600);
            at = at.saturating_add(SignedDuration::from_secs(3600 - past)).unwrap_or(latest);
            if at >= latest {
                return latest;
            }
        }
        at
    }

    fn is_skipped(&self, at: Timestamp) -> bool {
        let at = at.to_zoned(TimeZone::UTC);
        let is_hour = self.hours & (1 << at.hour()) != 0;
        is_hour || self.days & (1 << at.weekday().to_monday_zero_offset()) != 0
    }
}

fn minutes(value: &str) -> Option<Duration> {
    let minutes = value.parse::<u64>().ok().filter(|minutes| *minutes > 0)?;
    Some(Duration::from_secs(minutes.saturating_mul(60)))
}

fn period(name: &str) -> Option<Duration> {
    let days = match name {
        "hourly" => return Some(Duration::from_hours(1)),
        "daily" => 1,
        "weekly" => 7,
        "monthly" => 30,
        "yearly" => 365,
        _ => return None,
    };
    Some(Duration::from_hours(24 * days))
}

/// From 0 to 23; some feeds count midnight as 24.
fn hours(feed: &Feed, field: &Field) -> u32 {
    let hours = listed(feed, field, "hour").into_iter().filter_map(|hour| hour.parse::<u32>().ok());
    hours.filter(|hour| *hour <= 24).fold(0, |all, hour| all | 1 << (hour % 24))
}

fn days(feed: &Feed, field: &Field) -> u8 {
    const DAYS: [Weekday; 7] = [
        Weekday::Monday,
        Weekday::Tuesday,
        Weekday::Wednesday,
        Weekday::Thursday,
        Weekday::Friday,
        Weekday::Saturday,
        Weekday::Sunday,
    ];
    let named = |name: &String| DAYS.iter().find(|day| format!("{day:?}").eq_ignore_ascii_case(name));
    let days = listed(feed, field, "day");
    let days = days.iter().filter_map(named);
    days.fold(0, |all, day| all | 1 << day.to_monday_zero_offset())
}

fn listed(feed: &Feed, field: &Field, name: &str) -> Vec<String> {
    let inner = field.inner.map(|inner| tag::children(&feed.source, inner, name)).unwrap_or_default();
    let text = |span| Text::parse_with(&feed.source, span, &feed.entities).value().trim().to_owned();
    inner.into_iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(channel: &str) -> Schedule {
        let sy = "xmlns:s='http://purl.org/rss/1.0/modules/syndication/' xmlns:o='urn:other'";
        let text = format!(
            "<rss version='2.0' {sy}><channel>{channel}<item><title>A</title></item></channel></rss>"
        );
        Schedule::of(&crate::feed::parse(text).unwrap())
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn p16_what_is_said_is_read() {
        assert_eq!(schedule(""), Schedule::default());
        let ttl = |value: &str| schedule(&format!("<ttl>{value}</ttl>")).ttl.map(|ttl| ttl.as_secs());
        assert_eq!([ttl(" 90 "), ttl("0"), ttl("soon"), ttl("-5")], [Some(5400), None, None, None]);
        assert!(ttl("18446744073709551615").is_some_and(|ttl| ttl > 1 << 60));
        let hint = |period: &str, rest: &str| {
            schedule(&format!("<s:updatePeriod>\n{period}\n</s:updatePeriod>{rest}"))
                .period
                .map(|p| p.as_secs())
        };
        let twice = "<s:updateFrequency>2</s:updateFrequency>";
        assert_eq!(hint("hourly", ""), Some(3600));
        assert_eq!(hint("Daily", twice), Some(43_200));
        assert_eq!(hint("hourly", "<s:updateFrequency>0</s:updateFrequency>"), Some(3600));
        assert_eq!(hint("always", twice), None);
        assert_eq!(schedule("<o:updatePeriod>daily</o:updatePeriod>").period, None);
        let json = r#"{"version":"https://jsonfeed.org/version/1.1","ttl":60,"items":[]}"#;
        assert_eq!(Schedule::of(&crate::feed::parse(json.to_owned()).unwrap()), Schedule::default());
    }

    #[test]
    fn p16_what_is_skipped_waits_for_the_next_open_hour() {
        let night =
            schedule("<skipHours><hour>24</hour><hour>1</hour><hour> 2 </hour><hour>99</hour></skipHours>");
        assert_eq!(night.open_from(at("2026-05-05T23:59:59Z")), at("2026-05-05T23:59:59Z"));
        assert_eq!(night.open_from(at("2026-05-05T00:00:00Z")), at("2026-05-05T03:00:00Z"));
        assert_eq!(night.open_from(at("2026-05-05T02:59:59.5Z")), at("2026-05-05T03:00:00.5Z"));
        let weekend = schedule("<skipDays><day>Saturday</day><day>sunday</day><day>Someday</day></skipDays>");
        assert_eq!(weekend.open_from(at("2026-05-08T23:00:00Z")), at("2026-05-08T23:00:00Z"));
        assert_eq!(weekend.open_from(at("2026-05-09T00:00:00Z")), at("2026-05-11T00:00:00Z"));
    }

    #[test]
    fn p16_a_feed_that_skips_everything_is_asked_for_all_the_same() {
        let hours: Vec<String> = (0..24).map(|hour| format!("<hour>{hour}</hour>")).collect();
        let never = schedule(&format!("<skipHours>{}</skipHours>", hours.concat()));
        assert_eq!(never.open_from(at("2026-05-05T12:30:00Z")), at("2026-05-07T12:30:00Z"));
        assert_eq!(never.open_from(Timestamp::MAX), Timestamp::MAX);
    }
}
