//! Objects moved, turned about the vertical and scaled, with all that belongs to them.

use serde::{Deserialize, Serialize};
use stadtwin_geometry::footprint;
use stadtwin_model::{Appearance, CityObject, Envelope, ImplicitGeometry, Projection};

use crate::extrude::to_millimetres;

/// What to do, in this order: scale and turn about a point, then shift.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Transform {
    /// `[east, north, up]` of the grid [m].
    pub translate: [f64; 3],
    /// About the vertical, counter-clockwise seen from above [°].
    pub rotate: f64,
    pub scale: f64,
    /// `[east, north]` of the point that stays where it is; the centroid of the footprint where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub about: Option<[f64; 2]>,
}

impl Default for Transform {
    fn default() -> Transform {
        Transform { translate: [0.0; 3], rotate: 0.0, scale: 1.0, about: None }
    }
}

const SCALES: std::ops::RangeInclusive<f64> = 0.001..=1_000.0;
/// Farther than any projected coordinate [m].
const FARTHEST_M: f64 = 1e9;

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TransformError {
    #[error("translate {0:?} is not three usable numbers")]
    Translate([f64; 3]),
    #[error("rotate {0} is no usable number of degrees")]
    Rotate(f64),
    #[error("scale {0} is not between 0.001 and 1000")]
    Scale(f64),
    #[error("about {0:?} is not two usable numbers")]
    About([f64; 2]),
    #[error("object `{0}` has no geometry to move")]
    NoPlace(String),
}

/// A checked transform with the point that it turns and scales about.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Motion {
    /// `[east, north, up]` [m].
    pub center: [f64; 3],
    pub shift: [f64; 3],
    /// Counter-clockwise seen from above [°].
    pub turn_deg: f64,
    pub scale: f64,
}

/// The object moved, and the motion that did it.
pub fn transform(object: &CityObject, transform: &Transform) -> Result<(CityObject, Motion), TransformError> {
    let motion = Motion::of(transform, object)?;
    let mut moved = object.clone();
    motion.apply(&mut moved);
    Ok((moved, motion))
}

/// Centroid of the footprint, or of the box where there is none, at the height of the lowest point.
pub fn place_of(object: &CityObject) -> Option<[f64; 3]> {
    let placed = object.placed();
    let mut envelope = Envelope::EMPTY;
    for geometry in placed.walk().iter().flat_map(|part| &part.geometries) {
        envelope.union(&geometry.envelope());
    }
    if envelope.is_empty() || !envelope.min.iter().chain(&envelope.max).all(|value| value.is_finite()) {
        return None;
    }
    let middle = [0, 1].map(|axis| envelope.min[axis] / 2.0 + envelope.max[axis] / 2.0);
    let [x, y] = centroid(&footprint(&placed), middle).unwrap_or(middle);
    Some([x, y, envelope.min[2]])
}

/// Of closed rings, holes against their exterior; reckoned from a point nearby.
fn centroid(polygons: &[Vec<Vec<[f64; 2]>>], origin: [f64; 2]) -> Option<[f64; 2]> {
    let (mut doubled, mut sum) = (0.0, [0.0; 2]);
    for pair in polygons.iter().flatten().flat_map(|ring| ring.windows(2)) {
        let local = |point: [f64; 2]| [point[0] - origin[0], point[1] - origin[1]];
        let (a, b) = (local(pair[0]), local(pair[1]));
        let cross = a[0] * b[1] - b[0] * a[1];
        doubled += cross;
        sum = [0, 1].map(|axis| sum[axis] + (a[axis] + b[axis]) * cross);
    }
    (doubled > 0.0).then(|| [0, 1].map(|axis| origin[axis] + sum[axis] / (3.0 * doubled)))
}

impl Motion {
    pub fn of(transform: &Transform, object: &CityObject) -> Result<Motion, TransformError> {
        let is_usable = |value: &f64| value.abs() <= FARTHEST_M;
        if !transform.translate.iter().all(is_usable) {
            return Err(TransformError::Translate(transform.translate));
        }
        if !is_usable(&transform.rotate) {
            return Err(TransformError::Rotate(transform.rotate));
        }
        if !SCALES.contains(&transform.scale) {
            return Err(TransformError::Scale(transform.scale));
        }
        if let Some(about) = transform.about.filter(|about| !about.iter().all(is_usable)) {
            return Err(TransformError::About(about));
        }
        let [x, y, z] = place_of(object).ok_or_else(|| TransformError::NoPlace(object.id.clone()))?;
        let [x, y] = transform.about.unwrap_or([x, y]);
        Ok(Motion {
            center: [x, y, z],
            shift: transform.translate,
            turn_deg: transform.rotate,
            scale: transform.scale,
        })
    }

