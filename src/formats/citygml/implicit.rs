//! Implicit geometries: one prototype shown in many places.

use super::attributes::add;
use super::member::Reader;
use super::objects::{Draft, Shape, lod_of, role_of};
use super::tree::Element;
use crate::formats::numbers::numbers;
use crate::model::Severity;
use serde_json::{Value, json};

/// Row-major 3 × 4, prototype to dataset (CityGML 2.0, 8.3: matrix, then reference point).
pub type Placement = [[f64; 4]; 3];

impl<'t, 'a> Reader<'t, 'a> {
    /// An implicit geometry: a shape with its place, or the point and the address of a library object.
    pub fn implicit(
        &mut self,
        property: Element<'t, 'a>,
        implicit: Element<'t, 'a>,
        draft: &mut Draft,
        surface: u32,
    ) {
        let lod = lod_of(property.local());
        if prototype(implicit).is_some() {
            draft.shapes.push(Shape {
                lod,
                role: role_of(property.local()),
                property: property.index,
                surface,
            });
        }
        let text = |name: &[u8]| {
            implicit.child(name).map(|child| child.text().into_owned()).filter(|text| !text.is_empty())
        };
        let Some(library) = text(b"libraryObject") else {
            return;
        };
        let mut described = serde_json::Map::new();
        described.insert("libraryObject".to_owned(), Value::from(library));
        if let Some(mime) = text(b"mimeType") {
            described.insert("mimeType".to_owned(), Value::from(mime));
        }
        if let Some(reference) = implicit.child(b"referencePoint") {
            let mut points = Vec::new();
            if self.positions(reference, &mut points, 0) {
                described.insert("referencePoint".to_owned(), json!(points.first()));
            }
            let role = "implicit".to_owned();
            draft.shapes.push(Shape { lod, role, property: reference.index, surface });
        }
        if let Some(matrix) = matrix(implicit) {
            described.insert("transformation".to_owned(), json!(matrix));
        }
        described.insert("lod".to_owned(), json!(lod.map(|lod| lod.0 / 10)));
        add(&mut draft.attributes, "implicitGeometry", Value::Object(described));
    }

    pub fn placement(&mut self, implicit: Element<'t, 'a>) -> Option<Placement> {
        let mut points = Vec::new();
        let reference =
            implicit.child(b"referencePoint").filter(|reference| self.positions(*reference, &mut points, 0));
        let (Some(_), Some([x, y, z])) = (reference, points.first()) else {
            let message = "an implicit geometry has no reference point and is left out";
            self.tell(implicit, "implicit_without_place", Severity::Error, message.to_owned());
            return None;
        };
        let m = matrix(implicit)
            .unwrap_or([1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
        Some([[m[0], m[1], m[2], m[3] + x], [m[4], m[5], m[6], m[7] + y], [m[8], m[9], m[10], m[11] + z]])
    }
}

/// The geometry of an implicit geometry, if it has one of its own or a link to one.
pub fn prototype<'t, 'a>(implicit: Element<'t, 'a>) -> Option<Element<'t, 'a>> {
    implicit.children().find(|child| matches!(child.local(), b"relativeGMLGeometry" | b"relativeGeometry"))
}

/// Row-major 4 × 4.
fn matrix(implicit: Element) -> Option<[f64; 16]> {
    let mut values = Vec::new();
    numbers(&implicit.child(b"transformationMatrix")?.plain_text(), false, &mut values).ok()?;
    values.try_into().ok()
}

pub fn place(m: &Placement, [x, y, z]: [f64; 3]) -> [f64; 3] {
    m.map(|[a, b, c, d]| a * x + b * y + c * z + d)
}
