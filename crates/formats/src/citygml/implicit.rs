//! Implicit geometries: a prototype, its matrix and its place; points stay the prototype's own.

use std::sync::Arc;

use super::member::Reader;
use super::objects::{Draft, lod_of};
use super::tree::Element;
use crate::numbers::numbers;
use stadtwin_model::{BoundarySurface, ImplicitGeometry, Lod, NO_SURFACE, Severity, Template};

/// An implicit geometry, not read yet.
pub struct Pending {
    lod: Option<Lod>,
    /// The `ImplicitGeometry` element.
    element: u32,
    /// The boundary surface that has it, index into `Draft::surfaces`.
    pub surface: u32,
}

impl<'t, 'a> Reader<'t, 'a> {
    pub fn implicit(
        &mut self,
        property: Element<'t, 'a>,
        implicit: Element<'t, 'a>,
        draft: &mut Draft,
        surface: u32,
    ) {
        let lod = lod_of(property.local());
        draft.implicits.push(Pending { lod, element: implicit.index, surface });
    }

    /// `general` is the LoD where the property's name does not say it.
    pub fn implicit_geometries(&mut self, draft: &mut Draft, general: Lod) -> Vec<ImplicitGeometry> {
        let mut found = Vec::new();
        for pending in std::mem::take(&mut draft.implicits) {
            let Some(implicit) = self.tree.element(pending.element) else { continue };
            let Some(reference_point) = self.reference_point(implicit) else { continue };
            let matrix = self.matrix(implicit);
            let surfaces = chain(&draft.surfaces, pending.surface);
            let templates = self.templates(implicit);
            if let Some(property) = implicit.parent().filter(|_| templates.is_empty() && self.is_last_try()) {
                // Its link leads nowhere: it is kept as it is.
                draft.extensions_of(pending.surface).extend(self.snippet(property));
            }
            for template in templates {
                found.push(ImplicitGeometry {
                    lod: pending.lod.unwrap_or(general),
                    template,
                    matrix,
                    reference_point,
                    surfaces: surfaces.clone(),
                });
                let mut shown = Some(pending.surface);
                while let Some(surface) = shown.filter(|surface| draft.shown.insert(*surface)) {
                    shown = draft.surfaces.get(surface as usize).and_then(|surface| surface.parent);
                }
            }
        }
        found
    }

    fn reference_point(&mut self, implicit: Element<'t, 'a>) -> Option<[f64; 3]> {
        let mut points = Vec::new();
        let reference =
            implicit.child(b"referencePoint").filter(|reference| self.positions(*reference, &mut points, 0));
        let point = reference.and(points.first().copied());
        if point.is_none() {
            let message = "an implicit geometry has no reference point and is left out";
            self.tell(implicit, "implicit_without_place", Severity::Error, message.to_owned());
        }
        point
    }

    fn matrix(&mut self, implicit: Element<'t, 'a>) -> [f64; 16] {
        let Some(element) = implicit.child(b"transformationMatrix") else {
            return ImplicitGeometry::IDENTITY;
        };
        let mut values = Vec::new();
        let is_read = numbers(&element.plain_text(), false, &mut values).is_ok();
        let matrix = values.try_into().ok().filter(|_| is_read);
        matrix.unwrap_or_else(|| {
            let message = "a transformation matrix does not have 16 numbers; the prototype is shown unturned";
            self.tell(element, "implicit_matrix_invalid", Severity::Error, message.to_owned());
            ImplicitGeometry::IDENTITY
        })
    }

    /// What is shown: one template, or one for each kind of geometry that the prototype mixes.
    fn templates(&mut self, implicit: Element<'t, 'a>) -> Vec<Arc<Template>> {
        let text = |name: &[u8]| {
            implicit.child(name).map(|child| child.text().into_owned()).filter(|text| !text.is_empty())
        };
        let library_object = text(b"libraryObject");
        let shared = match prototype(implicit) {
            Some(relative) => self.prototype_templates(relative),
            None => Vec::new(),
        };
        let Some(library) = library_object else { return shared };
        let mime_type = text(b"mimeType");
        match shared.first() {
            Some(first) => {
                let both = Template { library_object: Some(library), mime_type, ..Template::clone(first) };
                std::iter::once(Arc::new(both)).chain(shared.into_iter().skip(1)).collect()
            }
            None => {
                let id = library.clone();
                vec![Arc::new(Template { id, geometry: None, library_object: Some(library), mime_type })]
            }
        }
    }

    fn prototype_templates(&mut self, relative: Element<'t, 'a>) -> Vec<Arc<Template>> {
        let target = match relative.first_child() {
            Some(inside) => Some(inside),
            None if relative.raw_attribute(b"href").is_some() => self.follow(relative),
            None => None,
        };
        let Some(target) = target else { return Vec::new() };
        if let Some(known) = self.templates.get(&target.index) {
            return known.clone();
        }
        let own_id = target.id().map(super::ids::of_name);
        let geometries = self.prototype_geometries(relative);
        let mut made = Vec::with_capacity(geometries.len());
        for geometry in geometries {
            let id = match (&own_id, made.is_empty()) {
                (Some(id), true) => id.clone(),
                (Some(id), false) => format!("{id}/{}", geometry.kind.name()),
                (None, _) => super::ids::of_template(&geometry),
            };
            made.push(Arc::new(Template { id, geometry: Some(geometry), ..Template::default() }));
        }
        self.templates.insert(target.index, made.clone());
        made
    }
}

/// The surface with those that it fills, each behind its parent.
fn chain(surfaces: &[BoundarySurface], surface: u32) -> Vec<BoundarySurface> {
    let mut found = Vec::new();
    let mut next = (surface != NO_SURFACE).then_some(surface);
    while let Some(surface) = next.and_then(|index| surfaces.get(index as usize)) {
        found.push(surface.clone());
        // A parent is always made before what fills it, so this ends.
        next = surface.parent.filter(|parent| Some(*parent) < next);
    }
    found.reverse();
    for (index, surface) in found.iter_mut().enumerate() {
        surface.parent = (index as u32).checked_sub(1);
    }
    found
}

/// The geometry of an implicit geometry, if it has one of its own or a link to one.
fn prototype<'t, 'a>(implicit: Element<'t, 'a>) -> Option<Element<'t, 'a>> {
    implicit.children().find(|child| matches!(child.local(), b"relativeGMLGeometry" | b"relativeGeometry"))
}
