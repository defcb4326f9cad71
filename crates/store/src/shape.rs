//! Geometries of filters as EWKB.

use stadtwin_query::Shape;

const HAS_SRID: u32 = 0x2000_0000;

/// PostGIS's binary form; a box as a polygon, or two across the antimeridian.
pub(super) fn ewkb(shape: &Shape, srid: u32) -> Vec<u8> {
    let mut out = Vec::new();
    push(&mut out, shape, Some(srid));
    out
}

fn push(out: &mut Vec<u8>, shape: &Shape, srid: Option<u32>) {
    let code = match shape {
        Shape::Point(_) => 1,
        Shape::LineString(_) => 2,
        Shape::Polygon(_) => 3,
        Shape::MultiPoint(_) => 4,
        Shape::MultiLineString(_) => 5,
        Shape::MultiPolygon(_) => 6,
        Shape::Collection(_) => 7,
        Shape::Box { .. } => return push(out, &polygons(shape), srid),
    };
    out.push(1);
    out.extend_from_slice(&(code | srid.map_or(0, |_| HAS_SRID)).to_le_bytes());
    if let Some(srid) = srid {
        out.extend_from_slice(&srid.to_le_bytes());
    }
    match shape {
        Shape::Point(point) => push_point(out, point),
        Shape::LineString(points) => push_points(out, points),
        Shape::Polygon(rings) => push_list(out, rings, |out, ring| push_points(out, ring)),
        Shape::MultiPoint(points) => {
            push_list(out, points, |out, point| push(out, &Shape::Point(*point), None))
        }
        Shape::MultiLineString(lines) => {
            push_list(out, lines, |out, line| push(out, &Shape::LineString(line.clone()), None));
        }
        Shape::MultiPolygon(all) => {
            push_list(out, all, |out, rings| push(out, &Shape::Polygon(rings.clone()), None));
        }
        Shape::Collection(members) => push_list(out, members, |out, member| push(out, member, None)),
        Shape::Box { .. } => {}
    }
}

fn polygons(shape: &Shape) -> Shape {
    let Shape::Box { corners: [west, south, east, north], .. } = *shape else { return shape.clone() };
    let ring = |west: f64, east: f64| {
        vec![vec![[west, south], [east, south], [east, north], [west, north], [west, south]]]
    };
    match west > east {
        true => Shape::MultiPolygon(vec![ring(west, 180.0), ring(-180.0, east)]),
        false => Shape::Polygon(ring(west, east)),
    }
}

fn push_list<T>(out: &mut Vec<u8>, items: &[T], push_item: impl Fn(&mut Vec<u8>, &T)) {
    out.extend_from_slice(&(items.len() as u32).to_le_bytes());
    items.iter().for_each(|item| push_item(out, item));
}

fn push_points(out: &mut Vec<u8>, points: &[[f64; 2]]) {
    push_list(out, points, push_point);
}

fn push_point(out: &mut Vec<u8>, point: &[f64; 2]) {
    point.iter().for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
}
