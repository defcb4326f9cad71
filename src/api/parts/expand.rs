//! Geometries taken apart: the surfaces and the parts of one top-level object.

use std::collections::HashSet;

use serde_json::Value;

use stadtwin_geometry::{Aspect, aspect, footprint, meets_ring};
use stadtwin_model::{Attributes, CityObject, ClassId, Envelope, Face, Feature, Geometry, Lod, Place};
use stadtwin_query::Region;

/// A boundary surface or an opening.
#[derive(Debug, Clone, PartialEq)]
pub struct Surface {
    /// gml:id, else made from its object, level and place.
    pub id: String,
    /// The object that it bounds.
    pub object: String,
    pub class: ClassId,
    pub lod: Lod,
    pub aspect: Aspect,
    pub attributes: Attributes,
    /// Place among the surfaces of the one that it is an opening in.
    pub parent: Option<usize>,
    /// Rings `[east, north, up]`, closed, exteriors first.
    pub polygons: Vec<Vec<Vec<[f64; 3]>>>,
    /// Heights are not shown.
    pub is_flat: bool,
}

/// The surfaces of an object and all below it: at one level of detail, else of each object at its highest that has any;
/// with a region, only those that meet it.
pub fn surfaces(object: &CityObject, lod: Option<Lod>, region: Option<&Region>) -> Vec<Surface> {
    let object = &*object.placed();
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for part in object.walk() {
        let with_surfaces = || part.geometries.iter().filter(|geometry| !geometry.surfaces.is_empty());
        let Some(level) = lod.or_else(|| with_surfaces().map(|geometry| geometry.lod).max()) else {
            continue;
        };
        for (ordinal, geometry) in with_surfaces().filter(|geometry| geometry.lod == level).enumerate() {
            add(&mut found, &mut seen, part, geometry, ordinal);
        }
    }
    match region {
        Some(region) => within(found, region),
        None => found,
    }
}

/// The same surfaces may come as a solid and once more as a multi-surface: by id, the first ones count.
fn add(
    found: &mut Vec<Surface>,
    seen: &mut HashSet<(String, String)>,
    part: &CityObject,
    geometry: &Geometry,
    ordinal: usize,
) {
    let mut faces: Vec<Vec<&Face>> = vec![Vec::new(); geometry.surfaces.len()];
    for face in &geometry.faces {
        if let Some(all) = faces.get_mut(face.surface as usize) {
            all.push(face);
        }
    }
    let mut places = Vec::with_capacity(faces.len());
    for (index, (surface, faces)) in geometry.surfaces.iter().zip(&faces).enumerate() {
        let id = match surface.id.as_str() {
            "" if ordinal == 0 => format!("{}.{}.{index}", part.id, geometry.lod),
            "" => format!("{}.{}.{ordinal}.{index}", part.id, geometry.lod),
            id => id.to_owned(),
        };
        if !seen.insert((part.id.clone(), id.clone())) {
            places.push(None);
            continue;
        }
        places.push(Some(found.len()));
        found.push(Surface {
            id,
            object: part.id.clone(),
            class: surface.class,
            lod: geometry.lod,
            aspect: rounded(aspect(geometry, faces.iter().copied())),
            attributes: surface.attributes.clone(),
            parent: None,
            polygons: faces.iter().map(|face| polygon(geometry, face)).collect(),
            is_flat: false,
        });
    }
    for (surface, place) in geometry.surfaces.iter().zip(&places) {
        let parent = surface.parent.and_then(|parent| *places.get(parent as usize)?);
        if let Some(own) = place.and_then(|place| found.get_mut(place)) {
            own.parent = parent;
        }
    }
}

/// Areas to ten square centimetres, angles to a thousandth of a degree: filters see what is shown.
fn rounded(aspect: Aspect) -> Aspect {
    let round = |value: f64| (value * 1000.0).round() / 1000.0;
    Aspect {
        area_m2: round(aspect.area_m2),
        tilt_deg: aspect.tilt_deg.map(round),
        azimuth_deg: aspect.azimuth_deg.map(|azimuth| round(azimuth).rem_euclid(360.0)),
    }
}

fn polygon(geometry: &Geometry, face: &Face) -> Vec<Vec<[f64; 3]>> {
    let closed = |ring: &[[f64; 3]]| ring.iter().chain(ring.first()).copied().collect();
    geometry.face_rings(face).map(closed).collect()
}

