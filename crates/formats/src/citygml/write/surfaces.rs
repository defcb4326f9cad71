//! Boundary surfaces and openings of one object as elements: what several geometries share is one.

use super::super::names::generic_class;
use super::super::schema::{Layout, Version};
use super::places::Place;
use super::plan::{Plan, Planner};
use super::tag::Tag;
use rustc_hash::FxHashMap;
use stadtwin_model::{BoundarySurface, GeometryKind, Lod};

/// A surface that stands nowhere.
pub const NOWHERE: u32 = u32::MAX;

/// A boundary surface or an opening.
pub struct SurfacePlan<'a> {
    /// `None` for one that only holds what has no other place.
    pub surface: Option<&'a BoundarySurface>,
    pub tag: Tag<'a>,
    pub layout: &'static Layout,
    pub parent: Option<u32>,
    /// Place of the property that holds it, in its parent or in the object.
    pub place: u16,
    /// Place, geometry of the object and surface of that geometry.
    pub shapes: Vec<(u16, usize, u32)>,
    /// Place and implicit geometry of the object.
    pub implicits: Vec<(u16, usize)>,
    /// Whether it or something in it has geometry.
    pub is_shown: bool,
    /// Number of the geometry that came to it last.
    turn: usize,
}

/// Elements made so far, by id.
#[derive(Default)]
pub struct Known<'a> {
    by_id: FxHashMap<&'a str, Vec<u32>>,
    turn: usize,
}

impl Planner {
    /// The element of each surface of one geometry, `NOWHERE` where the version has no place for it.
    pub fn surface_elements<'a>(
        &mut self,
        plan: &mut Plan<'a>,
        surfaces: &'a [BoundarySurface],
        known: &mut Known<'a>,
    ) -> Vec<u32> {
        known.turn += 1;
        let mut elements: Vec<u32> = Vec::with_capacity(surfaces.len());
        for surface in surfaces {
            let parent = surface.parent.and_then(|parent| elements.get(parent as usize).copied());
            let parent = parent.filter(|parent| *parent != NOWHERE);
            let element = match known.find(plan, surface, parent) {
                Some(element) => element,
                None => self.surface_element(plan, surface, parent, known),
            };
            if let Some(made) = plan.surfaces.get_mut(element as usize) {
                made.turn = known.turn;
            }
            elements.push(element);
        }
        elements
    }

    fn surface_element<'a>(
        &mut self,
        plan: &mut Plan<'a>,
        surface: &'a BoundarySurface,
        parent: Option<u32>,
        known: &mut Known<'a>,
    ) -> u32 {
        let within = |parent: u32| plan.surfaces.get(parent as usize).map(|parent| parent.layout);
        let owner = parent.and_then(within).unwrap_or(plan.layout);
        let Some((tag, place)) = self.surface_place(owner, surface, parent.is_some()) else {
            return NOWHERE;
        };
        let index = plan.surfaces.len() as u32;
        plan.surfaces.push(SurfacePlan {
            surface: Some(surface),
            tag,
            layout: place.layout,
            parent,
            place: place.place,
            shapes: Vec::new(),
            implicits: Vec::new(),
            is_shown: false,
            turn: known.turn,
        });
        if !surface.id.is_empty() {
            known.by_id.entry(&surface.id).or_default().push(index);
        }
        index
    }

    fn surface_place<'a>(
        &mut self,
        owner: &'static Layout,
        surface: &'a BoundarySurface,
        is_opening: bool,
    ) -> Option<(Tag<'a>, Place)> {
        let named = surface.attributes.get("sourceClass").and_then(|name| name.as_str());
        let named = named.filter(|_| surface.class == generic_class(true));
        if let Some(tag) = Tag::foreign(named, &surface.qualifiers).filter(Tag::is_foreign) {
            // As a wall, or as a window, whatever it is.
            let like = if is_opening { "Window" } else { "WallSurface" };
            let like = stadtwin_model::class_by_name(like)?;
            let other = ["TrafficArea", "WaterSurface"].into_iter().filter_map(stadtwin_model::class_by_name);
            let mut classes = std::iter::once(like).chain(other);
            let place = classes.find_map(|class| self.places.part(self.version, owner, class))?;
            return Some((tag, place));
        }
        let place = self.places.part(self.version, owner, surface.class)?;
        if place.is_substitute {
            self.losses.count("surfaces of a class that the version lacks, written as the nearest");
        }
        Some((Tag::known(place.layout.element), place))
    }

    /// Whether `plain_surface` finds a place.
    pub fn has_plain_surfaces(&mut self, layout: &'static Layout) -> bool {
        self.version == Version::V3 && self.places.part(self.version, layout, generic_class(true)).is_some()
    }

    /// A surface of no meaning for faces that the version shows on surfaces alone.
    pub fn plain_surface(&mut self, plan: &mut Plan) -> Option<u32> {
        if self.version != Version::V3 {
            return None;
        }
        let place = self.places.part(self.version, plan.layout, generic_class(true))?;
        plan.surfaces.push(SurfacePlan {
            surface: None,
            tag: Tag::known(place.layout.element),
            layout: place.layout,
            parent: None,
            place: place.place,
            shapes: Vec::new(),
            implicits: Vec::new(),
            is_shown: false,
            turn: 0,
        });
        Some(plan.surfaces.len() as u32 - 1)
    }

    /// Place of a multi-surface of exactly this LoD.
    pub fn face_place(&mut self, layout: &'static Layout, lod: Lod) -> Option<u16> {
        let (place, found) = self.places.shape(layout, lod, GeometryKind::MultiSurface)?;
        (found == lod).then_some(place)
    }
}

impl<'a> Known<'a> {
    /// The element that an earlier geometry made of the same surface.
    fn find(&self, plan: &Plan<'a>, surface: &BoundarySurface, parent: Option<u32>) -> Option<u32> {
        if self.turn < 2 || surface.id.is_empty() {
            return None;
        }
        let is_same = |element: &&u32| {
            plan.surfaces.get(**element as usize).is_some_and(|made| {
                let same = |known: &BoundarySurface| {
                    known.class == surface.class
                        && known.attributes == surface.attributes
                        && known.qualifiers == surface.qualifiers
                        && known.extensions == surface.extensions
                };
                made.turn != self.turn && made.parent == parent && made.surface.is_some_and(same)
            })
        };
        self.by_id.get(surface.id.as_str())?.iter().find(is_same).copied()
    }
}

impl Plan<'_> {
    /// Marks surfaces that have geometry, and those around them.
    pub fn mark_shown(&mut self) {
        for index in (0..self.surfaces.len()).rev() {
            let Some(surface) = self.surfaces.get_mut(index) else { continue };
            surface.is_shown |= !surface.shapes.is_empty() || !surface.implicits.is_empty();
            let around = surface.parent.filter(|_| surface.is_shown);
            if let Some(parent) = around.and_then(|parent| self.surfaces.get_mut(parent as usize)) {
                parent.is_shown = true;
            }
        }
    }

    /// Surfaces below a surface, or the object's own, in the order in which they are written.
    pub fn surfaces_in(&self, parent: Option<u32>) -> Vec<u32> {
        let mut found: Vec<u32> = (0..self.surfaces.len() as u32)
            .filter(|index| {
                self.surfaces.get(*index as usize).is_some_and(|one| one.parent == parent && one.is_shown)
            })
            .collect();
        found.sort_by_key(|index| self.surfaces.get(*index as usize).map(|one| one.place));
        found
    }
}
