//! Spans of real-world time against one another, and as text.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use stadtwin_model::Span;

const SECOND_US: i64 = 1_000_000;
const DAY_S: i64 = 86_400;

fn is_empty(span: &Span) -> bool {
    matches!((span.from, span.to), (Some(from), Some(to)) if from >= to)
}

/// What both have; `None` where they only follow one another.
pub fn common(a: &Span, b: &Span) -> Option<Span> {
    let to = match (a.to, b.to) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
    let common = Span { from: a.from.max(b.from), to };
    (!is_empty(&common)).then_some(common)
}

/// What is left of it where others are taken out, in order.
pub fn without(span: &Span, others: &[Span]) -> Vec<Span> {
    let mut left = vec![*span];
    left.retain(|span| !is_empty(span));
    for other in others.iter().filter(|other| !is_empty(other)) {
        let cut = |span: Span| {
            let before = other.from.and_then(|from| common(&span, &Span { from: None, to: Some(from) }));
            let after = other.to.and_then(|to| common(&span, &Span { from: Some(to), to: None }));
            before.into_iter().chain(after)
        };
        left = left.into_iter().flat_map(cut).collect();
    }
    left
}

/// `None` where it is open [d].
pub fn days(span: &Span) -> Option<f64> {
    let (from, to) = span.from.zip(span.to)?;
    Some((to as f64 - from as f64) / (DAY_S * SECOND_US) as f64)
}

/// What is there at a moment [µs since 1970]; without one, what is there in the end.
pub fn present<T>(items: &[(T, Span)], at: Option<i64>) -> Vec<&T> {
    items.iter().filter(|(_, span)| span.contains(at)).map(|(item, _)| item).collect()
}

/// As objects with `from` and `to` in RFC 3339; what is open is left out.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Texts {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    to: Option<String>,
}

/// For `#[serde(with)]` on lists of spans.
pub mod as_texts {
    use super::*;

    pub fn serialize<S: Serializer>(spans: &[Span], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(
            spans.iter().map(|span| Texts { from: span.from.map(written), to: span.to.map(written) }),
        )
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Span>, D::Error> {
        let read = |text: Option<String>| {
            let of = |text: String| {
                moment(&text)
                    .ok_or_else(|| serde::de::Error::custom(format_args!("`{text}` is no date or time")))
            };
            text.map(of).transpose()
        };
        let texts: Vec<Texts> = Vec::deserialize(deserializer)?;
        texts.into_iter().map(|texts| Ok(Span { from: read(texts.from)?, to: read(texts.to)? })).collect()
    }
}

/// A date at midnight UTC, else a time in UTC, to the second.
fn written(moment_us: i64) -> String {
    let seconds = moment_us.div_euclid(SECOND_US);
    let (days, seconds) = (seconds.div_euclid(DAY_S), seconds.rem_euclid(DAY_S));
    let [year, month, day] = civil(days);
    let date = format!("{year:04}-{month:02}-{day:02}");
    match seconds {
        0 => date,
        seconds => format!("{date}T{:02}:{:02}:{:02}Z", seconds / 3600, seconds / 60 % 60, seconds % 60),
    }
}

/// From a date, or a time with its offset [µs since 1970].
pub fn moment(text: &str) -> Option<i64> {
    let (date, rest) = text.split_at_checked(10)?;
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let days = day_number(year, month, day).filter(|days| civil(*days) == [year, month, day])?;
    let seconds = if rest.is_empty() { 0 } else { seconds(rest)? };
    Some((days * DAY_S + seconds) * SECOND_US)
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
fn day_number(year: i64, month: i64, day: i64) -> Option<i64> {
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

    fn span(text: &str) -> Span {
        let (from, to) = text.split_once("..").unwrap();
        let end = |text: &str| (!text.is_empty()).then(|| moment(text).unwrap());
        Span { from: end(from), to: end(to) }
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
            let found = moment(text).unwrap();
            assert_eq!((found, super::written(found).as_str()), (seconds * SECOND_US, written), "{text}");
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
            assert!(moment(text).is_none(), "{text}");
        }
    }

    #[test]
    fn spans_are_half_open() {
        for (a, b, expected) in [
            // N28.
            ("2027-01-01..2030-01-01", "2030-01-01..", None),
            ("2027-01-01..2030-01-01", "2029-12-31..", Some("2029-12-31..2030-01-01")),
            ("..", "..2020-01-01", Some("..2020-01-01")),
            ("2027-01-01..2027-01-01", "..", None),
        ] {
            assert_eq!(common(&span(a), &span(b)), expected.map(span), "{a} {b}");
            assert_eq!(common(&span(b), &span(a)), expected.map(span), "{b} {a}");
        }
        assert_eq!(days(&span("2029-12-31..2030-01-01")), Some(1.0));
        assert_eq!(days(&span("2029-12-31..")), None);
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
            assert_eq!(without(&year, &others), left.into_iter().map(span).collect::<Vec<_>>(), "{others:?}");
        }
    }

    /// N29.
    #[test]
    fn phases_say_what_is_there() {
        let items = [("stock", span("..2026-04-01")), ("new", span("2028-10-01.."))];
        let at = |text: &str| present(&items, moment(text)).len();
        assert_eq!(["2026-03-31", "2027-06-15", "2028-10-01"].map(at), [1, 0, 1]);
        assert_eq!(present(&items, None), [&"new"]);
    }
}
