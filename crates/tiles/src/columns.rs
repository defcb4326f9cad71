//! The two property tables of a tile: its buildings and their surfaces.

use std::collections::HashSet;

use serde_json::Value;

use super::encode::TileObject;
use super::materials::SURFACE_TYPES;
use super::mesh::SurfaceRow;
use stadtwin_formats::glb::{Column, Enumeration, PropertyTable, Values};
use stadtwin_model::{PropertySummary, PropertyType};

/// Every cell becomes an object in the browser: the rarest attributes stay out.
const MAX_ATTRIBUTES: usize = 40;
/// Slopes below this are flat and look nowhere [°].
const FLAT_DEG: f64 = 1.0;

const SURFACE_TYPE: &str = "SurfaceType";

/// Enumerations that the tables name.
pub(super) fn enumerations() -> Vec<Enumeration> {
    vec![Enumeration { id: SURFACE_TYPE, values: SURFACE_TYPES.clone() }]
}

/// One row an object: `id`, `class`, `height`, then the collection's attributes, the most frequent first.
pub(super) fn building_table(objects: &[TileObject], summaries: &[PropertySummary]) -> PropertyTable {
    let text = |value: &str| Some(value.to_string()).filter(|value| !value.is_empty());
    let ids = objects.iter().map(|object| Some(text(&object.object.id).unwrap_or_else(|| "?".into())));
    let classes = objects.iter().map(|object| text(object.object.class.name()));
    let heights = objects.iter().map(|object| (object.heights_m[1] - object.heights_m[0]) as f32);
    let heights = heights.map(|height| if height.is_finite() { height } else { 0.0 });
    let mut columns = vec![
        column("id", None, Values::Strings(ids.collect())),
        column("class", None, Values::Strings(classes.collect())),
        column("height", Some("highest minus lowest point [m]"), Values::Float32(heights.collect())),
    ];
    let mut taken: HashSet<String> = columns.iter().map(|column| column.id.clone()).collect();
    let mut wanted: Vec<&PropertySummary> = summaries.iter().filter(|summary| is_shown(summary)).collect();
    wanted.sort_by_key(|summary| std::cmp::Reverse(summary.count));
    for summary in wanted.into_iter().take(MAX_ATTRIBUTES) {
        let cells: Vec<Option<&Value>> = objects
            .iter()
            .map(|object| object.object.attributes.get(&summary.name).filter(|v| !v.is_null()))
            .collect();
        // The name is taken even where the tile has no value, so that it is the same in all tiles.
        let id = unique(sanitised(&summary.name), &mut taken);
        if let Some(values) = values(summary.kind, &cells) {
            columns.push(Column { id, name: Some(summary.name.clone()), description: None, values });
        }
    }
    PropertyTable { id: "building", row_count: objects.len(), columns }
}

/// One row a boundary surface.
pub(super) fn surface_table(rows: &[SurfaceRow]) -> PropertyTable {
    let facing: Vec<[f32; 2]> = rows.iter().map(|row| slope_azimuth_deg(row.normal_sum)).collect();
    let ids: Vec<Option<String>> =
        rows.iter().map(|row| Some(row.id.clone()).filter(|id| !id.is_empty())).collect();
    let mut columns = Vec::new();
    if ids.iter().any(Option::is_some) {
        columns.push(column("id", None, Values::Strings(ids)));
    }
    columns.extend([
        column("type", None, Values::Enum(SURFACE_TYPE, rows.iter().map(|row| row.kind).collect())),
        column("area", Some("[m²]"), Values::Float32(rows.iter().map(|row| row.area_m2 as f32).collect())),
        column(
            "slope",
            Some("0 = flat, 90 = upright [°]"),
            Values::Float32(facing.iter().map(|f| f[0]).collect()),
        ),
        column(
            "azimuth",
            Some("clockwise from grid north, -1 where flat [°]"),
            Values::Float32(facing.iter().map(|f| f[1]).collect()),
        ),
        column(
            "building",
            Some("row of the table building"),
            Values::UInt32(rows.iter().map(|row| row.building).collect()),
        ),
    ]);
    PropertyTable { id: "surface", row_count: rows.len(), columns }
}

fn column(id: &str, description: Option<&'static str>, values: Values) -> Column {
    Column { id: id.into(), name: None, description, values }
}

fn slope_azimuth_deg(normal: [f64; 3]) -> [f32; 2] {
    let level = normal[0].hypot(normal[1]);
    let slope = level.atan2(normal[2].abs()).to_degrees();
    if !slope.is_finite() || slope < FLAT_DEG {
        return [slope.max(0.0) as f32, -1.0];
    }
    let azimuth = normal[0].atan2(normal[1]).to_degrees().rem_euclid(360.0) as f32;
    [slope as f32, if azimuth >= 360.0 { 0.0 } else { azimuth }]
}

/// Nested values have no column, but for the address as one line.
fn is_shown(summary: &PropertySummary) -> bool {
    summary.kind != PropertyType::Json || summary.name == "address"
}

