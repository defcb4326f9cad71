//! Terrain over HTTP: imports, what there is, heights at places, tiles for viewers, pictures for maps, changes by plans.

mod area;
mod contour_tiles;
mod contours;
mod describe;
mod elevation;
mod imports;
mod map_heights;
mod maps;
mod modification_schemas;
mod modifications;
mod order_schemas;
mod places;
mod schemas;
mod tiles;

pub use area::extent_deg;
pub use contour_tiles::{tile as contour_tile, tileset as contour_tileset};
pub use contours::show as contour_lines;
pub use describe::{layer, list, show};
pub use elevation::{batch, elevation};
pub use imports::{list as list_imports, start as start_import};
pub use maps::{STYLES, tile as map_tile, tileset as map_tileset};
pub use modification_schemas::schemas as modification_schemas;
pub use modifications::{
    create as create_modification, list as modifications, remove as remove_modification,
    replace as replace_modification, show as modification,
};
pub use order_schemas::schemas as order_schemas;
pub use schemas::schemas;
pub use tiles::tile;

use axum::http::StatusCode;

use super::call::Call;
use super::error::ApiError;
use super::links::segment;
use super::params::shortened;
use stadtwin_crs::HeightModel;
use stadtwin_jobs::{ModificationError, Selection, TerrainEdits, TerrainReader, selected_edits};
use stadtwin_model::{Terrain, VerticalCrs};

/// The terrain in the path, or 404.
async fn named(call: &Call) -> Result<Terrain, ApiError> {
    let id = call.segment("terrainId");
    // PostgreSQL need not be asked for names that none has; nobody sees a first import before it is published.
    let found = call.state.store.terrain(id).await?.filter(|terrain| terrain.head > 0);
    found.ok_or_else(|| ApiError::NotFound(format!("no terrain `{}`", shortened(id))))
}

/// Reads a terrain with the modifications that were asked for.
async fn reader(call: &Call, terrain: &Terrain) -> Result<TerrainReader, ApiError> {
    let edits = edits(call, terrain).await?;
    let (store, kept) = (call.state.store.clone(), call.state.heights_kept.clone());
    Ok(TerrainReader { store, kept, terrain: terrain.clone(), edits })
}

/// Those of `modifications`, made ready once for each state of the terrain.
async fn edits(call: &Call, terrain: &Terrain) -> Result<TerrainEdits, ApiError> {
    let asked = call.query.get("modifications").map(Selection::parse).transpose();
    let selection = asked.map_err(refused)?.unwrap_or_default();
    let key = (terrain.key, terrain.head, terrain.modified, selection.clone());
    if let Some(edits) = call.state.terrain_edits.get(&key).await {
        return Ok(edits);
    }
    let edits = selected_edits(&call.state.store, terrain, &selection).await.map_err(refused)?;
    call.state.terrain_edits.insert(key, edits.clone()).await;
    Ok(edits)
}

/// A modification that cannot be, as the client's fault where it is.
fn refused(error: ModificationError) -> ApiError {
    match error {
        ModificationError::Failed(cause) => ApiError::internal(cause),
        ModificationError::Full { .. } => ApiError::refused(StatusCode::CONFLICT, error.to_string()),
        error => ApiError::BadRequest(error.to_string()),
    }
}

/// The tag of an answer that depends on a state of a terrain.
fn reader_tag(call: &Call, reader: &TerrainReader) -> String {
    let terrain = &reader.terrain;
    call.tag(&[&terrain.key.to_le_bytes(), &terrain.head.to_le_bytes(), reader.edits.name().as_bytes()])
}

/// `?modifications=…` as asked for, or nothing: links of a document carry it on.
fn carried(call: &Call) -> String {
    let asked = call.query.get("modifications").map(segment);
    asked.map_or_else(String::new, |asked| format!("?modifications={asked}"))
}

/// Path of a terrain, without the base.
fn path(terrain: &Terrain) -> String {
    format!("/terrain/{}", segment(&terrain.id))
}

/// URI of an EPSG code.
fn crs_uri(code: u32) -> String {
    format!("http://www.opengis.net/def/crs/EPSG/0/{code}")
}

/// What heights are measured from: a URI, or words where there is none.
fn vertical_uri(terrain: &Terrain) -> String {
    match terrain.crs.vertical {
        VerticalCrs::Epsg(code) => crs_uri(code),
        VerticalCrs::Ellipsoidal => "ellipsoidal".to_owned(),
        VerticalCrs::Unknown => "unknown".to_owned(),
    }
}

/// What must be known of ellipsoidal heights made with the model.
fn warnings(heights: &HeightModel) -> Vec<&'static str> {
    match heights {
        HeightModel::Egm96(_) => vec![
            "ellipsoidal heights are made with EGM96, off by up to 0.15 m in Germany: the grid of GCG2016 is missing",
        ],
        HeightModel::None => vec!["tiles cannot be made: no geoid grid is at hand"],
        HeightModel::Gcg2016(_) | HeightModel::Constant(_) => Vec::new(),
    }
}
