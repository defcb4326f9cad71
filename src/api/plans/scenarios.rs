//! `/scenarios`: variants of the city.

use std::collections::HashMap;

use axum::body::Body;
use axum::http::{StatusCode, header};
use serde_json::{Value, json};

use super::access::{self, Sight, reader, sight};
use super::body::{self, Members, taken, unusable};
use super::documents::{self, scenario_path};
use super::operations::check_sent_version;
use super::pages;
use super::paging::{Asked, Filling, Part};
use super::projects::{changed, nothing, private};
use crate::api::answer::Answer;
use crate::api::auth::Caller;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::html;
use crate::api::negotiate::Media;
use stadtwin_access::{Action, Role, Visibility, random_hex};
use stadtwin_model::{EditState, Project, Scenario};
use stadtwin_store::{MOST_PARENTS, NewScenario};

const MEMBERS: [&str; 6] = ["id", "title", "description", "tags", "visibility", "parent"];

/// `/scenarios`: all that the caller sees.
pub async fn all(call: Call) -> Result<Answer, ApiError> {
    listed(&call, None).await
}

/// Those that the caller sees; of a project, or of all.
pub(super) async fn part(
    call: &Call,
    project: Option<i64>,
    asked: Asked,
) -> Result<Part<(Scenario, Sight)>, ApiError> {
    let caller = reader(call).await?;
    let mut filling = Filling::new(asked);
    loop {
        let piece = call.state.store.scenarios_behind(project, filling.after, filling.wanted()).await?;
        let is_last = (piece.len() as i64) < filling.wanted();
        for scenario in piece {
            let (_, standing) = access::of_scenario(&call.state, &scenario).await?;
            let sight = sight(caller.as_ref(), &standing);
            filling.look(scenario.key, sight.map(|sight| (scenario, sight)));
            if filling.is_full() {
                break;
            }
        }
        if is_last || filling.is_full() {
            return Ok(filling.part());
        }
    }
}

/// `/projects/{p}/scenarios`.
pub async fn list(call: Call) -> Result<Answer, ApiError> {
    let caller = reader(&call).await?;
    let project = access::project(&call, caller.as_ref(), Action::ReadDraft).await?;
    listed(&call, Some(project.key)).await
}

async fn listed(call: &Call, project: Option<i64>) -> Result<Answer, ApiError> {
    let part = part(call, project, Asked::of(call)).await?;
    if html::wanted(call) {
        return pages::scenarios(call, &part);
    }
    let entries: Vec<Value> =
        part.entries.iter().map(|(scenario, sight)| documents::scenario(call, scenario, *sight)).collect();
    let document = json!({ "links": part.links(call), "scenarios": entries });
    Ok(private(Answer::json(Media::Json, &document)))
}

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let caller = reader(&call).await?;
    let (scenario, project, sight) = access::seen(&call, caller.as_ref(), call.segment("scenarioId")).await?;
    if html::wanted(&call) {
        return pages::scenario(&call, &scenario, &project, sight);
    }
    answer(&call, &scenario, sight).await
}

pub async fn create(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    let project = access::project(&call, Some(&caller), Action::EditDraft).await?;
    let members = body::object(&call, body, &MEMBERS).await?;
    let parent = match members.text("parent")? {
        None => None,
        Some(id) => Some(parent(&call, &caller, project.key, &id).await?),
    };
    make(&call, &caller, &members, project.key, parent, None).await
}

/// `POST /scenarios/{s}/copy`: a new draft that builds on this one.
pub async fn copy(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    let (original, project) = access::scenario(&call, Some(&caller), Action::ReadDraft).await?;
    let standing = access::of_project(&call.state, &project).await?;
    if stadtwin_access::decide(Some(&caller), Action::EditDraft, &standing)
        != stadtwin_access::Decision::Allowed
    {
        return Err(ApiError::refused(
            StatusCode::FORBIDDEN,
            "to copy a scenario needs a planner or lead of an owner".to_owned(),
        ));
    }
    let members = body::object(&call, body, &MEMBERS[..5]).await?;
    let parent = parent(&call, &caller, project.key, &original.id).await?;
    make(&call, &caller, &members, project.key, Some(parent), Some(&original)).await
}

pub async fn update(call: Call, caller: Caller, body: Body) -> Result<Answer, ApiError> {
    let (before, project) = access::scenario(&call, Some(&caller), Action::EditDraft).await?;
    check_sent_version(&call.headers, before.version)?;
    let members = body::object(&call, body, &MEMBERS[1..5]).await?;
    let title = members.title("title")?.unwrap_or_else(|| before.title.clone());
    let description = members.text("description")?.unwrap_or_else(|| before.description.clone());
    let tags = members.texts("tags")?.unwrap_or_else(|| before.tags.clone());
    let visibility = visibility(&members)?.map_or_else(|| before.visibility.clone(), |one| one.to_string());
    if visibility != before.visibility {
        access::scenario(&call, Some(&caller), Action::Share).await?;
        check_shown(&caller, &before, &project)?;
    }
    let store = &call.state.store;
    if !store.describe_scenario(&before, &title, &description, &tags, &visibility).await? {
        return Err(changed());
    }
    answered(&call, &before.id).await.map(Answer::uncached)
}

