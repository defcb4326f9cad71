//! Cut and fill: plans change the ground.

mod apply;
mod polygon;
mod ready;
mod triangle_index;
mod volume;

pub use apply::apply_edits;
pub use ready::ReadyEdit;
pub use volume::cut_fill;

use crate::mosaic::blocks_within;
use stadtwin_model::{BlockKey, GroundEdit, GroundTarget, HeightGrid};

/// Embankments reach no farther from their polygon than this [m].
pub const MAX_EMBANKMENT_M: f64 = 200.0;
/// More points than this, of polygon and triangles together, are no plan.
pub const MAX_POINTS: usize = 100_000;
/// Each node looks at the borders near it.
pub const MAX_POLYGON_POINTS: usize = 5_000;
/// A triangulation of so many points has no more.
pub const MAX_TRIANGLES: usize = 2 * MAX_POINTS;

/// Why an edit cannot be applied.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EditError {
    #[error("ring {ring} of the polygon has {count} points; a ring has three or more")]
    Ring { ring: usize, count: usize },
    #[error("ring {ring} of the polygon meets itself near {east:.2}, {north:.2} (in the terrain's CRS)")]
    Crossing { ring: usize, east: f64, north: f64 },
    #[error("the edit has no polygon")]
    NoPolygon,
    #[error("{what} of the edit is {value}; a finite number is needed")]
    Number { what: &'static str, value: f64 },
    #[error("an embankment of 1 : {0} is none; give more than 0 and at most 100")]
    Embankment(f64),
    #[error("triangle {triangle} names point {point} of {count}")]
    Triangle { triangle: usize, point: u32, count: usize },
    #[error("the edit has {count} points; {MAX_POINTS} are allowed")]
    TooLarge { count: usize },
    #[error("the polygon has {count} points; {MAX_POLYGON_POINTS} are allowed")]
    LongPolygon { count: usize },
    #[error("the edit has {count} triangles; {MAX_TRIANGLES} are allowed")]
    ManyTriangles { count: usize },
    #[error("the edit has no triangles")]
    NoTriangles,
}

/// What terrain knows of an edit.
pub trait EditGround {
    /// What `apply_edits` relies on.
    fn check(&self) -> Result<(), EditError>;

    /// How much there is of it, before anything is done with it.
    fn check_size(&self) -> Result<(), EditError>;

    /// `[west, south, east, north]` of all that may change, for ground between the lowest and highest height [m], which
    /// earlier edits may have lowered or raised.
    fn extent_m(&self, ground_m: [f64; 2]) -> [f64; 4];

    /// How far from the polygon its embankments reach at the most [m], for ground as in `extent_m`.
    fn reach_m(&self, ground_m: [f64; 2]) -> f64;

    /// Blocks with nodes that may change; tiles follow from the extent by `tiles_touched`.
    fn blocks(&self, grid: &HeightGrid, ground_m: [f64; 2]) -> impl Iterator<Item = BlockKey> + use<Self>;
}

impl EditGround for GroundEdit {
    fn check(&self) -> Result<(), EditError> {
        if self.polygon.is_empty() {
            return Err(EditError::NoPolygon);
        }
        if let Some((ring, points)) = self.polygon.iter().enumerate().find(|(_, ring)| ring.len() < 3) {
            return Err(EditError::Ring { ring, count: points.len() });
        }
        self.check_size()?;
        finite("a coordinate of the polygon", self.polygon.iter().flatten().flatten().copied())?;
        let crossing = |(ring, points): (usize, &Vec<[f64; 2]>)| {
            polygon::crossing(points).map(|[east, north]| EditError::Crossing { ring, east, north })
        };
        if let Some(fault) = self.polygon.iter().enumerate().find_map(crossing) {
            return Err(fault);
        }
        match self.embankment {
            Some(ratio) if !(ratio > 0.0 && ratio <= 100.0) => return Err(EditError::Embankment(ratio)),
            _ => {}
        }
        self.target.check()
    }

    fn check_size(&self) -> Result<(), EditError> {
        let of_polygon = self.polygon.iter().map(Vec::len).sum::<usize>();
        let count = of_polygon + self.target.tin_points().len();
        if count > MAX_POINTS {
            return Err(EditError::TooLarge { count });
        }
        if of_polygon > MAX_POLYGON_POINTS {
            return Err(EditError::LongPolygon { count: of_polygon });
        }
        match &self.target {
            GroundTarget::Tin { triangles, .. } if triangles.len() > MAX_TRIANGLES => {
                Err(EditError::ManyTriangles { count: triangles.len() })
            }
            _ => Ok(()),
        }
    }

