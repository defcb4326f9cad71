//! Finds conflicts of a scenario: with other plans that one side knows of, with the city, with borders.
//!
//! Only states are compared that the owners of one of them may see: what comes of it is shown to who sees both.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::access::{self, Sight};
use super::overlay::{chain, version_of};
use crate::api::auth::Caller;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::projection::compute;
use stadtwin_access::{Membership, PlanStanding, Role};
use stadtwin_model::{CityObject, Collection, EditState, Footprint, Project, Scenario, Span};
use stadtwin_query::{FeatureQuery, Region};
use stadtwin_scenario::conflict::{
    Action, Conflict, Neighbour, Plan, Standing, Thresholds, Touch, between, nearby, outside, with_stock,
};
use stadtwin_store::{NewConflict, NewNotification, StoredConflict};

/// Objects of the city that a plan is held against.
const MOST_STOCK: usize = 20_000;
/// Objects read at a time.
const AT_A_TIME: u32 = 500;
/// Conflicts of one scenario that are kept.
const MOST_KEPT: usize = 10_000;

/// After a change of state or a share: a failure is logged and hinders nothing.
pub async fn detect_or_log(call: &Call, id: &str) {
    if let Err(error) = detect(call, id).await {
        tracing::error!(scenario = id, %error, "Could not look for conflicts of a scenario");
    }
}

/// Looks for all conflicts of the newest state of a scenario, and keeps them.
pub async fn detect(call: &Call, id: &str) -> Result<(), ApiError> {
    let store = &call.state.store;
    let Some(scenario) = store.scenario(id).await? else { return Ok(()) };
    let (project, standing) = access::of_scenario(call, &scenario).await?;
    let own = read(call, &scenario, scenario.version).await?;
    let mut found = alone(call, &project, &own).await?;
    for other in store.rivals(&own.chain).await? {
        let Some(other) = store.scenario(&other).await? else { continue };
        found.extend(against(call, (&scenario, &project, &standing), &own, &other).await?);
        if found.len() > MOST_KEPT {
            break;
        }
    }
    found.truncate(MOST_KEPT);
    let fresh = keep(call, &scenario, found).await?;
    tell(call, &fresh).await
}

/// A state of a scenario as the comparison needs it. Names are those of collection and object, as in `buildings/B1`.
struct State {
    key: i64,
    id: String,
    version: i64,
    chain: std::sync::Arc<stadtwin_store::Chain>,
    planned: std::sync::Arc<Vec<(String, CityObject, Span)>>,
    touches: std::sync::Arc<Vec<(String, Action, Span)>>,
}

