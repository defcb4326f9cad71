//! `GET /collections/{c}/items/{id}`: one feature.

use askama::Template;

use super::answer::Answer;
use super::call::Call;
use super::city;
use super::collections;
use super::error::ApiError;
use super::html::{self, Frame};
use super::items::crs_header;
use super::links::{link, segment};
use super::map::{self, Map};
use super::negotiate::Media;
use super::params::shortened;
use super::projection::{compute, to_lonlat};
use crate::formats::geojson;
use crate::model::{Collection, Feature};

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let collection = collections::named(&call).await?;
    let mut feature = find(&call, &collection).await?;
    let state = [&feature.content_hash[..], &feature.revision.to_le_bytes(), collection.title.as_bytes()];
    let tag = call.tag(&state);
    if let Some(answer) = call.not_modified(&tag) {
        return Ok(answer);
    }
    let storage = call.state.store.storage_crs().await?;
    let media = call.media;
    if media == Media::CityJson {
        return Ok(city::write(&call, &collection, &[(feature.key, 0)], storage.as_ref()).await?.tagged(tag));
    }
    let body = compute(move || {
        if let Some(storage) = storage {
            to_lonlat(&storage, &mut feature)?;
        }
        if call.media == Media::Html {
            return html_page(&call, &collection, &feature);
        }
        let mut links = call.own_links();
        let url = call.base.to(&collections::path(&collection));
        links.push(link("collection", &format!("{url}?f=json"), Media::Json, &collection.title));
        links.push(link("preview", &call.base.to(&viewer_path(&feature)), Media::Html, "the 3D view"));
        let mut out = Vec::with_capacity(4096);
        geojson::write_feature(&mut out, &feature, Some(&links))?;
        Ok(out)
    })
    .await?;
    Ok(crs_header(Answer::new(media, body)).tagged(tag))
}

/// 404 for what never was, 410 for what is no more.
async fn find(call: &Call, collection: &Collection) -> Result<Feature, ApiError> {
    let id = call.segment("featureId");
    if let Some(feature) = call.state.store.feature(collection, collection.head, id).await? {
        return Ok(feature);
    }
    let name = shortened(id);
    Err(match call.state.store.feature_ended(collection, id).await? {
        Some(revision) => ApiError::Gone(format!("feature `{name}` is no more since revision {revision}")),
        None => ApiError::NotFound(format!("no feature `{name}` in collection `{}`", collection.id)),
    })
}

/// The viewer with the feature picked.
fn viewer_path(feature: &Feature) -> String {
    format!("/viewer/#sel={}", segment(&feature.id))
}

#[derive(Template)]
#[template(path = "item.html")]
struct ItemPage {
    frame: Frame,
    rows: Vec<(String, String)>,
    map: Option<Map>,
    viewer_url: String,
}

fn html_page(call: &Call, collection: &Collection, feature: &Feature) -> Result<Vec<u8>, ApiError> {
    let path = format!("{}{}", call.base.prefix(), collections::path(collection));
    let crumbs = vec![
        Frame::collections_crumb(call),
        (collection.title.clone(), format!("{path}?f=html")),
        (call.language.texts().features.to_owned(), format!("{path}/items?f=html")),
    ];
    let rows = geojson::properties(feature).into_iter().map(|(name, value)| (name, html::shown(&value)));
    let page = ItemPage {
        frame: Frame::of(call, &feature.id, crumbs),
        rows: rows.collect(),
        map: map::draw(std::slice::from_ref(feature), |_| String::new()),
        viewer_url: format!("{}{}", call.base.prefix(), viewer_path(feature)),
    };
    Ok(page.render()?.into_bytes())
}
