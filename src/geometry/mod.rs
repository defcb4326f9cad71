//! Shapes computed from shapes: planes, triangles. Does no I/O.

mod measure;
mod triangulate;

pub use measure::face_normal_area;
pub use triangulate::triangulate;
