//! OGC API – Tiles: collections, one by one and all together, as Mapbox Vector Tiles.

mod ahead;
mod document;
mod matrix_sets;
mod packs;
mod schemas;
mod tile;

pub use ahead::read_ahead;
pub use document::{list, tileset};
pub use matrix_sets::{list as matrix_sets, show as matrix_set};
pub use packs::Packs;
pub use schemas::schemas;
pub use tile::show as tile;

use super::call::Call;
use super::collections;
use super::error::ApiError;
use super::params::shortened;
use std::sync::Arc;

use stadtwin_crs::CRS84;
use stadtwin_model::{Collection, Crs};
use stadtwin_tiles::{MatrixCrs, TileMatrixSet, tile_matrix_set};

/// The collection in the path, or all that `collections` names, or all with a place.
pub async fn chosen(call: &Call) -> Result<Vec<Arc<Collection>>, ApiError> {
    if !call.segment("collectionId").is_empty() {
        return Ok(vec![collections::named(call).await?]);
    }
    let catalogue = call.state.store.catalogue().await?;
    let all = catalogue.collections();
    let Some(names) = call.query.get("collections") else {
        return Ok(all.filter(|collection| collection.extent.is_some()).cloned().collect());
    };
    let mut found = Vec::new();
    for name in names.split(',').map(str::trim) {
        let named = catalogue.collection(name).filter(|collection| collection.head > 0);
        found.push(named.cloned().ok_or_else(|| ApiError::no_collection(name))?);
    }
    Ok(found)
}

/// The grid in the path.
pub fn matrix_set_of(call: &Call) -> Result<&'static TileMatrixSet, ApiError> {
    let id = call.segment("tileMatrixSetId");
    tile_matrix_set(id).ok_or_else(|| {
        ApiError::NotFound(format!("no tile matrix set `{}`; /tileMatrixSets lists them", shortened(id)))
    })
}

fn crs_of(set: &TileMatrixSet) -> Crs {
    match set.crs {
        MatrixCrs::Crs84 => CRS84,
        MatrixCrs::Epsg(horizontal) => Crs { horizontal, ..CRS84 },
    }
}

fn crs_uri(set: &TileMatrixSet) -> String {
    match set.crs {
        MatrixCrs::Crs84 => collections::CRS84_URI.to_owned(),
        MatrixCrs::Epsg(code) => format!("http://www.opengis.net/def/crs/EPSG/0/{code}"),
    }
}

/// The path up to `/tiles`, without the base: of the collection in the path or of all.
pub fn tiles_path(call: &Call) -> String {
    match call.segment("collectionId") {
        "" => "/tiles".to_owned(),
        id => format!("/collections/{}/tiles", super::links::segment(id)),
    }
}
