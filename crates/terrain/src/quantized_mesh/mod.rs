//! quantized-mesh 1.0: terrain tiles as Cesium reads them.

mod bounds;
mod decode;
mod encode;
mod oct;
mod order;
mod steps;
#[cfg(test)]
mod tests;

pub use decode::{QuantizedMesh, QuantizedMeshError, decode_quantized_mesh};
pub use encode::{Extensions, encode_quantized_mesh};

/// Greatest value of u, v and height: a tile's full width.
const FULL: u16 = 32_767;
/// With more vertices indices have 32 bits.
const SHORT_INDEX_VERTICES: usize = 65_536;
const NORMALS: u8 = 1;
const WATER_MASK: u8 = 2;
const METADATA: u8 = 4;
/// Along a side of a water mask.
const WATER_SIDE: usize = 256;
