//! What attributes say of a building against its geometry; codes are words.

use serde_json::Value;
use stadtwin_model::{CityObject, Envelope, GeometryKind, Issue, Lod, Severity};

/// No building is higher [m].
const HIGHEST_M: f64 = 1_000.0;
/// Height of a storey [m].
const STOREY_M: [f64; 2] = [1.8, 8.0];
/// Antennas, slopes and eaves: heights may differ by this [m], or by a share.
const DIFFERENCE_M: f64 = 2.0;
const DIFFERENCE_SHARE: f64 = 0.25;
/// roofType of the German surveying authorities (AdV), and of the CityGML 2.0 standard's own list.
const ROOF_TYPES: [&str; 31] = [
    "1000", "2100", "2200", "3100", "3200", "3300", "3400", "3500", "3600", "3700", "3800", "3900", "4000",
    "5000", "9999", "1010", "1020", "1030", "1040", "1050", "1060", "1070", "1080", "1090", "1100", "1110",
    "1120", "1130", "1140", "1150", "1160",
];

/// Of a top-level object and the parts below it.
pub fn check(object: &CityObject, issues: &mut Vec<Issue>) {
    check_ids(object, issues);
    check_building(object, issues);
}

fn check_building(object: &CityObject, issues: &mut Vec<Issue>) {
    if !matches!(object.class.name(), "Building" | "BuildingPart") {
        return;
    }
    let heights = vertical_extent(object);
    let mut tell = |code: &str, severity, message: String, value: Option<String>| {
        let position = object.geometries.iter().find_map(|geometry| geometry.points.first().copied());
        let (object, code) = (object.id.clone(), code.to_owned());
        issues.push(Issue { object, code, severity, message, value, position, ..Issue::default() });
    };
    check_height(object, heights, &mut tell);
    check_storeys(object, heights, &mut tell);
    check_roof_type(object, &mut tell);
    check_surfaces(object, &mut tell);
    for part in object.children.iter() {
        check_building(part, issues);
    }
}

/// Every part has an id of its own.
fn check_ids(object: &CityObject, issues: &mut Vec<Issue>) {
    if object.children.is_empty() {
        return;
    }
    let mut ids: Vec<&str> = object.walk().into_iter().map(|part| part.id.as_str()).collect();
    ids.sort_unstable();
    let repeated = ids.chunk_by(|a, b| a == b).filter(|same| same.len() > 1);
    for (id, count) in repeated.filter_map(|same| Some((*same.first()?, same.len()))) {
        issues.push(Issue {
            object: id.to_owned(),
            code: "id_repeated".to_owned(),
            severity: Severity::Warning,
            message: format!("{count} parts of `{}` have this id", object.id),
            ..Issue::default()
        });
    }
}

type Tell<'a> = &'a mut dyn FnMut(&str, Severity, String, Option<String>);

fn number(object: &CityObject, name: &str) -> Option<f64> {
    match object.attributes.get(name)? {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

fn check_height(object: &CityObject, geometry_m: Option<f64>, tell: Tell) {
    let Some(height_m) = number(object, "measuredHeight") else {
        let below = object.children.iter().any(|part| part.attributes.contains_key("measuredHeight"));
        if !below && object.class.name() == "Building" {
            tell("height_missing", Severity::Info, "the building has no measuredHeight".to_owned(), None);
        }
        return;
    };
    if !(height_m > 0.0 && height_m < HIGHEST_M) {
        let message = format!("a measuredHeight of {height_m} m is not possible");
        tell("height_implausible", Severity::Warning, message, Some(format!("{height_m} m")));
        return;
    }
    let Some(geometry_m) = geometry_m else { return };
    let difference_m = (height_m - geometry_m).abs();
    if difference_m > DIFFERENCE_M.max(geometry_m * DIFFERENCE_SHARE) {
        let message = format!("measuredHeight says {height_m:.2} m, the geometry is {geometry_m:.2} m high");
        tell("height_differs", Severity::Warning, message, Some(format!("difference {difference_m:.2} m")));
    }
}

fn check_storeys(object: &CityObject, geometry_m: Option<f64>, tell: Tell) {
    let Some(storeys) = number(object, "storeysAboveGround") else { return };
    let height_m =
        number(object, "measuredHeight").filter(|height| *height > 0.0 && *height < HIGHEST_M).or(geometry_m);
    let wrong = !(0.0..=200.0).contains(&storeys)
        || height_m.is_some_and(|height_m| {
            storeys > 0.0 && !(STOREY_M[0]..=STOREY_M[1] * 2.0).contains(&(height_m / storeys))
        });
    if wrong {
        let height =
            height_m.map_or(String::new(), |height_m| format!(" in a building {height_m:.1} m high"));
        let message = format!("{storeys} storeys above ground{height} are not plausible");
        tell("storeys_implausible", Severity::Warning, message, Some(format!("{storeys}")));
    }
}

/// Four digits in a list that nobody names must be of one of the two lists in use.
fn check_roof_type(object: &CityObject, tell: Tell) {
    let Some(Value::String(code)) = object.attributes.get("roofType") else { return };
    let is_number = code.len() == 4 && code.bytes().all(|byte| byte.is_ascii_digit());
    let own_list = object.qualifiers.get("roofType").and_then(|said| said.get("codeSpace")).is_some();
    if is_number && !own_list && !ROOF_TYPES.contains(&code.as_str()) {
        let message = format!("roofType `{code}` is in neither the AdV's nor the standard's list");
        tell("code_unknown", Severity::Warning, message, Some(code.clone()));
    }
}

/// What the faces of a solid must be, at least.
const SURFACES: [(&str, &str); 3] = [
    ("GroundSurface", "surface_ground_missing"),
    ("WallSurface", "surface_wall_missing"),
    ("RoofSurface", "surface_roof_missing"),
];

/// A solid that tells what its faces are must tell it of all, and have ground, walls and roof among them.
fn check_surfaces(object: &CityObject, tell: Tell) {
    for geometry in object.geometries.iter().filter(|geometry| geometry.kind == GeometryKind::Solid) {
        if geometry.surfaces.is_empty() || geometry.lod < Lod::whole(2) {
            continue;
        }
        for (class, code) in SURFACES {
            if !geometry.surfaces.iter().any(|surface| surface.class.name() == class) {
                let message = format!("the solid of LoD{} has no {class}", geometry.lod);
                tell(code, Severity::Warning, message, None);
            }
        }
        let unnamed = geometry.faces.iter().filter(|face| geometry.surface_of(face).is_none()).count();
        if unnamed > 0 {
            let message = format!("faces of the solid of LoD{} belong to no surface", geometry.lod);
            tell("surface_unnamed", Severity::Warning, message, Some(format!("{unnamed} faces")));
        }
    }
}

/// From the lowest to the highest point of faces above LoD0 [m].
fn vertical_extent(object: &CityObject) -> Option<f64> {
    let mut envelope = Envelope::EMPTY;
    extend(object, &mut envelope);
    let height_m = envelope.max[2] - envelope.min[2];
    (height_m.is_finite() && height_m > 0.0).then_some(height_m)
}

fn extend(object: &CityObject, envelope: &mut Envelope) {
    let solid = object
        .geometries
        .iter()
        .filter(|geometry| geometry.lod >= Lod::whole(1) && geometry.kind.has_faces());
    for geometry in solid {
        envelope.union(&geometry.envelope());
    }
    for part in object.children.iter().filter(|part| part.class.name() == "BuildingPart") {
        extend(part, envelope);
    }
}

#[cfg(test)]
#[path = "thematic_tests.rs"]
mod tests;
