//! What the schemas of CityGML 1.0, 2.0 and 3.0 say: each type's properties in the order of its sequence.

use super::names;
use rustc_hash::FxHashMap;
use stadtwin_model::ClassId;
use std::sync::LazyLock;

/// Taken from the schemas by `scripts/schema_table.py`.
const TABLE: &str = include_str!("schema.tsv");
/// A type extends another, and that one a third, this often at most.
const MAX_HEADS: usize = 16;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    V1,
    V2,
    V3,
}

impl Version {
    pub const ALL: [Version; 3] = [Version::V1, Version::V2, Version::V3];

    /// `1.0`, `2.0` or `3.0`.
    pub fn name(self) -> &'static str {
        match self {
            Version::V1 => "1.0",
            Version::V2 => "2.0",
            Version::V3 => "3.0",
        }
    }
}

/// What a property holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text, a number, a date, ….
    Text,
    /// Text that may say which code list it is from.
    Code,
    /// A number with a unit.
    Measure,
    /// Numbers with a unit.
    Measures,
    /// A link to something.
    Reference,
    /// A geometry; the name of its property type without `PropertyType`.
    Geometry(&'static str),
    /// An element of this name, or one that stands in for it.
    Holds(&'static str),
    Generic,
    Other,
}

#[derive(Debug, Clone, Copy)]
pub struct Property {
    /// With its customary prefix: `bldg:function`.
    pub name: &'static str,
    pub kind: Kind,
}

impl Property {
    pub fn local(&self) -> &'static str {
        local(self.name)
    }
}

/// The properties of an element, inherited ones first.
#[derive(Debug)]
pub struct Layout {
    /// With its customary prefix: `bldg:Building`.
    pub element: &'static str,
    pub properties: Vec<Property>,
    /// Itself and what it stands in for.
    heads: Vec<&'static str>,
    by_local: FxHashMap<&'static str, u16>,
}

impl Layout {
    /// Place of the property in the sequence.
    pub fn place(&self, local: &str) -> Option<u16> {
        self.by_local.get(local).copied()
    }

    pub fn property(&self, place: u16) -> Option<&Property> {
        self.properties.get(usize::from(place))
    }

    /// Whether the element may stand where `head` is asked for.
    pub fn is_a(&self, head: &str) -> bool {
        self.heads.contains(&head)
    }

    pub fn prefix(&self) -> &'static str {
        prefix(self.element)
    }
}

pub struct Schema {
    layouts: FxHashMap<&'static str, Layout>,
    /// Some property of each local name.
    properties: FxHashMap<&'static str, Property>,
}

impl Schema {
    pub fn of(version: Version) -> &'static Schema {
        static SCHEMAS: LazyLock<[Schema; 3]> = LazyLock::new(|| Version::ALL.map(Schema::new));
        let [first, second, third] = &*SCHEMAS;
        match version {
            Version::V1 => first,
            Version::V2 => second,
            Version::V3 => third,
        }
    }

    /// By the element's name with its customary prefix.
    pub fn layout(&self, element: &str) -> Option<&Layout> {
        self.layouts.get(element)
    }

    /// Some property of that local name, whatever has it.
    pub fn any_property(&self, local: &str) -> Option<Property> {
        self.properties.get(local).copied()
    }

    /// The elements of a class, that of the module `near` (a prefix) first.
    pub fn elements<'s>(&'s self, class: ClassId, near: &str) -> impl Iterator<Item = &'s Layout> {
        let class = class.get();
        let prefixes = [near.to_owned(), names::prefix_of(class.module).to_owned(), "core".to_owned()];
        let locals = || std::iter::once(class.name).chain(class.aliases.iter().copied());
        prefixes
            .into_iter()
            .flat_map(move |prefix| locals().map(move |local| format!("{prefix}:{local}")))
            .filter_map(|element| self.layouts.get(element.as_str()))
            .filter(|layout| !layout.local().starts_with("Abstract"))
    }

    fn new(version: Version) -> Schema {
        let rows: FxHashMap<&'static str, (&'static str, &'static str)> =
            rows().filter(|row| row[0] == version.name()).map(|row| (row[1], (row[2], row[3]))).collect();
        let layouts: FxHashMap<_, _> =
            rows.keys().map(|element| (*element, layout(element, &rows))).collect();
        let mut names: Vec<_> = layouts.keys().copied().collect();
        names.sort_unstable();
        let mut properties = FxHashMap::default();
        for property in names.iter().filter_map(|name| layouts.get(name)).flat_map(|one| &one.properties) {
            properties.entry(property.local()).or_insert(*property);
        }
        Schema { layouts, properties }
    }
}

impl Layout {
    fn local(&self) -> &'static str {
        local(self.element)
    }
}

/// Version, element, what it extends, properties.
fn rows() -> impl Iterator<Item = [&'static str; 4]> {
    TABLE.lines().skip(1).filter_map(|line| line.split('\t').collect::<Vec<_>>().try_into().ok())
}

