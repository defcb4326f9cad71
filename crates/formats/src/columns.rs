//! Features as rows of a table whose columns have types.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde_json::Value;

use super::geojson;
use stadtwin_model::Feature;

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    Boolean,
    Integer,
    Number,
    Date,
    Time,
    Text,
    /// Arrays and objects, as JSON.
    Json,
}

/// A column after the first, which is the `id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// As in GeoJSON.
    pub name: String,
    pub kind: ColumnKind,
}

/// A value as its column takes it.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Null,
    Boolean(bool),
    Integer(i64),
    Number(f64),
    Date(Date),
    Time(Timestamp),
    Text(String),
}

/// A row without its id, and how many values are of another type than their column: they are null.
pub fn cells(feature: &Feature, columns: &[Column]) -> (Vec<Cell>, u64) {
    let properties: HashMap<String, Value> = geojson::properties(feature).into_iter().collect();
    let mut misfits = 0;
    let cells = columns.iter().map(|column| {
        let value = properties.get(&column.name).filter(|value| !value.is_null());
        let found = value.map(|value| cell(value, column.kind));
        misfits += u64::from(found == Some(None));
        found.flatten().unwrap_or(Cell::Null)
    });
    (cells.collect(), misfits)
}

fn cell(value: &Value, kind: ColumnKind) -> Option<Cell> {
    Some(match (value, kind) {
        (Value::Bool(value), ColumnKind::Boolean) => Cell::Boolean(*value),
        (Value::Number(number), ColumnKind::Integer) => Cell::Integer(number.as_i64()?),
        (Value::Number(number), ColumnKind::Number) => Cell::Number(number.as_f64()?),
        (Value::String(text), ColumnKind::Date) => {
            Cell::Date(text.parse().ok().filter(|_| text.len() == 10)?)
        }
        (Value::String(text), ColumnKind::Time) => Cell::Time(time(text)?),
        (Value::String(text), ColumnKind::Text) => Cell::Text(text.clone()),
        (value, ColumnKind::Text | ColumnKind::Json) => Cell::Text(value.to_string()),
        _ => return None,
    })
}

/// Days begin at midnight, and times of no zone are taken as UTC.
fn time(text: &str) -> Option<Timestamp> {
    let utc = |time: DateTime| Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp());
    text.parse().ok().or_else(|| utc(text.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_fit_their_columns_or_are_null() {
        let time = |text: &str| Some(Cell::Time(text.parse().unwrap()));
        let cases = [
            (json!(true), ColumnKind::Boolean, Some(Cell::Boolean(true))),
            (json!(3), ColumnKind::Integer, Some(Cell::Integer(3))),
            (json!(3), ColumnKind::Number, Some(Cell::Number(3.0))),
            (json!("3"), ColumnKind::Number, None),
            (json!(3.5), ColumnKind::Integer, None),
            (json!("2020-01-31"), ColumnKind::Date, Some(Cell::Date("2020-01-31".parse().unwrap()))),
            (json!("2020-02-31"), ColumnKind::Date, None),
            (json!("2020-01-31T12:00:00+01:00"), ColumnKind::Time, time("2020-01-31T11:00:00Z")),
            (json!("2020-01-31"), ColumnKind::Time, time("2020-01-31T00:00:00Z")),
            (json!(["2"]), ColumnKind::Json, Some(Cell::Text("[\"2\"]".to_owned()))),
            (json!("a"), ColumnKind::Text, Some(Cell::Text("a".to_owned()))),
            (json!(5), ColumnKind::Text, Some(Cell::Text("5".to_owned()))),
        ];
        for (value, kind, expected) in cases {
            assert_eq!(cell(&value, kind), expected, "{value} {kind:?}");
        }
    }
}
