//! Outlines as ISO Well-Known Binary, little-endian.

use stadtwin_geometry::Polygon;
use stadtwin_model::Place;

const POINT: u32 = 1;
const LINE_STRING: u32 = 2;
pub(crate) const POLYGON: u32 = 3;
const MULTI_POINT: u32 = 4;
const MULTI_LINE_STRING: u32 = 5;
pub(crate) const MULTI_POLYGON: u32 = 6;

/// Appends polygons, else lines or points; false where there is nothing.
pub(crate) fn push_outline(out: &mut Vec<u8>, footprint: &[Polygon], place: &Place) -> bool {
    match place {
        _ if !footprint.is_empty() => {
            push_head(out, MULTI_POLYGON, footprint.len());
            for rings in footprint {
                push_head(out, POLYGON, rings.len());
                rings.iter().for_each(|ring| push_points(out, ring));
            }
        }
        Place::Lines(lines) => {
            push_head(out, MULTI_LINE_STRING, lines.len());
            for line in lines {
                push_type(out, LINE_STRING);
                push_points(out, line);
            }
        }
        Place::Points(points) => {
            push_head(out, MULTI_POINT, points.len());
            for point in points {
                push_type(out, POINT);
                point.iter().for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
            }
        }
        Place::Nothing => return false,
    }
    true
}

/// `[west, south, east, north]`; `None` where there is no point, or one that is no number.
pub(crate) fn bounds(footprint: &[Polygon], place: &Place) -> Option<[f64; 4]> {
    let runs = footprint.iter().flatten().map(Vec::as_slice).chain(place.runs());
    let none = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    let wider = |[w, s, e, n]: [f64; 4], [x, y]: &[f64; 2]| [w.min(*x), s.min(*y), e.max(*x), n.max(*y)];
    let bounds = runs.flatten().fold(none, wider);
    bounds.iter().all(|bound| bound.is_finite()).then_some(bounds)
}

fn push_type(out: &mut Vec<u8>, kind: u32) {
    out.push(1);
    out.extend_from_slice(&kind.to_le_bytes());
}

pub(crate) fn push_head(out: &mut Vec<u8>, kind: u32, count: usize) {
    push_type(out, kind);
    out.extend_from_slice(&(count as u32).to_le_bytes());
}

fn push_points(out: &mut Vec<u8>, points: &[[f64; 2]]) {
    out.extend_from_slice(&(points.len() as u32).to_le_bytes());
    points.iter().flatten().for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
}
