//! Terrain over HTTP: imports, what there is, heights at places, tiles for viewers, pictures for maps.

mod area;
mod contours;
mod describe;
mod elevation;
mod imports;
mod maps;
mod schemas;
mod tiles;

pub use contours::show as contour_lines;
pub use describe::{layer, list, show};
pub use elevation::{batch, elevation};
pub use imports::{list as list_imports, start as start_import};
pub use maps::{tile as map_tile, tileset as map_tileset};
pub use schemas::schemas;
pub use tiles::tile;

use super::call::Call;
use super::error::ApiError;
use super::links::segment;
use super::params::shortened;
use crate::crs::HeightModel;
use crate::jobs::TerrainReader;
use crate::model::{Terrain, VerticalCrs};

/// The terrain in the path, or 404.
async fn named(call: &Call) -> Result<Terrain, ApiError> {
    let id = call.segment("terrainId");
    // PostgreSQL need not be asked for names that none has; nobody sees a first import before it is published.
    let found = call.state.store.terrain(id).await?.filter(|terrain| terrain.head > 0);
    found.ok_or_else(|| ApiError::NotFound(format!("no terrain `{}`", shortened(id))))
}

/// Reads a terrain.
fn reader(call: &Call, terrain: &Terrain) -> TerrainReader {
    let (store, kept) = (call.state.store.clone(), call.state.heights_kept.clone());
    TerrainReader { store, kept, terrain: terrain.clone() }
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
