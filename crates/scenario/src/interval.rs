//! Spans of real-world time, half-open: the end is no longer in them.

use serde::{Deserialize, Serialize};

const DAY_S: i64 = 86_400;

/// A moment in seconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Moment(pub i64);

/// `[from, to)`; `None` is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Interval {
    #[serde(default)]
    pub from: Option<Moment>,
    #[serde(default)]
    pub to: Option<Moment>,
}

impl Interval {
    pub const ALWAYS: Interval = Interval { from: None, to: None };

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        matches!((self.from, self.to), (Some(from), Some(to)) if from >= to)
    }

    pub fn contains(&self, at: Moment) -> bool {
        self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at < to)
    }

    /// What both have; `None` where they only follow one another.
    pub fn common(&self, other: &Interval) -> Option<Interval> {
        let from = self.from.max(other.from);
        let to = match (self.to, other.to) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let common = Interval { from, to };
        (!common.is_empty()).then_some(common)
    }

    /// What is left of it where others are taken out, in order.
    pub fn without(&self, others: &[Interval]) -> Vec<Interval> {
        let mut left = vec![*self];
        left.retain(|interval| !interval.is_empty());
        for other in others.iter().filter(|other| !other.is_empty()) {
            let cut = |interval: Interval| {
                let before =
                    other.from.and_then(|from| interval.common(&Interval { from: None, to: Some(from) }));
                let after = other.to.and_then(|to| interval.common(&Interval { from: Some(to), to: None }));
                before.into_iter().chain(after)
            };
            left = left.into_iter().flat_map(cut).collect();
        }
        left
    }

    /// `None` where it is open [d].
    pub fn days(&self) -> Option<f64> {
        let (from, to) = self.from.zip(self.to)?;
        Some((to.0 - from.0) as f64 / DAY_S as f64)
    }
}

/// What is there at a moment; without one, what is there in the end: all that never goes.
pub fn present<T>(items: &[(T, Interval)], at: Option<Moment>) -> Vec<&T> {
    let is_there = |interval: &Interval| match at {
        Some(at) => interval.contains(at),
        None => interval.to.is_none(),
    };
    items.iter().filter(|(_, interval)| is_there(interval)).map(|(item, _)| item).collect()
}

/// RFC 3339: a date, or a time with its offset.
impl std::str::FromStr for Moment {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Moment, Self::Err> {
        parse(text).ok_or("a date is written as 2027-03-01, a time as 2027-03-01T12:00:00Z")
    }
}

/// A date at midnight UTC, else a time in UTC.
impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (days, seconds) = (self.0.div_euclid(DAY_S), self.0.rem_euclid(DAY_S));
        let [year, month, day] = civil(days);
        write!(f, "{year:04}-{month:02}-{day:02}")?;
        if seconds > 0 {
            write!(f, "T{:02}:{:02}:{:02}Z", seconds / 3600, seconds / 60 % 60, seconds % 60)?;
        }
        Ok(())
    }
}

impl TryFrom<String> for Moment {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Moment, Self::Error> {
        text.parse()
    }
}

impl From<Moment> for String {
    fn from(moment: Moment) -> String {
        moment.to_string()
    }
}

fn parse(text: &str) -> Option<Moment> {
    let (date, rest) = text.split_at_checked(10)?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let days = days(year, month, day).filter(|days| civil(*days) == [year, month, day])?;
    let seconds = if rest.is_empty() { 0 } else { seconds(rest)? };
    Some(Moment(days * DAY_S + seconds))
}

/// `T12:00:00Z`, `T12:00:00.5+01:00`; parts of a second are dropped.
fn seconds(text: &str) -> Option<i64> {
    let text = text.strip_prefix(['T', 't', ' '])?;
    let (time, rest) = text.split_at_checked(8)?;
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => {
            let zone = fraction.trim_start_matches(|digit: char| digit.is_ascii_digit());
            (zone.len() < fraction.len()).then_some(zone)?
        }
        None => rest,
    };
    Some(hour * 3600 + minute * 60 + second - offset(rest)?)
}

