//! Volume and surface of whole objects.

use super::footprint::object_and_parts;
use super::{face_normal_area, volume};
use stadtwin_model::{CityObject, Geometry, GeometryKind, Lod, Measures};

/// Of the object and its parts (BuildingPart, BridgePart, TunnelPart), which add up: a building with parts holds only
/// what is in none of them (CityGML 2.0, 10.3.1). Rooms and installations do not count.
pub fn measures(object: &CityObject) -> Measures {
    let object = &*object.placed();
    let whole = object_and_parts(object);
    Measures { volume_m3: closed_volume_m3(&whole), surface_m2: surface_m2(&whole) }
}

fn is_solid(geometry: &Geometry) -> bool {
    matches!(geometry.kind, GeometryKind::Solid | GeometryKind::MultiSolid)
}

/// The highest level at which every solid is closed decides.
fn closed_volume_m3(whole: &[&CityObject]) -> Option<f64> {
    let solids = || whole.iter().flat_map(|part| &part.geometries).filter(|geometry| is_solid(geometry));
    let mut levels: Vec<Lod> = solids().map(|geometry| geometry.lod).collect();
    levels.sort_unstable();
    levels.dedup();
    let at = |lod: &Lod| solids().filter(|geometry| geometry.lod == *lod).map(volume).sum::<Option<f64>>();
    levels.iter().rev().find_map(at)
}

fn surface_m2(whole: &[&CityObject]) -> Option<f64> {
    let with_faces = |part: &CityObject| part.geometries.iter().any(|geometry| !geometry.faces.is_empty());
    let faced = || whole.iter().filter(|part| with_faces(part)).flat_map(|part| &part.geometries);
    let highest = faced().filter(|geometry| !geometry.faces.is_empty()).map(|geometry| geometry.lod).max()?;
    Some(whole.iter().map(|part| surface_at(part, highest)).sum())
}

/// Of the solids where there are any: the same faces may come once more as a multi-surface.
fn surface_at(part: &CityObject, lod: Lod) -> f64 {
    let at_lod = || part.geometries.iter().filter(|geometry| geometry.lod == lod);
    match at_lod().any(is_solid) {
        true => at_lod().filter(|geometry| is_solid(geometry)).map(hull_m2).sum(),
        false => at_lod().map(uncovered_m2).sum(),
    }
}

fn hull_m2(geometry: &Geometry) -> f64 {
    geometry.faces.iter().map(|face| face_normal_area(geometry, face).1).sum()
}

