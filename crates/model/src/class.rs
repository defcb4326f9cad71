//! Every class that city models know, once: what CityGML 1.0, 2.0 and 3.0 and CityJSON call it.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// Module of CityGML, whatever the version (`…/building/1.0` and `…/building/3.0` are both `Building`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Module {
    Core,
    Gml,
    Appearance,
    Bridge,
    Building,
    CityFurniture,
    CityObjectGroup,
    Construction,
    Dynamizer,
    Generics,
    LandUse,
    PointCloud,
    Relief,
    Transportation,
    Tunnel,
    Vegetation,
    Versioning,
    WaterBody,
    TexturedSurface,
    Xal,
    Xlink,
    /// No namespace, or one that is none of CityGML's (an ADE).
    Other,
}

/// Index into the table below; stable within one build only. The database keeps the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct ClassId(pub u16);

#[derive(Debug)]
pub struct ObjectClass {
    /// The name in the store, the API and tiles: CityGML 3.0's where it has one.
    pub name: &'static str,
    pub module: Module,
    /// Other local names of the same class in the same module (older versions).
    pub aliases: &'static [&'static str],
    /// A boundary surface or opening: lives inside a geometry, not as an object.
    pub is_surface: bool,
    /// CityJSON type; empty where CityJSON has none.
    pub cityjson: &'static str,
}

impl ClassId {
    pub fn get(self) -> &'static ObjectClass {
        class_of(self)
    }

    pub fn name(self) -> &'static str {
        self.get().name
    }
}

const fn object(name: &'static str, module: Module, cityjson: &'static str) -> ObjectClass {
    ObjectClass { name, module, aliases: &[], is_surface: false, cityjson }
}

const fn renamed(
    name: &'static str,
    module: Module,
    aliases: &'static [&'static str],
    cityjson: &'static str,
) -> ObjectClass {
    ObjectClass { name, module, aliases, is_surface: false, cityjson }
}

const fn surface(name: &'static str, module: Module) -> ObjectClass {
    ObjectClass { name, module, aliases: &[], is_surface: true, cityjson: name }
}

use Module::*;

/// Sorted by module. A class of version 1 or 2 that moved to another module in 3.0 is found through `class_by_element`,
/// which looks in the construction module for buildings, bridges and tunnels too.
static CLASSES: &[ObjectClass] = &[
    // The fall-backs: an object or surface whose element is in no table.
    object("GenericCityObject", Generics, "GenericCityObject"),
    ObjectClass {
        name: "GenericThematicSurface",
        module: Generics,
        aliases: &[],
        is_surface: true,
        cityjson: "",
    },
    object("GenericLogicalSpace", Generics, "GenericCityObject"),
    object("GenericOccupiedSpace", Generics, "GenericCityObject"),
    object("GenericUnoccupiedSpace", Generics, "GenericCityObject"),
    // Building
    object("Building", Building, "Building"),
    object("BuildingPart", Building, "BuildingPart"),
    object("BuildingInstallation", Building, "BuildingInstallation"),
    object("IntBuildingInstallation", Building, "BuildingInstallation"),
    renamed("BuildingRoom", Building, &["Room"], "BuildingRoom"),
    object("BuildingFurniture", Building, "BuildingFurniture"),
    object("BuildingConstructiveElement", Building, "BuildingConstructiveElement"),
    object("BuildingUnit", Building, "BuildingUnit"),
    object("Storey", Building, "BuildingStorey"),
    // Construction: surfaces and openings shared by buildings, bridges, tunnels
    surface("RoofSurface", Construction),
    surface("WallSurface", Construction),
    surface("GroundSurface", Construction),
    surface("ClosureSurface", Core),
    surface("OuterCeilingSurface", Construction),
    surface("OuterFloorSurface", Construction),
    surface("FloorSurface", Construction),
    surface("CeilingSurface", Construction),
    surface("InteriorWallSurface", Construction),
    ObjectClass {
        name: "Window",
        module: Construction,
        aliases: &["WindowSurface"],
        is_surface: true,
        cityjson: "Window",
    },
    ObjectClass {
        name: "Door",
        module: Construction,
        aliases: &["DoorSurface"],
        is_surface: true,
        cityjson: "Door",
    },
    object("OtherConstruction", Construction, "OtherConstruction"),
    // Bridge
    object("Bridge", Bridge, "Bridge"),
    object("BridgePart", Bridge, "BridgePart"),
    renamed("BridgeConstructiveElement", Bridge, &["BridgeConstructionElement"], "BridgeConstructiveElement"),
    object("BridgeInstallation", Bridge, "BridgeInstallation"),
    object("IntBridgeInstallation", Bridge, "BridgeInstallation"),
    object("BridgeRoom", Bridge, "BridgeRoom"),
    object("BridgeFurniture", Bridge, "BridgeFurniture"),
    // Tunnel
    object("Tunnel", Tunnel, "Tunnel"),
    object("TunnelPart", Tunnel, "TunnelPart"),
    object("TunnelConstructiveElement", Tunnel, "TunnelConstructiveElement"),
    object("TunnelInstallation", Tunnel, "TunnelInstallation"),
    object("IntTunnelInstallation", Tunnel, "TunnelInstallation"),
    object("HollowSpace", Tunnel, "TunnelHollowSpace"),
    object("TunnelFurniture", Tunnel, "TunnelFurniture"),
    // Transportation
    object("Road", Transportation, "Road"),
    object("Railway", Transportation, "Railway"),
    object("Track", Transportation, "Road"),
    object("Square", Transportation, "TransportSquare"),
    object("Waterway", Transportation, "Waterway"),
    object("TransportationComplex", Transportation, "Road"),
    object("Section", Transportation, ""),
    object("Intersection", Transportation, ""),
    object("TrafficSpace", Transportation, ""),
    object("AuxiliaryTrafficSpace", Transportation, ""),
    object("ClearanceSpace", Transportation, ""),
    object("Hole", Transportation, ""),
    surface("TrafficArea", Transportation),
    surface("AuxiliaryTrafficArea", Transportation),
    ObjectClass {
        name: "Marking",
        module: Transportation,
        aliases: &[],
        is_surface: true,
        cityjson: "TransportationMarking",
    },
    ObjectClass {
        name: "HoleSurface",
        module: Transportation,
        aliases: &[],
        is_surface: true,
        cityjson: "TransportationHole",
    },
    // Relief
    renamed("ReliefFeature", Relief, &["Relief"], ""),
    object("TINRelief", Relief, "TINRelief"),
    object("MassPointRelief", Relief, ""),
    object("BreaklineRelief", Relief, ""),
    object("RasterRelief", Relief, ""),
    // The rest
    object("CityFurniture", CityFurniture, "CityFurniture"),
    object("CityObjectGroup", CityObjectGroup, "CityObjectGroup"),
    object("LandUse", LandUse, "LandUse"),
    object("PlantCover", Vegetation, "PlantCover"),
    object("SolitaryVegetationObject", Vegetation, "SolitaryVegetationObject"),
    object("WaterBody", WaterBody, "WaterBody"),
    surface("WaterSurface", WaterBody),
    surface("WaterGroundSurface", WaterBody),
    surface("WaterClosureSurface", WaterBody),
    object("Version", Versioning, ""),
    object("VersionTransition", Versioning, ""),
    object("Dynamizer", Dynamizer, ""),
    object("GenericTimeseries", Dynamizer, ""),
    object("StandardFileTimeseries", Dynamizer, ""),
    object("TabulatedFileTimeseries", Dynamizer, ""),
    object("CompositeTimeseries", Dynamizer, ""),
    object("PointCloud", PointCloud, ""),
];

