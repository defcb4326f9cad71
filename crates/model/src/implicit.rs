//! Implicit geometries: one prototype shown in many places.

use std::sync::Arc;

use super::{BoundarySurface, Geometry, GeometryKind, Lod, NO_SURFACE};

/// A prototype with its place (CityGML *ImplicitGeometry*, CityJSON *GeometryInstance*).
#[derive(Debug, Clone, PartialEq)]
pub struct ImplicitGeometry {
    pub lod: Lod,
    pub template: Arc<Template>,
    /// Row-major 4 × 4, prototype to metres around the reference point (CityGML 3.0, 7.2.6).
    pub matrix: [f64; 16],
    /// `[east, north, up]`; the axis order of the file until `crs` has settled it.
    pub reference_point: [f64; 3],
    /// The boundary surface shown this way (a window), last, behind those that it fills; empty for the object itself.
    pub surfaces: Vec<BoundarySurface>,
}

/// What an implicit geometry shows: a geometry in its own local metres, or a library object outside.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Template {
    /// gml:id of the prototype, or made from its content; equal ids in one collection mean equal content.
    pub id: String,
    /// `None` where there is only a library object.
    pub geometry: Option<Geometry>,
    /// Address of a library object, as the file has it.
    pub library_object: Option<String>,
    pub mime_type: Option<String>,
}

impl ImplicitGeometry {
    /// `Geometry::role` of what `placed` gives.
    pub const ROLE: &str = "implicit";
    pub const IDENTITY: [f64; 16] =
        [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0];

    /// The prototype at its place; the reference point alone for a library object.
    pub fn placed(&self) -> Geometry {
        let Some(mut geometry) = self.template.geometry.clone() else {
            return self.place_alone();
        };
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
        self.add_surfaces(&mut geometry);
        geometry.lod = self.lod;
        geometry.role = Self::ROLE.to_owned();
        geometry
    }

    /// What `placed` copies: points, faces, surfaces, and what is said of them.
    pub(super) fn size(&self) -> usize {
        let Some(geometry) = &self.template.geometry else { return 1 };
        let looks = geometry.appearances.iter().map(|one| {
            let faces = one.face_materials.len() + one.face_textures.len();
            one.materials.len() + one.textures.len() + one.texture_coordinates.len() + faces
        });
        let surfaces = geometry.surfaces.len() + self.surfaces.len();
        geometry.points.len() + geometry.faces.len() + surfaces + looks.sum::<usize>()
    }

    pub(super) fn place_alone(&self) -> Geometry {
        let mut geometry = Geometry::new(self.lod, GeometryKind::MultiPoint);
        geometry.push_ring(&[self.reference_point]);
        geometry.role = Self::ROLE.to_owned();
        geometry
    }

    /// Faces without a surface of their own belong to the one that is shown.
    fn add_surfaces(&self, geometry: &mut Geometry) {
        let Some(shown) = self.surfaces.len().checked_sub(1) else { return };
        let before = geometry.surfaces.len() as u32;
        for surface in &self.surfaces {
            let parent = surface.parent.map(|parent| parent + before);
            geometry.surfaces.push(BoundarySurface { parent, ..surface.clone() });
        }
        for face in geometry.faces.iter_mut().filter(|face| face.surface == NO_SURFACE) {
            face.surface = before + shown as u32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CityObject;

    #[test]
    fn a_prototype_is_turned_moved_and_given_its_surface() {
        let mut prototype = Geometry::new(Lod(0), GeometryKind::MultiSurface);
        prototype.push_face([&[[0.0, 0.0, 0.0], [2.0, 0.0, 0.0], [0.0, 1.0, 0.0]][..]], NO_SURFACE);
        // A quarter turn to the left: east becomes north, north becomes west.
        let turn = [0.0, -1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 5.0, 0.0, 0.0, 0.0, 1.0];
        let wall = BoundarySurface { id: "wall".into(), ..BoundarySurface::default() };
        let window = BoundarySurface { id: "window".into(), parent: Some(0), ..BoundarySurface::default() };
        let implicit = ImplicitGeometry {
            lod: Lod::whole(3),
            template: Arc::new(Template { geometry: Some(prototype), ..Template::default() }),
            matrix: turn,
            reference_point: [100.0, 200.0, 300.0],
            surfaces: vec![wall, window],
        };
        let object = CityObject { implicit_geometries: vec![implicit], ..CityObject::default() };
        let outer = CityObject { children: vec![object], ..CityObject::default() };
        let placed = outer.placed();
        let [shape] = placed.children[0].geometries.as_slice() else { panic!("{placed:?}") };
        assert_eq!(shape.points, [[100.0, 200.0, 305.0], [100.0, 202.0, 305.0], [99.0, 200.0, 305.0]]);
        assert_eq!(
            (shape.lod, shape.surface_of(&shape.faces[0]).unwrap().id.as_str()),
            (Lod::whole(3), "window")
        );
    }
}
