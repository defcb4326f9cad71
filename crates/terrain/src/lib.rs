//! The ground as heights: kept in blocks, asked at places. Knows no files, no database and no HTTP.

mod availability;
mod block;
mod contact;
mod contours;
mod edit;
mod grid;
mod hillshade;
mod lattice;
mod levels;
mod mesh;
mod mosaic;
mod profile;
mod quantized_mesh;
mod raster;
mod smooth;
mod surround;
mod triangulation;
mod water;

pub use availability::{
    METADATA_LEVELS, TileRange, available, available_below, is_available, tiles_touched, tiles_within,
};
pub use block::{BlockError, decode_block, encode_block};
pub use contact::{ContactHint, ContactLimits, GroundContact, contact_hint, ground_contact, ground_places};
pub use contours::{Contour, contours, crossed_cell_count};
pub use edit::{
    EditError, EditGround, MAX_EMBANKMENT_M, MAX_POLYGON_POINTS, MAX_TRIANGLES, ReadyEdit, TargetHeights,
    apply_edits, cut_fill,
};
pub use grid::{GroundGrid, ground_grid};
pub use hillshade::{Light, Relief, hillshade};
pub use lattice::{
    FINEST_LEVEL, LATTICE_CELLS, LATTICE_SIDE, LatticeTile, base_level, child_keys, lattice_places,
    max_level, parent, parent_key, spacing_m, tile_bounds_deg, with_margin,
};
pub use levels::{level_grid, level_within, tile_block};
pub use mesh::{MeshInput, WaterMask, level_error_m, mesh_tolerance_m};
pub use mosaic::{Mosaic, blocks_within};
pub use profile::{ProfilePlace, profile_count, profile_places};
pub use quantized_mesh::{
    Extensions, QuantizedMesh, QuantizedMeshError, decode_quantized_mesh, encode_quantized_mesh,
};
pub use raster::{
    RASTER_SIDE, hillshade_png, terrain_rgb, terrain_rgb_png, web_mercator_bounds_deg, web_mercator_nodes,
    web_mercator_pixel_m, web_mercator_places,
};
pub use smooth::{SIDE as SMOOTH_SIDE, SmoothMap, smooth_map};
pub use surround::Surround;
pub use triangulation::{Scattered, triangulate_scattered};
pub use water::{water_mask, water_square_m};
