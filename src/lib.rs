//! stadtwin: a server for digital twins of cities. See `docs/architecture.md` for the map.
//!
//! Floors, from the ground up; a floor may import only what stands above it in this list
//! (`tests/it/architecture.rs` keeps this true).

pub mod model;

pub mod access;
pub mod crs;
pub mod geometry;
pub mod query;

pub mod formats;
pub mod terrain;
pub mod tiles;

pub mod sample;

pub mod store;

pub mod jobs;

pub mod api;

pub mod cli;
