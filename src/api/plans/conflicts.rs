//! `/conflicts`: where plans stand in each other's way, for who sees both sides.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use super::access::{self, Sight};
use super::body::{self, unusable};
use super::detection::search;
use super::operations::check_sent_version;
use super::overlay::is_name;
use super::projects::{changed, private};
use crate::api::answer::Answer;
use crate::api::auth::Caller;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::links::link;
use crate::api::negotiate::Media;
use crate::api::params::{Kind, Parameter, shortened};
use crate::api::projection::{Direction, compute, with_transformer};
use crate::api::state::AppState;
use stadtwin_access::{Action, PlanStanding, Role};
use stadtwin_model::Project;
use stadtwin_store::StoredConflict;

/// Conflicts on a page at the most.
const MOST: i64 = 1_000;
const DEFAULT: i64 = 100;
const STATES: [&str; 4] = ["open", "acknowledged", "resolved", "accepted"];

pub static OF_SCENARIO: Parameter = Parameter {
    name: "scenario",
    component: "conflictScenario",
    description: "Only conflicts of this scenario.",
    kind: Kind::Form("^[A-Za-z0-9_-]{1,60}$"),
};
pub static OF_ORGANIZATION: Parameter = Parameter {
    name: "organization",
    component: "conflictOrganization",
    description: "Only conflicts of plans of this organization.",
    kind: Kind::Text,
};
pub static IN_STATE: Parameter = Parameter {
    name: "state",
    component: "conflictState",
    description: "Only conflicts in this state.",
    kind: Kind::Choice(&STATES),
};

/// A scenario with what rights on it depend on.
pub struct Side {
    pub project: Project,
    standing: PlanStanding,
    /// The version that others see.
    published: Option<i64>,
}

impl Side {
    pub fn sight(&self, caller: &Caller) -> Option<Sight> {
        access::sight(Some(caller), &self.standing)
    }
}

/// Scenarios of conflicts, each read once.
#[derive(Default)]
pub struct Sides(HashMap<String, Option<Arc<Side>>>);

impl Sides {
    pub async fn of(&mut self, state: &AppState, id: &str) -> Result<Option<Arc<Side>>, ApiError> {
        if let Some(known) = self.0.get(id) {
            return Ok(known.clone());
        }
        let store = &state.store;
        let side = match store.scenario(id).await? {
            None => None,
            Some(scenario) => {
                let (project, standing) = access::of_scenario(state, &scenario).await?;
                let revisions = store.scenario_revisions(&scenario).await?;
                let published = revisions.iter().find(|revision| {
                    revision.is_public && Some(revision.number) == scenario.published_revision
                });
                let published = published.map(|revision| revision.version);
                Some(Arc::new(Side { project, standing, published }))
            }
        };
        self.0.insert(id.to_owned(), side.clone());
        Ok(side)
    }

    /// Whether somebody may see both sides in the states that were compared, and works on one of them.
    pub async fn shows(
        &mut self,
        state: &AppState,
        caller: Option<&Caller>,
        conflict: &StoredConflict,
    ) -> Result<bool, ApiError> {
        let found = &conflict.found;
        let first = Some((found.first.1, found.is_public.0, &conflict.names.0));
        let second = found.second.zip(conflict.names.1.as_ref());
        let second = second.map(|((_, version), name)| (version, found.is_public.1, name));
        let mut works_there = false;
        for (version, is_public, name) in [first, second].into_iter().flatten() {
            let Some(side) = self.of(state, name).await? else { return Ok(false) };
            match access::sight(caller, &side.standing) {
                Some(Sight::Draft) => works_there = true,
                Some(Sight::Published) if is_public && side.published == Some(version) => {}
                _ => return Ok(false),
            }
        }
        Ok(works_there)
    }