/// What several owners have published together, none of them shows to others by itself.
fn check_shown(caller: &Caller, scenario: &Scenario, project: &Project) -> Result<(), ApiError> {
    let publishes = |owner: &String| caller.has_one_of(&[Role::Publisher], owner);
    if scenario.published_revision.is_none()
        || project.owners.len() == 1
        || project.owners.iter().all(publishes)
    {
        return Ok(());
    }
    let detail = format!(
        "`visibility`: {} have published it together for `{}`: this needs a publisher of all of them, or withdraw it, \
         have it returned and publish it anew",
        project.owners.join(" and "),
        scenario.visibility
    );
    Err(ApiError::refused(StatusCode::FORBIDDEN, detail))
}

pub async fn remove(call: Call, caller: Caller) -> Result<Answer, ApiError> {
    let (scenario, _) = access::scenario(&call, Some(&caller), Action::EditDraft).await?;
    let refused = |detail: &str| Err(ApiError::refused(StatusCode::CONFLICT, detail.to_owned()));
    if call.state.store.was_published(scenario.key).await? {
        return refused("something of the scenario is or was published: withdraw or archive it instead");
    }
    if scenario.state != EditState::Draft {
        return refused("only drafts can be removed: have it returned first");
    }
    if call.state.store.is_asked_about(scenario.key).await? {
        return refused("a coordination request is about it: both stay, archive the scenario instead");
    }
    if !call.state.store.remove_scenario(&scenario).await? {
        return refused("another scenario builds on it: remove that first");
    }
    Ok(nothing())
}

/// Number and version of the scenario that a new one builds on.
async fn parent(call: &Call, caller: &Caller, project: i64, id: &str) -> Result<(i64, i64), ApiError> {
    let missing =
        || unusable(format!("`parent`: the project has no scenario `{}`", crate::api::params::shortened(id)));
    let found = access::scenario_named(call, Some(caller), Action::ReadDraft, id).await;
    let (scenario, of) = found.map_err(|_| missing())?;
    if of.key != project {
        return Err(missing());
    }
    let chain = call.state.store.chain(scenario.key, scenario.version).await?;
    if chain.links.len() >= MOST_PARENTS as usize {
        return Err(unusable(format!("scenarios build on others up to {MOST_PARENTS} deep")));
    }
    Ok((scenario.key, scenario.version))
}

async fn make(
    call: &Call,
    caller: &Caller,
    members: &Members,
    project: i64,
    parent: Option<(i64, i64)>,
    original: Option<&Scenario>,
) -> Result<Answer, ApiError> {
    let store = &call.state.store;
    let id = match members.id()? {
        Some(id) => id,
        None => new_id()?,
    };
    let title = members.title("title")?.or_else(|| original.map(|original| original.title.clone()));
    let revisions: HashMap<i32, i64> = match parent {
        Some((key, version)) => store.chain(key, version).await?.revisions,
        None => store.heads().await?.into_iter().map(|(key, head)| (key, head.revision)).collect(),
    };
    let new = NewScenario {
        id: id.clone(),
        project,
        parent,
        title: title.ok_or_else(|| unusable("`title` is missing".to_owned()))?,
        description: members.text("description")?.unwrap_or_default(),
        tags: members.texts("tags")?.unwrap_or_default(),
        visibility: visibility(members)?.unwrap_or(Visibility::Organization).to_string(),
        revisions,
    };
    store.add_scenario(&new, &caller.subject).await.map_err(|cause| taken(cause, "scenario", &id))?;
    let location = call.base.to(&scenario_path(&id));
    let answer = answered(call, &id).await?.with(header::LOCATION, &location);
    Ok(Answer { status: StatusCode::CREATED, ..answer }.uncached())
}

/// A made one.
pub(super) fn new_id() -> Result<String, ApiError> {
    Ok(format!("plan-{}", random_hex(6).map_err(ApiError::internal)?))
}

fn visibility(members: &Members) -> Result<Option<Visibility>, ApiError> {
    let Some(text) = members.text("visibility")? else { return Ok(None) };
    text.parse().map(Some).map_err(|error| unusable(format!("`visibility`: {error}")))
}

/// The scenario as it is now, for who works on it.
pub(super) async fn answered(call: &Call, id: &str) -> Result<Answer, ApiError> {
    let scenario = call.state.store.scenario(id).await?;
    let scenario = scenario.ok_or_else(|| ApiError::internal("a scenario that is not there"))?;
    answer(call, &scenario, Sight::Draft).await
}

async fn answer(call: &Call, scenario: &Scenario, sight: Sight) -> Result<Answer, ApiError> {
    let document: Value = documents::scenario(call, scenario, sight);
    let tag = call.tag(&[document.to_string().as_bytes()]);
    let answer = private(Answer::json(Media::Json, &document));
    Ok(match sight {
        // Begins with the version that `If-Match` means.
        Sight::Draft => answer.tagged(format!("\"{}.{}", scenario.version, tag.trim_start_matches('"'))),
        Sight::Published => answer.tagged(tag),
    })
}
