//! `GET /scenarios/{s}/export`: a state of a scenario as a file to take away.

use std::fs::File;
use std::io::Seek;

use axum::body::Body;
use axum::http::{HeaderName, header};

use super::access::reader;
use super::overlay::{Shown, shown_named};
use super::projects::private;
use super::session::session;
use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::collections;
use crate::api::error::ApiError;
use crate::api::file_body::FileBody;
use crate::api::negotiate::Media;
use crate::api::params::{Kind, Parameter};
use crate::api::tiles::check_heights;
use stadtwin_crs::crs_uri;
use stadtwin_formats::Version;
use stadtwin_jobs::{CityForm, PlanContent, PlanExport, PlanPart, PlanTold};

pub static CONTENT: Parameter = Parameter {
    name: "content",
    component: "exportContent",
    description: "What is exported: `planned` for the objects that the scenario brings or makes something else of, `city` for all objects of the \
                  city as it shows them.",
    kind: Kind::FirstOf(&["planned", "city"]),
};
pub static F_EXPORT: Parameter = Parameter {
    name: "f",
    component: "fExport",
    description: "The representation: `geojson` with outlines in CRS84; `cityjson`, `cityjsonseq` or `citygml2` with whole objects in the storage \
                  CRS; `citygml3` with the objects before and after, and the transactions between them; `glb`, a model near its own origin, which \
                  `asset.extras` names; `masterportal-session`, hidden, drawn and imported objects of its Modeler3D. Stands above the Accept header.",
    kind: Kind::Choice(&[
        "geojson",
        "cityjson",
        "cityjsonseq",
        "citygml3",
        "citygml2",
        "glb",
        "masterportal-session",
    ]),
};

/// Objects in a file of the whole city.
const MOST_OBJECTS: i64 = 100_000;
/// Faces in a model, which is made in memory.
const MOST_FACES: i64 = 200_000;

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let caller = reader(&call).await?;
    let shown = shown_named(&call, caller.as_ref(), &asked(&call)).await?;
    let export = export(&call, &shown).await?;
    if call.media == Media::PortalSession {
        check_heights(&call)?;
        if export.content == PlanContent::City {
            return Err(ApiError::BadRequest(
                "a session holds what a scenario changes: leave `content=city` out".to_owned(),
            ));
        }
    }
    let states: Vec<String> = export
        .parts
        .iter()
        .map(|part| format!("{}@{}", part.collection.key, part.overlay.revision))
        .collect();
    let told = told(&call, &shown).await?;
    let words = [&export.title, &told.description, &told.reason, &told.made].map(String::as_str);
    let tag = call.tag(&[shown.name().as_bytes(), states.join(" ").as_bytes(), words.join("\n").as_bytes()]);
    if let Some(answer) = call.not_modified(&tag) {
        return Ok(private(answer));
    }
    check_size(&call, &export).await?;
    // As many at a time as there are cores: the objects of each take memory.
    let permit = call.state.encoders.acquire().await.map_err(ApiError::internal)?;
    let answer = match call.media {
        Media::PortalSession => Answer::json(call.media, &session(&call, &shown, &export).await?),
        _ => written(&call, &told, &export).await?,
    };
    drop(permit);
    let disposition = format!("attachment; filename=\"{}\"", file_name(&shown, call.media));
    Ok(private(answer).with(header::CONTENT_DISPOSITION, &disposition).tagged(tag))
}

/// The scenario in the path, its revision there or in the query.
fn asked(call: &Call) -> String {
    match call.query.integer("revision") {
        Some(number) => format!("{}@{number}", call.segment("scenarioId")),
        None => call.segment("scenarioId").to_owned(),
    }
}

/// What the state makes of each collection that is asked for.
async fn export(call: &Call, shown: &Shown) -> Result<PlanExport, ApiError> {
    let store = &call.state.store;
    let content = match call.query.get("content") {
        Some("city") => PlanContent::City,
        _ => PlanContent::Planned,
    };
    let only = call.query.get("collection");
    if let Some(id) = only {
        collections::by_id(call, id).await?;
    }
    let touched = store.touched_collections(&shown.chain).await?;
    let mut parts = Vec::new();
    for collection in store.catalogue().await?.collections() {
        let is_asked = content == PlanContent::City || touched.contains(&collection.key);
        if is_asked && only.is_none_or(|only| only == collection.id) {
            let overlay = shown.overlay(call, collection).await?;
            parts.push(PlanPart { collection: collection.clone(), overlay });
        }
    }
    let (id, title) = (shown.scenario.id.clone(), shown.scenario.title.clone());
    Ok(PlanExport { id, title, content, parts })
}

