//! GeoPackage 1.3: features with outline and typed attributes in one table, their surfaces in space in another, both with
//! a spatial index. The file is an SQLite database; its SQL is the format's and stays in this folder.

mod blob;
mod layer;
mod values;
mod writer;

pub use writer::{GeoPackageWriter, SpatialReference};

/// SQLite could not do it: no room, or the file is gone.
#[derive(Debug, thiserror::Error)]
#[error("the GeoPackage cannot be written: {0}")]
pub struct GeoPackageError(#[from] rusqlite::Error);
