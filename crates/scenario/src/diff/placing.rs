//! Whether two shapes are the same one, the same at another place, or others.

use std::collections::BTreeSet;

use stadtwin_model::CityObject;

use super::{Movement, Tolerances};
use crate::plane::apart;
use crate::shape::Shape;

pub(super) enum Placing {
    Same,
    Moved(Movement),
    /// Built otherwise: whether it is the same shape is to be measured.
    Other,
}

/// All points, if both are built of the same rings in the same order.
pub(super) fn placing(before: &CityObject, after: &CityObject, tolerances: &Tolerances) -> Placing {
    let (before, after) = (before.placed(), after.placed());
    let of = |object: &'_ CityObject| -> Vec<[f64; 3]> {
        object.walk().iter().flat_map(|part| &part.geometries).flat_map(|one| one.points.clone()).collect()
    };
    let build = |object: &'_ CityObject| -> Vec<_> {
        let walk = object.walk();
        let geometries = walk.iter().flat_map(|part| &part.geometries);
        geometries.map(|one| (one.lod, one.kind, one.ring_ends.clone())).collect()
    };
    if build(&before) != build(&after) {
        return Placing::Other;
    }
    let (old, new) = (of(&before), of(&after));
    let apart =
        |(p, q): (&[f64; 3], &[f64; 3])| (0..3).all(|axis| (p[axis] - q[axis]).abs() <= tolerances.length_m);
    if old.iter().zip(&new).all(apart) {
        return Placing::Same;
    }
    movement(&old, &new, tolerances.length_m).map_or(Placing::Other, Placing::Moved)
}

/// The shift and turn about the vertical that bring the one onto the other, if any do.
fn movement(old: &[[f64; 3]], new: &[[f64; 3]], tolerance_m: f64) -> Option<Movement> {
    let (from, to) = (middle(old), middle(new));
    let (mut sin, mut cos) = (0.0, 0.0);
    for (p, q) in old.iter().zip(new) {
        let (a, b) = ([p[0] - from[0], p[1] - from[1]], [q[0] - to[0], q[1] - to[1]]);
        sin += a[0] * b[1] - a[1] * b[0];
        cos += a[0] * b[0] + a[1] * b[1];
    }
    let turn = sin.atan2(cos);
    let (sin, cos) = turn.sin_cos();
    let fits = |(p, q): (&[f64; 3], &[f64; 3])| {
        let [x, y, z] = [p[0] - from[0], p[1] - from[1], p[2] - from[2]];
        let turned = [x * cos - y * sin + to[0], x * sin + y * cos + to[1], z + to[2]];
        (0..3).all(|axis| (turned[axis] - q[axis]).abs() <= tolerance_m)
    };
    old.iter().zip(new).all(fits).then(|| Movement {
        translate: [0, 1, 2].map(|axis| to[axis] - from[axis]),
        rotate: half_open_deg(turn.to_degrees()),
    })
}

/// Half a turn is +180° either way round.
pub(super) fn half_open_deg(turn_deg: f64) -> f64 {
    if turn_deg <= -180.0 { 180.0 } else { turn_deg }
}

fn middle(points: &[[f64; 3]]) -> [f64; 3] {
    let Some(origin) = points.first() else { return [0.0; 3] };
    let count = points.len() as f64;
    [0, 1, 2].map(|axis| origin[axis] + points.iter().map(|p| p[axis] - origin[axis]).sum::<f64>() / count)
}

/// Cut into other faces or told otherwise, but the same to measure and at the same place.
pub(super) fn is_alike(
    before: &CityObject,
    after: &CityObject,
    (old, new): &(Shape, Shape),
    tolerances: &Tolerances,
) -> bool {
    let lods = |object: &'_ CityObject| -> BTreeSet<_> {
        object.walk().iter().flat_map(|part| &part.geometries).map(|one| one.lod).collect()
    };
    let near = |a: Option<f64>, b: Option<f64>, tolerance: f64| match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= tolerance,
        (a, b) => a.is_none() && b.is_none(),
    };
    let height = |shape: &Shape, index: usize| shape.heights_m.map(|heights| heights[index]);
    lods(before) == lods(after)
        && (0..2).all(|index| near(height(old, index), height(new, index), tolerances.length_m))
        && near(old.volume_m3, new.volume_m3, tolerances.volume_m3)
        && near(old.roof_m2, new.roof_m2, tolerances.area_m2)
        && apart(&old.footprint, &new.footprint).area_m2 <= tolerances.area_m2
}
