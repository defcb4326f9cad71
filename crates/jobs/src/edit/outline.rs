//! Outlines of GeoJSON: into the storage CRS, compared with the one at hand, and as a geometry of LoD0.

use stadtwin_crs::{CRS84, CrsError, HeightModel, Transformer, check_area};
use stadtwin_formats::{Shape, ShapeKind};
use stadtwin_model::{CityObject, Crs, Feature, Geometry, GeometryKind, Lod, NO_SURFACE, Place, VerticalCrs};

/// Seven decimals of a degree are a centimetre: points nearer than this are the same [m].
const SAME_M: f64 = 0.02;

/// Brings shapes of one edit into the storage CRS, each CRS with one transformer. Lives in one thread.
pub(crate) struct Placer<'a> {
    storage: &'a Crs,
    heights: &'a HeightModel,
    transformers: Vec<(Crs, Transformer)>,
}

impl Placer<'_> {
    pub fn new<'a>(storage: &'a Crs, heights: &'a HeightModel) -> Placer<'a> {
        Placer { storage, heights, transformers: Vec::new() }
    }

    /// Third numbers in CRS84 (RFC 7946) and in systems with ellipsoidal heights are metres above the ellipsoid, in all
    /// other systems metres in the storage's height system. Blocks.
    pub fn place(&mut self, shape: &mut Shape, crs: Option<Crs>) -> Result<(), String> {
        let crs = crs.unwrap_or(CRS84);
        let mut flat: Vec<[f64; 2]> =
            shape.points().map(|[x, y, _]| if crs.north_first { [*y, *x] } else { [*x, *y] }).collect();
        if flat.iter().flatten().any(|number| !number.is_finite()) {
            return Err("a coordinate is no number".into());
        }
        if stadtwin_crs::is_geographic(&crs)
            && flat.iter().any(|[longitude, latitude]| longitude.abs() > 180.0 || latitude.abs() > 90.0)
        {
            return Err(
                "a longitude lies beyond ±180°, or a latitude beyond ±90°: GeoJSON has longitude first"
                    .into(),
            );
        }
        let is_ellipsoidal = crs == CRS84 || crs.vertical == VerticalCrs::Ellipsoidal;
        if shape.has_heights && is_ellipsoidal && self.storage.vertical != VerticalCrs::Ellipsoidal {
            for (point, [longitude, latitude]) in shape.points_mut().zip(&flat) {
                point[2] -= self.heights.undulation_m(*longitude, *latitude).ok_or(NO_HEIGHTS)?;
            }
        }
        let converted = self.transformer(crs).and_then(|transformer| transformer.convert_2d(&mut flat));
        converted.map_err(|error| error.to_string())?;
        for (point, [east, north]) in shape.points_mut().zip(flat) {
            check_area(self.storage, [east, north, point[2]]).map_err(|error| error.to_string())?;
            [point[0], point[1]] = [east, north];
        }
        Ok(())
    }

    fn transformer(&mut self, crs: Crs) -> Result<&Transformer, CrsError> {
        let known = self.transformers.iter().position(|(known, _)| *known == crs);
        let at = match known {
            Some(at) => at,
            None => {
                self.transformers.push((crs, Transformer::new(&crs, self.storage)?));
                self.transformers.len() - 1
            }
        };
        Ok(&self.transformers[at].1)
    }
}

const NO_HEIGHTS: &str = "no height model covers the place: send positions of two numbers, or heights in the storage CRS (`Content-Crs`)";

/// Whether the shape (storage CRS) is the outline that the feature shows already.
pub(crate) fn is_outline_of(shape: Option<&Shape>, feature: &Feature) -> bool {
    let open = |ring: &Vec<[f64; 2]>| match (ring.first(), ring.last()) {
        (Some(first), Some(last)) if first == last && ring.len() > 1 => ring[..ring.len() - 1].to_vec(),
        _ => ring.clone(),
    };
    let (kind, parts): (_, Vec<Vec<Vec<[f64; 2]>>>) = match &feature.place {
        _ if !feature.footprint.is_empty() => {
            let polygons = feature.footprint.iter().map(|polygon| polygon.iter().map(open).collect());
            (ShapeKind::Polygons, polygons.collect())
        }
        Place::Lines(lines) => (ShapeKind::Lines, lines.iter().map(|line| vec![line.clone()]).collect()),
        Place::Points(points) => (ShapeKind::Points, points.iter().map(|point| vec![vec![*point]]).collect()),
        Place::Nothing => return shape.is_none(),
    };
    let Some(shape) = shape.filter(|shape| shape.kind == kind && shape.parts.len() == parts.len()) else {
        return false;
    };
    shape.parts.iter().zip(&parts).all(|(given, kept)| {
        given.len() == kept.len()
            && given.iter().zip(kept).all(|(given, kept)| is_same_run(given, kept, kind))
    })
}

