//! Numbers, dates and attributes as people read them in their language. Never for JSON.

use std::borrow::Borrow;

use serde_json::Value;

use super::names;
use super::negotiate::Language;
use stadtwin_model::{Attributes, PropertyType};

impl Language {
    /// Decimals as they are, with the sign of the language between.
    pub fn number(self, value: f64) -> String {
        self.decimals(value.to_string())
    }

    /// So many decimals.
    pub fn rounded(self, value: f64, decimals: usize) -> String {
        self.decimals(format!("{value:.decimals$}"))
    }

    fn decimals(self, text: String) -> String {
        match self {
            Language::English => text,
            Language::German => text.replace('.', ","),
        }
    }

    /// A number of things, its thousands apart.
    pub fn count(self, count: impl Borrow<i64>) -> String {
        let count: i64 = *count.borrow();
        let mark = if self == Language::German { '.' } else { ',' };
        let digits = count.unsigned_abs().to_string();
        let mut text = if count < 0 { "-".to_owned() } else { String::new() };
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                text.push(mark);
            }
            text.push(digit);
        }
        text
    }

    /// `6.11.2024` of `2024-11-06`, `6.11.2024, 12:30 UTC` of a time; midnight stands for the day. Other text stays.
    pub fn date(self, text: &str) -> String {
        let (day, time) = text.split_once('T').map_or((text, None), |(day, time)| (day, Some(time)));
        let Some(day) = self.day(day) else { return text.to_owned() };
        let Some(time) = time else { return day };
        let Some(zone) = zone(time) else { return text.to_owned() };
        match time.get(..5) {
            Some(minutes) if time.starts_with("00:00:00") && zone == "UTC" && !minutes.is_empty() => day,
            Some(minutes) => format!("{day}, {minutes} {zone}"),
            None => text.to_owned(),
        }
    }

    fn day(self, text: &str) -> Option<String> {
        const MONTHS: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        if text.len() != 10 {
            return None;
        }
        let date: jiff::civil::Date = text.parse().ok()?;
        let month = usize::try_from(date.month()).ok()?;
        Some(match self {
            Language::German => format!("{}.{}.{}", date.day(), month, date.year()),
            Language::English => format!("{} {} {}", date.day(), MONTHS.get(month - 1)?, date.year()),
        })
    }

    /// What an attribute holds.
    pub fn kind(self, kind: &PropertyType) -> &'static str {
        let (english, german) = match kind {
            PropertyType::Boolean => ("yes or no", "ja oder nein"),
            PropertyType::Integer => ("whole number", "ganze Zahl"),
            PropertyType::Number => ("number", "Zahl"),
            PropertyType::Date => ("date", "Datum"),
            PropertyType::DateTime => ("date and time", "Datum und Uhrzeit"),
            PropertyType::String => ("text", "Text"),
            PropertyType::Json => ("nested", "verschachtelt"),
        };
        if self == Language::German { german } else { english }
    }

    /// `yes` and `no`.
    fn truth(self, value: bool) -> &'static str {
        match (self, value) {
            (Language::English, true) => "yes",
            (Language::English, false) => "no",
            (Language::German, true) => "ja",
            (Language::German, false) => "nein",
        }
    }
}

/// What stands behind the clock: `UTC` or an offset; `None` where the text is no time.
fn zone(time: &str) -> Option<&str> {
    let clock = time.get(..8)?;
    let is_clock = clock.bytes().enumerate().all(|(index, byte)| match index {
        2 | 5 => byte == b':',
        _ => byte.is_ascii_digit(),
    });
    let rest = time.get(8..)?.trim_start_matches(|sign: char| sign == '.' || sign.is_ascii_digit());
    is_clock.then_some(if rest == "Z" || rest == "+00:00" { "UTC" } else { rest })
}

/// An attribute as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// As the API spells it.
    pub name: String,
    /// For people.
    pub label: String,
    pub value: String,
}

