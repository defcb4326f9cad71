//! Gable and hip roofs over four corners.

use stadtwin_geometry::validate::ring::{self, Point};
use stadtwin_model::{Geometry, Lod};

use crate::extrude::{ExtrusionError, RoofForm, SolidMaker, at};
use crate::outline::Outline;

/// Slopes bent by less are one face [m].
const PLANARITY_M: f64 = 0.001;
/// Shorter ridges are a point [m].
const SHORTEST_RIDGE_M: f64 = 0.01;

/// Walls, ground and roof. The sides `0 → 1` and `2 → 3` of the corners lie at the ends of the ridge.
pub fn pitched(
    outline: &Outline,
    form: RoofForm,
    base_m: f64,
    height_m: f64,
) -> Result<Geometry, ExtrusionError> {
    let (roof, across, rise_m) = match form {
        RoofForm::Gable { rise_m, across } => ("gable", across, rise_m),
        RoofForm::Hip { rise_m } => ("hip", false, rise_m),
        RoofForm::Flat => ("flat", false, 0.0),
    };
    let corners = turned(four_corners(outline, roof)?, across);
    let quad = Outline::new(&[corners.to_vec()])?;
    let [p0, p1, p2, p3] = corners;
    let eaves_m = base_m + height_m;
    let ridge_m = eaves_m + rise_m;
    let (start, end) = (middle(p0, p1), middle(p2, p3));
    let mut solid = SolidMaker::new(Lod::whole(2));
    solid.ground(&quad, base_m);
    let is_gable = matches!(form, RoofForm::Gable { .. });
    let (start, end) = if is_gable { (start, end) } else { shortened(start, end, corners) };
    for (index, (a, b)) in [(p0, p1), (p1, p2), (p2, p3), (p3, p0)].into_iter().enumerate() {
        let mut wall = vec![at(a, base_m), at(b, base_m), at(b, eaves_m)];
        // Gables reach up to the ridge.
        if is_gable && index % 2 == 0 {
            wall.push(at(if index == 0 { start } else { end }, ridge_m));
        }
        wall.push(at(a, eaves_m));
        solid.wall(&wall);
    }
    let (start, end) = (at(start, ridge_m), at(end, ridge_m));
    let [e0, e1, e2, e3] = corners.map(|corner| at(corner, eaves_m));
    if !is_gable {
        solid.roof(&[&[&[e0, e1, start]]]);
    }
    slope(&mut solid, [e1, e2, end, start]);
    if !is_gable {
        solid.roof(&[&[&[e2, e3, end]]]);
    }
    slope(&mut solid, [e3, e0, start, end]);
    Ok(solid.geometry)
}

fn four_corners(outline: &Outline, roof: &'static str) -> Result<[Point; 4], ExtrusionError> {
    let corners = outline.corners();
    let holes = outline.rings().len().saturating_sub(1);
    let four = <[Point; 4]>::try_from(corners.as_slice()).ok().filter(|_| holes == 0);
    let Some(four) = four else {
        return Err(ExtrusionError::NotFourCorners { roof, corners: corners.len(), holes });
    };
    let turns_left =
        |index: usize| ring::turn(four[index], four[(index + 1) % 4], four[(index + 2) % 4]) > 0.0;
    (0..4).all(turns_left).then_some(four).ok_or(ExtrusionError::NotConvex { roof })
}

/// So that the ridge runs along the longer sides, or `across` them.
fn turned([a, b, c, d]: [Point; 4], across: bool) -> [Point; 4] {
    let longer_first = length(a, b) + length(c, d) > length(b, c) + length(d, a);
    if longer_first == across { [a, b, c, d] } else { [b, c, d, a] }
}

fn length(a: Point, b: Point) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

fn middle(a: Point, b: Point) -> Point {
    [(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0]
}

/// The ridge of a hip roof: half a side's length away from each end, one point where nothing is left.
fn shortened(start: Point, end: Point, [p0, p1, p2, p3]: [Point; 4]) -> (Point, Point) {
    let whole = length(start, end);
    let (first, last) = (length(p0, p1) / 2.0, length(p2, p3) / 2.0);
    let along = |share: f64| [0, 1].map(|axis| start[axis] + (end[axis] - start[axis]) * share);
    if whole - first - last <= SHORTEST_RIDGE_M {
        let apex = along(first / (first + last));
        return (apex, apex);
    }
    (along(first / whole), along(1.0 - last / whole))
}

/// A quadrilateral slope; a triangle where its ridge is a point; two triangles where it is bent.
fn slope(solid: &mut SolidMaker, [a, b, c, d]: [[f64; 3]; 4]) {
    if c == d {
        solid.roof(&[&[&[a, b, c]]]);
    } else if depth_m([a, b, c], d) <= PLANARITY_M {
        solid.roof(&[&[&[a, b, c, d]]]);
    } else {
        solid.roof(&[&[&[a, b, c]], &[&[a, c, d]]]);
    }
}

/// Distance of a point from the plane of three others [m].
fn depth_m([a, b, c]: [[f64; 3]; 3], d: [f64; 3]) -> f64 {
    let minus = |p: [f64; 3]| [p[0] - a[0], p[1] - a[1], p[2] - a[2]];
    let ([ux, uy, uz], [vx, vy, vz], w) = (minus(b), minus(c), minus(d));
    let normal = [uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx];
    let length = normal.iter().map(|value| value * value).sum::<f64>().sqrt();
    normal.iter().zip(w).map(|(a, b)| a * b).sum::<f64>().abs() / length.max(f64::MIN_POSITIVE)
}
