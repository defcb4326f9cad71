//! Which polygons of an object stand where: in its surfaces, in its own geometry, or there as links.

use super::super::schema::Version;
use super::places::{BEHIND, other_role};
use super::plan::{Plan, Planner};
use super::surfaces::{Known, NOWHERE};
use rustc_hash::FxHashMap;
use stadtwin_model::{Geometry, GeometryKind, Lod, NO_SURFACE};

/// What the object itself writes of a geometry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Own {
    /// Nothing: its surfaces say it all.
    Nothing,
    /// The faces that belong to no surface.
    Rest,
    /// All of it, with links to the polygons in surfaces.
    Whole,
}

/// How one geometry is written.
pub struct ShapePlan {
    /// Place of the object's own property.
    pub place: u16,
    pub own: Own,
    /// Number of its first polygon in the member.
    pub first_face: u32,
    /// Whether polygons and rings need ids: something points at them.
    pub has_ids: bool,
    /// Element of each surface, `NOWHERE` where its faces are the object's own.
    pub elements: Vec<u32>,
    /// Faces that are links to a polygon of another geometry.
    pub links: FxHashMap<u32, Link>,
    order: Vec<u32>,
    starts: Vec<u32>,
    shown_at: Lod,
}

#[derive(Debug, Clone, Copy)]
pub struct Link {
    /// Number of the polygon in the member.
    pub number: u32,
    pub is_turned: bool,
}

impl ShapePlan {
    /// Of a prototype, which has no surfaces that stand elsewhere.
    pub fn of_prototype(geometry: &Geometry, first_face: u32, has_ids: bool) -> ShapePlan {
        ShapePlan {
            place: BEHIND,
            own: Own::Whole,
            first_face,
            has_ids,
            elements: Vec::new(),
            links: FxHashMap::default(),
            order: Vec::new(),
            starts: Vec::new(),
            shown_at: geometry.lod,
        }
    }

    /// Faces of a surface, in their order; `NO_SURFACE` asks for those of none.
    pub fn faces_of(&self, surface: u32) -> &[u32] {
        let count = self.starts.len() as u32;
        let index = if surface == NO_SURFACE { count.saturating_sub(1) } else { surface };
        let start = self.starts.get(index as usize).copied().unwrap_or(0) as usize;
        let end = self.starts.get(index as usize + 1).map_or(self.order.len(), |end| *end as usize);
        self.order.get(start..end).unwrap_or(&[])
    }

    /// The element in which a face of the surface stands.
    pub fn element_of(&self, surface: u32) -> Option<u32> {
        self.elements.get(surface as usize).copied().filter(|element| *element != NOWHERE)
    }
}

impl Planner {
    pub fn plan_surfaces(&mut self, plan: &mut Plan) {
        let object = plan.object;
        let mut known = Known::default();
        for geometry in &object.geometries {
            let shape = self.shape(plan, geometry);
            plan.shapes.push(shape);
        }
        self.drop_lesser_levels(plan);
        for (index, geometry) in object.geometries.iter().enumerate() {
            if !geometry.surfaces.is_empty()
                && plan.shapes.get(index).is_some_and(|shape| shape.own != Own::Nothing)
            {
                let elements = self.surface_elements(plan, &geometry.surfaces, &mut known);
                self.hang_faces(plan, index, geometry, elements);
            }
        }
        for (index, implicit) in object.implicit_geometries.iter().enumerate() {
            self.implicit(plan, index, implicit, &mut known);
        }
    }

    fn shape(&mut self, plan: &Plan, geometry: &Geometry) -> ShapePlan {
        let first_face = self.next_face;
        self.next_face += geometry.faces.len() as u32;
        let (place, shown_at) = self.shape_place(plan, geometry);
        let (order, starts) = by_surface(geometry);
        let has_ids = self.version == Version::V3 || !geometry.appearances.is_empty();
        ShapePlan {
            place,
            own: Own::Whole,
            first_face,
            has_ids,
            elements: Vec::new(),
            links: FxHashMap::default(),
            order,
            starts,
            shown_at,
        }
    }

