//! Geometry as GML: properties of objects and surfaces, solids, surfaces, lines and points.

use super::super::schema::{Kind, Property, Version};
use super::jobs::Around;
use super::pen::Pen;
use super::places::BEHIND;
use super::plan::Plan;
use super::shapes::{Link, Own, ShapePlan};
use super::tag::Tag;
use stadtwin_model::{Geometry, GeometryKind};

/// A geometry with its plan.
#[derive(Clone, Copy)]
pub struct Drawing<'d> {
    pub shape: &'d ShapePlan,
    pub geometry: &'d Geometry,
}

impl Plan<'_> {
    pub fn drawing(&self, index: usize) -> Option<Drawing<'_>> {
        let (shape, geometry) = (self.shapes.get(index)?, self.object.geometries.get(index)?);
        Some(Drawing { shape, geometry })
    }
}

impl Pen {
    /// What the object itself has of a geometry, in its property.
    pub fn own_shape(&mut self, plan: &Plan, index: usize) {
        let Some(drawing) = plan.drawing(index) else { return };
        let property =
            plan.layout.property(drawing.shape.place).copied().or_else(|| self.misplaced(drawing.geometry));
        let Some(property) = property else {
            return self.foreign_shape(plan, drawing);
        };
        let Kind::Geometry(kind) = property.kind else {
            return self.losses().count("geometries of a property that holds none in the version");
        };
        let together: Vec<usize> = match kind {
            "Geometry" if drawing.geometry.is_plain() => plan.at(drawing.shape.place).collect(),
            "MultiSurface" => plan.moved_together(index, property),
            _ => vec![index],
        };
        if together.first() != Some(&index) {
            return;
        }
        self.xml.start(property.name);
        match together.as_slice() {
            [_] => self.body(drawing, kind),
            several if kind == "MultiSurface" => {
                self.losses().count("surfaces of several properties, written as one");
                let drawings: Vec<_> = several.iter().filter_map(|index| plan.drawing(*index)).collect();
                let faces: Vec<_> = drawings.iter().map(Drawing::own_faces).collect();
                let all: Vec<_> = drawings.into_iter().zip(faces.iter().map(Vec::as_slice)).collect();
                self.faces(&all, kind, true);
            }
            several => {
                self.start_gml("gml:MultiGeometry");
                for drawing in several.iter().filter_map(|index| plan.drawing(*index)) {
                    self.xml.start("gml:geometryMember");
                    self.body(drawing, kind);
                    self.xml.end("gml:geometryMember");
                }
                self.xml.end("gml:MultiGeometry");
            }
        }
        self.xml.end(property.name);
    }

    /// A property that the element does not have: some of its name, or one for the level.
    fn misplaced(&self, geometry: &Geometry) -> Option<Property> {
        let schema = self.planner.schema;
        if !geometry.is_plain() {
            return schema.any_property(&geometry.role);
        }
        let level = geometry.lod.0 / 10;
        let names = match geometry.kind {
            GeometryKind::Solid | GeometryKind::MultiSolid => ["Solid", "Geometry"],
            GeometryKind::MultiCurve => ["MultiCurve", "Geometry"],
            GeometryKind::MultiPoint => ["Point", "Geometry"],
            GeometryKind::MultiSurface | GeometryKind::Tin => ["MultiSurface", "Geometry"],
        };
        names.iter().find_map(|name| schema.any_property(&format!("lod{level}{name}")))
    }

    fn foreign_shape(&mut self, plan: &Plan, drawing: Drawing) {
        let role = Some(drawing.geometry.role.as_str()).filter(|_| !drawing.geometry.is_plain());
        let mut said = std::iter::once(&plan.object.qualifiers)
            .chain(drawing.geometry.surfaces.iter().map(|surface| &surface.qualifiers));
        let Some(tag) = said.find_map(|qualifiers| Tag::foreign(role, qualifiers)) else {
            return self.losses().count("geometries of a property that the version lacks");
        };
        tag.open(&mut self.xml);
        self.xml.close();
        self.body(drawing, "Geometry");
        tag.end(&mut self.xml);
    }

    /// A start tag with the id that was ordered, or one where the version wants one.
    pub fn start_gml(&mut self, name: &str) {
        self.xml.open(name);
        match self.ordered_id.take() {
            Some(id) => self.xml.attribute("gml:id", &id),
            None => self.push_made_id(),
        }
        self.xml.close();
    }

