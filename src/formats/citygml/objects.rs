//! Elements as city objects: properties are told apart by what is inside them.

use super::attributes::{self, Extra, external_reference, is_generic, json};
use super::implicit::Pending;
use super::member::Reader;
use super::names::{self, Origin};
use super::tree::Element;
use super::{address, gather, ids};
use crate::model::{Attributes, BoundarySurface, CityObject, ClassId, Lod, NO_SURFACE, Severity};
use serde_json::Value;
use rustc_hash::FxHashSet;

/// A geometry property, not read yet.
pub struct Shape {
    /// `None` where the property's name does not say it.
    pub lod: Option<Lod>,
    pub role: String,
    /// The property element.
    pub property: u32,
    /// The boundary surface that has it, index into `Draft::surfaces`.
    pub surface: u32,
}

/// An object on its way.
#[derive(Default)]
pub struct Draft {
    pub attributes: Attributes,
    pub extras: Vec<Extra>,
    pub surfaces: Vec<BoundarySurface>,
    /// Element of each surface.
    pub surface_elements: Vec<u32>,
    pub shapes: Vec<Shape>,
    pub implicits: Vec<Pending>,
    /// Surfaces that an implicit geometry shows.
    pub shown: FxHashSet<u32>,
    children: Vec<CityObject>,
}

impl Draft {
    /// Of the object itself or of one of its surfaces.
    pub fn attributes_of(&mut self, surface: u32) -> &mut Attributes {
        match self.surfaces.get_mut(surface as usize) {
            Some(surface) => &mut surface.attributes,
            None => &mut self.attributes,
        }
    }

    /// The standard's own properties are all known now: what has the name of one goes by another.
    fn add_extras(&mut self) {
        let extras = std::mem::take(&mut self.extras);
        let taken: Vec<bool> =
            extras.iter().map(|extra| self.attributes_of(extra.surface).contains_key(&extra.name)).collect();
        for (extra, taken) in extras.into_iter().zip(taken) {
            let name = if taken { extra.other_name } else { extra.name };
            attributes::add(self.attributes_of(extra.surface), &name, extra.value);
        }
    }
}

/// Names of properties that hold boundary surfaces and openings even of classes that nobody knows.
const SURFACE_PROPERTIES: &[&[u8]] = &[b"boundedBy", b"boundary", b"opening", b"filling", b"fillingSurface"];

impl<'t, 'a> Reader<'t, 'a> {
    /// The object of a member.
    pub fn top_level(&mut self, element: Element<'t, 'a>) -> CityObject {
        let class = element.class().filter(|class| !class.get().is_surface);
        self.object(element, class)
    }

    /// Without a class of its own the object is a generic one that remembers its element's name.
    fn object(&mut self, element: Element<'t, 'a>, class: Option<ClassId>) -> CityObject {
        let source_class = class.is_none().then(|| element.qualified_name());
        let class = class.unwrap_or_else(|| names::generic_class(false));
        let id = match element.id() {
            Some(id) => id.into_owned(),
            None => ids::from_content(&element, class, &mut self.made_ids),
        };
        let outer = std::mem::replace(&mut self.object_id, id.clone());
        if element.id().is_none() {
            let message = format!("a {} has no gml:id and gets `{id}`, made from its content", class.name());
            self.tell(element, "id_missing", Severity::Info, message);
        }
        let mut draft = Draft::default();
        self.properties(element, &mut draft, NO_SURFACE);
        self.version_3_twins(&mut draft.attributes);
        draft.add_extras();
        let general = draft.attributes.get("lod").and_then(Value::as_u64).map_or(0, |lod| lod.min(4) as u8);
        let implicit_geometries = self.implicit_geometries(&mut draft, Lod::whole(general));
        let geometries = self.geometries(&mut draft, Lod::whole(general));
        self.object_id = outer;
        CityObject {
            id,
            class,
            source_class,
            attributes: draft.attributes,
            geometries,
            implicit_geometries,
            children: draft.children,
            ..CityObject::default()
        }
    }

    fn properties(&mut self, element: Element<'t, 'a>, draft: &mut Draft, surface: u32) {
        for property in element.children() {
            self.property(property, draft, surface);
        }
    }

