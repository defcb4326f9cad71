//! The `datetime` parameter, and the time of an answer.

use jiff::{Timestamp, civil::Date};

use super::error::ApiError;
use super::params::shortened;
use stadtwin_query::Interval;

/// Now, RFC 3339 in UTC, whole seconds.
pub fn now() -> String {
    let now = Timestamp::now();
    Timestamp::from_second(now.as_second()).unwrap_or(now).to_string()
}

/// The first moment of an instant or a day, for `since`.
pub fn begin(text: &str) -> Result<String, ApiError> {
    let wrong = || {
        ApiError::BadRequest(format!(
            "`since` must be an RFC 3339 date-time or a date, not `{}`",
            shortened(text)
        ))
    };
    instant(text).map(|(first, _)| first.to_string()).map_err(|_| wrong())
}

/// An instant, a day, or an interval of them with open ends.
pub fn parse(text: &str) -> Result<Interval, ApiError> {
    let (start, end) = match text.split_once('/') {
        None => {
            let (start, end) = instant(text)?;
            (Some(start), Some(end))
        }
        Some((start, end)) => (bound(start)?.map(|(first, _)| first), bound(end)?.map(|(_, last)| last)),
    };
    if matches!((start, end), (Some(start), Some(end)) if start > end) {
        return Err(ApiError::BadRequest(format!("`datetime` ends before it begins: `{}`", shortened(text))));
    }
    Ok(Interval { start: start.map(|time| time.to_string()), end: end.map(|time| time.to_string()) })
}

/// The moment, or the beginning of the day, in microseconds since 1970 in UTC; `None`: it is neither.
pub fn moment(text: &str) -> Option<i64> {
    instant(text).ok().map(|(first, _)| first.as_microsecond())
}

/// `None` = open.
fn bound(text: &str) -> Result<Option<(Timestamp, Timestamp)>, ApiError> {
    if text.is_empty() || text == ".." { Ok(None) } else { instant(text).map(Some) }
}

/// First and last moment: both the same unless the text is a day.
fn instant(text: &str) -> Result<(Timestamp, Timestamp), ApiError> {
    // The plus sign of an offset arrives as a space where the client did not encode it.
    let text = text.replace(' ', "+");
    if let Ok(time) = text.to_ascii_uppercase().parse::<Timestamp>() {
        return Ok((time, time));
    }
    let fault = || {
        ApiError::BadRequest(format!(
            "`datetime` must be an RFC 3339 date-time, a date or an interval of them, not `{}`",
            shortened(&text)
        ))
    };
    if text.len() != 10 {
        return Err(fault());
    }
    let date: Date = text.parse().map_err(|_| fault())?;
    let at = |hour, minute, second, nanosecond| {
        let local = date.at(hour, minute, second, nanosecond);
        local.to_zoned(jiff::tz::TimeZone::UTC).map(|zoned| zoned.timestamp()).map_err(|_| fault())
    };
    // PostgreSQL counts microseconds.
    Ok((at(0, 0, 0, 0)?, at(23, 59, 59, 999_999_000)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<(Option<&str>, Option<&str>)>) {
        let expected = expected.map(|(start, end)| (start.map(str::to_owned), end.map(str::to_owned)));
        assert_eq!(parse(text).ok().map(|interval| (interval.start, interval.end)), expected, "{text}");
    }

    #[test]
    fn instants_days_and_intervals() {
        let (noon, day, eve) =
            ("2020-01-02T12:00:00Z", "2020-01-02T00:00:00Z", "2020-01-02T23:59:59.999999Z");
        check("2020-01-02T12:00:00Z", Some((Some(noon), Some(noon))));
        check("2020-01-02T13:00:00+01:00", Some((Some(noon), Some(noon))));
        check("2020-01-02T13:00:00 01:00", Some((Some(noon), Some(noon))));
        check("2020-01-02t12:00:00z", Some((Some(noon), Some(noon))));
        check("2020-01-02", Some((Some(day), Some(eve))));
        check("../2020-01-02", Some((None, Some(eve))));
        check("2020-01-02/..", Some((Some(day), None)));
        check("/2020-01-02T12:00:00Z", Some((None, Some(noon))));
        check("2020-01-02T12:00:00Z/", Some((Some(noon), None)));
        check("2020-01-02/2020-01-02", Some((Some(day), Some(eve))));
        check("../..", Some((None, None)));
        check("2020-01-03/2020-01-02", None);
        check("yesterday", None);
        check("2020-13-01", None);
        check("2020-01-02T12:00:00", None);
        check("", None);
        check("a/b/c", None);
    }
}
