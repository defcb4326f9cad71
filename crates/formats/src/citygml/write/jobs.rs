//! What one element has to say, each with its place in the schema's sequence.

use super::super::schema::{Kind, Layout, Version, is_property};
use super::super::{names, scan};
use super::generics::{self, Generic};
use super::looks::Wardrobe;
use super::pen::Pen;
use super::places::BEHIND;
use super::plan::Plan;
use super::shapes::Own;
use serde_json::Value;
use stadtwin_model::{Attributes, CityObject, Module};

/// One property to write.
pub enum Job<'j> {
    /// One of the standard's; without a value what is said stands alone: a reason why there is none.
    Attribute {
        name: &'j str,
        value: Option<&'j Value>,
        said: Option<&'j Value>,
    },
    /// The height that version 3 has a type of its own for [m].
    Height(&'j Value),
    /// A year as a date.
    Date {
        name: &'static str,
        year: &'j Value,
    },
    Addresses(&'j Value),
    ExternalReferences(&'j Value),
    Generics(Vec<Generic<'j>>),
    Appearances,
    /// XML as it came.
    Extension(&'j str),
    /// The object's own part of a geometry.
    Shape(usize),
    /// Faces of a surface, by geometry and number of the surface there.
    Faces(Vec<(usize, u32)>),
    Implicit(usize),
    Surface(u32),
    Child(usize),
    /// A member of a group that stands elsewhere in the file.
    Member(&'j CityObject),
}

/// Jobs by place.
pub type Jobs<'j> = Vec<(u16, Job<'j>)>;

/// Where a job is done.
pub struct Around<'j, 'a> {
    pub plan: &'j Plan<'a>,
    /// Of the element, which may be a surface's.
    pub layout: &'static Layout,
    pub qualifiers: &'j Attributes,
    pub wardrobe: Option<&'j Wardrobe<'a>>,
}

impl Job<'_> {
    pub fn leave_out(&mut self, name: &str) {
        if let Job::Generics(all) = self {
            all.retain(|one| one.name != name);
        }
    }
}

impl Plan<'_> {
    /// Geometry, surfaces and parts of the object.
    pub fn part_jobs<'j>(&'j self, jobs: &mut Jobs<'j>) {
        for (index, shape) in self.shapes.iter().enumerate().filter(|(_, shape)| shape.own != Own::Nothing) {
            jobs.push((shape.place, Job::Shape(index)));
        }
        jobs.extend(self.implicits.iter().map(|(place, index)| (*place, Job::Implicit(*index))));
        for index in self.surfaces_in(None) {
            let place = self.surfaces.get(index as usize).map_or(BEHIND, |surface| surface.place);
            jobs.push((place, Job::Surface(index)));
        }
        jobs.extend(self.children.iter().enumerate().map(|(index, child)| (child.place, Job::Child(index))));
        jobs.extend(self.members.iter().map(|(place, member)| (*place, Job::Member(member))));
    }

    /// Geometry and openings of a surface.
    pub fn surface_jobs(&self, index: u32, jobs: &mut Jobs) {
        let Some(surface) = self.surfaces.get(index as usize) else { return };
        let mut shapes = surface.shapes.clone();
        shapes.sort_by_key(|(place, ..)| *place);
        for same in shapes.chunk_by(|a, b| a.0 == b.0) {
            let place = same.first().map_or(BEHIND, |(place, ..)| *place);
            jobs.push((place, Job::Faces(same.iter().map(|(_, shape, of)| (*shape, *of)).collect())));
        }
        jobs.extend(surface.implicits.iter().map(|(place, index)| (*place, Job::Implicit(*index))));
        for inner in self.surfaces_in(Some(index)) {
            let place = self.surfaces.get(inner as usize).map_or(BEHIND, |inner| inner.place);
            jobs.push((place, Job::Surface(inner)));
        }
    }
}

impl Pen {
    /// Attributes and foreign content of an object or surface.
    pub fn attribute_jobs<'j>(
        &mut self,
        layout: &'static Layout,
        attributes: &'j Attributes,
        qualifiers: &'j Attributes,
        extensions: &'j [String],
        jobs: &mut Jobs<'j>,
    ) {
        let mut generic = Vec::new();
        for (name, value) in attributes {
            let said = qualifiers.get(name);
            match name.as_str() {
                "address" if said.is_none_or(|said| said.get("type").is_none()) => {
                    let place = layout.place("address");
                    if !is_extension(said) || self.leaves_out(extensions, "address") {
                        jobs.push((place.unwrap_or(BEHIND), Job::Addresses(value)));
                    }
                }
                "externalReferences" if value.is_array() => {
                    let place = layout.place("externalReference");
                    jobs.push((place.unwrap_or(BEHIND), Job::ExternalReferences(value)));
                }
                _ if is_extension(said) || generics::is_unit(name, value, attributes, qualifiers) => {}
                _ if is_property(name) && !is_generic(said) => {
                    self.standard_job(layout, name, value, said, attributes, jobs, &mut generic);
                }
                _ => generic.push(Generic { name, value, said }),
            }
        }
        let silent = |(name, _): &(&String, &Value)| {
            !attributes.contains_key(*name) && is_property(name) && !name.contains('/')
        };
        for (name, said) in qualifiers.iter().filter(silent) {
            let place = layout.place(name).unwrap_or(BEHIND);
            jobs.push((place, Job::Attribute { name, value: None, said: Some(said) }));
        }
        if !generic.is_empty() {
            jobs.push((layout.place("genericAttribute").unwrap_or(BEHIND), Job::Generics(generic)));
        }
        for text in extensions {
            if let Some(place) = self.extension_place(layout, text) {
                jobs.push((place, Job::Extension(text)));
            }
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn standard_job<'j>(
        &mut self,
        layout: &'static Layout,
        name: &'j str,
        value: &'j Value,
        said: Option<&'j Value>,
        attributes: &'j Attributes,
        jobs: &mut Jobs<'j>,
        generic: &mut Vec<Generic<'j>>,
    ) {
        if let Some(place) = layout.place(name) {
            let fits = match layout.property(place).map(|property| property.kind) {
                Some(Kind::Holds(_)) => !value.is_number() && !value.is_boolean(),
                _ => true,
            };
            if fits {
                return jobs.push((place, Job::Attribute { name, value: Some(value), said }));
            }
        }
        let twin = |name: &str| layout.place(name).map(|place| (place, attributes.contains_key(name)));
        match (self.version(), name) {
            (Version::V3, "measuredHeight") => match twin("height") {
                Some((_, true)) => return,
                Some((place, false)) => return jobs.push((place, Job::Height(value))),
                None => {}
            },
            (Version::V3, "yearOfConstruction") => match twin("dateOfConstruction") {
                Some((_, true)) => return,
                Some((place, false)) => {
                    return jobs.push((place, Job::Date { name: "dateOfConstruction", year: value }));
                }
                None => {}
            },
            (Version::V3, "yearOfDemolition") => {
                if let Some((place, false)) = twin("dateOfDemolition") {
                    return jobs.push((place, Job::Date { name: "dateOfDemolition", year: value }));
                }
            }
            _ => {}
        }
        self.losses().count("standard properties that the version lacks, written as generic attributes");
        generic.push(Generic { name, value, said });
    }

    /// `None` where the text is in the names of another version.
    fn extension_place(&mut self, layout: &'static Layout, text: &str) -> Option<u16> {
        let Some(local) = standard_root(text) else { return Some(BEHIND) };
        let place = layout.place(local);
        if !self.is_of_version(text) {
            if local != "address" {
                self.losses().count("content in the schema of another version");
            }
            return None;
        }
        Some(place.unwrap_or(BEHIND))
    }

    /// Whether no text with that root is written.
    fn leaves_out(&self, extensions: &[String], local: &str) -> bool {
        let mut roots =
            extensions.iter().filter(|text| standard_root(text).is_some_and(|root| root == local));
        roots.all(|text| !self.is_of_version(text))
    }

    fn is_of_version(&self, text: &str) -> bool {
        let mut uris = text.split("xmlns").skip(1).filter_map(|rest| rest.split('"').nth(1));
        let is_other = |uri: &str| {
            let known = names::namespace_of(uri.as_bytes());
            let own = names::uri_of(names::prefix_of(known.module), self.version());
            match (known.origin, known.module) {
                (names::Origin::Standard, Module::Xal) => {
                    uri.ends_with(":3") != (self.version() == Version::V3)
                }
                (names::Origin::Standard, _) => own.is_none_or(|own| own != uri),
                _ => false,
            }
        };
        !uris.any(is_other)
    }
}

/// Local name of a snippet's root, where it is one of the standard's.
fn standard_root(text: &str) -> Option<&str> {
    let token = scan::next_token(text.as_bytes(), 0).ok()?;
    let (prefix, local) = scan::split_name(token.name(text.as_bytes()));
    let (prefix, local) = (std::str::from_utf8(prefix).ok()?, std::str::from_utf8(local).ok()?);
    let attributes = token.attributes(text.as_bytes());
    let uri = names::declared(attributes).find(|(known, _)| *known == prefix.as_bytes())?.1;
    (names::namespace_of(uri).origin == names::Origin::Standard).then_some(local)
}

/// Whether all values are the readable side of foreign content.
fn is_extension(said: Option<&Value>) -> bool {
    let one = |said: &Value| said.get("extension").is_some();
    match said {
        Some(Value::Array(list)) => !list.is_empty() && list.iter().all(one),
        Some(said) => one(said),
        None => false,
    }
}

fn is_generic(said: Option<&Value>) -> bool {
    let one = |said: &Value| said.get("type").is_some();
    match said {
        Some(Value::Array(list)) => list.iter().any(one),
        Some(said) => one(said),
        None => false,
    }
}
