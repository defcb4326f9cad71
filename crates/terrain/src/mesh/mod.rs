//! Few triangles through many heights, with borders that neighbours agree on.

mod border;
mod delaunay;
mod input;
mod level;
mod normals;
mod refine;

pub use input::{MeshInput, WaterMask};
pub use level::{level_error_m, limits_of, mesh_tolerance_m};
pub use normals::normals;
pub use refine::{Mesh, refine};
