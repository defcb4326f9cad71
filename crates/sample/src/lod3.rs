//! Houses in LoD3: a gabled roof slab that stands out over the walls, windows and a door lying flush in them.

use super::solid::{Frame, Kind, Opening, Solid, Surface};

/// Metres the slab stands out at eaves and verges.
const OVERHANG: f64 = 0.7;
/// Thickness of the slab in metres, measured upright.
const SLAB: f64 = 0.28;
/// Window width and height in metres.
const WINDOW: [f64; 2] = [1.2, 1.35];
const STOREY_M: f64 = 2.8;

/// A closed house of `long` × `wide` metres, ridge along u, door on the side of v = 0; heights in metres.
pub fn gabled_house(frame: &Frame, long: f64, wide: f64, base: f64, eaves: f64, ridge: f64) -> Solid {
    let (a, b) = (long, wide);
    let plan = [[0.0, 0.0], [a, 0.0], [a, b], [0.0, b]];
    let ground = plan.iter().rev().map(|p| frame.point(p[0], p[1], base)).collect();
    let mut surfaces = vec![Surface::new(Kind::Ground, vec![ground])];
    for index in 0..4 {
        let (from, to) = (plan[index], plan[(index + 1) % 4]);
        let apex = (index % 2 == 1).then_some([(from[0] + to[0]) / 2.0, (from[1] + to[1]) / 2.0, ridge]);
        surfaces.push(wall(frame, from, to, apex, base, eaves, index == 0));
    }
    surfaces.extend(slab(frame, a, b, eaves, ridge));
    Solid { surfaces }
}

fn wall(
    frame: &Frame,
    from: [f64; 2],
    to: [f64; 2],
    apex: Option<[f64; 3]>,
    base: f64,
    eaves: f64,
    door: bool,
) -> Surface {
    let length = (to[0] - from[0]).hypot(to[1] - from[1]);
    let at = |s: f64, z: f64| {
        frame.point(from[0] + (to[0] - from[0]) * s / length, from[1] + (to[1] - from[1]) * s / length, z)
    };
    let mut outline = vec![at(0.0, base), at(length, base), at(length, eaves)];
    outline.extend(apex.map(|p| frame.point(p[0], p[1], p[2])));
    outline.push(at(0.0, eaves));
    let mut surface = Surface::new(Kind::Wall, vec![outline]);
    let columns = ((length - 0.8) / 2.9).floor().max(1.0) as usize;
    let storeys = ((eaves - base) / STOREY_M).floor().max(1.0) as usize;
    for storey in 0..storeys {
        for column in 0..columns {
            let door = door && storey == 0 && column == columns / 2;
            let middle = length * (column as f64 + 0.5) / columns as f64;
            let sill = base + 0.3 + storey as f64 * STOREY_M + if door { -0.15 } else { 0.9 };
            let top = if door { sill + 2.1 } else { sill + WINDOW[1] };
            let half = if door { 0.5 } else { WINDOW[0] / 2.0 };
            let ring = vec![
                at(middle - half, sill),
                at(middle + half, sill),
                at(middle + half, top),
                at(middle - half, top),
            ];
            if top < eaves - 0.1 {
                surface.rings.push(ring.iter().rev().copied().collect());
                surface.openings.push(Opening { door, ring });
            }
        }
    }
    surface
}

/// Both halves of the roof slab: top, underside around the walls, fascia at eaves and verges.
fn slab(frame: &Frame, a: f64, b: f64, eaves: f64, ridge: f64) -> Vec<Surface> {
    let m = b / 2.0;
    let o = OVERHANG;
    let low = eaves - (ridge - eaves) / m * o;
    let mut surfaces = Vec::new();
    for north in [false, true] {
        // Seen from the other gable the north half is the south half: turn by 180 degrees.
        let at = |u: f64, v: f64, z: f64| {
            if north { frame.point(a - u, b - v, z) } else { frame.point(u, v, z) }
        };
        let (l, r) = (-o, a + o);
        surfaces.push(Surface::new(
            Kind::Roof,
            vec![vec![
                at(l, -o, low + SLAB),
                at(r, -o, low + SLAB),
                at(r, m, ridge + SLAB),
                at(l, m, ridge + SLAB),
            ]],
        ));
        let (wall_left, wall_right) =
            ([at(0.0, 0.0, eaves), at(0.0, m, ridge)], [at(a, 0.0, eaves), at(a, m, ridge)]);
        let (far_left, far_right) = ([at(l, -o, low), at(l, m, ridge)], [at(r, -o, low), at(r, m, ridge)]);
        surfaces.extend(
            [
                vec![far_left[0], far_left[1], wall_left[1], wall_left[0]],
                vec![far_left[0], wall_left[0], wall_right[0], far_right[0]],
                vec![wall_right[0], wall_right[1], far_right[1], far_right[0]],
            ]
            .map(|ring| Surface::new(Kind::Ceiling, vec![ring])),
        );
        let fascia = vec![at(l, -o, low), at(r, -o, low), at(r, -o, low + SLAB), at(l, -o, low + SLAB)];
        let right = vec![at(r, -o, low), at(r, m, ridge), at(r, m, ridge + SLAB), at(r, -o, low + SLAB)];
        let left = vec![at(l, m, ridge), at(l, -o, low), at(l, -o, low + SLAB), at(l, m, ridge + SLAB)];
        surfaces.extend([fascia, right, left].map(|ring| Surface::new(Kind::Roof, vec![ring])));
    }
    surfaces
}
