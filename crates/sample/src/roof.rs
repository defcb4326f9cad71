//! The roof forms of the AdV code list as solids over simple plans.

use super::solid::{Frame, RoofFace, Solid, stand};

/// A roof form over a rectangle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Roof {
    Flat,
    Pent,
    Gable,
    Hip,
    HalfHip,
    Mansard,
    Tent,
    Spire,
}

impl Roof {
    /// AdV code of the roof form.
    pub fn code(self) -> &'static str {
        match self {
            Roof::Flat => "1000",
            Roof::Pent => "2100",
            Roof::Gable => "3100",
            Roof::Hip => "3200",
            Roof::HalfHip => "3300",
            Roof::Mansard => "3400",
            Roof::Tent => "3500",
            Roof::Spire => "4000",
        }
    }
}

/// A rectangle of `long` × `wide` metres with the ridge along u; heights in metres above the datum.
pub fn rectangle(
    frame: &Frame,
    long: f64,
    wide: f64,
    roof: Roof,
    base: f64,
    eaves: f64,
    ridge: f64,
) -> Solid {
    let (a, b, e, r) = (long, wide, eaves, ridge);
    let plan = vec![[0.0, 0.0], [a, 0.0], [a, b], [0.0, b]];
    let faces = match roof {
        Roof::Flat => vec![vec![[0.0, 0.0, e], [a, 0.0, e], [a, b, e], [0.0, b, e]]],
        Roof::Pent => vec![vec![[0.0, 0.0, e], [a, 0.0, e], [a, b, r], [0.0, b, r]]],
        Roof::Gable => gable(a, b, e, r),
        Roof::Hip => hip(0.0, a, b, e, r),
        Roof::HalfHip => half_hip(a, b, e, r),
        Roof::Mansard => mansard(a, b, e, r),
        Roof::Tent | Roof::Spire => tent(a, b, e, r),
    };
    stand(frame, &[plan], &single(faces), base)
}

/// Any plan with a level roof; holes are clockwise.
pub fn flat(frame: &Frame, rings: &[Vec<[f64; 2]>], base: f64, top: f64) -> Solid {
    let face = rings.iter().map(|ring| ring.iter().map(|p| [p[0], p[1], top]).collect()).collect();
    stand(frame, rings, &[face], base)
}

/// A wing of `width` × `length` metres standing out at −v, `offset` metres along u (0 makes an L, more a T).
#[derive(Clone, Copy, Debug)]
pub struct Wing {
    pub offset: f64,
    pub width: f64,
    pub length: f64,
}

/// A gabled rectangle with a gabled wing of the same pitch; the wing must be narrower than the house is wide.
pub fn winged(frame: &Frame, long: f64, wide: f64, wing: Wing, base: f64, eaves: f64, ridge: f64) -> Solid {
    let (a, b, c, w, l, e, r) = (long, wide, wing.offset, wing.width, wing.length, eaves, ridge);
    let top = e + (r - e) * w / b;
    let mut plan = vec![[c, -l], [c + w, -l], [c + w, 0.0], [a, 0.0], [a, b], [0.0, b]];
    let mut south = vec![
        [c, 0.0, e],
        [c + w / 2.0, w / 2.0, top],
        [c + w, 0.0, e],
        [a, 0.0, e],
        [a, b / 2.0, r],
        [0.0, b / 2.0, r],
    ];
    if c > 0.0 {
        plan.extend([[0.0, 0.0], [c, 0.0]]);
        south.push([0.0, 0.0, e]);
    }
    let faces = vec![
        south,
        vec![[a, b, e], [0.0, b, e], [0.0, b / 2.0, r], [a, b / 2.0, r]],
        vec![[c, 0.0, e], [c, -l, e], [c + w / 2.0, -l, top], [c + w / 2.0, w / 2.0, top]],
        vec![[c + w, -l, e], [c + w, 0.0, e], [c + w / 2.0, w / 2.0, top], [c + w / 2.0, -l, top]],
    ];
    stand(frame, &[plan], &single(faces), base)
}

/// An eight-sided tower of `side` metres across with the onion dome of the region (AdV 3700).
pub fn onion_tower(frame: &Frame, side: f64, base: f64, eaves: f64) -> Solid {
    const PROFILE: [(f64, f64); 6] =
        [(1.0, 0.0), (0.62, 1.0), (0.94, 3.0), (0.86, 4.4), (0.36, 6.2), (0.1, 7.6)];
    let half = side / 2.0;
    let cut = half * 0.414_213_562;
    let corners = [
        (-cut, -half),
        (cut, -half),
        (half, -cut),
        (half, cut),
        (cut, half),
        (-cut, half),
        (-half, cut),
        (-half, -cut),
    ];
    let at = |corner: (f64, f64), level: (f64, f64)| {
        [half + corner.0 * level.0, half + corner.1 * level.0, eaves + level.1]
    };
    let mut faces = Vec::new();
    for (index, &from) in corners.iter().enumerate() {
        let to = corners[(index + 1) % corners.len()];
        for levels in PROFILE.windows(2) {
            faces.push(vec![at(from, levels[0]), at(to, levels[0]), at(to, levels[1]), at(from, levels[1])]);
        }
        let last = PROFILE[PROFILE.len() - 1];
        faces.push(vec![at(from, last), at(to, last), [half, half, eaves + 10.5]]);
    }
    let plan = corners.iter().map(|&corner| [half + corner.0, half + corner.1]).collect();
    stand(frame, &[plan], &single(faces), base)
}