    fn extent_m(&self, ground_m: [f64; 2]) -> [f64; 4] {
        let bound = |axis: usize, least: fn(f64, f64) -> f64, start: f64| {
            self.polygon.iter().flatten().map(|point| point[axis]).fold(start, least)
        };
        let reach = self.reach_m(ground_m);
        [
            bound(0, f64::min, f64::INFINITY) - reach,
            bound(1, f64::min, f64::INFINITY) - reach,
            bound(0, f64::max, f64::NEG_INFINITY) + reach,
            bound(1, f64::max, f64::NEG_INFINITY) + reach,
        ]
    }

    fn reach_m(&self, ground_m: [f64; 2]) -> f64 {
        let [low, high] = self.target.range_m(&self.polygon);
        let rise = (high - ground_m[0]).max(ground_m[1] - low).max(0.0);
        self.embankment.map_or(0.0, |ratio| (ratio * rise).min(MAX_EMBANKMENT_M))
    }

    fn blocks(&self, grid: &HeightGrid, ground_m: [f64; 2]) -> impl Iterator<Item = BlockKey> + use<> {
        blocks_within(grid, self.extent_m(ground_m))
    }
}

fn finite(what: &'static str, mut values: impl Iterator<Item = f64>) -> Result<(), EditError> {
    match values.find(|value| !value.is_finite()) {
        Some(value) => Err(EditError::Number { what, value }),
        None => Ok(()),
    }
}

/// The heights of a target.
pub trait TargetHeights {
    /// Of triangles; none for other targets.
    fn tin_points(&self) -> &[[f64; 3]];

    /// Whether its numbers and triangles hold together.
    fn check(&self) -> Result<(), EditError>;

    /// The new height at a place [m]. Looks at one triangle after another: `ReadyEdit` finds them.
    fn height_m(&self, place: [f64; 2]) -> Option<f64>;

    /// Lowest and highest height within the polygon [m].
    fn range_m(&self, polygon: &[Vec<[f64; 2]>]) -> [f64; 2];
}

impl TargetHeights for GroundTarget {
    fn tin_points(&self) -> &[[f64; 3]] {
        match self {
            GroundTarget::Tin { points, .. } => points,
            _ => &[],
        }
    }

    fn check(&self) -> Result<(), EditError> {
        match self {
            GroundTarget::Level(level) => finite("the level", [*level].into_iter()),
            GroundTarget::Slope { through, gradient, uphill_deg } => {
                finite("a number of the slope", through.iter().copied().chain([*gradient, *uphill_deg]))
            }
            GroundTarget::Tin { points, triangles } => {
                finite("a coordinate of the triangles", points.iter().flatten().copied())?;
                if triangles.is_empty() {
                    return Err(EditError::NoTriangles);
                }
                let count = points.len();
                let wrong =
                    |corners: &[u32; 3]| corners.iter().copied().find(|point| *point as usize >= count);
                let found =
                    triangles.iter().enumerate().find_map(|(at, corners)| Some((at, wrong(corners)?)));
                found.map_or(Ok(()), |(triangle, point)| Err(EditError::Triangle { triangle, point, count }))
            }
        }
    }

    fn height_m(&self, [east, north]: [f64; 2]) -> Option<f64> {
        match self {
            GroundTarget::Level(level) => Some(*level),
            GroundTarget::Slope { through, gradient, uphill_deg } => {
                let (sin, cos) = uphill_deg.to_radians().sin_cos();
                Some(through[2] + gradient * ((east - through[0]) * sin + (north - through[1]) * cos))
            }
            GroundTarget::Tin { points, triangles } => triangles.iter().find_map(|corners| {
                let [a, b, c] = corners.map(|point| points.get(point as usize));
                polygon::height_in_triangle([*a?, *b?, *c?], [east, north])
            }),
        }
    }

    fn range_m(&self, polygon: &[Vec<[f64; 2]>]) -> [f64; 2] {
        let heights: Vec<f64> = match self {
            GroundTarget::Tin { points, .. } => points.iter().map(|point| point[2]).collect(),
            _ => polygon.iter().flatten().filter_map(|place| self.height_m(*place)).collect(),
        };
        [
            heights.iter().copied().fold(f64::INFINITY, f64::min),
            heights.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        ]
    }
}
