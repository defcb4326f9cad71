//! A filter as CQL2 JSON.

use serde_json::{Value, json};

use super::{Expression, Kind, Literal, Shape};

/// JSON that `parse_json` reads as an equal tree.
pub fn to_json(expression: &Expression) -> Value {
    match &expression.kind {
        Kind::Literal(literal) => literal_json(literal),
        Kind::Property(name) => json!({ "property": name }),
        Kind::Call(operator, operands) => json!({ "op": operator.json(), "args": all(operands) }),
        Kind::Function(name, arguments) => json!({ "op": name, "args": all(arguments) }),
        Kind::List(items) => all(items),
        Kind::Interval(ends) => json!({ "interval": [end(&ends[0]), end(&ends[1])] }),
    }
}

fn all(expressions: &[Expression]) -> Value {
    expressions.iter().map(to_json).collect()
}

fn end(end: &Expression) -> Value {
    match &end.kind {
        Kind::Literal(Literal::Instant(instant)) => instant.to_string().into(),
        _ => to_json(end),
    }
}

fn literal_json(literal: &Literal) -> Value {
    match literal {
        Literal::Boolean(value) => (*value).into(),
        Literal::Number(number) => number_json(*number),
        Literal::Text(text) => text.as_str().into(),
        Literal::Instant(instant) if instant.is_day() => json!({ "date": instant.to_string() }),
        Literal::Instant(instant) => json!({ "timestamp": instant.to_string() }),
        Literal::Open => "..".into(),
        Literal::Shape(shape) => shape_json(shape),
    }
}

/// Whole numbers without a decimal point.
fn number_json(number: f64) -> Value {
    const MOST_EXACT: f64 = 9_007_199_254_740_992.0;
    match number.fract() == 0.0 && number.abs() < MOST_EXACT {
        true => (number as i64).into(),
        false => number.into(),
    }
}

fn shape_json(shape: &Shape) -> Value {
    let (kind, coordinates) = match shape {
        Shape::Point(point) => ("Point", json!(point)),
        Shape::High { place: [x, y], height_m } => ("Point", json!([x, y, height_m])),
        Shape::LineString(points) => ("LineString", json!(points)),
        Shape::Polygon(rings) => ("Polygon", json!(rings)),
        Shape::MultiPoint(points) => ("MultiPoint", json!(points)),
        Shape::MultiLineString(lines) => ("MultiLineString", json!(lines)),
        Shape::MultiPolygon(polygons) | Shape::Prism { plan: polygons, .. } => {
            ("MultiPolygon", json!(polygons))
        }
        Shape::Collection(members) => {
            let members: Value = members.iter().map(shape_json).collect();
            return json!({ "type": "GeometryCollection", "geometries": members });
        }
        Shape::Box { corners, heights: None } => return json!({ "bbox": corners }),
        Shape::Box { corners: [a, b, c, d], heights: Some([low, high]) } => {
            return json!({ "bbox": [a, b, low, c, d, high] });
        }
    };
    json!({ "type": kind, "coordinates": coordinates })
}
