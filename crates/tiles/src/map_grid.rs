//! Outlines of the storage CRS in the CRS of a grid of map tiles: the same for a feature, whatever tile asks for it.

use std::collections::HashMap;

use stadtwin_crs::{CrsError, LocalMap, Transformer};
use stadtwin_model::MapCell;

/// Steps of outlines on maps [a metre].
const STEPS: f64 = 10_000.0;

/// A coordinate of the storage CRS in whole steps.
pub(super) fn steps(metres: f64) -> i64 {
    (metres * STEPS).round() as i64
}

/// The coordinate that so many steps are [m].
pub(super) fn of_steps(steps: i64) -> f64 {
    steps as f64 / STEPS
}

/// Moves a point to the next one of the lattice, 0.1 mm apart, on which outlines for maps are kept.
pub fn on_lattice(point: [f64; 2]) -> [f64; 2] {
    point.map(|value| of_steps(steps(value)))
}

/// From the storage CRS to that of a grid, cell by cell.
pub struct MapGrid<'a> {
    transformer: &'a Transformer,
    /// [units of the grid's CRS]
    tolerance: f64,
    cells: HashMap<MapCell, Option<LocalMap>>,
}

impl<'a> MapGrid<'a> {
    /// What stands in for the projection is off by no more than `tolerance` [units of the target].
    pub fn new(transformer: &'a Transformer, tolerance: f64) -> MapGrid<'a> {
        MapGrid { transformer, tolerance, cells: HashMap::new() }
    }

    /// Converts points of features of a cell in place.
    pub fn convert(&mut self, cell: MapCell, points: &mut [[f64; 2]]) -> Result<(), CrsError> {
        if !self.cells.contains_key(&cell) {
            let map = match cell.reach() {
                Some(bounds) => LocalMap::fit(self.transformer, bounds, self.tolerance)?,
                None => None,
            };
            self.cells.insert(cell, map);
        }
        match self.cells.get(&cell) {
            Some(Some(map)) => map.convert(points),
            _ => self.transformer.convert_2d(points)?,
        }
        Ok(())
    }
}