    /// The owner of one of the sides that somebody works for.
    async fn settles_for(
        &mut self,
        state: &AppState,
        caller: &Caller,
        conflict: &StoredConflict,
    ) -> Result<Option<String>, ApiError> {
        for name in [Some(&conflict.names.0), conflict.names.1.as_ref()].into_iter().flatten() {
            let Some(side) = self.of(state, name).await? else { continue };
            let roles = [Role::Planner, Role::Lead, Role::Publisher];
            let mut owners = side.project.owners.iter();
            if let Some(owner) = owners.find(|owner| caller.has_one_of(&roles, owner)) {
                return Ok(Some(owner.clone()));
            }
        }
        Ok(None)
    }
}

/// `GET /conflicts`.
pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let caller = signed_in(&call).await?;
    let scenario = match call.query.get("scenario") {
        None => None,
        Some(id) if !is_name(id) || id.contains('@') => {
            let id = shortened(id);
            return Err(ApiError::BadRequest(format!("`scenario` must be the id of a scenario, not `{id}`")));
        }
        Some(id) => Some(access::seen(&call, Some(&caller), id).await?.0.key),
    };
    page(&call, &caller, scenario).await
}

/// `POST /scenarios/{s}/conflicts`: looks for them now.
pub async fn find(call: Call, caller: Caller) -> Result<Answer, ApiError> {
    let (scenario, _) = access::scenario(&call, Some(&caller), Action::CommentInternal).await?;
    search(&call.state, &scenario.id).await?;
    call.state.store.note_search(&scenario.id).await?;
    Ok(page(&call, &caller, Some(scenario.key)).await?.uncached())
}

async fn page(call: &Call, caller: &Caller, scenario: Option<i64>) -> Result<Answer, ApiError> {
    let limit = call.query.integer("limit").unwrap_or(DEFAULT).clamp(1, MOST);
    let mut after = call.query.integer("after").unwrap_or(0);
    let organization = call.query.get("organization");
    let state = call.query.get("state");
    let mut sides = Sides::default();
    let (mut entries, mut more) = (Vec::new(), None);
    'pages: loop {
        let rows = call.state.store.conflicts(scenario, state, after, MOST).await?;
        let is_last = (rows.len() as i64) < MOST;
        for conflict in rows {
            let id = conflict.id;
            if sides.shows(&call.state, Some(caller), &conflict).await?
                && belongs(call, &mut sides, &conflict, organization).await?
            {
                if entries.len() as i64 == limit {
                    more = Some(after);
                    break 'pages;
                }
                entries.push(document(call, conflict).await?);
            }
            after = id;
        }
        if is_last {
            break;
        }
    }
    let mut links = call.own_links();
    if let Some(after) = more {
        let query = call.query.with(&[("after", Some(&after.to_string()))]);
        links.push(link(
            "next",
            &call.base.to(&format!("{}{query}", call.path)),
            call.media,
            "the next page",
        ));
    }
    Ok(private(Answer::json(Media::Json, &json!({ "links": links, "conflicts": entries }))))
}

