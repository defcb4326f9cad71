//! Members as XML: each element's jobs in the order of the schema.

use super::super::ids::to_name;
use super::super::names::generic_class;
use super::super::schema::Version;
use super::generics::Generic;
use super::jobs::{Around, Job, Jobs};
use super::looks::Wardrobe;
use super::places::BEHIND;
use super::plan::{Plan, Planner};
use super::xml::Xml;
use crate::Losses;
use rustc_hash::{FxBuildHasher, FxHashSet};
use serde_json::Value;
use stadtwin_model::{Attributes, CityObject, Envelope};
use std::hash::BuildHasher;

/// Begin of ids that only the schema asks for: the reader takes them for none.
pub const MADE_ID: &str = "_made.";

/// Between the name of a material or texture and a number, where an earlier one of the file has the name as its id: the
/// reader takes both for the same name.
pub const AGAIN: &str = "._again.";

/// Writes members into memory.
pub struct Pen {
    pub xml: Xml,
    pub planner: Planner,
    /// CRS that each member names.
    pub srs_name: Option<String>,
    /// gml:id of the member.
    pub top_id: String,
    /// Templates whose geometry this member writes; others it points at.
    pub fresh: Vec<String>,
    /// For the next geometry.
    pub ordered_id: Option<String>,
    next_id: u32,
    /// Hashes of the names that materials and textures of the file have so far.
    look_names: FxHashSet<u64>,
    /// Of names that came again.
    repeated_looks: u64,
}

impl Pen {
    pub fn new(version: Version, srs_name: Option<String>) -> Pen {
        Pen {
            xml: Xml::default(),
            planner: Planner::new(version),
            srs_name,
            top_id: String::new(),
            fresh: Vec::new(),
            ordered_id: None,
            next_id: 0,
            look_names: FxHashSet::default(),
            repeated_looks: 0,
        }
    }

    /// An id for a material or texture of the name: no two elements may have the same.
    pub fn look_id(&mut self, name: &str) -> Option<String> {
        let name = to_name(name);
        if name.is_empty() {
            return None;
        }
        // Two names of one hash: the second has a number that it would not need.
        if self.look_names.insert(FxBuildHasher.hash_one(&*name)) {
            return Some(name.into_owned());
        }
        self.repeated_looks += 1;
        Some(format!("{name}{AGAIN}{}", self.repeated_looks))
    }

    pub fn version(&self) -> Version {
        self.planner.version
    }

    pub fn losses(&mut self) -> &mut Losses {
        &mut self.planner.losses
    }

    /// The object as a member of the file.
    pub fn member(&mut self, object: &CityObject, fresh: Vec<String>) {
        self.fresh = fresh;
        self.next_id = 0;
        self.top_id.clear();
        self.top_id.push_str(&to_name(&object.id));
        for (index, plan) in self.planner.member(object).iter().enumerate() {
            let wardrobe = Wardrobe::of(plan);
            let property = match plan.layout.element {
                "vers:Version" => "core:versionMember",
                "vers:VersionTransition" => "core:versionTransitionMember",
                _ => "core:cityObjectMember",
            };
            self.xml.out.push(b'\n');
            self.xml.start(property);
            let parent = (index > 0).then_some(object);
            self.object(plan, Some(&wardrobe), parent);
            self.xml.end(property);
        }
    }

    /// `outcast_of` is the object that an object was a part of.
    pub fn object(&mut self, plan: &Plan, wardrobe: Option<&Wardrobe>, outcast_of: Option<&CityObject>) {
        let object = plan.object;
        let remembered = remembered(plan, outcast_of);
        let mut jobs: Jobs = Vec::with_capacity(16);
        let (attributes, qualifiers) = (&object.attributes, &object.qualifiers);
        self.attribute_jobs(plan.layout, attributes, qualifiers, &object.extensions, &mut jobs);
        if !remembered.is_empty() {
            let all = remembered.iter().map(|(name, value)| Generic { name, value, said: None }).collect();
            jobs.push((plan.layout.place("genericAttribute").unwrap_or(BEHIND), Job::Generics(all)));
        }
        if wardrobe.is_some_and(|all| !all.is_empty()) {
            jobs.push((plan.layout.place("appearance").unwrap_or(BEHIND), Job::Appearances));
        }
        if let Some(place) = plan.layout.place("relationToConstruction").filter(|_| is_inside(object)) {
            let inside = "<con:relationToConstruction>inside</con:relationToConstruction>";
            jobs.push((place, Job::Extension(inside)));
        }
        plan.part_jobs(&mut jobs);
        jobs.sort_by_key(|(place, _)| *place);
        plan.tag.open(&mut self.xml);
        self.xml.attribute("gml:id", &to_name(&object.id));
        self.xml.close();
        let around = Around { plan, layout: plan.layout, qualifiers, wardrobe };
        let mut is_bounded = self.srs_name.is_none() || wardrobe.is_none();
        for (place, job) in &jobs {
            let is_name =
                plan.layout.property(*place).is_some_and(|property| property.name.starts_with("gml:"));
            if !is_bounded && !is_name {
                is_bounded = true;
                self.bounds(object);
            }
            self.job(&around, *place, job);
        }
        if !is_bounded {
            self.bounds(object);
        }
        plan.tag.end(&mut self.xml);
    }

