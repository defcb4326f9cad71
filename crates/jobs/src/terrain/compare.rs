//! The conductor of a comparison: choose the terrain → compare what has not been → sum up → write down.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::task::JoinSet;

use crate::Progress;
use crate::queue::{Job, JobContext};
use stadtwin_model::{Collection, Target, Terrain};
use stadtwin_store::{Comparison, ContactFigures, NewContact, Store};
use stadtwin_terrain::{ContactHint, ContactLimits, contact_hint, ground_contact, ground_places};

use super::below::terrain_below;
use super::compare_report::{ComparisonReport, findings};
use super::edits::TerrainEdits;
use super::reader::{KeptHeights, TerrainReader};

/// Unpacked blocks kept meanwhile [bytes].
const MEMORY_BYTES: u64 = 64 << 20;
/// Objects a worker compares at a time: the memory is that of these.
const BATCH: i64 = 100;
/// Objects of each kind that a report lists.
pub(super) const LISTED: i64 = 20;
/// Times it is begun anew because the collection was published meanwhile.
const TRIES: usize = 3;

/// The parameters of a comparison of a collection's buildings with the ground.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TerrainComparison {
    pub collection: String,
    /// `None`: that of the last comparison, else the one that covers most of the collection.
    pub terrain: Option<String>,
    /// From where on buildings count as floating and sunken [m]; `None`: as in the last comparison, else the defaults of
    /// `ContactLimits`.
    pub floating_m: Option<f64>,
    pub sunken_m: Option<f64>,
    /// Batches compared at the same time.
    pub jobs: usize,
}

impl Job for TerrainComparison {
    const KIND: &'static str = "comparison";

    fn target(&self) -> Target {
        Target::Collection(self.collection.clone())
    }

    async fn run(&self, context: &JobContext) -> anyhow::Result<Value> {
        let report = TerrainComparison::run(self, &context.store, context.progress.clone()).await?;
        Ok(serde_json::to_value(report)?)
    }
}

impl TerrainComparison {
    /// Compares what has no difference yet or stands on ground that has changed; may run twice, and goes on where it was
    /// broken off.
    pub async fn run(&self, store: &Store, progress: Arc<Progress>) -> anyhow::Result<ComparisonReport> {
        for _ in 0..TRIES {
            if let Some(report) = self.run_once(store, &progress).await? {
                return Ok(report);
            }
        }
        bail!("`{}` was published again and again meanwhile: try later", self.collection)
    }

    /// `None`: the collection was published meanwhile.
    async fn run_once(
        &self,
        store: &Store,
        progress: &Arc<Progress>,
    ) -> anyhow::Result<Option<ComparisonReport>> {
        let started = Instant::now();
        let collection = store.collection(&self.collection).await?.filter(|collection| collection.head > 0);
        let collection = collection.with_context(|| {
            format!("no collection `{}`; `stadtwin collections` lists them", self.collection)
        })?;
        let last = store.comparison(&collection).await?;
        let terrain = self.terrain(store, &collection, last.as_ref()).await?;
        let limits = self.limits(last.as_ref())?;
        let limits_m = [limits.floating_m, limits.sunken_m];
        progress.say(format!("comparing with terrain {}", terrain.id));
        store.begin_comparison(&collection, &terrain).await?;
        let compared = self.walk(store, &collection, &terrain, progress).await?;
        let figures = store.contact_figures(&collection, &terrain, limits_m).await?;
        let hint = hint(&figures);
        let findings = findings(limits, hint, figures.median_m);
        if !store.finish_comparison(&collection, &terrain, limits_m, &figures, &findings).await? {
            return Ok(None);
        }
        let lists = store.worst_contacts(&collection, terrain.key, limits_m, LISTED).await?;
        let mut report = ComparisonReport::of(&collection, &terrain, limits, &figures, lists);
        report.hint = hint.map(|hint| hint.code().to_owned());
        report.newly_compared = compared;
        report.seconds = started.elapsed().as_secs_f64();
        Ok(Some(report))
    }

