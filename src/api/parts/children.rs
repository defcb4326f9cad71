//! `GET /collections/{c}/items/{id}/children`: what lies below an object, as features with links to their parents.

use serde_json::{Value, json};

use super::child::{collection_link, in_scenario, item_path, json_url, links, own_links, part_feature};
use super::expand::{below, feature_of};
use super::holder::holder;
use super::pages;
use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::items::crs_header;
use crate::api::links::link;
use crate::api::negotiate::Media;
use crate::api::params::{MAX_LIMIT, shortened};
use crate::api::projection::compute;
use crate::api::{code_texts, collections, reference};
use stadtwin_formats::{Selection, geojson};
use stadtwin_model::{ClassId, Collection, Feature, class_by_name};

/// Rows on a page when the client does not say.
pub(super) const DEFAULT_ROWS: i64 = 1_000;

pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let collection = collections::named(&call).await?;
    let storage = call.state.store.storage_crs().await?;
    let reference = reference::of_answer(&call, storage.as_ref())?;
    let class = class(&call)?;
    let (first, limit) = window(&call);
    let holder = holder(&call, &collection).await?;
    let depth = call.query.integer("depth").unwrap_or(1);
    let (matched, mut features) = compute(move || {
        let (object, _) = holder.object();
        let all = below(object, depth).into_iter();
        let asked: Vec<_> =
            all.filter(|below| class.is_none_or(|class| below.object.class == class)).collect();
        let shown = asked.iter().skip(first).take(limit);
        let feature = |below: &super::expand::Below<'_>| {
            part_feature(feature_of(below.object, holder.revision), below.parent, &holder.whole.id)
        };
        Ok((asked.len(), shown.map(feature).collect::<Vec<Feature>>()))
    })
    .await?;
    code_texts::add(&call, &mut features).await?;
    let (media, uri) = (call.media, reference.uri.clone());
    let next = (first + features.len() < matched).then(|| first + features.len());
    let skips_geometry = call.query.get("skipGeometry") == Some("true");
    let body = compute(move || {
        if let Some(storage) = &storage {
            reference.place(storage, &mut features)?;
        }
        match call.media {
            Media::Html => pages::children(&call, &collection, &features, next),
            _ => write(&call, &collection, &features, matched, next, skips_geometry),
        }
    })
    .await?;
    Ok(crs_header(Answer::new(media, body), &uri))
}

/// The class asked for by name; 400 for one that does not exist.
pub(super) fn class(call: &Call) -> Result<Option<ClassId>, ApiError> {
    let Some(name) = call.query.get("class") else { return Ok(None) };
    let unknown = || {
        ApiError::BadRequest(format!(
            "`class` must be a class of CityGML 3.0 such as BuildingPart or RoofSurface, not `{}`",
            shortened(name)
        ))
    };
    class_by_name(name).map(Some).ok_or_else(unknown)
}

/// The place of the first row, and how many there are at most.
pub(super) fn window(call: &Call) -> (usize, usize) {
    let limit = call.query.integer("limit").unwrap_or(DEFAULT_ROWS).clamp(1, i64::from(MAX_LIMIT));
    let after = call.query.integer("after").unwrap_or(0);
    (usize::try_from(after).unwrap_or(usize::MAX), usize::try_from(limit).unwrap_or(1))
}

/// Without the base.
pub(super) fn next_path(call: &Call, next: usize) -> String {
    let next = next.to_string();
    format!("{}{}", call.path, call.query.with(&[("after", Some(&next)), ("f", Some(call.media.format()))]))
}

fn write(
    call: &Call,
    collection: &Collection,
    features: &[Feature],
    matched: usize,
    next: Option<usize>,
    skips_geometry: bool,
) -> Result<Vec<u8>, ApiError> {
    let mut all = own_links(call);
    if let Some(next) = next {
        all.push(link("next", &call.base.to(&next_path(call, next)), call.media, "the next page"));
    }
    let of = json_url(call, collection, call.segment("featureId"), "");
    all.push(link("up", &of, Media::GeoJson, "the object above"));
    all.push(collection_link(call, collection));
    let selection = Selection { properties: None, skips_geometry };
    let head = json!({
        "type": "FeatureCollection",
        "numberMatched": matched,
        "numberReturned": features.len(),
        "links": all,
    });
    write_features(head, features, &selection, |feature| {
        let own = call.base.to(&item_path(collection, &feature.id));
        let mut own =
            vec![link("self", &format!("{own}?f=json{}", in_scenario(call)), Media::GeoJson, "this object")];
        if let Some(Value::String(parent)) = feature.attributes.get("parent") {
            own.push(link(
                "up",
                &json_url(call, collection, parent, ""),
                Media::GeoJson,
                "what it is a part of",
            ));
        }
        own.extend(links(call, collection, feature));
        own
    })
}

/// A collection from its head and its features, each with links of its own.
pub(super) fn write_features(
    head: Value,
    features: &[Feature],
    selection: &Selection,
    links: impl Fn(&Feature) -> Vec<Value>,
) -> Result<Vec<u8>, ApiError> {
    let mut out = serde_json::to_vec(&head)?;
    out.pop();
    out.extend_from_slice(b",\"features\":[");
    for (index, feature) in features.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        geojson::write_selected(&mut out, feature, selection, &[("links", links(feature).into())])?;
    }
    out.extend_from_slice(b"]}");
    Ok(out)
}