    /// What stands in a property of the kind.
    pub fn body(&mut self, drawing: Drawing, kind: &str) {
        match drawing.geometry.kind {
            GeometryKind::Solid | GeometryKind::MultiSolid if !matches!(kind, "MultiSurface" | "Surface") => {
                self.solids(drawing, kind);
            }
            GeometryKind::MultiCurve => self.curves(drawing.geometry, kind),
            GeometryKind::MultiPoint => self.points(drawing.geometry, kind),
            _ => {
                self.faces(&[(drawing, &drawing.own_faces())], kind, true);
            }
        }
    }

    /// The faces of a boundary surface, of one or more geometries.
    pub fn surface_faces(&mut self, around: &Around, place: u16, all: &[(usize, u32)]) {
        let Some(property) = around.layout.property(place) else { return };
        let Kind::Geometry(kind) = property.kind else { return };
        let drawings: Vec<(Drawing, &[u32])> = all
            .iter()
            .filter_map(|(index, surface)| {
                let drawing = around.plan.drawing(*index)?;
                Some((drawing, drawing.shape.faces_of(*surface)))
            })
            .collect();
        self.xml.start(property.name);
        self.faces(&drawings, kind, false);
        self.xml.end(property.name);
    }

    /// Faces as a surface of the kind that the property wants. `is_own` makes links of those that stand in surfaces.
    fn faces(&mut self, drawings: &[(Drawing, &[u32])], kind: &str, is_own: bool) {
        if kind == "Tin" {
            return drawings.iter().for_each(|(drawing, faces)| self.triangulated(*drawing, faces));
        }
        let count = drawings.iter().map(|(_, faces)| faces.len()).sum::<usize>();
        if let ("Surface" | "Polygon", 1, [(drawing, [face])]) = (kind, count, drawings)
            && !(is_own && drawing.target(*face).is_some())
        {
            return self.polygon(*drawing, *face);
        }
        let name =
            if matches!(kind, "Surface" | "Polygon") { "gml:CompositeSurface" } else { "gml:MultiSurface" };
        self.start_gml(name);
        for (drawing, faces) in drawings {
            if drawing.geometry.kind == GeometryKind::Tin && !faces.is_empty() {
                self.xml.start("gml:surfaceMember");
                self.triangulated(*drawing, faces);
                self.xml.end("gml:surfaceMember");
            } else {
                faces.iter().for_each(|face| self.surface_member(*drawing, *face, is_own));
            }
        }
        self.xml.end(name);
    }

    fn surface_member(&mut self, drawing: Drawing, face: u32, is_own: bool) {
        let Some(link) = drawing.target(face).filter(|_| is_own) else {
            self.xml.start("gml:surfaceMember");
            self.polygon(drawing, face);
            return self.xml.end("gml:surfaceMember");
        };
        if link.is_turned {
            self.xml.start("gml:surfaceMember");
            self.xml.open("gml:OrientableSurface");
            self.push_made_id();
            self.xml.push(" orientation=\"-\"><gml:baseSurface xlink:href=\"#");
            self.face_id(link.number);
            self.xml.push("\"/></gml:OrientableSurface></gml:surfaceMember>");
        } else {
            self.xml.push("<gml:surfaceMember xlink:href=\"#");
            self.face_id(link.number);
            self.xml.push("\"/>");
        }
    }

    fn solids(&mut self, drawing: Drawing, kind: &str) {
        let geometry = drawing.geometry;
        let face_count = geometry.faces.len() as u32;
        let shell = |index: usize| {
            let end = geometry.shells.get(index + 1).copied().unwrap_or(face_count);
            geometry.shells.get(index).map_or(0..face_count, |start| *start..end)
        };
        if geometry.kind == GeometryKind::Solid {
            let shells: Vec<_> = (0..geometry.shells.len().max(1)).map(shell).collect();
            if kind != "MultiSolid" {
                return self.solid(drawing, &shells);
            }
            self.start_gml("gml:MultiSolid");
            self.xml.start("gml:solidMember");
            self.solid(drawing, &shells);
            self.xml.end("gml:solidMember");
            return self.xml.end("gml:MultiSolid");
        }
        let is_composite =
            kind == "Solid" || (kind != "MultiSolid" && geometry.role == Geometry::COMPOSITE_SOLID);
        let name = if is_composite { "gml:CompositeSolid" } else { "gml:MultiSolid" };
        self.start_gml(name);
        for (index, first) in geometry.solids.iter().enumerate() {
            let end = geometry.solids.get(index + 1).map_or(geometry.shells.len(), |end| *end as usize);
            let shells: Vec<_> = (*first as usize..end).map(shell).collect();
            self.xml.start("gml:solidMember");
            self.solid(drawing, &shells);
            self.xml.end("gml:solidMember");
        }
        self.xml.end(name);
    }