/// Attributes as people read them: codes with their texts, which the API puts beside them as `<name>_text`, numbers with
/// their units, beside them as `<name>_uom`.
pub fn rows(members: &Attributes, language: Language) -> Vec<Row> {
    let is_beside = |name: &str| {
        let of = name.strip_suffix("_text").or_else(|| name.strip_suffix("_uom"));
        of.is_some_and(|code| members.contains_key(code))
    };
    let names = members.keys().filter(|name| !is_beside(name));
    let row = |name: &String| {
        let label = names::attribute(name, language).to_owned();
        Some(Row { name: name.clone(), label, value: value_of(members, name, language)? })
    };
    names.filter_map(row).collect()
}

/// The value of that name, with the text of a code: `Wohngebäude (31001_1000)`.
pub fn value_of(members: &Attributes, name: &str, language: Language) -> Option<String> {
    let value = members.get(name)?;
    let both = |code: &Value, text: &Value| match text.as_str() {
        Some(text) => format!("{text} ({})", shown(code, language)),
        None => shown(code, language),
    };
    let unit = members.get(&format!("{name}_uom")).and_then(Value::as_str);
    Some(match (value, members.get(&format!("{name}_text"))) {
        (code, Some(text @ Value::String(_))) => both(code, text),
        (Value::Array(codes), Some(Value::Array(texts))) => {
            codes.iter().zip(texts).map(|(code, text)| both(code, text)).collect::<Vec<_>>().join(", ")
        }
        (Value::String(class), _) if name == "class" => names::class(class, language).to_owned(),
        (Value::Object(parts), _) if name == "children" => children(parts, language),
        (Value::Array(all), _) if name == "address" => {
            all.iter().map(|one| address(one, language)).collect::<Vec<_>>().join("; ")
        }
        (one @ Value::Object(_), _) if name == "address" => address(one, language),
        _ => measured(value, unit.unwrap_or_else(|| names::unit(name)), language),
    })
}

/// With its unit. Surveys write measures as text, too.
fn measured(value: &Value, unit: &str, language: Language) -> String {
    let number = match value {
        Value::Number(_) => Some(shown(value, language)),
        Value::String(text) if !unit.is_empty() && text.parse::<f64>().is_ok_and(f64::is_finite) => {
            Some(language.decimals(text.clone()))
        }
        _ => None,
    };
    match number {
        Some(number) if unit == "°" => format!("{number}°"),
        Some(number) if !unit.is_empty() => format!("{number} {unit}"),
        Some(number) => number,
        None => shown(value, language),
    }
}

