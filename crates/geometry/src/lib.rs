//! What can be measured and derived from shapes: areas, volumes, footprints, triangles.

mod aspect;
mod footprint;
mod measure;
mod measures;
mod plan;
mod solid;
mod triangulate;
pub mod validate;

pub use aspect::{Aspect, aspect};
pub use footprint::{Polygon, footprint, object_and_parts};
pub use measure::{face_normal_area, ring_area_2d, ring_vector};
pub use measures::measures;
pub use plan::meets_ring;
pub use solid::{ClosedShell, shell_volumes, volume};
pub use triangulate::triangulate;
