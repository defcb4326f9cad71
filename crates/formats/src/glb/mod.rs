//! Binary glTF 2.0 with feature ids and property tables (EXT_mesh_features, EXT_structural_metadata).

mod metadata;
mod writer;

pub use metadata::{Column, Enumeration, PropertyTable, Values};
pub use writer::{FeatureIds, Glb, Material, Primitive};
