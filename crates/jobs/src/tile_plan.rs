//! Brings a collection's tile plan up to its head.

use std::collections::HashMap;

use anyhow::Context;

use stadtwin_crs::{CRS84, HeightModel, Transformer};
use stadtwin_model::{Collection, Crs, VerticalCrs};
use stadtwin_store::{PlanRow, Store};
use stadtwin_tiles::{PlanItem, PlanLimits, Planner};

use super::clamp::{clamp_reader, lifts_mm};
use super::terrain::TerrainReader;

/// What planning found.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct PlanReport {
    pub features: usize,
    pub tiles: usize,
}

/// The height model for this twin: the constant given, else the best grid that covers its middle. A twin that keeps
/// heights above the ellipsoid needs none.
pub async fn height_model(store: &Store, constant_m: Option<f64>) -> anyhow::Result<HeightModel> {
    if store.storage_crs().await?.is_some_and(|crs| crs.vertical == VerticalCrs::Ellipsoidal) {
        return Ok(HeightModel::Constant(0.0));
    }
    if let Some(metres) = constant_m {
        return Ok(HeightModel::Constant(metres));
    }
    Ok(match middle(store).await? {
        Some([longitude_deg, latitude_deg]) => HeightModel::detect_at(longitude_deg, latitude_deg),
        None => HeightModel::detect(),
    })
}

/// A place in the twin, `[longitude, latitude]` [°]; `None` while it is empty.
async fn middle(store: &Store) -> anyhow::Result<Option<[f64; 2]>> {
    let extent = store.collections().await?.into_iter().find_map(|collection| collection.extent);
    if let Some([west, south, east, north]) = extent {
        return Ok(Some([(west + east) / 2.0, (south + north) / 2.0]));
    }
    let terrains = store.terrains().await?;
    let Some(([west, south, east, north], crs)) =
        terrains.iter().find_map(|terrain| Some((terrain.extent_m?, terrain.crs)))
    else {
        return Ok(None);
    };
    let mut point = [[(west + east) / 2.0, (south + north) / 2.0]];
    tokio::task::spawn_blocking(move || {
        Transformer::new(&crs, &CRS84)?.convert_2d(&mut point)?;
        Ok(Some(point[0]))
    })
    .await?
}

/// What follows a publication, where it has not followed yet: the tile plan, and beside it what the database's planner
/// knows of the rows.
pub async fn follow_publication(
    store: &Store,
    collection: &str,
    geoid_constant_m: Option<f64>,
) -> anyhow::Result<PlanReport> {
    let Some(collection) = store.collection(collection).await?.filter(|collection| collection.head > 0)
    else {
        return Ok(PlanReport::default());
    };
    let heights = height_model(store, geoid_constant_m).await?;
    if is_planned(store, &collection, &heights).await? {
        return Ok(PlanReport::default());
    }
    let analyzed = async {
        if let Err(error) = store.analyze_collection(&collection).await {
            tracing::warn!(collection = collection.id, %error, "Could not refresh the planner's statistics");
        }
    };
    let ((), report) = tokio::join!(analyzed, refresh_tile_plan(store, &collection, &heights));
    report
}

/// Whether the plan shows the collection's head, made for these heights and for the terrain that things are set on as it is.
pub async fn is_planned(
    store: &Store,
    collection: &Collection,
    heights: &HeightModel,
) -> anyhow::Result<bool> {
    let reader = clamp_reader(store, collection).await?;
    let wanted = (collection.head, variant(heights, reader.as_ref()));
    Ok(store.tile_plan_state(collection).await? == Some(wanted))
}

/// What the plan depends on besides the collection.
pub(super) fn variant(heights: &HeightModel, reader: Option<&TerrainReader>) -> String {
    match reader {
        Some(TerrainReader { terrain, .. }) => {
            format!("{} on {}@{}", heights.variant(), terrain.key, terrain.head)
        }
        None => heights.variant(),
    }
}

/// Plans the tiles of the collection's head and puts the plan in place of the former one. May run twice.
pub async fn refresh_tile_plan(
    store: &Store,
    collection: &Collection,
    heights: &HeightModel,
) -> anyhow::Result<PlanReport> {
    let storage = store.storage_crs().await?.context("the store has no coordinate reference system yet")?;
    let limits = PlanLimits { variant: heights.variant(), ..PlanLimits::default() };
    let reader = clamp_reader(store, collection).await?;
    let mut planner = Planner::default();
    let mut after = Some(0);
    while let Some(key) = after {
        let page = store.plan_page(collection, collection.head, key).await?;
        after = page.next;
        let keys: Vec<i64> = page.items.iter().map(|row| row.key).collect();
        let lifts = match &reader {
            Some(reader) => lifts_mm(reader, collection, &keys).await?,
            None => HashMap::new(),
        };
        planner = tokio::task::spawn_blocking(move || -> anyhow::Result<_> {
            planner.extend(plan_items(page.items, &lifts, &storage)?);
            Ok(planner)
        })
        .await??;
    }
    let features = planner.len();
    let nodes = tokio::task::spawn_blocking(move || planner.plan(&limits)).await?;
    store.replace_tile_plan(collection, collection.head, &nodes, &variant(heights, reader.as_ref())).await?;
    Ok(PlanReport { features, tiles: nodes.len() })
}

/// Store rows in the storage CRS → plan items in degrees. The box's four corners stand for the box: a building is small.
pub(super) fn plan_items(
    rows: Vec<PlanRow>,
    lifts_mm: &HashMap<i64, i32>,
    storage: &Crs,
) -> anyhow::Result<Vec<PlanItem>> {
    let to_lonlat = Transformer::new(storage, &CRS84)?;
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let [west, south, east, north] = row.bounds;
        let mut points = [[west, south], [east, south], [east, north], [west, north], row.centroid];
        to_lonlat.convert_2d(&mut points)?;
        let corners = &points[..4];
        let least = |axis: usize| corners.iter().map(|point| point[axis]).fold(f64::INFINITY, f64::min);
        let most = |axis: usize| corners.iter().map(|point| point[axis]).fold(f64::NEG_INFINITY, f64::max);
        items.push(PlanItem {
            key: row.key,
            longitude_deg: points[4][0],
            latitude_deg: points[4][1],
            bounds_deg: [least(0), least(1), most(0), most(1)],
            heights_m: row.heights_m,
            face_count: row.face_count,
            content_hash: row.content_hash,
            lift_mm: lifts_mm.get(&row.key).copied().unwrap_or(0),
        });
    }
    Ok(items)
}
