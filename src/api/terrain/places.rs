//! Places between the CRS of a request and that of a terrain.

use crate::api::error::ApiError;
use crate::api::params::shortened;
use crate::api::projection::{Direction, compute, with_transformer};
use stadtwin_crs::{CRS84, CrsError, Transformer, parse_crs_uri};
use stadtwin_model::{Crs, Terrain};

/// The CRS of the request, with the axes of its definition; CRS84 without one.
pub fn asked_crs(text: Option<&str>) -> Result<Crs, ApiError> {
    let Some(text) = text else { return Ok(CRS84) };
    parse_crs_uri(text).map_err(|_| {
        ApiError::BadRequest(format!(
            "`crs` names no coordinate reference system that is known: `{}`; such as 25832 or http://www.opengis.net/def/crs/EPSG/0/25832",
            shortened(text)
        ))
    })
}

/// Into the terrain's CRS; 400 for what lies where that does not hold.
pub async fn to_terrain(
    terrain: &Terrain,
    crs: Crs,
    mut places: Vec<[f64; 2]>,
) -> Result<Vec<[f64; 2]>, ApiError> {
    let storage = terrain.crs;
    if places.iter().flatten().any(|number| !number.is_finite()) {
        return Err(ApiError::BadRequest("coordinates must be finite numbers".to_owned()));
    }
    compute(move || {
        if crs.north_first {
            places.iter_mut().for_each(|place| place.swap(0, 1));
        }
        let converted = if crs.horizontal == CRS84.horizontal {
            with_transformer(&storage, Direction::FromLonLat, |transformer| {
                transformer.convert_2d(&mut places)
            })?
        } else {
            Transformer::new(&crs, &storage).and_then(|transformer| transformer.convert_2d(&mut places))
        };
        converted.map_err(out_of_area)?;
        Ok(places)
    })
    .await
}

/// Back to the CRS of the request.
pub async fn from_terrain(
    terrain: &Terrain,
    crs: Crs,
    mut places: Vec<[f64; 2]>,
) -> Result<Vec<[f64; 2]>, ApiError> {
    let storage = terrain.crs;
    compute(move || {
        if crs.horizontal == CRS84.horizontal {
            with_transformer(&storage, Direction::ToLonLat, |transformer| {
                transformer.convert_2d(&mut places)
            })??;
        } else {
            Transformer::new(&storage, &crs)?.convert_2d(&mut places)?;
        }
        if crs.north_first {
            places.iter_mut().for_each(|place| place.swap(0, 1));
        }
        Ok(places)
    })
    .await
}

fn out_of_area(error: CrsError) -> ApiError {
    ApiError::BadRequest(format!("{error}: is `crs` right?"))
}
