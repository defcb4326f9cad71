//! Where a building touches the ground.

use std::sync::OnceLock;

use stadtwin_geometry::{face_normal_area, triangulate};
use stadtwin_model::{CityObject, ClassId, Face, Geometry, GeometryKind, Lod, class_by_name};

/// Between samples within a face, about [m].
const SAMPLE_M: f64 = 2.0;
/// A triangle is cut into at most so many parts along a side.
const MAX_PARTS: usize = 12;
/// More places say nothing new of a building.
const MAX_PLACES: usize = 20_000;
/// A face that looks down more than this is a floor (cosine).
const DOWNWARDS: f64 = -0.9;

/// Corners of the ground surfaces of an object and its parts, and samples within: `[east, north, up]` [m].
///
/// Of each part its GroundSurfaces at the highest LoD up to 3; where a part names no surfaces (LoD1), the faces of its
/// solids that look down.
pub fn ground_places(object: &CityObject) -> Vec<[f64; 3]> {
    let mut places = Vec::new();
    let object = &*object.placed();
    for part in object.walk() {
        let choices: [fn(&Geometry, &Face) -> bool; 2] = [is_ground_surface, is_nameless_floor];
        if let Some((geometry, choice)) =
            choices.iter().find_map(|choice| Some((best(part, *choice)?, *choice)))
        {
            for face in geometry.faces.iter().filter(|face| choice(geometry, face)) {
                push_places(geometry, face, &mut places);
            }
        }
    }
    places.truncate(MAX_PLACES);
    places
}

fn best(part: &CityObject, choice: fn(&Geometry, &Face) -> bool) -> Option<&Geometry> {
    let chosen =
        part.geometries.iter().filter(|geometry| geometry.faces.iter().any(|face| choice(geometry, face)));
    chosen.filter(|geometry| geometry.lod < Lod::whole(4)).max_by_key(|geometry| geometry.lod)
}

fn is_ground_surface(geometry: &Geometry, face: &Face) -> bool {
    static GROUND: OnceLock<Option<ClassId>> = OnceLock::new();
    let ground = *GROUND.get_or_init(|| class_by_name("GroundSurface"));
    geometry.surface_of(face).is_some_and(|surface| Some(surface.class) == ground)
}

fn is_nameless_floor(geometry: &Geometry, face: &Face) -> bool {
    let solid = matches!(geometry.kind, GeometryKind::Solid | GeometryKind::MultiSolid);
    solid && geometry.surfaces.is_empty() && face_normal_area(geometry, face).0[2] < DOWNWARDS
}

fn push_places(geometry: &Geometry, face: &Face, places: &mut Vec<[f64; 3]>) {
    if places.len() > MAX_PLACES {
        return;
    }
    places.extend(geometry.face_rings(face).flatten());
    let mut triangles = Vec::new();
    triangulate(geometry, face, &mut triangles);
    for triangle in triangles.into_iter().take(MAX_PLACES) {
        let [Some(a), Some(b), Some(c)] = triangle.map(|point| geometry.points.get(point as usize)) else {
            continue;
        };
        push_samples([*a, *b, *c], places);
    }
}

/// Middles of the equal parts that a triangle is cut into.
fn push_samples([a, b, c]: [[f64; 3]; 3], places: &mut Vec<[f64; 3]>) {
    let area = ((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])).abs() / 2.0;
    let parts = ((area.sqrt() / SAMPLE_M).ceil() as usize).clamp(1, MAX_PARTS);
    for i in 0..parts {
        for j in 0..parts - i {
            let share = |step: usize| (step as f64 + 1.0 / 3.0) / parts as f64;
            let (u, v) = (share(i), share(j));
            places.push(std::array::from_fn(|axis| {
                a[axis] + u * (b[axis] - a[axis]) + v * (c[axis] - a[axis])
            }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stadtwin_model::{BoundarySurface, NO_SURFACE};

    /// A box of 4 m × 4 m × 3 m at height 500: floor, roof and one wall, its floor named or not.
    fn building(lod: u8, named: bool) -> CityObject {
        let mut geometry = Geometry::new(Lod::whole(lod), GeometryKind::Solid);
        let corner = |x: f64, y: f64, z: f64| [x, y, 500.0 + z];
        let floor =
            [corner(0.0, 0.0, 0.0), corner(0.0, 4.0, 0.0), corner(4.0, 4.0, 0.0), corner(4.0, 0.0, 0.0)];
        let roof =
            [corner(0.0, 0.0, 3.0), corner(4.0, 0.0, 3.0), corner(4.0, 4.0, 3.0), corner(0.0, 4.0, 3.0)];
        let wall =
            [corner(0.0, 0.0, 0.0), corner(4.0, 0.0, 0.0), corner(4.0, 0.0, 3.0), corner(0.0, 0.0, 3.0)];
        if named {
            let class =
                |name: &str| BoundarySurface { class: class_by_name(name).unwrap(), ..Default::default() };
            geometry.surfaces = vec![class("GroundSurface"), class("RoofSurface")];
        }
        let surface = |index: u32| if named { index } else { NO_SURFACE };
        geometry.push_face([floor.as_slice()], surface(0));
        geometry.push_face([roof.as_slice()], surface(1));
        geometry.push_face([wall.as_slice()], surface(1));
        CityObject { geometries: vec![geometry], ..Default::default() }
    }

    fn check(object: &CityObject, expected: usize) {
        let places = ground_places(object);
        assert_eq!(places.len(), expected);
        assert!(
            places.iter().all(|place| place[2] == 500.0 && (0.0..=4.0).contains(&place[0])),
            "{places:?}"
        );
    }

    #[test]
    fn places_lie_on_the_ground_surface() {
        // Hand: four corners; two triangles of 8 m²: √8 / 2 = 1.4 → 2 parts a side: 3 samples each.
        check(&building(2, true), 10);
        check(&building(1, false), 10);
        // A part below counts too; of two LoDs the higher.
        let mut whole = building(2, true);
        whole.children.push(building(2, true));
        check(&whole, 20);
        let mut both = building(1, false);
        both.geometries.extend(building(2, true).geometries);
        check(&both, 10);
        check(&CityObject::default(), 0);
    }
}
