//! 3D Tiles: which object in which tile, what a tile holds, the tileset. Knows neither store nor HTTP.

mod blocks;
mod columns;
mod encode;
mod materials;
mod mesh;
mod plan;
mod select;
mod tileset;

pub use encode::{TileError, TileObject, encode};
pub use plan::{ENCODER_VERSION, PlanItem, PlanLimits, Planner, plan};
pub use select::{Shape, shapes};
pub use tileset::tileset;

#[cfg(test)]
mod check;
#[cfg(test)]
mod encode_tests;
#[cfg(test)]
mod plan_tests;
#[cfg(test)]
mod sample;
