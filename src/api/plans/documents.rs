//! Projects, scenarios and operations as JSON.

use serde_json::{Value, json};

use super::access::Sight;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::links::{link, segment};
use crate::api::negotiate::Media;
use crate::api::projection::between;
use stadtwin_crs::CRS84;
use stadtwin_model::{Project, Scenario};
use stadtwin_store::{ScenarioRevision, StoredOperation};

pub fn project_path(id: &str) -> String {
    format!("/projects/{}", segment(id))
}

pub fn scenario_path(id: &str) -> String {
    format!("/scenarios/{}", segment(id))
}

/// A project as far as it is seen; its area in CRS84. Who works on it is for those who do.
pub async fn project(call: &Call, project: &Project, sight: Sight) -> Result<Value, ApiError> {
    let area = match call.state.store.storage_crs().await? {
        Some(storage) if !project.area.is_empty() => {
            let mut area = project.area.clone();
            between(&storage, &CRS84, |transformer| {
                area.iter_mut().flatten().try_for_each(|ring| transformer.convert_2d(ring))
            })??;
            json!({ "type": "MultiPolygon", "coordinates": area })
        }
        _ => Value::Null,
    };
    let url = call.base.to(&project_path(&project.id));
    Ok(json!({
        "id": project.id,
        "title": project.title,
        "description": project.description,
        "planNumber": project.plan_number,
        "owners": project.owners,
        "partners": project.partners,
        "members": if sight == Sight::Draft { project.members.as_slice() } else { &[] },
        "area": area,
        "stage": project.stage,
        "version": project.version,
        "created": project.created,
        "updated": project.updated,
        "links": [
            link("self", &url, Media::Json, &project.title),
            link("item", &format!("{url}/scenarios"), Media::Json, "its scenarios"),
        ],
    }))
}

/// A scenario as far as it is seen.
pub fn scenario(call: &Call, scenario: &Scenario, sight: Sight) -> Value {
    let url = call.base.to(&scenario_path(&scenario.id));
    let mut links = vec![
        link("self", &url, Media::Json, &scenario.title),
        link("up", &call.base.to(&project_path(&scenario.project)), Media::Json, "the project"),
        link("version-history", &format!("{url}/revisions"), Media::Json, "the revisions"),
        link("operations", &format!("{url}/operations"), Media::Json, "what is done in it"),
    ];
    if let Some(parent) = &scenario.parent {
        links.push(link(
            "predecessor-version",
            &call.base.to(&scenario_path(parent)),
            Media::Json,
            "what it builds on",
        ));
    }
    let mut document = json!({
        "id": scenario.id,
        "project": scenario.project,
        "parent": scenario.parent,
        "title": scenario.title,
        "description": scenario.description,
        "tags": scenario.tags,
        "visibility": scenario.visibility,
        "publishedRevision": scenario.published_revision,
        "created": scenario.created,
        "updated": scenario.updated,
        "links": links,
    });
    if sight == Sight::Draft {
        document["state"] = scenario.state.name().into();
        document["version"] = scenario.version.into();
        document["agreed"] = json!(scenario.agreed);
    } else {
        document["state"] = "published".into();
    }
    document
}

pub fn operation(operation: &StoredOperation, collection: &str) -> Value {
    let time = |moment: Option<i64>| {
        moment.and_then(|moment| jiff::Timestamp::from_microsecond(moment).ok()).map(|time| time.to_string())
    };
    json!({
        "seq": operation.seq,
        "batch": operation.batch,
        "op": operation.kind,
        "collection": collection,
        "targets": operation.targets,
        "made": operation.made,
        "parameters": operation.body,
        "validity": { "from": time(operation.span.from), "to": time(operation.span.to) },
        "phase": operation.phase,
        "author": operation.author,
        "time": operation.time,
        "comment": operation.comment,
    })
}

pub fn revision(call: &Call, scenario: &Scenario, revision: &ScenarioRevision) -> Value {
    let hash: String = revision.hash.iter().map(|byte| format!("{byte:02x}")).collect();
    json!({
        "number": revision.number,
        "version": revision.version,
        "hash": hash,
        "reason": revision.reason,
        "comment": revision.comment,
        "published": revision.is_public,
        "made": revision.made,
        "madeBy": revision.made_by,
        "links": [link(
            "item",
            &call.base.to(&format!("{}/operations?revision={}", scenario_path(&scenario.id), revision.number)),
            Media::Json,
            "its operations",
        )],
    })
}