async fn check_size(call: &Call, export: &PlanExport) -> Result<(), ApiError> {
    let store = &call.state.store;
    let count = export.count(store).await?;
    if count > MOST_OBJECTS {
        return Err(ApiError::BadRequest(format!(
            "{count} objects are more than the {MOST_OBJECTS} that an export may have: narrow it with `collection`, or read \
             `/collections/{{collectionId}}/items?scenario={}` with `bbox`",
            export.id
        )));
    }
    if matches!(call.media, Media::Glb | Media::PortalSession) {
        let faces = export.face_count(store).await?;
        if faces > MOST_FACES {
            return Err(ApiError::BadRequest(format!(
                "{faces} faces are more than the {MOST_FACES} that a model may have: narrow it with `collection`, or take 3D Tiles, \
                 `/scenarios/{}/3dtiles/tileset.json`",
                export.id
            )));
        }
    }
    Ok(())
}

async fn written(call: &Call, told: &PlanTold, export: &PlanExport) -> Result<Answer, ApiError> {
    let store = &call.state.store;
    let form = match call.media {
        Media::CityJson => CityForm::Document,
        Media::CityJsonSeq => CityForm::Sequence,
        Media::CityGml2 => CityForm::Gml(Version::V2),
        Media::CityGml3 => {
            let file = export.write_versions(store, told, kept()?).await.map_err(ApiError::internal)?;
            return in_storage(call, streamed(call.media, file)?).await;
        }
        Media::Glb => {
            let model = export.model(store).await.map_err(ApiError::internal)?;
            let model = model.ok_or_else(|| {
                ApiError::NotAcceptable(format!(
                    "scenario `{}` has no surfaces to show as a 3D model then; `f=geojson` shows its objects",
                    export.id
                ))
            })?;
            return in_storage(call, Answer::new(Media::Glb, model)).await;
        }
        _ => {
            let file = export.write_outlines(store, kept()?).await.map_err(ApiError::internal)?;
            return streamed(call.media, file);
        }
    };
    let file = export.write_objects(store, form, kept()?).await.map_err(ApiError::internal)?;
    in_storage(call, streamed(call.media, file)?).await
}

/// What versions say of the scenario.
async fn told(call: &Call, shown: &Shown) -> Result<PlanTold, ApiError> {
    let (store, scenario) = (&call.state.store, &shown.scenario);
    let project = store.project(&scenario.project).await?;
    let project = project.ok_or_else(|| ApiError::internal("a scenario without its project"))?;
    let version = version(shown);
    let revisions = store.scenario_revisions(scenario).await?;
    let revision = revisions.into_iter().find(|revision| revision.version == version);
    Ok(PlanTold {
        version,
        chain: shown.chain.clone(),
        moment: shown.moment,
        description: scenario.description.clone(),
        reason: format!("{}: {}", project.title, scenario.title),
        made: revision.map_or_else(|| scenario.updated.clone(), |revision| revision.made),
        url: call.base.url.clone(),
    })
}

fn version(shown: &Shown) -> i64 {
    shown.chain.links.last().map_or(0, |(_, version)| *version)
}

/// A file without a name, which is gone when it is sent: what fails is told in the place of half an answer, and a slow
/// client holds neither a thread nor memory.
fn kept() -> Result<File, ApiError> {
    tempfile::tempfile().map_err(ApiError::internal)
}

fn streamed(media: Media, mut file: File) -> Result<Answer, ApiError> {
    file.rewind().map_err(ApiError::internal)?;
    let body = FileBody::new(file).map_err(ApiError::internal)?;
    Ok(Answer { stream: Some(Body::new(body)), ..Answer::new(media, "") })
}

/// Says which CRS the coordinates are in.
async fn in_storage(call: &Call, answer: Answer) -> Result<Answer, ApiError> {
    Ok(match call.state.store.storage_crs().await? {
        Some(crs) => answer.with(HeaderName::from_static("content-crs"), &format!("<{}>", crs_uri(&crs))),
        None => answer,
    })
}

/// Ids of scenarios need no quoting.
fn file_name(shown: &Shown, media: Media) -> String {
    let extension = match media {
        Media::CityJson => "city.json",
        Media::CityJsonSeq => "city.jsonl",
        Media::CityGml2 | Media::CityGml3 => "gml",
        Media::Glb => "glb",
        Media::PortalSession => "masterportal.json",
        _ => "geojson",
    };
    format!("{}-v{}.{extension}", shown.scenario.id, version(shown))
}
