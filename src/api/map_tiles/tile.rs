//! `GET …/tiles/{tileMatrixSet}/{tileMatrix}/{tileRow}/{tileCol}`: one tile, made when asked for and kept in memory.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::http::StatusCode;
use bytes::Bytes;

use super::{chosen, crs_of, matrix_set_of, packs};
use crate::api::answer::Answer;
use crate::api::call::Call;
use crate::api::error::ApiError;
use crate::api::filter;
use crate::api::landing;
use crate::api::negotiate::Media;
use crate::api::params::shortened;
use crate::api::place::{extent_in, region};
use crate::api::plans;
use crate::api::projection::{between, compute};
use crate::api::selection;
use crate::api::time;
use stadtwin_crs::{CrsError, LocalMap};
use stadtwin_model::{Collection, Crs, MapCell, RawFeature};
use stadtwin_query::{FeatureQuery, Queryables, Region};
use stadtwin_tiles::{MapGrid, MapProperties, TileMatrixSet, map_layer, on_lattice};

/// Most features of one collection in a tile: larger ones come first.
pub(super) const MOST_FEATURES: u32 = 20_000;
/// What of the neighbours belongs to a tile [share of its side]: 64 of 4096 units.
const BUFFER: f64 = 64.0 / 4096.0;
/// How near to their true place outlines are drawn [share of the side]: a tenth of a unit.
const CLOSE: f64 = 0.1 / 4096.0;
/// Outlines that are smaller are left out [pixels].
const LEAST_PIXELS: f64 = 0.5;

/// A tile of a grid, with what data there can be.
pub(super) struct Place {
    pub set: &'static TileMatrixSet,
    level: u8,
    /// `[x min, y min, x max, y max]` of the tile and of the data, in the grid's CRS.
    pub bounds: [f64; 4],
    extent: [f64; 4],
    /// Smaller outlines are not seen [m].
    pub least_m: f64,
}

/// What a layer of it has.
pub(super) struct Wanted<'a> {
    pub place: &'a Place,
    pub storage: Crs,
    pub properties: &'a MapProperties,
}

pub async fn show(call: Call) -> Result<Answer, ApiError> {
    let collections = chosen(&call).await?;
    let shown = plans::shown(&call).await?;
    let plan = shown.as_ref().map(plans::Shown::name).unwrap_or_default();
    let heads: String =
        collections.iter().map(|collection| format!("{}@{} ", collection.id, collection.head)).collect();
    let heads = format!("{plan}{heads}");
    let tag = call.tag(&[heads.as_bytes()]);
    if let Some(answer) = call.not_modified(&tag) {
        return Ok(answer);
    }
    let bytes = if is_own(&call) {
        let place = place(&call, &collections)?;
        make(&call, &place, collections, shown).await?
    } else {
        let key = format!("{heads}{}{}", call.path, call.query.with(&[("f", None)]));
        match call.state.tiles.get(&key).await {
            Some(bytes) => bytes,
            None => {
                let place = place(&call, &collections)?;
                let made = call.state.tiles.try_get_with(key, make(&call, &place, collections, shown)).await;
                made.map_err(|error| error.shared("map tile"))?
            }
        }
    };
    if bytes.is_empty() {
        let nothing = Answer::new(Media::VectorTile, Bytes::new());
        return Ok(Answer { status: StatusCode::NO_CONTENT, ..nothing }.revalidated());
    }
    Ok(Answer::new(Media::VectorTile, bytes).tagged(tag).revalidated())
}

/// Questions of one's own are not worth remembering, nor do packs know the answer.
fn is_own(call: &Call) -> bool {
    ["filter", "filter-crs", "datetime"].iter().any(|name| call.query.get(name).is_some())
}

/// Checks the tile's numbers against the grid and the data.
fn place(call: &Call, collections: &[Arc<Collection>]) -> Result<Place, ApiError> {
    let set = matrix_set_of(call)?;
    let number = |name: &str| {
        let text = call.segment(name);
        text.parse::<u64>().map_err(|_| {
            ApiError::NotFound(format!("`{name}` must be a whole number, not `{}`", shortened(text)))
        })
    };
    let (level, row, column) = (number("tileMatrix")?, number("tileRow")?, number("tileCol")?);
    let level = u8::try_from(level).unwrap_or(u8::MAX);
    let missing = |why: String| ApiError::NotFound(format!("no tile {row}/{column} at level {level}: {why}"));
    if !set.holds(level, row, column) {
        return Err(missing(format!("beyond the grid {}", set.id)));
    }
    let degrees = landing::extent(collections).ok_or_else(|| missing("there are no data".to_owned()))?;
    let extent = extent_in(&crs_of(set), degrees)?;
    let limits =
        set.limits(level, extent).ok_or_else(|| missing("the data lie beside the grid".to_owned()))?;
    let [min_row, min_column, max_row, max_column] = limits;
    if !(min_row..=max_row).contains(&row) || !(min_column..=max_column).contains(&column) {
        return Err(missing(format!(
            "rows run from {min_row} to {max_row}, columns from {min_column} to {max_column}"
        )));
    }
    let squeeze = ((degrees[1] + degrees[3]) / 2.0).to_radians().cos();
    let least_m = set.cell_m_at(level) * squeeze * LEAST_PIXELS;
    Ok(Place { set, level, bounds: set.bounds(level, row, column), extent, least_m })
}

