//! Finds conflicts of a scenario: with other plans that one side knows of, with the city, with borders.
//!
//! Only states are compared that the owners of one of them may see: what comes of it is shown to who sees both.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};

use super::access::{self, Sight};
use super::compared::{Compared, plan, read, standing};
use super::overlay::version_of;
use crate::api::auth::Caller;
use crate::api::error::ApiError;
use crate::api::projection::compute;
use crate::api::state::AppState;
use stadtwin_access::{Membership, PlanStanding, Role};
use stadtwin_model::{CityObject, Collection, EditState, Footprint, Project, Scenario, Span};
use stadtwin_query::{FeatureQuery, Region};
use stadtwin_scenario::conflict::{Conflict, Neighbour, Thresholds, between, nearby, outside, with_stock};
use stadtwin_store::{NewConflict, NewNotification, StoredConflict};

/// Objects of the city that a plan is held against.
const MOST_STOCK: usize = 20_000;
/// Objects read at a time.
const AT_A_TIME: u32 = 500;
/// Conflicts of one scenario that are kept.
const MOST_KEPT: usize = 10_000;

/// After a change of state or a share: a failure is logged and hinders nothing.
pub async fn detect_or_log(state: &AppState, id: &str) {
    if let Err(error) = search(state, id).await {
        tracing::error!(scenario = id, %error, "Could not look for conflicts of a scenario");
    }
}

/// Looks for all conflicts of the newest state of a scenario, and keeps them. One search at a time on this server; it goes
/// on where whoever asked for it has left.
pub async fn search(state: &AppState, id: &str) -> Result<(), ApiError> {
    let (state, id) = (state.clone(), id.to_owned());
    let search = tokio::spawn(async move {
        let _turn = state.conflict_searches.clone().lock_owned().await;
        detect(&state, &id).await
    });
    search.await.map_err(ApiError::internal)?
}

async fn detect(state: &AppState, id: &str) -> Result<(), ApiError> {
    let store = &state.store;
    let Some(scenario) = store.scenario(id).await? else { return Ok(()) };
    let (project, standing) = access::of_scenario(state, &scenario).await?;
    let own = read(state, &scenario, scenario.version).await?;
    let mut found = alone(state, &project, &own).await?;
    for other in store.rivals(&own.chain).await? {
        let Some(other) = store.scenario(&other).await? else { continue };
        found.extend(against(state, (&scenario, &project, &standing), &own, &other).await?);
        if found.len() > MOST_KEPT {
            break;
        }
    }
    found.truncate(MOST_KEPT);
    keep(state, &scenario, found).await?;
    // Also of what an earlier search found and did not come to tell.
    let untold = store.untold_conflicts(scenario.key).await?;
    tell(state, &untold).await?;
    Ok(store.note_told_conflicts(&untold).await?)
}

/// With the city, the border of the owners and their neighbours.
async fn alone(state: &AppState, project: &Project, own: &Compared) -> Result<Vec<NewConflict>, ApiError> {
    let store = &state.store;
    let boundaries = store.boundaries().await?;
    let (home, neighbours): (Vec<_>, Vec<_>) =
        boundaries.into_iter().partition(|(id, _)| project.owners.contains(id));
    let partners = project.partners.clone();
    let stock = stock(state, own).await?;
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
    found
        .await?
        .into_iter()
        .map(|conflict| row(conflict, (own.key, own.version), None, (false, false)))
        .collect()
}

/// Objects of the city that a plan builds on, near what it plans.
async fn stock(state: &AppState, own: &Compared) -> Result<Vec<(String, CityObject, Span)>, ApiError> {
    let store = &state.store;
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
    state: &AppState,
    (scenario, project, standing): (&Scenario, &Project, &PlanStanding),
    own: &Compared,
    other: &Scenario,
) -> Result<Vec<NewConflict>, ApiError> {
    // Variants of one project are alternatives.
    let is_over = matches!(other.state, EditState::Archived | EditState::Withdrawn | EditState::Realized);
    if is_over || other.project_key == scenario.project_key {
        return Ok(Vec::new());
    }
    let (their_project, their_standing) = access::of_scenario(state, other).await?;
    let mut pairs = BTreeSet::new();
    if let Some(theirs) = seen_by(state, &project.owners, other, &their_standing).await? {
        pairs.insert((scenario.version, theirs));
    }
    if let Some(ours) = seen_by(state, &their_project.owners, scenario, standing).await? {
        pairs.insert((ours, other.version));
    }
    let shown = (shown_version(state, scenario).await?, shown_version(state, other).await?);
    let mut found = Vec::new();
    for (ours, theirs) in pairs {
        let is_public = (shown.0 == Some(ours), shown.1 == Some(theirs));
        let older = match ours == own.version {
            true => None,
            false => Some(read(state, scenario, ours).await?),
        };
        let ours = older.as_ref().unwrap_or(own);
        let theirs = read(state, other, theirs).await?;
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
            found.push(row(conflict, a, Some(b), is_public)?);
        }
    }
    Ok(found)
}