pub fn classes() -> impl Iterator<Item = (ClassId, &'static ObjectClass)> {
    CLASSES.iter().enumerate().map(|(index, class)| (ClassId(index as u16), class))
}

pub fn class_of(id: ClassId) -> &'static ObjectClass {
    CLASSES.get(id.0 as usize).unwrap_or(&CLASSES[0])
}

/// By the name in the store (`"BuildingRoom"`).
pub fn class_by_name(name: &str) -> Option<ClassId> {
    static NAMES: LazyLock<FxHashMap<&'static str, ClassId>> =
        LazyLock::new(|| classes().map(|(id, class)| (class.name, id)).collect());
    NAMES.get(name).copied()
}

/// By element, e.g. `(Building, "Room")` or `(Building, "RoofSurface")` of version 2.
pub fn class_by_element(module: Module, local: &str) -> Option<ClassId> {
    // Asked for every element of a file.
    static ELEMENTS: LazyLock<FxHashMap<(Module, &'static str), ClassId>> = LazyLock::new(elements);
    ELEMENTS.get(&(module, local)).copied()
}

fn elements() -> FxHashMap<(Module, &'static str), ClassId> {
    let names =
        |class: &'static ObjectClass| std::iter::once(class.name).chain(class.aliases.iter().copied());
    let mut elements = FxHashMap::default();
    for (id, class) in classes() {
        for name in names(class) {
            elements.entry((class.module, name)).or_insert(id);
        }
    }
    // Boundary surfaces and openings stood in each module until 2.0.
    for (id, class) in classes().filter(|(_, class)| matches!(class.module, Construction | Core)) {
        for (module, name) in [Building, Bridge, Tunnel, Core, Construction]
            .into_iter()
            .flat_map(|module| names(class).map(move |name| (module, name)))
        {
            elements.entry((module, name)).or_insert(id);
        }
    }
    elements
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_of_all_versions_find_their_class() {
        let cases = [
            (Building, "Building", "Building"),
            (Building, "Room", "BuildingRoom"),
            (Building, "BuildingRoom", "BuildingRoom"),
            (Building, "RoofSurface", "RoofSurface"),
            (Construction, "RoofSurface", "RoofSurface"),
            (Building, "Door", "Door"),
            (Construction, "WindowSurface", "Window"),
            (Building, "ClosureSurface", "ClosureSurface"),
            (Bridge, "BridgeConstructionElement", "BridgeConstructiveElement"),
        ];
        for (module, local, expected) in cases {
            assert_eq!(class_by_element(module, local).map(ClassId::name), Some(expected), "{local}");
        }
        assert_eq!(class_by_element(Vegetation, "RoofSurface"), None);
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<_> = classes().map(|(_, class)| class.name).collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