/// A three-sided choir end at u = `long`, its eaves on the rectangle of `long` × `wide`; the roof falls to three sides.
pub fn choir(frame: &Frame, long: f64, wide: f64, base: f64, eaves: f64, ridge: f64) -> Solid {
    let (a, b, e, r) = (long, wide, eaves, ridge);
    let bevel = b * 0.3;
    let plan = vec![[0.0, 0.0], [a - bevel, 0.0], [a, bevel], [a, b - bevel], [a - bevel, b], [0.0, b]];
    let top = [a - b / 2.0, b / 2.0, r];
    let faces = vec![
        vec![[0.0, 0.0, e], [a - bevel, 0.0, e], top, [0.0, b / 2.0, r]],
        vec![[a - bevel, 0.0, e], [a, bevel, e], top],
        vec![[a, bevel, e], [a, b - bevel, e], top],
        vec![[a, b - bevel, e], [a - bevel, b, e], top],
        vec![[a - bevel, b, e], [0.0, b, e], [0.0, b / 2.0, r], top],
    ];
    stand(frame, &[plan], &single(faces), base)
}

fn single(faces: Vec<Vec<[f64; 3]>>) -> Vec<RoofFace> {
    faces.into_iter().map(|ring| vec![ring]).collect()
}

fn gable(a: f64, b: f64, e: f64, r: f64) -> Vec<Vec<[f64; 3]>> {
    let m = b / 2.0;
    vec![
        vec![[0.0, 0.0, e], [a, 0.0, e], [a, m, r], [0.0, m, r]],
        vec![[a, b, e], [0.0, b, e], [0.0, m, r], [a, m, r]],
    ]
}

/// Four slopes over the rectangle that lies `inset` metres inside.
fn hip(inset: f64, a: f64, b: f64, e: f64, r: f64) -> Vec<Vec<[f64; 3]>> {
    let (i, m) = (inset, b / 2.0);
    let reach = (m - i).min((a - 2.0 * i) * 0.42);
    let (p, q) = ([i + reach, m, r], [a - i - reach, m, r]);
    vec![
        vec![[i, i, e], [a - i, i, e], q, p],
        vec![[a - i, i, e], [a - i, b - i, e], q],
        vec![[a - i, b - i, e], [i, b - i, e], p, q],
        vec![[i, b - i, e], [i, i, e], p],
    ]
}

fn half_hip(a: f64, b: f64, e: f64, r: f64) -> Vec<Vec<[f64; 3]>> {
    let m = b / 2.0;
    let (v, h) = (0.55 * m, e + 0.55 * (r - e));
    let i = (m - v).min(a * 0.4);
    vec![
        vec![[0.0, 0.0, e], [a, 0.0, e], [a, v, h], [a - i, m, r], [i, m, r], [0.0, v, h]],
        vec![[a, v, h], [a, b - v, h], [a - i, m, r]],
        vec![[a, b, e], [0.0, b, e], [0.0, b - v, h], [i, m, r], [a - i, m, r], [a, b - v, h]],
        vec![[0.0, b - v, h], [0.0, v, h], [i, m, r]],
    ]
}

fn mansard(a: f64, b: f64, e: f64, r: f64) -> Vec<Vec<[f64; 3]>> {
    let (d, k) = (b * 0.14, e + 0.62 * (r - e));
    let outer = [[0.0, 0.0], [a, 0.0], [a, b], [0.0, b]];
    let inner = [[d, d], [a - d, d], [a - d, b - d], [d, b - d]];
    let mut faces: Vec<Vec<[f64; 3]>> = (0..4)
        .map(|i| {
            let j = (i + 1) % 4;
            vec![
                [outer[i][0], outer[i][1], e],
                [outer[j][0], outer[j][1], e],
                [inner[j][0], inner[j][1], k],
                [inner[i][0], inner[i][1], k],
            ]
        })
        .collect();
    faces.extend(hip(d, a, b, k, r));
    faces
}

fn tent(a: f64, b: f64, e: f64, r: f64) -> Vec<Vec<[f64; 3]>> {
    let top = [a / 2.0, b / 2.0, r];
    let ring = [[0.0, 0.0, e], [a, 0.0, e], [a, b, e], [0.0, b, e]];
    (0..4).map(|i| vec![ring[i], ring[(i + 1) % 4], top]).collect()
}