/// `None` when no row has a value: an optional column may be left out.
fn values(kind: PropertyType, cells: &[Option<&Value>]) -> Option<Values> {
    let values = match kind {
        PropertyType::Integer => integers(cells),
        PropertyType::Number => Values::Float64(cells.iter().map(|cell| cell.and_then(number)).collect()),
        _ => Values::Strings(cells.iter().map(|cell| cell.and_then(text)).collect()),
    };
    let filled = match &values {
        Values::Int32(values) => values.iter().any(Option::is_some),
        Values::Float64(values) => values.iter().any(Option::is_some),
        Values::Strings(values) => values.iter().any(Option::is_some),
        _ => true,
    };
    filled.then_some(values)
}

/// As doubles where a value does not fit.
fn integers(cells: &[Option<&Value>]) -> Values {
    let fits = |cell: &&Value| {
        cell.as_i64().is_some_and(|value| value > i64::from(i32::MIN) && value <= i64::from(i32::MAX))
    };
    match cells.iter().flatten().all(fits) {
        true => Values::Int32(
            cells.iter().map(|cell| cell.and_then(Value::as_i64).map(|value| value as i32)).collect(),
        ),
        false => Values::Float64(cells.iter().map(|cell| cell.and_then(number)).collect()),
    }
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().filter(|value| value.is_finite())
}

fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.first().and_then(address)?,
        Value::Object(_) => address(value)?,
        Value::Null => return None,
        plain => plain.to_string(),
    };
    Some(text).filter(|text| !text.is_empty())
}

/// "Street 1, 80331 Town".
fn address(value: &Value) -> Option<String> {
    let part = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or("");
    if !part("text").is_empty() {
        return Some(part("text").to_string());
    }
    let join =
        |a: &str, b: &str| [a, b].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ");
    let lines = [join(part("street"), part("number")), join(part("postalCode"), part("locality"))];
    let line =
        lines.iter().filter(|line| !line.is_empty()).map(String::as_str).collect::<Vec<_>>().join(", ");
    Some(line).filter(|line| !line.is_empty())
}

/// `[A-Za-z_][A-Za-z0-9_]*`: umlauts are spelt out, the rest becomes `_`.
fn sanitised(name: &str) -> String {
    let mut id = String::with_capacity(name.len() + 1);
    for letter in name.chars() {
        match letter {
            'ä' => id.push_str("ae"),
            'ö' => id.push_str("oe"),
            'ü' => id.push_str("ue"),
            'Ä' => id.push_str("Ae"),
            'Ö' => id.push_str("Oe"),
            'Ü' => id.push_str("Ue"),
            'ß' => id.push_str("ss"),
            letter if letter.is_ascii_alphanumeric() || letter == '_' => id.push(letter),
            _ => id.push('_'),
        }
    }
    if id.starts_with(|first: char| first.is_ascii_digit()) || id.is_empty() {
        id.insert(0, '_');
    }
    id
}

fn unique(id: String, taken: &mut HashSet<String>) -> String {
    let numbered = (2..).map(|number| format!("{id}_{number}"));
    let free = std::iter::once(id.clone()).chain(numbered).find(|id| !taken.contains(id)).unwrap_or_default();
    taken.insert(free.clone());
    free
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_become_ids() {
        let mut taken = HashSet::from(["class".to_string()]);
        for (name, expected) in [
            ("function", "function"),
            ("Gemeindeschlüssel", "Gemeindeschluessel"),
            ("31001_1000", "_31001_1000"),
            ("a b", "a_b"),
            ("a-b", "a_b_2"),
            ("class", "class_2"),
            ("", "_"),
        ] {
            assert_eq!(unique(sanitised(name), &mut taken), expected, "{name}");
        }
    }

    #[test]
    fn surfaces_face_where_they_look() {
        for (normal, expected) in [
            ([0.0, 0.0, 5.0], [0.0, -1.0]),
            ([0.0, 0.0, -5.0], [0.0, -1.0]),
            ([0.0, 1.0, 1.0], [45.0, 0.0]),
            ([1.0, 0.0, 0.0], [90.0, 90.0]),
            ([0.0, -2.0, 2.0], [45.0, 180.0]),
            ([-3.0, 0.0, 3.0], [45.0, 270.0]),
        ] {
            let found = slope_azimuth_deg(normal);
            assert!((0..2).all(|at| (found[at] - expected[at] as f32).abs() < 1e-3), "{normal:?} {found:?}");
        }
    }

    #[test]
    fn values_take_the_type_of_the_collection() {
        let cells =
            [json!(3), json!(5_000_000_000i64), json!([{"street": "Weg", "number": "1", "locality": "Ort"}])];
        let [small, large, place] = &cells;
        assert!(
            matches!(values(PropertyType::Integer, &[Some(small), None]), Some(Values::Int32(v)) if v == [Some(3), None])
        );
        assert!(
            matches!(values(PropertyType::Integer, &[Some(large)]), Some(Values::Float64(v)) if v == [Some(5e9)])
        );
        assert!(
            matches!(values(PropertyType::Json, &[Some(place)]), Some(Values::Strings(v)) if v[0].as_deref() == Some("Weg 1, Ort"))
        );
        assert!(values(PropertyType::Number, &[None, None]).is_none());
    }
}
