//! Where things go: which property of an element holds a part, a surface or a geometry.

use super::super::schema::{Kind, Layout, Schema, Version};
use rustc_hash::FxHashMap;
use stadtwin_model::{ClassId, GeometryKind, Lod};

/// Behind all properties that the schema knows.
pub const BEHIND: u16 = u16::MAX;

/// Properties that hold links to other objects, never parts.
const LINKS: [&str; 6] = ["generalizesTo", "relatedTo", "parent", "predecessor", "successor", "groupMember"];

/// A property with the element that goes into it.
#[derive(Clone, Copy)]
pub struct Place {
    pub place: u16,
    pub layout: &'static Layout,
    /// Whether the element is that of another class, the nearest that the version has.
    pub is_substitute: bool,
}

/// Element, LoD in tenths, kind.
type ShapeKey = (&'static str, u8, GeometryKind);

/// Answers already found, by element.
#[derive(Default)]
pub struct Places {
    parts: FxHashMap<(&'static str, ClassId), Option<Place>>,
    shapes: FxHashMap<ShapeKey, Option<(u16, Lod)>>,
    tops: FxHashMap<ClassId, Option<Place>>,
}

impl Places {
    /// Of a part or surface of the class in an element.
    pub fn part(&mut self, version: Version, owner: &'static Layout, class: ClassId) -> Option<Place> {
        let find = || {
            let schema = Schema::of(version);
            let of = |layout| hold(owner, layout, false);
            let own = schema.elements(class, owner.prefix()).find_map(of);
            // A group may hold surfaces that stand for themselves.
            let member = || {
                let place = owner.place("groupMember").filter(|_| class.get().is_surface)?;
                let layout = schema.elements(class, "").next()?;
                Some(Place { place, layout, is_substitute: false })
            };
            let other = || {
                let elements = substitutes(version, class).iter();
                let named = |element: &&str| {
                    let layout = schema.layout(&element.replace('*', owner.prefix()))?;
                    hold(owner, layout, true)
                };
                elements.copied().collect::<Vec<_>>().iter().find_map(named)
            };
            own.or_else(other).or_else(member)
        };
        *self.parts.entry((owner.element, class)).or_insert_with(find)
    }

    /// The element of an object that stands alone.
    pub fn top(&mut self, version: Version, class: ClassId) -> Option<Place> {
        let find = || {
            let schema = Schema::of(version);
            let of = |layout, is_substitute| Place { place: 0, layout, is_substitute };
            let own = schema.elements(class, "").next().map(|layout| of(layout, false));
            own.or_else(|| {
                let mut elements = substitutes(version, class).iter().filter_map(|name| schema.layout(name));
                elements.next().or_else(|| schema.layout(generic(version))).map(|layout| of(layout, true))
            })
        };
        *self.tops.entry(class).or_insert_with(find)
    }

    /// Of a geometry whose role is empty, with the LoD at which the property shows it: its own, or the nearest.
    pub fn shape(&mut self, owner: &'static Layout, lod: Lod, kind: GeometryKind) -> Option<(u16, Lod)> {
        let find = || {
            let own = lod.0 / 10;
            let mut levels: Vec<u8> = (0..=4).collect();
            levels.sort_by_key(|level| (own.abs_diff(*level), *level));
            levels.into_iter().find_map(|level| {
                let names = suffixes(kind).iter().map(|suffix| format!("lod{level}{suffix}"));
                let place = names.filter_map(|name| owner.place(&name)).next()?;
                Some((place, if level == own { lod } else { Lod::whole(level) }))
            })
        };
        *self.shapes.entry((owner.element, lod.0, kind)).or_insert_with(find)
    }
}

fn hold(owner: &'static Layout, layout: &'static Layout, is_substitute: bool) -> Option<Place> {
    let fits = |(_, property): &(usize, &super::super::schema::Property)| {
        let held = matches!(property.kind, Kind::Holds(head) if layout.is_a(head));
        held && !LINKS.contains(&property.local())
    };
    let (place, _) = owner.properties.iter().enumerate().find(fits)?;
    Some(Place { place: place as u16, layout, is_substitute })
}

/// Parts of property names that may hold the kind, the most fitting first.
fn suffixes(kind: GeometryKind) -> &'static [&'static str] {
    match kind {
        GeometryKind::Solid => &["Solid", "MultiSolid", "Geometry"],
        GeometryKind::MultiSolid => &["MultiSolid", "Solid", "Geometry"],
        GeometryKind::MultiSurface | GeometryKind::Tin => &["MultiSurface", "Surface", "Geometry"],
        GeometryKind::MultiCurve => &["MultiCurve", "Geometry"],
        GeometryKind::MultiPoint => &["Point", "MultiPoint", "Geometry"],
    }
}

/// The element for whatever a version has no class for.
pub fn generic(version: Version) -> &'static str {
    match version {
        Version::V1 | Version::V2 => "gen:GenericCityObject",
        Version::V3 => "gen:GenericOccupiedSpace",
    }
}

/// Properties of an older or newer version that say the same.
pub fn other_role(role: &str) -> Option<String> {
    Some(match role {
        "lod0FootPrint" | "lod0RoofEdge" => "lod0MultiSurface".to_owned(),
        "lod0Network" => "lod0MultiCurve".to_owned(),
        _ => match role.strip_suffix("Curve") {
            Some(short) if short.ends_with("TerrainIntersection") => short.to_owned(),
            _ if role.ends_with("TerrainIntersection") => format!("{role}Curve"),
            _ => return None,
        },
    })
}

