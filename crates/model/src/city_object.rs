//! One thing of the city with its parts.

use std::borrow::Cow;

use super::{ClassId, Geometry, ImplicitGeometry};

/// Typed attributes: JSON numbers, strings, booleans, arrays and nested objects, in the order of the file.
///
/// Standard properties go by their CityGML name (`measuredHeight` [m], `function`, `roofType`, …), generic
/// attributes by their own name; where both exist the generic one is prefixed `gen_`.
/// Also here: `name`, `description`, `creationDate`, `terminationDate`, `externalReferences`
/// (array of `{informationSystem, name | uri}`), `address` (array of
/// `{country, locality, street, number, postalCode, text}`), `relativeToTerrain`, `relativeToWater`.
pub type Attributes = serde_json::Map<String, serde_json::Value>;

/// What a file says of one thing (CityGML *AbstractCityObject*, CityJSON *CityObject*).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CityObject {
    /// gml:id, or an id made from the content when the file gives none.
    pub id: String,
    pub class: ClassId,
    /// The element or type name as the file has it where the class is one of the generic fall-backs
    /// (`uro:UndergroundBuilding`), or one that a registered extension derives its own from.
    pub source_class: Option<String>,
    pub attributes: Attributes,
    /// What a plain value does not say, by the attribute's name: an object with any of `codeSpace`, `uom`, `type`
    /// (`date`, `uri`, `measure`, `set`, … of a generic attribute; also `string`, `int`, `double` where its name is one
    /// of the standard's), `name` (of a generic attribute that goes by another one here), `href` (true: the value is a
    /// link to another object), `role`, `nilReason`, `extension` (true: the value is the readable side of an entry of
    /// `extensions`). Where the attribute is an array whose items differ in it: an array of such objects. A value inside
    /// a nested attribute goes by its way: `height/value`, `height/1/value`.
    ///
    /// Not of an attribute: `@namespaces` (prefixes of `source_class`, `@property` and roles of geometries with what they
    /// stand for), `@property` and `@role` (of the property of the parent that holds this object, where the classes do
    /// not tell it). Empty for most objects: `urn:adv:uom:m`, the unit of lengths in official German models, is left out;
    /// `<name>_uom` is made from the qualifier of a generic measure; `measuredHeight` is in metres whatever `uom` says.
    pub qualifiers: Attributes,
    /// Content of unknown namespaces as XML, each with the namespaces it needs: written back as it came. Its readable
    /// side stands in `attributes` and `children`.
    pub extensions: Vec<String>,
    pub geometries: Vec<Geometry>,
    pub implicit_geometries: Vec<ImplicitGeometry>,
    /// Parts, rooms, installations, …: objects of their own, not surfaces.
    pub children: Vec<CityObject>,
}

/// Points, faces and the like of prototypes copied for one object by `placed`.
const MOST_PLACED: usize = 20_000_000;

impl CityObject {
    /// The object with its implicit geometries, and those of all below it, at their place among `geometries`: for
    /// whoever asks what stands where. Itself where there are none. Where copies would exceed all measure, the rest of them are their
    /// reference points alone.
    pub fn placed(&self) -> Cow<'_, CityObject> {
        self.placed_within(MOST_PLACED)
    }

    fn placed_within(&self, most: usize) -> Cow<'_, CityObject> {
        if self.walk().iter().all(|object| object.implicit_geometries.is_empty()) {
            return Cow::Borrowed(self);
        }
        let mut placed = self.clone();
        placed.place(&mut { most });
        Cow::Owned(placed)
    }

    fn place(&mut self, left: &mut usize) {
        for implicit in std::mem::take(&mut self.implicit_geometries) {
            self.geometries.push(match left.checked_sub(implicit.size()) {
                Some(rest) => {
                    *left = rest;
                    implicit.placed()
                }
                None => implicit.place_alone(),
            });
        }
        self.children.iter_mut().for_each(|child| child.place(left));
    }

    /// This object and all below it, parents first.
    pub fn walk(&self) -> Vec<&CityObject> {
        let mut objects = vec![self];
        let mut next = 0;
        while next < objects.len() {
            let object = objects[next];
            objects.extend(object.children.iter());
            next += 1;
        }
        objects
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{GeometryKind, Lod, NO_SURFACE, Template};
    use std::sync::Arc;

    #[test]
    fn copies_of_a_prototype_end_at_the_bound_and_the_rest_are_points() {
        let mut prototype = Geometry::new(Lod(0), GeometryKind::MultiSurface);
        prototype.push_face([&[[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]][..]], NO_SURFACE);
        let template = Arc::new(Template { geometry: Some(prototype), ..Template::default() });
        let instance = |x: f64| ImplicitGeometry {
            lod: Lod::whole(1),
            template: template.clone(),
            matrix: ImplicitGeometry::IDENTITY,
            reference_point: [x, 0.0, 0.0],
            surfaces: Vec::new(),
        };
        let child = CityObject { implicit_geometries: vec![instance(2.0)], ..CityObject::default() };
        let implicit_geometries = vec![instance(0.0), instance(1.0)];
        let object = CityObject { implicit_geometries, children: vec![child], ..CityObject::default() };
        // Three points and a face each: two fit.
        let placed = object.placed_within(11);
        let counts: Vec<_> =
            placed.walk().iter().flat_map(|o| &o.geometries).map(|g| (g.kind, g.points.len())).collect();
        let (surface, point) = (GeometryKind::MultiSurface, GeometryKind::MultiPoint);
        assert_eq!(counts, [(surface, 3), (surface, 3), (point, 1)]);
        assert_eq!(placed.children[0].geometries[0].points, [[2.0, 0.0, 0.0]]);
        assert_eq!(object.placed().children[0].geometries[0].points.len(), 3);
    }
}
