//! Which shapes of an object stand for it in full detail: each part its highest LoD, each face once.

use std::collections::HashSet;

use stadtwin_model::{CityObject, Geometry, Lod};

/// Faces of one geometry to be drawn.
#[derive(Debug)]
pub struct Shape<'a> {
    /// The object or the part that the geometry belongs to.
    pub object: &'a CityObject,
    pub geometry: &'a Geometry,
    /// Indices into `geometry.faces`.
    pub faces: Vec<u32>,
}

/// The shapes of an object with all its children: of each the highest LoD up to 3; LoD 0 or 4 only where nothing
/// below the object has LoD 1 to 3.
pub fn shapes(root: &CityObject) -> Vec<Shape<'_>> {
    let family = root.walk();
    let levels: HashSet<Lod> =
        family.iter().flat_map(|object| with_faces(object)).map(|shape| shape.lod).collect();
    let solid = Lod::whole(1)..Lod::whole(4);
    let flat = Lod::whole(0)..Lod::whole(1);
    let range = [solid, flat].into_iter().find(|range| levels.iter().any(|lod| range.contains(lod)));
    let range = range.unwrap_or(Lod::whole(4)..Lod(u8::MAX));
    let best = |object: &CityObject| {
        with_faces(object).map(|geometry| geometry.lod).filter(|lod| range.contains(lod)).max()
    };
    let mut shapes = Vec::new();
    for object in family {
        let Some(lod) = best(object) else { continue };
        let parts = object.children.iter().filter(|child| child.class.name().ends_with("Part"));
        // The whole at LoD 1 would stick through its parts at LoD 2.
        if parts.filter_map(best).max().is_none_or(|finest| finest <= lod) {
            shapes.extend(shapes_at(object, lod));
        }
    }
    shapes
}

fn with_faces(object: &CityObject) -> impl Iterator<Item = &Geometry> {
    object.geometries.iter().filter(|geometry| geometry.kind.has_faces() && !geometry.faces.is_empty())
}

/// A solid and a multi-surface of one LoD mostly hold the same faces twice: those with a meaning win.
fn shapes_at(object: &CityObject, lod: Lod) -> Vec<Shape<'_>> {
    let mut candidates: Vec<&Geometry> = with_faces(object).filter(|geometry| geometry.lod == lod).collect();
    if candidates.iter().any(|geometry| geometry.role != "lod0RoofEdge") {
        candidates.retain(|geometry| geometry.role != "lod0RoofEdge");
    }
    let meaningful = |geometry: &Geometry| {
        geometry.faces.iter().filter(|face| geometry.surface_of(face).is_some()).count()
    };
    candidates.sort_by_key(|geometry| std::cmp::Reverse((meaningful(geometry), geometry.faces.len())));
    if let Some(first) = candidates.first().copied()
        && meaningful(first) > 0
    {
        candidates.retain(|geometry| meaningful(geometry) > 0 || !is_solid(geometry));
    }
    let alone = candidates.len() == 1;
    let mut seen = HashSet::new();
    candidates
        .into_iter()
        .map(|geometry| {
            let all = 0..geometry.faces.len() as u32;
            let faces = match alone {
                true => all.collect(),
                false => all.filter(|&face| seen.insert(face_key(geometry, face))).collect(),
            };
            Shape { object, geometry, faces }
        })
        .filter(|shape| !shape.faces.is_empty())
        .collect()
}

fn is_solid(geometry: &Geometry) -> bool {
    use stadtwin_model::GeometryKind::{MultiSolid, Solid};
    matches!(geometry.kind, Solid | MultiSolid)
}

/// The corners in millimetres, whichever comes first and whichever way round.
fn face_key(geometry: &Geometry, face: u32) -> Vec<[i64; 3]> {
    let Some(face) = geometry.faces.get(face as usize) else { return Vec::new() };
    let millimetres = |point: &[f64; 3]| point.map(|value| (value * 1000.0).round() as i64);
    let mut corners: Vec<[i64; 3]> = geometry.face_rings(face).flatten().map(millimetres).collect();
    corners.sort_unstable();
    corners
}