/// The version of a scenario that one of the organizations sees.
async fn seen_by(
    state: &AppState,
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
        Some(sight) => version_of(state, scenario, sight, None).await.map(Some),
        None => Ok(None),
    }
}

/// The version of what is published of a scenario.
pub(super) async fn shown_version(state: &AppState, scenario: &Scenario) -> Result<Option<i64>, ApiError> {
    match scenario.published_revision {
        Some(number) => version_of(state, scenario, Sight::Published, Some(number)).await.map(Some),
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
fn row(
    conflict: Conflict,
    a: (i64, i64),
    b: Option<(i64, i64)>,
    is_public: (bool, bool),
) -> Result<NewConflict, ApiError> {
    let told = serde_json::to_value(&conflict)?;
    let text = |name: &str| told[name].as_str().unwrap_or_default().to_owned();
    let mut new = NewConflict {
        code: text("code"),
        severity: text("severity"),
        first: a,
        first_object: conflict.first.uid,
        second: b,
        second_object: conflict.second.and_then(|party| party.uid),
        is_public,
        footprint: conflict.polygons,
        area_m2: conflict.area_m2,
        volume_m3: conflict.volume_m3,
        distance_m: conflict.distance_m,
        spans: told["spans"].clone(),
        estimated: conflict.estimated,
    };
    if let Some(b) = b.filter(|b| b.0 < a.0) {
        (new.first, new.second) = (b, Some(a));
        new.is_public = (is_public.1, is_public.0);
        std::mem::swap(&mut new.first_object, &mut new.second_object);
    }
    Ok(new)
}

fn is_same(kept: &NewConflict, new: &NewConflict) -> bool {
    let sides = |one: &NewConflict| (one.first.0, one.second.map(|(key, _)| key));
    kept.code == new.code
        && sides(kept) == sides(new)
        && kept.is_public == new.is_public
        && kept.first_object == new.first_object
        && kept.second_object == new.second_object
}

/// Writes what was found over what was known: the same states first, then what became of them before the same eyes.
async fn keep(state: &AppState, scenario: &Scenario, found: Vec<NewConflict>) -> Result<(), ApiError> {
    let store = &state.store;
    let mut known: Vec<StoredConflict> =
        store.conflicts(Some(scenario.key), None, 0, 2 * MOST_KEPT as i64).await?;
    let mut left = Vec::new();
    for new in found {
        let same_states = |kept: &NewConflict| kept.first == new.first && kept.second == new.second;
        match known.iter().position(|kept| is_same(&kept.found, &new) && same_states(&kept.found)) {
            Some(at) => renew(state, &known.swap_remove(at), &new).await?,
            None => left.push(new),
        }
    }
    for new in left {
        match known.iter().position(|kept| is_same(&kept.found, &new)) {
            Some(at) => renew(state, &known.swap_remove(at), &new).await?,
            None => drop(store.add_conflict(&new).await?),
        }
    }
    for gone in known.iter().filter(|kept| kept.state != "resolved") {
        store.settle_found(gone, "resolved", "no longer found").await?;
    }
    Ok(())
}

async fn renew(state: &AppState, kept: &StoredConflict, new: &NewConflict) -> Result<(), ApiError> {
    state.store.renew_conflict(kept.id, new).await?;
    if kept.state == "resolved" {
        state.store.settle_found(kept, "open", "found again").await?;
    }
    Ok(())
}

/// Tells the owners of each side who see the other one.
async fn tell(state: &AppState, fresh: &[i64]) -> Result<(), ApiError> {
    let store = &state.store;
    let mut told: HashMap<(String, String, String), Vec<Value>> = HashMap::new();
    let mut sides = super::conflicts::Sides::default();
    for id in fresh {
        let Some(conflict) = store.conflict(*id).await? else { continue };
        for name in [Some(&conflict.names.0), conflict.names.1.as_ref()].into_iter().flatten() {
            let Some(side) = sides.of(state, name).await? else { continue };
            for owner in side.project.owners.clone() {
                if sides.shows(state, Some(&lead_of(&owner)), &conflict).await? {
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