/// Rings may begin anywhere and go either way.
fn is_same_run(given: &[[f64; 3]], kept: &[[f64; 2]], kind: ShapeKind) -> bool {
    let count = kept.len();
    if given.len() != count || count == 0 {
        return given.len() == count;
    }
    let is_near = |a: &[f64; 3], b: &[f64; 2]| (a[0] - b[0]).abs() <= SAME_M && (a[1] - b[1]).abs() <= SAME_M;
    let runs = |start: usize, back: bool| {
        given.iter().enumerate().all(|(step, point)| {
            let at = if back { (start + count - step) % count } else { (start + step) % count };
            kept.get(at).is_some_and(|other| is_near(point, other))
        })
    };
    if kind != ShapeKind::Polygons {
        return runs(0, false);
    }
    let starts =
        || (0..count).filter(|at| given.first().zip(kept.get(*at)).is_some_and(|(a, b)| is_near(a, b)));
    starts().take(8).any(|start| runs(start, false) || runs(start, true))
}

/// The shape as the only geometry: LoD0, at the heights it has.
pub(crate) fn geometry(shape: &Shape, class: &str) -> Geometry {
    let kind = match shape.kind {
        ShapeKind::Polygons => GeometryKind::MultiSurface,
        ShapeKind::Lines => GeometryKind::MultiCurve,
        ShapeKind::Points => GeometryKind::MultiPoint,
    };
    let mut geometry = Geometry::new(Lod::whole(0), kind);
    for part in &shape.parts {
        match shape.kind {
            ShapeKind::Polygons => {
                let rings: Vec<Vec<[f64; 3]>> =
                    part.iter().enumerate().map(|(index, ring)| turned(ring, index == 0)).collect();
                geometry.push_face(rings.iter().map(Vec::as_slice), NO_SURFACE);
            }
            _ => part.iter().for_each(|run| geometry.push_ring(run)),
        }
    }
    if shape.kind == ShapeKind::Polygons && class == "Building" {
        geometry.role = "lod0FootPrint".into();
    }
    geometry
}

/// Exteriors counter-clockwise, holes clockwise.
fn turned(ring: &[[f64; 3]], counter_clockwise: bool) -> Vec<[f64; 3]> {
    let mut ring = ring.to_vec();
    let next = |at: usize| (at + 1) % ring.len().max(1);
    let area: f64 =
        (0..ring.len()).map(|at| ring[at][0] * ring[next(at)][1] - ring[next(at)][0] * ring[at][1]).sum();
    if (area > 0.0) != counter_clockwise {
        ring.reverse();
    }
    ring
}

/// Whether an outline says all of the object's shape: it has no parts with a shape, and nothing above LoD0.
pub(crate) fn is_flat(object: &CityObject) -> bool {
    let is_empty = |part: &&CityObject| part.geometries.is_empty() && part.implicit_geometries.is_empty();
    object.implicit_geometries.is_empty()
        && object.geometries.iter().all(|geometry| geometry.lod.0 < 10)
        && object.walk().iter().skip(1).all(is_empty)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: [[f64; 2]; 4] = [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]];

    fn raised(points: &[[f64; 2]]) -> Vec<[f64; 3]> {
        points.iter().map(|[x, y]| [*x, *y, 0.0]).collect()
    }

    #[test]
    fn rings_are_the_same_wherever_they_begin() {
        let mut ring = raised(&SQUARE);
        for _ in 0..4 {
            ring.rotate_left(1);
            assert!(is_same_run(&ring, &SQUARE, ShapeKind::Polygons));
        }
        ring.reverse();
        assert!(is_same_run(&ring, &SQUARE, ShapeKind::Polygons));
        ring[0][0] += 0.01;
        assert!(is_same_run(&ring, &SQUARE, ShapeKind::Polygons));
        ring[0][0] += 0.05;
        assert!(!is_same_run(&ring, &SQUARE, ShapeKind::Polygons));
        assert!(!is_same_run(&raised(&SQUARE[1..]), &SQUARE, ShapeKind::Polygons));
        let mut line = raised(&SQUARE);
        assert!(is_same_run(&line, &SQUARE, ShapeKind::Lines));
        line.reverse();
        assert!(!is_same_run(&line, &SQUARE, ShapeKind::Lines));
    }

    #[test]
    fn exteriors_go_counter_clockwise() {
        let mut clockwise = raised(&SQUARE);
        clockwise.reverse();
        let shape = Shape { kind: ShapeKind::Polygons, parts: vec![vec![clockwise]], has_heights: false };
        let geometry = geometry(&shape, "Building");
        assert_eq!(geometry.ring(0), raised(&SQUARE));
        assert_eq!((geometry.role.as_str(), geometry.faces.len()), ("lod0FootPrint", 1));
    }
}
