//! A building drawn as an outline with heights: closed, with ground, walls and roof.

use serde::{Deserialize, Serialize};
use serde_json::json;
use stadtwin_geometry::validate::ring::Point;
use stadtwin_model::{
    Attributes, BoundarySurface, CityObject, ClassId, Geometry, GeometryKind, Lod, NO_SURFACE, class_by_name,
};

use crate::outline::{Outline, OutlineError};
use crate::roof;

/// No building is higher [m].
pub const HIGHEST_M: f64 = 1_000.0;
/// Below the lowest and above the highest ground [m].
const BASE_M: std::ops::RangeInclusive<f64> = -1_000.0..=10_000.0;
/// Of a storey, where nothing is said [m].
const STOREY_M: f64 = 3.0;
const STOREYS_M: std::ops::RangeInclusive<f64> = 1.8..=20.0;

/// What is drawn. Either `height_m`, or `storeys` of `storey_height_m` each; `storeys` beside a height is noted only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Extrusion {
    /// Rings `[east, north]` in the storage CRS, open or closed: the exterior, then the holes.
    pub footprint: Vec<Vec<Point>>,
    /// Of the ground surface, in the storage height system [m].
    #[serde(rename = "baseHeight")]
    pub base_m: f64,
    /// From the base to the eaves [m].
    #[serde(rename = "height", default, skip_serializing_if = "Option::is_none")]
    pub height_m: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storeys: Option<u32>,
    /// 3 m where nothing is said [m].
    #[serde(rename = "storeyHeight", default, skip_serializing_if = "Option::is_none")]
    pub storey_height_m: Option<f64>,
    #[serde(default)]
    pub roof: RoofForm,
    /// Becomes the attribute `function`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum RoofForm {
    #[default]
    Flat,
    /// Over four corners: a ridge from the middle of one side to the middle of the side across.
    Gable {
        /// From the eaves to the ridge [m].
        #[serde(rename = "rise")]
        rise_m: f64,
        /// Along the shorter sides instead of the longer ones.
        #[serde(default)]
        across: bool,
    },
    /// Over four corners: over a rectangle all slopes are equally steep; a pyramid over a square.
    Hip {
        /// From the eaves to the ridge [m].
        #[serde(rename = "rise")]
        rise_m: f64,
    },
}

impl RoofForm {
    /// AdV code of `roofType`.
    fn code(self) -> &'static str {
        match self {
            RoofForm::Flat => "1000",
            RoofForm::Gable { .. } => "3100",
            RoofForm::Hip { .. } => "3200",
        }
    }

    fn rise_m(self) -> f64 {
        match self {
            RoofForm::Flat => 0.0,
            RoofForm::Gable { rise_m, .. } | RoofForm::Hip { rise_m } => rise_m,
        }
    }
}

