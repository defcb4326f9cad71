//! From one editing state of a scenario into the next, and the revisions that stay.

use axum::body::Body;
use axum::http::StatusCode;
use serde_json::json;

use super::access;
use super::body;
use super::detection::detect_or_log;
use super::notices;
use super::operations::check_sent_version;
use super::projects::changed;
use super::scenarios::answered;
use crate::api::answer::Answer;
use crate::api::auth::Caller;
use crate::api::call::Call;
use crate::api::error::ApiError;
use stadtwin_access::{Action, Role, still_to_agree};
use stadtwin_model::{EditState, Project, Scenario};
use stadtwin_store::{Store, Transition};

/// A way from some states into another.
pub struct Way {
    from: &'static [EditState],
    to: EditState,
    action: Action,
    /// Reason of the revision that is made on the way, and whether others see it.
    revision: Option<(&'static str, bool)>,
    /// Kind of the notification.
    told: &'static str,
}

use EditState::{Approved, Archived, Draft, Published, Realized, Submitted, Withdrawn};

pub static SUBMIT: Way = Way {
    from: &[Draft],
    to: Submitted,
    action: Action::Submit,
    revision: Some(("submit", false)),
    told: "scenario.submitted",
};
pub static RETURN: Way = Way {
    from: &[Submitted, Approved, Published, Withdrawn],
    to: Draft,
    action: Action::Submit,
    revision: None,
    told: "scenario.returned",
};
pub static APPROVE: Way = Way {
    from: &[Submitted],
    to: Approved,
    action: Action::Submit,
    revision: None,
    told: "scenario.approved",
};
pub static PUBLISH: Way = Way {
    from: &[Approved],
    to: Published,
    action: Action::AgreeToPublish,
    revision: Some(("publish", true)),
    told: "scenario.published",
};
pub static WITHDRAW: Way = Way {
    from: &[Published],
    to: Withdrawn,
    action: Action::Withdraw,
    revision: None,
    told: "scenario.withdrawn",
};
pub static ARCHIVE: Way = Way {
    from: &[Published, Withdrawn, Realized, Draft],
    to: Archived,
    action: Action::Withdraw,
    revision: None,
    told: "scenario.archived",
};
pub static REALIZE: Way = Way {
    from: &[Approved, Published],
    to: Realized,
    action: Action::Withdraw,
    revision: None,
    told: "scenario.realized",
};

/// What 202 of an operation means.
pub fn accepted(operation_id: &str) -> Option<&'static str> {
    (operation_id == "publishScenario").then_some(
        "Noted: the project has several owners, and publishers of others must do the same before it is published",
    )
}

/// Goes the way; `If-Match` is heeded where it is sent.
pub async fn go(call: Call, caller: Caller, body: Body, way: &'static Way) -> Result<Answer, ApiError> {
    let (scenario, project) = access::scenario(&call, Some(&caller), way.action).await?;
    check_sent_version(&call.headers, scenario.version)?;
    let has_body = call.headers.contains_key(axum::http::header::CONTENT_TYPE);
    let comment = match has_body {
        true => body::object(&call, body, &["comment"]).await?.text("comment")?,
        false => None,
    };
    if !way.from.contains(&scenario.state) {
        return Err(elsewhere(&scenario, way));
    }
    let store = &call.state.store;
    if matches!(way.to, Withdrawn | Archived) {
        check_displays(store, &scenario).await?;
    }
    if way.to == Published && !all_agree(&call, &caller, &scenario, &project).await? {
        let answer = answered(&call, &scenario.id).await?.uncached();
        return Ok(Answer { status: StatusCode::ACCEPTED, ..answer });
    }
    let revision = match way.revision {
        Some((reason, is_public)) => Some((reason, fingerprint(store, &scenario).await?, is_public)),
        None => None,
    };
    let by = caller.subject.clone();
    let before = access::of_scenario(&call.state, &scenario).await?.1;
    let transition =
        Transition { from: way.from.to_vec(), to: way.to, revision, comment, by, told: way.told };
    if store.change_state(&scenario, &transition).await?.is_none() {
        return Err(changed());
    }
    tracing::info!(scenario = scenario.id, state = way.to.name(), "Put a scenario into another state");
    let subject = json!({ "state": way.to.name() });
    match way.to {
        Published | Withdrawn => {
            // Those who see it now, or saw it.
            let now = store.scenario(&scenario.id).await?;
            let seen = match now.filter(|_| way.to == Published) {
                Some(now) => access::of_scenario(&call.state, &now).await?.1,
                None => before,
            };
            notices::tell_all(&call, (&project, &seen), Some(&scenario), way.told, subject).await?
        }
        _ => notices::tell_owners(&call, &project, Some(&scenario), way.told, subject).await?,
    }
    if matches!(way.to, Submitted | Published) {
        detect_or_log(&call.state, &scenario.id).await;
    }
    answered(&call, &scenario.id).await.map(Answer::uncached)
}

