//! Volumes of closed shells.

use super::measure::{dot, ring_vector, subtract};
use stadtwin_model::{Face, Geometry};

/// Points closer than this are one corner of a shell [1/m]: a millimetre.
const PER_METRE: f64 = 1000.0;

/// Volume [m³] by the divergence theorem; `None` unless every shell is closed and consistently oriented.
/// Inner shells are subtracted; several solids are added.
pub fn volume(geometry: &Geometry) -> Option<f64> {
    let total: f64 = shell_volumes(geometry)?
        .iter()
        .map(|shell| if shell.is_exterior { shell.volume_m3.abs() } else { -shell.volume_m3.abs() })
        .sum();
    (total.is_finite() && total > 0.0).then_some(total)
}

/// A closed shell of a solid.
#[derive(Debug, Clone, Copy)]
pub struct ClosedShell<'a> {
    pub faces: &'a [Face],
    /// Whether it begins a solid; otherwise it is a void of the one begun last.
    pub is_exterior: bool,
    /// What it encloses [m³]; negative where its faces look inwards.
    pub volume_m3: f64,
}

/// The shells in their order; `None` unless every one is closed and consistently oriented. Coordinates in metres.
pub fn shell_volumes(geometry: &Geometry) -> Option<Vec<ClosedShell<'_>>> {
    if !geometry.kind.has_faces() || geometry.faces.is_empty() {
        return None;
    }
    let origin = *geometry.points.first()?;
    let shell = |(index, faces)| {
        let volume_m3 = shell_volume(geometry, faces, origin)?;
        let is_exterior =
            if geometry.solids.is_empty() { index == 0 } else { geometry.solids.contains(&(index as u32)) };
        Some(ClosedShell { faces, is_exterior, volume_m3 })
    };
    shells(geometry).into_iter().enumerate().map(shell).collect()
}

fn shells(geometry: &Geometry) -> Vec<&[Face]> {
    if geometry.shells.len() < 2 {
        return vec![&geometry.faces];
    }
    let starts = geometry.shells.iter().map(|start| *start as usize);
    let ends = starts.clone().skip(1).chain([geometry.faces.len()]);
    starts.zip(ends).map(|(start, end)| geometry.faces.get(start..end).unwrap_or(&[])).collect()
}

type Corner = [i64; 3];

fn shell_volume(geometry: &Geometry, faces: &[Face], origin: [f64; 3]) -> Option<f64> {
    // Each edge once per face that has it, with its direction; in a closed shell the directions cancel.
    let mut edges: Vec<(Corner, Corner, i32)> = Vec::with_capacity(faces.len() * 4);
    let mut sextuple = 0.0;
    for face in faces {
        let exterior = ring_vector(geometry.ring(face.first_ring));
        for (index, ring) in geometry.face_rings(face).enumerate() {
            let Some(first) = ring.first() else { continue };
            let vector = ring_vector(ring);
            // A hole must run against its exterior ring; some files have it the same way round.
            let turn = index > 0 && dot(exterior, vector) > 0.0;
            sextuple += 2.0 * dot(subtract(*first, origin), vector) * if turn { -1.0 } else { 1.0 };
            push_edges(&mut edges, ring, origin, turn)?;
        }
    }
    closed(edges).then_some(sextuple / 6.0)
}

/// `None` when a point is no number or absurdly far away.
fn push_edges(
    edges: &mut Vec<(Corner, Corner, i32)>,
    ring: &[[f64; 3]],
    origin: [f64; 3],
    turn: bool,
) -> Option<()> {
    let corner = |point: [f64; 3]| -> Option<Corner> {
        let local = subtract(point, origin).map(|value| value * PER_METRE);
        local.iter().all(|value| value.abs() < 1e15).then(|| local.map(|value| value.round() as i64))
    };
    let mut from = corner(*ring.last()?)?;
    for point in ring {
        let to = corner(*point)?;
        let sign = if turn { -1 } else { 1 };
        match from.cmp(&to) {
            std::cmp::Ordering::Less => edges.push((from, to, sign)),
            std::cmp::Ordering::Greater => edges.push((to, from, -sign)),
            std::cmp::Ordering::Equal => {}
        }
        from = to;
    }
    Some(())
}

