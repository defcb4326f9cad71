//! Tiles in space and flat ones: which object in which tile, what a tile holds, the tileset, the grids. Knows neither
//! store nor HTTP.

mod blocks;
mod columns;
mod encode;
mod map_grid;
mod map_layer;
mod map_pack;
mod map_sketch;
mod materials;
mod matrix;
mod mesh;
mod model;
mod plan;
mod select;
mod tileset;

pub use encode::{TileError, TileObject, encode};
pub use map_grid::{MapGrid, on_lattice};
pub use map_layer::{MapProperties, map_layer};
pub use map_pack::{MAP_FORMAT, MapPack, MapPackError, pack_features, packed_layer};
pub use matrix::{MatrixCrs, TILE_MATRIX_SETS, TILE_PIXELS, TileMatrixSet, tile_matrix_set};
pub use model::model;
pub use plan::{ENCODER_VERSION, PlanItem, PlanLimits, Planner, content_name, lifted_hash, plan};
pub use select::{Shape, shapes};
pub use tileset::{composed_tileset, tileset};

#[cfg(test)]
mod check;
#[cfg(test)]
mod encode_tests;
#[cfg(test)]
mod plan_tests;
#[cfg(test)]
mod sample;