    /// Where a member stands and in which CRS.
    fn bounds(&mut self, object: &CityObject) {
        let mut extent = Envelope::EMPTY;
        for object in object.walk() {
            object.geometries.iter().for_each(|geometry| extent.union(&geometry.envelope()));
            object.implicit_geometries.iter().for_each(|implicit| extent.extend(&implicit.reference_point));
        }
        if let Some(srs_name) = self.srs_name.as_deref().filter(|_| !extent.is_empty()) {
            push_envelope(&mut self.xml, srs_name, &extent);
        }
    }

    /// A boundary surface or an opening, in its property.
    pub fn surface(&mut self, plan: &Plan, index: u32) {
        let Some(planned) = plan.surfaces.get(index as usize) else { return };
        let owner = planned.parent.and_then(|parent| plan.surfaces.get(parent as usize));
        let Some(property) = owner.map_or(plan.layout, |owner| owner.layout).property(planned.place) else {
            return;
        };
        let empty = Attributes::new();
        let mut jobs: Jobs = Vec::new();
        let mut qualifiers = &empty;
        if let Some(surface) = planned.surface {
            qualifiers = &surface.qualifiers;
            let (attributes, extensions) = (&surface.attributes, &surface.extensions);
            self.attribute_jobs(planned.layout, attributes, qualifiers, extensions, &mut jobs);
            if surface.class == generic_class(true) {
                // Its element says that.
                jobs.iter_mut().for_each(|(_, job)| job.leave_out("sourceClass"));
            }
        }
        plan.surface_jobs(index, &mut jobs);
        jobs.sort_by_key(|(place, _)| *place);
        self.xml.start(property.name);
        planned.tag.open(&mut self.xml);
        match planned.surface.map(|surface| surface.id.as_str()).filter(|id| !id.is_empty()) {
            Some(id) => self.xml.attribute("gml:id", &to_name(id)),
            None => self.push_made_id(),
        }
        self.xml.close();
        let around = Around { plan, layout: planned.layout, qualifiers, wardrobe: None };
        for (place, job) in &jobs {
            self.job(&around, *place, job);
        }
        planned.tag.end(&mut self.xml);
        self.xml.end(property.name);
    }

    /// Version 3 wants an id of everything.
    pub fn push_made_id(&mut self) {
        if self.version() == Version::V3 {
            let id = format!("{MADE_ID}{}.{}", self.top_id, self.next_id);
            self.next_id += 1;
            self.xml.attribute("gml:id", &id);
        }
    }
}

/// Versions 1 and 2 have classes of their own for what stands inside.
fn is_inside(object: &CityObject) -> bool {
    let name = object.class.name();
    name.starts_with("Int")
        && name.ends_with("Installation")
        && !object.attributes.contains_key("relationToConstruction")
}

/// What the element of an object does not say of it.
fn remembered(plan: &Plan, outcast_of: Option<&CityObject>) -> Vec<(&'static str, Value)> {
    let object = plan.object;
    let mut remembered = Vec::new();
    let source = object.source_class.as_deref().filter(|name| *name != plan.tag.name());
    let is_other = outcast_of.is_some() && !plan.layout.element.ends_with(object.class.name());
    let name = source.or(is_other.then_some(object.class.name()));
    if let Some(name) = name.filter(|_| !object.attributes.contains_key("sourceClass")) {
        remembered.push(("sourceClass", Value::from(name)));
    }
    if let Some(parent) = outcast_of {
        remembered.push(("partOf", Value::from(parent.id.as_str())));
    }
    remembered
}

pub fn push_envelope(xml: &mut Xml, srs_name: &str, extent: &Envelope) {
    xml.start("gml:boundedBy");
    xml.open("gml:Envelope");
    xml.attribute("srsName", srs_name);
    xml.attribute("srsDimension", "3");
    xml.close();
    for (name, corner) in [("gml:lowerCorner", &extent.min), ("gml:upperCorner", &extent.max)] {
        xml.start(name);
        xml.numbers(corner);
        xml.end(name);
    }
    xml.end("gml:Envelope");
    xml.end("gml:boundedBy");
}
