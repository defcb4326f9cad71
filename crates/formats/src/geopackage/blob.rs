//! Geometries as GeoPackage has them: a head with the box, then ISO WKB.

use crate::wkb::{self, MULTI_POLYGON, POLYGON, push_head};
use stadtwin_geometry::Polygon;
use stadtwin_model::{Geometry, Place};

/// Bytes, and `[min x, max x, min y, max y]`.
pub(super) type Blob = (Vec<u8>, [f64; 4]);

/// Added to the type of what has heights.
const Z: u32 = 1000;

/// Polygons, else lines or points; `None` where there is nothing.
pub(super) fn outline(footprint: &[Polygon], place: &Place, srs_id: u32) -> Option<Blob> {
    let [west, south, east, north] = wkb::bounds(footprint, place)?;
    let bounds = [west, east, south, north];
    let mut out = head(srs_id, bounds);
    wkb::push_outline(&mut out, footprint, place).then_some((out, bounds))
}

/// The faces of one surface as a MultiPolygon Z; `None` when it has none.
pub(super) fn faces(geometry: &Geometry, surface: u32, srs_id: u32) -> Option<Blob> {
    let faces: Vec<_> = geometry.faces.iter().filter(|face| face.surface == surface).collect();
    let points = faces.iter().flat_map(|face| geometry.face_rings(face)).flatten();
    let bounds = bounds(points.map(|point| [point[0], point[1]]))?;
    let mut out = head(srs_id, bounds);
    push_head(&mut out, MULTI_POLYGON + Z, faces.len());
    for face in faces {
        let rings: Vec<_> = geometry.face_rings(face).filter(|ring| !ring.is_empty()).collect();
        push_head(&mut out, POLYGON + Z, rings.len());
        for ring in rings {
            out.extend_from_slice(&(ring.len() as u32 + 1).to_le_bytes());
            // Rings are open in the model and closed here.
            let closed = ring.iter().chain(ring.first()).flatten();
            closed.for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
        }
    }
    Some((out, bounds))
}

/// `None` where there is no point, or one that is no number.
fn bounds(points: impl Iterator<Item = [f64; 2]>) -> Option<[f64; 4]> {
    let none = [f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY, f64::NEG_INFINITY];
    let bounds = points.fold(none, |[w, e, s, n], [x, y]| [w.min(x), e.max(x), s.min(y), n.max(y)]);
    bounds.iter().all(|bound| bound.is_finite()).then_some(bounds)
}

/// Version 1, little-endian, with the box in plan.
fn head(srs_id: u32, bounds: [f64; 4]) -> Vec<u8> {
    let mut out = vec![b'G', b'P', 0, 0b0000_0011];
    out.extend_from_slice(&srs_id.to_le_bytes());
    bounds.iter().for_each(|bound| out.extend_from_slice(&bound.to_le_bytes()));
    out
}