/// Surfaces are taken together with their openings.
fn within(surfaces: Vec<Surface>, region: &Region) -> Vec<Surface> {
    let meets: Vec<bool> = surfaces.iter().map(|surface| meets(&surface.polygons, region)).collect();
    let mut kept = Vec::new();
    let mut places = vec![None; surfaces.len()];
    for (at, surface) in surfaces.into_iter().enumerate() {
        if meets.get(at).is_some_and(|meets| *meets) {
            if let Some(place) = places.get_mut(at) {
                *place = Some(kept.len());
            }
            kept.push(surface);
        }
    }
    for surface in &mut kept {
        surface.parent = surface.parent.and_then(|parent| *places.get(parent)?);
    }
    kept
}

fn meets(polygons: &[Vec<Vec<[f64; 3]>>], region: &Region) -> bool {
    let mut geometry = Geometry::new(Lod(0), stadtwin_model::GeometryKind::MultiSurface);
    for polygon in polygons {
        let open = polygon.iter().map(|ring| ring.split_last().map_or(&[][..], |(_, open)| open));
        geometry.push_face(open, stadtwin_model::NO_SURFACE);
    }
    meets_region(&geometry, region)
}

fn meets_region(geometry: &Geometry, region: &Region) -> bool {
    let envelope = geometry.envelope();
    let is_high =
        region.heights_m.is_none_or(|[low, high]| envelope.max[2] >= low && envelope.min[2] <= high);
    is_high && region.rings.iter().any(|ring| meets_ring(ring, geometry, &geometry.faces))
}

/// An object below another one.
pub struct Below<'a> {
    pub object: &'a CityObject,
    pub parent: &'a str,
}

/// All objects down to a depth, those of one level after the other.
pub fn below(object: &CityObject, depth: i64) -> Vec<Below<'_>> {
    let mut all = Vec::new();
    let mut level = vec![object];
    for _ in 0..depth {
        let mut next = Vec::new();
        for parent in level {
            for child in &parent.children {
                all.push(Below { object: child, parent: &parent.id });
                next.push(child);
            }
        }
        if next.is_empty() {
            break;
        }
        level = next;
    }
    all
}

/// An object below the top level as a feature, in the storage CRS.
pub fn feature_of(object: &CityObject, revision: i64) -> Feature {
    let placed = object.placed();
    let geometries = || placed.walk().into_iter().flat_map(|part| &part.geometries);
    let mut envelope = Envelope::EMPTY;
    geometries().for_each(|geometry| envelope.union(&geometry.envelope()));
    let mut lods: Vec<Lod> = geometries().map(|geometry| geometry.lod).collect();
    lods.sort_unstable();
    lods.dedup();
    let mut children: Vec<(String, i64)> = Vec::new();
    for child in object.walk().into_iter().skip(1) {
        match children.iter_mut().find(|(class, _)| class == child.class.name()) {
            Some((_, count)) => *count += 1,
            None => children.push((child.class.name().to_owned(), 1)),
        }
    }
    Feature {
        key: 0,
        id: object.id.clone(),
        class: object.class,
        source_class: object.source_class.clone(),
        attributes: object.attributes.clone(),
        qualifiers: object.qualifiers.clone(),
        footprint: footprint(object),
        place: Place::of(object),
        heights_m: (!envelope.is_empty()).then_some([envelope.min[2], envelope.max[2]]),
        lods,
        children,
        valid_from: None,
        valid_to: None,
        revision,
        content_hash: [0; 16],
        ground: None,
        lineage: None,
    }
}

/// Whether an object has a face in the region; one without faces lies everywhere.
pub fn lies_in(object: &CityObject, region: &Region) -> bool {
    let placed = object.placed();
    let geometries = placed.walk().into_iter().flat_map(|part| &part.geometries);
    let mut faced = geometries.filter(|geometry| !geometry.faces.is_empty()).peekable();
    faced.peek().is_none() || faced.any(|geometry| meets_region(geometry, region))
}

/// What an attribute of a surface goes by beside its own values.
const OWN_NAMES: [&str; 9] =
    ["id", "class", "feature", "object", "lod", "area", "tilt", "azimuth", "openings"];

impl Surface {
    /// What is shown and what filters see; `feature` is the top-level object.
    pub fn properties(&self, feature: &str) -> Attributes {
        let mut properties = Attributes::new();
        let mut set = |name: &str, value: Value| drop(properties.insert(name.to_owned(), value));
        set("class", self.class.name().into());
        set("feature", feature.into());
        set("object", self.object.as_str().into());
        set("lod", self.lod.to_string().into());
        set("area", self.aspect.area_m2.into());
        set("tilt", self.aspect.tilt_deg.into());
        set("azimuth", self.aspect.azimuth_deg.into());
        for (name, value) in &self.attributes {
            match OWN_NAMES.contains(&name.as_str()) {
                true => set(&format!("gen_{name}"), value.clone()),
                false => set(name, value.clone()),
            }
        }
        properties
    }
}