/// Without the openings that lie on their wall instead of in a hole of it.
fn uncovered_m2(geometry: &Geometry) -> f64 {
    let mut has_hole = vec![false; geometry.surfaces.len()];
    for face in geometry.faces.iter().filter(|face| face.ring_count > 1) {
        if let Some(surface) = has_hole.get_mut(face.surface as usize) {
            *surface = true;
        }
    }
    let counts = |surface: u32| {
        let parent = geometry.surfaces.get(surface as usize).and_then(|surface| surface.parent);
        parent.is_none_or(|parent| has_hole.get(parent as usize).copied().unwrap_or(true))
    };
    let counted = geometry.faces.iter().filter(|face| counts(face.surface));
    counted.map(|face| face_normal_area(geometry, face).1).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use stadtwin_model::{BoundarySurface, NO_SURFACE, class_by_name};

    /// A box from `low` on, faces outwards; as many of its six faces as asked for.
    fn cuboid(lod: u8, [x, y, z]: [f64; 3], faces: usize) -> Geometry {
        let mut geometry = Geometry::new(Lod::whole(lod), GeometryKind::Solid);
        let at = |a: f64, b: f64, c: f64| [690_000.0 + a * x, 5_334_000.0 + b * y, 500.0 + c * z];
        let corners = [
            [at(0., 0., 0.), at(0., 1., 0.), at(1., 1., 0.), at(1., 0., 0.)],
            [at(0., 0., 1.), at(1., 0., 1.), at(1., 1., 1.), at(0., 1., 1.)],
            [at(0., 0., 0.), at(1., 0., 0.), at(1., 0., 1.), at(0., 0., 1.)],
            [at(1., 0., 0.), at(1., 1., 0.), at(1., 1., 1.), at(1., 0., 1.)],
            [at(1., 1., 0.), at(0., 1., 0.), at(0., 1., 1.), at(1., 1., 1.)],
            [at(0., 1., 0.), at(0., 0., 0.), at(0., 0., 1.), at(0., 1., 1.)],
        ];
        corners.iter().take(faces).for_each(|face| geometry.push_face([&face[..]], NO_SURFACE));
        geometry
    }

    fn object(class: &str, geometries: Vec<Geometry>, children: Vec<CityObject>) -> CityObject {
        let class = class_by_name(class).unwrap();
        CityObject { class, geometries, children, ..CityObject::default() }
    }

    fn check(object: &CityObject, volume_m3: Option<f64>, surface_m2: Option<f64>) {
        let found = measures(object);
        let alike = |found: Option<f64>, expected: Option<f64>| match (found, expected) {
            (Some(found), Some(expected)) => (found - expected).abs() < 1e-4,
            (found, expected) => found == expected,
        };
        assert!(alike(found.volume_m3, volume_m3) && alike(found.surface_m2, surface_m2), "{found:?}");
    }

    /// Hand: 10 × 8 × 6 m holds 480 m³ within 2 (80 + 60 + 48) = 376 m²; 2 × 2 × 2 m holds 8 m³ within 24 m².
    #[test]
    fn parts_add_up_and_rooms_do_not() {
        let large = || cuboid(2, [10.0, 8.0, 6.0], 6);
        let small = || cuboid(2, [2.0, 2.0, 2.0], 6);
        check(&object("Building", vec![large()], vec![]), Some(480.0), Some(376.0));
        let part = || object("BuildingPart", vec![small()], vec![]);
        let room = || object("BuildingRoom", vec![small()], vec![]);
        check(&object("Building", vec![large()], vec![part(), room()]), Some(488.0), Some(400.0));
        check(&object("Building", vec![], vec![part(), part()]), Some(16.0), Some(48.0));
        check(&object("Building", vec![], vec![room()]), None, None);
        check(&object("Building", vec![], vec![]), None, None);
    }

    #[test]
    fn open_solids_have_a_surface_and_no_volume() {
        // Without its last side, 8 × 6 m: 376 - 48 m².
        let open = || cuboid(2, [10.0, 8.0, 6.0], 5);
        check(&object("Building", vec![open()], vec![]), None, Some(328.0));
        // The closed block of LoD1 stands in for it; the surface is of LoD2 all the same.
        let block = cuboid(1, [10.0, 8.0, 5.0], 6);
        check(&object("Building", vec![block, open()], vec![]), Some(400.0), Some(328.0));
        // One open part: what the whole holds is not known.
        let part = |faces| object("BuildingPart", vec![cuboid(2, [2.0, 2.0, 2.0], faces)], vec![]);
        check(&object("Building", vec![], vec![part(6), part(5)]), None, Some(44.0));
        let mut faces_alone = cuboid(2, [10.0, 8.0, 6.0], 6);
        faces_alone.kind = GeometryKind::MultiSurface;
        check(&object("Building", vec![faces_alone], vec![]), None, Some(376.0));
    }

    /// A wall of 10 × 3 m with a window of 2 × 1 m: 30 m² whether the window lies on it or in a hole of it.
    #[test]
    fn windows_count_once() {
        for has_hole in [false, true] {
            let mut wall = Geometry::new(Lod::whole(3), GeometryKind::MultiSurface);
            let of = |name: &str, parent| BoundarySurface {
                class: class_by_name(name).unwrap(),
                parent,
                ..BoundarySurface::default()
            };
            wall.surfaces = vec![of("WallSurface", None), of("Window", Some(0))];
            let outline = [[0.0, 0.0, 0.0], [10.0, 0.0, 0.0], [10.0, 0.0, 3.0], [0.0, 0.0, 3.0]];
            let window = [[4.0, 0.0, 1.0], [6.0, 0.0, 1.0], [6.0, 0.0, 2.0], [4.0, 0.0, 2.0]];
            let rings: &[&[[f64; 3]]] = if has_hole { &[&outline, &window] } else { &[&outline] };
            wall.push_face(rings.iter().copied(), 0);
            wall.push_face([&window[..]], 1);
            check(&object("Building", vec![wall], vec![]), None, Some(30.0));
        }
    }
}