fn closed(mut edges: Vec<(Corner, Corner, i32)>) -> bool {
    edges.sort_unstable();
    let same_edge = |a: &(Corner, Corner, i32), b: &(Corner, Corner, i32)| (a.0, a.1) == (b.0, b.1);
    !edges.is_empty()
        && edges.chunk_by(same_edge).all(|uses| uses.iter().map(|used| used.2).sum::<i32>() == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face_normal_area;
    use stadtwin_model::{GeometryKind, Lod, NO_SURFACE};

    const EAST: f64 = 690_000.0;
    const NORTH: f64 = 5_347_000.0;

    fn add(geometry: &mut Geometry, rings: &[&[[f64; 3]]]) {
        let moved: Vec<Vec<[f64; 3]>> = rings
            .iter()
            .map(|ring| ring.iter().map(|p| [p[0] + EAST, p[1] + NORTH, p[2] + 480.0]).collect())
            .collect();
        geometry.push_face(moved.iter().map(Vec::as_slice), NO_SURFACE);
    }

    /// Box from the origin, faces outwards.
    fn box_faces([x, y, z]: [f64; 3]) -> Vec<Vec<[f64; 3]>> {
        vec![
            vec![[0.0, 0.0, 0.0], [0.0, y, 0.0], [x, y, 0.0], [x, 0.0, 0.0]],
            vec![[0.0, 0.0, z], [x, 0.0, z], [x, y, z], [0.0, y, z]],
            vec![[0.0, 0.0, 0.0], [x, 0.0, 0.0], [x, 0.0, z], [0.0, 0.0, z]],
            vec![[x, 0.0, 0.0], [x, y, 0.0], [x, y, z], [x, 0.0, z]],
            vec![[x, y, 0.0], [0.0, y, 0.0], [0.0, y, z], [x, y, z]],
            vec![[0.0, y, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, z], [0.0, y, z]],
        ]
    }

    fn solid(faces: &[Vec<[f64; 3]>]) -> Geometry {
        let mut geometry = Geometry::new(Lod::whole(2), GeometryKind::Solid);
        faces.iter().for_each(|face| add(&mut geometry, &[face]));
        geometry
    }

    fn check(geometry: &Geometry, expected: Option<f64>) {
        match (volume(geometry), expected) {
            (Some(found), Some(expected)) => {
                assert!((found - expected).abs() < 1e-4, "{found} instead of {expected}")
            }
            (found, expected) => assert_eq!(found, expected),
        }
    }

    #[test]
    fn a_box_and_its_defects() {
        let faces = box_faces([10.0, 8.0, 6.0]);
        check(&solid(&faces), Some(480.0));
        check(&solid(&faces[..5]), None);
        let inside_out: Vec<_> = faces.iter().map(|face| face.iter().rev().copied().collect()).collect();
        check(&solid(&inside_out), Some(480.0));
        let mut one_turned = faces.clone();
        one_turned[3].reverse();
        check(&solid(&one_turned), None);
        let mut broken = solid(&faces);
        broken.points[5][2] = f64::NAN;
        check(&broken, None);
        check(&solid(&[]), None);
        let mut lost = solid(&faces);
        lost.points.clear();
        check(&lost, None);
    }

    /// 10 x 12 m, eaves 6 m, ridge 11 m: 720 + 300 m³; roof 120 / cos 45°.
    #[test]
    fn a_gable_house() {
        let (w, l, e, r) = (10.0, 12.0, 6.0, 11.0);
        let faces = vec![
            vec![[0.0, 0.0, 0.0], [0.0, l, 0.0], [w, l, 0.0], [w, 0.0, 0.0]],
            vec![[0.0, 0.0, 0.0], [w, 0.0, 0.0], [w, 0.0, e], [5.0, 0.0, r], [0.0, 0.0, e]],
            vec![[w, l, 0.0], [0.0, l, 0.0], [0.0, l, e], [5.0, l, r], [w, l, e]],
            vec![[w, 0.0, 0.0], [w, l, 0.0], [w, l, e], [w, 0.0, e]],
            vec![[0.0, l, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, e], [0.0, l, e]],
            vec![[w, 0.0, e], [w, l, e], [5.0, l, r], [5.0, 0.0, r]],
            vec![[0.0, l, e], [0.0, 0.0, e], [5.0, 0.0, r], [5.0, l, r]],
        ];
        let house = solid(&faces);
        check(&house, Some(1020.0));
        let roof: f64 = house.faces[5..].iter().map(|face| face_normal_area(&house, face).1).sum();
        assert!((roof - 169.71).abs() < 0.005, "{roof}");
    }

    #[test]
    fn holes_and_inner_shells_are_subtracted() {
        // A 10 x 8 x 6 m box with a shaft of 2 x 2 m from floor to roof: 480 - 24; whichever way the holes run.
        for turned in [false, true] {
            let mut geometry = Geometry::new(Lod::whole(2), GeometryKind::Solid);
            let shaft = |z: f64| [[2.0, 2.0, z], [4.0, 2.0, z], [4.0, 4.0, z], [2.0, 4.0, z]];
            for (index, face) in box_faces([10.0, 8.0, 6.0]).iter().enumerate() {
                let mut hole = shaft(if index == 0 { 0.0 } else { 6.0 });
                if (index == 1) != turned {
                    hole.reverse();
                }
                let rings: &[&[[f64; 3]]] = if index < 2 { &[face, &hole] } else { &[face] };
                add(&mut geometry, rings);
            }
            let (low, high) = (shaft(0.0), shaft(6.0));
            for i in 0..4 {
                let j = (i + 1) % 4;
                add(&mut geometry, &[&[low[j], low[i], high[i], high[j]]]);
            }
            check(&geometry, Some(456.0));
        }
        let mut hollow = solid(&box_faces([10.0, 8.0, 6.0]));
        box_faces([2.0, 2.0, 2.0]).iter().for_each(|face| add(&mut hollow, &[face]));
        hollow.shells = vec![0, 6];
        check(&hollow, Some(472.0));
        hollow.kind = GeometryKind::MultiSolid;
        hollow.solids = vec![0, 1];
        check(&hollow, Some(488.0));
        hollow.shells = vec![0, 4_000_000];
        check(&hollow, None);
    }
}
