//! Implicit geometries: each prototype once in the file, links to it elsewhere.

use super::super::ids::to_name;
use super::super::schema::Version;
use super::geometry::Drawing;
use super::jobs::Around;
use super::pen::Pen;
use super::plan::{Plan, Planner};
use super::shapes::ShapePlan;
use super::surfaces::{Known, NOWHERE};
use stadtwin_model::{CityObject, ImplicitGeometry, Template};

impl Planner {
    pub fn implicit<'a>(
        &mut self,
        plan: &mut Plan<'a>,
        index: usize,
        implicit: &'a ImplicitGeometry,
        known: &mut Known<'a>,
    ) {
        if is_continued(plan.object, index) {
            return;
        }
        let elements = self.surface_elements(plan, &implicit.surfaces, known);
        let element = elements.last().copied().unwrap_or(NOWHERE);
        let shown = plan.surfaces.get_mut(element as usize);
        let layout = shown.as_ref().map_or(plan.layout, |surface| surface.layout);
        let own = implicit.lod.0 / 10;
        let mut levels: Vec<u8> = (0..=4).collect();
        levels.sort_by_key(|level| (own.abs_diff(*level), *level));
        let found = levels
            .into_iter()
            .find_map(|level| Some((layout.place(&format!("lod{level}ImplicitRepresentation"))?, level)));
        let Some((place, level)) = found else {
            return self.losses.count("implicit geometries");
        };
        if level != own {
            self.losses.count("levels of detail of implicit geometries");
        }
        match shown {
            Some(surface) => surface.implicits.push((place, index)),
            None => plan.implicits.push((place, index)),
        }
    }
}

/// Whether an implicit geometry is the next kind of what the one before shows.
fn is_continued(object: &CityObject, index: usize) -> bool {
    let all = &object.implicit_geometries;
    let Some((before, own)) = index.checked_sub(1).and_then(|before| all.get(before)).zip(all.get(index))
    else {
        return false;
    };
    let base = before.template.id.split('/').next().unwrap_or_default();
    let kind = own.template.geometry.as_ref().map(|geometry| geometry.kind.name());
    let is_next = kind.is_some_and(|kind| own.template.id == format!("{base}/{kind}"));
    is_next
        && (before.lod, before.matrix, before.reference_point) == (own.lod, own.matrix, own.reference_point)
}

impl Pen {
    pub fn implicit(&mut self, around: &Around, place: u16, index: usize) {
        let object = around.plan.object;
        let Some(property) = around.layout.property(place) else { return };
        let Some(implicit) = object.implicit_geometries.get(index) else { return };
        let rest =
            (index + 1..object.implicit_geometries.len()).take_while(|next| is_continued(object, *next));
        let more = rest.filter_map(|next| object.implicit_geometries.get(next));
        let templates: Vec<&Template> =
            std::iter::once(implicit).chain(more).map(|implicit| &*implicit.template).collect();
        self.xml.start(property.name);
        self.start_gml("core:ImplicitGeometry");
        let template = &implicit.template;
        if self.version() == Version::V3 {
            self.matrix(implicit);
            self.library(template);
            self.reference_point(implicit);
            self.prototype(&templates, "core:relativeGeometry");
        } else {
            let (mime_type, library) = (template.mime_type.as_deref(), template.library_object.as_deref());
            self.optional("core:mimeType", mime_type);
            self.matrix(implicit);
            self.optional("core:libraryObject", library);
            self.prototype(&templates, "core:relativeGMLGeometry");
            self.reference_point(implicit);
        }
        self.xml.end("core:ImplicitGeometry");
        self.xml.end(property.name);
    }

    fn library(&mut self, template: &Template) {
        self.optional("core:mimeType", template.mime_type.as_deref());
        self.optional("core:libraryObject", template.library_object.as_deref());
    }

    pub fn optional(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.xml.leaf(name, text);
        }
    }

    fn matrix(&mut self, implicit: &ImplicitGeometry) {
        self.xml.start("core:transformationMatrix");
        self.xml.numbers(&implicit.matrix);
        self.xml.end("core:transformationMatrix");
    }

    fn reference_point(&mut self, implicit: &ImplicitGeometry) {
        self.xml.start("core:referencePoint");
        self.point(&implicit.reference_point);
        self.xml.end("core:referencePoint");
    }

    /// The geometries of one prototype, of one kind each.
    fn prototype(&mut self, templates: &[&Template], name: &str) {
        let Some(first) = templates.first().filter(|template| template.geometry.is_some()) else { return };
        let Some(fresh) = self.fresh.iter().position(|id| *id == first.id) else {
            self.xml.open(name);
            self.xml.attribute("xlink:href", &format!("#{}", to_name(&first.id)));
            return self.xml.close_empty();
        };
        self.fresh.swap_remove(fresh);
        self.xml.start(name);
        self.ordered_id = Some(to_name(&first.id).into_owned());
        if templates.len() > 1 {
            self.start_gml("gml:MultiGeometry");
        }
        for geometry in templates.iter().filter_map(|template| template.geometry.as_ref()) {
            if !geometry.appearances.is_empty() {
                self.losses().count("looks of prototypes");
            }
            let first_face = self.planner.next_face;
            self.planner.next_face += geometry.faces.len() as u32;
            let plain = stadtwin_model::Geometry { appearances: Vec::new(), ..geometry.clone() };
            let shape = ShapePlan::of_prototype(&plain, first_face, self.version() == Version::V3);
            let drawing = Drawing { shape: &shape, geometry: &plain };
            if templates.len() > 1 {
                self.xml.start("gml:geometryMember");
                self.body(drawing, "Geometry");
                self.xml.end("gml:geometryMember");
            } else {
                self.body(drawing, "Geometry");
            }
        }
        if templates.len() > 1 {
            self.xml.end("gml:MultiGeometry");
        }
        self.xml.end(name);
    }
}