    fn shape_place(&mut self, plan: &Plan, geometry: &Geometry) -> (u16, Lod) {
        let (role, lod) = (geometry.role.as_str(), geometry.lod);
        if role.contains(':') {
            return (BEHIND, lod);
        }
        if !geometry.is_plain() {
            let other = || other_role(role).and_then(|role| plan.layout.place(&role));
            if let Some(place) = plan.layout.place(role).or_else(other) {
                return (place, lod);
            }
            if self.schema.any_property(role).is_some() {
                return (BEHIND, lod);
            }
        }
        let mut found = self.places.shape(plan.layout, lod, geometry.kind);
        if found.is_none() && matches!(geometry.kind, GeometryKind::Solid | GeometryKind::MultiSolid) {
            self.losses.count("solids, written as surfaces");
            found = self.places.shape(plan.layout, lod, GeometryKind::MultiSurface);
        }
        let is_moved = found.is_some_and(|(_, shown_at)| shown_at != lod);
        let is_surface = matches!(geometry.kind, GeometryKind::MultiSurface | GeometryKind::Tin);
        if is_moved && is_surface && lod.0 / 10 == 1 && self.has_plain_surfaces(plan.layout) {
            return (BEHIND, Lod(0));
        }
        // Boundary surfaces have levels of their own.
        let is_on_boundaries =
            !geometry.faces.is_empty() && geometry.faces.iter().all(|face| face.surface != NO_SURFACE);
        if is_moved && !is_on_boundaries {
            self.losses.count("levels of detail that the version lacks, written as the nearest");
        }
        found.unwrap_or((BEHIND, lod))
    }

    /// Of several levels that go to one property, the nearest to it stays, else the finest.
    fn drop_lesser_levels(&mut self, plan: &mut Plan) {
        let geometries = &plan.object.geometries;
        let is_moved = |(geometry, shape): (&Geometry, &ShapePlan)| {
            shape.shown_at != geometry.lod || geometry.lod.0 % 10 != 0
        };
        if geometries.len() < 2 || !geometries.iter().zip(&plan.shapes).any(is_moved) {
            return;
        }
        for index in 0..geometries.len() {
            let (Some(shape), Some(geometry)) = (plan.shapes.get(index), geometries.get(index)) else {
                continue;
            };
            let beats = |(other, rival): (&Geometry, &ShapePlan)| {
                let same = rival.place == shape.place && shape.place != BEHIND;
                let is_exact = rival.shown_at == other.lod && other.lod.0 % 10 == 0;
                same && other.lod != geometry.lod && (is_exact || other.lod > geometry.lod)
            };
            if is_moved((geometry, shape)) && geometries.iter().zip(&plan.shapes).any(beats) {
                self.losses.count("geometries of further levels of detail");
                if let Some(shape) = plan.shapes.get_mut(index) {
                    shape.own = Own::Nothing;
                }
            }
        }
    }

    /// Gives the elements the faces of the surfaces, where they have a property for this level.
    fn hang_faces(&mut self, plan: &mut Plan, index: usize, geometry: &Geometry, mut elements: Vec<u32>) {
        for (surface, element) in elements.iter_mut().enumerate() {
            let Some(shape) = plan.shapes.get(index) else { continue };
            if shape.faces_of(surface as u32).is_empty() {
                continue;
            }
            let (shown_at, is_plain) = (shape.shown_at, geometry.is_plain());
            let layout = plan.surfaces.get(*element as usize).map(|made| made.layout);
            let place = layout.filter(|_| is_plain).and_then(|layout| {
                self.face_place(layout, geometry.lod).or_else(|| self.face_place(layout, shown_at))
            });
            match (place, plan.surfaces.get_mut(*element as usize)) {
                (Some(place), Some(made)) => made.shapes.push((place, index, surface as u32)),
                _ => *element = NOWHERE,
            }
        }
        if let Some(shape) = plan.shapes.get_mut(index) {
            shape.elements = elements;
        }
    }