    fn solid(&mut self, drawing: Drawing, shells: &[std::ops::Range<u32>]) {
        let name = if self.version() == Version::V3 { "gml:Shell" } else { "gml:CompositeSurface" };
        self.start_gml("gml:Solid");
        for (index, shell) in shells.iter().enumerate() {
            let boundary = if index == 0 { "gml:exterior" } else { "gml:interior" };
            self.xml.start(boundary);
            if !shell.is_empty() {
                self.start_gml(name);
                shell.clone().for_each(|face| self.surface_member(drawing, face, true));
                self.xml.end(name);
            }
            self.xml.end(boundary);
        }
        self.xml.end("gml:Solid");
    }

    fn curves(&mut self, geometry: &Geometry, kind: &str) {
        let (name, member) = match kind {
            "GeometricComplex" => ("gml:GeometricComplex", "gml:element"),
            _ => ("gml:MultiCurve", "gml:curveMember"),
        };
        self.start_gml(name);
        for ring in 0..geometry.ring_ends.len() as u32 {
            self.xml.start(member);
            self.start_gml("gml:LineString");
            self.xml.push("<gml:posList srsDimension=\"3\">");
            self.xml.numbers(geometry.ring(ring).iter().flatten());
            self.xml.push("</gml:posList></gml:LineString>");
            self.xml.end(member);
        }
        self.xml.end(name);
    }

    pub fn points(&mut self, geometry: &Geometry, kind: &str) {
        if let (true, [point]) = (kind != "MultiPoint", geometry.points.as_slice()) {
            return self.point(point);
        }
        self.start_gml("gml:MultiPoint");
        for point in &geometry.points {
            self.xml.start("gml:pointMember");
            self.point(point);
            self.xml.end("gml:pointMember");
        }
        self.xml.end("gml:MultiPoint");
    }

    pub fn point(&mut self, point: &[f64; 3]) {
        self.start_gml("gml:Point");
        self.xml.start("gml:pos");
        self.xml.numbers(point);
        self.xml.push("</gml:pos></gml:Point>");
    }
}

impl Drawing<'_> {
    /// Faces that the object itself has to write.
    fn own_faces(&self) -> Vec<u32> {
        let all = 0..self.geometry.faces.len() as u32;
        match self.shape.own {
            Own::Rest => all.filter(|face| !self.is_in_surface(*face)).collect(),
            _ => all.collect(),
        }
    }

    pub fn is_in_surface(&self, face: u32) -> bool {
        let surface = self.geometry.faces.get(face as usize).map(|face| face.surface);
        surface.is_some_and(|surface| self.shape.element_of(surface).is_some())
    }

    /// The polygon elsewhere that stands for a face of the object's own.
    pub fn target(&self, face: u32) -> Option<Link> {
        if let Some(link) = self.shape.links.get(&face) {
            return Some(*link);
        }
        let number = self.shape.first_face + face;
        self.is_in_surface(face).then_some(Link { number, is_turned: false })
    }
}

impl Plan<'_> {
    /// All surfaces that go into the property of a geometry, where some of them have one of their own in other versions:
    /// there may be but one element of it.
    fn moved_together(&self, index: usize, property: Property) -> Vec<usize> {
        let place = self.shapes.get(index).map_or(BEHIND, |shape| shape.place);
        let all = self.shapes.iter().zip(&self.object.geometries).enumerate();
        let here: Vec<_> = all
            .filter(|(_, (shape, geometry))| {
                let is_surface = matches!(geometry.kind, GeometryKind::MultiSurface | GeometryKind::Tin);
                shape.place == place && shape.own != Own::Nothing && is_surface
            })
            .collect();
        let is_moved = |geometry: &Geometry| !geometry.is_plain() && geometry.role != property.local();
        match place != BEHIND && here.iter().any(|(_, (_, geometry))| is_moved(geometry)) {
            true => here.into_iter().map(|(index, _)| index).collect(),
            false => vec![index],
        }
    }

    /// Plain geometries with a part of their own in the property.
    fn at(&self, place: u16) -> impl Iterator<Item = usize> {
        let all = self.shapes.iter().zip(&self.object.geometries).enumerate();
        all.filter(move |(_, (shape, geometry))| {
            shape.place == place && shape.own != Own::Nothing && geometry.is_plain()
        })
        .map(|(index, _)| index)
    }
}
