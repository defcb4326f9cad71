//! Polygons that several geometries of a member have: one place holds them, others point there.

use super::plan::{Plan, Planner};
use super::shapes::{Link, Own};
use super::surfaces::NOWHERE;
use rustc_hash::FxHashMap;
use stadtwin_model::{BoundarySurface, ClassId, Geometry};

/// A polygon in a surface.
struct Hung<'a> {
    geometry: &'a Geometry,
    face: u32,
    number: u32,
    class: ClassId,
}

/// Polygons in surfaces, by the id of the surface.
type HungFaces<'a> = FxHashMap<&'a str, Vec<Hung<'a>>>;

impl Planner {
    /// Makes links of faces whose surface stands elsewhere: in another object, or at another level of detail.
    pub fn share_faces(&mut self, plan: &mut Plan) {
        if !needs_sharing(plan, &mut FxHashMap::default()) {
            return;
        }
        let mut hung = HungFaces::default();
        self.take_copies_down(plan, &mut hung);
        self.link(plan, &hung);
    }

    /// Hangs each object's surfaces up in `hung`, but takes those down that only repeat what hangs there.
    fn take_copies_down<'a>(&mut self, plan: &mut Plan<'a>, hung: &mut HungFaces<'a>) {
        let mut own: HungFaces = HungFaces::default();
        for index in 0..plan.shapes.len() {
            let Some(geometry) = plan.object.geometries.get(index) else { continue };
            for (number, surface) in geometry.surfaces.iter().enumerate() {
                let Some(shape) = plan.shapes.get(index) else { continue };
                let faces = shape.faces_of(number as u32);
                let Some(element) = shape.element_of(number as u32) else { continue };
                let is_there = |face: &u32| find(hung, surface, geometry, *face).is_some();
                if is_copy(surface)
                    && !surface.id.is_empty()
                    && !faces.is_empty()
                    && faces.iter().all(is_there)
                {
                    if let Some(made) = plan.surfaces.get_mut(element as usize) {
                        made.shapes.retain(|(_, shape, of)| (*shape, *of) != (index, number as u32));
                    }
                    if let Some(slot) =
                        plan.shapes.get_mut(index).and_then(|shape| shape.elements.get_mut(number))
                    {
                        *slot = NOWHERE;
                    }
                    continue;
                }
                let first = shape.first_face;
                let faces = faces.iter().map(|face| Hung {
                    geometry,
                    face: *face,
                    number: first + face,
                    class: surface.class,
                });
                own.entry(&surface.id).or_default().extend(faces);
            }
        }
        for (id, faces) in own {
            hung.entry(id).or_default().extend(faces);
        }
        plan.children.iter_mut().for_each(|child| self.take_copies_down(&mut child.plan, hung));
    }

    fn link(&mut self, plan: &mut Plan, hung: &HungFaces) {
        for (shape, geometry) in plan.shapes.iter_mut().zip(&plan.object.geometries) {
            if shape.own == Own::Nothing {
                continue;
            }
            for (number, surface) in geometry.surfaces.iter().enumerate() {
                if shape.element_of(number as u32).is_some() {
                    continue;
                }
                for face in shape.faces_of(number as u32).to_vec() {
                    match find(hung, surface, geometry, face) {
                        Some(link) => {
                            self.pointed_at.insert(link.number);
                            shape.links.insert(face, link);
                        }
                        None => self.losses.count("the meaning of faces"),
                    }
                }
            }
        }
        plan.children.iter_mut().for_each(|child| self.link(&mut child.plan, hung));
    }
}

/// Whether some face of a surface has no place of its own, or objects have surfaces of the same id.
fn needs_sharing<'a>(plan: &Plan<'a>, owners: &mut FxHashMap<&'a str, *const Geometry>) -> bool {
    let first = plan.object.geometries.as_ptr();
    for (shape, geometry) in plan.shapes.iter().zip(&plan.object.geometries) {
        for (number, surface) in geometry.surfaces.iter().enumerate() {
            let is_homeless =
                shape.element_of(number as u32).is_none() && !shape.faces_of(number as u32).is_empty();
            let is_shared = !surface.id.is_empty() && *owners.entry(&surface.id).or_insert(first) != first;
            if shape.own != Own::Nothing && (is_homeless || is_shared) {
                return true;
            }
        }
    }
    plan.children.iter().any(|child| needs_sharing(&child.plan, owners))
}

/// Says no more than which surface it is.
fn is_copy(surface: &BoundarySurface) -> bool {
    let says_nothing = surface.attributes.is_empty() && surface.qualifiers.is_empty();
    says_nothing && surface.extensions.is_empty() && surface.parent.is_none()
}

/// The polygon that has the same rings.
fn find(hung: &HungFaces, surface: &BoundarySurface, geometry: &Geometry, face: u32) -> Option<Link> {
    let rings: Vec<&[[f64; 3]]> = geometry.face_rings(geometry.faces.get(face as usize)?).collect();
    let same = hung.get(surface.id.as_str())?.iter().filter(|other| other.class == surface.class);
    same.into_iter().find_map(|other| {
        let one = other.geometry.faces.get(other.face as usize)?;
        let theirs: Vec<&[[f64; 3]]> = other.geometry.face_rings(one).collect();
        let turned = |(a, b): (&&[[f64; 3]], &&[[f64; 3]])| a.len() == b.len() && a.iter().eq(b.iter().rev());
        let is_turned = theirs.len() == rings.len() && theirs.iter().zip(&rings).all(turned);
        (theirs == rings || is_turned).then(|| Link { number: other.number, is_turned: theirs != rings })
    })
}
