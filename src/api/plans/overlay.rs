//! `scenario=`: the city as a scenario makes it, for whatever is read of it.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use serde_json::json;

use super::access::{self, Sight, reader};
use super::combined;
use super::projects::private;
use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::collections;
use crate::api::error::ApiError;
use crate::api::negotiate::Media;
use crate::api::params::{Kind, Parameter, shortened};
use crate::api::state::AppState;
use crate::api::time;
use stadtwin_access::PlanStanding;
use stadtwin_model::{Collection, Scenario};
use stadtwin_query::Overlay;
use stadtwin_store::{Chain, ScenarioRevision};

pub static SCENARIO: Parameter = Parameter {
    name: "scenario",
    component: "scenario",
    description: "The city as this scenario makes it: its id, or its id, `@` and the number of a revision. With `datetime` as it is then, else as \
                  it is when all is done. Goes without `revision`: a scenario builds on a pinned one.",
    kind: Kind::Form("^[A-Za-z0-9_-]{1,60}(@[0-9]{1,9})?$"),
};

/// For so long another server may not know of a change: of what is published, or who sees it.
const REMEMBERED: Duration = Duration::from_secs(1);
/// Overlays kept, each of a few hundred objects as a rule.
const MOST_KEPT: u64 = 2_000;

/// What scenarios make of collections: states never change, so that nothing kept is ever wrong.
pub struct Overlays {
    /// Scenarios by their ids with all that decides who sees what of them, for a moment.
    known: Cache<String, Arc<Known>>,
    chains: Cache<(i64, i64), Arc<Chain>>,
    overlays: Cache<(String, i32), Arc<Overlay>>,
    /// Where two states are in the same room.
    pub(super) rooms: Cache<(String, String), Arc<Vec<super::rooms::Room>>>,
}

impl Default for Overlays {
    fn default() -> Overlays {
        let known = Cache::builder().max_capacity(MOST_KEPT).time_to_live(REMEMBERED).build();
        Overlays {
            known,
            chains: Cache::new(MOST_KEPT),
            overlays: Cache::new(MOST_KEPT),
            rooms: Cache::new(MOST_KEPT),
        }
    }
}

impl Overlays {
    /// After a write: what this server answers next is what holds then.
    pub fn forget(&self) {
        self.known.invalidate_all();
    }
}

/// A scenario as it is read by many, one after the other.
#[derive(Debug)]
struct Known {
    scenario: Scenario,
    standing: PlanStanding,
    revisions: Vec<ScenarioRevision>,
}

async fn known(call: &Call, id: &str) -> Result<Option<Arc<Known>>, ApiError> {
    let kept = &call.state.overlays.known;
    if let Some(known) = kept.get(id) {
        return Ok(Some(known));
    }
    let store = &call.state.store;
    let Some(scenario) = store.scenario(id).await? else { return Ok(None) };
    let (_, standing) = access::of_scenario(&call.state, &scenario).await?;
    let revisions = store.scenario_revisions(&scenario).await?;
    let known = Arc::new(Known { scenario, standing, revisions });
    kept.insert(id.to_owned(), known.clone());
    Ok(Some(known))
}

/// A state of a scenario at a moment, for a caller who may see it.
#[derive(Debug, Clone)]
pub struct Shown {
    pub scenario: Scenario,
    pub chain: Arc<Chain>,
    /// Microseconds since 1970; `None`: when all is done.
    pub moment: Option<i64>,
}

impl Shown {
    /// Tells states of all scenarios and moments apart.
    pub fn name(&self) -> String {
        format!("{}{}", self.chain.name(), self.moment.map(|moment| moment.to_string()).unwrap_or_default())
    }

    /// What it makes of a collection.
    pub async fn overlay(&self, call: &Call, collection: &Collection) -> Result<Arc<Overlay>, ApiError> {
        let kept = &call.state.overlays.overlays;
        let key = (self.name(), collection.key);
        // What is not pinned is shown as it is now: the same name, another state.
        let is_pinned = self.chain.revisions.contains_key(&collection.key);
        if is_pinned && let Some(overlay) = kept.get(&key) {
            return Ok(overlay);
        }
        let overlay = Arc::new(call.state.store.overlay(&self.chain, collection, self.moment).await?);
        if is_pinned {
            kept.insert(key, overlay.clone());
        }
        Ok(overlay)
    }
}

/// The scenario that the request asks for; 404 for what the caller may not see.
pub async fn shown(call: &Call) -> Result<Option<Shown>, ApiError> {
    let Some(asked) = call.query.get("scenario") else { return Ok(None) };
    if call.query.get("revision").is_some() {
        return Err(ApiError::BadRequest(
            "`revision` does not go with `scenario`: a scenario builds on a pinned revision".to_owned(),
        ));
    }
    let caller = reader(call).await?;
    shown_named(call, caller.as_ref(), asked).await.map(Some)
}