    /// What the object itself has to write, now that all surfaces are known.
    pub fn plan_shapes(&mut self, plan: &mut Plan) {
        self.hang_loose_faces(plan);
        plan.mark_shown();
        let written: Vec<u32> = if plan.surfaces.is_empty() { Vec::new() } else { in_writing_order(plan) };
        for (index, geometry) in plan.object.geometries.iter().enumerate() {
            let Some(shape) = plan.shapes.get(index).filter(|shape| shape.own != Own::Nothing) else {
                continue;
            };
            let own = own_part(geometry, shape, &written);
            let points_at_surfaces =
                own == Own::Whole && shape.elements.iter().any(|element| *element != NOWHERE);
            if let Some(shape) = plan.shapes.get_mut(index) {
                shape.own = own;
                shape.has_ids |= points_at_surfaces;
            }
        }
        plan.children.iter_mut().for_each(|child| self.plan_shapes(&mut child.plan));
    }

    /// Version 3 shows surfaces of LoD 1 on boundaries alone.
    fn hang_loose_faces(&mut self, plan: &mut Plan) {
        for (index, geometry) in plan.object.geometries.iter().enumerate() {
            let Some(shape) = plan.shapes.get(index) else { continue };
            let is_surface = matches!(geometry.kind, GeometryKind::MultiSurface | GeometryKind::Tin);
            let is_moved = shape.own != Own::Nothing && shape.shown_at != geometry.lod;
            if !(is_surface && is_moved && geometry.is_plain() && geometry.lod.0 / 10 == 1) {
                continue;
            }
            let Some(element) = self.plain_surface(plan) else { continue };
            let Some(made) = plan.surfaces.get_mut(element as usize) else { continue };
            let Some(place) = self.face_place(made.layout, Lod::whole(1)) else { continue };
            made.shapes.push((place, index, NO_SURFACE));
            self.losses.count("surfaces of LoD 1, written as a generic boundary");
            if let Some(shape) = plan.shapes.get_mut(index) {
                shape.own = Own::Nothing;
            }
        }
    }
}

/// Faces sorted by surface, those of none last, and where each surface's begin.
fn by_surface(geometry: &Geometry) -> (Vec<u32>, Vec<u32>) {
    let count = geometry.surfaces.len();
    let slot = |surface: u32| (surface as usize).min(count);
    let mut starts = vec![0_u32; count + 2];
    for face in &geometry.faces {
        if let Some(next) = starts.get_mut(slot(face.surface) + 1) {
            *next += 1;
        }
    }
    for index in 1..starts.len() {
        let before = starts.get(index - 1).copied().unwrap_or(0);
        if let Some(start) = starts.get_mut(index) {
            *start += before;
        }
    }
    let mut next = starts.clone();
    starts.pop();
    let mut order = vec![0; geometry.faces.len()];
    for (face, one) in geometry.faces.iter().enumerate() {
        let Some(at) = next.get_mut(slot(one.surface)) else { continue };
        if let Some(place) = order.get_mut(*at as usize) {
            *place = face as u32;
        }
        *at += 1;
    }
    (order, starts)
}

/// Elements of surfaces in the order of the file.
fn in_writing_order(plan: &Plan) -> Vec<u32> {
    let mut order = Vec::with_capacity(plan.surfaces.len());
    let mut waiting = plan.surfaces_in(None);
    waiting.reverse();
    while let Some(next) = waiting.pop() {
        order.push(next);
        waiting.extend(plan.surfaces_in(Some(next)).into_iter().rev());
    }
    order
}

/// Loose faces are read in the order of the file, the object's own first: where that is their order, its surfaces
/// need no help.
fn own_part(geometry: &Geometry, shape: &ShapePlan, written: &[u32]) -> Own {
    if !matches!(geometry.kind, GeometryKind::MultiSurface | GeometryKind::Tin) || !shape.links.is_empty() {
        return Own::Whole;
    }
    let hung: FxHashMap<u32, u32> =
        shape.elements.iter().enumerate().map(|(surface, element)| (*element, surface as u32)).collect();
    let own = geometry.faces.iter().take_while(|face| shape.element_of(face.surface).is_none()).count();
    let in_surfaces = written.iter().filter_map(|element| hung.get(element));
    let read = in_surfaces.flat_map(|surface| shape.faces_of(*surface)).copied();
    let is_natural = read.eq(own as u32..geometry.faces.len() as u32);
    match (is_natural, own) {
        (true, 0) => Own::Nothing,
        (true, _) => Own::Rest,
        (false, _) => Own::Whole,
    }
}
