//! What stands around the objects: metadata, reference system, transform, and what CityJSON has no place for.

use super::super::head::{HEIGHT_SYSTEM, Head};
use super::super::vertices::Transform;
use super::tables::{push_json, push_number};
use serde_json::{Map, Value};
use stadtwin_model::{CityObject, Crs, Template, VerticalCrs};
use std::sync::Arc;

/// Finest step of coordinates [m] where nothing else is asked for.
const STEP: f64 = 0.001;

/// How a file is written.
#[derive(Debug, Clone, Default)]
pub struct WriteOptions {
    pub head: Head,
    /// For `metadata.referenceSystem` in place of the head's, with the height system beside it where they have no code
    /// together.
    pub crs: Option<Crs>,
    /// `None`: millimetres around the first object.
    pub transform: Option<Transform>,
    /// Templates that instances in a sequence may show: they stand in its first line. Others are put in place.
    pub templates: Vec<Arc<Template>>,
}

/// The URL of a CRS, and that of its height system where no code stands for both: CityJSON's schema takes one URL below
/// `…/def/crs/`, which excludes compound ones.
fn reference_system(crs: &Crs) -> (String, Option<String>) {
    const COMPOUND: [(u32, u32, u32); 9] = [
        (28992, 5709, 7415),
        (25831, 5783, 5554),
        (25832, 5783, 5555),
        (25833, 5783, 5556),
        (31466, 5783, 5832),
        (31467, 5783, 5833),
        (31468, 5783, 5834),
        (31469, 5783, 5835),
        (4326, 5773, 9707),
    ];
    let url = |code: u32| format!("https://www.opengis.net/def/crs/EPSG/0/{code}");
    match crs.vertical {
        VerticalCrs::Epsg(vertical) => {
            match COMPOUND.iter().find(|(a, b, _)| *a == crs.horizontal && *b == vertical) {
                Some((_, _, code)) => (url(*code), None),
                None => (url(crs.horizontal), Some(url(vertical))),
            }
        }
        VerticalCrs::Ellipsoidal if crs.horizontal == 4326 => (url(4979), None),
        VerticalCrs::Ellipsoidal if crs.horizontal == 4258 => (url(4937), None),
        VerticalCrs::Ellipsoidal | VerticalCrs::Unknown => (url(crs.horizontal), None),
    }
}

/// Whether a file in this CRS does not say which heights it has, though they are known.
pub fn loses_height_system(crs: &Crs) -> bool {
    let without = Crs { vertical: VerticalCrs::Unknown, ..*crs };
    crs.vertical != VerticalCrs::Unknown && reference_system(crs) == reference_system(&without)
}

impl WriteOptions {
    /// Whether types and attributes with a plus may be used: the file says what they mean.
    pub fn has_extensions(&self) -> bool {
        !self.head.extensions.is_empty()
    }

    pub fn transform_for(&self, first: Option<&CityObject>) -> Transform {
        let around = |object: &CityObject| {
            let mut points = object.walk().into_iter().flat_map(|part| {
                let shown = part.geometries.iter().filter_map(|geometry| geometry.points.first().copied());
                shown.chain(part.implicit_geometries.iter().map(|implicit| implicit.reference_point))
            });
            points.find(|point| point.iter().all(|value| value.is_finite()))
        };
        self.transform.unwrap_or_else(|| Transform {
            scale: [STEP; 3],
            translate: first.and_then(around).unwrap_or_default().map(f64::floor),
        })
    }

    /// `"type":"CityJSON","version":"2.0","transform":…,"metadata":…,"extensions":…` and the head's further members.
    pub fn push_top(&self, out: &mut Vec<u8>, transform: &Transform) {
        out.extend_from_slice(br#""type":"CityJSON","version":"2.0","transform":{"scale":"#);
        super::tables::push_list(out, &transform.scale, |out, value| push_number(out, *value));
        out.extend_from_slice(br#","translate":"#);
        super::tables::push_list(out, &transform.translate, |out, value| push_number(out, *value));
        out.push(b'}');
        let metadata = self.metadata();
        for (name, object) in [("metadata", &metadata), ("extensions", &self.head.extensions)] {
            if !object.is_empty() {
                push_member(out, name, object);
            }
        }
        if let Some(url) = self.crs.and_then(|crs| reference_system(&crs).1) {
            push_member(out, HEIGHT_SYSTEM, &url);
        }
        for (name, value) in
            self.head.others.iter().filter(|(name, _)| self.has_extensions() || !name.starts_with('+'))
        {
            push_member(out, name, value);
        }
    }

    /// The head's metadata as version 2.0 knows it; what older versions had beside goes.
    fn metadata(&self) -> Map<String, Value> {
        let mut metadata = Map::new();
        for (name, value) in &self.head.metadata {
            let fits = match name.as_str() {
                "identifier" | "title" => value.is_string(),
                "referenceDate" => value.as_str().is_some_and(is_date),
                "geographicalExtent" => {
                    value.as_array().is_some_and(|list| list.len() == 6 && list.iter().all(Value::is_number))
                }
                "pointOfContact" => {
                    let has = |member: &str| value.get(member).is_some_and(Value::is_string);
                    has("contactName") && has("emailAddress")
                }
                _ => false,
            };
            if fits {
                metadata.insert(name.clone(), value.clone());
            }
        }
        let said = self.head.metadata.get("referenceSystem").and_then(Value::as_str);
        let own = self.crs.map(|crs| reference_system(&crs).0);
        if let Some(url) = own.or_else(|| said.and_then(url_of)) {
            metadata.insert("referenceSystem".to_owned(), Value::from(url));
        }
        metadata
    }
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}

/// Any spelling of an EPSG code as the URL that CityJSON asks for.
fn url_of(name: &str) -> Option<String> {
    if name.starts_with("https://www.opengis.net/def/crs/") {
        return Some(name.to_owned());
    }
    let code = name.rsplit([':', '/']).next()?.parse::<u32>().ok()?;
    name.to_ascii_lowercase()
        .contains("epsg")
        .then(|| format!("https://www.opengis.net/def/crs/EPSG/0/{code}"))
}

fn push_member<T: serde::Serialize>(out: &mut Vec<u8>, name: &str, value: &T) {
    out.push(b',');
    push_json(out, name);
    out.push(b':');
    push_json(out, value);
}
