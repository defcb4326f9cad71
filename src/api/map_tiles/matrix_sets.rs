//! `GET /tileMatrixSets`: the grids of flat map tiles.

use serde_json::{Value, json};

use super::{crs_uri, matrix_set_of};
use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::links::link;
use crate::api::negotiate::Media;
use stadtwin_tiles::{MatrixCrs, TILE_MATRIX_SETS, TILE_PIXELS, TileMatrixSet};

pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let entries: Vec<_> = TILE_MATRIX_SETS
        .iter()
        .map(|set| {
            let url = call.base.to(&format!("/tileMatrixSets/{}", set.id));
            let mut entry = json!({
                "id": set.id,
                "title": set.title,
                "crs": crs_uri(set),
                "links": [link("self", &url, Media::Json, set.title)],
            });
            if let Some(uri) = set.uri {
                entry["uri"] = uri.into();
            }
            entry
        })
        .collect();
    Ok(Answer::json(Media::Json, &json!({ "links": call.own_links(), "tileMatrixSets": entries })))
}

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    Ok(Answer::json(Media::Json, &definition(matrix_set_of(&call)?)))
}

/// After OGC 17-083r4, 7.
fn definition(set: &TileMatrixSet) -> Value {
    let matrices: Vec<_> = (0..=set.max_level)
        .map(|level| {
            let [columns, rows] = set.size_at(level);
            json!({
                "id": level.to_string(),
                "scaleDenominator": set.scale_denominator_at(level),
                "cellSize": set.cell_size_at(level),
                "cornerOfOrigin": "topLeft",
                "pointOfOrigin": set.origin,
                "tileWidth": TILE_PIXELS,
                "tileHeight": TILE_PIXELS,
                "matrixWidth": columns,
                "matrixHeight": rows,
            })
        })
        .collect();
    let axes = if set.crs == MatrixCrs::Crs84 { ["Lon", "Lat"] } else { ["E", "N"] };
    let mut definition = json!({
        "id": set.id,
        "title": set.title,
        "crs": crs_uri(set),
        "orderedAxes": axes,
        "tileMatrices": matrices,
    });
    if let Some(uri) = set.uri {
        definition["uri"] = uri.into();
    }
    definition
}
