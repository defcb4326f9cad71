//! Features as CityGML or CityJSON: whole objects in the storage CRS.

use axum::http::HeaderName;

use super::answer::Answer;
use super::call::Call;
use super::error::ApiError;
use super::negotiate::Media;
use stadtwin_formats::{Selection, Version};
use stadtwin_jobs::{CityForm, write_objects};
use stadtwin_model::{Collection, Crs};

/// The objects with these keys and numbers of faces, in the form that was asked for.
pub async fn write(
    call: &Call,
    collection: &Collection,
    keys: &[(i64, i32)],
    selection: Selection,
    storage: Option<&Crs>,
) -> Result<Answer, ApiError> {
    let form = match call.media {
        Media::CityJsonSeq => CityForm::Sequence,
        Media::CityGml3 => CityForm::Gml(Version::V3),
        Media::CityGml2 => CityForm::Gml(Version::V2),
        _ => CityForm::Document,
    };
    let body = write_objects(&call.state.store, collection, keys, form, selection, Vec::new())
        .await
        .map_err(ApiError::internal)?;
    let answer = Answer::new(call.media, body);
    Ok(match storage {
        Some(crs) => {
            let url = format!("<http://www.opengis.net/def/crs/EPSG/0/{}>", crs.horizontal);
            answer.with(HeaderName::from_static("content-crs"), &url)
        }
        None => answer,
    })
}
