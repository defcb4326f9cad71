//! Mapbox Vector Tiles 2.1: features of a square of the map, in whole numbers. Knows no projection and no tile grid.

mod bytes;
mod clip;
mod layer;
mod names;

pub use bytes::push_varint;
pub use clip::{clip_line, clip_ring};
pub use layer::{EXTENT, Layer, Pen, Shape, Value};
