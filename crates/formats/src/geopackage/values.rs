//! Attributes as columns.

use rusqlite::types::Value as Cell;
use serde_json::Value;

use stadtwin_model::{PropertySummary, PropertyType};

/// SQLite takes 2,000 columns.
const MOST_COLUMNS: usize = 1_500;

/// One attribute's column.
pub(super) struct Column {
    /// The attribute.
    pub name: String,
    /// The column: other letters where SQLite would take two for one.
    pub column: String,
    pub kind: PropertyType,
}

/// The most frequent attributes; names that differ only in capitals are told apart by a number.
pub(super) fn columns(properties: &[PropertySummary], taken: &[&str]) -> Vec<Column> {
    let mut properties: Vec<_> = properties.iter().collect();
    properties.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
    let mut used: std::collections::HashSet<_> = taken.iter().map(|name| name.to_lowercase()).collect();
    let mut columns = Vec::new();
    for property in properties.into_iter().take(MOST_COLUMNS) {
        let plain = property.name.replace(['"', '\0'], "_");
        let numbered = (2..).map(|number| format!("{plain}_{number}"));
        let mut names = std::iter::once(plain.clone()).chain(numbered);
        let Some(column) = names.find(|name| used.insert(name.to_lowercase())) else { continue };
        columns.push(Column { name: property.name.clone(), column, kind: property.kind });
    }
    columns
}

/// The column's type in GeoPackage's words.
pub(super) fn type_name(kind: PropertyType) -> &'static str {
    match kind {
        PropertyType::Boolean => "BOOLEAN",
        PropertyType::Integer => "INTEGER",
        PropertyType::Number => "DOUBLE",
        PropertyType::Date => "DATE",
        PropertyType::DateTime => "DATETIME",
        PropertyType::String | PropertyType::Json => "TEXT",
    }
}

/// A value as its column takes it; one of another type is null and `false`.
pub(super) fn cell(value: Option<&Value>, kind: PropertyType) -> (Cell, bool) {
    let found = match (value, kind) {
        (None | Some(Value::Null), _) => return (Cell::Null, true),
        (Some(Value::Bool(value)), PropertyType::Boolean) => Some(Cell::Integer(i64::from(*value))),
        (Some(Value::Number(number)), PropertyType::Integer) => number.as_i64().map(Cell::Integer),
        (Some(Value::Number(number)), PropertyType::Number) => number.as_f64().map(Cell::Real),
        (Some(Value::String(text)), PropertyType::Date) => day(text).map(Cell::Text),
        (Some(Value::String(text)), PropertyType::DateTime) => time(text).map(Cell::Text),
        (Some(Value::String(text)), PropertyType::String) => Some(Cell::Text(text.clone())),
        (Some(value), PropertyType::String | PropertyType::Json) => Some(Cell::Text(value.to_string())),
        _ => None,
    };
    match found {
        Some(cell) => (cell, true),
        None => (Cell::Null, false),
    }
}

fn day(text: &str) -> Option<String> {
    (text.len() == 10).then(|| text.parse::<jiff::civil::Date>().ok())?.map(|day| day.to_string())
}

/// UTC with milliseconds, the one form that the standard takes.
fn time(text: &str) -> Option<String> {
    let utc = jiff::tz::TimeZone::UTC;
    let local = || text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(utc.clone()).ok();
    let time = text.parse::<jiff::Timestamp>().ok().or_else(|| Some(local()?.timestamp()))?;
    Some(time.to_zoned(utc.clone()).strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_fit_their_columns() {
        let cases = [
            (json!(true), PropertyType::Boolean, Cell::Integer(1), true),
            (json!(3), PropertyType::Integer, Cell::Integer(3), true),
            (json!(3), PropertyType::Number, Cell::Real(3.0), true),
            (json!("3"), PropertyType::Number, Cell::Null, false),
            (json!("2020-01-31"), PropertyType::Date, Cell::Text("2020-01-31".into()), true),
            (json!("2020-02-31"), PropertyType::Date, Cell::Null, false),
            (
                json!("2020-01-31T12:00:00+01:00"),
                PropertyType::DateTime,
                Cell::Text("2020-01-31T11:00:00.000Z".into()),
                true,
            ),
            (
                json!("2020-01-31"),
                PropertyType::DateTime,
                Cell::Text("2020-01-31T00:00:00.000Z".into()),
                true,
            ),
            (json!([1]), PropertyType::Json, Cell::Text("[1]".into()), true),
            (json!(5), PropertyType::String, Cell::Text("5".into()), true),
            (Value::Null, PropertyType::String, Cell::Null, true),
        ];
        for (value, kind, expected, fits) in cases {
            assert_eq!(cell(Some(&value), kind), (expected, fits), "{value}");
        }
    }

    #[test]
    fn columns_have_names_of_their_own() {
        let property =
            |name: &str, count| PropertySummary { name: name.into(), kind: PropertyType::String, count };
        let all = [property("name", 1), property("Name", 2), property("fid", 1), property("a\"b", 3)];
        let columns = columns(&all, &["fid", "geom"]);
        let names: Vec<_> = columns.iter().map(|column| column.column.as_str()).collect();
        assert_eq!(names, ["a_b", "Name", "fid_2", "name_2"]);
    }
}