fn offset(text: &str) -> Option<i64> {
    if matches!(text, "Z" | "z") {
        return Some(0);
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let [hours, minutes] = numbers(text.strip_prefix(['+', '-'])?, ':', [2, 2])?;
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Numbers of so many digits.
fn numbers<const N: usize>(text: &str, separator: char, digits: [usize; N]) -> Option<[i64; N]> {
    let parts: Vec<&str> = text.split(separator).collect();
    let is_well =
        |(part, digits): (&&str, usize)| part.len() == digits && part.bytes().all(|b| b.is_ascii_digit());
    if parts.len() != N || !parts.iter().zip(digits).all(is_well) {
        return None;
    }
    let numbers: Option<Vec<i64>> = parts.iter().map(|part| part.parse().ok()).collect();
    numbers?.try_into().ok()
}

/// Days since 1970-01-01 in the Gregorian calendar: years counted from March, in eras of 400.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let year = if month < 3 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719_468)
}

/// Year, month, day.
fn civil(days: i64) -> [i64; 3] {
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    [year + era * 400 + i64::from(month < 3), month, day]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(text: &str) -> Interval {
        let (from, to) = text.split_once("..").unwrap();
        let moment = |text: &str| (!text.is_empty()).then(|| text.parse().unwrap());
        Interval { from: moment(from), to: moment(to) }
    }

    #[test]
    fn moments_are_read_and_written() {
        for (text, seconds, written) in [
            ("1970-01-01", 0, "1970-01-01"),
            ("2000-02-29", 951_782_400, "2000-02-29"),
            ("2027-01-01T00:00:00Z", 1_798_761_600, "2027-01-01"),
            ("2027-01-01T01:00:00.25+01:00", 1_798_761_600, "2027-01-01"),
            ("2026-12-31T23:30:00-00:30", 1_798_761_600, "2027-01-01"),
            ("1969-12-31T23:59:58Z", -2, "1969-12-31T23:59:58Z"),
            ("1582-10-15", -12_219_292_800, "1582-10-15"),
        ] {
            let moment: Moment = text.parse().unwrap();
            assert_eq!((moment.0, moment.to_string().as_str()), (seconds, written), "{text}");
        }
        for text in [
            "",
            "2027",
            "2027-13-01",
            "2027-02-29",
            "2027-1-01",
            "2027-01-01T",
            "2027-01-01T12:00:00",
            "2027-01-01T25:00:00Z",
            "2027-01-01T12:00:00.Z",
            "+027-01-01",
            "2027-01-01T12:00:00+1:00",
            "2027-01-0é",
        ] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
    }

    #[test]
    fn intervals_are_half_open() {
        for (a, b, common) in [
            // N28.
            ("2027-01-01..2030-01-01", "2030-01-01..", None),
            ("2027-01-01..2030-01-01", "2029-12-31..", Some("2029-12-31..2030-01-01")),
            ("..", "..2020-01-01", Some("..2020-01-01")),
            ("2027-01-01..2027-01-01", "..", None),
        ] {
            assert_eq!(span(a).common(&span(b)), common.map(span), "{a} {b}");
            assert_eq!(span(b).common(&span(a)), common.map(span), "{b} {a}");
        }
        assert_eq!(span("2029-12-31..2030-01-01").days(), Some(1.0));
        assert_eq!(span("2029-12-31..").days(), None);
    }

    #[test]
    fn spans_are_taken_out() {
        let year = span("2027-01-01..2028-01-01");
        for (others, left) in [
            (vec![], vec!["2027-01-01..2028-01-01"]),
            (vec!["2027-03-01..2027-04-01"], vec!["2027-01-01..2027-03-01", "2027-04-01..2028-01-01"]),
            (vec!["2027-03-01.."], vec!["2027-01-01..2027-03-01"]),
            (vec!["..2027-06-01", "2027-06-01.."], vec![]),
            (vec!["2029-01-01..2027-01-01"], vec!["2027-01-01..2028-01-01"]),
            (vec!["2028-01-01.."], vec!["2027-01-01..2028-01-01"]),
        ] {
            let others: Vec<_> = others.into_iter().map(span).collect();
            assert_eq!(year.without(&others), left.into_iter().map(span).collect::<Vec<_>>(), "{others:?}");
        }
    }

    /// N29.
    #[test]
    fn phases_say_what_is_there() {
        let items = [("stock", span("..2026-04-01")), ("new", span("2028-10-01.."))];
        let at = |text: &str| present(&items, Some(text.parse().unwrap())).len();
        assert_eq!(["2026-03-31", "2027-06-15", "2028-10-01"].map(at), [1, 0, 1]);
        assert_eq!(present(&items, None), [&"new"]);
    }
}
