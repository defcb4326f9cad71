//! stadtwin: a server for digital twins of cities. See `docs/architecture.md` for the map.
//!
//! Floors, from the ground up; a floor may import only what stands above it in this list
//! (`tests/it/architecture.rs` keeps this true). All but the two upper ones are packages of their own in `crates/`.

pub use stadtwin_model as model;

pub use stadtwin_access as access;
pub use stadtwin_crs as crs;
pub use stadtwin_geometry as geometry;
pub use stadtwin_query as query;

pub use stadtwin_formats as formats;
pub use stadtwin_terrain as terrain;
pub use stadtwin_tiles as tiles;

pub use stadtwin_sample as sample;

pub use stadtwin_directory as directory;

pub use stadtwin_store as store;

pub use stadtwin_jobs as jobs;

pub mod api;

pub mod cli;
