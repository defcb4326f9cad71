//! Elements as city objects: properties are told apart by what is inside them.

use super::attributes::{self, Extra, external_reference, is_generic, json};
use super::implicit::Pending;
use super::member::Reader;
use super::names::{self, Origin};
use super::qualifiers::{self, Said};
use super::tree::Element;
use super::words::Word;
use super::write::MADE_ID;
use super::{address, gather, ids};
use rustc_hash::FxHashSet;
use serde_json::Value;
use stadtwin_model::{Attributes, BoundarySurface, CityObject, ClassId, Lod, Module, NO_SURFACE, Severity};

/// Attributes that an object gets room for at once.
const MOST_ROOM: usize = 24;

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
    pub qualifiers: Attributes,
    pub extensions: Vec<String>,
    pub said: Vec<Said>,
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

    pub fn qualifiers_of(&mut self, surface: u32) -> &mut Attributes {
        match self.surfaces.get_mut(surface as usize) {
            Some(surface) => &mut surface.qualifiers,
            None => &mut self.qualifiers,
        }
    }

    pub fn extensions_of(&mut self, surface: u32) -> &mut Vec<String> {
        match self.surfaces.get_mut(surface as usize) {
            Some(surface) => &mut surface.extensions,
            None => &mut self.extensions,
        }
    }

    /// The standard's own properties are all known now: what has the name of one goes by another.
    fn add_extras(&mut self) {
        let extras = std::mem::take(&mut self.extras);
        let taken: Vec<bool> =
            extras.iter().map(|extra| self.attributes_of(extra.surface).contains_key(&extra.name)).collect();
        for (mut extra, taken) in extras.into_iter().zip(taken) {
            if taken {
                extra.remember_name();
            }
            let name = if taken { extra.other_name } else { extra.name };
            self.say(extra.surface, &name, extra.said);
            attributes::add(self.attributes_of(extra.surface), &name, extra.value);
        }
    }
}

/// Whether a property of the name holds boundary surfaces or openings even of classes that nobody knows.
fn holds_surfaces(property: Word) -> bool {
    matches!(
        property,
        Word::BoundedBy | Word::Boundary | Word::Opening | Word::Filling | Word::FillingSurface
    )
}

impl<'t, 'a> Reader<'t, 'a> {
    /// The object of a member.
    pub fn top_level(&mut self, element: Element<'t, 'a>) -> CityObject {
        let class = self.class_of(element).filter(|class| !class.get().is_surface);
        self.object(element, class)
    }

    /// Of CityGML, or of the class of CityGML that a registered extension derives its own from.
    fn class_of(&self, element: Element<'t, 'a>) -> Option<ClassId> {
        element.class().or_else(|| self.typing().class(&element)?.standard)
    }

    /// Whether an element of an extension is an object of its own: it, or something in it, has a
    /// geometry or a name, or its schema says so.
    fn is_object(&self, element: Element<'t, 'a>) -> bool {
        let is_foreign = element.origin() == Origin::Foreign;
        let is_named = || element.descendants().any(|below| is_type(&below) && below.id().is_some());
        let is_declared = || self.typing().class(&element).is_some_and(|class| class.is_feature);
        gather::holds_geometry(&element) || is_foreign && (is_named() || is_declared())
    }

    /// Without a class of its own the object is a generic one that remembers its element's name.
    fn object(&mut self, element: Element<'t, 'a>, class: Option<ClassId>) -> CityObject {
        let is_foreign = class.is_none() || element.origin() == Origin::Foreign;
        let source_class = is_foreign.then(|| element.qualified_name());
        let class = class.unwrap_or_else(|| names::generic_class(false));
        let id = match element.id() {
            Some(id) => ids::of_name(id),
            None => ids::from_content(&element, class, &mut self.made_ids),
        };
        let outer = std::mem::replace(&mut self.object_id, id.clone());
        if element.id().is_none() {
            let message = format!("a {} has no gml:id and gets `{id}`, made from its content", class.name());
            self.tell(element, "id_missing", Severity::Info, message);
        }
        let room = element.children().take(MOST_ROOM).count();
        let mut draft = Draft { attributes: Attributes::with_capacity(room), ..Draft::default() };
        self.properties(element, &mut draft, NO_SURFACE);
        self.version_3_twins(&mut draft.attributes);
        draft.add_extras();
        if !draft.said.is_empty() {
            draft.add_qualifiers();
        }
        if source_class.is_some() {
            self.note_namespace(element, &mut draft.qualifiers);
        }
        let general = draft.attributes.get("lod").and_then(Value::as_u64).map_or(0, |lod| lod.min(4) as u8);
        let implicit_geometries = self.implicit_geometries(&mut draft, Lod::whole(general));
        let geometries = self.geometries(&mut draft, Lod::whole(general));
        self.object_id = outer;
        CityObject {
            id,
            class,
            source_class,
            attributes: draft.attributes,
            qualifiers: draft.qualifiers,
            extensions: draft.extensions,
            geometries,
            implicit_geometries,
            children: draft.children,
        }
    }

    fn properties(&mut self, element: Element<'t, 'a>, draft: &mut Draft, surface: u32) {
        for property in element.children() {
            self.property(property, draft, surface);
        }
    }