#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ExtrusionError {
    #[error("footprint: {0}")]
    Outline(#[from] OutlineError),
    #[error("a baseHeight of {0} m is not between -1000 and 10000 m")]
    Base(f64),
    #[error("neither height nor storeys are given")]
    HeightMissing,
    #[error("height and storeyHeight are both given: one of them says how high the building is")]
    HeightTwice,
    #[error("a height of {0} m is not above 0 and up to {HIGHEST_M} m")]
    Height(f64),
    #[error("a building of {0} storeys has no height")]
    Storeys(u32),
    #[error("a storeyHeight of {0} m is not between 1.8 and 20 m")]
    StoreyHeight(f64),
    #[error("a roof that rises {0} m does not rise above 0 and up to {HIGHEST_M} m")]
    Rise(f64),
    #[error(
        "a {roof} roof needs a footprint of four corners without holes, this one has {corners} and {holes} holes"
    )]
    NotFourCorners { roof: &'static str, corners: usize, holes: usize },
    #[error("a {roof} roof needs a footprint without inward corners")]
    NotConvex { roof: &'static str },
    #[error("an id is needed")]
    Id,
}

/// A Building at LoD2 with `storeysAboveGround` (where storeys are given), `measuredHeight` [m], `function` and `roofType`.
/// Its solid is closed, its faces look outwards.
pub fn extrude(id: &str, extrusion: &Extrusion) -> Result<CityObject, ExtrusionError> {
    if id.is_empty() {
        return Err(ExtrusionError::Id);
    }
    let outline = Outline::new(&extrusion.footprint)?;
    if !BASE_M.contains(&extrusion.base_m) {
        return Err(ExtrusionError::Base(extrusion.base_m));
    }
    let height_m = eaves_height_m(extrusion)?;
    let geometry = match extrusion.roof {
        RoofForm::Flat => prism(&outline, extrusion.base_m, height_m, Lod::whole(2)),
        form => {
            let rise_m = form.rise_m();
            if !(rise_m > 0.0 && rise_m <= HIGHEST_M) {
                return Err(ExtrusionError::Rise(rise_m));
            }
            roof::pitched(&outline, form, extrusion.base_m, height_m)?
        }
    };
    let class = class_by_name("Building").unwrap_or_default();
    let attributes = attributes(extrusion, height_m + extrusion.roof.rise_m());
    Ok(CityObject {
        id: id.to_owned(),
        class,
        attributes,
        geometries: vec![geometry],
        ..CityObject::default()
    })
}

/// From the base to the eaves [m].
fn eaves_height_m(extrusion: &Extrusion) -> Result<f64, ExtrusionError> {
    if extrusion.storeys == Some(0) {
        return Err(ExtrusionError::Storeys(0));
    }
    let height_m = match (extrusion.height_m, extrusion.storeys, extrusion.storey_height_m) {
        (Some(_), _, Some(_)) => return Err(ExtrusionError::HeightTwice),
        (Some(height_m), _, None) => height_m,
        (None, Some(storeys), each_m) => {
            let each_m = each_m.unwrap_or(STOREY_M);
            if !STOREYS_M.contains(&each_m) {
                return Err(ExtrusionError::StoreyHeight(each_m));
            }
            f64::from(storeys) * each_m
        }
        (None, None, _) => return Err(ExtrusionError::HeightMissing),
    };
    let is_possible = height_m > 0.0 && height_m <= HIGHEST_M;
    is_possible.then_some(height_m).ok_or(ExtrusionError::Height(height_m))
}

fn attributes(extrusion: &Extrusion, height_m: f64) -> Attributes {
    let mut attributes = Attributes::new();
    if let Some(function) = &extrusion.function {
        attributes.insert("function".to_owned(), json!(function));
    }
    attributes.insert("roofType".to_owned(), json!(extrusion.roof.code()));
    attributes.insert("measuredHeight".to_owned(), json!(to_millimetres(height_m)));
    if let Some(storeys) = extrusion.storeys {
        attributes.insert("storeysAboveGround".to_owned(), json!(storeys));
    }
    attributes
}

/// Products of binary fractions have tails that nobody means.
pub(crate) fn to_millimetres(value_m: f64) -> f64 {
    (value_m * 1000.0).round() / 1000.0
}

/// A block with vertical sides. Below LoD2 its faces have no meaning of their own.
pub(crate) fn prism(outline: &Outline, base_m: f64, height_m: f64, lod: Lod) -> Geometry {
    let mut solid = SolidMaker::new(lod);
    solid.ground(outline, base_m);
    for ring in outline.rings() {
        let next = ring.iter().cycle().skip(1);
        for (a, b) in ring.iter().zip(next) {
            let top_m = base_m + height_m;
            solid.wall(&[at(*a, base_m), at(*b, base_m), at(*b, top_m), at(*a, top_m)]);
        }
    }
    let top: Vec<Vec<_>> =
        outline.rings().iter().map(|ring| ring.iter().map(|p| at(*p, base_m + height_m)).collect()).collect();
    solid.roof(&[&top.iter().map(Vec::as_slice).collect::<Vec<_>>()]);
    solid.geometry
}

pub(crate) fn at([x, y]: Point, z: f64) -> [f64; 3] {
    [x, y, z]
}

/// Puts faces together, each with its surface.
pub(crate) struct SolidMaker {
    pub geometry: Geometry,
    has_surfaces: bool,
}

impl SolidMaker {
    pub fn new(lod: Lod) -> SolidMaker {
        SolidMaker { geometry: Geometry::new(lod, GeometryKind::Solid), has_surfaces: lod >= Lod::whole(2) }
    }

    fn surface(&mut self, name: &str) -> u32 {
        let class: Option<ClassId> = class_by_name(name).filter(|_| self.has_surfaces);
        let Some(class) = class else { return NO_SURFACE };
        self.geometry.surfaces.push(BoundarySurface { class, ..BoundarySurface::default() });
        self.geometry.surfaces.len() as u32 - 1
    }

    pub fn ground(&mut self, outline: &Outline, base_m: f64) {
        let surface = self.surface("GroundSurface");
        let below: Vec<Vec<_>> = outline
            .rings()
            .iter()
            .map(|ring| ring.iter().rev().map(|point| at(*point, base_m)).collect())
            .collect();
        self.geometry.push_face(below.iter().map(Vec::as_slice), surface);
    }

    pub fn wall(&mut self, ring: &[[f64; 3]]) {
        let surface = self.surface("WallSurface");
        self.geometry.push_face([ring], surface);
    }

    /// Faces of one slope, each its rings.
    pub fn roof(&mut self, faces: &[&[&[[f64; 3]]]]) {
        let surface = self.surface("RoofSurface");
        for face in faces {
            self.geometry.push_face(face.iter().copied(), surface);
        }
    }
}

#[cfg(test)]
#[path = "extrude_tests.rs"]
mod tests;
