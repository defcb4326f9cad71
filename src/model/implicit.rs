//! Implicit geometries: one prototype shown in many places.

use std::sync::Arc;

use super::{Geometry, Lod};

/// A prototype with its place (CityGML *ImplicitGeometry*, CityJSON *GeometryInstance*).
#[derive(Debug, Clone, PartialEq)]
pub struct ImplicitGeometry {
    pub lod: Lod,
    pub template: Arc<Template>,
    /// Row-major 4 × 4, prototype to metres around the reference point (CityGML 3.0, 7.2.6).
    pub matrix: [f64; 16],
    /// `[east, north, up]`; the axis order of the file until `crs` has settled it.
    pub reference_point: [f64; 3],
}

/// What an implicit geometry shows: a geometry in its own local metres, or a library object outside.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Template {
    /// gml:id of the prototype, or made from its content; equal ids in one collection mean equal content.
    pub id: String,
    /// `None` for a library object.
    pub geometry: Option<Geometry>,
    /// Address of a library object, as the file has it.
    pub library_object: Option<String>,
    pub mime_type: Option<String>,
}

impl ImplicitGeometry {
    pub const IDENTITY: [f64; 16] =
        [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0];

    /// The prototype at its place; `None` for a library object.
    pub fn placed(&self) -> Option<Geometry> {
        let mut geometry = self.template.geometry.clone()?;
        let m = &self.matrix;
        let [x0, y0, z0] = self.reference_point;
        for point in &mut geometry.points {
            let [x, y, z] = *point;
            *point = [
                m[0] * x + m[1] * y + m[2] * z + m[3] + x0,
                m[4] * x + m[5] * y + m[6] * z + m[7] + y0,
                m[8] * x + m[9] * y + m[10] * z + m[11] + z0,
            ];
        }
        geometry.lod = self.lod;
        geometry.role = "implicit".to_owned();
        Some(geometry)
    }
}
