//! Changes of the ground: a polygon and what becomes of the heights in it.

use serde::{Deserialize, Serialize};

/// A change of the ground, in the CRS of the terrain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GroundEdit {
    /// Rings `[east, north]` [m], open or closed, of either sense: the exterior, then holes.
    pub polygon: Vec<Vec<[f64; 2]>>,
    pub target: GroundTarget,
    /// Outside (and in holes) the ground meets the target at a slope of 1 : n; `None` leaves a step.
    pub embankment: Option<f64>,
}

/// The new ground within the polygon; heights in the vertical system of the terrain [m].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroundTarget {
    Level(f64),
    /// A plane through `[east, north, height]` that rises by `gradient` [m/m] towards an azimuth, clockwise from the
    /// grid's north [°].
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

impl GroundEdit {
    /// Points of polygon and triangles, and triangles: what it takes to keep it.
    pub fn point_count(&self) -> usize {
        let of_target = match &self.target {
            GroundTarget::Tin { points, triangles } => points.len() + triangles.len(),
            _ => 0,
        };
        self.polygon.iter().map(Vec::len).sum::<usize>() + of_target
    }
}

/// Earth moved between two states of the ground: each node stands for one cell of the grid.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct CutFill {
    /// Taken away [m³].
    pub cut_m3: f64,
    /// Brought [m³].
    pub fill_m3: f64,
    /// Where ground is taken away, where brought [m²].
    pub cut_m2: f64,
    pub fill_m2: f64,
    /// Nodes with a height in one state only: not counted above.
    pub unknown_nodes: usize,
}

/// What an edit does to one state of a terrain.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EditFigures {
    pub earth: CutFill,
    /// `[west, south, east, north]` of the nodes that change, in the terrain's CRS [m]; `None` where none does.
    pub extent_m: Option<[f64; 4]>,
}

/// A change of a terrain's ground as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct TerrainModification {
    pub id: i64,
    /// The plan that owns it; none yet does.
    pub scenario: Option<String>,
    pub name: String,
    pub is_enabled: bool,
    /// Whether those who do not ask for modifications see it too.
    pub in_base: bool,
    pub edit: GroundEdit,
    /// With the terrain's revision that they hold for.
    pub figures: Option<(i64, EditFigures)>,
    /// Grows by one with each change of this modification, from 1.
    pub revision: i64,
    /// RFC 3339.
    pub created: String,
    /// RFC 3339.
    pub changed: String,
}
