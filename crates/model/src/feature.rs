//! A top-level object as the store answers it, without its 3D shape.

use super::{Attributes, ClassId, GroundDifference, Lineage, Lod, Place};

/// Polygons of closed rings `[east, north]`, exterior first and counter-clockwise.
pub type Footprint = Vec<Vec<Vec<[f64; 2]>>>;

/// A top-level city object in a collection.
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    /// Row number in the store; grows with every new version of an object. The paging key.
    pub key: i64,
    /// Permanent name: the gml:id under which it first came.
    pub id: String,
    pub class: ClassId,
    pub source_class: Option<String>,
    pub attributes: Attributes,
    /// As `CityObject::qualifiers`.
    pub qualifiers: Attributes,
    /// Polygons of rings `[east, north]` in the storage CRS, exterior first, rings closed; empty when the object has no
    /// footprint.
    pub footprint: Footprint,
    /// Lines or points in the storage CRS where there is no footprint for want of faces.
    pub place: Place,
    /// Lowest and highest point, storage height system [m].
    pub heights_m: Option<[f64; 2]>,
    pub lods: Vec<Lod>,
    /// Class name → how many objects of it lie below this one.
    pub children: Vec<(String, i64)>,
    /// RFC 3339 dates or times of validity in the real world; `None` = open.
    pub valid_from: Option<String>,
    pub valid_to: Option<String>,
    /// The revision that brought this state.
    pub revision: i64,
    /// blake3 over the object as imported, first 16 bytes.
    pub content_hash: [u8; 16],
    /// Where it was compared with a terrain.
    pub ground: Option<GroundDifference>,
    /// Where it was asked for.
    pub lineage: Option<Lineage>,
}

impl Feature {
    /// Every run of points that says where the feature is.
    pub fn runs_mut(&mut self) -> impl Iterator<Item = &mut [[f64; 2]]> {
        self.footprint.iter_mut().flatten().map(Vec::as_mut_slice).chain(self.place.runs_mut())
    }

    /// The box around it, `[x min, y min, x max, y max]`; `None` without a point.
    pub fn bounds(&self) -> Option<[f64; 4]> {
        let runs = self.footprint.iter().flatten().map(Vec::as_slice).chain(self.place.runs());
        let mut points = runs.flatten();
        let [x, y] = *points.next()?;
        Some(points.fold([x, y, x, y], |[w, s, e, n], [x, y]| [w.min(*x), s.min(*y), e.max(*x), n.max(*y)]))
    }
}

/// A feature whose attributes are still the text that they are kept as: most go out as they came in.
#[derive(Debug, Clone, PartialEq)]
pub struct RawFeature {
    /// Without attributes and qualifiers.
    pub feature: Feature,
    /// A JSON object.
    pub attributes: String,
    /// A JSON object, where there are any.
    pub qualifiers: Option<String>,
}

impl RawFeature {
    /// With its attributes; the error says what is wrong with their text.
    pub fn parsed(self) -> Result<Feature, serde_json::Error> {
        let qualifiers = self.qualifiers.as_deref().map(serde_json::from_str).transpose()?;
        Ok(Feature {
            attributes: serde_json::from_str(&self.attributes)?,
            qualifiers: qualifiers.unwrap_or_default(),
            ..self.feature
        })
    }
}

/// How many features match a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matched {
    Exactly(i64),
    /// Too many to be counted for an answer: an estimate.
    About(i64),
}

/// Part of a list, with the key to ask for the next part.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// `None` on the last page.
    pub next: Option<i64>,
}
