//! `time`: when the feature is valid in the real world.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

enum Instant {
    Day(Date),
    Time(Timestamp),
}

impl Instant {
    fn parse(text: &str) -> Option<Instant> {
        if let Ok(time) = text.parse::<Timestamp>() {
            return Some(Instant::Time(time));
        }
        if text.len() == 10 {
            return Some(Instant::Day(text.parse().ok()?));
        }
        // A time of no zone is taken as UTC, as everywhere.
        let local: DateTime = text.parse().ok()?;
        Some(Instant::Time(local.to_zoned(TimeZone::UTC).ok()?.timestamp()))
    }

    fn timestamp(&self) -> Option<Timestamp> {
        match self {
            Instant::Day(day) => Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp()),
            Instant::Time(time) => Some(*time),
        }
    }

    fn text(&self) -> String {
        match self {
            Instant::Day(day) => day.to_string(),
            Instant::Time(time) => time.to_string(),
        }
    }
}

/// `null` where neither end is known, or the end comes before the begin. Both ends are days, or both are times.
pub(super) fn interval(from: Option<&str>, to: Option<&str>) -> Value {
    let (from, to) = (from.and_then(Instant::parse), to.and_then(Instant::parse));
    let open = || "..".to_owned();
    let text = |end: &Option<Instant>| end.as_ref().map_or_else(open, Instant::text);
    let ends = match (&from, &to) {
        (None, None) => return Value::Null,
        (Some(Instant::Day(from)), Some(Instant::Day(to))) => {
            (from <= to).then(|| [from.to_string(), to.to_string()])
        }
        (Some(from), Some(to)) => {
            let pair = from.timestamp().zip(to.timestamp());
            pair.filter(|(from, to)| from <= to).map(|(from, to)| [from.to_string(), to.to_string()])
        }
        _ => Some([text(&from), text(&to)]),
    };
    ends.map_or(Value::Null, |ends| json!({ "interval": ends }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_have_one_form() {
        let cases = [
            (None, None, Value::Null),
            (Some("2020-01-31"), None, json!({ "interval": ["2020-01-31", ".."] })),
            (None, Some("2020-01-31T12:00:00+01:00"), json!({ "interval": ["..", "2020-01-31T11:00:00Z"] })),
            (Some("2020-01-31"), Some("2021-02-01"), json!({ "interval": ["2020-01-31", "2021-02-01"] })),
            (
                Some("2020-01-31"),
                Some("2021-02-01T00:30:00.5Z"),
                json!({ "interval": ["2020-01-31T00:00:00Z", "2021-02-01T00:30:00.5Z"] }),
            ),
            (Some("2021-01-01T08:00:00"), None, json!({ "interval": ["2021-01-01T08:00:00Z", ".."] })),
            (Some("2022-01-01"), Some("2021-01-01"), Value::Null),
            (Some("nonsense"), None, Value::Null),
        ];
        for (from, to, expected) in cases {
            assert_eq!(interval(from, to), expected, "{from:?} {to:?}");
        }
    }
}
