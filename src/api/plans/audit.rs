//! For whom a request writes: the store notes each change in its transaction, the request says who, from where and whose
//! admins may read of it.

use std::sync::Arc;

use crate::api::auth::Caller;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::state::AppState;
use stadtwin_model::Project;
use stadtwin_store::Actor;

/// The state with a store that writes for the request.
pub async fn acting(call: &Call, caller: Option<&Caller>) -> Result<Arc<AppState>, ApiError> {
    let actor = match caller {
        Some(caller) => call.actor(caller),
        None => Actor {
            subject: "nobody".to_owned(),
            name: "nobody".to_owned(),
            origin: call.client.origin(&call.headers),
        },
    };
    let organization = organization(call, caller).await?;
    let store = call.state.store.acting_for(actor, call.path.clone(), organization);
    Ok(Arc::new(AppState { store, ..AppState::clone(&call.state) }))
}

/// Of plans it is the first owner of the project, else the first organization of the caller.
async fn organization(call: &Call, caller: Option<&Caller>) -> Result<Option<String>, ApiError> {
    if call.route.tag != "Plans" {
        return Ok(None);
    }
    let owner = project(call).await?.and_then(|project| project.owners.into_iter().next());
    let own = || Some(caller?.memberships.first()?.organization.clone());
    Ok(owner.or_else(own))
}

async fn project(call: &Call) -> Result<Option<Project>, ApiError> {
    let store = &call.state.store;
    Ok(match (call.segment("projectId"), call.segment("scenarioId")) {
        ("", "") => None,
        ("", scenario) => match store.scenario(scenario).await? {
            Some(scenario) => store.project(&scenario.project).await?,
            None => None,
        },
        (project, _) => store.project(project).await?,
    })
}
