//! `f=masterportal-session`: a scenario as the Modeler3D of Masterportal keeps its work in a session.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::overlay::Shown;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::projection::{between, compute};
use stadtwin_crs::{CRS84, CrsError, HeightModel, Transformer, to_ecef};
use stadtwin_formats::jsonfg::PlaceFrame;
use stadtwin_jobs::{PlanExport, PlanPart};
use stadtwin_model::{Collection, Crs};
use stadtwin_tiles::TileObject;

/// Roof without a slope (AdV).
const FLAT: &str = "1000";
/// Between which the direction of grid north is looked for [m].
const NORTH_M: f64 = 100.0;
/// Letters of base 64 (RFC 4648, 4).
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Hidden objects by the layer with the id of their collection, drawn ones as boxes, all others as models.
pub async fn session(call: &Call, shown: &Shown, export: &PlanExport) -> Result<Value, ApiError> {
    let store = &call.state.store;
    let operations = store.operations(&shown.chain).await?;
    let extruded: HashSet<String> = operations
        .into_iter()
        .filter(|operation| operation.kind == "extrude")
        .flat_map(|operation| operation.made)
        .collect();
    let (mut hidden, mut drawn, mut imported) = (Vec::new(), Vec::new(), Vec::new());
    let storage = store.storage_crs().await?;
    for PlanPart { collection, overlay } in &export.parts {
        let mut features = store.features_by_key(collection, overlay.hidden.clone()).await?;
        features.sort_by_key(|raw| raw.feature.key);
        hidden.extend(
            features.into_iter().map(|raw| json!({ "name": raw.feature.id, "layerId": collection.id })),
        );
        let Some(storage) = storage else { continue };
        let found = store.objects(collection, &overlay.planned_keys()).await?;
        let objects: Vec<TileObject> = found
            .into_iter()
            .map(|(_, object, footprint, heights_m)| TileObject { object, footprint, heights_m })
            .collect();
        let (heights, extruded, collection) =
            (call.state.heights.clone(), extruded.clone(), collection.clone());
        let (mut boxes, mut models) = compute(move || {
            between(&storage, &CRS84, |to_lonlat| {
                let desk = Desk { to_lonlat, heights: &heights, storage: &storage, collection: &collection };
                desk.entities(objects, &extruded)
            })?
            .map_err(ApiError::from)
        })
        .await?;
        drawn.append(&mut boxes);
        imported.append(&mut models);
    }
    Ok(json!({
        "Modeler3D": {
            "drawnEntities": { "type": "FeatureCollection", "features": drawn },
            "hiddenEntities": hidden,
            "importedEntities": imported,
            "drawnStyle": {
                "selectedDrawType": "",
                "currentLayout": {
                    "fillColor": [255, 255, 255], "fillTransparency": 0, "strokeColor": [0, 0, 0], "strokeWidth": 1,
                    "extrudedHeight": 20,
                },
            },
            "clampToGround": false,
            "dimensions": true,
            "hideObjects": true,
            "povActive": false,
        },
    }))
}

/// What placing objects needs.
struct Desk<'a> {
    to_lonlat: &'a Transformer,
    heights: &'a HeightModel,
    storage: &'a Crs,
    collection: &'a Collection,
}

impl Desk<'_> {
    /// Drawn ones and models.
    fn entities(
        &self,
        objects: Vec<TileObject>,
        extruded: &HashSet<String>,
    ) -> Result<(Vec<Value>, Vec<Value>), CrsError> {
        let (mut drawn, mut imported) = (Vec::new(), Vec::new());
        for object in objects {
            match ring(&object).filter(|_| extruded.contains(&object.object.id)) {
                Some(ring) => drawn.push(self.drawn(&object, ring.to_vec())?),
                None => imported.extend(self.imported(object)?),
            }
        }
        Ok((drawn, imported))
    }

    /// A polygon with its heights above the ellipsoid.
    fn drawn(&self, object: &TileObject, mut ring: Vec<[f64; 2]>) -> Result<Value, CrsError> {
        self.to_lonlat.convert_2d(&mut ring)?;
        let [longitude, latitude] = ring.first().copied().unwrap_or_default();
        let undulation_m = self.heights.undulation_m(longitude, latitude).unwrap_or(0.0);
        let [base_m, top_m] = object.heights_m.map(|height_m| height_m + undulation_m);
        let corners: Vec<[f64; 3]> = ring.iter().map(|[x, y]| [*x, *y, base_m]).collect();
        Ok(json!({
            "type": "Feature",
            "geometry": { "type": "Polygon", "coordinates": [corners] },
            "properties": {
                "name": object.object.id,
                "color": { "red": 1.0, "green": 1.0, "blue": 1.0, "alpha": 1.0 },
                "outlineColor": { "red": 0.0, "green": 0.0, "blue": 0.0, "alpha": 1.0 },
                "clampToGround": false,
                "extrudedHeight": top_m,
                "rectangle": false,
            },
        }))
    }

    /// A model with its place on earth; nothing where the object has no faces.
    fn imported(&self, object: TileObject) -> Result<Option<Value>, CrsError> {
        let id = object.object.id.clone();
        let Some([x, y]) = object.footprint.iter().flatten().flatten().next().copied() else {
            return Ok(None);
        };
        let mut points = [[x, y], [x, y + NORTH_M]];
        self.to_lonlat.convert_2d(&mut points)?;
        let [[west, south], [east, north]] = points;
        let north_deg = ((east - west) * south.to_radians().cos()).atan2(north - south).to_degrees();
        let crs = PlaceFrame::of(self.storage).uris.clone();
        // A model's z is Cesium's east, and its x the north.
        let turn_deg = -90.0 - north_deg;
        let columns = &self.collection.properties;
        let Some(model) = stadtwin_tiles::model(&[object], columns, &crs, turn_deg)? else { return Ok(None) };
        let mut place = [[model.origin[0], model.origin[1]]];
        self.to_lonlat.convert_2d(&mut place)?;
        let [[longitude, latitude]] = place;
        let undulation_m = self.heights.undulation_m(longitude, latitude).unwrap_or(0.0);
        let [x, y, z] = to_ecef(longitude, latitude, model.origin[2] + undulation_m);
        Ok(Some(json!({
            "blob": base64(&model.glb),
            "blobType": "model/gltf-binary",
            "fileName": format!("{id}.glb"),
            "position": { "x": x, "y": y, "z": z },
            "scale": 1,
        })))
    }
}

/// The outline of what is a box upon it.
fn ring(object: &TileObject) -> Option<&[[f64; 2]]> {
    let is_flat = object.object.attributes.get("roofType").and_then(Value::as_str) == Some(FLAT);
    match object.footprint.as_slice() {
        [polygon] if is_flat => match polygon.as_slice() {
            [ring] => Some(ring),
            _ => None,
        },
        _ => None,
    }
}

fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let letter = LETTERS.get((bits >> (18 - 6 * at) & 63) as usize).copied().unwrap_or(b'A');
            text.push(if at > three.len() { '=' } else { char::from(letter) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4648, 10.
    #[test]
    fn bytes_are_letters() {
        for (bytes, expected) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("foobar", "Zm9vYmFy"),
        ] {
            assert_eq!(base64(bytes.as_bytes()), expected);
        }
    }
}