    /// The way back.
    pub fn inverse(&self) -> Motion {
        Motion {
            center: [0, 1, 2].map(|axis| self.center[axis] + self.shift[axis]),
            shift: self.shift.map(|value| -value),
            turn_deg: -self.turn_deg,
            scale: 1.0 / self.scale,
        }
    }

    /// Also `measuredHeight` follows the scale. Openings and parts keep their ids.
    pub fn apply(&self, object: &mut CityObject) {
        for geometry in &mut object.geometries {
            geometry.points.iter_mut().for_each(|point| *point = self.point(*point));
            geometry.appearances.iter_mut().for_each(|appearance| self.move_textures(appearance));
        }
        object.implicit_geometries.iter_mut().for_each(|implicit| self.move_implicit(implicit));
        let height_m = object.attributes.get("measuredHeight").and_then(serde_json::Value::as_f64);
        if let Some(height_m) = height_m.filter(|_| self.scale != 1.0) {
            object.attributes.insert(
                "measuredHeight".to_owned(),
                serde_json::json!(to_millimetres(height_m * self.scale)),
            );
        }
        object.children.iter_mut().for_each(|child| self.apply(child));
    }

    pub fn point(&self, point: [f64; 3]) -> [f64; 3] {
        let local = [0, 1, 2].map(|axis| point[axis] - self.center[axis]);
        let turned = self.direction(local);
        [0, 1, 2].map(|axis| self.center[axis] + self.shift[axis] + turned[axis])
    }

    /// Turned and scaled only.
    fn direction(&self, [x, y, z]: [f64; 3]) -> [f64; 3] {
        let (sin, cos) = sin_cos_deg(self.turn_deg);
        [(x * cos - y * sin) * self.scale, (x * sin + y * cos) * self.scale, z * self.scale]
    }

    fn move_implicit(&self, implicit: &mut ImplicitGeometry) {
        implicit.reference_point = self.point(implicit.reference_point);
        for column in 0..4 {
            let of = |row: usize| implicit.matrix[row * 4 + column];
            let turned = self.direction([of(0), of(1), of(2)]);
            for (row, value) in turned.into_iter().enumerate() {
                implicit.matrix[row * 4 + column] = value;
            }
        }
    }

    fn move_textures(&self, appearance: &mut Appearance) {
        for texture in &mut appearance.textures {
            match &mut texture.projection {
                Projection::Coordinates => {}
                Projection::WorldToTexture(matrix) => *matrix = self.moved_world_to_texture(matrix),
                // A world file beside the image stays as it is.
                Projection::Georeferenced { reference_point, orientation, .. } => {
                    *reference_point = reference_point.map(|[x, y]| {
                        let [x, y, _] = self.point([x, y, self.center[2]]);
                        [x, y]
                    });
                    *orientation = orientation.map(|[a, b, c, d]| {
                        let [a, c, _] = self.direction([a, c, 0.0]);
                        let [b, d, _] = self.direction([b, d, 0.0]);
                        [a, b, c, d]
                    });
                }
            }
        }
    }

    /// What was at a place before shows there what it showed: the matrix after the way back.
    fn moved_world_to_texture(&self, matrix: &[f64; 12]) -> [f64; 12] {
        let back = self.inverse();
        let origin = back.point([0.0; 3]);
        let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]].map(|axis| back.direction(axis));
        let mut moved = [0.0; 12];
        for row in 0..3 {
            let of = |vector: [f64; 3]| (0..3).map(|k| matrix[row * 4 + k] * vector[k]).sum::<f64>();
            for (column, axis) in axes.iter().enumerate() {
                moved[row * 4 + column] = of(*axis);
            }
            moved[row * 4 + 3] = of(origin) + matrix[row * 4 + 3];
        }
        moved
    }
}

/// Exact at quarter turns.
fn sin_cos_deg(turn_deg: f64) -> (f64, f64) {
    match turn_deg.rem_euclid(360.0) {
        0.0 => (0.0, 1.0),
        90.0 => (1.0, 0.0),
        180.0 => (0.0, -1.0),
        270.0 => (-1.0, 0.0),
        turn_deg => turn_deg.to_radians().sin_cos(),
    }
}

#[cfg(test)]
#[path = "transform_tests.rs"]
mod tests;
