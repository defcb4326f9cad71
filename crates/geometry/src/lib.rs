//! What can be measured and derived from shapes: areas, volumes, footprints, triangles.

mod footprint;
mod measure;
mod solid;
mod triangulate;
pub mod validate;

pub use footprint::{Polygon, footprint};
pub use measure::{face_normal_area, ring_area_2d, ring_vector};
pub use solid::{ClosedShell, shell_volumes, volume};
pub use triangulate::triangulate;
