//! The typed properties of all CityGML versions; what is in no table stays text.

use serde_json::{Number, Value};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    Integer,
    Number,
    /// White-space separated numbers.
    Numbers,
    Boolean,
}

/// Local names that are not plain text or codes.
const TYPES: &[(&str, Type)] = &[
    ("area", Type::Number),
    ("averageHeight", Type::Number),
    ("boolValue", Type::Boolean),
    ("clonePredecessor", Type::Boolean),
    ("crownDiameter", Type::Number),
    ("doubleValue", Type::Number),
    ("floorArea", Type::Number),
    ("height", Type::Number),
    ("heightAboveGround", Type::Number),
    ("idColumnNo", Type::Integer),
    ("intValue", Type::Integer),
    ("isMovable", Type::Boolean),
    ("isStructuralElement", Type::Boolean),
    ("lod", Type::Integer),
    ("maxHeight", Type::Number),
    ("maxRootBallDepth", Type::Number),
    ("maximumTreeHeight", Type::Number),
    ("measuredHeight", Type::Number),
    ("minHeight", Type::Number),
    ("minimumTreeHeight", Type::Number),
    ("nominalTreeHeight", Type::Number),
    ("numberOfHeaderLines", Type::Integer),
    ("numberOfOccupants", Type::Integer),
    ("repetitions", Type::Integer),
    ("rootBallDiameter", Type::Number),
    ("sortKey", Type::Number),
    ("storeyHeightsAboveGround", Type::Numbers),
    ("storeyHeightsBelowGround", Type::Numbers),
    ("storeysAboveGround", Type::Integer),
    ("storeysBelowGround", Type::Integer),
    ("timeColumnNo", Type::Integer),
    ("trunkDiameter", Type::Number),
    ("valueColumnNo", Type::Integer),
    ("volume", Type::Number),
    ("yearOfConstruction", Type::Integer),
    ("yearOfDemolition", Type::Integer),
];

/// Whether some class of some version has a property of the name.
pub fn is_property(name: &str) -> bool {
    super::schema::is_property(name)
}

/// The value of a leaf property. `measured` says that the element has a unit.
pub fn value(name: &str, text: &str, standard: bool, measured: bool) -> Value {
    let table = TYPES.iter().find(|(known, _)| standard && *known == name).map(|(_, kind)| *kind);
    let kind = table.or(measured.then_some(Type::Number));
    match kind {
        Some(kind) => parse(kind, text).unwrap_or_else(|| Value::from(text)),
        None if text == "true" || text == "false" => Value::from(text == "true"),
        None => Value::from(text),
    }
}

/// `None` when the text is not of the type.
pub fn parse(kind: Type, text: &str) -> Option<Value> {
    let text = text.trim();
    match kind {
        Type::Integer => integer(text),
        Type::Number => number(text),
        Type::Numbers => text.split_whitespace().map(number).collect::<Option<Vec<_>>>().map(Value::from),
        Type::Boolean => match text {
            "true" | "1" => Some(Value::Bool(true)),
            "false" | "0" => Some(Value::Bool(false)),
            _ => None,
        },
    }
}

/// Years come with a time zone now and then (`1985+01:00`), counts as `3.0`.
fn integer(text: &str) -> Option<Value> {
    let digits = text.strip_suffix(".0").unwrap_or(text);
    let digits = match digits.as_bytes() {
        [year @ .., b'+' | b'-', _, _, b':', _, _] if year.len() >= 4 => digits.get(..year.len())?,
        _ => digits.strip_suffix('Z').unwrap_or(digits),
    };
    digits.parse::<i64>().ok().map(Value::from)
}

fn number(text: &str) -> Option<Value> {
    let value = crate::numbers::number(text.as_bytes())?;
    Number::from_f64(value).map(Value::Number)
}

/// How many metres a unit of length has; `None` for other units.
pub fn metres(uom: &str) -> Option<f64> {
    let name = uom.rsplit([':', '#', '/']).next().unwrap_or(uom);
    Some(match name.to_ascii_lowercase().as_str() {
        "" | "m" | "metre" | "meter" | "metres" | "meters" | "9001" => 1.0,
        "cm" => 0.01,
        "mm" => 0.001,
        "km" => 1000.0,
        "ft" | "foot" | "feet" | "[ft_i]" | "9002" => 0.3048,
        "ftus" | "us-ft" | "[ft_us]" | "9003" => 1200.0 / 3937.0,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_typed_by_their_table() {
        let cases = [
            ("measuredHeight", "12.5", true, false, json!(12.5)),
            ("measuredHeight", "high", true, false, json!("high")),
            ("storeysAboveGround", "3", true, false, json!(3)),
            ("yearOfConstruction", "1985+01:00", true, false, json!(1985)),
            ("yearOfConstruction", "1985Z", true, false, json!(1985)),
            ("storeyHeightsAboveGround", "2.5 3", true, false, json!([2.5, 3.0])),
            ("function", "0001", true, false, json!("0001")),
            ("isMovable", "1", true, false, json!(true)),
            ("height", "5", false, false, json!("5")),
            ("area", "5", false, true, json!(5.0)),
        ];
        for (name, text, standard, measured, expected) in cases {
            assert_eq!(value(name, text, standard, measured), expected, "{name} {text}");
        }
    }

    #[test]
    fn lengths_become_metres() {
        for (uom, expected) in
            [("#m", Some(1.0)), ("urn:ogc:def:uom:UCUM::m", Some(1.0)), ("cm", Some(0.01)), ("kWh", None)]
        {
            assert_eq!(metres(uom), expected, "{uom}");
        }
    }
}
