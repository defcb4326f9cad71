//! A named set of features of one kind of data.

use super::Lod;

#[derive(Debug, Clone, PartialEq)]
pub struct Collection {
    /// Internal number: the partition key.
    pub key: i32,
    /// In URLs: `[a-z0-9_-]+`.
    pub id: String,
    pub title: String,
    pub description: String,
    /// The revision that readers see; 0 before the first import.
    pub head: i64,
    /// Top-level features at `head`.
    pub feature_count: i64,
    /// CRS84 `[west, south, east, north]` [°], rounded outwards; `None` when empty.
    pub extent: Option<[f64; 4]>,
    /// `[min, max]` height of the storage CRS's vertical system [m].
    pub height_range: Option<[f64; 2]>,
    /// RFC 3339 times: the first begin and the last end in the real world of features; `None` is open or not known.
    pub valid_range: [Option<String>; 2],
    /// LoDs at hand with the number of geometries.
    pub lods: Vec<(Lod, i64)>,
    /// Class name → number of objects (children included).
    pub classes: Vec<(String, i64)>,
    /// What attributes top-level features have.
    pub properties: Vec<PropertySummary>,
    /// RFC 3339 time of the last publication.
    pub updated: Option<String>,
    /// Whether any feature has faces, so that 3D Tiles exist.
    pub has_faces: bool,
    /// Whether any feature has no footprint, as far as the newest revision goes.
    pub has_unplaced: bool,
    /// Whether any of its objects has further names, predecessors or successors.
    pub has_lineage: bool,
    /// Internal number of the terrain that it was compared with last.
    pub ground_terrain: Option<i32>,
    /// Id of the terrain that tiles set plants, furniture and things of LoD0 or LoD1 on.
    pub clamp_terrain: Option<String>,
    /// Grows with each comparison.
    pub ground_run: i64,
}

/// One attribute of a collection's top-level features.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PropertySummary {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: PropertyType,
    /// How many features have it.
    pub count: i64,
}

/// The narrowest type that fits every value seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PropertyType {
    Boolean,
    Integer,
    Number,
    /// Strings that are all days, as `2020-01-31`.
    Date,
    /// Strings that are all points in time or days, as `2020-01-31T12:00:00Z`.
    #[serde(rename = "date-time")]
    DateTime,
    String,
    /// Arrays and nested objects.
    Json,
}

impl PropertyType {
    pub fn of(value: &serde_json::Value) -> Option<PropertyType> {
        use serde_json::Value;
        Some(match value {
            Value::Null => return None,
            Value::Bool(_) => PropertyType::Boolean,
            Value::Number(number) if number.is_f64() => PropertyType::Number,
            Value::Number(_) => PropertyType::Integer,
            Value::String(text) => PropertyType::of_text(text),
            Value::Array(_) | Value::Object(_) => PropertyType::Json,
        })
    }

    /// By its form alone; the hours and minutes of a time are not looked at.
    fn of_text(text: &str) -> PropertyType {
        let is_digit = |index: &usize| text.as_bytes().get(*index).is_some_and(u8::is_ascii_digit);
        let is_day = matches!(text.as_bytes(), [_, _, _, _, b'-', _, _, b'-', _, _, ..])
            && [0, 1, 2, 3, 5, 6, 8, 9].iter().all(is_digit);
        match text.as_bytes().get(10) {
            None if is_day => PropertyType::Date,
            Some(b'T') if is_day && (11..13).all(|index| is_digit(&index)) => PropertyType::DateTime,
            _ => PropertyType::String,
        }
    }

    /// The narrowest type that holds both.
    pub fn merge(self, other: PropertyType) -> PropertyType {
        use PropertyType::*;
        match (self, other) {
            (a, b) if a == b => a,
            (Integer, Number) | (Number, Integer) => Number,
            (Date, DateTime) | (DateTime, Date) => DateTime,
            (Json, _) | (_, Json) => Json,
            _ => String,
        }
    }
}
