//! Which shape of an object stands for it in space: closed solids of the highest LoD, else its faces, lines or points.

use std::collections::BTreeSet;

use super::shape::{Polygon3, Prism, Shape, Solid};
use stadtwin_geometry::{ClosedShell, face_normal_area, ring_area_2d, ring_vector, shell_volumes};
use stadtwin_model::{CityObject, Face, Footprint, Geometry, GeometryKind, Lod};

/// Heights that differ by less are one [m].
const LEVEL_M: f64 = 0.001;
/// Faces whose unit normal rises by less stand upright.
const UPRIGHT: f64 = 0.001;
const ROOF_EDGE: &str = "lod0RoofEdge";

/// The shape of an object of the store with its parts; `footprint` is the object's own, all in the storage CRS in
/// metres. Interiors (LoD4) stand for an object only where nothing else does; furniture and installations likewise.
pub fn shape_of(object: &CityObject, footprint: &Footprint) -> Shape {
    let object = &*object.placed();
    let family = object.walk();
    let is_main = |part: &&CityObject| std::ptr::eq(*part, object) || part.class.name().ends_with("Part");
    let main: Vec<_> = family.iter().copied().filter(is_main).collect();
    let mut chosen = finest(&main);
    if chosen.is_empty() {
        chosen = finest(&family);
    }
    if chosen.is_empty() {
        return thin(&family);
    }
    if chosen.iter().all(|(_, lod)| *lod < Lod::whole(1))
        && let Some(prism) = between_levels(object, &chosen, footprint)
    {
        return Shape::Prisms(vec![prism]);
    }
    match chosen.iter().map(|(part, lod)| solids(part, *lod)).collect::<Option<Vec<_>>>() {
        Some(solids) => solids_or_prisms(solids.concat()),
        None => Shape::Faces(chosen.iter().flat_map(|(part, lod)| faces(part, *lod)).collect()),
    }
}

/// Each object with its highest LoD up to 3, else 0, else 4; not the whole where its parts are finer.
fn finest<'a>(family: &[&'a CityObject]) -> Vec<(&'a CityObject, Lod)> {
    let solid = Lod::whole(1)..Lod::whole(4);
    let flat = Lod::whole(0)..Lod::whole(1);
    let levels = || family.iter().flat_map(|object| with_faces(object)).map(|geometry| geometry.lod);
    let range = [solid, flat].into_iter().find(|range| levels().any(|lod| range.contains(&lod)));
    let range = range.unwrap_or(Lod::whole(4)..Lod(u8::MAX));
    let best = |object: &CityObject| {
        with_faces(object).map(|geometry| geometry.lod).filter(|lod| range.contains(lod)).max()
    };
    let is_outdone = |object: &CityObject, lod| {
        let parts = object.children.iter().filter(|child| child.class.name().ends_with("Part"));
        parts.filter_map(best).any(|finer| finer > lod)
    };
    let all = family.iter().filter_map(|object| Some((*object, best(object)?)));
    all.filter(|(object, lod)| !is_outdone(object, *lod)).collect()
}

fn with_faces(object: &CityObject) -> impl Iterator<Item = &Geometry> {
    object.geometries.iter().filter(|geometry| {
        geometry.kind.has_faces() && !geometry.faces.is_empty() && !geometry.role.starts_with("address")
    })
}

/// A geometry with the shells of its solids.
type Closed<'a> = (&'a Geometry, Vec<ClosedShell<'a>>);

/// `None` unless there are solids of this LoD and all are closed.
fn solids(object: &CityObject, lod: Lod) -> Option<Vec<Closed<'_>>> {
    let is_solid = |geometry: &&Geometry| {
        geometry.lod == lod && matches!(geometry.kind, GeometryKind::Solid | GeometryKind::MultiSolid)
    };
    let all = with_faces(object).filter(is_solid);
    let all: Vec<_> =
        all.map(|geometry| Some((geometry, shell_volumes(geometry)?))).collect::<Option<_>>()?;
    (!all.is_empty()).then_some(all)
}

fn solids_or_prisms(solids: Vec<Closed<'_>>) -> Shape {
    let is_coarse = solids.iter().all(|(geometry, _)| geometry.lod < Lod::whole(2));
    let prisms =
        || solids.iter().map(|(geometry, shells)| prism(geometry, shells)).collect::<Option<Vec<_>>>();
    if is_coarse && let Some(prisms) = prisms() {
        return Shape::Prisms(prisms);
    }
    let mut all: Vec<Solid> = Vec::new();
    for (geometry, shells) in &solids {
        for shell in shells {
            // Voids look into their hollow.
            let turned = (shell.volume_m3 < 0.0) == shell.is_exterior;
            let faces = shell.faces.iter().filter_map(|face| polygon(geometry, face, turned)).collect();
            match all.last_mut().filter(|_| !shell.is_exterior) {
                Some(solid) => solid.push(faces),
                None => all.push(vec![faces]),
            }
        }
    }
    Shape::Solids(all)
}

