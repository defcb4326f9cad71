//! Geometry properties of one object as `Geometry` values: each polygon once per LoD, with the surface it belongs to.

use super::appearance::Drawn;
use super::gather::{FaceRef, Parts};
use super::member::Reader;
use super::objects::{Draft, Shape};
use super::rings::FaceRings;
use super::tree::Element;
use rustc_hash::{FxHashMap, FxHashSet};
use stadtwin_model::{BoundarySurface, Geometry, GeometryKind, Lod, NO_SURFACE, Severity};

/// A shape with what it holds.
struct Gathered {
    lod: Lod,
    role: String,
    surface: u32,
    parts: Parts,
}

/// Geometries on their way, each with its map from surfaces of the object to its own.
struct Builder<'s> {
    surfaces: &'s [BoundarySurface],
    geometries: Vec<(Geometry, FxHashMap<u32, u32>)>,
    /// Faces of each geometry, where the member has looks.
    drawn: Vec<Vec<Drawn>>,
    /// Polygons that a geometry of the LoD has.
    used: FxHashSet<(Lod, u32)>,
}

impl<'t, 'a> Reader<'t, 'a> {
    /// `general` is the LoD where a property's name does not say it.
    pub fn geometries(&mut self, draft: &mut Draft, general: Lod) -> Vec<Geometry> {
        if draft.shapes.is_empty() && draft.surfaces.is_empty() {
            return Vec::new();
        }
        let shapes = std::mem::take(&mut draft.shapes);
        let mut gathered: Vec<Gathered> =
            shapes.into_iter().filter_map(|shape| self.gathered(shape, general, draft)).collect();
        let owners = self.owners(draft, &gathered);
        let mut builder = Builder {
            surfaces: &draft.surfaces,
            geometries: Vec::new(),
            drawn: Vec::new(),
            used: FxHashSet::default(),
        };
        self.solids(&mut builder, &mut gathered, &owners);
        // The object's own surfaces before those of its boundaries: links among them then add nothing.
        gathered.sort_by_key(|shape| shape.surface != NO_SURFACE);
        for shape in &gathered {
            self.loose_parts(&mut builder, shape, &owners);
        }
        self.dress_all(&mut builder);
        let mut geometries: Vec<_> =
            builder.geometries.into_iter().filter(|(geometry, _)| !geometry.points.is_empty()).collect();
        let mut shown = std::mem::take(&mut draft.shown);
        shown.extend(geometries.iter().flat_map(|(_, map)| map.keys().copied()));
        self.tell_empty_surfaces(draft, &shown);
        hand_out(&mut draft.surfaces, &mut geometries);
        let mut geometries: Vec<Geometry> = geometries.into_iter().map(|(geometry, _)| geometry).collect();
        // Not as in the file: each version's schema has an order of its own.
        geometries.sort_by(|a, b| (a.lod, a.kind, &a.role).cmp(&(b.lod, b.kind, &b.role)));
        geometries
    }

    /// A property of nothing but links that lead nowhere is kept as it is.
    fn gathered(&mut self, shape: Shape, general: Lod, draft: &mut Draft) -> Option<Gathered> {
        let property = self.tree.element(shape.property)?;
        let told = self.issues.len();
        let parts = self.gather(property);
        let is_loose = self.is_last_try() && parts.is_empty() && self.issues.len() > told;
        if let Some(snippet) = is_loose.then(|| self.snippet(property)).flatten() {
            draft.extensions_of(shape.surface).push(snippet);
        }
        let is_composite = shape.role.is_empty() && parts.is_composite_solid();
        let role = if is_composite { Geometry::COMPOSITE_SOLID.to_owned() } else { shape.role };
        Some(Gathered { lod: shape.lod.unwrap_or(general), role, surface: shape.surface, parts })
    }

    /// The geometries of a prototype, one for each kind, in its own coordinates.
    pub fn prototype_geometries(&mut self, relative: Element<'t, 'a>) -> Vec<Geometry> {
        let parts = self.gather(relative);
        let mut gathered = [Gathered { lod: Lod(0), role: String::new(), surface: NO_SURFACE, parts }];
        let mut builder =
            Builder { surfaces: &[], geometries: Vec::new(), drawn: Vec::new(), used: FxHashSet::default() };
        self.solids(&mut builder, &mut gathered, &FxHashMap::default());
        for shape in &gathered {
            self.loose_parts(&mut builder, shape, &FxHashMap::default());
        }
        builder
            .geometries
            .into_iter()
            .map(|(geometry, _)| geometry)
            .filter(|g| !g.points.is_empty())
            .collect()
    }

    fn dress_all(&mut self, builder: &mut Builder) {
        for ((geometry, _), drawn) in builder.geometries.iter_mut().zip(&builder.drawn) {
            self.dress(geometry, drawn);
        }
    }

