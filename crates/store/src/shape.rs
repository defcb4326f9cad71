//! Geometries of filters as EWKB.

use stadtwin_query::Shape;

const HAS_Z: u32 = 0x8000_0000;
const HAS_SRID: u32 = 0x2000_0000;

/// PostGIS's binary form, flat but for points with heights; a box as a polygon, or two across the antimeridian, a prism as
/// its plan.
pub(super) fn ewkb(shape: &Shape, srid: u32) -> Vec<u8> {
    let mut out = Vec::new();
    push(&mut out, shape, Some(srid));
    out
}

/// The faces of a prism as a polyhedral surface: floor, ceiling and a side for each edge of each exterior ring.
pub(super) fn hull(plan: &[Vec<Vec<[f64; 2]>>], [low, high]: [f64; 2], srid: u32) -> Vec<u8> {
    let mut faces: Vec<Vec<[f64; 3]>> = Vec::new();
    for ring in plan.iter().filter_map(|rings| rings.first()) {
        let at = |height: f64| ring.iter().map(move |[x, y]| [*x, *y, height]);
        faces.push(at(low).rev().collect());
        faces.push(at(high).collect());
        faces.extend(ring.windows(2).map(|edge| {
            let [[x1, y1], [x2, y2]] = [edge[0], edge[1]];
            vec![[x1, y1, low], [x2, y2, low], [x2, y2, high], [x1, y1, high], [x1, y1, low]]
        }));
    }
    let mut out = vec![1];
    out.extend_from_slice(&(15 | HAS_Z | HAS_SRID).to_le_bytes());
    out.extend_from_slice(&srid.to_le_bytes());
    push_list(&mut out, &faces, |out, face| {
        out.push(1);
        out.extend_from_slice(&(3 | HAS_Z).to_le_bytes());
        push_list(out, std::slice::from_ref(face), |out, ring| {
            push_list(out, ring, |out, point| {
                point.iter().for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
            });
        });
    });
    out
}

fn push(out: &mut Vec<u8>, shape: &Shape, srid: Option<u32>) {
    let code = match shape {
        Shape::Point(_) => 1,
        Shape::High { .. } => HAS_Z | 1,
        Shape::LineString(_) => 2,
        Shape::Polygon(_) => 3,
        Shape::MultiPoint(_) => 4,
        Shape::MultiLineString(_) => 5,
        Shape::MultiPolygon(_) | Shape::Prism { .. } => 6,
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
        Shape::High { place: [x, y], height_m } => {
            [x, y, height_m].into_iter().for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
        }
        Shape::LineString(points) => push_points(out, points),
        Shape::Polygon(rings) => push_list(out, rings, |out, ring| push_points(out, ring)),
        Shape::MultiPoint(points) => {
            push_list(out, points, |out, point| push(out, &Shape::Point(*point), None))
        }
        Shape::MultiLineString(lines) => {
            push_list(out, lines, |out, line| push(out, &Shape::LineString(line.clone()), None));
        }
        Shape::MultiPolygon(all) | Shape::Prism { plan: all, .. } => {
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
