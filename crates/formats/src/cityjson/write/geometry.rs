//! Flat geometries as boundaries with semantics, materials and textures.

use super::tables::{Corners, Looks, push_integer, push_json, push_list};
use crate::Losses;
use serde_json::{Map, Value, json};
use stadtwin_model::{
    Appearance, BoundarySurface, Face, Geometry, GeometryKind, Lod, Material, NO_LOOK, Texture,
};
use std::collections::HashSet;
use std::ops::Range;

/// What a CityJSON type may be shown by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowed {
    pub points: bool,
    pub lines: bool,
    pub solids: bool,
    pub multi_solids: bool,
    pub instances: bool,
    only_composite: bool,
}

/// After the schema of CityJSON 2.0.
pub fn allowed(kind: &str) -> Allowed {
    let none = Allowed {
        points: false,
        lines: false,
        solids: false,
        multi_solids: false,
        instances: false,
        only_composite: false,
    };
    let closed = Allowed { solids: true, ..none };
    let all =
        Allowed { points: true, lines: true, solids: true, multi_solids: true, instances: true, ..none };
    match kind {
        "Building" | "BuildingPart" | "BuildingRoom" | "BuildingUnit" | "BuildingStorey" | "Tunnel"
        | "TunnelPart" | "TunnelHollowSpace" | "Bridge" | "BridgePart" | "BridgeRoom" => closed,
        "Road" | "Railway" | "TransportSquare" | "Waterway" => Allowed { lines: true, ..none },
        "WaterBody" => Allowed { lines: true, ..closed },
        "LandUse" => none,
        "TINRelief" => Allowed { only_composite: true, ..none },
        "PlantCover" => Allowed { multi_solids: true, ..closed },
        "CityObjectGroup" => Allowed { instances: false, ..all },
        _ => all,
    }
}

/// Faces in the levels of the boundaries.
enum Levels {
    Faces(Range<usize>),
    Shells(Vec<Range<usize>>),
    Solids(Vec<Vec<Range<usize>>>),
}