    /// The surface of each polygon: of the boundary surface that holds it or points at it, else (where the polygon
    /// lies in another object) a copy of the surface around it.
    fn owners(&mut self, draft: &mut Draft, gathered: &[Gathered]) -> FxHashMap<u32, u32> {
        let mut owners = FxHashMap::default();
        for shape in gathered.iter().filter(|shape| shape.surface != NO_SURFACE) {
            for face in faces_of(&shape.parts) {
                owners.entry(face.node).or_insert(shape.surface);
            }
        }
        if gathered.iter().all(|shape| shape.surface != NO_SURFACE) {
            return owners;
        }
        let mut copies: FxHashMap<u32, u32> = draft
            .surface_elements
            .iter()
            .enumerate()
            .map(|(index, element)| (*element, index as u32))
            .collect();
        for face in gathered.iter().flat_map(|shape| faces_of(&shape.parts)) {
            if owners.contains_key(&face.node) {
                continue;
            }
            let Some(around) = self.tree.element(face.node).and_then(surface_around) else {
                continue;
            };
            let surface = *copies.entry(around.index).or_insert_with(|| copy_surface(draft, around));
            owners.insert(face.node, surface);
        }
        owners
    }

    /// All solids of an LoD and role make one geometry.
    fn solids(&mut self, builder: &mut Builder, gathered: &mut [Gathered], owners: &FxHashMap<u32, u32>) {
        let mut groups: Vec<(Lod, String, u32)> = Vec::new();
        for shape in gathered.iter().filter(|shape| !shape.parts.solids.is_empty()) {
            match groups.iter_mut().find(|(lod, role, _)| *lod == shape.lod && *role == shape.role) {
                Some((_, _, count)) => *count += shape.parts.solids.len() as u32,
                None => groups.push((shape.lod, shape.role.clone(), shape.parts.solids.len() as u32)),
            }
        }
        for shape in gathered.iter_mut().filter(|shape| !shape.parts.solids.is_empty()) {
            let group = groups.iter().find(|(lod, role, _)| *lod == shape.lod && *role == shape.role);
            let kind = if group.is_some_and(|(_, _, count)| *count > 1) {
                GeometryKind::MultiSolid
            } else {
                GeometryKind::Solid
            };
            for shells in std::mem::take(&mut shape.parts.solids) {
                let slot = builder.slot(shape.lod, kind, &shape.role);
                self.solid_shells(builder, slot, shape, &shells, owners);
            }
        }
    }

    fn solid_shells(
        &mut self,
        builder: &mut Builder,
        slot: usize,
        shape: &Gathered,
        shells: &[Vec<FaceRef>],
        owners: &FxHashMap<u32, u32>,
    ) {
        let multi = builder.geometry(slot).is_some_and(|geometry| geometry.kind == GeometryKind::MultiSolid);
        if let Some(geometry) = builder.geometry(slot).filter(|_| multi) {
            let first_shell = geometry.shells.len() as u32;
            geometry.solids.push(first_shell);
        }
        for shell in shells {
            if let Some(geometry) = builder.geometry(slot).filter(|_| multi || shells.len() > 1) {
                let first_face = geometry.faces.len() as u32;
                geometry.shells.push(first_face);
            }
            for face in shell {
                builder.used.insert((shape.lod, face.node));
                self.face(builder, slot, *face, shape, owners);
            }
        }
    }

    fn loose_parts(&mut self, builder: &mut Builder, shape: &Gathered, owners: &FxHashMap<u32, u32>) {
        let kind = if shape.parts.tin { GeometryKind::Tin } else { GeometryKind::MultiSurface };
        for face in &shape.parts.faces {
            if builder.used.insert((shape.lod, face.node)) {
                let slot = builder.slot(shape.lod, kind, &shape.role);
                self.face(builder, slot, *face, shape, owners);
            }
        }
        for line in &shape.parts.lines {
            builder.push_points(shape, GeometryKind::MultiCurve, line);
        }
        for point in &shape.parts.points {
            builder.push_points(shape, GeometryKind::MultiPoint, std::slice::from_ref(point));
        }
    }

    fn face(
        &mut self,
        builder: &mut Builder,
        slot: usize,
        face: FaceRef,
        shape: &Gathered,
        owners: &FxHashMap<u32, u32>,
    ) {
        let mut rings = std::mem::take(&mut self.face_rings);
        if self.rings(face, &mut rings) {
            self.add_face(builder, slot, face, &rings, shape, owners);
        }
        self.face_rings = rings;
    }

    fn add_face(
        &mut self,
        builder: &mut Builder,
        slot: usize,
        face: FaceRef,
        rings: &FaceRings,
        shape: &Gathered,
        owners: &FxHashMap<u32, u32>,
    ) {
        let owner =
            if shape.surface == NO_SURFACE { owners.get(&face.node).copied() } else { Some(shape.surface) };
        let surface = owner.map_or(NO_SURFACE, |owner| builder.surface(slot, owner));
        if let Some(geometry) = builder.geometry(slot) {
            geometry.push_face(rings.rings(), surface);
        }
        if self.bindings.is_some() {
            builder.drawn.resize_with(builder.geometries.len(), Vec::new);
            if let Some(faces) = builder.drawn.get_mut(slot) {
                faces.push(Drawn { face, rings: rings.elements.clone() });
            }
        }
    }

