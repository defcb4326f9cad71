//! How surfaces lie: how steep they are and where they look.

use super::face_normal_area;
use stadtwin_model::{Face, Geometry};

/// Steeper than this by less than it, a surface is level and looks nowhere [°].
const LEVEL_DEG: f64 = 0.5;
/// Faces that look apart: what is left of their sum is less than this part of them.
const MIN_ACCORD: f64 = 0.5;

/// Of some faces of a geometry.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Aspect {
    /// In space, without holes [m²].
    pub area_m2: f64,
    /// Between the outward normal and straight up, the mean over the faces by area: 0 is a flat roof, 90 a wall, 180 a
    /// floor seen from below; `None` without area [°].
    pub tilt_deg: Option<f64>,
    /// Clockwise from grid north to where the outward normal points in plan, 0 up to 360; `None` for what is level, and
    /// for faces that look apart [°].
    pub azimuth_deg: Option<f64>,
}

/// Area, tilt and azimuth of the faces together.
pub fn aspect<'a>(geometry: &Geometry, faces: impl IntoIterator<Item = &'a Face>) -> Aspect {
    let (mut area_m2, mut tilted, mut level) = (0.0, 0.0, true);
    let (mut east, mut north, mut spread) = (0.0, 0.0, 0.0);
    for face in faces {
        let ([x, y, z], area) = face_normal_area(geometry, face);
        let tilt = x.hypot(y).atan2(z).to_degrees();
        area_m2 += area;
        tilted += tilt * area;
        if (LEVEL_DEG..=180.0 - LEVEL_DEG).contains(&tilt) {
            level = false;
            east += x * area;
            north += y * area;
            spread += x.hypot(y) * area;
        }
    }
    if !(area_m2 > 0.0 && area_m2.is_finite()) {
        return Aspect::default();
    }
    let looks_one_way = !level && east.hypot(north) >= MIN_ACCORD * spread && spread > 0.0;
    let azimuth = || east.atan2(north).to_degrees().rem_euclid(360.0);
    Aspect { area_m2, tilt_deg: Some(tilted / area_m2), azimuth_deg: looks_one_way.then(azimuth) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use stadtwin_model::{GeometryKind, Lod, NO_SURFACE};

    fn check(faces: &[&[[f64; 3]]], area_m2: f64, tilt_deg: Option<f64>, azimuth_deg: Option<f64>) {
        let mut geometry = Geometry::new(Lod::whole(2), GeometryKind::MultiSurface);
        for face in faces {
            let far: Vec<_> =
                face.iter().map(|[x, y, z]| [x + 690_000.0, y + 5_334_000.0, z + 500.0]).collect();
            geometry.push_face([&far[..]], NO_SURFACE);
        }
        let found = aspect(&geometry, &geometry.faces);
        let alike = |found: Option<f64>, expected: Option<f64>| match (found, expected) {
            (Some(found), Some(expected)) => (found - expected).abs() < 1e-6,
            (found, expected) => found == expected,
        };
        assert!((found.area_m2 - area_m2).abs() < 1e-6, "{found:?}");
        assert!(alike(found.tilt_deg, tilt_deg) && alike(found.azimuth_deg, azimuth_deg), "{found:?}");
    }

    /// Slopes of a roof 10 m wide and 12 m long that rises 5 m: 12 √50 m² each, at 45°.
    const WEST: [[f64; 3]; 4] = [[0.0, 12.0, 6.0], [0.0, 0.0, 6.0], [5.0, 0.0, 11.0], [5.0, 12.0, 11.0]];
    const EAST: [[f64; 3]; 4] = [[10.0, 0.0, 6.0], [10.0, 12.0, 6.0], [5.0, 12.0, 11.0], [5.0, 0.0, 11.0]];
    const WALL: [[f64; 3]; 4] = [[0.0, 0.0, 0.0], [10.0, 0.0, 0.0], [10.0, 0.0, 6.0], [0.0, 0.0, 6.0]];

    #[test]
    fn slopes_walls_and_floors() {
        let slope = 12.0 * 50f64.sqrt();
        check(&[&WEST], slope, Some(45.0), Some(270.0));
        check(&[&EAST], slope, Some(45.0), Some(90.0));
        check(&[&WEST, &EAST], 2.0 * slope, Some(45.0), None);
        // The wall of 10 × 6 m in the south looks south.
        check(&[&WALL], 60.0, Some(90.0), Some(180.0));
        // Turned over, it looks north.
        let mut north = WALL;
        north.reverse();
        check(&[&north], 60.0, Some(90.0), Some(0.0));
        let flat = [[0.0, 0.0, 3.0], [4.0, 0.0, 3.0], [4.0, 3.0, 3.0], [0.0, 3.0, 3.0]];
        let mut floor = flat;
        floor.reverse();
        check(&[&flat], 12.0, Some(0.0), None);
        check(&[&floor], 12.0, Some(180.0), None);
        check(&[], 0.0, None, None);
    }
}