/// Faces of an object at a LoD, each once: those of surfaces stand above those of solids.
fn faces(object: &CityObject, lod: Lod) -> Vec<Polygon3> {
    let mut geometries: Vec<_> = with_faces(object).filter(|geometry| geometry.lod == lod).collect();
    let is_surface =
        |geometry: &Geometry| matches!(geometry.kind, GeometryKind::MultiSurface | GeometryKind::Tin);
    let tests: [&dyn Fn(&Geometry) -> bool; 2] = [&|geometry| geometry.role != ROOF_EDGE, &is_surface];
    for test in tests {
        if geometries.iter().any(|geometry| test(geometry)) {
            geometries.retain(|geometry| test(geometry));
        }
    }
    let polygons = |geometry: &&Geometry| -> Vec<Polygon3> {
        geometry.faces.iter().filter_map(|face| polygon(geometry, face, false)).collect()
    };
    geometries.iter().flat_map(polygons).collect()
}

/// Closed rings; holes run against the exterior. `None` for what is no polygon.
fn polygon(geometry: &Geometry, face: &Face, turned: bool) -> Option<Polygon3> {
    let mut rings = Vec::with_capacity(face.ring_count.min(64) as usize);
    let mut exterior = [0.0; 3];
    for (index, ring) in geometry.face_rings(face).enumerate() {
        if ring.len() < 3 {
            if index == 0 {
                return None;
            }
            continue;
        }
        let vector = ring_vector(ring);
        let against: f64 = (0..3).map(|axis| vector[axis] * exterior[axis]).sum();
        if index == 0 {
            exterior = vector;
        }
        let mut closed = ring.to_vec();
        closed.extend(ring.first());
        if turned != (index > 0 && against > 0.0) {
            closed.reverse();
        }
        rings.push(closed);
    }
    (!rings.is_empty()).then_some(rings)
}

/// A solid whose walls stand upright between one floor and one roof, both level.
fn prism(geometry: &Geometry, shells: &[ClosedShell<'_>]) -> Option<Prism> {
    let [shell] = shells else { return None };
    let heights =
        || shell.faces.iter().flat_map(|face| geometry.face_rings(face)).flatten().map(|point| point[2]);
    let (lower, upper) =
        (heights().fold(f64::INFINITY, f64::min), heights().fold(f64::NEG_INFINITY, f64::max));
    let is_at = |face: &Face, level_m: f64| {
        geometry.face_rings(face).flatten().all(|point| (point[2] - level_m).abs() < LEVEL_M)
    };
    let (mut floors, mut roofs) = (Vec::new(), Vec::new());
    for face in shell.faces {
        match (is_at(face, lower), is_at(face, upper)) {
            (true, false) => floors.push(face),
            (false, true) => roofs.push(face),
            (false, false) if face_normal_area(geometry, face).0[2].abs() < UPRIGHT => {}
            _ => return None,
        }
    }
    let ([floor], [roof]) = (floors.as_slice(), roofs.as_slice()) else { return None };
    let corners = |face: &Face| -> BTreeSet<[i64; 2]> {
        let points = geometry.face_rings(face).flatten();
        points.map(|point| [point[0], point[1]].map(|value| (value * 1000.0).round() as i64)).collect()
    };
    if corners(floor) != corners(roof) {
        return None;
    }
    let rings = polygon(geometry, floor, false)?;
    let base = rings.iter().enumerate().map(|(index, ring)| {
        let mut ring: Vec<[f64; 2]> = ring.iter().map(|point| [point[0], point[1]]).collect();
        if (ring_area_2d(&ring) < 0.0) == (index == 0) {
            ring.reverse();
        }
        ring
    });
    Some(Prism { base: vec![base.collect()], lower, upper })
}

/// Between footprint and roof edge, or from the footprint up by the building's height.
fn between_levels(
    object: &CityObject,
    chosen: &[(&CityObject, Lod)],
    footprint: &Footprint,
) -> Option<Prism> {
    if footprint.is_empty() {
        return None;
    }
    let heights = |is_roof: bool| {
        let geometries = chosen.iter().flat_map(|(part, _)| with_faces(part));
        let geometries = geometries.filter(move |geometry| (geometry.role == ROOF_EDGE) == is_roof);
        geometries.flat_map(|geometry| &geometry.points).map(|point| point[2])
    };
    let lower = heights(false).fold(f64::INFINITY, f64::min);
    let mut upper = heights(true).fold(f64::NEG_INFINITY, f64::max);
    if upper.is_infinite() && object.class.name().starts_with("Building") {
        upper = lower + object.attributes.get("measuredHeight")?.as_f64()?;
    }
    let is_one = lower.is_finite() && upper.is_finite() && lower < upper;
    is_one.then(|| Prism { base: footprint.clone(), lower, upper })
}

/// Lines before points.
fn thin(family: &[&CityObject]) -> Shape {
    let (mut lines, mut points) = (Vec::new(), Vec::new());
    let geometries = family.iter().flat_map(|part| &part.geometries);
    for geometry in geometries.filter(|geometry| !geometry.role.starts_with("address")) {
        match geometry.kind {
            GeometryKind::MultiCurve => {
                let all = (0..geometry.ring_ends.len() as u32).map(|index| geometry.ring(index));
                lines.extend(all.filter(|line| line.len() > 1).map(<[_]>::to_vec));
            }
            GeometryKind::MultiPoint => points.extend(geometry.points.iter().copied()),
            _ => {}
        }
    }
    match (lines.is_empty(), points.is_empty()) {
        (false, _) => Shape::Lines(lines),
        (true, false) => Shape::Points(points),
        (true, true) => Shape::Nothing,
    }
}
