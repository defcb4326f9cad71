//! `/projects`: undertakings of planning.

use axum::body::Body;
use axum::http::{StatusCode, header};
use bytes::Bytes;
use serde_json::{Value, json};

use super::access::{self, Sight, reader};
use super::body::{self, Members, unusable};
use super::documents::{self, project_path};
use super::operations::check_sent_version;
use super::paging::{Asked, Filling};
use super::{pages, scenarios};
use crate::api::answer::Answer;
use crate::api::auth::Caller;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::html;
use crate::api::negotiate::Media;
use crate::api::projection::between;
use stadtwin_access::{Action, Decision, Role, decide, random_hex};
use stadtwin_crs::CRS84;
use stadtwin_formats::{ShapeKind, read_shape};
use stadtwin_model::Project;
use stadtwin_store::NewProject;

const MEMBERS: [&str; 8] =
    ["id", "title", "description", "planNumber", "owners", "partners", "members", "area"];

pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let caller = reader(&call).await?;
    let mut filling = Filling::new(Asked::of(&call));
    loop {
        let piece = call.state.store.projects(filling.after, filling.wanted()).await?;
        let is_last = (piece.len() as i64) < filling.wanted();
        for project in piece {
            let standing = access::of_project(&call.state, &project).await?;
            let sight = access::sight(caller.as_ref(), &standing);
            filling.look(project.key, sight.map(|sight| (project, sight)));
            if filling.is_full() {
                break;
            }
        }
        if is_last || filling.is_full() {
            break;
        }
    }
    let part = filling.part();
    if html::wanted(&call) {
        let owners: Vec<String> =
            part.entries.iter().flat_map(|(project, _)| project.owners.iter().cloned()).collect();
        return pages::projects(&call, &part, &call.state.store.organization_names(&owners).await?);
    }
    let mut entries = Vec::new();
    for (project, sight) in &part.entries {
        entries.push(documents::project(&call, project, *sight).await?);
    }
    Ok(private(Answer::json(Media::Json, &json!({ "links": part.links(&call), "projects": entries }))))
}

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let caller = reader(&call).await?;
    let (project, sight) = access::seen_project(&call, caller.as_ref()).await?;
    if html::wanted(&call) {
        let scenarios = scenarios::part(&call, Some(project.key), Asked::WHOLE).await?;
        let named: Vec<String> = project.owners.iter().chain(&project.partners).cloned().collect();
        let names = call.state.store.organization_names(&named).await?;
        return pages::project(&call, &project, &scenarios, &names);
    }
    answer(&call, &project, sight).await
}

pub async fn create(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    let members = body::object(&call, body, &MEMBERS).await?;
    let new = read(&call, &members, None).await?;
    for owner in &new.owners {
        let works_there = [Role::Planner, Role::Lead, Role::Publisher];
        if !caller.has_one_of(&works_there, owner) {
            return Err(ApiError::refused(
                StatusCode::FORBIDDEN,
                format!("to begin a project of `{owner}` needs a planner, lead or publisher of it"),
            ));
        }
    }
    let id = match members.id()? {
        Some(id) => id,
        None => format!("project-{}", random_hex(6).map_err(ApiError::internal)?),
    };
    let store = &call.state.store;
    store
        .add_project(&id, &new, &caller.subject)
        .await
        .map_err(|cause| body::taken(cause, "project", &id))?;
    let project =
        store.project(&id).await?.ok_or_else(|| ApiError::internal("a project that is not there"))?;
    let location = call.base.to(&project_path(&id));
    let answer = answer(&call, &project, Sight::Draft).await?.with(header::LOCATION, &location);
    Ok(Answer { status: StatusCode::CREATED, ..answer }.uncached())
}

pub async fn update(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    let project = editable(&call, &caller).await?;
    check_sent_version(&call.headers, project.version)?;
    let members = body::object(&call, body, &MEMBERS[1..]).await?;
    let new = read(&call, &members, Some(&project)).await?;
    let owners_change = new.owners != project.owners || new.members != project.members;
    if owners_change && !project.owners.iter().all(|owner| caller.has_one_of(&[], owner)) {
        return Err(ApiError::refused(
            StatusCode::FORBIDDEN,
            "to change the owners or members of a project needs an admin of every owner".to_owned(),
        ));
    }
    if !call.state.store.change_project(&project, &new).await? {
        return Err(changed());
    }
    let project = call.state.store.project(&project.id).await?;
    let project = project.ok_or_else(|| ApiError::internal("a project that is not there"))?;
    Ok(answer(&call, &project, Sight::Draft).await?.uncached())
}