    async fn terrain(
        &self,
        store: &Store,
        collection: &Collection,
        last: Option<&Comparison>,
    ) -> anyhow::Result<Terrain> {
        if let Some(id) = self.terrain.as_deref().or(last.map(|last| last.terrain.as_str())) {
            let found = store.terrain(id).await?.filter(|terrain| terrain.head > 0);
            return found.with_context(|| format!("no terrain `{id}`; `stadtwin terrain list` lists them"));
        }
        terrain_below(store, collection).await?.with_context(|| {
            format!(
                "no terrain lies below `{}`: bring one with `stadtwin terrain import`, `stadtwin terrain list` lists what there is",
                collection.id
            )
        })
    }

    fn limits(&self, last: Option<&Comparison>) -> anyhow::Result<ContactLimits> {
        let usual = ContactLimits::default();
        let [floating_m, sunken_m] = last.map_or([usual.floating_m, usual.sunken_m], |last| last.limits_m);
        let limits = ContactLimits {
            floating_m: self.floating_m.unwrap_or(floating_m),
            sunken_m: self.sunken_m.unwrap_or(sunken_m),
        };
        for limit_m in [limits.floating_m, limits.sunken_m] {
            if !(limit_m.is_finite() && limit_m >= 0.0) {
                bail!("a limit of {limit_m} m is not possible: give metres from 0");
            }
        }
        Ok(limits)
    }

    /// Gives how many objects were compared now.
    async fn walk(
        &self,
        store: &Store,
        collection: &Collection,
        terrain: &Terrain,
        progress: &Progress,
    ) -> anyhow::Result<u64> {
        let (kept, terrain) = (KeptHeights::new(MEMORY_BYTES), terrain.clone());
        let reader = TerrainReader { store: store.clone(), kept, terrain, edits: TerrainEdits::default() };
        let expected = store.uncompared_count(collection, &reader.terrain).await?;
        progress.bytes_expected.store(expected.unsigned_abs(), Ordering::Relaxed);
        progress.bytes.store(0, Ordering::Relaxed);
        let mut working = JoinSet::new();
        let mut after = Some(0);
        let mut compared = 0;
        loop {
            while working.len() < self.jobs.max(1)
                && let Some(key) = after
            {
                let keys = store.uncompared(collection, &reader.terrain, key, BATCH).await?;
                after = keys.last().copied();
                if !keys.is_empty() {
                    working.spawn(compare(reader.clone(), collection.clone(), keys));
                }
            }
            let Some(ended) = working.join_next().await else { return Ok(compared) };
            compared += ended??;
            progress.bytes.store(compared, Ordering::Relaxed);
        }
    }
}

fn hint(figures: &ContactFigures) -> Option<ContactHint> {
    figures
        .median_m
        .zip(figures.surface_m)
        .and_then(|(median_m, surface_m)| contact_hint(median_m, surface_m))
}

/// Compares the objects with these keys and keeps the differences.
async fn compare(reader: TerrainReader, collection: Collection, keys: Vec<i64>) -> anyhow::Result<u64> {
    let objects = reader.store.objects(&collection, &keys).await?;
    let places = tokio::task::spawn_blocking(move || {
        let of = |(key, object, ..): &(i64, stadtwin_model::CityObject, _, _)| (*key, ground_places(object));
        objects.iter().map(of).collect::<Vec<_>>()
    })
    .await?;
    let mut contacts = Vec::with_capacity(places.len());
    for (object, places) in places {
        let plan: Vec<[f64; 2]> = places.iter().map(|[east, north, _]| [*east, *north]).collect();
        let heights_m = reader.heights(&plan).await?;
        let contact = ground_contact(&places, &heights_m);
        let compared = contact.map_or(0, |contact| contact.compared);
        contacts.push(NewContact {
            object,
            differences_m: contact.map(|found| ([found.min_m, found.median_m, found.max_m], found.surface_m)),
            compared,
            unknown: places.len() - compared,
        });
    }
    reader.store.keep_contacts(&collection, &reader.terrain, &contacts).await?;
    Ok(contacts.len() as u64)
}
