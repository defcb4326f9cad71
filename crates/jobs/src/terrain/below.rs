//! Which terrain lies below a collection, and comparing with it what an import brought.

use std::sync::Arc;

use crate::Progress;
use stadtwin_crs::{CRS84, Transformer};
use stadtwin_model::{Collection, Terrain};
use stadtwin_store::Store;

use super::compare::TerrainComparison;
use super::compare_report::ComparisonReport;

/// Points along a side of the collection's extent.
const SIDE: u32 = 16;

/// The terrain whose extent covers most of the collection's, of equal ones the finest; `None` where none does.
pub async fn terrain_below(store: &Store, collection: &Collection) -> anyhow::Result<Option<Terrain>> {
    let Some(extent_deg) = collection.extent else { return Ok(None) };
    let terrains = store.terrains().await?;
    tokio::task::spawn_blocking(move || {
        let mut best: Option<(usize, Terrain)> = None;
        for terrain in terrains {
            let covered = covered(&terrain, extent_deg)?;
            let is_better = best.as_ref().is_none_or(|(most, other)| {
                covered > *most || covered == *most && terrain.grid.cell_m < other.grid.cell_m
            });
            if covered > 0 && is_better {
                best = Some((covered, terrain));
            }
        }
        Ok(best.map(|(_, terrain)| terrain))
    })
    .await?
}

fn has_buildings(collection: &Collection) -> bool {
    collection.classes.iter().any(|(class, _)| class.starts_with("Building"))
}

/// How many of the points spread over an extent `[west, south, east, north]` [°] lie in the terrain's.
fn covered(terrain: &Terrain, [west, south, east, north]: [f64; 4]) -> anyhow::Result<usize> {
    let Some(within) = terrain.extent_m else { return Ok(0) };
    let share = |step: u32| f64::from(step) / f64::from(SIDE - 1);
    let mut points: Vec<[f64; 2]> = (0..SIDE * SIDE)
        .map(|at| [west + (east - west) * share(at % SIDE), south + (north - south) * share(at / SIDE)])
        .collect();
    Transformer::new(&CRS84, &terrain.crs)?.convert_2d(&mut points)?;
    let is_within =
        |[x, y]: &&[f64; 2]| (within[0]..=within[2]).contains(x) && (within[1]..=within[3]).contains(y);
    Ok(points.iter().filter(is_within).count())
}

/// After a publication: compares what is new, where a terrain lies below and the last comparison is of an older state. That
/// the collection is published stands, whatever happens here.
pub async fn compare_after_publication(
    store: &Store,
    collection: &str,
    jobs: usize,
    progress: &Arc<Progress>,
) -> Option<ComparisonReport> {
    let compared = async {
        let Some(found) = store.collection(collection).await?.filter(|found| found.head > 0) else {
            return Ok(None);
        };
        let last = store.comparison(&found).await?;
        let terrain = match &last {
            Some(last) => store.terrain(&last.terrain).await?,
            None if !has_buildings(&found) => None,
            None => terrain_below(store, &found).await?,
        };
        let Some(terrain) = terrain else { return Ok(None) };
        let is_done = |last: &stadtwin_store::Comparison| {
            (last.collection_revision, last.terrain_revision) == (found.head, terrain.head)
        };
        if last.as_ref().is_some_and(is_done) {
            return Ok(None);
        }
        let comparison = TerrainComparison {
            collection: found.id,
            terrain: Some(terrain.id),
            jobs,
            ..TerrainComparison::default()
        };
        comparison.run(store, progress.clone()).await.map(Some)
    };
    let compared: anyhow::Result<Option<ComparisonReport>> = compared.await;
    compared.unwrap_or_else(|error| {
        tracing::warn!(collection, cause = crate::with_causes(&error), "Could not compare with the terrain");
        None
    })
}
