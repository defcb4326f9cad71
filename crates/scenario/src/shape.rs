//! What figures and differences need to know of an object's shape, measured once.

use stadtwin_geometry::{Polygon, aspect, footprint, measures, object_and_parts, ring_vector};
use stadtwin_model::{CityObject, ClassId, Envelope, Face, Geometry, Lod, class_by_name};

use crate::plane::area_m2;

/// A face whose plan is a smaller part of its area than this is a wall.
const MIN_FLATNESS: f64 = 0.02;

/// Of an object with its parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    /// Closed rings `[east, north]`.
    pub footprint: Vec<Polygon>,
    pub footprint_m2: f64,
    /// `None` without closed solids [m³].
    pub volume_m3: Option<f64>,
    /// Lowest and highest point in the storage height system [m].
    pub heights_m: Option<[f64; 2]>,
    /// Roof surfaces in space, else what looks upwards; `None` without faces above LoD0 [m²].
    pub roof_m2: Option<f64>,
    /// The object itself, where it has faces of its own, and its parts.
    pub parts: Vec<Part>,
}

/// The object's own shape, or a part's.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    pub footprint_m2: f64,
    /// Lowest point, storage height system [m].
    pub bottom_m: f64,
    /// Mean of the lowest points of its roof's faces, by their area in plan, storage height system [m].
    pub eaves_m: Option<f64>,
    /// `storeysAboveGround`.
    pub storeys: Option<f64>,
}

impl Shape {
    pub fn of(object: &CityObject) -> Shape {
        let object = &*object.placed();
        let footprint = footprint(object);
        let footprint_m2 = area_m2(&footprint);
        let whole = object_and_parts(object);
        let mut envelope = Envelope::EMPTY;
        whole.iter().flat_map(|part| &part.geometries).for_each(|one| envelope.union(&one.envelope()));
        let is_whole = !envelope.is_empty() && (envelope.max[2] - envelope.min[2]).is_finite();
        let with_roof = whole.iter().filter_map(|part| Roof::of(part));
        let roof_m2 = with_roof.map(|roof| roof.area_m2).reduce(|a, b| a + b);
        let mut parts: Vec<Part> = match whole.as_slice() {
            [alone] => part_of(alone, footprint_m2).into_iter().collect(),
            parts => parts.iter().filter_map(|part| part_alone(part)).collect(),
        };
        // The whole tells for all of its parts where none tells for itself.
        if parts.iter().all(|part| part.storeys.is_none()) {
            let storeys = storeys(object);
            parts.iter_mut().for_each(|part| part.storeys = storeys);
        }
        Shape {
            footprint,
            footprint_m2,
            volume_m3: measures(object).volume_m3,
            heights_m: is_whole.then_some([envelope.min[2], envelope.max[2]]),
            roof_m2,
            parts,
        }
    }

    /// From the lowest to the highest point [m].
    pub fn height_m(&self) -> Option<f64> {
        self.heights_m.map(|[low, high]| high - low)
    }
}

/// Of a part without those below it.
fn part_alone(part: &CityObject) -> Option<Part> {
    if part.geometries.is_empty() {
        return None;
    }
    let alone = CityObject {
        class: part.class,
        attributes: part.attributes.clone(),
        geometries: part.geometries.clone(),
        ..CityObject::default()
    };
    part_of(&alone, area_m2(&footprint(&alone)))
}

fn part_of(object: &CityObject, footprint_m2: f64) -> Option<Part> {
    let mut envelope = Envelope::EMPTY;
    object.geometries.iter().for_each(|geometry| envelope.union(&geometry.envelope()));
    let bottom_m = envelope.min[2];
    bottom_m.is_finite().then(|| Part {
        footprint_m2,
        bottom_m,
        eaves_m: Roof::of(object).map(|roof| roof.eaves_m),
        storeys: storeys(object),
    })
}

/// Registers write 0 for what they do not know.
fn storeys(object: &CityObject) -> Option<f64> {
    number(object, "storeysAboveGround").filter(|storeys| (1.0..=200.0).contains(storeys))
}

/// A number, or text that is one.
pub fn number(object: &CityObject, name: &str) -> Option<f64> {
    let value = object.attributes.get(name)?;
    let value = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
    value.filter(|value: &f64| value.is_finite())
}

struct Roof {
    area_m2: f64,
    eaves_m: f64,
}

impl Roof {
    /// At the highest level of detail below 4 that has faces.
    fn of(object: &CityObject) -> Option<Roof> {
        let faced = || {
            let solid = Lod::whole(1)..Lod::whole(4);
            object.geometries.iter().filter(move |one| solid.contains(&one.lod) && !one.faces.is_empty())
        };
        let best = faced().map(|geometry| geometry.lod).max()?;
        let at_best = faced().filter(|geometry| geometry.lod == best);
        let roofs = at_best.map(|geometry| (geometry, roof_faces(geometry)));
        let (geometry, faces) = roofs.max_by_key(|(_, faces)| faces.len())?;
        let (mut plan_m2, mut sum) = (0.0, 0.0);
        for face in &faces {
            let ring = geometry.ring(face.first_ring);
            let lowest_m = ring.iter().map(|point| point[2]).fold(f64::INFINITY, f64::min);
            let area = ring_vector(ring)[2].abs();
            plan_m2 += area;
            sum += area * lowest_m;
        }
        let eaves_m = sum / plan_m2;
        let area_m2 = aspect(geometry, faces).area_m2;
        eaves_m.is_finite().then_some(Roof { area_m2, eaves_m })
    }
}

fn roof_faces(geometry: &Geometry) -> Vec<&Face> {
    let class: Option<ClassId> = class_by_name("RoofSurface");
    let is_roof = |face: &&Face| geometry.surface_of(face).is_some_and(|one| Some(one.class) == class);
    let named: Vec<&Face> = geometry.faces.iter().filter(is_roof).collect();
    if !named.is_empty() {
        return named;
    }
    let looks_up = |face: &&Face| {
        let [x, y, z] = ring_vector(geometry.ring(face.first_ring));
        z > MIN_FLATNESS * x.hypot(y).hypot(z)
    };
    geometry.faces.iter().filter(looks_up).collect()
}