async fn make(
    call: &Call,
    place: &Place,
    collections: Vec<Arc<Collection>>,
    shown: Option<plans::Shown>,
) -> Result<Bytes, ApiError> {
    let properties = properties(call, &collections)?;
    let Some(storage) = call.state.store.storage_crs().await? else { return Ok(Bytes::new()) };
    let (set, bounds, extent) = (place.set, place.bounds, place.extent);
    let margin = (bounds[2] - bounds[0]) * BUFFER;
    let lent = [bounds[0] - margin, bounds[1] - margin, bounds[2] + margin, bounds[3] + margin];
    let Some(region) = region(&crs_of(set), lent, extent, margin, &storage)? else {
        return Ok(Bytes::new());
    };
    let cells = packs::cells_of(&region);
    let wanted = Wanted { place, storage, properties: &properties };
    let mut tile = Vec::new();
    for collection in collections {
        let overlay = match &shown {
            Some(shown) => Some(shown.overlay(call, &collection).await?),
            None => None,
        };
        // Where a plan touches nothing, the city is as it is.
        let overlay =
            overlay.filter(|overlay| overlay.revision != collection.head || overlay.touches(around(&region)));
        if let Some(cells) = cells.as_ref().filter(|_| !is_own(call) && overlay.is_none())
            && let Some(layer) = packs::layer(call, &wanted, &collection, cells).await?
        {
            call.state.metrics.layers_packed.fetch_add(1, Ordering::Relaxed);
            match tile.is_empty() {
                true => tile = layer,
                false => tile.extend(layer),
            }
            continue;
        }
        call.state.metrics.layers_of_rows.fetch_add(1, Ordering::Relaxed);
        let name = collection.id.clone();
        let query = FeatureQuery {
            revision: overlay.as_ref().map_or(collection.head, |overlay| overlay.revision),
            limit: MOST_FEATURES,
            sort: Vec::new(),
            after: None,
            region: Some(region.clone()),
            cell: None,
            overlay,
            datetime: call.query.get("datetime").map(time::parse).transpose()?,
            filter: filter::of(call, &collection, Some(storage)).await?,
            collection,
        };
        let names = match &properties {
            MapProperties::Named(names) => Some(names.as_slice()),
            MapProperties::Plain => None,
        };
        let features = call.state.store.features_on_map(&query, place.least_m, names).await?;
        let (properties, is_by_cell) = (properties.clone(), cells.is_some());
        let layer = compute(move || {
            let features = in_crs_of(set, &storage, features, (bounds[2] - bounds[0]) * CLOSE, is_by_cell)?;
            map_layer(&name, &features, bounds, &properties).map_err(ApiError::from)
        });
        layer.await?.write(&mut tile);
    }
    tracing::debug!(level = place.level, size_bytes = tile.len(), "Made a map tile");
    Ok(tile.into())
}

/// `[west, south, east, north]` of a region.
fn around(region: &Region) -> [f64; 4] {
    let start = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    region
        .rings
        .iter()
        .flatten()
        .fold(start, |all, [x, y]| [all[0].min(*x), all[1].min(*y), all[2].max(*x), all[3].max(*y)])
}

/// Outlines in the CRS of the grid, as the packs of cells have them; where a tile is too large for packs, all with one map.
fn in_crs_of(
    set: &TileMatrixSet,
    storage: &Crs,
    mut features: Vec<RawFeature>,
    tolerance: f64,
    is_by_cell: bool,
) -> Result<Vec<RawFeature>, ApiError> {
    between(storage, &crs_of(set), |transformer| {
        if is_by_cell {
            return by_cell(&mut MapGrid::new(transformer, packs::tolerance(set)), &mut features);
        }
        let start = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        let boxes = features.iter().filter_map(|raw| raw.feature.bounds());
        let around = boxes
            .fold(start, |all, [w, s, e, n]| [all[0].min(w), all[1].min(s), all[2].max(e), all[3].max(n)]);
        let map = match around[0] <= around[2] {
            true => LocalMap::fit(transformer, around, tolerance)?,
            false => None,
        };
        let mut runs = features.iter_mut().flat_map(|raw| raw.feature.runs_mut());
        match map {
            Some(map) => runs.for_each(|run| map.convert(run)),
            None => runs.try_for_each(|run| transformer.convert_2d(run))?,
        }
        Ok::<_, CrsError>(())
    })??;
    Ok(features)
}

fn by_cell(grid: &mut MapGrid<'_>, features: &mut [RawFeature]) -> Result<(), CrsError> {
    for raw in features {
        let Some(cell) = raw.feature.bounds().map(MapCell::of) else { continue };
        for run in raw.feature.runs_mut() {
            run.iter_mut().for_each(|point| *point = on_lattice(*point));
            grid.convert(cell, run)?;
        }
    }
    Ok(())
}

/// What of features goes along; 400 for a name that none of the collections has.
fn properties(call: &Call, collections: &[Arc<Collection>]) -> Result<MapProperties, ApiError> {
    let Some(text) = call.query.get("properties") else { return Ok(MapProperties::Plain) };
    let known: Vec<_> = collections.iter().map(|collection| Queryables::of(collection)).collect();
    let names: Vec<_> = text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    let is_known = |name: &str| name == "id" || known.iter().any(|queryables| queryables.returns(name));
    if let Some(name) = names.iter().find(|name| !is_known(name)) {
        return Err(selection::unknown(name, known.iter().flat_map(|queryables| queryables.returnables())));
    }
    Ok(MapProperties::Named(names.into_iter().map(str::to_owned).collect()))
}
