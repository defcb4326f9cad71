//! Features as CityGML or CityJSON: whole objects in the storage CRS.

use axum::http::HeaderName;

use super::answer::Answer;
use super::call::Call;
use super::error::ApiError;
use super::negotiate::Media;
use stadtwin_crs::crs_uri;
use stadtwin_formats::{Selection, Version};
use stadtwin_jobs::{CityForm, write_objects};
use stadtwin_model::{Collection, Crs, Page};

/// Faces behind which a page of whole objects ends: at a few hundred bytes each, what an answer may take of the memory.
const MOST_FACES: i64 = 200_000;

/// The page, ended early where its objects are large; one is always on it.
pub fn bounded(mut page: Page<(i64, i32)>) -> Page<(i64, i32)> {
    let mut faces = 0;
    let mut fits = |(_, face_count): &(i64, i32)| {
        faces += i64::from(*face_count);
        faces <= MOST_FACES
    };
    let count = page.items.iter().take_while(|item| fits(item)).count().max(1);
    if count < page.items.len() {
        page.items.truncate(count);
        page.next = page.items.last().map(|(key, _)| *key);
    }
    page
}

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
    // As many at a time as there are cores: the objects of each take memory.
    let _permit = call.state.encoders.acquire().await.map_err(ApiError::internal)?;
    let body = write_objects(&call.state.store, collection, keys, form, selection, Vec::new())
        .await
        .map_err(ApiError::internal)?;
    let answer = Answer::new(call.media, body);
    Ok(match storage {
        Some(crs) => answer.with(HeaderName::from_static("content-crs"), &format!("<{}>", crs_uri(crs))),
        None => answer,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Faces of each, and how many are on the page.
    #[test]
    fn pages_end_where_their_objects_are_large() {
        for (faces, expected) in [
            (vec![], 0),
            (vec![10, 20], 2),
            (vec![200_000, 0, 1], 2),
            (vec![900_000, 1], 1),
            (vec![150_000, 50_000, 50_000], 2),
        ] {
            let items: Vec<_> = (1..).zip(faces).collect();
            let (count, last) = (items.len(), expected as i64);
            let page = bounded(Page { items, next: None });
            assert_eq!(page.items.len(), expected);
            assert_eq!(page.next, (expected < count).then_some(last));
        }
    }
}