async fn read(call: &Call, scenario: &Scenario, version: i64) -> Result<State, ApiError> {
    let store = &call.state.store;
    let chain = chain(call, scenario, version).await?;
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
    Ok(State {
        key: scenario.key,
        id: scenario.id.clone(),
        version,
        chain,
        planned: std::sync::Arc::new(planned),
        touches: std::sync::Arc::new(touches),
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

fn plan<'a>(
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

fn standing(objects: &[(String, CityObject, Span)]) -> Vec<Standing<'_>> {
    objects.iter().map(|(uid, object, span)| Standing { uid, object, span: *span }).collect()
}

/// With the city, the border of the owners and their neighbours.
async fn alone(call: &Call, project: &Project, own: &State) -> Result<Vec<NewConflict>, ApiError> {
    let store = &call.state.store;
    let boundaries = store.boundaries().await?;
    let (home, neighbours): (Vec<_>, Vec<_>) =
        boundaries.into_iter().partition(|(id, _)| project.owners.contains(id));
    let partners = project.partners.clone();
    let stock = stock(call, own).await?;
    let (id, planned, touches) = (own.id.clone(), own.planned.clone(), own.touches.clone());
    let area = project.area.clone();
    let found = compute(move || {
        let plan = plan(&id, &planned, &touches);
        let limits = Thresholds::default();
        let mut found = with_stock(&plan, &standing(&stock), &limits);
        if !home.is_empty() {
            // A partner consents to what lies on its ground.
            let agreed = neighbours.iter().filter(|(id, _)| partners.contains(id));
            let ground: Footprint =
                home.iter().chain(agreed).flat_map(|(_, boundary)| boundary.iter().cloned()).collect();
            found.extend(outside(&plan, &ground, &limits));
        }
        let area = match area.is_empty() {
            true => planned.iter().flat_map(|(_, object, _)| stadtwin_geometry::footprint(object)).collect(),
            false => area,
        };
        let others: Vec<Neighbour> = neighbours
            .iter()
            .map(|(id, boundary)| Neighbour { scenario: None, name: id, polygons: boundary })
            .collect();
        found.extend(nearby(&id, &area, &others, &limits));
        Ok(found)
    });
    found.await?.into_iter().map(|conflict| row(conflict, (own.key, own.version), None)).collect()
}

/// Objects of the city that a plan builds on, near what it plans.
async fn stock(call: &Call, own: &State) -> Result<Vec<(String, CityObject, Span)>, ApiError> {
    let store = &call.state.store;
    let rings: Vec<Vec<[f64; 2]>> = own.planned.iter().filter_map(|(_, object, _)| box_of(object)).collect();
    let mut stock = Vec::new();
    if rings.is_empty() {
        return Ok(stock);
    }
    for collection in store.collections().await? {
        let mut query = FeatureQuery {
            revision: own.chain.revision(&collection),
            collection: collection.clone().into(),
            limit: AT_A_TIME,
            sort: Vec::new(),
            after: None,
            region: Some(Region { rings: rings.clone(), heights_m: None }),
            datetime: None,
            cell: None,
            filter: None,
            overlay: None,
        };
        loop {
            let page = store.feature_keys(&query).await?;
            let keys: Vec<i64> = page.items.iter().map(|(key, _)| *key).collect();
            stock.extend(named(&collection, store.objects(&collection, &keys).await?));
            if stock.len() > MOST_STOCK {
                tracing::warn!(scenario = own.id, most = MOST_STOCK, "Held a plan against part of the city");
                return Ok(stock);
            }
            match page.next {
                Some(next) => query.after = Some(next),
                None => break,
            }
        }
    }
    Ok(stock)
}

fn named(
    collection: &Collection,
    objects: Vec<stadtwin_store::StoredObject>,
) -> impl Iterator<Item = (String, CityObject, Span)> {
    let name = collection.id.clone();
    objects.into_iter().map(move |(_, object, ..)| (format!("{name}/{}", object.id), object, Span::ALWAYS))
}

fn box_of(object: &CityObject) -> Option<Vec<[f64; 2]>> {
    let points = stadtwin_geometry::footprint(object).into_iter().flatten().flatten();
    let [w, s, e, n] = points.fold(
        [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY],
        |[w, s, e, n], [x, y]| [w.min(x), s.min(y), e.max(x), n.max(y)],
    );
    (w <= e).then(|| vec![[w, s], [e, s], [e, n], [w, n], [w, s]])
}

/// With another plan, in each pair of states that the owners of one side see.
async fn against(
    call: &Call,
    (scenario, project, standing): (&Scenario, &Project, &PlanStanding),
    own: &State,
    other: &Scenario,
) -> Result<Vec<NewConflict>, ApiError> {
    // Variants of one project are alternatives.
    let is_over = matches!(other.state, EditState::Archived | EditState::Withdrawn | EditState::Realized);
    if is_over || other.project_key == scenario.project_key {
        return Ok(Vec::new());
    }
    let (their_project, their_standing) = access::of_scenario(call, other).await?;
    let mut pairs = HashSet::new();
    if let Some(theirs) = seen_by(call, &project.owners, other, &their_standing).await? {
        pairs.insert((scenario.version, theirs));
    }
    if let Some(ours) = seen_by(call, &their_project.owners, scenario, standing).await? {
        pairs.insert((ours, other.version));
    }
    let mut found = Vec::new();
    for (ours, theirs) in pairs {
        let older = match ours == own.version {
            true => None,
            false => Some(read(call, scenario, ours).await?),
        };
        let ours = older.as_ref().unwrap_or(own);
        let theirs = read(call, other, theirs).await?;
        if theirs.chain.links.iter().any(|(key, _)| *key == ours.key) {
            continue;
        }
        let (a, b) = ((ours.key, ours.version), (theirs.key, theirs.version));
        let (one, two) = (
            (ours.id.clone(), ours.planned.clone(), ours.touches.clone()),
            (theirs.id.clone(), theirs.planned.clone(), theirs.touches.clone()),
        );
        let conflicts = compute(move || {
            Ok(between(&plan(&one.0, &one.1, &one.2), &plan(&two.0, &two.1, &two.2), &Thresholds::default()))
        });
        for conflict in conflicts.await? {
            found.push(row(conflict, a, Some(b))?);
        }
    }
    Ok(found)
}

/// The version of a scenario that one of the organizations sees.
async fn seen_by(
    call: &Call,
    organizations: &[String],
    scenario: &Scenario,
    standing: &PlanStanding,
) -> Result<Option<i64>, ApiError> {
    let sights: Vec<Sight> = organizations
        .iter()
        .filter_map(|organization| access::sight(Some(&lead_of(organization)), standing))
        .collect();
    let sight = match sights.contains(&Sight::Draft) {
        true => Some(Sight::Draft),
        false => sights.first().copied(),
    };
    match sight {
        Some(sight) => version_of(call, scenario, sight, None).await.map(Some),
        None => Ok(None),
    }
}

/// Somebody who leads there and is nothing elsewhere.
pub fn lead_of(organization: &str) -> Caller {
    Caller {
        subject: format!("organization:{organization}"),
        name: organization.to_owned(),
        memberships: vec![Membership { organization: organization.to_owned(), role: Role::Lead }],
        scopes: Vec::new(),
    }
}

/// As it is kept: of two plans the older first.
fn row(conflict: Conflict, a: (i64, i64), b: Option<(i64, i64)>) -> Result<NewConflict, ApiError> {
    let told = serde_json::to_value(&conflict)?;
    let text = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
    let mut new = NewConflict {
        code: text("code"),
        severity: text("severity"),
        first: a,
        first_object: conflict.first.uid,
        second: b,
        second_object: conflict.second.and_then(|party| party.uid),
        footprint: conflict.polygons,
        area_m2: conflict.area_m2,
        volume_m3: conflict.volume_m3,
        distance_m: conflict.distance_m,
        spans: told["spans"].clone(),
        estimated: conflict.estimated,
    };
    if let Some(b) = b.filter(|b| b.0 < a.0) {
        (new.first, new.second) = (b, Some(a));
        std::mem::swap(&mut new.first_object, &mut new.second_object);
    }
    Ok(new)
}

fn is_same(kept: &NewConflict, new: &NewConflict) -> bool {
    let sides = |one: &NewConflict| (one.first.0, one.second.map(|(key, _)| key));
    kept.code == new.code
        && sides(kept) == sides(new)
        && kept.first_object == new.first_object
        && kept.second_object == new.second_object
}

/// Writes what was found over what was known. Numbers of those that are new, or here again.
async fn keep(call: &Call, scenario: &Scenario, found: Vec<NewConflict>) -> Result<Vec<i64>, ApiError> {
    let store = &call.state.store;
    let mut known: Vec<StoredConflict> =
        store.conflicts(Some(scenario.key), None, 0, 2 * MOST_KEPT as i64).await?;
    let mut fresh = Vec::new();
    for new in found {
        let same_state = |kept: &NewConflict| kept.first == new.first && kept.second == new.second;
        let at = known.iter().position(|kept| is_same(&kept.found, &new) && same_state(&kept.found));
        let at = at.or_else(|| known.iter().position(|kept| is_same(&kept.found, &new)));
        match at.map(|at| known.swap_remove(at)) {
            None => fresh.push(store.add_conflict(&new).await?),
            Some(kept) => {
                store.renew_conflict(kept.id, &new).await?;
                if kept.state == "resolved" {
                    store.settle_found(&kept, "open", "found again").await?;
                    fresh.push(kept.id);
                }
            }
        }
    }
    for gone in known.iter().filter(|kept| kept.state != "resolved") {
        store.settle_found(gone, "resolved", "no longer found").await?;
    }
    Ok(fresh)
}

/// Tells the owners of each side who see the other one.
async fn tell(call: &Call, fresh: &[i64]) -> Result<(), ApiError> {
    let store = &call.state.store;
    let mut told: HashMap<(String, String, String), Vec<Value>> = HashMap::new();
    let mut sides = super::conflicts::Sides::default();
    for id in fresh {
        let Some(conflict) = store.conflict(*id).await? else { continue };
        for name in [Some(&conflict.names.0), conflict.names.1.as_ref()].into_iter().flatten() {
            let Some(side) = sides.of(call, name).await? else { continue };
            for owner in side.project.owners.clone() {
                if sides.shows(call, Some(&lead_of(&owner)), &conflict).await? {
                    let told = told.entry((owner, side.project.id.clone(), name.clone())).or_default();
                    told.push(json!({ "id": id, "code": conflict.found.code }));
                }
            }
        }
    }
    for ((owner, project, scenario), conflicts) in told {
        let new = NewNotification {
            organizations: vec![owner],
            kind: "conflict.found",
            project: Some(project),
            scenario: Some(scenario),
            subject: json!({ "conflicts": conflicts.into_iter().take(100).collect::<Vec<_>>() }),
        };
        store.notify(&new).await?;
    }
    Ok(())
}
