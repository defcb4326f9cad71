//! Cut and fill: plans change the ground.

mod apply;
mod polygon;
mod volume;

pub use apply::apply_edits;
pub use volume::{CutFill, cut_fill};

use crate::model::{BlockKey, HeightGrid};
use crate::terrain::mosaic::blocks_within;

/// Embankments reach no farther from their polygon than this [m].
pub const MAX_EMBANKMENT_M: f64 = 200.0;
/// More points than this are no plan.
const MAX_POINTS: usize = 100_000;

/// A change of the ground, in the CRS of the terrain.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// Rings `[east, north]` [m], open or closed, of either sense: the exterior, then holes.
    pub polygon: Vec<Vec<[f64; 2]>>,
    pub target: Target,
    /// Outside (and in holes) the ground meets the target at a slope of 1 : n; `None` leaves a step.
    pub embankment: Option<f64>,
}

/// The new ground within the polygon; heights in the vertical system of the terrain [m].
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    Level(f64),
    /// A plane through `[east, north, height]` that rises by `gradient` [m/m] towards an azimuth, clockwise from north [°].
    Slope {
        through: [f64; 3],
        gradient: f64,
        uphill_deg: f64,
    },
    /// Triangles over points `[east, north, height]`; where none lies the ground stays.
    Tin {
        points: Vec<[f64; 3]>,
        triangles: Vec<[u32; 3]>,
    },
}

/// Why an edit cannot be applied.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EditError {
    #[error("ring {ring} of the polygon has {count} points; a ring has three or more")]
    Ring { ring: usize, count: usize },
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
}

impl Edit {
    /// What `apply_edits` relies on.
    pub fn check(&self) -> Result<(), EditError> {
        if self.polygon.is_empty() {
            return Err(EditError::NoPolygon);
        }
        if let Some((ring, points)) = self.polygon.iter().enumerate().find(|(_, ring)| ring.len() < 3) {
            return Err(EditError::Ring { ring, count: points.len() });
        }
        let count = self.polygon.iter().map(Vec::len).sum::<usize>() + self.target.tin_points().len();
        if count > MAX_POINTS {
            return Err(EditError::TooLarge { count });
        }
        finite("a coordinate of the polygon", self.polygon.iter().flatten().flatten().copied())?;
        match self.embankment {
            Some(ratio) if !(ratio > 0.0 && ratio <= 100.0) => return Err(EditError::Embankment(ratio)),
            _ => {}
        }
        self.target.check()
    }

    /// `[west, south, east, north]` of all that may change, for ground between the lowest and highest height [m], which
    /// earlier edits may have lowered or raised.
    pub fn extent_m(&self, ground_m: [f64; 2]) -> [f64; 4] {
        let bound = |axis: usize, least: fn(f64, f64) -> f64, start: f64| {
            self.polygon.iter().flatten().map(|point| point[axis]).fold(start, least)
        };
        let [low, high] = self.target.range_m(&self.polygon);
        let rise = (high - ground_m[0]).max(ground_m[1] - low).max(0.0);
        let reach = self.embankment.map_or(0.0, |ratio| (ratio * rise).min(MAX_EMBANKMENT_M));
        [
            bound(0, f64::min, f64::INFINITY) - reach,
            bound(1, f64::min, f64::INFINITY) - reach,
            bound(0, f64::max, f64::NEG_INFINITY) + reach,
            bound(1, f64::max, f64::NEG_INFINITY) + reach,
        ]
    }

    /// Blocks with nodes that may change; tiles follow from the extent by `tiles_touched`.
    pub fn blocks(&self, grid: &HeightGrid, ground_m: [f64; 2]) -> impl Iterator<Item = BlockKey> + use<> {
        blocks_within(grid, self.extent_m(ground_m))
    }
}

fn finite(what: &'static str, mut values: impl Iterator<Item = f64>) -> Result<(), EditError> {
    match values.find(|value| !value.is_finite()) {
        Some(value) => Err(EditError::Number { what, value }),
        None => Ok(()),
    }
}

impl Target {
    fn tin_points(&self) -> &[[f64; 3]] {
        match self {
            Target::Tin { points, .. } => points,
            _ => &[],
        }
    }

    fn check(&self) -> Result<(), EditError> {
        match self {
            Target::Level(level) => finite("the level", [*level].into_iter()),
            Target::Slope { through, gradient, uphill_deg } => {
                finite("a number of the slope", through.iter().copied().chain([*gradient, *uphill_deg]))
            }
            Target::Tin { points, triangles } => {
                finite("a coordinate of the triangles", points.iter().flatten().copied())?;
                let count = points.len();
                let wrong =
                    |corners: &[u32; 3]| corners.iter().copied().find(|point| *point as usize >= count);
                let found =
                    triangles.iter().enumerate().find_map(|(at, corners)| Some((at, wrong(corners)?)));
                found.map_or(Ok(()), |(triangle, point)| Err(EditError::Triangle { triangle, point, count }))
            }
        }
    }

    /// The new height at a place [m].
    pub fn height_m(&self, [east, north]: [f64; 2]) -> Option<f64> {
        match self {
            Target::Level(level) => Some(*level),
            Target::Slope { through, gradient, uphill_deg } => {
                let (sin, cos) = uphill_deg.to_radians().sin_cos();
                Some(through[2] + gradient * ((east - through[0]) * sin + (north - through[1]) * cos))
            }
            Target::Tin { points, triangles } => triangles.iter().find_map(|corners| {
                let [a, b, c] = corners.map(|point| points.get(point as usize));
                polygon::height_in_triangle([*a?, *b?, *c?], [east, north])
            }),
        }
    }

    /// Lowest and highest height within the polygon [m].
    fn range_m(&self, polygon: &[Vec<[f64; 2]>]) -> [f64; 2] {
        let heights: Vec<f64> = match self {
            Target::Tin { points, .. } => points.iter().map(|point| point[2]).collect(),
            _ => polygon.iter().flatten().filter_map(|place| self.height_m(*place)).collect(),
        };
        [
            heights.iter().copied().fold(f64::INFINITY, f64::min),
            heights.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        ]
    }
}
