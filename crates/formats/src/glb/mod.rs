//! Binary glTF 2.0: written with feature ids and property tables (EXT_mesh_features, EXT_structural_metadata), read as
//! triangles.

mod metadata;
mod read;
mod writer;

pub use metadata::{Column, Enumeration, PropertyTable, Values};
pub use read::{GlbError, GlbMaterial, GlbModel, MOST_TRIANGLES, is_glb, read_glb};
pub use writer::{FeatureIds, Glb, Material, Primitive};
