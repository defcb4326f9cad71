//! The ground as heights: kept in blocks, asked at places. Knows no files, no database and no HTTP.

mod availability;
mod block;
mod grid;
mod lattice;
mod levels;
mod mesh;
mod mosaic;
mod quantized_mesh;
mod smooth;

pub use availability::{
    METADATA_LEVELS, TileRange, available, available_below, is_available, tiles_touched, tiles_within,
};
pub use block::{BlockError, decode_block, encode_block};
pub use grid::{GroundGrid, ground_grid};
pub use lattice::{
    FINEST_LEVEL, LATTICE_CELLS, LATTICE_SIDE, LatticeTile, base_level, child_keys, lattice_places,
    max_level, parent, parent_key, spacing_m, tile_bounds_deg, with_margin,
};
pub use levels::{level_grid, level_within, tile_block};
pub use mesh::{MeshInput, WaterMask, level_error_m, mesh_tolerance_m};
pub use mosaic::{Mosaic, blocks_within};
pub use quantized_mesh::{
    Extensions, QuantizedMesh, QuantizedMeshError, decode_quantized_mesh, encode_quantized_mesh,
};
pub use smooth::{SIDE as SMOOTH_SIDE, smooth_map};