/// The form that the definition gives.
pub(super) fn is_name(asked: &str) -> bool {
    let (id, number) = asked.split_once('@').unwrap_or((asked, "1"));
    let is_sign = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (1..=60).contains(&id.len())
        && id.bytes().all(is_sign)
        && (1..=9).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// The same by name, as in `A` or `A@3`.
pub async fn shown_named(
    call: &Call,
    caller: Option<&crate::api::auth::Caller>,
    asked: &str,
) -> Result<Shown, ApiError> {
    let (id, number) = match asked.split_once('@') {
        Some((id, number)) => (id, Some(number.parse().unwrap_or(i32::MAX))),
        None => (asked, None),
    };
    if !is_name(asked) {
        return Err(ApiError::BadRequest(format!(
            "`scenario` must be the id of a scenario, or its id, `@` and the number of a revision, not `{}`",
            shortened(asked)
        )));
    }
    let moment = moment(call)?;
    let missing = || ApiError::NotFound(format!("no scenario `{}`", shortened(id)));
    let known = known(call, id).await?.ok_or_else(missing)?;
    let sight = access::sight(caller, &known.standing).ok_or_else(missing)?;
    let scenario = known.scenario.clone();
    let version = version_in(&scenario, &known.revisions, sight, number)?;
    let chain = chain(&call.state, &scenario, version).await?;
    Ok(Shown { scenario, chain, moment })
}

pub(super) async fn chain(
    state: &AppState,
    scenario: &Scenario,
    version: i64,
) -> Result<Arc<Chain>, ApiError> {
    let kept = &state.overlays.chains;
    if let Some(chain) = kept.get(&(scenario.key, version)) {
        return Ok(chain);
    }
    let chain = Arc::new(state.store.chain(scenario.key, version).await?);
    kept.insert((scenario.key, version), chain.clone());
    Ok(chain)
}

/// The version behind a revision, else the newest that the caller sees.
pub(super) async fn version_of(
    state: &AppState,
    scenario: &Scenario,
    sight: Sight,
    number: Option<i32>,
) -> Result<i64, ApiError> {
    let revisions = state.store.scenario_revisions(scenario).await?;
    version_in(scenario, &revisions, sight, number)
}

fn version_in(
    scenario: &Scenario,
    revisions: &[ScenarioRevision],
    sight: Sight,
    number: Option<i32>,
) -> Result<i64, ApiError> {
    let number = match (number, sight) {
        (None, Sight::Draft) => return Ok(scenario.version),
        (None, Sight::Published) => scenario.published_revision,
        (number, _) => number,
    };
    let found = revisions
        .iter()
        .find(|revision| Some(revision.number) == number && (sight == Sight::Draft || revision.is_public));
    let missing = || {
        let number = number.unwrap_or_default();
        ApiError::NotFound(format!("scenario `{}` has no revision {number}", shortened(&scenario.id)))
    };
    Ok(found.ok_or_else(missing)?.version)
}

pub(super) fn moment(call: &Call) -> Result<Option<i64>, ApiError> {
    let Some(text) = call.query.get("datetime") else { return Ok(None) };
    let wrong = || {
        ApiError::BadRequest(format!(
            "with `scenario`, `datetime` must be one date or RFC 3339 date-time, not `{}`",
            shortened(text)
        ))
    };
    if text.contains('/') {
        return Err(wrong());
    }
    time::moment(text).map(Some).ok_or_else(wrong)
}

/// What the scenario that is asked for, or several together, make of the collection.
pub async fn of(call: &Call, collection: &Collection) -> Result<Option<Arc<Overlay>>, ApiError> {
    if let Some(names) = call.query.get("scenarios") {
        return combined::of(call, collection, names).await.map(Some);
    }
    match shown(call).await? {
        Some(shown) => shown.overlay(call, collection).await.map(Some),
        None => Ok(None),
    }
}

/// `GET /scenarios/{s}/hidden?collection=&datetime=`: objects of the city as it is that clients have to hide.
pub async fn hidden(call: Call) -> Result<Answer, ApiError> {
    let caller = reader(&call).await?;
    let asked = match call.query.integer("revision") {
        Some(number) => format!("{}@{number}", call.segment("scenarioId")),
        None => call.segment("scenarioId").to_owned(),
    };
    let shown = shown_named(&call, caller.as_ref(), &asked).await?;
    let store = &call.state.store;
    let touched = store.touched_collections(&shown.chain).await?;
    let only = call.query.get("collection");
    if let Some(id) = only {
        collections::by_id(&call, id).await?;
    }
    let mut entries = Vec::new();
    for collection in store.collections().await? {
        if !touched.contains(&collection.key) || only.is_some_and(|only| only != collection.id) {
            continue;
        }
        let overlay = shown.overlay(&call, &collection).await?;
        let mut ids: Vec<&String> = overlay.touched.keys().collect();
        ids.sort_unstable();
        let condition: Vec<String> =
            ids.iter().map(|id| format!("${{feature['id']}} !== '{}'", quoted(id))).collect();
        let condition = if condition.is_empty() { "true".to_owned() } else { condition.join(" && ") };
        entries.push(json!({ "collection": collection.id, "ids": ids, "style": { "show": condition } }));
    }
    let document = json!({ "links": call.own_links(), "hidden": entries });
    Ok(private(Answer::json(Media::Json, &document)))
}

/// Within a text of the styling language.
fn quoted(id: &str) -> String {
    id.replace('\\', "\\\\").replace('\'', "\\'")
}
