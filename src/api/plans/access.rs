//! Who may do what with a plan. The rules stand in the access floor; here they meet the request.

use axum::http::StatusCode;

use crate::api::auth::Caller;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::params::shortened;
use crate::api::state::AppState;
use stadtwin_access::{Action, Decision, Grant, GrantLevel, Grantee, PlanStanding, Visibility, decide};
use stadtwin_model::{EditState, Project, Scenario};
use stadtwin_store::StoredGrant;

/// What rights on a project depend on.
pub async fn of_project(state: &AppState, project: &Project) -> Result<PlanStanding, ApiError> {
    let grants = state.store.grants(project.key, None).await?;
    // Whoever sees one of its scenarios sees the project that it belongs to.
    let scenarios = state.store.scenarios(project.key).await?;
    let widest = scenarios.iter().filter(|scenario| scenario.published_revision.is_some());
    let widest = widest.filter_map(|scenario| scenario.visibility.parse::<Visibility>().ok()).max();
    Ok(PlanStanding {
        owners: project.owners.clone(),
        members: project.members.clone(),
        partners: project.partners.clone(),
        visibility: widest.unwrap_or_default(),
        is_submitted: scenarios.iter().any(|scenario| scenario.state != EditState::Draft),
        is_published: widest.is_some(),
        grants: grants.iter().filter_map(on_project).collect(),
        agreed: Vec::new(),
    })
}

/// What rights on a scenario depend on.
pub async fn of_scenario(state: &AppState, scenario: &Scenario) -> Result<(Project, PlanStanding), ApiError> {
    let store = &state.store;
    let project = store.project(&scenario.project).await?;
    let project = project.ok_or_else(|| ApiError::internal("a scenario without its project"))?;
    let grants = store.grants(project.key, Some(scenario.key)).await?;
    let standing = PlanStanding {
        owners: project.owners.clone(),
        members: project.members.clone(),
        partners: project.partners.clone(),
        visibility: scenario.visibility.parse().unwrap_or_default(),
        is_submitted: scenario.state != EditState::Draft,
        is_published: scenario.published_revision.is_some(),
        grants: grants.iter().filter_map(grant).collect(),
        agreed: scenario.agreed.clone(),
    };
    Ok((project, standing))
}

/// Of a grant on one of its scenarios, a project lets read alone.
fn on_project(stored: &StoredGrant) -> Option<Grant> {
    let grant = grant(stored)?;
    let level = if stored.scenario.is_some() { GrantLevel::Read } else { grant.level };
    Some(Grant { level, ..grant })
}

fn grant(stored: &StoredGrant) -> Option<Grant> {
    let to = match (&stored.organization, &stored.person) {
        (Some(organization), _) => Grantee::Organization(organization.clone()),
        (None, Some(person)) => Grantee::Person(person.clone()),
        (None, None) => return None,
    };
    let level: GrantLevel = stored.level.parse().ok()?;
    Some(Grant { to, level })
}

/// A project in the path, for who may do this with it.
pub async fn project(call: &Call, caller: Option<&Caller>, action: Action) -> Result<Project, ApiError> {
    let id = call.segment("projectId");
    let missing = || ApiError::NotFound(format!("no project `{}`", shortened(id)));
    let project = call.state.store.project(id).await?.ok_or_else(missing)?;
    let standing = of_project(&call.state, &project).await?;
    // A project is read by who may read its drafts or what is published of it.
    let decision = match action {
        Action::ReadDraft => [Action::ReadDraft, Action::ReadPublished]
            .into_iter()
            .map(|action| decide(caller, action, &standing))
            .find(|decision| *decision == Decision::Allowed)
            .unwrap_or(Decision::Invisible),
        action => decide(caller, action, &standing),
    };
    settled(decision, caller, action, missing)?;
    Ok(project)
}

/// The project in the path for who may see it, with what of it.
pub async fn seen_project(call: &Call, caller: Option<&Caller>) -> Result<(Project, Sight), ApiError> {
    let id = call.segment("projectId");
    let missing = || ApiError::NotFound(format!("no project `{}`", shortened(id)));
    let project = call.state.store.project(id).await?.ok_or_else(missing)?;
    let standing = of_project(&call.state, &project).await?;
    match sight(caller, &standing) {
        Some(sight) => Ok((project, sight)),
        None => Err(missing()),
    }
}

/// A scenario with its project, for who may do this with it.
pub async fn scenario(
    call: &Call,
    caller: Option<&Caller>,
    action: Action,
) -> Result<(Scenario, Project), ApiError> {
    scenario_named(call, caller, action, call.segment("scenarioId")).await
}

/// The same by its id.
pub async fn scenario_named(
    call: &Call,
    caller: Option<&Caller>,
    action: Action,
    id: &str,
) -> Result<(Scenario, Project), ApiError> {
    let missing = || ApiError::NotFound(format!("no scenario `{}`", shortened(id)));
    let scenario = call.state.store.scenario(id).await?.ok_or_else(missing)?;
    let (project, standing) = of_scenario(&call.state, &scenario).await?;
    settled(decide(caller, action, &standing), caller, action, missing)?;
    Ok((scenario, project))
}

/// What somebody sees of a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// All of it, as it is being worked on.
    Draft,
    /// What is published.
    Published,
}

/// A scenario for who may see something of it.
pub async fn seen(
    call: &Call,
    caller: Option<&Caller>,
    id: &str,
) -> Result<(Scenario, Project, Sight), ApiError> {
    let missing = || ApiError::NotFound(format!("no scenario `{}`", shortened(id)));
    let scenario = call.state.store.scenario(id).await?.ok_or_else(missing)?;
    let (project, standing) = of_scenario(&call.state, &scenario).await?;
    match sight(caller, &standing) {
        Some(sight) => Ok((scenario, project, sight)),
        None => Err(missing()),
    }
}

pub fn sight(caller: Option<&Caller>, standing: &PlanStanding) -> Option<Sight> {
    let may = |action| decide(caller, action, standing) == Decision::Allowed;
    match (may(Action::ReadDraft), may(Action::ReadPublished)) {
        (true, _) => Some(Sight::Draft),
        (false, true) => Some(Sight::Published),
        (false, false) => None,
    }
}

/// The caller where a token is shown.
pub async fn reader(call: &Call) -> Result<Option<Caller>, ApiError> {
    Ok(call.caller.clone())
}

fn settled(
    decision: Decision,
    caller: Option<&Caller>,
    action: Action,
    missing: impl Fn() -> ApiError,
) -> Result<(), ApiError> {
    match decision {
        Decision::Allowed => Ok(()),
        Decision::Invisible => Err(missing()),
        Decision::Forbidden => {
            let status = if caller.is_some() { StatusCode::FORBIDDEN } else { StatusCode::UNAUTHORIZED };
            Err(ApiError::refused(
                status,
                format!("this needs {} of an organization that owns the plan", needed(action)),
            ))
        }
    }
}

fn needed(action: Action) -> &'static str {
    match action {
        Action::EditDraft => "a planner or lead (or a grant to edit)",
        Action::Submit | Action::Share => "a lead or publisher",
        Action::AgreeToPublish | Action::Publish | Action::Withdraw | Action::SetStage => "a publisher",
        Action::CommentInternal => "a member",
        Action::Administer => "an admin",
        Action::ReadDraft | Action::ReadPublished | Action::State | Action::RunAnalysis => "somebody",
    }
}