async fn belongs(
    call: &Call,
    sides: &mut Sides,
    conflict: &StoredConflict,
    organization: Option<&str>,
) -> Result<bool, ApiError> {
    let Some(organization) = organization else { return Ok(true) };
    for name in [Some(&conflict.names.0), conflict.names.1.as_ref()].into_iter().flatten() {
        let side = sides.of(&call.state, name).await?;
        if side.is_some_and(|side| side.project.owners.iter().any(|owner| owner == organization)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// `GET /conflicts/{id}`.
pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let caller = access::reader(&call).await?;
    let (conflict, _) = visible(&call, caller.as_ref()).await?;
    answered(&call, conflict).await
}

/// `PATCH /conflicts/{id}`: another state, with a comment; the history stays.
pub async fn settle(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    let (conflict, mut sides) = visible(&call, Some(&caller)).await?;
    let owner = sides.settles_for(&call.state, &caller, &conflict).await?.ok_or_else(|| {
        ApiError::refused(
            StatusCode::FORBIDDEN,
            "this needs a planner, lead or publisher of an organization that owns one of the plans"
                .to_owned(),
        )
    })?;
    check_sent_version(&call.headers, conflict.version)?;
    let members = body::object(&call, body, &["state", "comment"]).await?;
    let state = members.text("state")?.filter(|state| STATES.contains(&state.as_str()));
    let state = state.ok_or_else(|| unusable(format!("`state` must be one of {}", STATES.join(", "))))?;
    let comment = members.text("comment")?;
    let store = &call.state.store;
    if !store.settle_conflict(&conflict, &state, comment.as_deref(), (&caller.name, &owner)).await? {
        return Err(changed());
    }
    let conflict = store.conflict(conflict.id).await?;
    let conflict = conflict.ok_or_else(|| ApiError::internal("a conflict that is not there"))?;
    answered(&call, conflict).await.map(Answer::uncached)
}

async fn visible(call: &Call, caller: Option<&Caller>) -> Result<(StoredConflict, Sides), ApiError> {
    let asked = call.segment("conflictId");
    let missing = || ApiError::NotFound(format!("no conflict `{}`", shortened(asked)));
    let id = asked.parse().map_err(|_| missing())?;
    let conflict = call.state.store.conflict(id).await?.ok_or_else(missing)?;
    let mut sides = Sides::default();
    match sides.shows(&call.state, caller, &conflict).await? {
        true => Ok((conflict, sides)),
        false => Err(missing()),
    }
}

async fn answered(call: &Call, conflict: StoredConflict) -> Result<Answer, ApiError> {
    let tag = format!("\"{}.{}\"", conflict.version, conflict.id);
    let mut document = document(call, conflict).await?;
    document["links"] = json!(call.own_links());
    Ok(private(Answer::json(Media::Json, &document).with(header::ETAG, &tag)))
}

async fn document(call: &Call, conflict: StoredConflict) -> Result<Value, ApiError> {
    let found = conflict.found;
    let geometry = match call.state.store.storage_crs().await? {
        Some(storage) if !found.footprint.is_empty() => {
            let mut outline = found.footprint;
            compute(move || {
                with_transformer(&storage, Direction::ToLonLat, |to| {
                    outline.iter_mut().flatten().try_for_each(|ring| to.convert_2d(ring))
                })??;
                Ok(json!({ "type": "MultiPolygon", "coordinates": outline }))
            })
            .await?
        }
        _ => Value::Null,
    };
    Ok(json!({
        "id": conflict.id,
        "code": found.code,
        "severity": found.severity,
        "first": side(Some(conflict.names.0), found.first_object),
        "second": match (&conflict.names.1, &found.second_object) {
            (None, None) => Value::Null,
            _ => side(conflict.names.1, found.second_object),
        },
        "geometry": geometry,
        "area": found.area_m2,
        "volume": found.volume_m3,
        "distance": found.distance_m,
        "intervals": found.spans,
        "estimated": found.estimated,
        "state": conflict.state,
        "version": conflict.version,
        "history": conflict.history,
        "found": conflict.made,
        "updated": conflict.updated,
    }))
}

/// `buildings/B1` is an object, all else the id of a neighbour.
fn side(scenario: Option<String>, object: Option<String>) -> Value {
    let named = object.as_deref().and_then(|object| object.split_once('/'));
    let neighbour = object.as_deref().filter(|_| named.is_none());
    json!({
        "scenario": scenario,
        "collection": named.map(|(collection, _)| collection),
        "featureId": named.map(|(_, id)| id),
        "organization": neighbour,
    })
}

async fn signed_in(call: &Call) -> Result<Caller, ApiError> {
    access::reader(call).await?.ok_or_else(|| {
        ApiError::refused(
            StatusCode::UNAUTHORIZED,
            "this needs a token: it shows conflicts of your organizations' plans".to_owned(),
        )
    })
}
