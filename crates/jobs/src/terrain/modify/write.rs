//! A modification as a GeoJSON feature, with its figures.

use serde_json::{Value, json};

use stadtwin_crs::{Transformer, is_geographic};
use stadtwin_model::{Crs, EditFigures, GroundTarget, Terrain, TerrainModification};

use super::super::tile::{around, edges};
use super::ModificationError;
use super::way::{Way, convert};

/// The feature in `crs`, with the axes in its order; volumes in cubic metres against the ground as surveyed. The
/// transformer leads from the terrain's CRS to `crs`, for any number of features.
pub fn feature(
    terrain: &Terrain,
    modification: &TerrainModification,
    figures: &EditFigures,
    crs: &Crs,
    transformer: &Transformer,
) -> Result<Value, ModificationError> {
    let way = Way { transformer, swaps_before: terrain.crs.north_first, swaps_after: crs.north_first };
    let mut edit = modification.edit.clone();
    convert(&mut edit, &way)?;
    // A tenth of a millimetre.
    let factor = if is_geographic(crs) { 1e9 } else { 1e4 };
    let place = |value: f64| (value * factor).round() / factor;
    let closed = |ring: &Vec<[f64; 2]>| {
        let mut ring: Vec<[f64; 2]> = ring.iter().map(|point| point.map(place)).collect();
        if ring.first() != ring.last() {
            ring.extend(ring.first().copied());
        }
        ring
    };
    let point = |[x, y, height]: [f64; 3]| [place(x), place(y), height];
    let target = match edit.target {
        GroundTarget::Level(height) => json!({ "type": "level", "height": height }),
        GroundTarget::Slope { through, gradient, uphill_deg } => json!({
            "type": "slope", "through": point(through), "gradient": gradient, "uphill": uphill_deg,
        }),
        GroundTarget::Tin { points, triangles } => json!({
            "type": "tin", "points": points.into_iter().map(point).collect::<Vec<_>>(), "triangles": triangles,
        }),
    };
    let extent = figures.extent_m.map(|extent_m| {
        let mut points = edges(extent_m);
        way.convert(&mut points).map(|()| around(&points).map(place))
    });
    let extent = extent.transpose()?;
    let earth = figures.earth;
    let rounded = |value: f64| (value * 1000.0).round() / 1000.0;
    let mut document = json!({
        "type": "Feature",
        "id": modification.id,
        "geometry": { "type": "Polygon", "coordinates": edit.polygon.iter().map(closed).collect::<Vec<_>>() },
        "properties": {
            "terrain": terrain.id,
            "name": modification.name,
            "enabled": modification.is_enabled,
            "base": modification.in_base,
            "scenario": modification.scenario,
            "embankment": edit.embankment,
            "target": target,
            "cut": rounded(earth.cut_m3),
            "fill": rounded(earth.fill_m3),
            "cutArea": rounded(earth.cut_m2),
            "fillArea": rounded(earth.fill_m2),
            "unknownNodes": earth.unknown_nodes,
            "method": "sum over the nodes, each for one cell, against the ground as surveyed; m³ and m²",
            "extent": extent,
            "terrainRevision": terrain.head,
            "revision": modification.revision,
            "created": modification.created,
            "changed": modification.changed,
        },
    });
    if let Some(extent) = extent {
        document["bbox"] = json!(extent);
    }
    Ok(document)
}