pub async fn remove(call: Call, caller: Caller) -> Result<Answer, ApiError> {
    let project = access::project(&call, Some(&caller), Action::Administer).await?;
    if !call.state.store.remove_project(&project).await? {
        return Err(ApiError::refused(
            StatusCode::CONFLICT,
            "the project has scenarios: remove or archive those first".to_owned(),
        ));
    }
    Ok(nothing())
}

async fn editable(call: &Call, caller: &Caller) -> Result<Project, ApiError> {
    let project = access::project(call, Some(caller), Action::ReadDraft).await?;
    let standing = access::of_project(&call.state, &project).await?;
    let may = [Action::EditDraft, Action::Share, Action::Administer]
        .into_iter()
        .any(|action| decide(Some(caller), action, &standing) == Decision::Allowed);
    if !may {
        return Err(ApiError::refused(
            StatusCode::FORBIDDEN,
            "to change a project needs a planner, lead or admin of an owner".to_owned(),
        ));
    }
    Ok(project)
}

async fn answer(call: &Call, project: &Project, sight: Sight) -> Result<Answer, ApiError> {
    let document = documents::project(call, project, sight).await?;
    let tag = call.tag(&[document.to_string().as_bytes()]);
    let tag = format!("\"{}.{}", project.version, tag.trim_start_matches('"'));
    Ok(private(Answer::json(Media::Json, &document)).tagged(tag))
}

/// The project as the members say, over what it was.
async fn read(call: &Call, members: &Members, before: Option<&Project>) -> Result<NewProject, ApiError> {
    let was = |of: fn(&Project) -> Vec<String>| before.map(of).unwrap_or_default();
    let title = members.title("title")?.or_else(|| before.map(|before| before.title.clone()));
    let owners = members.texts("owners")?.unwrap_or_else(|| was(|project| project.owners.clone()));
    if owners.is_empty() {
        return Err(unusable("`owners` is missing: name the organizations that plan".to_owned()));
    }
    let area = match members.0.get("area") {
        None => before.map(|before| before.area.clone()).unwrap_or_default(),
        Some(area) => area_of(call, area).await?,
    };
    let plan_number = match members.has("planNumber") {
        true => members.title("planNumber")?,
        false => before.and_then(|before| before.plan_number.clone()),
    };
    let partners = members.texts("partners")?.unwrap_or_else(|| was(|project| project.partners.clone()));
    body::check_organizations(call, "owners", &owners).await?;
    body::check_organizations(call, "partners", &partners).await?;
    let description = members.text("description")?;
    Ok(NewProject {
        title: title.ok_or_else(|| unusable("`title` is missing".to_owned()))?,
        description: description
            .or_else(|| before.map(|before| before.description.clone()))
            .unwrap_or_default(),
        plan_number,
        owners,
        partners,
        members: members.texts("members")?.unwrap_or_else(|| was(|project| project.members.clone())),
        area,
    })
}

/// A polygon or several of CRS84 in the storage CRS, rings closed.
pub(super) async fn area_of(call: &Call, area: &Value) -> Result<Vec<Vec<Vec<[f64; 2]>>>, ApiError> {
    let wrong = |detail: String| unusable(format!("`area`: {detail}"));
    let Some(shape) = read_shape(area).map_err(wrong)? else { return Ok(Vec::new()) };
    if shape.kind != ShapeKind::Polygons {
        return Err(wrong("must be a Polygon or MultiPolygon in CRS84".to_owned()));
    }
    let storage = call.state.store.storage_crs().await?;
    let storage = storage.ok_or_else(|| {
        ApiError::refused(
            StatusCode::CONFLICT,
            "the twin has no coordinate reference system yet: import a file first".to_owned(),
        )
    })?;
    let closed = |ring: &Vec<[f64; 3]>| {
        let mut ring: Vec<[f64; 2]> = ring.iter().map(|point| [point[0], point[1]]).collect();
        ring.extend(ring.first().copied());
        ring
    };
    let mut area: Vec<Vec<Vec<[f64; 2]>>> =
        shape.parts.iter().map(|polygon| polygon.iter().map(closed).collect()).collect();
    between(&CRS84, &storage, |transformer| {
        area.iter_mut().flatten().try_for_each(|ring| transformer.convert_2d(ring))
    })?
    .map_err(|error| wrong(error.to_string()))?;
    Ok(area)
}

pub(super) fn changed() -> ApiError {
    ApiError::refused(StatusCode::PRECONDITION_FAILED, "it was changed meanwhile: read it again".to_owned())
}

pub(super) fn nothing() -> Answer {
    let nothing = Answer::new(Media::Json, Bytes::new());
    Answer { status: StatusCode::NO_CONTENT, ..nothing }.uncached()
}

/// For nobody's cache but the client's own.
pub(super) fn private(answer: Answer) -> Answer {
    answer.with(header::CACHE_CONTROL, "private, no-cache")
}
