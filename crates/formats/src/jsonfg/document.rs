//! Members of JSON-FG documents.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::frame::PlaceFrame;
use super::instant::interval;
use super::shape::Shape;
use crate::Selection;
use crate::geojson;
use stadtwin_model::Feature;

/// What the features of a document use: its head tells of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Used {
    pub polyhedra: bool,
    pub prisms: bool,
    /// Feature types.
    pub types: BTreeSet<String>,
    /// Of geometries.
    pub dimensions: BTreeSet<u8>,
}

impl Used {
    /// What a document may use whose features are not known yet.
    pub fn anything() -> Used {
        Used { polyhedra: true, prisms: true, ..Used::default() }
    }

    fn conforms_to(&self) -> Vec<String> {
        let classes =
            [("core", true), ("polyhedra", self.polyhedra), ("prisms", self.prisms), ("types-schemas", true)];
        let used = classes.iter().filter(|(_, is_used)| *is_used);
        used.map(|(name, _)| format!("http://www.opengis.net/spec/json-fg-1/1.0/conf/{name}")).collect()
    }
}

/// The members that only the root has, each followed by a comma. `schema_url` describes the properties.
pub fn write_head(
    out: &mut Vec<u8>,
    is_collection: bool,
    frame: Option<&PlaceFrame>,
    used: &Used,
    schema_url: Option<&str>,
) -> serde_json::Result<()> {
    let mut members = vec![("conformsTo", Value::from(used.conforms_to()))];
    if let Some(frame) = frame {
        members.push(("coordRefSys", frame.to_json()));
    }
    let types: Vec<_> = used.types.iter().collect();
    if let Some(url) = schema_url.filter(|_| !types.is_empty()) {
        members.push((
            "featureSchema",
            match types.as_slice() {
                [_] => url.into(),
                several => several.iter().map(|name| (name.to_string(), Value::from(url))).collect(),
            },
        ));
    }
    if is_collection && used.dimensions.len() == 1 {
        members.push(("geometryDimension", json!(used.dimensions.first())));
    }
    for (name, value) in members {
        serde_json::to_writer(&mut *out, name)?;
        out.push(b':');
        serde_json::to_writer(&mut *out, &value)?;
        out.push(b',');
    }
    Ok(())
}

/// Appends the members of a feature after its `type`, without braces. The outline is in CRS84, `place` in the CRS of
/// `frame`. Where `place` says it, `keeps_geometry` tells whether `geometry` is written as well.
pub fn write_members(
    out: &mut Vec<u8>,
    feature: &Feature,
    place: &Shape,
    frame: &PlaceFrame,
    selection: &Selection,
    keeps_geometry: bool,
    used: &mut Used,
) -> serde_json::Result<()> {
    let is_shown = !(selection.skips_geometry || place.is_simple() && frame.is_of_geojson);
    let place = if is_shown { place } else { &Shape::Nothing };
    let class = feature.source_class.as_deref().unwrap_or(feature.class.name());
    out.extend_from_slice(b"\"id\":");
    serde_json::to_writer(&mut *out, &feature.id)?;
    out.extend_from_slice(b",\"featureType\":");
    serde_json::to_writer(&mut *out, class)?;
    out.extend_from_slice(b",\"time\":");
    let time = interval(feature.valid_from.as_deref(), feature.valid_to.as_deref());
    serde_json::to_writer(&mut *out, &time)?;
    out.extend_from_slice(b",\"place\":");
    place.write(out, frame);
    out.extend_from_slice(b",\"geometry\":");
    let is_told = *place != Shape::Nothing && !keeps_geometry;
    if selection.skips_geometry || is_told {
        out.extend_from_slice(b"null");
    } else {
        geojson::write_outline(out, feature);
    }
    out.extend_from_slice(b",\"properties\":");
    geojson::write_properties(out, feature, selection)?;
    used.polyhedra |= matches!(place, Shape::Solids(_));
    used.prisms |= matches!(place, Shape::Prisms(_));
    used.types.insert(class.to_owned());
    if !selection.skips_geometry {
        used.dimensions.extend(place.dimension().or_else(|| outline_dimension(feature)));
    }
    Ok(())
}

fn outline_dimension(feature: &Feature) -> Option<u8> {
    match &feature.place {
        _ if !feature.footprint.is_empty() => Some(2),
        stadtwin_model::Place::Lines(_) => Some(1),
        stadtwin_model::Place::Points(_) => Some(0),
        stadtwin_model::Place::Nothing => None,
    }
}
