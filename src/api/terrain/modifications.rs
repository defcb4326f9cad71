//! `/terrain/{id}/modifications`: changes of the ground as GeoJSON features, with the earth that they move.

use axum::body::Body;
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use serde_json::{Value, json};

use super::places::{asked_crs, out_of_area};
use super::{crs_uri, named, path, refused};
use crate::api::answer::Answer;
use crate::api::auth::{self, Caller};
use crate::api::call::Call;
use crate::api::collections::CRS84_URI;
use crate::api::error::ApiError;
use crate::api::etag;
use crate::api::links::{Links, link};
use crate::api::negotiate::Media;
use crate::api::params::{DEFAULT_LIMIT, shortened};
use crate::api::projection::{between, compute};
use stadtwin_crs::{CRS84, Transformer};
use stadtwin_jobs::{
    ModificationError, add_modification, figures_now, modification_feature, parse_modification,
    replace_modification,
};
use stadtwin_model::{Crs, EditFigures, Target, Terrain, TerrainModification};
use stadtwin_store::{NewModification, Written};

/// Longest body [bytes]: a triangulation of the most points there may be.
const BODY_BYTES: usize = 16 << 20;
/// Modifications on a page at the most: each may have to be reckoned anew.
const MAX_LIMIT: i64 = 100;

pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let terrain = named(&call).await?;
    let crs = asked_crs(call.query.get("crs"))?;
    let limit = call.query.integer("limit").unwrap_or(i64::from(DEFAULT_LIMIT)).clamp(1, MAX_LIMIT);
    let after = call.query.integer("after").unwrap_or(0);
    let store = &call.state.store;
    let mut found = store.terrain_modifications(terrain.key, after, limit as u32 + 1).await?;
    let has_more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| has_more).map(|last| last.id);
    let features = features(&call, &terrain, found, crs).await?;
    let document = json!({
        "type": "FeatureCollection",
        "numberReturned": features.len(),
        "links": links(&call, next),
        "features": features,
    });
    Ok(in_crs(Answer::json(Media::GeoJson, &document), crs))
}

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let terrain = named(&call).await?;
    let modification = modification(&call, &terrain).await?;
    answer(&call, &terrain, &modification).await
}

pub async fn create(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    let terrain = writable(&call, &caller).await?;
    let new = read(&call, &terrain, body).await?;
    let permit = call.state.encoders.clone().acquire_owned().await.map_err(ApiError::internal)?;
    let added = add_modification(&call.state.store, &call.state.heights_kept, &terrain, new).await;
    let modification = added.map_err(refused)?;
    drop(permit);
    tracing::info!(
        terrain = terrain.id,
        modification.id,
        token = caller.name,
        "Made modification {}",
        modification.id
    );
    let location = call.base.to(&format!("{}/modifications/{}", path(&terrain), modification.id));
    let answer = answer(&call, &terrain, &modification).await?.with(header::LOCATION, &location);
    Ok(Answer { status: StatusCode::CREATED, ..answer }.uncached())
}

pub async fn replace(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    let terrain = writable(&call, &caller).await?;
    let before = modification(&call, &terrain).await?;
    let expected = expected(&call.headers, &before)?;
    let new = read(&call, &terrain, body).await?;
    let permit = call.state.encoders.clone().acquire_owned().await.map_err(ApiError::internal)?;
    let (store, kept) = (&call.state.store, &call.state.heights_kept);
    let written = replace_modification(store, kept, &terrain, (before.id, expected), new).await;
    let written = written.map_err(refused)?;
    drop(permit);
    let modification = done(&terrain, before.id, written)?;
    Ok(answer(&call, &terrain, &modification).await?.uncached())
}

pub async fn remove(call: Call, caller: Caller) -> Result<Answer, ApiError> {
    let terrain = writable(&call, &caller).await?;
    let before = modification(&call, &terrain).await?;
    let expected = expected(&call.headers, &before)?;
    let written = call.state.store.remove_terrain_modification(terrain.key, before.id, expected).await?;
    done(&terrain, before.id, written)?;
    let nothing = Answer::new(Media::GeoJson, Bytes::new());
    Ok(Answer { status: StatusCode::NO_CONTENT, ..nothing }.uncached())
}

/// The terrain in the path, for a caller who may change it.
async fn writable(call: &Call, caller: &Caller) -> Result<Terrain, ApiError> {
    // Before anything is said about what there is.
    auth::check_import(caller, Some(&Target::Terrain(call.segment("terrainId").to_owned())))?;
    named(call).await
}

async fn modification(call: &Call, terrain: &Terrain) -> Result<TerrainModification, ApiError> {
    let asked = call.segment("modificationId");
    let found = match asked.parse() {
        Ok(id) => call.state.store.terrain_modification(terrain.key, id).await?,
        Err(_) => None,
    };
    found.ok_or_else(|| missing(terrain, asked))
}

fn missing(terrain: &Terrain, id: &str) -> ApiError {
    ApiError::NotFound(format!("terrain `{}` has no modification `{}`", terrain.id, shortened(id)))
}

fn done<T>(terrain: &Terrain, id: i64, written: Written<T>) -> Result<T, ApiError> {
    match written {
        Written::Done(value) => Ok(value),
        Written::Changed(revision) => Err(changed(revision)),
        Written::Missing | Written::Full(_) => Err(missing(terrain, &id.to_string())),
    }
}

