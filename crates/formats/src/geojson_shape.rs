//! Geometries of GeoJSON (RFC 7946) as others send them: read, bounded, in the axis order that they came in.

use serde_json::Value;

/// Positions of one geometry at the most.
const MOST_POSITIONS: usize = 200_000;

/// What parts of a shape are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShapeKind {
    Points,
    Lines,
    Polygons,
}

/// A geometry of one kind.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    pub kind: ShapeKind,
    /// Polygons of rings, the exterior first, without the point that closes them; a line or a point is a part of one
    /// run. Axes as sent, the third 0 unless `has_heights`.
    pub parts: Vec<Vec<Vec<[f64; 3]>>>,
    /// Whether every position has a third number.
    pub has_heights: bool,
}

impl Shape {
    pub fn points(&self) -> impl Iterator<Item = &[f64; 3]> {
        self.parts.iter().flatten().flatten()
    }

    pub fn points_mut(&mut self) -> impl Iterator<Item = &mut [f64; 3]> {
        self.parts.iter_mut().flatten().flatten()
    }
}

/// Reads the member `geometry`; `None` for null. The error says what is wrong and where.
pub fn read_shape(geometry: &Value) -> Result<Option<Shape>, String> {
    if geometry.is_null() {
        return Ok(None);
    }
    let kind = geometry.get("type").and_then(Value::as_str);
    let kind = kind.ok_or("`geometry` must be null or an object with `type` and `coordinates`")?;
    let coordinates = geometry.get("coordinates").unwrap_or(&Value::Null);
    let mut reader = Reader::default();
    let at = "coordinates";
    let (kind, parts) = match kind {
        "Point" => (ShapeKind::Points, vec![vec![vec![reader.position(coordinates, at)?]]]),
        "MultiPoint" => {
            let points = each(coordinates, at, |point, at| reader.position(point, at))?;
            (ShapeKind::Points, points.into_iter().map(|point| vec![vec![point]]).collect())
        }
        "LineString" => (ShapeKind::Lines, vec![vec![reader.line(coordinates, at)?]]),
        "MultiLineString" => {
            let lines = each(coordinates, at, |line, at| reader.line(line, at))?;
            (ShapeKind::Lines, lines.into_iter().map(|line| vec![line]).collect())
        }
        "Polygon" => (ShapeKind::Polygons, vec![reader.polygon(coordinates, at)?]),
        "MultiPolygon" => {
            (ShapeKind::Polygons, each(coordinates, at, |polygon, at| reader.polygon(polygon, at))?)
        }
        other => {
            let other: String = other.chars().take(40).collect();
            return Err(format!(
                "`geometry.type` must be Point, MultiPoint, LineString, MultiLineString, Polygon or MultiPolygon, not `{other}`"
            ));
        }
    };
    if parts.is_empty() {
        return Err("`coordinates` is empty: send null for a feature without geometry".to_owned());
    }
    if reader.with_height != 0 && reader.with_height != reader.positions {
        return Err(
            "some positions have a third number and some have none: give all of them one, or none".into()
        );
    }
    Ok(Some(Shape { kind, parts, has_heights: reader.with_height > 0 }))
}

#[derive(Default)]
struct Reader {
    positions: usize,
    with_height: usize,
}

impl Reader {
    fn position(&mut self, value: &Value, at: &str) -> Result<[f64; 3], String> {
        let numbers: Option<Vec<f64>> = value
            .as_array()
            .filter(|list| list.len() <= 4)
            .and_then(|list| list.iter().map(Value::as_f64).collect());
        let point = match numbers.as_deref() {
            Some([x, y]) => [*x, *y, 0.0],
            Some([x, y, z, ..]) => {
                self.with_height += 1;
                [*x, *y, *z]
            }
            _ => return Err(format!("`{at}` must be a position of two or three numbers")),
        };
        self.positions += 1;
        if self.positions > MOST_POSITIONS {
            return Err(format!("the geometry has more than {MOST_POSITIONS} positions"));
        }
        Ok(point)
    }

    fn line(&mut self, value: &Value, at: &str) -> Result<Vec<[f64; 3]>, String> {
        let line = each(value, at, |point, at| self.position(point, at))?;
        if line.len() < 2 { Err(format!("`{at}` must be a line of two positions or more")) } else { Ok(line) }
    }

    fn polygon(&mut self, value: &Value, at: &str) -> Result<Vec<Vec<[f64; 3]>>, String> {
        let rings = each(value, at, |ring, at| self.ring(ring, at))?;
        if rings.is_empty() { Err(format!("`{at}` has no ring")) } else { Ok(rings) }
    }

    fn ring(&mut self, value: &Value, at: &str) -> Result<Vec<[f64; 3]>, String> {
        let mut ring = each(value, at, |point, at| self.position(point, at))?;
        if ring.len() < 4 {
            return Err(format!("`{at}` must be a ring of four positions or more, the last as the first"));
        }
        if ring.first() != ring.last() {
            return Err(format!("`{at}` is not closed: its last position must be its first"));
        }
        ring.pop();
        Ok(ring)
    }
}

fn each<T>(
    value: &Value,
    at: &str,
    mut read: impl FnMut(&Value, &str) -> Result<T, String>,
) -> Result<Vec<T>, String> {
    let list = value.as_array().ok_or_else(|| format!("`{at}` must be an array"))?;
    list.iter().enumerate().map(|(index, value)| read(value, &format!("{at}[{index}]"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn geometries_are_read_or_told_what_is_wrong() {
        let ring = json!([[0, 0], [1, 0], [1, 1], [0, 0]]);
        let polygon = read_shape(&json!({ "type": "Polygon", "coordinates": [ring] })).unwrap().unwrap();
        assert_eq!(polygon.parts, [[[[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [1.0, 1.0, 0.0]]]]);
        assert!(!polygon.has_heights);
        let point = read_shape(&json!({ "type": "Point", "coordinates": [1, 2, 3] })).unwrap().unwrap();
        assert_eq!((point.kind, point.has_heights), (ShapeKind::Points, true));
        assert_eq!(read_shape(&Value::Null).unwrap(), None);
        let open = json!([[0, 0], [1, 0], [1, 1], [0, 1]]);
        for (geometry, part) in [
            (json!({ "type": "Polygon", "coordinates": [open] }), "`coordinates[0]` is not closed"),
            (json!({ "type": "Polygon", "coordinates": [[[0, 0]]] }), "four positions"),
            (json!({ "type": "Polygon", "coordinates": [] }), "no ring"),
            (json!({ "type": "MultiPolygon", "coordinates": [] }), "is empty"),
            (json!({ "type": "MultiPoint", "coordinates": [[0, 0], [0, 0, 1]] }), "third number"),
            (json!({ "type": "MultiPoint", "coordinates": [[0, 0], ["a", 1]] }), "`coordinates[1]`"),
            (json!({ "type": "GeometryCollection", "geometries": [] }), "GeometryCollection"),
            (json!({ "type": "LineString", "coordinates": [[0, 0]] }), "two positions"),
            (json!({ "coordinates": [0, 0] }), "`type`"),
            (json!("POINT (0 0)"), "`type`"),
        ] {
            let error = read_shape(&geometry).unwrap_err();
            assert!(error.contains(part), "{geometry}: {error}");
        }
    }
}
