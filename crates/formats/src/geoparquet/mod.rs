//! GeoParquet 1.1: outlines as WKB with their boxes, and typed columns, compressed in groups of rows.

mod buffer;
mod metadata;
mod projjson;
mod wkt;
mod writer;

pub use projjson::projjson;
pub use writer::{GeoParquetError, GeoParquetWriter};
