//! Pages of things that are no rows: objects are read in the order of their keys and taken apart, until the page is full
//! or enough has been looked at.

use std::time::{Duration, Instant};

use super::child::part_feature;
use super::expand::{Surface, feature_of, lies_in, surfaces};
use super::holder::Holder;
use super::view::View;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::projection::compute;
use stadtwin_model::{ClassId, Feature};
use stadtwin_query::{FeatureQuery, Filter, Region};
use stadtwin_store::StoredObject;

/// A request looks at no more objects than this …
const MOST_OBJECTS: usize = 20_000;
/// … nor longer; what it has found by then is the page.
const LONGEST: Duration = Duration::from_secs(3);
/// Objects read at once at first; twice as many each time, while few of them have what is asked for.
const FIRST_BATCH: u32 = 8;
const LARGEST_BATCH: u32 = 512;
/// Surfaces of one object that paging can tell apart.
const PLACES: i64 = 1 << 20;

/// Part of a list, with the `after` of the next part.
pub struct Gathered<T> {
    pub items: Vec<T>,
    pub next: Option<i64>,
}

/// How much a request may still look at.
struct Budget {
    started: Instant,
    objects: usize,
    batch: u32,
}

impl Budget {
    fn new(limit: u32) -> Budget {
        Budget { started: Instant::now(), objects: 0, batch: limit.clamp(1, FIRST_BATCH) }
    }

    /// After a batch of so many objects: whether there is room for another one.
    fn goes_on(&mut self, objects: usize) -> bool {
        self.objects += objects;
        self.batch = (self.batch * 2).min(LARGEST_BATCH);
        self.objects < MOST_OBJECTS && self.started.elapsed() < LONGEST
    }
}

/// A surface and the id of its top-level object.
pub type Found = (String, Surface);

/// Surfaces of a class. `after` is the key of an object times `PLACES`, and how many of its surfaces came before.
pub async fn surfaces_of_class(
    call: &Call,
    view: &View,
    query: &FeatureQuery,
) -> Result<Gathered<Found>, ApiError> {
    let after = query.after.unwrap_or(0);
    let (mut key, mut skipped) = (after / PLACES - 1, (after % PLACES) as usize);
    let limit = query.limit as usize;
    let mut items: Vec<Found> = Vec::new();
    let mut budget = Budget::new(query.limit);
    loop {
        let batch = FeatureQuery { after: Some(key), limit: budget.batch, ..query.clone() };
        let page = call.state.store.faced_keys(&batch).await?;
        let keys: Vec<i64> = page.items.iter().map(|(key, _)| *key).collect();
        let objects = call.state.store.objects(&query.collection, &keys).await?;
        let (class, region, filter) = (view.class, query.region.clone(), query.filter.clone());
        let found = compute(move || {
            let all = objects.iter();
            Ok(all
                .map(|object| of_object(object, class, region.as_ref(), filter.as_ref()))
                .collect::<Vec<_>>())
        })
        .await?;
        for (of, found) in found {
            // Only the first object read goes on where the page before ended.
            let before = if of == after / PLACES { std::mem::take(&mut skipped) } else { 0 };
            for (place, item) in found.into_iter().enumerate().skip(before) {
                if items.len() == limit {
                    return Ok(Gathered { items, next: Some(of * PLACES + place as i64) });
                }
                items.push(item);
            }
        }
        let Some(next) = page.next else { return Ok(Gathered { items, next: None }) };
        key = next;
        if !budget.goes_on(keys.len()) || items.len() == limit {
            return Ok(Gathered { items, next: Some((key + 1) * PLACES) });
        }
    }
}

fn of_object(
    (key, object, ..): &StoredObject,
    class: ClassId,
    region: Option<&Region>,
    filter: Option<&Filter>,
) -> (i64, Vec<Found>) {
    let of_class = surfaces(object, None, region).into_iter().filter(|surface| surface.class == class);
    let holds = |surface: &Surface| {
        filter.is_none_or(|filter| {
            let mut values = surface.properties(&object.id);
            values.insert("id".to_owned(), surface.id.as_str().into());
            filter.holds(&values)
        })
    };
    let most = usize::try_from(PLACES).unwrap_or(usize::MAX);
    let found = of_class.filter(|surface| holds(surface)).take(most);
    (*key, found.map(|surface| (object.id.clone(), surface)).collect())
}

/// Parts of a class as features in the storage CRS; `after` is the key of a part.
pub async fn parts_of_class(
    call: &Call,
    view: &View,
    query: &FeatureQuery,
) -> Result<Gathered<Feature>, ApiError> {
    let limit = query.limit as usize;
    let mut items: Vec<Feature> = Vec::new();
    let mut after = query.after.unwrap_or(0);
    let mut budget = Budget::new(query.limit);
    loop {
        let left = u32::try_from(limit - items.len()).unwrap_or(u32::MAX);
        let batch = if query.region.is_some() { budget.batch } else { left.min(LARGEST_BATCH) };
        let batch = FeatureQuery { after: Some(after), limit: batch, ..query.clone() };
        let page = call.state.store.parts(&batch, view.class.name()).await?;
        let mut roots: Vec<i64> = page.items.iter().map(|row| row.root).collect();
        roots.sort_unstable();
        roots.dedup();
        let objects = call.state.store.objects(&query.collection, &roots).await?;
        let (rows, region, revision) = (page.items, query.region.clone(), query.revision);
        let count = rows.len();
        let found = compute(move || {
            let mut found = Vec::new();
            let holders = objects
                .into_iter()
                .map(|(key, whole, ..)| (key, Holder { whole, revision, asked: String::new() }));
            let mut holders: std::collections::HashMap<_, _> = holders.collect();
            for row in rows {
                let Some(holder) = holders.get_mut(&row.root) else { continue };
                holder.asked = row.uid;
                let (object, Some(parent)) = holder.object() else { continue };
                if region.as_ref().is_none_or(|region| lies_in(object, region)) {
                    found.push((
                        row.key,
                        part_feature(feature_of(object, revision), parent, &holder.whole.id),
                    ));
                }
            }
            Ok(found)
        })
        .await?;
        for (key, feature) in found {
            if items.len() == limit {
                return Ok(Gathered { items, next: Some(after) });
            }
            items.push(feature);
            after = key;
        }
        let Some(next) = page.next else { return Ok(Gathered { items, next: None }) };
        after = next;
        if !budget.goes_on(count) || items.len() == limit {
            return Ok(Gathered { items, next: Some(after) });
        }
    }
}