/// Whether publishers of all owners agree to publish it, the caller among them: who does so before the last is noted, and
/// the others are told.
async fn all_agree(
    call: &Call,
    caller: &Caller,
    scenario: &Scenario,
    project: &Project,
) -> Result<bool, ApiError> {
    let (_, mut standing) = access::of_scenario(&call.state, scenario).await?;
    if still_to_agree(Some(caller), &standing).is_empty() {
        return Ok(true);
    }
    let own: Vec<String> =
        project.owners.iter().filter(|owner| caller.has_one_of(&[Role::Publisher], owner)).cloned().collect();
    let agreed = call.state.store.agree_to_publish(scenario, &own, &caller.subject).await?;
    standing.agreed = agreed.ok_or_else(changed)?;
    let missing = still_to_agree(Some(caller), &standing);
    if missing.is_empty() {
        return Ok(true);
    }
    let subject = json!({ "agreed": standing.agreed, "missing": missing });
    notices::tell_owners(call, project, Some(scenario), "scenario.agreed", subject).await?;
    Ok(false)
}

/// 409 while a revision of the scenario is displayed.
async fn check_displays(store: &Store, scenario: &Scenario) -> Result<(), ApiError> {
    let displays = store.running_displays(scenario.key).await?;
    let Some(display) = displays.first() else { return Ok(()) };
    let detail = format!(
        "revision {} of the scenario is displayed in stage {} from {} to {}: it stays as it is until then",
        display.revision, display.stage, display.begins, display.ends
    );
    let members = json!({ "stage": display.stage, "revision": display.revision, "ends": display.ends });
    Err(ApiError::explained(StatusCode::CONFLICT, detail, members))
}

fn elsewhere(scenario: &Scenario, way: &Way) -> ApiError {
    let from: Vec<&str> = way.from.iter().map(|state| state.name()).collect();
    let detail = format!(
        "the scenario is {} and cannot become {}: that begins with {}",
        scenario.state.name(),
        way.to.name(),
        from.join(" or ")
    );
    ApiError::explained(StatusCode::CONFLICT, detail, json!({ "state": scenario.state.name() }))
}

/// blake3 over what the scenario builds on and all that is done in it and in those that it builds on: the same state, the
/// same hash.
async fn fingerprint(store: &Store, scenario: &Scenario) -> Result<[u8; 32], ApiError> {
    let chain = store.chain(scenario.key, scenario.version).await?;
    let mut hasher = blake3::Hasher::new();
    let mut revisions: Vec<_> = chain.revisions.iter().collect();
    revisions.sort_unstable();
    for (collection, revision) in revisions {
        hasher.update(&collection.to_le_bytes()).update(&revision.to_le_bytes());
    }
    for operation in store.operations(&chain).await? {
        let text = format!(
            "{} {} {} {:?} {:?} {} {:?}\n",
            operation.scenario,
            operation.seq,
            operation.kind,
            operation.targets,
            operation.made_rows,
            operation.body,
            operation.span
        );
        hasher.update(text.as_bytes());
    }
    Ok(*hasher.finalize().as_bytes())
}