    fn property(&mut self, property: Element<'t, 'a>, draft: &mut Draft, surface: u32) {
        let local = property.local();
        let first = property.first_child();
        if is_generic(&property) {
            return self.generic_property(property, draft, surface);
        }
        match (local, first) {
            (b"boundedBy", None) if property.href().is_none() => {}
            (b"boundedBy", Some(first)) if matches!(first.local(), b"Envelope" | b"Null") => {}
            (b"appearance" | b"appearanceMember", _) if property.origin() != Origin::Foreign => {
                self.appearance(property)
            }
            (_, Some(first)) if first.local() == b"ImplicitGeometry" => {
                self.implicit(property, first, draft, surface)
            }
            (_, Some(first)) if gather::is_geometry(&first) => draft.shapes.push(shape(property, surface)),
            (_, None) if lod_of(local).is_some() && property.href().is_some() => {
                draft.shapes.push(shape(property, surface))
            }
            (b"address", _) => self.address(property, draft, surface),
            (b"externalReference", Some(_)) => {
                list(draft.attributes_of(surface), "externalReferences", external_reference(property));
            }
            (b"generalizesTo", None) => {
                list(draft.attributes_of(surface), "generalizesTo", Some(json(property)))
            }
            (_, Some(_)) => self.complex_property(property, draft, surface),
            (_, None) => self.leaf_property(property, draft, surface),
        }
    }

    fn appearance(&mut self, property: Element<'t, 'a>) {
        if !std::mem::replace(&mut self.told_appearance, true) {
            let message = "the object's appearances (textures and materials) are not read";
            self.tell(property, "appearance_skipped", Severity::Info, message.to_owned());
        }
    }

    fn address(&mut self, property: Element<'t, 'a>, draft: &mut Draft, surface: u32) {
        let linked = property.href().and_then(|href| {
            let id = super::links::target(&href)?.to_owned();
            self.tree.by_id(id.as_bytes()).next()
        });
        let found = address::address(linked.unwrap_or(property));
        // An address of nothing but a link stays that link.
        let value = found.or_else(|| property.href().map(|href| Value::from(href.trim_start_matches('#'))));
        list(draft.attributes_of(surface), "address", value);
    }

    /// Objects, surfaces or a structured value.
    fn complex_property(&mut self, property: Element<'t, 'a>, draft: &mut Draft, surface: u32) {
        let mut has_value = false;
        for inside in property.children() {
            let class = inside.class();
            let holds_surfaces = SURFACE_PROPERTIES.contains(&property.local()) && is_type(&inside);
            match class {
                Some(class) if class.get().is_surface => self.surface(inside, class, draft, surface),
                Some(class) => draft.children.push(self.object(inside, Some(class))),
                None if holds_surfaces => self.surface(inside, names::generic_class(true), draft, surface),
                None if is_type(&inside) && gather::holds_geometry(&inside) => {
                    draft.children.push(self.object(inside, None));
                }
                None => has_value = true,
            }
        }
        if has_value {
            self.nested_property(property, draft, surface);
        }
    }

    fn surface(&mut self, element: Element<'t, 'a>, class: ClassId, draft: &mut Draft, parent: u32) {
        let index = draft.surfaces.len() as u32;
        let mut attributes = Attributes::new();
        if class == names::generic_class(true) {
            attributes.insert("sourceClass".to_owned(), Value::from(element.qualified_name()));
        }
        draft.surfaces.push(BoundarySurface {
            id: element.id().map(|id| id.into_owned()).unwrap_or_default(),
            class,
            parent: (parent != NO_SURFACE).then_some(parent),
            attributes,
            ..BoundarySurface::default()
        });
        draft.surface_elements.push(element.index);
        self.properties(element, draft, index);
    }
}

/// Types begin with a capital letter, properties with a small one.
fn is_type(element: &Element) -> bool {
    element.local().first().is_some_and(u8::is_ascii_uppercase)
}

/// Adds to an attribute that is always an array.
fn list(attributes: &mut Attributes, name: &str, value: Option<Value>) {
    let Some(value) = value.filter(|value| !value.is_null()) else {
        return;
    };
    let entry = attributes.entry(name).or_insert_with(|| Value::Array(Vec::new()));
    if let Value::Array(values) = entry {
        values.push(value);
    }
}

fn shape(property: Element, surface: u32) -> Shape {
    Shape {
        lod: lod_of(property.local()),
        role: role_of(property.local()),
        property: property.index,
        surface,
    }
}

/// The digit of `lod2Solid`.
pub fn lod_of(local: &[u8]) -> Option<Lod> {
    match local.strip_prefix(b"lod")? {
        [digit @ b'0'..=b'4', ..] => Some(Lod::whole(digit - b'0')),
        _ => None,
    }
}

/// The property's name where the LoD does not say it all.
fn role_of(local: &[u8]) -> String {
    const PLAIN: &[&[u8]] = &[
        b"Solid",
        b"MultiSolid",
        b"CompositeSolid",
        b"MultiSurface",
        b"CompositeSurface",
        b"Surface",
        b"Geometry",
        b"MultiCurve",
        b"Curve",
        b"Point",
        b"MultiPoint",
    ];
    let plain = lod_of(local).is_some() && local.get(4..).is_some_and(|rest| PLAIN.contains(&rest));
    match local {
        _ if plain => String::new(),
        _ => String::from_utf8_lossy(local).into_owned(),
    }
}
