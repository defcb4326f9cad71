//! The log of what is done with plans. Batches and changes of state are noted in their transactions, all else behind them.

use serde_json::{Value, json};

use crate::api::auth::Caller;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::writes::Write;
use stadtwin_store::{Actor, AuditEvent};

/// Operations whose handlers note them.
const NOTED: [&str; 11] = [
    "importScenario",
    "addOperations",
    "undoOperation",
    "rebaseScenario",
    "submitScenario",
    "returnScenario",
    "approveScenario",
    "publishScenario",
    "withdrawScenario",
    "archiveScenario",
    "realizeScenario",
];

/// Something that the caller does; admins of the first owner read of it.
pub fn event(call: &Call, caller: &Caller, owners: &[String], action: &str, details: Value) -> AuditEvent {
    AuditEvent {
        by: Actor {
            subject: caller.subject.clone(),
            name: caller.name.clone(),
            origin: call.client.origin(&call.headers),
        },
        action: action.to_owned(),
        object: call.path.clone(),
        organization: owners.first().cloned(),
        details,
    }
}

/// What has to be noted behind a write of plans; nothing where its handler does.
pub async fn behind(call: &Call, caller: &Caller, write: &Write) -> Result<Option<AuditEvent>, ApiError> {
    if call.route.tag != "Plans" || NOTED.contains(&write.operation_id) {
        return Ok(None);
    }
    let store = &call.state.store;
    let project = match (call.segment("projectId"), call.segment("scenarioId")) {
        ("", "") => None,
        ("", scenario) => match store.scenario(scenario).await? {
            Some(scenario) => store.project(&scenario.project).await?,
            None => None,
        },
        (project, _) => store.project(project).await?,
    };
    let own = || caller.memberships.first().map(|own| own.organization.clone());
    let owners = project.map_or_else(|| own().into_iter().collect(), |project| project.owners);
    Ok(Some(event(call, caller, &owners, write.operation_id, json!({}))))
}