/// Whether some type of some version has a property of the local name, those of appearances aside.
pub fn is_property(local_name: &str) -> bool {
    static NAMES: LazyLock<FxHashMap<&'static str, ()>> = LazyLock::new(|| {
        let all = rows().flat_map(|row| row[3].split(' ')).filter_map(|text| text.split_once('='));
        let named = all.map(|(name, _)| name).filter(|name| !matches!(prefix(name), "app" | "tex" | "gml"));
        named.map(|name| (local(name), ())).chain(BESIDE.iter().map(|name| (*name, ()))).collect()
    });
    NAMES.contains_key(local_name)
}

/// Properties of types that are no elements.
pub const BESIDE: &[&str] = &[
    "authority",
    "boundedBy",
    "codeSpace",
    "dataType",
    "description",
    "externalObject",
    "identifier",
    "informationSystem",
    "language",
    "metaDataProperty",
    "name",
    "namespace",
    "uri",
    "value",
    "version",
];

fn layout(element: &'static str, rows: &FxHashMap<&'static str, (&'static str, &'static str)>) -> Layout {
    let mut heads = Vec::new();
    let mut own: Vec<&'static str> = Vec::new();
    let mut next = element;
    while let Some((extends, properties)) = rows.get(next).filter(|_| heads.len() < MAX_HEADS) {
        heads.push(next);
        own.push(properties);
        next = extends;
    }
    let all = own.iter().rev().flat_map(|text| text.split(' ')).filter_map(|text| text.split_once('='));
    let properties: Vec<_> = all.map(|(name, kind)| Property { name, kind: kind_of(kind) }).collect();
    let mut by_local = FxHashMap::default();
    for (place, property) in properties.iter().enumerate() {
        by_local.entry(property.local()).or_insert(place as u16);
    }
    Layout { element, properties, heads, by_local }
}

fn kind_of(text: &'static str) -> Kind {
    match text {
        ">gml:TriangulatedSurface" => return Kind::Geometry("Tin"),
        ">gml:RectifiedGridCoverage" => return Kind::Other,
        _ => {}
    }
    if let Some(element) = text.strip_prefix('>') {
        return Kind::Holds(element);
    }
    match text {
        "code" => Kind::Code,
        "measure" => Kind::Measure,
        "measures" => Kind::Measures,
        "ref" => Kind::Reference,
        "generic" => Kind::Generic,
        "any" => Kind::Other,
        "gml:doubleList" => Kind::Text,
        _ => match text.strip_prefix("gml:") {
            Some(kind) => Kind::Geometry(kind.strip_suffix("PropertyType").unwrap_or(kind)),
            None => Kind::Text,
        },
    }
}

fn local(name: &'static str) -> &'static str {
    name.split_once(':').map_or(name, |(_, local)| local)
}

pub fn prefix(name: &str) -> &str {
    name.split_once(':').map_or("", |(prefix, _)| prefix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use stadtwin_model::class_by_name;

    #[test]
    fn sequences_are_those_of_the_schemas() {
        let before = |version, element: &str, first: &str, second: &str| {
            let layout = Schema::of(version).layout(element).unwrap();
            assert!(
                layout.place(first).unwrap() < layout.place(second).unwrap(),
                "{element} {first} {second}"
            );
        };
        // building.xsd of 2.0: the boundary comes between the geometries of LoD 2 and those of LoD 3.
        before(Version::V2, "bldg:Building", "lod2Solid", "boundedBy");
        before(Version::V2, "bldg:Building", "boundedBy", "lod3Solid");
        before(Version::V2, "bldg:Building", "creationDate", "function");
        before(Version::V1, "bldg:BuildingPart", "name", "roofType");
        // core.xsd of 3.0: the boundary comes before all geometry.
        before(Version::V3, "bldg:Building", "boundary", "lod0MultiSurface");
        before(Version::V3, "bldg:Building", "height", "roofType");
    }

    #[test]
    fn elements_are_found_by_class_and_module() {
        let element = |version, class: &str, near: &str| {
            let class = class_by_name(class).unwrap();
            Schema::of(version).elements(class, near).next().map(|layout| layout.element)
        };
        assert_eq!(element(Version::V2, "RoofSurface", "brid"), Some("brid:RoofSurface"));
        assert_eq!(element(Version::V3, "RoofSurface", "brid"), Some("con:RoofSurface"));
        assert_eq!(element(Version::V1, "BuildingRoom", ""), Some("bldg:Room"));
        assert_eq!(element(Version::V2, "Storey", ""), None);
        let wall = Schema::of(Version::V3).layout("con:WallSurface").unwrap();
        assert!(wall.is_a("core:AbstractSpaceBoundary") && !wall.is_a("con:AbstractFillingSurface"));
    }
}
