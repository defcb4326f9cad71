//! Surfaces as GeoJSON: polygons in space, or in the plane where a CRS without heights is asked for.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::expand::Surface;
use crate::api::error::ApiError;
use crate::api::projection::between;
use crate::api::reference::Reference;
use stadtwin_crs::{HeightModel, is_geographic};
use stadtwin_model::{Crs, VerticalCrs};

/// Brings surfaces from the storage CRS into another one, with its own order of axes.
pub fn place(
    reference: &Reference,
    storage: &Crs,
    heights: &HeightModel,
    surfaces: &mut [Surface],
) -> Result<(), ApiError> {
    let crs = &reference.crs;
    let decimals = if is_geographic(crs) { 1e7 } else { 1e3 };
    let mut placed: Vec<[f64; 3]> = points(surfaces).map(|point| *point).collect();
    between(storage, crs, |transformer| transformer.convert(&mut placed))??;
    if crs.vertical == VerticalCrs::Ellipsoidal && storage.vertical != VerticalCrs::Ellipsoidal {
        heights.raise(&mut placed)?;
    }
    let round = |value: f64, scale: f64| (value * scale).round() / scale;
    for (point, [x, y, z]) in points(surfaces).zip(placed) {
        let (x, y) = if crs.north_first { (y, x) } else { (x, y) };
        *point = [round(x, decimals), round(y, decimals), round(z, 1e3)];
    }
    let is_flat = crs.vertical == VerticalCrs::Unknown;
    surfaces.iter_mut().for_each(|surface| surface.is_flat = is_flat);
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
    if !with_geometry || surface.polygons.is_empty() {
        return Value::Null;
    }
    let dimensions = if surface.is_flat { 2 } else { 3 };
    let ring = |ring: &Vec<[f64; 3]>| ring.iter().map(|point| json!(point[..dimensions])).collect::<Value>();
    let polygon = |rings: &Vec<Vec<[f64; 3]>>| rings.iter().map(ring).collect::<Value>();
    json!({ "type": "MultiPolygon", "coordinates": surface.polygons.iter().map(polygon).collect::<Value>() })
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
