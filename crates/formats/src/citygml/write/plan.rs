//! One object of a file with a place for each part that it has; nothing is written yet.

use super::super::schema::{Layout, Schema, Version, prefix};
use super::places::{BEHIND, Places, generic};
use super::shapes::ShapePlan;
use super::surfaces::SurfacePlan;
use super::tag::Tag;
use crate::Losses;
use rustc_hash::FxHashSet;
use stadtwin_model::CityObject;

/// An object and all below it.
pub struct Plan<'a> {
    pub object: &'a CityObject,
    pub tag: Tag<'a>,
    pub layout: &'static Layout,
    /// Boundary surfaces and openings, parents first.
    pub surfaces: Vec<SurfacePlan<'a>>,
    /// One for each geometry of the object.
    pub shapes: Vec<ShapePlan>,
    /// Place of each implicit geometry that no surface shows.
    pub implicits: Vec<(u16, usize)>,
    pub children: Vec<Child<'a>>,
    /// Members of a group with the property that points at them: objects of their own in the file.
    pub members: Vec<(u16, &'a CityObject)>,
}

/// A part with the property that holds it.
pub struct Child<'a> {
    pub place: u16,
    /// Where the property is none of the schema's.
    pub property: Option<Tag<'a>>,
    pub plan: Plan<'a>,
}

/// What is the same for all objects of a file.
pub struct Planner {
    pub version: Version,
    pub schema: &'static Schema,
    pub places: Places,
    pub losses: Losses,
    /// Number of the next polygon of the member.
    pub next_face: u32,
    /// Numbers of polygons that other objects of the member point at.
    pub pointed_at: FxHashSet<u32>,
}

impl Planner {
    pub fn new(version: Version) -> Planner {
        let schema = Schema::of(version);
        let (places, losses) = (Places::default(), Losses::default());
        Planner { version, schema, places, losses, next_face: 0, pointed_at: FxHashSet::default() }
    }

    /// The object as a member, and parts that the version has no place for: members of their own.
    pub fn member<'a>(&mut self, object: &'a CityObject) -> Vec<Plan<'a>> {
        self.next_face = 0;
        self.pointed_at.clear();
        let mut outcasts = vec![(object, None)];
        let mut members = Vec::new();
        let mut next = 0;
        while let Some((object, layout)) = outcasts.get(next).copied() {
            next += 1;
            let mut plan = self.object(object, layout, &mut outcasts);
            self.share_faces(&mut plan);
            self.plan_shapes(&mut plan);
            members.push(plan);
        }
        members
    }

    /// `layout` is that of the part's element, `None` for an object that stands alone.
    fn object<'a>(
        &mut self,
        object: &'a CityObject,
        layout: Option<&'static Layout>,
        outcasts: &mut Vec<(&'a CityObject, Option<&'static Layout>)>,
    ) -> Plan<'a> {
        let (tag, layout) = match Tag::foreign(object.source_class.as_deref(), &object.qualifiers) {
            Some(tag) => (tag, self.stand_in(object)),
            None => {
                let layout = layout.or_else(|| self.top(object)).unwrap_or_else(|| self.stand_in(object));
                (Tag::known(layout.element), layout)
            }
        };
        let mut plan = Plan {
            object,
            tag,
            layout,
            surfaces: Vec::new(),
            shapes: Vec::new(),
            implicits: Vec::new(),
            children: Vec::new(),
            members: Vec::new(),
        };
        self.plan_surfaces(&mut plan);
        for child in &object.children {
            self.child(child, &mut plan, outcasts);
        }
        plan.children.sort_by_key(|child| child.place);
        plan
    }

    fn top(&mut self, object: &CityObject) -> Option<&'static Layout> {
        let place = self.places.top(self.version, object.class)?;
        if place.is_substitute {
            self.losses.count("objects of a class that the version lacks, written as the nearest");
        }
        Some(place.layout)
    }

    /// What a foreign object's standard properties are like.
    fn stand_in(&self, object: &CityObject) -> &'static Layout {
        let is_full = |layout: &&'static Layout| {
            let named = object.attributes.keys().filter(|name| super::super::schema::is_property(name));
            let unknown = named.filter(|name| layout.place(name).is_none()).count();
            let plain = |digit: u8, end: &str| layout.place(&format!("lod{digit}{end}")).is_some();
            let shapes = object.geometries.iter().filter(|geometry| geometry.is_plain());
            let shown = |lod: u8| ["Solid", "MultiSurface", "Geometry"].iter().any(|end| plain(lod, end));
            unknown + shapes.filter(|geometry| !shown(geometry.lod.0 / 10)).count()
        };
        let names =
            ["bldg:Building", "frn:CityFurniture", "tran:Road", "dem:TINRelief", generic(self.version)];
        let layouts: Vec<&'static Layout> =
            names.iter().filter_map(|name| self.schema.layout(name)).collect();
        layouts.into_iter().min_by_key(is_full).expect("the schema has buildings")
    }

    fn child<'a>(
        &mut self,
        child: &'a CityObject,
        plan: &mut Plan<'a>,
        outcasts: &mut Vec<(&'a CityObject, Option<&'static Layout>)>,
    ) {
        if let Some(property) = child.qualifiers.get("@property").and_then(|name| name.as_str()) {
            let tag = Tag::foreign(Some(property), &child.qualifiers);
            let (_, local) = property.split_once(':').unwrap_or(("", property));
            let place = plan.layout.place(local).filter(|_| !tag.as_ref().is_some_and(Tag::is_foreign));
            if let Some(place) = place.filter(|place| self.only_points(plan.layout, *place)) {
                return self.point(child, place, plan, outcasts);
            }
            let property = tag.filter(|_| place.is_none());
            let plan_of_child = self.object(child, None, outcasts);
            plan.children.push(Child { place: place.unwrap_or(BEHIND), property, plan: plan_of_child });
            return;
        }
        let found = self.places.part(self.version, plan.layout, child.class);
        match found {
            Some(place) if self.only_points(plan.layout, place.place) => {
                self.point(child, place.place, plan, outcasts);
            }
            Some(place) => {
                if place.is_substitute {
                    self.losses.count("objects of a class that the version lacks, written as the nearest");
                }
                let plan_of_child = self.object(child, Some(place.layout), outcasts);
                plan.children.push(Child { place: place.place, property: None, plan: plan_of_child });
            }
            None if prefix(plan.tag.name()) != plan.layout.prefix() || child.source_class.is_some() => {
                // Nobody knows what a foreign object may hold; version 3 has hooks for what it does not know itself.
                let hook =
                    plan.layout.properties.iter().rposition(|property| property.local().starts_with("adeOf"));
                let place = hook.map_or(BEHIND, |place| place as u16);
                let plan_of_child = self.object(child, None, outcasts);
                plan.children.push(Child { place, property: None, plan: plan_of_child });
            }
            None => {
                self.losses.count("parts without a place in the version, written as objects of their own");
                outcasts.push((child, None));
            }
        }
    }

    /// Whether members of groups may not stand inside: version 3 has links to them alone.
    fn only_points(&self, layout: &Layout, place: u16) -> bool {
        let is_member = || layout.property(place).is_some_and(|property| property.name == "grp:groupMember");
        self.version == Version::V3 && is_member()
    }

    fn point<'a>(
        &mut self,
        child: &'a CityObject,
        place: u16,
        plan: &mut Plan<'a>,
        outcasts: &mut Vec<(&'a CityObject, Option<&'static Layout>)>,
    ) {
        self.losses.count("members inside of their group, written as objects of their own");
        plan.members.push((place, child));
        outcasts.push((child, None));
    }
}
