//! `GET …/tiles` and `…/tiles/{tileMatrixSet}`: which grids there are, and what a client needs to use one.

use serde_json::{Value, json};

use super::{chosen, crs_of, crs_uri, matrix_set_of, tiles_path};
use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::landing;
use crate::api::links::{Links, link};
use crate::api::negotiate::Media;
use crate::api::place::extent_in;
use crate::api::projection::compute;
use stadtwin_model::{Collection, PropertyType};
use std::sync::Arc;

use stadtwin_tiles::{TILE_MATRIX_SETS, TileMatrixSet};

const SCHEME_REL: &str = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme";
/// Beyond this level clients enlarge tiles: a unit is 4 cm.
const TILEJSON_MAX_LEVEL: u8 = 18;

pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let collections = chosen(&call).await?;
    let mut tilesets = Vec::new();
    for set in &TILE_MATRIX_SETS {
        let mut entry = head(&call, set, landing::extent(&collections)).await?;
        entry["links"] = links(&call, set).into();
        tilesets.push(entry);
    }
    Ok(Answer::json(Media::Json, &json!({ "links": call.own_links(), "tilesets": tilesets })))
}

pub async fn tileset(call: Call) -> Result<Answer, ApiError> {
    let set = matrix_set_of(&call)?;
    let collections = chosen(&call).await?;
    let extent = landing::extent(&collections);
    if call.media == Media::TileJson {
        return tilejson(&call, set, &collections, extent);
    }
    let mut document = head(&call, set, extent).await?;
    if let Some([west, south, east, north]) = extent {
        document["boundingBox"] = json!({
            "lowerLeft": [west, south],
            "upperRight": [east, north],
            "crs": crate::api::collections::CRS84_URI,
        });
    }
    document["layers"] = collections.iter().map(|collection| layer(collection)).collect();
    let mut all = call.own_links();
    all.extend(links(&call, set).into_iter().filter(|link| link["rel"] != "self"));
    document["links"] = all.into();
    Ok(Answer::json(Media::Json, &document))
}

/// What the list and the tileset itself say alike: some clients read it in the list.
async fn head(call: &Call, set: &'static TileMatrixSet, extent: Option<[f64; 4]>) -> Result<Value, ApiError> {
    let own = call.base.to(&format!("/tileMatrixSets/{}", set.id));
    let limits = compute(move || limits(set, extent)).await?;
    Ok(json!({
        "title": set.title,
        "dataType": "vector",
        "crs": crs_uri(set),
        "tileMatrixSetURI": set.uri.map_or(own, str::to_owned),
        "tileMatrixSetId": set.id,
        "tileMatrixSetLimits": limits,
    }))
}

/// Which tiles of each level may hold something.
fn limits(set: &TileMatrixSet, extent: Option<[f64; 4]>) -> Result<Vec<Value>, ApiError> {
    let Some(extent) = extent else { return Ok(Vec::new()) };
    let extent = extent_in(&crs_of(set), extent)?;
    let of_level = |level| {
        let [min_row, min_column, max_row, max_column] = set.limits(level, extent)?;
        Some(json!({
            "tileMatrix": level.to_string(),
            "minTileRow": min_row,
            "maxTileRow": max_row,
            "minTileCol": min_column,
            "maxTileCol": max_column,
        }))
    };
    Ok((0..=set.max_level).filter_map(of_level).collect())
}

fn links(call: &Call, set: &TileMatrixSet) -> Links {
    let url = call.base.to(&format!("{}/{}", tiles_path(call), set.id));
    let scheme = call.base.to(&format!("/tileMatrixSets/{}", set.id));
    let mut item = link(
        "item",
        &format!("{url}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"),
        Media::VectorTile,
        "the tiles",
    );
    item["templated"] = true.into();
    vec![
        link("self", &format!("{url}?f=json"), Media::Json, "how these tiles are used"),
        link("alternate", &format!("{url}?f=tilejson"), Media::TileJson, "the same as TileJSON"),
        link(SCHEME_REL, &scheme, Media::Json, "the grid"),
        item,
    ]
}

fn layer(collection: &Collection) -> Value {
    let properties = collection.properties.iter().map(|property| {
        let kind = json!({ "type": json_type(property.kind) });
        (property.name.clone(), kind)
    });
    json!({
        "id": collection.id,
        "title": collection.title,
        "dataType": "vector",
        "propertiesSchema": {
            "type": "object",
            "properties": properties.collect::<serde_json::Map<_, _>>(),
        },
    })
}

fn json_type(kind: PropertyType) -> &'static str {
    match kind {
        PropertyType::Boolean => "boolean",
        PropertyType::Integer => "integer",
        PropertyType::Number => "number",
        _ => "string",
    }
}

/// TileJSON 3.0.0.
fn tilejson(
    call: &Call,
    set: &TileMatrixSet,
    collections: &[Arc<Collection>],
    extent: Option<[f64; 4]>,
) -> Result<Answer, ApiError> {
    if set.id != "WebMercatorQuad" {
        return Err(ApiError::NotAcceptable("TileJSON knows the grid WebMercatorQuad alone".to_owned()));
    }
    let layers: Vec<_> = collections
        .iter()
        .map(|collection| {
            let fields = collection.properties.iter().map(|property| {
                let kind = match property.kind {
                    PropertyType::Boolean => "Boolean",
                    PropertyType::Integer | PropertyType::Number => "Number",
                    _ => "String",
                };
                (property.name.clone(), kind.into())
            });
            json!({
                "id": collection.id,
                "description": collection.title,
                "fields": fields.collect::<serde_json::Map<_, _>>(),
            })
        })
        .collect();
    let url = call.base.to(&format!("{}/{}", tiles_path(call), set.id));
    let mut document = json!({
        "tilejson": "3.0.0",
        "name": call.state.title,
        "scheme": "xyz",
        "tiles": [format!("{url}/{{z}}/{{y}}/{{x}}")],
        "minzoom": 0,
        "maxzoom": TILEJSON_MAX_LEVEL,
        "vector_layers": layers,
    });
    if let Some(extent) = extent {
        document["bounds"] = json!(extent);
    }
    Ok(Answer::json(Media::TileJson, &document))
}