    fn property(&mut self, property: Element<'t, 'a>, draft: &mut Draft, surface: u32) {
        let first = property.first_child();
        if is_generic(&property) {
            return self.generic_property(property, draft, surface);
        }
        match (property.word(), first) {
            (Word::BoundedBy, None) if property.href().is_none() => {}
            (Word::BoundedBy, Some(first)) if matches!(first.word(), Word::Envelope | Word::Null) => {}
            // Read before, with all of the member.
            (Word::AppearanceProperty | Word::AppearanceMember, _)
                if property.origin() != Origin::Foreign => {}
            (_, Some(first)) if first.word() == Word::ImplicitGeometry => {
                self.implicit(property, first, draft, surface)
            }
            (_, Some(first)) if gather::is_geometry(&first) => self.shape(property, draft, surface),
            (_, None) if lod_of(property.local()).is_some() && property.href().is_some() => {
                self.shape(property, draft, surface)
            }
            (Word::AddressProperty, _) => self.address(property, draft, surface),
            (Word::ExternalReference, Some(_)) => {
                list(draft.attributes_of(surface), "externalReferences", external_reference(property));
            }
            (Word::GeneralizesTo, None) => {
                draft.say(surface, "generalizesTo", vec![(String::new(), qualifiers::of_element(property))]);
                list(
                    draft.attributes_of(surface),
                    "generalizesTo",
                    Some(json(property, &mut Vec::new(), self.typing())),
                )
            }
            (_, Some(_)) => self.complex_property(property, draft, surface),
            (_, None) => self.leaf_property(property, draft, surface),
        }
    }

    fn shape(&mut self, property: Element<'t, 'a>, draft: &mut Draft, surface: u32) {
        let local = property.local();
        let role = match property.origin() {
            Origin::Foreign => {
                self.note_namespace(property, draft.qualifiers_of(surface));
                property.qualified_name()
            }
            _ => role_of(local),
        };
        draft.shapes.push(Shape { lod: lod_of(local), role, property: property.index, surface });
    }

    fn address(&mut self, property: Element<'t, 'a>, draft: &mut Draft, surface: u32) {
        let linked = property.href().and_then(|href| {
            let id = super::links::target(&href)?.to_owned();
            self.tree.by_id(id.as_bytes()).next()
        });
        let (found, is_whole) = address::address(linked.unwrap_or(property));
        if !is_whole
            && linked.is_none()
            && let Some(snippet) = self.snippet(property)
        {
            draft.extensions_of(surface).push(snippet);
            draft.say(surface, "address", vec![(String::new(), attributes::extension())]);
        }
        if found.is_none() && property.href().is_some() {
            draft.say(surface, "address", vec![(String::new(), qualifiers::of_element(property))]);
        }
        // An address of nothing but a link stays that link.
        let value = found.or_else(|| property.href().map(|href| Value::from(href.trim_start_matches('#'))));
        list(draft.attributes_of(surface), "address", value);
    }

    /// Objects, surfaces or a structured value.
    fn complex_property(&mut self, property: Element<'t, 'a>, draft: &mut Draft, surface: u32) {
        let mut has_value = false;
        for inside in property.children() {
            let class = self.class_of(inside);
            let holds_surfaces = holds_surfaces(property.word()) && is_type(&inside);
            match class {
                Some(class) if class.get().is_surface => self.surface(inside, class, draft, surface),
                Some(class) => self.child(property, inside, Some(class), draft),
                None if holds_surfaces => self.surface(inside, names::generic_class(true), draft, surface),
                None if is_type(&inside) && self.is_object(inside) => {
                    self.child(property, inside, None, draft);
                }
                None => has_value = true,
            }
        }
        if has_value {
            self.nested_property(property, draft, surface);
        }
    }

    fn child(
        &mut self,
        property: Element<'t, 'a>,
        inside: Element<'t, 'a>,
        class: Option<ClassId>,
        draft: &mut Draft,
    ) {
        let mut child = self.object(inside, class);
        // Elsewhere the classes of both tell the property.
        if property.origin() == Origin::Foreign || property.module() == Module::CityObjectGroup {
            self.note_namespace(property, &mut child.qualifiers);
            child.qualifiers.insert("@property".to_owned(), Value::from(property.qualified_name()));
            if let Some(role) = property.attribute(b"role") {
                child.qualifiers.insert("@role".to_owned(), Value::from(role.as_ref()));
            }
        }
        draft.children.push(child);
    }

    fn surface(&mut self, element: Element<'t, 'a>, class: ClassId, draft: &mut Draft, parent: u32) {
        let index = draft.surfaces.len() as u32;
        let (mut attributes, mut qualifiers) = (Attributes::new(), Attributes::new());
        if class == names::generic_class(true) || element.origin() == Origin::Foreign {
            attributes.insert("sourceClass".to_owned(), Value::from(element.qualified_name()));
            self.note_namespace(element, &mut qualifiers);
        }
        draft.surfaces.push(BoundarySurface {
            id: element.id().filter(|id| !id.starts_with(MADE_ID)).map(ids::of_name).unwrap_or_default(),
            class,
            parent: (parent != NO_SURFACE).then_some(parent),
            attributes,
            qualifiers,
            extensions: Vec::new(),
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
        _ => super::text::lossy(local).into_owned(),
    }
}
