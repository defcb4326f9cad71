//! Coarse shapes for inner tiles: a block over the footprint, with walls and a flat roof.

use super::encode::TileObject;
use super::materials::is_draped;
use super::select::{Shape, shapes};
use stadtwin_model::{CityObject, Geometry, GeometryKind, Lod, NO_SURFACE};

/// Draped objects with more faces are drawn as their footprint, which lies flat and may sink into the ground.
const DRAPED_FACES: usize = 5000;
/// Where the flat roof lies between the lowest and the highest point: between eaves and ridge.
const ROOF_SHARE: f64 = 0.85;
/// Lower objects get no walls [m].
const WALL_MIN_M: f64 = 0.3;

/// What stands for an object in an inner tile.
pub(super) enum Block<'a> {
    Shapes(Vec<Shape<'a>>),
    Extruded(&'a CityObject, Geometry),
}

/// `root` is the object with its implicit geometries at their place.
pub(super) fn block<'a>(object: &TileObject, root: &'a CityObject) -> Block<'a> {
    let [low, high] = object.heights_m;
    if is_draped(root.class) || object.footprint.is_empty() {
        let shapes = shapes(root);
        let face_count: usize = shapes.iter().map(|shape| shape.faces.len()).sum();
        if face_count <= DRAPED_FACES {
            return Block::Shapes(shapes);
        }
        return Block::Extruded(root, extrude(&object.footprint, (low + high) / 2.0, (low + high) / 2.0));
    }
    Block::Extruded(root, extrude(&object.footprint, low, low + ROOF_SHARE * (high - low)))
}

/// Walls and roof, no floor; footprint rings may be closed or open and run either way.
fn extrude(footprint: &[Vec<Vec<[f64; 2]>>], low_m: f64, high_m: f64) -> Geometry {
    let mut geometry = Geometry::new(Lod::whole(1), GeometryKind::MultiSurface);
    for polygon in footprint {
        let rings: Vec<Vec<[f64; 2]>> =
            polygon.iter().enumerate().map(|(number, ring)| oriented(ring, number == 0)).collect();
        if rings.first().is_none_or(|ring| ring.len() < 3) {
            continue;
        }
        let lift = |ring: &Vec<[f64; 2]>| ring.iter().map(|&[east, north]| [east, north, high_m]).collect();
        let roof: Vec<Vec<[f64; 3]>> = rings.iter().map(lift).collect();
        geometry.push_face(roof.iter().map(Vec::as_slice), NO_SURFACE);
        if high_m - low_m >= WALL_MIN_M {
            rings.iter().for_each(|ring| walls(&mut geometry, ring, low_m, high_m));
        }
    }
    geometry
}

fn walls(geometry: &mut Geometry, ring: &[[f64; 2]], low_m: f64, high_m: f64) {
    let next = ring.iter().cycle().skip(1);
    for (&[a, b], &[c, d]) in ring.iter().zip(next) {
        let wall = [[a, b, low_m], [c, d, low_m], [c, d, high_m], [a, b, high_m]];
        geometry.push_face([wall.as_slice()], NO_SURFACE);
    }
}

/// Open, exterior counter-clockwise, holes clockwise: the walls then look outwards.
fn oriented(ring: &[[f64; 2]], is_exterior: bool) -> Vec<[f64; 2]> {
    let mut ring = ring.to_vec();
    if ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
    let origin = ring.first().copied().unwrap_or_default();
    let next = ring.iter().cycle().skip(1);
    let twice_area: f64 = ring
        .iter()
        .zip(next)
        .map(|(a, b)| (a[0] - origin[0]) * (b[1] - origin[1]) - (a[1] - origin[1]) * (b[0] - origin[0]))
        .sum();
    if (twice_area > 0.0) != is_exterior {
        ring.reverse();
    }
    ring
}

#[cfg(test)]
mod tests {
    use super::*;
    use stadtwin_geometry::face_normal_area;

    #[test]
    fn blocks_look_outwards() {
        let ring = vec![[0.0, 0.0], [10.0, 0.0], [10.0, 8.0], [0.0, 8.0], [0.0, 0.0]];
        let hole = vec![[2.0, 2.0], [4.0, 2.0], [4.0, 4.0], [2.0, 4.0], [2.0, 2.0]];
        let turned = |ring: &Vec<[f64; 2]>| ring.iter().rev().copied().collect::<Vec<_>>();
        for footprint in [vec![ring.clone(), hole.clone()], vec![turned(&ring), turned(&hole)]] {
            let geometry = extrude(&[footprint], 500.0, 505.0);
            assert_eq!(geometry.faces.len(), 9);
            let sum = geometry.faces.iter().fold([0.0; 3], |sum, face| {
                let (normal, area) = face_normal_area(&geometry, face);
                [0, 1, 2].map(|axis| sum[axis] + normal[axis] * area)
            });
            // Closed but for the floor of 10 × 8 − 2 × 2.
            assert!((sum[2] - 76.0).abs() < 1e-6 && sum[0].abs() + sum[1].abs() < 1e-6, "{sum:?}");
        }
    }
}