/// `2 × Gebäudeteil`.
fn children(parts: &Attributes, language: Language) -> String {
    let one = |(class, count): (&String, &Value)| {
        format!("{} × {}", shown(count, language), names::class(class, language))
    };
    parts.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// On one line as on a letter: `Marktring 51, 85998 Erlenried, Germany`; what has no place there follows with its name.
fn address(value: &Value, language: Language) -> String {
    let Value::Object(parts) = value else { return shown(value, language) };
    let words = |names: &[&str]| {
        let texts = names.iter().filter_map(|name| parts.get(*name));
        texts.map(|text| shown(text, language)).collect::<Vec<_>>().join(" ")
    };
    const ON_LETTER: [&[&str]; 5] =
        [&["text"], &["street", "number"], &["dependentLocality"], &["postalCode", "locality"], &["country"]];
    let mut lines: Vec<_> = ON_LETTER.iter().map(|names| words(names)).collect();
    let others = parts.iter().filter(|(name, _)| !ON_LETTER.concat().contains(&name.as_str()));
    lines
        .extend(others.map(|(name, value)| {
            format!("{}: {}", names::attribute(name, language), shown(value, language))
        }));
    lines.retain(|line| !line.is_empty());
    lines.join(", ")
}

/// A value by itself.
pub fn shown(value: &Value, language: Language) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => language.date(text),
        Value::Array(items) => items.iter().map(|item| shown(item, language)).collect::<Vec<_>>().join(", "),
        Value::Object(members) => rows(members, language)
            .into_iter()
            .map(|row| format!("{}: {}", row.label, row.value))
            .collect::<Vec<_>>()
            .join("; "),
        Value::Bool(truth) => language.truth(*truth).to_owned(),
        Value::Number(number) => language.decimals(number.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{English, German};
    use serde_json::json;

    #[test]
    fn dates_are_read_in_their_language() {
        // Forms of DIN 5008 (numeric) and of everyday English.
        for (text, german, english) in [
            ("2024-11-06", "6.11.2024", "6 November 2024"),
            ("2023-05-17T00:00:00Z", "17.5.2023", "17 May 2023"),
            ("2026-11-25T18:49:07Z", "25.11.2026, 18:49 UTC", "25 November 2026, 18:49 UTC"),
            ("2026-11-25T18:49:07.25+01:00", "25.11.2026, 18:49 +01:00", "25 November 2026, 18:49 +01:00"),
            ("2024-13-06", "2024-13-06", "2024-13-06"),
            ("2024-11-06Txy", "2024-11-06Txy", "2024-11-06Txy"),
            ("Haus 7", "Haus 7", "Haus 7"),
        ] {
            assert_eq!((German.date(text).as_str(), English.date(text).as_str()), (german, english));
        }
    }

    #[test]
    fn numbers_are_read_in_their_language() {
        assert_eq!((German.number(-1.25), English.number(1234.5)), ("-1,25".into(), "1234.5".into()));
        assert_eq!((German.rounded(11.0, 1), English.rounded(0.05, 1)), ("11,0".into(), "0.1".into()));
        let counts = [0_i64, 999, 1_000, -1_962, 1_234_567].map(|count| German.count(count));
        assert_eq!(counts, ["0", "999", "1.000", "-1.962", "1.234.567"]);
        assert_eq!(English.count(1_962), "1,962");
    }

    fn check(attributes: Value, language: Language, expected: &[(&str, &str)]) {
        let attributes = attributes.as_object().unwrap().clone();
        let rows = rows(&attributes, language);
        let shown: Vec<_> = rows.iter().map(|row| (row.label.as_str(), row.value.as_str())).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn attributes_are_read_as_people_speak() {
        let attributes = json!({
            "class": "Building", "function": "31001_1000", "function_text": "Wohngebäude", "measuredHeight": 11.676,
            "HoeheDach": "489.566", "yearOfConstruction": 1962, "area": 20.5, "area_uom": "m2",
            "address": [{"number": "51", "street": "Marktring", "country": "Germany", "locality": "Erlenried",
                "postalCode": "85998", "postBox": "7"}],
            "externalReferences": [{"name": "DEXX", "informationSystem": "alkis"}],
            "children": {"BuildingPart": 2}, "isMovable": true, "note": "1.5", "usage": ["1", "2"],
            "usage_text": ["eins", null],
        });
        let german = [
            ("Klasse", "Gebäude"),
            ("Funktion", "Wohngebäude (31001_1000)"),
            ("Gemessene Höhe", "11,676 m"),
            ("Höhe des Dachs", "489,566 m"),
            ("Baujahr", "1962"),
            ("Fläche", "20,5 m2"),
            ("Adresse", "Marktring 51, 85998 Erlenried, Germany, Postfach: 7"),
            ("Fremdkennungen", "Name: DEXX; Informationssystem: alkis"),
            ("Teile", "2 × Gebäudeteil"),
            ("Beweglich", "ja"),
            ("note", "1.5"),
            ("Nutzung", "eins (1), 2"),
        ];
        check(attributes, German, &german);
        let english = [("Lowest point", "477.89 m"), ("Valid from", "6 November 2024")];
        check(json!({"zMin": 477.89, "validFrom": "2024-11-06T00:00:00Z"}), English, &english);
    }
}