/// Appends the geometry as JSON; `false` (and a loss) where its kind has no place.
pub fn push_geometry(
    out: &mut Vec<u8>,
    geometry: &Geometry,
    allowed: Allowed,
    has_extensions: bool,
    corners: &mut Corners,
    looks: &mut Looks,
    losses: &mut Losses,
) -> bool {
    let Some(name) = type_name(geometry, allowed, losses) else { return false };
    out.extend_from_slice(br#"{"type":""#);
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(br#"","lod":""#);
    out.extend_from_slice(lod(geometry.lod, losses).as_bytes());
    out.extend_from_slice(br#"","boundaries":"#);
    if !geometry.kind.has_faces() {
        push_lines(out, geometry, corners);
        out.push(b'}');
        return true;
    }
    let levels = levels(geometry, name);
    push_levels(out, &levels, &mut |out, index| {
        let rings = geometry.faces.get(index).map(ring_numbers).unwrap_or(0..0);
        push_list(out, rings, |out, ring| {
            push_list(out, geometry.ring(ring), |out, point| {
                push_integer(out, i64::from(corners.index(*point)))
            });
        });
    });
    push_semantics(out, geometry, &levels, has_extensions, losses);
    push_looks(out, geometry, &levels, looks, losses);
    out.push(b'}');
    true
}

fn ring_numbers(face: &Face) -> Range<u32> {
    face.first_ring..face.first_ring.saturating_add(face.ring_count)
}

fn type_name(geometry: &Geometry, allowed: Allowed, losses: &mut Losses) -> Option<&'static str> {
    let is_composite = geometry.role.starts_with("Composite");
    if !matches!(geometry.role.as_str(), "" | "tin" | "implicit" | "CompositeSurface" | "CompositeSolid") {
        losses.count("the property of a geometry, beyond its level of detail");
    }
    let surface = if is_composite && geometry.role == "CompositeSurface" || allowed.only_composite {
        "CompositeSurface"
    } else {
        "MultiSurface"
    };
    let name = match geometry.kind {
        _ if geometry.points.is_empty() => None,
        GeometryKind::MultiPoint => allowed.points.then_some("MultiPoint"),
        GeometryKind::MultiCurve => allowed.lines.then_some("MultiLineString"),
        _ if geometry.faces.is_empty() => None,
        GeometryKind::Tin => Some("CompositeSurface"),
        GeometryKind::MultiSurface => Some(surface),
        GeometryKind::Solid if allowed.solids => Some("Solid"),
        GeometryKind::MultiSolid if allowed.multi_solids && !is_composite => Some("MultiSolid"),
        GeometryKind::MultiSolid if allowed.solids => Some("CompositeSolid"),
        GeometryKind::Solid | GeometryKind::MultiSolid => Some(surface),
    };
    if name.is_none() {
        losses.count("points and lines of types that have none in CityJSON");
    }
    name
}

/// One of the levels that the schema lists: 4 and `2.7` are none.
fn lod(lod: Lod, losses: &mut Losses) -> String {
    let kept = Lod((lod.0 / 10).min(3) * 10 + (lod.0 % 10).min(3));
    let kept = if lod.0 >= 40 { Lod::whole(3) } else { kept };
    if kept != lod {
        losses.count("levels of detail that CityJSON does not know");
    }
    kept.to_string()
}

fn push_lines(out: &mut Vec<u8>, geometry: &Geometry, corners: &mut Corners) {
    let mut index = |out: &mut Vec<u8>, point: &[f64; 3]| push_integer(out, i64::from(corners.index(*point)));
    if geometry.kind == GeometryKind::MultiPoint {
        return push_list(out, &geometry.points, index);
    }
    let rings = 0..geometry.ring_ends.len() as u32;
    push_list(out, rings, |out, ring| push_list(out, geometry.ring(ring), &mut index));
}

fn levels(geometry: &Geometry, name: &str) -> Levels {
    let count = geometry.faces.len();
    let starts: Vec<usize> = geometry.shells.iter().map(|start| (*start as usize).min(count)).collect();
    let mut shells: Vec<Range<usize>> = starts
        .iter()
        .enumerate()
        .map(|(index, start)| *start..starts.get(index + 1).copied().unwrap_or(count).max(*start))
        .collect();
    if shells.is_empty() {
        shells.push(0..count);
    }
    match name {
        "Solid" => Levels::Shells(shells.into_iter().filter(|shell| !shell.is_empty()).collect()),
        "MultiSolid" | "CompositeSolid" => {
            let mut solids: Vec<Vec<Range<usize>>> = Vec::new();
            for (index, shell) in shells.into_iter().enumerate() {
                if solids.is_empty() || geometry.solids.contains(&(index as u32)) {
                    solids.push(Vec::new());
                }
                if let Some(solid) = solids.last_mut().filter(|_| !shell.is_empty()) {
                    solid.push(shell);
                }
            }
            solids.retain(|solid| !solid.is_empty());
            Levels::Solids(solids)
        }
        _ => Levels::Faces(0..count),
    }
}

fn push_levels(out: &mut Vec<u8>, levels: &Levels, face: &mut dyn FnMut(&mut Vec<u8>, usize)) {
    let mut faces = |out: &mut Vec<u8>, range: &Range<usize>| {
        push_list(out, range.clone(), |out, index| face(out, index))
    };
    match levels {
        Levels::Faces(range) => faces(out, range),
        Levels::Shells(shells) => push_list(out, shells, faces),
        Levels::Solids(solids) => push_list(out, solids, |out, shells| push_list(out, shells, &mut faces)),
    }
}

fn push_index(out: &mut Vec<u8>, index: Option<u32>) {
    match index {
        Some(index) => push_integer(out, i64::from(index)),
        None => out.extend_from_slice(b"null"),
    }
}

fn push_semantics(
    out: &mut Vec<u8>,
    geometry: &Geometry,
    levels: &Levels,
    has_extensions: bool,
    losses: &mut Losses,
) {
    // Index of each surface among those that have a type to write.
    let mut places: Vec<Option<u32>> = Vec::with_capacity(geometry.surfaces.len());
    let mut count = 0;
    for surface in &geometry.surfaces {
        let place = surface_type(surface, has_extensions).map(|_| count);
        count += u32::from(place.is_some());
        if place.is_none() {
            losses.count("surfaces of types that CityJSON does not know");
        }
        places.push(place);
    }
    if count == 0 {
        return;
    }
    let place = |index: u32| places.get(index as usize).copied().flatten();
    let mut fillings: Vec<Vec<u32>> = vec![Vec::new(); geometry.surfaces.len()];
    for (surface, filling) in geometry.surfaces.iter().zip(&places) {
        let within = surface.parent.and_then(|parent| fillings.get_mut(parent as usize));
        if let (Some(within), Some(filling)) = (within, filling) {
            within.push(*filling);
        }
    }
    out.extend_from_slice(br#","semantics":{"surfaces":"#);
    let written = geometry.surfaces.iter().zip(&fillings);
    let written: Vec<_> = written
        .filter_map(|(surface, fillings)| Some((surface, surface_type(surface, has_extensions)?, fillings)))
        .collect();
    push_list(out, &written, |out, (surface, kind, fillings)| {
        push_surface(out, surface, kind, surface.parent.and_then(place), fillings, losses);
    });
    out.extend_from_slice(br#","values":"#);
    push_levels(out, levels, &mut |out, index| {
        push_index(out, geometry.faces.get(index).and_then(|face| place(face.surface)));
    });
    out.push(b'}');
}

fn surface_type(surface: &BoundarySurface, has_extensions: bool) -> Option<&str> {
    let known = surface.class.get().cityjson;
    if !known.is_empty() {
        return Some(known);
    }
    let source = surface.attributes.get("sourceClass").and_then(Value::as_str)?;
    (has_extensions && source.starts_with('+')).then_some(source)
}

fn push_surface(
    out: &mut Vec<u8>,
    surface: &BoundarySurface,
    kind: &str,
    parent: Option<u32>,
    children: &[u32],
    losses: &mut Losses,
) {
    out.extend_from_slice(br#"{"type":"#);
    push_json(out, kind);
    if !surface.id.is_empty() {
        out.extend_from_slice(br#","id":"#);
        push_json(out, &surface.id);
    }
    if let Some(parent) = parent {
        out.extend_from_slice(br#","parent":"#);
        push_integer(out, i64::from(parent));
    }
    if !children.is_empty() {
        out.extend_from_slice(br#","children":"#);
        push_list(out, children, |out, child| push_integer(out, i64::from(*child)));
    }
    for (name, value) in &surface.attributes {
        let is_taken = match name.as_str() {
            "sourceClass" if kind.starts_with('+') => continue,
            "type" => true,
            "id" => !surface.id.is_empty(),
            "parent" => parent.is_some(),
            "children" => !children.is_empty(),
            _ => false,
        };
        if is_taken {
            losses.count("attributes of surfaces whose names CityJSON uses otherwise");
            continue;
        }
        out.push(b',');
        push_json(out, name);
        out.push(b':');
        push_json(out, value);
    }
    out.push(b'}');
    if !surface.qualifiers.is_empty() || !surface.extensions.is_empty() {
        losses.count("code spaces, units and XML extensions");
    }
}

fn push_looks(
    out: &mut Vec<u8>,
    geometry: &Geometry,
    levels: &Levels,
    looks: &mut Looks,
    losses: &mut Losses,
) {
    let mut seen = HashSet::new();
    let mut fronts: Vec<&Appearance> = Vec::new();
    for appearance in &geometry.appearances {
        if !appearance.is_back && seen.insert(appearance.theme.as_str()) {
            fronts.push(appearance);
        } else {
            losses.count("looks of the backs of surfaces");
        }
    }
    let with_materials: Vec<_> = fronts.iter().filter(|look| !look.face_materials.is_empty()).collect();
    push_themes(out, "material", &with_materials, |out, appearance| {
        push_materials(out, appearance, levels, looks)
    });
    let with_textures: Vec<_> = fronts.iter().filter(|look| !look.face_textures.is_empty()).collect();
    push_themes(out, "texture", &with_textures, |out, appearance| {
        push_textures(out, geometry, appearance, levels, looks, losses);
    });
}

fn push_themes(
    out: &mut Vec<u8>,
    name: &str,
    appearances: &[&&Appearance],
    mut push: impl FnMut(&mut Vec<u8>, &Appearance),
) {
    if appearances.is_empty() {
        return;
    }
    out.push(b',');
    push_json(out, name);
    for (index, appearance) in appearances.iter().enumerate() {
        out.extend_from_slice(if index == 0 { b":{" } else { b"," });
        push_json(out, &appearance.theme);
        out.push(b':');
        push(out, appearance);
    }
    out.push(b'}');
}

fn push_materials(out: &mut Vec<u8>, appearance: &Appearance, levels: &Levels, looks: &mut Looks) {
    let places: Vec<u32> =
        appearance.materials.iter().map(|material| looks.materials.index(material_json(material))).collect();
    out.extend_from_slice(br#"{"values":"#);
    push_levels(out, levels, &mut |out, index| {
        let own = appearance.face_materials.get(index).filter(|own| **own != NO_LOOK);
        push_index(out, own.and_then(|own| places.get(*own as usize).copied()));
    });
    out.push(b'}');
}

fn push_textures(
    out: &mut Vec<u8>,
    geometry: &Geometry,
    appearance: &Appearance,
    levels: &Levels,
    looks: &mut Looks,
    losses: &mut Losses,
) {
    for _ in appearance.textures.iter().filter(|texture| !texture.projection.is_coordinates()) {
        losses.count("textures that are projected, not bound by coordinates");
    }
    let places: Vec<u32> =
        appearance.textures.iter().map(|texture| looks.textures.index(texture_json(texture))).collect();
    out.extend_from_slice(br#"{"values":"#);
    push_levels(out, levels, &mut |out, index| {
        let own = appearance.face_textures.get(index).filter(|own| **own != NO_LOOK);
        let texture = own.and_then(|own| places.get(*own as usize).copied());
        let rings: Vec<u32> = geometry.faces.get(index).map(ring_numbers).unwrap_or(0..0).collect();
        let coordinates: Option<Vec<_>> =
            rings.iter().map(|ring| ring_coordinates(geometry, appearance, *ring)).collect();
        let Some((texture, coordinates)) = texture.zip(coordinates) else {
            if texture.is_some() {
                losses.count("textures of faces with rings that have no coordinates");
            }
            return push_list(out, &rings, |out, _| out.extend_from_slice(b"[null]"));
        };
        push_list(out, &coordinates, |out, ring| {
            let mut row = vec![texture];
            row.extend(ring.iter().map(|pair| looks.coordinates.index(pair.map(f64::to_bits))));
            push_list(out, &row, |out, value| push_integer(out, i64::from(*value)));
        });
    });
    out.push(b'}');
}

/// A coordinate for each point of the ring, or `None`.
fn ring_coordinates<'a>(
    geometry: &Geometry,
    appearance: &'a Appearance,
    ring: u32,
) -> Option<&'a [[f64; 2]]> {
    let ring = ring as usize;
    let start = ring.checked_sub(1).and_then(|before| geometry.ring_ends.get(before)).copied().unwrap_or(0);
    let end = geometry.ring_ends.get(ring).copied()?;
    let pairs = appearance.texture_coordinates.get(start as usize..end as usize)?;
    pairs.iter().flatten().all(|value| value.is_finite()).then_some(pairs)
}

fn material_json(material: &Material) -> String {
    let mut value = json!(material);
    if let Some(object) = value.as_object_mut() {
        object.entry("name").or_insert_with(|| Value::from(""));
    }
    value.to_string()
}

fn texture_json(texture: &Texture) -> String {
    let image = texture.image.to_ascii_lowercase();
    let kind = match texture.mime_type.as_deref() {
        Some("image/png") => Some("PNG"),
        Some("image/jpeg") => Some("JPG"),
        Some(_) => None,
        None if image.ends_with(".png") => Some("PNG"),
        None if image.ends_with(".jpg") || image.ends_with(".jpeg") => Some("JPG"),
        None => None,
    };
    let listed =
        |text: &Option<String>, list: &[&str]| text.clone().filter(|text| list.contains(&text.as_str()));
    let mut object = Map::new();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            object.insert(name.to_owned(), value);
        }
    };
    put("type", kind.map(Value::from));
    put("image", Some(Value::from(texture.image.as_str())));
    put(
        "wrapMode",
        listed(&texture.wrap_mode, &["none", "wrap", "mirror", "clamp", "border"]).map(Value::from),
    );
    put("textureType", listed(&texture.texture_type, &["unknown", "specific", "typical"]).map(Value::from));
    put("borderColor", texture.border_color.map(|color| json!(color)));
    Value::Object(object).to_string()
}