fn changed(revision: i64) -> ApiError {
    ApiError::refused(
        StatusCode::PRECONDITION_FAILED,
        format!("the modification has revision {revision} now, not the one in `If-Match`: read it again"),
    )
}

/// The revision that must still hold when the change is written; 412 where `If-Match` names none that does.
fn expected(headers: &HeaderMap, before: &TerrainModification) -> Result<Option<i64>, ApiError> {
    let values = headers.get_all(header::IF_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut tags = values.flat_map(|value| value.split(',')).map(str::trim).peekable();
    if tags.peek().is_none() {
        return Ok(None);
    }
    // A tag begins with the revision; what stands behind it tells representations apart.
    let revision = |tag: &str| tag.strip_prefix('"')?.split(['.', '"']).next()?.parse::<i64>().ok();
    if tags.any(|tag| tag == "*" || revision(tag) == Some(before.revision)) {
        return Ok(Some(before.revision));
    }
    Err(changed(before.revision))
}

/// The body, read and converted.
async fn read(call: &Call, terrain: &Terrain, body: Body) -> Result<NewModification, ApiError> {
    let kind =
        call.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !["", "application/geo+json", "application/json"].contains(&kind) {
        return Err(ApiError::refused(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            format!("a modification comes as application/geo+json, not `{}`", shortened(kind)),
        ));
    }
    let timeout = call.state.timeout;
    let bytes = tokio::time::timeout(timeout, axum::body::to_bytes(body, BODY_BYTES))
        .await
        .map_err(|_| ApiError::Timeout { seconds: timeout.as_secs() })?;
    let bytes = bytes.map_err(|_| {
        ApiError::refused(
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("the body is longer than {BODY_BYTES} bytes"),
        )
    })?;
    let crs = asked_crs(call.query.get("crs"))?;
    let terrain = terrain.clone();
    compute(move || parse_modification(&bytes, &crs, &terrain).map_err(refused)).await
}

async fn answer(
    call: &Call,
    terrain: &Terrain,
    modification: &TerrainModification,
) -> Result<Answer, ApiError> {
    let crs = asked_crs(call.query.get("crs"))?;
    let document = features(call, terrain, vec![modification.clone()], crs).await?.pop().unwrap_or_default();
    let answer = in_crs(Answer::json(Media::GeoJson, &document), crs);
    let state = etag::tag(&[&answer.body]);
    Ok(answer.tagged(format!("\"{}.{}", modification.revision, state.trim_start_matches('"'))))
}

/// Each with its figures as they are now. They are written in one go: to find the way between two systems takes longer.
async fn features(
    call: &Call,
    terrain: &Terrain,
    modifications: Vec<TerrainModification>,
    crs: Crs,
) -> Result<Vec<Value>, ApiError> {
    let (store, kept) = (&call.state.store, &call.state.heights_kept);
    let mut found = Vec::with_capacity(modifications.len());
    for modification in modifications {
        let figures = figures_now(store, kept, terrain, &modification).await.map_err(refused)?;
        found.push((modification, figures));
    }
    let url = call.base.to(&format!("{}/modifications", path(terrain)));
    let terrain = terrain.clone();
    compute(move || {
        let feature = |transformer: &Transformer,
                       (modification, figures): &(TerrainModification, EditFigures)| {
            let mut feature = modification_feature(&terrain, modification, figures, &crs, transformer)?;
            let own = format!("{url}/{}", modification.id);
            feature["links"] = json!([link("self", &own, Media::GeoJson, "this modification")]);
            Ok(feature)
        };
        let all = between(&terrain.crs, &crs, |transformer| {
            found.iter().map(|one| feature(transformer, one)).collect::<Result<_, ModificationError>>()
        });
        all.map_err(out_of_area)?.map_err(refused)
    })
    .await
}

fn links(call: &Call, next: Option<i64>) -> Links {
    let mut links = call.own_links();
    if let Some(next) = next {
        let query = call.query.with(&[("after", Some(&next.to_string()))]);
        let url = call.base.to(&format!("{}{query}", call.path));
        links.push(link("next", &url, Media::GeoJson, "the next page"));
    }
    links
}

fn in_crs(answer: Answer, crs: Crs) -> Answer {
    let uri = if crs == CRS84 { CRS84_URI.to_owned() } else { crs_uri(crs.horizontal) };
    answer.with(HeaderName::from_static("content-crs"), &format!("<{uri}>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_match_names_the_revision() {
        let before = TerrainModification {
            id: 1,
            scenario: None,
            name: String::new(),
            is_enabled: true,
            in_base: false,
            edit: stadtwin_model::GroundEdit {
                polygon: Vec::new(),
                target: stadtwin_model::GroundTarget::Level(0.0),
                embankment: None,
            },
            figures: None,
            revision: 3,
            created: String::new(),
            changed: String::new(),
        };
        for (header, expected_revision) in [
            ("\"3.abc\"", Some(3)),
            ("\"3.abc-gzip\"", Some(3)),
            ("\"2.x\", \"3\"", Some(3)),
            ("*", Some(3)),
            ("\"2.abc\"", None),
            ("\"30.abc\"", None),
            // RFC 9110 13.1.1: weak tags never match.
            ("W/\"3.abc\"", None),
            ("", None),
        ] {
            let headers = [(header::IF_MATCH, header.parse().unwrap())].into_iter().collect();
            let found = expected(&headers, &before).ok().flatten();
            assert_eq!(found, expected_revision, "{header}");
        }
        assert_eq!(expected(&HeaderMap::new(), &before).unwrap(), None);
    }
}
