//! Dates and times of filters.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

/// A day, or a point in time. Both from year 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instant {
    Day(Date),
    Time(jiff::Timestamp),
}

impl Instant {
    /// `2020-01-31`.
    pub fn day(text: &str) -> Option<Instant> {
        let is_plain = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let date: Date = text.parse().ok().filter(|_| is_plain)?;
        (date.year() >= 1).then_some(Instant::Day(date))
    }

    /// RFC 3339: `2020-01-31T12:00:00Z`, with decimals, or with an offset; UTC where it says neither.
    pub fn time(text: &str) -> Option<Instant> {
        let is_time = text.is_ascii() && matches!(text.as_bytes().get(10), Some(b'T' | b't' | b' '));
        let text = Some(text).filter(|_| is_time)?;
        let utc = |time: DateTime| Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp());
        let time: jiff::Timestamp = text.parse().ok().or_else(|| utc(text.parse().ok()?))?;
        (time.to_zoned(TimeZone::UTC).year() >= 1).then_some(Instant::Time(time))
    }

    /// Either.
    pub fn parse(text: &str) -> Option<Instant> {
        Instant::day(text).or_else(|| Instant::time(text))
    }

    pub fn is_day(self) -> bool {
        matches!(self, Instant::Day(_))
    }
}

impl std::fmt::Display for Instant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Instant::Day(day) => write!(f, "{day}"),
            Instant::Time(time) => write!(f, "{time}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_are_told_apart() {
        let cases = [
            ("2020-01-31", Some("2020-01-31")),
            ("2020-02-30", None),
            ("0000-01-01", None),
            ("-002020-01-01", None),
            ("20200131", None),
            ("2020-01-31T12:00:00Z", Some("2020-01-31T12:00:00Z")),
            ("2020-01-31T12:00:00", Some("2020-01-31T12:00:00Z")),
            ("2020-01-31T12:00:00.25+01:00", Some("2020-01-31T11:00:00.25Z")),
            ("2020-01-31T25:00:00Z", None),
            ("2020-01-31T12:00:00ü", None),
            ("..", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(Instant::parse(text).map(|i| i.to_string()).as_deref(), expected, "{text}");
        }
    }
}
