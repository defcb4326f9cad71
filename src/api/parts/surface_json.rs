//! Surfaces as GeoJSON: polygons in space, heights in metres of the storage height system.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::expand::Surface;
use crate::api::error::ApiError;
use crate::api::projection::between;
use crate::api::reference::Reference;
use stadtwin_crs::is_geographic;
use stadtwin_model::Crs;

/// Brings surfaces from the storage CRS into another one, with its own order of axes.
pub fn place(reference: &Reference, storage: &Crs, surfaces: &mut [Surface]) -> Result<(), ApiError> {
    let decimals = if is_geographic(&reference.crs) { 1e7 } else { 1e3 };
    let mut flat: Vec<[f64; 2]> = points(surfaces).map(|point| [point[0], point[1]]).collect();
    between(storage, &reference.crs, |transformer| transformer.convert_2d(&mut flat))??;
    let round = |value: f64, scale: f64| (value * scale).round() / scale;
    for (point, [x, y]) in points(surfaces).zip(flat) {
        let (x, y) = if reference.crs.north_first { (y, x) } else { (x, y) };
        *point = [round(x, decimals), round(y, decimals), round(point[2], 1e3)];
    }
    Ok(())
}

fn points(surfaces: &mut [Surface]) -> impl Iterator<Item = &mut [f64; 3]> {
    surfaces.iter_mut().flat_map(|surface| &mut surface.polygons).flatten().flatten()
}

/// A surface with what opens it; `id` stands before its own where it has to be found among many features.
pub fn feature(
    surface: &Surface,
    id: &str,
    feature: &str,
    openings: &[&Surface],
    with_geometry: bool,
) -> Value {
    let mut document = json!({
        "type": "Feature",
        "id": id,
        "geometry": geometry(surface, with_geometry),
        "properties": surface.properties(feature),
    });
    if !openings.is_empty() {
        let openings = openings.iter().map(|opening| {
            let mut document = opening.properties(feature);
            document.insert("id".to_owned(), opening.id.as_str().into());
            document.insert("geometry".to_owned(), geometry(opening, with_geometry));
            Value::Object(document)
        });
        document["properties"]["openings"] = openings.collect();
    }
    document
}

fn geometry(surface: &Surface, with_geometry: bool) -> Value {
    match with_geometry && !surface.polygons.is_empty() {
        true => json!({ "type": "MultiPolygon", "coordinates": surface.polygons }),
        false => Value::Null,
    }
}

/// How many surfaces of each class there are, and how large they are together [m²].
pub fn totals<'a>(surfaces: impl IntoIterator<Item = &'a Surface>) -> BTreeMap<&'static str, (i64, f64)> {
    let mut totals = BTreeMap::new();
    for surface in surfaces {
        let (count, area_m2): &mut (i64, f64) = totals.entry(surface.class.name()).or_default();
        *count += 1;
        *area_m2 += surface.aspect.area_m2;
    }
    totals
}

pub fn totals_json(totals: &BTreeMap<&'static str, (i64, f64)>) -> Value {
    let one = |(class, (count, area_m2)): (&&str, &(i64, f64))| {
        let area = (area_m2 * 1000.0).round() / 1000.0;
        ((*class).to_owned(), json!({ "count": count, "area": area }))
    };
    Value::Object(totals.iter().map(one).collect())
}
