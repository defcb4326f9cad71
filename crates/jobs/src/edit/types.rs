//! What an edit may not change for all others: the types that attributes have in a collection, and its classes.

use std::collections::HashMap;

use serde_json::Value;

use stadtwin_formats::geojson;
use stadtwin_model::{CityObject, Collection, PropertyType};

use super::values::is_same;

/// Times by which the server knows when something holds; how exact they are may differ.
const TIMES: [&str; 4] = ["validFrom", "validTo", "creationDate", "terminationDate"];

/// Type of each attribute, and how many features have it.
pub(super) struct Types(HashMap<String, (PropertyType, i64)>);

/// A value of another type than the attribute has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistyped {
    /// As GeoJSON shows it.
    pub property: String,
    /// In the words of JSON Schema.
    pub expected: &'static str,
    pub given: &'static str,
    /// Other features that have it.
    pub others: i64,
}

impl Types {
    pub fn of(collection: &Collection) -> Types {
        let known = collection.properties.iter();
        Types(known.map(|property| (property.name.clone(), (property.kind, property.count))).collect())
    }

    /// The first attribute that would change its type for the other features; only what differs is looked at.
    pub fn mistyped(&self, old: Option<&CityObject>, new: &CityObject) -> Option<Mistyped> {
        new.attributes.iter().find_map(|(name, value)| {
            let before = old.and_then(|old| old.attributes.get(name));
            let (known, count) = self.0.get(name)?;
            let others = count - i64::from(before.is_some_and(|before| !before.is_null()));
            let given = PropertyType::of(value)?;
            let is_other =
                others > 0 && !fits(*known, given) && !before.is_some_and(|before| is_same(before, value));
            (is_other && !TIMES.contains(&name.as_str())).then(|| Mistyped {
                property: geojson::property_name(name),
                expected: word(*known),
                given: word_of(value),
                others,
            })
        })
    }
}

impl std::fmt::Display for Mistyped {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Mistyped { property, expected, given, others } = self;
        write!(
            formatter,
            "`properties.{property}` must be of the type {expected}, as in the other features that have it ({others}), not {given}"
        )
    }
}

/// Whole numbers are numbers, and days are texts, where the attribute is of the wider type.
fn fits(known: PropertyType, given: PropertyType) -> bool {
    use PropertyType::*;
    match known {
        Json => true,
        String => matches!(given, String | Date | DateTime),
        Integer | Number => matches!(given, Integer | Number),
        DateTime => matches!(given, Date | DateTime),
        Boolean | Date => given == known,
    }
}

fn word(kind: PropertyType) -> &'static str {
    match kind {
        PropertyType::Boolean => "boolean",
        PropertyType::Integer | PropertyType::Number => "number",
        PropertyType::Date => "date",
        PropertyType::DateTime => "date-time",
        PropertyType::String => "string",
        PropertyType::Json => "object",
    }
}

fn word_of(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "array",
        Value::String(_) => "string",
        value => PropertyType::of(value).map_or("null", word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use PropertyType::*;

    #[test]
    fn wider_types_hold_narrower_ones() {
        for (known, given, expected) in [
            (Integer, Number, true),
            (Number, Integer, true),
            (Integer, String, false),
            (String, Date, true),
            (Date, String, false),
            (Date, DateTime, false),
            (DateTime, Date, true),
            (String, Json, false),
            (String, Integer, false),
            (Json, String, true),
            (Boolean, Integer, false),
        ] {
            assert_eq!(fits(known, given), expected, "{known:?} {given:?}");
        }
    }
}
