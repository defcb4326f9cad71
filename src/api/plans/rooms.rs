//! Where several scenarios plan in the same room.

use std::sync::Arc;

use serde_json::{Value, json};

use super::combined::Together;
use super::compared::{plan, read};
use super::overlay::Shown;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::projection::compute;
use stadtwin_model::Collection;
use stadtwin_scenario::conflict::{Code, Conflict, Thresholds, between};

/// Two planned objects in the same room; names are those of collection and object.
#[derive(Debug)]
pub struct Room {
    first: String,
    second: String,
    area_m2: Option<f64>,
    volume_m3: Option<f64>,
    estimated: bool,
}

/// What two scenarios plan in the same room (C2), with an object of the collection on one side; without what they have from
/// a common parent.
pub(super) async fn shared(
    call: &Call,
    collection: &Collection,
    all_of: &Together<'_>,
) -> Result<Vec<Value>, ApiError> {
    let Together { shown, overlays, common } = all_of;
    let mut all = Vec::new();
    for (at, (name, one)) in shown.iter().enumerate() {
        for (other, (theirs, two)) in shown.iter().enumerate().skip(at + 1) {
            let is_own = |of: usize, id: Option<&str>| {
                let Some(id) = id else { return true };
                let becomes = overlays[of].1.touched.get(id);
                common[at][other].as_ref().is_none_or(|both| both.touched.get(id) != becomes)
            };
            for room in rooms(call, one, two).await?.iter() {
                let [first, second] =
                    [&room.first, &room.second].map(|name| name.split_once('/').unwrap_or_default());
                let [ours, others] = [first, second].map(|(of, id)| Some(id).filter(|_| of == collection.id));
                let is_here = ours.is_some() || others.is_some();
                if is_here && is_own(at, ours) && is_own(other, others) {
                    all.push(json!({
                        "code": "C2", "collection": first.0, "featureId": first.1, "scenarios": [name, theirs],
                        "with": { "collection": second.0, "featureId": second.1 },
                        "area": room.area_m2, "volume": room.volume_m3, "estimated": room.estimated,
                    }));
                }
            }
        }
    }
    Ok(all)
}

/// At the moment that both are shown at. Kept: states never change.
async fn rooms(call: &Call, one: &Shown, two: &Shown) -> Result<Arc<Vec<Room>>, ApiError> {
    let kept = &call.state.overlays.rooms;
    let key = (one.name(), two.name());
    if let Some(rooms) = kept.get(&key) {
        return Ok(rooms);
    }
    let version = |shown: &Shown| shown.chain.links.last().map_or(0, |(_, version)| *version);
    let a = read(&call.state, &one.scenario, version(one)).await?;
    let b = read(&call.state, &two.scenario, version(two)).await?;
    let moment = one.moment;
    let found = compute(move || {
        let (a, b) = (plan(&a.id, &a.planned, &a.touches), plan(&b.id, &b.planned, &b.touches));
        let found = between(&a, &b, &Thresholds::default()).into_iter();
        let then =
            found.filter(|one| one.code == Code::C2 && one.spans.iter().any(|span| span.contains(moment)));
        let room = |conflict: Conflict| {
            Some(Room {
                first: conflict.first.uid?,
                second: conflict.second?.uid?,
                area_m2: conflict.area_m2,
                volume_m3: conflict.volume_m3,
                estimated: conflict.estimated,
            })
        };
        Ok(then.filter_map(room).filter(|room| room.first != room.second).collect::<Vec<_>>())
    });
    let rooms = Arc::new(found.await?);
    kept.insert(key, rooms.clone());
    Ok(rooms)
}