/// The element that a class without one in the version is written as; `None` where only its faces are.
#[cfg(test)]
pub fn substitute(version: Version, class: ClassId) -> Option<&'static str> {
    let nearest = substitutes(version, class).first().copied();
    nearest.or((!class.get().is_surface).then(|| generic(version)))
}

/// Elements of a version that come nearest to a class that it lacks; `*` is the module of the owner.
fn substitutes(version: Version, class: ClassId) -> &'static [&'static str] {
    let same = SUBSTITUTES.iter().find(|(of, name, _)| *of == version && *name == class.name());
    same.map_or(&[], |(_, _, elements)| elements)
}

const SUBSTITUTES: &[(Version, &str, &[&str])] = &[
    (Version::V3, "GenericCityObject", &["gen:GenericOccupiedSpace"]),
    (Version::V3, "IntBuildingInstallation", &["bldg:BuildingInstallation"]),
    (Version::V3, "IntBridgeInstallation", &["brid:BridgeInstallation"]),
    (Version::V3, "IntTunnelInstallation", &["tun:TunnelInstallation"]),
    (Version::V3, "TransportationComplex", &["tran:Road"]),
    (Version::V3, "WaterClosureSurface", &["core:ClosureSurface"]),
    (Version::V2, "BuildingConstructiveElement", &["bldg:BuildingInstallation"]),
    (Version::V2, "BuildingInstallation", &["bldg:IntBuildingInstallation"]),
    (Version::V2, "BridgeInstallation", &["brid:IntBridgeInstallation"]),
    (Version::V2, "TunnelInstallation", &["tun:IntTunnelInstallation"]),
    (Version::V2, "TunnelConstructiveElement", &["tun:TunnelInstallation"]),
    (Version::V2, "Waterway", &["tran:TransportationComplex"]),
    (Version::V2, "ClosureSurface", &["wtr:WaterClosureSurface"]),
    (Version::V1, "BuildingConstructiveElement", &["bldg:BuildingInstallation"]),
    (Version::V1, "BuildingInstallation", &["bldg:IntBuildingInstallation"]),
    (Version::V1, "OuterCeilingSurface", &["bldg:CeilingSurface"]),
    (Version::V1, "OuterFloorSurface", &["bldg:FloorSurface"]),
    (Version::V1, "Waterway", &["tran:TransportationComplex"]),
    (Version::V1, "ClosureSurface", &["wtr:WaterClosureSurface"]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use stadtwin_model::class_by_name;

    #[test]
    fn parts_go_into_the_property_that_holds_them() {
        let check = |version, owner: &str, class: &str, expected: Option<(&str, &str)>| {
            let owner = Schema::of(version).layout(owner).unwrap();
            let place = Places::default().part(version, owner, class_by_name(class).unwrap());
            let found = place.map(|place| {
                (owner.property(place.place).map_or("", |property| property.name), place.layout.element)
            });
            assert_eq!(found, expected, "{owner:?} {class}");
        };
        use Version::{V1, V2, V3};
        check(V2, "bldg:Building", "WallSurface", Some(("bldg:boundedBy", "bldg:WallSurface")));
        check(V3, "bldg:Building", "WallSurface", Some(("core:boundary", "con:WallSurface")));
        check(V2, "bldg:WallSurface", "Window", Some(("bldg:opening", "bldg:Window")));
        check(V3, "con:WallSurface", "Window", Some(("con:fillingSurface", "con:WindowSurface")));
        check(V3, "bldg:BuildingConstructiveElement", "Door", Some(("con:filling", "con:Door")));
        check(V1, "bldg:Building", "BuildingRoom", Some(("bldg:interiorRoom", "bldg:Room")));
        check(
            V2,
            "bldg:Building",
            "BuildingPart",
            Some(("bldg:consistsOfBuildingPart", "bldg:BuildingPart")),
        );
        check(V2, "tran:Road", "TrafficArea", Some(("tran:trafficArea", "tran:TrafficArea")));
        check(V2, "wtr:WaterBody", "WaterSurface", Some(("wtr:boundedBy", "wtr:WaterSurface")));
        check(V2, "dem:ReliefFeature", "TINRelief", Some(("dem:reliefComponent", "dem:TINRelief")));
        check(
            V3,
            "bldg:Building",
            "IntBuildingInstallation",
            Some(("bldg:buildingInstallation", "bldg:BuildingInstallation")),
        );
        check(V2, "bldg:Building", "Storey", None);
    }

    #[test]
    fn geometries_go_to_their_level_or_the_nearest() {
        let check = |version, owner: &str, lod, kind, expected: Option<(&str, Lod)>| {
            let owner = Schema::of(version).layout(owner).unwrap();
            let found = Places::default().shape(owner, lod, kind);
            let named = found.map(|(place, lod)| (owner.property(place).map_or("", |p| p.name), lod));
            assert_eq!(named, expected, "{} {lod} {kind:?}", owner.element);
        };
        use GeometryKind::{MultiSurface, Solid};
        let (two, three, four) = (Lod::whole(2), Lod::whole(3), Lod::whole(4));
        check(Version::V2, "bldg:Building", two, Solid, Some(("bldg:lod2Solid", two)));
        check(Version::V2, "bldg:BuildingInstallation", two, Solid, Some(("bldg:lod2Geometry", two)));
        check(Version::V3, "bldg:Building", four, Solid, Some(("core:lod3Solid", three)));
        check(Version::V2, "wtr:WaterSurface", three, MultiSurface, Some(("wtr:lod3Surface", three)));
        check(Version::V2, "bldg:Building", Lod(22), Solid, Some(("bldg:lod2Solid", Lod(22))));
    }
}
