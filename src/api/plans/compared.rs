//! States of scenarios as they are held against each other.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::overlay::chain;
use crate::api::error::ApiError;
use crate::api::state::AppState;
use stadtwin_model::{CityObject, Scenario, Span};
use stadtwin_scenario::conflict::{Action, Plan, Standing, Touch};
use stadtwin_store::Chain;

/// A state of a scenario as the comparison needs it. Names are those of collection and object, as in `buildings/B1`.
pub struct Compared {
    pub key: i64,
    pub id: String,
    pub version: i64,
    pub chain: Arc<Chain>,
    pub planned: Arc<Vec<(String, CityObject, Span)>>,
    pub touches: Arc<Vec<(String, Action, Span)>>,
}

pub async fn read(state: &AppState, scenario: &Scenario, version: i64) -> Result<Compared, ApiError> {
    let store = &state.store;
    let chain = chain(state, scenario, version).await?;
    let collections = store.collections().await?;
    let names: HashMap<i32, &str> =
        collections.iter().map(|collection| (collection.key, collection.id.as_str())).collect();
    let mut touches = Vec::new();
    for operation in store.operations(&chain).await? {
        let Some(collection) = names.get(&operation.collection) else { continue };
        let Some(action) = action(&operation.kind) else { continue };
        let named =
            operation.targets.iter().map(|target| (format!("{collection}/{target}"), action, operation.span));
        touches.extend(named);
    }
    let moved: HashSet<&str> = touches
        .iter()
        .filter(|(_, action, _)| *action == Action::Transform)
        .map(|(name, ..)| name.as_str())
        .collect();
    let touched = store.touched_collections(&chain).await?;
    let mut planned = Vec::new();
    for collection in collections.iter().filter(|collection| touched.contains(&collection.key)) {
        let spans = store.planned_spans(&chain, collection).await?;
        // What only says something else of an object of the city leaves it where it is.
        let named = spans
            .into_iter()
            .map(|(uid, key, is_stock, span)| (format!("{}/{uid}", collection.id), key, is_stock, span));
        let spans: Vec<_> =
            named.filter(|(name, _, is_stock, _)| !is_stock || moved.contains(name.as_str())).collect();
        let keys: HashSet<i64> = spans.iter().map(|(_, key, ..)| *key).collect();
        let keys: Vec<i64> = keys.into_iter().collect();
        let objects = store.objects(&collection.planned(), &keys).await?;
        let objects: HashMap<i64, CityObject> =
            objects.into_iter().map(|(key, object, ..)| (key, object)).collect();
        for (name, key, _, span) in spans {
            planned.extend(objects.get(&key).map(|object| (name, object.clone(), span)));
        }
    }
    Ok(Compared {
        key: scenario.key,
        id: scenario.id.clone(),
        version,
        chain,
        planned: Arc::new(planned),
        touches: Arc::new(touches),
    })
}

fn action(kind: &str) -> Option<Action> {
    Some(match kind {
        "remove" => Action::Remove,
        "replace" => Action::Replace,
        "modify" => Action::Modify,
        "transform" => Action::Transform,
        _ => return None,
    })
}

pub fn plan<'a>(
    id: &'a str,
    planned: &'a [(String, CityObject, Span)],
    touches: &'a [(String, Action, Span)],
) -> Plan<'a> {
    Plan {
        scenario: id,
        planned: standing(planned),
        touches: touches
            .iter()
            .map(|(name, action, span)| Touch { target: name, action: *action, span: *span })
            .collect(),
    }
}

pub fn standing(objects: &[(String, CityObject, Span)]) -> Vec<Standing<'_>> {
    objects.iter().map(|(uid, object, span)| Standing { uid, object, span: *span }).collect()
}
