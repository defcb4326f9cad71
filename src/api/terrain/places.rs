//! Places between the CRS of a request and that of a terrain.

use crate::api::error::{ApiError, crs_fault};
use crate::api::params::shortened;
use crate::api::projection::{between, compute};
use stadtwin_crs::{CRS84, CrsError, parse_crs_uri};
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
        let converted = between(&plane(crs), &storage, |transformer| transformer.convert_2d(&mut places));
        converted.flatten().map_err(out_of_area)?;
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
        between(&storage, &plane(crs), |transformer| transformer.convert_2d(&mut places))??;
        if crs.north_first {
            places.iter_mut().for_each(|place| place.swap(0, 1));
        }
        Ok(places)
    })
    .await
}

/// Heights and axes apart, which transformers leave alone: so the thread's one serves all who name the system.
fn plane(crs: Crs) -> Crs {
    Crs { horizontal: crs.horizontal, ..CRS84 }
}

/// 400: `crs` does not hold here.
pub fn out_of_area(error: CrsError) -> ApiError {
    ApiError::BadRequest(format!("{}: is `crs` right?", crs_fault(&error)))
}
