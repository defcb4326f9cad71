//! `/scenarios/{s}/shares`: whom a draft is shared with.

use axum::body::Body;
use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use super::access;
use super::body::{self, unusable};
use super::detection::detect_or_log;
use super::documents::scenario_path;
use super::notices;
use super::projects::{nothing, private};
use crate::api::answer::Answer;
use crate::api::auth::Caller;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::negotiate::Media;
use crate::api::params::shortened;
use crate::api::time;
use stadtwin_access::{Action, GrantLevel};
use stadtwin_store::{NewGrant, StoredGrant};

pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let caller = access::reader(&call).await?;
    let (scenario, project) = access::scenario(&call, caller.as_ref(), Action::ReadDraft).await?;
    let grants = call.state.store.grants(project.key, Some(scenario.key)).await?;
    let entries: Vec<Value> = grants.iter().map(document).collect();
    let document = json!({ "links": call.own_links(), "shares": entries });
    Ok(private(Answer::json(Media::Json, &document)))
}

pub async fn create(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    let (scenario, project) = access::scenario(&call, Some(&caller), Action::Share).await?;
    let members = body::object(&call, body, &["organization", "person", "level", "expires"]).await?;
    let (organization, person) = (members.title("organization")?, members.title("person")?);
    if organization.is_some() == person.is_some() {
        return Err(unusable("one of `organization` and `person` must be there".to_owned()));
    }
    let level = members.text("level")?.unwrap_or_else(|| GrantLevel::Read.name().to_owned());
    let level: GrantLevel = level.parse().map_err(|error| unusable(format!("`level`: {error}")))?;
    let expires = match members.text("expires")? {
        None => None,
        Some(text) => Some(time::moment(&text).ok_or_else(|| {
            unusable(format!("`expires` must be a date or an RFC 3339 date-time, not `{}`", shortened(&text)))
        })?),
    };
    body::check_organizations(&call, "organization", organization.as_slice()).await?;
    let new = NewGrant {
        project: project.key,
        scenario: Some(scenario.key),
        organization,
        person,
        level: level.name(),
        expires,
        by: caller.subject.clone(),
    };
    let id = call.state.store.add_grant(&new).await?;
    if let Some(organization) = &new.organization {
        let subject = json!({ "level": new.level });
        let told = vec![organization.clone()];
        notices::tell(&call, told, &project, Some(&scenario), "scenario.shared", subject).await?;
    }
    detect_or_log(&call.state, &scenario.id).await;
    let grants = call.state.store.grants(project.key, Some(scenario.key)).await?;
    let grant =
        grants.iter().find(|grant| grant.id == id).map(document).unwrap_or_else(|| json!({ "id": id }));
    let location = call.base.to(&format!("{}/shares/{id}", scenario_path(&scenario.id)));
    let answer = Answer::json(Media::Json, &grant).with(header::LOCATION, &location);
    Ok(Answer { status: StatusCode::CREATED, ..answer }.uncached())
}

pub async fn remove(call: Call, caller: Caller) -> Result<Answer, ApiError> {
    let (scenario, project) = access::scenario(&call, Some(&caller), Action::Share).await?;
    let asked = call.segment("shareId");
    let missing = || ApiError::NotFound(format!("the scenario has no share `{}`", shortened(asked)));
    let id = asked.parse().map_err(|_| missing())?;
    match call.state.store.revoke_grant(project.key, Some(scenario.key), id).await? {
        true => Ok(nothing()),
        false => Err(missing()),
    }
}

fn document(grant: &StoredGrant) -> Value {
    json!({
        "id": grant.id,
        "scenario": grant.scenario,
        "organization": grant.organization,
        "person": grant.person,
        "level": grant.level,
        "expires": grant.expires,
        "created": grant.created,
        "createdBy": grant.created_by,
    })
}
