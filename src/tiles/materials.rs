//! What a surface looks like and what it is called in the property tables.

use std::sync::LazyLock;

use crate::formats::glb::Material;
use crate::model::{ClassId, Module, classes};

/// Index into `MATERIALS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Finish {
    Roof,
    Wall,
    Ground,
    Window,
    Door,
    Water,
    Vegetation,
    Road,
    LandUse,
    Terrain,
    Other,
}

const fn plain(name: &'static str, red: f32, green: f32, blue: f32) -> Material {
    Material { name, colour: [red, green, blue, 1.0] }
}

/// Linear colours, in the order of `Finish`.
pub(super) static MATERIALS: [Material; 11] = [
    plain("roof", 0.62, 0.24, 0.17),
    plain("wall", 0.86, 0.84, 0.80),
    plain("ground", 0.45, 0.42, 0.38),
    plain("window", 0.22, 0.33, 0.42),
    plain("door", 0.30, 0.18, 0.10),
    plain("water", 0.24, 0.42, 0.58),
    plain("vegetation", 0.22, 0.40, 0.16),
    plain("road", 0.36, 0.36, 0.37),
    plain("land_use", 0.55, 0.60, 0.42),
    plain("terrain", 0.52, 0.50, 0.42),
    plain("other", 0.66, 0.66, 0.66),
];

/// By the surface's class where the data give one, else by the object's class and the way the face looks (the
/// upward part of its unit normal).
pub(super) fn finish(object: ClassId, surface: Option<ClassId>, up: f64) -> Finish {
    match surface.map(ClassId::name) {
        Some("RoofSurface" | "OuterFloorSurface") => Finish::Roof,
        Some(
            "WallSurface"
            | "InteriorWallSurface"
            | "OuterCeilingSurface"
            | "CeilingSurface"
            | "ClosureSurface",
        ) => Finish::Wall,
        Some("GroundSurface" | "FloorSurface") => Finish::Ground,
        Some("Window") => Finish::Window,
        Some("Door") => Finish::Door,
        Some("WaterSurface" | "WaterGroundSurface" | "WaterClosureSurface") => Finish::Water,
        Some("TrafficArea" | "HoleSurface") => Finish::Road,
        Some("AuxiliaryTrafficArea") => Finish::LandUse,
        Some("Marking") => Finish::Other,
        _ => finish_of_object(object, up),
    }
}

fn finish_of_object(object: ClassId, up: f64) -> Finish {
    match object.get().module {
        Module::Building if up > 0.2 => Finish::Roof,
        Module::Building if up < -0.7 => Finish::Ground,
        Module::Building => Finish::Wall,
        Module::Vegetation => Finish::Vegetation,
        Module::WaterBody => Finish::Water,
        Module::Transportation => Finish::Road,
        Module::LandUse => Finish::LandUse,
        Module::Relief => Finish::Terrain,
        _ => Finish::Other,
    }
}

/// Lies on the terrain: a block from its lowest to its highest point would bury the city.
pub(super) fn is_draped(object: ClassId) -> bool {
    matches!(
        object.get().module,
        Module::Transportation | Module::LandUse | Module::Relief | Module::WaterBody
    )
}

/// Names of the column `surface.type`: 0 for faces of which the data say nothing, then the classes of surfaces.
pub(super) static SURFACE_TYPES: LazyLock<Vec<(&'static str, u8)>> = LazyLock::new(|| {
    let named = classes().filter(|(_, class)| class.is_surface).map(|(_, class)| class.name);
    std::iter::once("Unclassified").chain(named).zip(0..).collect()
});

/// Value of the enumeration for a surface's class.
pub(super) fn surface_type(class: Option<ClassId>) -> u8 {
    let name = class.map(ClassId::name);
    SURFACE_TYPES.iter().find(|(known, _)| Some(*known) == name).map_or(0, |(_, value)| *value)
}
