//! A coarse ground from scattered heights, for as long as no terrain model is at hand.

mod grid;
mod smooth;

pub use grid::{GroundGrid, ground_grid};
pub use smooth::smooth_map;
