//! What a surface looks like and what it is called in the property tables.

use std::sync::LazyLock;

use serde_json::Value;

use stadtwin_formats::glb::Material;
use stadtwin_model::{CityObject, ClassId, Module, classes};

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
    Trunk,
    Road,
    Pavement,
    LandUse,
    Residential,
    Industry,
    Civic,
    Recreation,
    Field,
    Meadow,
    Forest,
    Terrain,
    Other,
}

const fn plain(name: &'static str, red: f32, green: f32, blue: f32) -> Material {
    Material { name, colour: [red, green, blue, 1.0] }
}

/// Linear colours, in the order of `Finish`.
pub(super) static MATERIALS: [Material; 20] = [
    plain("roof", 0.62, 0.24, 0.17),
    plain("wall", 0.86, 0.84, 0.80),
    plain("ground", 0.45, 0.42, 0.38),
    plain("window", 0.22, 0.33, 0.42),
    plain("door", 0.30, 0.18, 0.10),
    plain("water", 0.26, 0.48, 0.69),
    plain("vegetation", 0.24, 0.42, 0.17),
    plain("trunk", 0.20, 0.12, 0.07),
    plain("road", 0.60, 0.59, 0.58),
    plain("pavement", 0.74, 0.71, 0.66),
    plain("land_use", 0.62, 0.64, 0.48),
    plain("residential", 0.58, 0.66, 0.42),
    plain("industry", 0.66, 0.63, 0.58),
    plain("civic", 0.72, 0.64, 0.50),
    plain("recreation", 0.44, 0.60, 0.28),
    plain("field", 0.73, 0.66, 0.43),
    plain("meadow", 0.52, 0.62, 0.33),
    plain("forest", 0.34, 0.46, 0.22),
    plain("terrain", 0.52, 0.50, 0.42),
    plain("other", 0.66, 0.66, 0.66),
];

/// By the surface's class where the data give one, else by the object's class and the way the face looks (the
/// upward part of its unit normal).
pub(super) fn finish(object: &CityObject, surface: Option<ClassId>, up: f64) -> Finish {
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
        Some("TrafficArea") if is_for_walking(object) => Finish::Pavement,
        Some("TrafficArea" | "HoleSurface") => Finish::Road,
        Some("AuxiliaryTrafficArea") => Finish::LandUse,
        Some("Marking") => Finish::Other,
        _ => finish_of_object(object, up),
    }
}

fn finish_of_object(object: &CityObject, up: f64) -> Finish {
    match object.class.get().module {
        Module::Building if up > 0.2 => Finish::Roof,
        Module::Building if up < -0.7 => Finish::Ground,
        Module::Building => Finish::Wall,
        Module::Vegetation => Finish::Vegetation,
        Module::WaterBody => Finish::Water,
        Module::Transportation if is_for_walking(object) => Finish::Pavement,
        Module::Transportation => Finish::Road,
        Module::LandUse => finish_of_land(object),
        Module::Relief => Finish::Terrain,
        _ => Finish::Other,
    }
}

/// Squares, and traffic areas of the code list's functions 2 (footpath) and 3 (cycle path).
fn is_for_walking(object: &CityObject) -> bool {
    let is_area = object.class.name() == "TrafficArea";
    object.class.name() == "Square"
        || is_area && values(object, "function").any(|value| matches!(value, "2" | "3"))
}

/// The first of usage, function and class that says something; else the plain finish of land.
fn finish_of_land(object: &CityObject) -> Finish {
    let names = ["usage", "function", "class"];
    names.iter().flat_map(|name| values(object, name)).find_map(land).unwrap_or(Finish::LandUse)
}

/// A text, or the texts of a list.
fn values<'a>(object: &'a CityObject, name: &str) -> impl Iterator<Item = &'a str> {
    let (one, list) = match object.attributes.get(name) {
        Some(Value::String(text)) => (Some(text.as_str()), &[][..]),
        Some(Value::Array(list)) => (None, list.as_slice()),
        _ => (None, &[][..]),
    };
    one.into_iter().chain(list.iter().filter_map(Value::as_str)).map(str::trim)
}

/// By the survey's (ALKIS) object types, with or without `AX_` names, and common words in German and English.
fn land(value: &str) -> Option<Finish> {
    static WORDS: [(&[&str], Finish); 10] = [
        (&["41001", "41006", "wohnbau", "gemischt", "residential", "garden"], Finish::Residential),
        (
            &["41002", "41003", "41004", "41005", "industri", "gewerbe", "commercial", "quarry"],
            Finish::Industry,
        ),
        (&["41007", "besonderer", "public", "school", "civic"], Finish::Civic),
        (
            &[
                "41008",
                "41009",
                "43003",
                "sport",
                "freizeit",
                "erholung",
                "park",
                "recreation",
                "cemetery",
                "friedhof",
            ],
            Finish::Recreation,
        ),
        (&["42009", "platz", "square", "plaza", "pedestrian"], Finish::Pavement),
        (
            &["42001", "42006", "42010", "42015", "42016", "verkehr", "road", "railway", "traffic"],
            Finish::Road,
        ),
        (
            &["1020", "1050", "grünland", "orchard", "wiese", "meadow", "grass", "43004", "43005", "43006"],
            Finish::Meadow,
        ),
        (&["1010", "43001", "acker", "landwirtschaft", "farm", "field", "agricultur"], Finish::Field),
        (&["43002", "wald", "forest", "wood"], Finish::Forest),
        (&["44001", "44005", "44006", "44007", "gewässer", "water", "river", "lake"], Finish::Water),
    ];
    let value = value.to_lowercase();
    let is_code = value.bytes().all(|byte| byte.is_ascii_digit());
    let says = |word: &&str| if is_code { *word == value } else { value.contains(*word) };
    WORDS.iter().find(|(words, _)| words.iter().any(says)).map(|(_, finish)| *finish)
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use stadtwin_model::{Attributes, class_by_name};

    #[test]
    fn land_looks_as_it_is_used() {
        for (usage, function, expected) in [
            (json!("1010"), json!("43001"), Finish::Field),
            (json!("1020"), json!("43001"), Finish::Meadow),
            (json!(["1200"]), json!(["43002"]), Finish::Forest),
            (json!(null), json!("AX_Wohnbauflaeche"), Finish::Residential),
            (json!(null), json!("Industrial area"), Finish::Industry),
            (json!(7), json!("9999"), Finish::LandUse),
        ] {
            let mut attributes = Attributes::new();
            attributes.insert("usage".into(), usage);
            attributes.insert("function".into(), function);
            let object = CityObject {
                id: String::new(),
                class: class_by_name("LandUse").unwrap(),
                source_class: None,
                attributes,
                geometries: Vec::new(),
                children: Vec::new(),
                ..CityObject::default()
            };
            assert_eq!(finish(&object, None, 1.0), expected, "{:?}", object.attributes);
        }
    }
}