    fn tell_empty_surfaces(&mut self, draft: &Draft, shown: &FxHashSet<u32>) {
        for (index, surface) in draft.surfaces.iter().enumerate() {
            if !shown.contains(&(index as u32)) {
                let element =
                    draft.surface_elements.get(index).and_then(|element| self.tree.element(*element));
                let Some(element) = element else { continue };
                let message = format!(
                    "the {} `{}` has no usable geometry and is left out",
                    surface.class.name(),
                    surface.id
                );
                self.tell(element, "surface_empty", Severity::Info, message);
            }
        }
    }
}

impl Builder<'_> {
    /// The geometry of that LoD, kind and role, made when there is none.
    fn slot(&mut self, lod: Lod, kind: GeometryKind, role: &str) -> usize {
        let same = |(geometry, _): &(Geometry, _)| {
            geometry.lod == lod && geometry.kind == kind && geometry.role == role
        };
        self.geometries.iter().position(same).unwrap_or_else(|| {
            let mut geometry = Geometry::new(lod, kind);
            geometry.role = role.to_owned();
            self.geometries.push((geometry, FxHashMap::default()));
            self.geometries.len() - 1
        })
    }

    fn geometry(&mut self, slot: usize) -> Option<&mut Geometry> {
        self.geometries.get_mut(slot).map(|(geometry, _)| geometry)
    }

    /// Index of the object's surface in the geometry's own list; the surfaces it fills come along.
    fn surface(&mut self, slot: usize, index: u32) -> u32 {
        let Some(surface) = self.surfaces.get(index as usize) else {
            return NO_SURFACE;
        };
        if let Some(known) = self.geometries.get(slot).and_then(|(_, map)| map.get(&index)) {
            return *known;
        }
        // A parent is always made before what fills it, so this ends.
        let parent = surface.parent.filter(|parent| *parent < index).map(|parent| self.surface(slot, parent));
        let Some((geometry, map)) = self.geometries.get_mut(slot) else {
            return NO_SURFACE;
        };
        let own = geometry.surfaces.len() as u32;
        geometry.surfaces.push(BoundarySurface {
            parent,
            class: surface.class,
            ..BoundarySurface::default()
        });
        map.insert(index, own);
        own
    }

    fn push_points(&mut self, shape: &Gathered, kind: GeometryKind, points: &[[f64; 3]]) {
        let slot = self.slot(shape.lod, kind, &shape.role);
        if let Some(geometry) = self.geometry(slot) {
            geometry.push_ring(points);
        }
    }
}

/// Gives geometries what their surfaces have beside class and parent; the last that shows a surface gets it uncopied.
fn hand_out(surfaces: &mut [BoundarySurface], geometries: &mut [(Geometry, FxHashMap<u32, u32>)]) {
    let mut uses = vec![0_u32; surfaces.len()];
    for index in geometries.iter().flat_map(|(_, map)| map.keys()) {
        if let Some(count) = uses.get_mut(*index as usize) {
            *count += 1;
        }
    }
    for (geometry, map) in geometries {
        for (index, own) in map {
            let index = *index as usize;
            let (Some(from), Some(to), Some(count)) =
                (surfaces.get_mut(index), geometry.surfaces.get_mut(*own as usize), uses.get_mut(index))
            else {
                continue;
            };
            *count -= 1;
            let whole = if *count == 0 { std::mem::take(from) } else { from.clone() };
            *to = BoundarySurface { parent: to.parent, ..whole };
        }
    }
}

fn faces_of(parts: &Parts) -> impl Iterator<Item = &FaceRef> {
    parts.faces.iter().chain(parts.solids.iter().flatten().flatten())
}

/// The boundary surface that a polygon lies in, in whatever object.
fn surface_around<'t, 'a>(polygon: Element<'t, 'a>) -> Option<Element<'t, 'a>> {
    let mut around = polygon.ancestors().filter(|element| element.class().is_some());
    around.next().filter(|element| element.class().is_some_and(|class| class.get().is_surface))
}

fn copy_surface(draft: &mut Draft, element: Element) -> u32 {
    let id = element.id().map(super::ids::of_name).unwrap_or_default();
    let class = element.class().unwrap_or_else(|| super::names::generic_class(true));
    draft.surfaces.push(BoundarySurface {
        id,
        class,
        parent: None,
        attributes: Default::default(),
        ..BoundarySurface::default()
    });
    draft.surface_elements.push(element.index);
    draft.surfaces.len() as u32 - 1
}
