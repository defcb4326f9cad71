//! The ground as heights: kept in blocks, asked at places. Knows no files, no database and no HTTP.

mod block;
mod grid;
mod mosaic;
mod smooth;

pub use block::{BlockError, decode_block, encode_block};
pub use grid::{GroundGrid, ground_grid};
pub use mosaic::{Mosaic, blocks_within};
pub use smooth::{SIDE as SMOOTH_SIDE, smooth_map};
